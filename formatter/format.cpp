#include "formatter/format.h"

#include <algorithm>
#include <deque>
#include <memory>

#include "formatter/comments.h"
#include "formatter/deep_stack.h"
#include "formatter/format_source.h"
#include "formatter/layout.h"
#include "formatter/preserve.h"
#include "formatter/printer.h"

namespace evalctl::formatter {
namespace {

using parser::Diagnostic;

// Native stack for each level of nesting (measured with the sanitizers on, where it is deepest).
constexpr std::size_t kStackPerLevel = 16 * 1024;
// So much is always there.
constexpr std::size_t kUsualDepth = 100;
constexpr std::size_t kDeepest = 100'000;

// Faults of meaning, such as an attribute defined twice, do not keep a file from being formatted.
bool is_syntax_error(const Diagnostic& diagnostic) {
  for (std::string_view code : {"P007", "P008", "P014", "P015", "P016"}) {
    if (diagnostic.code == code) return false;
  }
  return true;
}

// The one fault of names that belongs to the grammar of the standard: `inherit ${name};`.
bool inherits_dynamic_name(const parser::Tree& tree) {
  std::span<const parser::Node> nodes = tree.nodes();
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].kind != parser::NodeKind::Inherit) continue;
    for (parser::NodeId name : tree.children({i})) {
      parser::NodeKind kind = tree.kind(name);
      if (kind == parser::NodeKind::Identifier || kind == parser::NodeKind::InheritFrom) continue;
      if (!parser::static_name(tree, name)) return true;
    }
  }
  return false;
}

// At most the depth of nesting, at least the depth less kUsualDepth: a node of that size is no deeper than that inside.
std::size_t depth_of(const parser::Tree& tree) {
  std::vector<std::uint32_t> ends;
  std::size_t deepest = 0;
  for (std::uint32_t i = 0; i < tree.node_count();) {
    std::uint32_t size = tree.size({i});
    if (size <= kUsualDepth) {
      i += size;
      continue;
    }
    while (!ends.empty() && ends.back() <= i) ends.pop_back();
    ends.push_back(i + size);
    deepest = std::max(deepest, ends.size());
    ++i;
  }
  return deepest;
}

bool ends_verbatim(const Document& document) {
  for (std::uint32_t i = document.size(); i-- > 0;) {
    if (document[i].kind() == Element::Text) return document[i].is_text(TextKind::VerbatimToEnd);
  }
  return false;
}

// Only white space at the start and the end is removed, and a line end added. A region that is not formatted and reaches
// to the end of the file is left as it is.
std::string_view finish(Output& out, bool verbatim) {
  if (!verbatim) {
    out.shrink(strip_end(out.text()).size());
    out.append('\n');
  }
  return verbatim || out.size() > 1 ? strip_start(out.text()) : out.text();
}

// Memory that is used again for the next file: most files are small, and fresh memory costs more than what is done with it.
struct Workspace {
  TriviaTable trivia;
  std::deque<StringLines> lines;
  DocumentBuilder builder;
  Layout::Workspace layout;
  Output out;
};

void build_document(Workspace& workspace, const parser::Tree& tree, bool strict) {
  attach_trivia(tree, strict, workspace.trivia);
  // Enough for nearly every file; what is not used of fresh memory costs nothing.
  workspace.builder.begin(tree.text(), std::size_t{tree.token_count()} * 2);
  Printer(tree, workspace.trivia, workspace.lines, workspace.builder).file();
}

// The text is good until the workspace is used again.
std::string_view print_document(Workspace& workspace, std::size_t expected, const Options& options, std::int32_t shift) {
  const Document& document = workspace.builder.finish();
  Output& out = workspace.out;
  out.clear();
  out.reserve(expected);
  Layout(document, workspace.layout, options.width, options.indent, shift).print(out);
  return finish(out, ends_verbatim(document));
}

Diagnostic failure(std::string message) { return {"F001", "cannot format this: " + std::move(message), {0, 0}}; }

// A file of nothing but comments and blanks is no Nix expression, but people keep such files.
std::optional<std::string> format_without_expression(const parser::Tree& tree) {
  for (std::uint32_t i = 0; i + 1 < tree.token_count(); ++i) {
    if (!parser::is_trivia(tree.token_kind({i}))) return std::nullopt;
  }
  std::string out;
  std::string_view text = tree.text();
  bool blank = true;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = strip_end(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() && blank) continue;
    blank = line.empty();
    out.append(line) += '\n';
  }
  if (blank && !out.empty()) out.pop_back();
  return out;
}

