// Tokens and the trivia around them.
#include "formatter/printer.h"

namespace evalctl::formatter {

std::uint32_t Printer::next_token(std::uint32_t token) const {
  do ++token; while (parser::is_trivia(tree_.token_kind({token})));
  return token;
}

std::uint32_t Printer::previous_token(std::uint32_t token) const {
  do --token; while (parser::is_trivia(tree_.token_kind({token})));
  return token;
}

// Cost: as far as the next line end.
bool Printer::same_line(std::uint32_t left, std::uint32_t right) const {
  if (trivia_.ignores_lines(left)) return true;
  parser::Range between{tree_.token_range({left}).begin, tree_.token_range({right}).begin};
  return !tree_.slice(between).contains('\n');
}

// The node on the way down to the first token that is a literal ends elsewhere than it begins.
Printer::Leaf Printer::first_leaf(NodeId node) const {
  std::uint32_t first = first_token(node);
  TokenKind kind = tree_.token_kind({first});
  if (kind != TokenKind::Quote && kind != TokenKind::IndentedQuote && kind != TokenKind::PathText) return {first, first};
  while (tree_.kind(node) != NodeKind::String && tree_.kind(node) != NodeKind::IndentedString && tree_.kind(node) != NodeKind::Path) {
    node = first_child(node);
  }
  return {first, last_token(node)};
}

void Printer::file() {
  NodeId expression = first_child(tree_.root());
  std::uint32_t first = first_token(expression);
  Trivia trivia = trivia_.before(first);
  while (!trivia.empty() && trivia[0].kind == Trivium::EmptyLine) trivia = trivia.subspan(1);
  trivia_.set_before(first, trivia);
  group([&] {
    this->expression(expression);
    print(trivia_.before(tree_.token_count() - 1));
  });
}

void Printer::token_with_trivia(std::uint32_t token) {
  print(trivia_.before(token));
  token_text(token);
  behind(trivia_.behind(token));
}

void Printer::token_without_behind(std::uint32_t token) {
  print(trivia_.before(token));
  token_text(token);
}

void Printer::token_without_before(std::uint32_t token) {
  token_text(token);
  behind(trivia_.behind(token));
}

void Printer::token_comment_first(std::uint32_t token) {
  print(trivia_.join(trivia_.before(token), as_trivia(trivia_.behind(token))));
  token_text(token);
}

Trivia Printer::as_trivia(std::string_view comment) {
  if (comment.empty()) return {};
  return trivia_.keep({{Trivium::LineComment, comment, {}}});
}

void Printer::behind(std::string_view comment) {
  if (comment.empty()) return;
  space(SpacingKind::Hardspace);
  doc_.text(comment, TextKind::TrailingComment);
  space(SpacingKind::Hardline);
}

void Printer::print(Trivia trivia) {
  if (trivia.empty()) return;
  if (trivia.size() != 1 || trivia[0].kind != Trivium::LanguageAnnotation) space(SpacingKind::Hardline);
  for (const Trivium& trivium : trivia) print(trivium);
}

void Printer::print(const Trivium& trivium) {
  switch (trivium.kind) {
    case Trivium::EmptyLine: return space(SpacingKind::Emptyline);
    case Trivium::BlockComment: return block_comment(trivium);
    case Trivium::LanguageAnnotation:
      doc_.text(trivium.text, TextKind::Comment);
      return space(SpacingKind::Hardspace);
    case Trivium::Disable: return doc_.text({}, TextKind::DisableMarker);
    case Trivium::DisabledToEnd: return doc_.text(trivium.text, TextKind::VerbatimToEnd);
    case Trivium::LineComment: doc_.text(trivium.text, TextKind::Comment); break;
    case Trivium::Enable: doc_.text(trivium.text, TextKind::Verbatim); break;
    case Trivium::LoneEnable: doc_.text("/*nixfmt:enable*/", TextKind::Comment); break;
  }
  space(SpacingKind::Hardline);
}

void Printer::block_comment(const Trivium& trivium) {
  constexpr std::uint32_t kIndent = 2;
  doc_.text(trivium.text, TextKind::Comment);
  space(SpacingKind::Hardline);
  doc_.add_offset(kIndent);
  for (const std::string& line : trivium.lines) {
    if (line.empty()) {
      space(SpacingKind::Emptyline);
    } else {
      doc_.text(line, TextKind::Comment);
      space(SpacingKind::Hardline);
    }
  }
  doc_.remove_offset(kIndent);
  doc_.text("*/", TextKind::Comment);
  space(SpacingKind::Hardline);
}

}  // namespace evalctl::formatter
