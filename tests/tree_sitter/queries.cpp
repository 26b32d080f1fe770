#include "tests/tree_sitter/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "tests/tree_sitter/syntax.h"

namespace evalctl::tests {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string_view text_of(TSNode node, std::string_view text) {
  return text.substr(ts_node_start_byte(node), ts_node_end_byte(node) - ts_node_start_byte(node));
}

// One step of a predicate: a word, or a capture of the match.
struct Operand {
  std::string_view word;
  bool capture = false;
};

using Predicate = std::vector<Operand>;

// The predicates of a pattern, their name first.
std::vector<Predicate> predicates_of(const TSQuery* query, std::uint32_t pattern) {
  std::uint32_t count = 0;
  const TSQueryPredicateStep* steps = ts_query_predicates_for_pattern(query, pattern, &count);
  std::vector<Predicate> out;
  Predicate current;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t length = 0;
    if (steps[i].type == TSQueryPredicateStepTypeDone) {
      out.push_back(std::exchange(current, {}));
    } else if (steps[i].type == TSQueryPredicateStepTypeCapture) {
      const char* name = ts_query_capture_name_for_id(query, steps[i].value_id, &length);
      current.push_back({{name, length}, true});
    } else {
      const char* word = ts_query_string_value_for_id(query, steps[i].value_id, &length);
      current.push_back({{word, length}, false});
    }
  }
  return out;
}

// The texts of what a match captures under a name.
std::vector<std::string_view> captured(const TSQuery* query, const TSQueryMatch& match, std::string_view name, std::string_view text) {
  std::vector<std::string_view> out;
  for (std::uint16_t i = 0; i < match.capture_count; ++i) {
    std::uint32_t length = 0;
    const char* other = ts_query_capture_name_for_id(query, match.captures[i].index, &length);
    if (std::string_view(other, length) == name) out.push_back(text_of(match.captures[i].node, text));
  }
  return out;
}

// Whether a match meets a predicate. Those that tell the editor something (`set!`) are always met; of those that test,
// the queries use `eq?`, `any-of?` and their negations only, which every editor knows.
bool meets(const TSQuery* query, const TSQueryMatch& match, const Predicate& predicate, std::string_view text, std::string& error) {
  std::string_view name = predicate.at(0).word;
  if (name.ends_with('!')) return true;
  bool negated = name.starts_with("not-");
  if (negated) name.remove_prefix(4);
  if ((name != "eq?" && name != "any-of?") || predicate.size() < 3 || !predicate[1].capture) {
    error = fmt::format("predicate #{} is not for all editors", name);
    return false;
  }
  bool found = true;
  for (std::string_view word : captured(query, match, predicate[1].word, text)) {
    found = found && std::any_of(predicate.begin() + 2, predicate.end(), [&](const Operand& o) { return o.word == word; });
  }
  return found != negated;
}

std::string show(TSNode node, std::string_view name, std::string_view text) {
  TSPoint begin = ts_node_start_point(node);
  TSPoint end = ts_node_end_point(node);
  std::string_view line = text_of(node, text);
  line = line.substr(0, line.find('\n'));
  return fmt::format("{}:{}-{}:{} @{} {}\n", begin.row + 1, begin.column + 1, end.row + 1, end.column + 1, name, line);
}

// The captures in the order of the text.
std::string captures_of(const TSQuery* query, std::string_view text, std::string& error) {
  SyntaxParser parser = make_parser();
  SyntaxTree tree = parse(parser.get(), text);
  std::unique_ptr<TSQueryCursor, Delete> cursor(ts_query_cursor_new());
  ts_query_cursor_exec(cursor.get(), query, ts_tree_root_node(tree.get()));
  std::string out;
  TSQueryMatch match;
  std::uint32_t index = 0;
  while (ts_query_cursor_next_capture(cursor.get(), &match, &index)) {
    auto predicates = predicates_of(query, match.pattern_index);
    if (!std::ranges::all_of(predicates, [&](const Predicate& p) { return meets(query, match, p, text, error); })) continue;
    std::uint32_t length = 0;
    const char* name = ts_query_capture_name_for_id(query, match.captures[index].index, &length);
    out += show(match.captures[index].node, {name, length}, text);
  }
  return out;
}

// The first line in which two texts differ.
std::string difference(const std::string& expected, const std::string& found) {
  std::istringstream left(expected);
  std::istringstream right(found);
  std::string a;
  std::string b;
  do {
    if (!std::getline(left, a)) a = "nothing";
    if (!std::getline(right, b)) b = "nothing";
  } while (a == b && a != "nothing");
  return fmt::format("expected {}, found {}", a, b);
}

}  // namespace

std::optional<std::string> run_query(const fs::path& file, const fs::path& examples, bool update) {
  std::string source = read(file);
  std::uint32_t offset = 0;
  TSQueryError kind = TSQueryErrorNone;
  std::unique_ptr<TSQuery, Delete> query(
      ts_query_new(tree_sitter_nix(), source.data(), static_cast<std::uint32_t>(source.size()), &offset, &kind));
  if (!query) return fmt::format("error {} at byte {}", static_cast<int>(kind), offset);
  for (const auto& entry : fs::directory_iterator(examples)) {
    if (entry.path().extension() != ".nix") continue;
    std::string error;
    std::string found = captures_of(query.get(), read(entry.path()), error);
    if (!error.empty()) return error;
    fs::path expectation = entry.path();
    expectation.replace_extension("." + file.stem().string() + ".exp");
    if (update) std::ofstream(expectation, std::ios::binary) << found;
    else if (read(expectation) != found) return expectation.filename().string() + ": " + difference(read(expectation), found);
  }
  return std::nullopt;
}

}  // namespace evalctl::tests