// Formats one file, which is printed again until printing changes nothing.
class Rounds {
 public:
  Rounds(std::string_view text, parser::ParseResult parsed, const Options& options, std::int32_t shift)
      : text_(text), parsed_(std::move(parsed)), options_(options), shift_(shift), is_large_(text.size() > kLargeFile) {}
  Formatted run();

 private:
  // Files larger than this are rare. No more is kept of them at a time than is needed, and a tree is made again rather than
  // kept while its document is laid out.
  static constexpr std::size_t kLargeFile = 256 * 1024;

  // The text of `parsed_`, whose own text is `source`, in the standard format. Good until the next time.
  std::string_view print(std::string_view source);
  static Workspace& shared_workspace() {
    thread_local Workspace workspace;
    return workspace;
  }

  std::string_view text_;
  parser::ParseResult parsed_;
  const Options& options_;
  std::int32_t shift_;
  bool is_large_;
  // What was printed of a large file.
  Output large_output_;
};

std::string_view Rounds::print(std::string_view source) {
  std::size_t expected = source.size() * 2;
  if (!is_large_) {
    build_document(shared_workspace(), parsed_.tree, options_.strict);
    return print_document(shared_workspace(), expected, options_, shift_);
  }
  auto workspace = std::make_unique<Workspace>();
  build_document(*workspace, parsed_.tree, options_.strict);
  parsed_ = {{{}, {}, {}}, {}};
  workspace->trivia = {};
  std::string_view printed = print_document(*workspace, expected, options_, shift_);
  large_output_ = std::move(workspace->out);
  return printed;
}

Formatted Rounds::run() {
  constexpr int kMostRounds = 10;
  std::string_view printed = print(text_);
  if (printed == text_) return {};
  // The tree sees the last of these, and `again` the one behind it.
  std::deque<std::string> texts;
  std::string_view source = text_;
  for (int round = 0; round < kMostRounds; ++round) {
    const std::string& current = texts.emplace_back(printed);
    if (is_large_) {
      large_output_ = {};
      parsed_ = parse_source(source);
    }
    parser::ParseResult again = parse_source(current);
    if (!again.diagnostics.empty()) return {{}, false, {failure("the output would not be a Nix expression")}};
    if (auto difference = find_difference(parsed_.tree, again.tree)) return {{}, false, {failure(*difference)}};
    parsed_ = std::move(again);
    if (texts.size() > 1) texts.pop_front();
    source = texts.back();
    printed = print(source);
    if (printed == source) return {std::move(texts.back()), true, {}};
  }
  return {{}, false, {failure("formatting the output would change it again and again")}};
}

}  // namespace

parser::ParseResult parse_source(std::string_view text) {
  parser::ParseResult result = parser::parse(text, {.pipe_operators = true, .check_names = false});
  if (inherits_dynamic_name(result.tree)) {
    result.diagnostics = parser::parse(text, {.pipe_operators = true}).diagnostics;
  }
  std::erase_if(result.diagnostics, [](const Diagnostic& d) { return !is_syntax_error(d); });
  return result;
}

Formatted format_source(std::string_view text, const Options& options, std::int32_t shift) {
  if (text.size() >= Document::kStored) return {{}, false, {failure("the file is too large")}};
  parser::ParseResult parsed = parse_source(text);
  if (auto comments = format_without_expression(parsed.tree)) return {*comments, *comments != text, {}};
  if (!parsed.diagnostics.empty()) return {{}, false, std::move(parsed.diagnostics)};
  std::size_t depth = depth_of(parsed.tree);
  if (depth <= kUsualDepth) return Rounds(text, std::move(parsed), options, shift).run();
  if (depth > kDeepest) return {{}, false, {failure("expressions are nested too deeply")}};
  Formatted result;
  bool done = run_with_stack((depth + kUsualDepth) * kStackPerLevel, [&] { result = Rounds(text, std::move(parsed), options, shift).run(); });
  if (!done) return {{}, false, {failure("expressions are nested too deeply for the memory there is")}};
  return result;
}

Formatted format(std::string_view text, const Options& options) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (!text.starts_with(kByteOrderMark)) return format_source(text, options, 0);
  text.remove_prefix(kByteOrderMark.size());
  Formatted result = format_source(text, options, 0);
  if (!result.changed) result.text = text;
  result.changed = true;
  return result;
}

}  // namespace evalctl::formatter
