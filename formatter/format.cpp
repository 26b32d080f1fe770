#include "formatter/format.h"

#include "formatter/comments.h"
#include "formatter/layout.h"
#include "formatter/printer.h"

namespace evalctl::formatter {
namespace {

// Faults of meaning, such as an attribute defined twice, do not keep a file from being formatted.
bool is_syntax_error(const parser::Diagnostic& diagnostic) {
  for (std::string_view code : {"P007", "P008", "P014", "P015", "P016"}) {
    if (diagnostic.code == code) return false;
  }
  return true;
}

bool ends_verbatim(const Document& document) {
  for (std::size_t i = document.size(); i-- > 0;) {
    if (document[i].kind == Element::Text) return document[i].text_kind == TextKind::VerbatimToEnd;
  }
  return false;
}

// Only white space at the start and the end is removed, and a line end added. A region that is not formatted and reaches
// to the end of the file is left as it is.
std::string finish(std::string text, bool verbatim) {
  std::string_view body = verbatim ? strip_start(text) : strip(text);
  std::size_t begin = static_cast<std::size_t>(body.data() - text.data());
  text.resize(begin + body.size());
  text.erase(0, begin);
  if (!verbatim) text += '\n';
  return text;
}

}  // namespace

Formatted format(std::string_view text, const Options& options) {
  parser::ParseResult parsed = parser::parse(text, {.pipe_operators = true});
  std::erase_if(parsed.diagnostics, [](const parser::Diagnostic& d) { return !is_syntax_error(d); });
  if (!parsed.diagnostics.empty()) return {{}, std::move(parsed.diagnostics)};
  TriviaTable trivia;
  attach_trivia(parsed.tree, options.strict, trivia);
  DocumentBuilder builder;
  builder.clear();
  Printer(parsed.tree, trivia, builder).file();
  const Document& document = builder.finish();
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  Layout(document, options.width, options.indent).print(out);
  return {finish(std::move(out), ends_verbatim(document)), {}};
}

}  // namespace evalctl::formatter
