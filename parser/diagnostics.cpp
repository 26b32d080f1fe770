#include "parser/diagnostics.h"

namespace evalctl::parser {
namespace {

struct Row {
  std::string_view code;
  std::string_view message;
};

constexpr Row kRows[] = {
#define DIAGNOSTIC(code, name, message) {#code, message},
#include "parser/diagnostics.def"
};

}  // namespace

std::string_view code_of(Code code) { return kRows[static_cast<std::size_t>(code)].code; }
std::string_view message_of(Code code) { return kRows[static_cast<std::size_t>(code)].message; }

}  // namespace evalctl::parser
