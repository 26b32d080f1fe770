#include "tests/tree_sitter/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <random>
#include <span>
#include <vector>

#include "parser/parse.h"

namespace evalctl::tests {
namespace {

struct PlainNode {
  std::string kind;
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t depth;
  bool operator==(const PlainNode&) const = default;
};

constexpr std::array<std::string_view, 8> kSyntaxErrors = {"P001", "P002", "P003", "P004", "P006", "P010", "P011", "P012"};
// After these the shared parser's tree is cut short, though the text may follow the grammar.
constexpr std::array<std::string_view, 3> kOutsideOfGrammar = {"P005", "P009", "P018"};
constexpr std::array<std::string_view, 4> kWithoutCounterpart = {"comment", "string_fragment", "escape_sequence", "path_fragment"};

bool has_code(const std::vector<parser::Diagnostic>& diagnostics, std::span<const std::string_view> codes) {
  return std::ranges::any_of(diagnostics, [&](const auto& d) { return std::ranges::find(codes, d.code) != codes.end(); });
}

// AttrSet becomes attr_set.
std::string snake_case(std::string_view name) {
  std::string out;
  for (char c : name) {
    bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::vector<PlainNode> nodes_of(const parser::Tree& tree) {
  std::vector<PlainNode> out;
  std::vector<std::uint32_t> ends;
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    while (!ends.empty() && ends.back() == i) ends.pop_back();
    parser::Range range = tree.range({i});
    out.push_back({snake_case(name_of(tree.kind({i}))), range.begin, range.end, static_cast<std::uint32_t>(ends.size())});
    ends.push_back(i + tree.size({i}));
  }
  return out;
}

// The root gets the whole text, as the shared parser's has.
std::vector<PlainNode> nodes_of(const TSTree* tree, std::size_t size) {
  std::vector<PlainNode> out;
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
  std::uint32_t depth = 0;
  for (bool more = true; more;) {
    TSNode node = ts_tree_cursor_current_node(&cursor);
    std::string_view kind = ts_node_type(node);
    if (ts_node_is_named(node) && std::ranges::find(kWithoutCounterpart, kind) == kWithoutCounterpart.end()) {
      out.push_back({std::string(kind), ts_node_start_byte(node), ts_node_end_byte(node), depth});
    }
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      ++depth;
      continue;
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      more = ts_tree_cursor_goto_parent(&cursor);
      if (!more) break;
      --depth;
    }
  }
  ts_tree_cursor_delete(&cursor);
  out.front().begin = 0;
  out.front().end = static_cast<std::uint32_t>(size);
  return out;
}

std::string show(const std::vector<PlainNode>& nodes, std::size_t index) {
  if (index >= nodes.size()) return "nothing";
  const PlainNode& node = nodes[index];
  return fmt::format("{} [{}, {}) at depth {}", node.kind, node.begin, node.end, node.depth);
}

// Where the first ERROR or missing node begins.
std::uint32_t first_error(TSNode node) {
  for (;;) {
    std::uint32_t count = ts_node_child_count(node);
    std::uint32_t i = 0;
    while (i < count && !ts_node_has_error(ts_node_child(node, i)) && !ts_node_is_missing(ts_node_child(node, i))) ++i;
    if (i == count) return ts_node_start_byte(node);
    node = ts_node_child(node, i);
  }
}

TSPoint point_at(std::string_view text, std::size_t offset) {
  std::string_view before = text.substr(0, offset);
  auto row = static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
  std::size_t line = before.rfind('\n') + 1;
  return {row, static_cast<std::uint32_t>(offset - line)};
}

// Replaces `length` bytes at `offset` by `insertion` and parses with the old tree at hand.
void edit(TSParser* parser, std::string& text, SyntaxTree& tree, std::size_t offset, std::size_t length,
          std::string_view insertion) {
  std::string after = text.substr(0, offset) + std::string(insertion) + text.substr(offset + length);
  TSInputEdit change{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(offset + length),
                     static_cast<std::uint32_t>(offset + insertion.size()), point_at(text, offset),
                     point_at(text, offset + length), point_at(after, offset + insertion.size())};
  ts_tree_edit(tree.get(), &change);
  text = std::move(after);
  tree = parse(parser, text, tree.get());
}

}  // namespace

std::optional<std::string> compare(TSParser* parser, std::string_view text) {
  parser::ParseResult ours = parser::parse(text, {.pipe_operators = true});
  SyntaxTree tree = parse(parser, text);
  TSNode root = ts_tree_root_node(tree.get());
  if (has_code(ours.diagnostics, kOutsideOfGrammar)) return std::nullopt;
  if (has_code(ours.diagnostics, kSyntaxErrors)) {
    if (ts_node_has_error(root)) return std::nullopt;
    const parser::Diagnostic& first = ours.diagnostics.front();
    return fmt::format("only the shared parser refuses: {} at byte {}", first.message, first.range.begin);
  }
  if (ts_node_has_error(root)) return fmt::format("only the grammar refuses, at byte {}", first_error(root));
  std::vector<PlainNode> left = nodes_of(ours.tree);
  std::vector<PlainNode> right = nodes_of(tree.get(), text.size());
  if (left == right) return std::nullopt;
  std::size_t at = std::ranges::mismatch(left, right).in1 - left.begin();
  return fmt::format("the shared parser has {}, the grammar {}", show(left, at), show(right, at));
}

std::optional<std::string> compare_after_edits(TSParser* parser, std::string_view text, unsigned seed, int edits) {
  constexpr std::array<std::string_view, 10> kInsertions = {"\"", "''", "${", "}", "{", "(", "/", " a ", "\n", ";"};
  std::mt19937 random(seed);
  std::string current(text);
  SyntaxTree tree = parse(parser, text);
  std::string before = expression_of(tree.get());
  for (int i = 0; i < edits; ++i) {
    std::size_t offset = random() % (text.size() + 1);
    std::size_t length = std::min<std::size_t>(random() % 12, text.size() - offset);
    std::string_view insertion = random() % 3 == 0 ? "" : kInsertions[random() % kInsertions.size()];
    std::string removed = current.substr(offset, length);
    edit(parser, current, tree, offset, length, insertion);
    if (auto difference = compare(parser, current)) {
      return fmt::format("{} bytes at {} replaced by '{}': {}", length, offset, insertion, *difference);
    }
    edit(parser, current, tree, offset, insertion.size(), removed);
    if (expression_of(tree.get()) != before) {
      return fmt::format("{} bytes at {} replaced by '{}' and back: another tree", length, offset, insertion);
    }
  }
  return std::nullopt;
}

}  // namespace evalctl::tests
