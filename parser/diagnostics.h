// How the parser's stages report: one row of diagnostics.def, formatted.
#pragma once
#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "parser/parse.h"

namespace evalctl::parser {

enum class Code : std::uint8_t {
#define DIAGNOSTIC(code, name, message) name,
#include "parser/diagnostics.def"
};

// The stable code ("P001") and the message with its `{}` holes.
std::string_view code_of(Code code);
std::string_view message_of(Code code);

// More say nothing new.
constexpr std::size_t kMostDiagnostics = 1000;

template <class... Args>
void report(std::vector<Diagnostic>& out, Code code, Range range, const Args&... args) {
  if (out.size() >= kMostDiagnostics) return;
  out.push_back({std::string(code_of(code)), fmt::format(fmt::runtime(message_of(code)), args...), range, {}});
}

}  // namespace evalctl::parser
