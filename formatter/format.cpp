#include "formatter/format.h"

#include <algorithm>
#include <deque>

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
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    if (tree.kind({i}) != parser::NodeKind::Inherit) continue;
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
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    std::uint32_t size = tree.size({i});
    if (size <= kUsualDepth) continue;
    while (!ends.empty() && ends.back() <= i) ends.pop_back();
    ends.push_back(i + size);
    deepest = std::max(deepest, ends.size());
  }
  return deepest;
}

bool ends_verbatim(const Document& document) {
  for (std::size_t i = document.size(); i-- > 0;) {
    if (document[i].kind == Element::Text) return document[i].text_kind == TextKind::VerbatimToEnd;
  }
  return false;
}

// Only white space at the start and the end is removed, and a line end added. A region that is not formatted and reaches
// to the end of the file is left as it is.
std::string finish(std::string_view text, bool verbatim) {
  std::string_view body = verbatim ? strip_start(text) : strip(text);
  std::string out;
  out.reserve(body.size() + 1);
  out.append(body);
  if (!verbatim) out += '\n';
  return out;
}

// Memory that is used again for the next file: most files are small, and fresh memory costs more than what is done with it.
struct Workspace {
  TriviaTable trivia;
  DocumentBuilder builder;
  Lookahead::Marks marks;
  Output out;
};

// Files larger than this are rare; their memory is given back.
constexpr std::size_t kLargeFile = 256 * 1024;

std::string print_with(Workspace& workspace, const parser::Tree& tree, const Options& options, std::int32_t shift) {
  attach_trivia(tree, options.strict, workspace.trivia);
  DocumentBuilder& builder = workspace.builder;
  builder.clear();
  builder.reserve(tree.token_count() + tree.token_count() / 2);
  Printer(tree, workspace.trivia, builder).file();
  const Document& document = builder.finish();
  Output& out = workspace.out;
  out.clear();
  out.reserve(tree.text().size() + tree.text().size() / 4);
  Layout(document, workspace.marks, options.width, options.indent, shift).print(out);
  return finish(out.text(), ends_verbatim(document));
}

std::string print(const parser::Tree& tree, const Options& options, std::int32_t shift) {
  thread_local Workspace workspace;
  if (tree.text().size() <= kLargeFile) return print_with(workspace, tree, options, shift);
  Workspace large;
  return print_with(large, tree, options, shift);
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

Formatted format_parsed(std::string_view text, parser::ParseResult parsed, const Options& options, std::int32_t shift) {
  constexpr int kMostRounds = 10;
  Formatted result;
  result.text = print(parsed.tree, options, shift);
  if (result.text == text) return result;
  result.changed = true;
  // The trees see these.
  std::deque<std::string> texts;
  for (int round = 0; round < kMostRounds; ++round) {
    const std::string& current = texts.emplace_back(std::move(result.text));
    parser::ParseResult again = parse_source(current);
    if (!again.diagnostics.empty()) return {{}, false, {failure("the output would not be a Nix expression")}};
    if (auto difference = find_difference(parsed.tree, again.tree)) return {{}, false, {failure(*difference)}};
    parsed = std::move(again);
    result.text = print(parsed.tree, options, shift);
    if (result.text == current) return result;
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
  parser::ParseResult parsed = parse_source(text);
  if (auto comments = format_without_expression(parsed.tree)) return {*comments, *comments != text, {}};
  if (!parsed.diagnostics.empty()) return {{}, false, std::move(parsed.diagnostics)};
  std::size_t depth = depth_of(parsed.tree);
  if (depth <= kUsualDepth) return format_parsed(text, std::move(parsed), options, shift);
  if (depth > kDeepest) return {{}, false, {failure("expressions are nested too deeply")}};
  Formatted result;
  bool done = run_with_stack((depth + kUsualDepth) * kStackPerLevel, [&] { result = format_parsed(text, std::move(parsed), options, shift); });
  if (!done) return {{}, false, {failure("expressions are nested too deeply for the memory there is")}};
  return result;
}

Formatted format(std::string_view text, const Options& options) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (!text.starts_with(kByteOrderMark)) return format_source(text, options, 0);
  Formatted result = format_source(text.substr(kByteOrderMark.size()), options, 0);
  result.changed = true;
  return result;
}

}  // namespace evalctl::formatter
