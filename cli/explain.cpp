// `evalctl explain CODE`: what an error means, at length. `evalctl explain --catalogue`: all of them, as Markdown.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "cli/commands.h"
#include "stdlib/diagnose.h"

namespace evalctl::cli {
namespace {

// What other parts find, by their own tables.
struct Finding { std::string_view code, name, message; };
constexpr Finding kSyntax[] = {
#define DIAGNOSTIC(code, name, message) {#code, #name, message},
#include "parser/diagnostics.def"
};
constexpr Finding kLints[] = {
#define DIAGNOSTIC(code, name, severity, message) {#code, #name, message},
#include "lsp/diagnostics.def"
};

void print_findings(const char* title, std::span<const Finding> findings) {
  fmt::print("\n## {}\n\n| Code | Name | Says |\n|---|---|---|\n", title);
  for (const Finding& f : findings) {
    std::string message;
    for (char c : f.message) message += c == '|' ? "\\|" : std::string(1, c);
    fmt::print("| {} | {} | {} |\n", f.code, f.name, message);
  }
}

int print_catalogue() {
  fmt::print("# Diagnostics\n\nWhat evalctl reports, by code. Codes are stable. `evalctl explain CODE` prints an entry; this page is made by\n"
             "`evalctl explain --catalogue`.\n");
  for (const stdlib::ErrorCode& row : stdlib::error_codes()) {
    fmt::print("\n## {} {}\n\n{}\n", row.code, row.name, row.explanation);
    if (!row.example.empty()) fmt::print("\n```nix\n{}\n```\n", row.example);
  }
  print_findings("Syntax", kSyntax);
  print_findings("Lints of the language server", kLints);
  return 0;
}

}  // namespace

int run_explain(Words words) {
  if (words.size() == 1 && words[0] == "--catalogue") return print_catalogue();
  if (words.size() != 1) {
    fmt::print(stderr, "usage: evalctl explain CODE | --catalogue\n");
    return 2;
  }
  std::string code = words[0];
  std::ranges::transform(code, code.begin(), [](unsigned char c) { return std::toupper(c); });
  if (const stdlib::ErrorCode* row = stdlib::find_error_code(code)) {
    fmt::print("{} {}\n\n{}\n", row->code, row->name, row->explanation);
    if (!row->example.empty()) fmt::print("\nFor example:\n\n  {}\n", row->example);
    return 0;
  }
  for (std::span<const Finding> table : {std::span<const Finding>(kSyntax), std::span<const Finding>(kLints)}) {
    for (const Finding& f : table) {
      if (f.code != code) continue;
      fmt::print("{} {}\n\n{}\n", f.code, f.name, f.message);
      return 0;
    }
  }
  fmt::print(stderr, "error: there is no code '{}'\n", words[0]);
  return 1;
}

}  // namespace evalctl::cli
