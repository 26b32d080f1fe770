#include "parser/stretch.h"

#include <algorithm>
#include <string>

#include "parser/diagnostics.h"
#include "parser/parser.h"
#include "parser/repair.h"

namespace evalctl::parser {
namespace {

// Bytes before the error that are worth reading again for each change, and such behind it, if the first do not tell.
constexpr std::uint32_t kFront = 4096;
constexpr std::size_t kBehind[] = {2 << 10, 24 << 10};

// What is behind a line end cannot make another token of what is before it, unless that is a string, a comment or blanks.
std::size_t line_end(std::string_view text, std::size_t from) {
  return std::min(text.find('\n', std::min(from, text.size())), text.size());
}

}  // namespace

// The outermost binding (or `inherit`) that is near, or the innermost of all; better still the one before it, since changes in the first tokens
// of a binding may make something else of the brace before them.
std::optional<Stretch> Stretch::around(const Reading& reading, std::size_t settled) {
  std::uint32_t error = reading.begin(reading.error_token), token = reading.significant[reading.error_token];
  std::optional<Stretch> out;
  auto consider = [&](std::uint32_t at, std::uint32_t depth) {
    std::uint32_t begin = reading.tokens[reading.nodes[at].first_token].offset;
    bool better = !out || out->begin_ + kFront < error || depth == out->depth_;
    NodeKind kind = reading.nodes[at].kind;
    bool defines = kind == NodeKind::Binding || kind == NodeKind::Inherit;
    if (defines && begin >= settled && better) out = Stretch(begin, depth);
  };
  auto begins_before = [&](std::uint32_t at) { return at < reading.nodes.size() && reading.nodes[at].first_token <= token; };
  std::uint32_t at = 0;
  for (std::uint32_t depth = 1;; ++depth) {
    // Down to the last child that begins before the error.
    std::uint32_t inner = at + 1, found = 0, before = 0, end = at + reading.nodes[at].size;
    for (; inner < end && begins_before(inner); inner += reading.nodes[inner].size) {
      before = found;
      found = inner;
    }
    if (found == 0) break;
    consider(found, depth);
    bool chosen = out && out->depth_ == depth && out->begin_ == reading.tokens[reading.nodes[found].first_token].offset;
    if (chosen && before != 0 && reading.tokens[reading.nodes[before].first_token].offset + kFront >= error) consider(before, depth);
    at = found;
  }
  if (!out) return std::nullopt;
  std::size_t first = reading.token_at(out->begin_);
  out->first_edit_ = reading.begin(std::min(first + Lexer::kLookahead, reading.count()));
  out->error_ = error;
  return out;
}

std::optional<std::size_t> Stretch::first_error(std::string_view text, const Edit& edit, const ParseOptions& options) const {
  for (std::size_t behind : kBehind) {
    std::size_t end = line_end(text, error_ + behind);
    if (edit.begin < first_edit_ || edit.end > end) return std::nullopt;
    Found found = read(text, edit, end, options);
    if (found.error || found.closed) return found.error;
  }
  return std::nullopt;
}

Stretch::Found Stretch::read(std::string_view text, const Edit& edit, std::size_t end, const ParseOptions& options) const {
  std::string part(text.substr(begin_, edit.begin - begin_));
  part.append(edit.inserted).append(edit.end - edit.begin, ' ').append(text.substr(edit.end, end - edit.end));
  std::vector<Diagnostic> diagnostics;
  Significant significant;
  Tokens tokens = Lexer(part, diagnostics).run(significant);
  std::size_t count = significant.size() - Lexer::kLookahead;
  if (count <= Lexer::kLookahead) return {};
  Parser parser(part, tokens, significant, options, diagnostics);
  std::uint32_t behind = parser.stop_behind(0).read_bindings(depth_);
  // Of what is behind that, more would have to be known.
  std::uint32_t last = tokens[significant[count - Lexer::kLookahead]].offset, known = std::min(tokens[behind].offset, last);
  Found out{std::nullopt, tokens[behind].offset < last};
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.code == code_of(Code::TooDeep)) return {std::nullopt, true};
    bool open = diagnostic.code == code_of(Code::UnclosedString) || diagnostic.code == code_of(Code::UnclosedComment);
    if (!is_syntax_error(diagnostic) || diagnostic.range.begin >= known || open) continue;
    out.error = std::min<std::size_t>(out.error.value_or(SIZE_MAX), begin_ + diagnostic.range.begin);
  }
  return out;
}

}  // namespace evalctl::parser
