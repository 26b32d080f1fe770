// Slips of the pen, and what to write instead.
#include <fmt/format.h>

#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using base::SourceRange;

// Parts of the parser's message, what is written there, what to write instead, and why.
struct Slip { std::string_view found, expected, written, replacement, help; };
constexpr Slip kSlips[] = {
    {"','", "a list element", ",", "", "elements of a list are separated by blanks: remove the `,`"},
    {"','", "';'", ",", ";", "bindings end with `;`"},
    {"'=='", "'='", "==", "=", "a binding is written with one `=`"},
    {"':'", "'='", ":", " =", "a binding is written `name = value;`"},
    {"';'", "an attribute", ";", "", "remove the second `;`"},
    {"'}'", "end of file", "}", "", "this brace closes nothing: remove it"},
};

bool says(const Diagnosis& d, std::string_view word, std::string_view part) { return d.error.message.contains(fmt::format("{} {}", word, part)); }

// A `;` that is missing shows only at the next token, often a line or a name later: point where it belongs.
void semicolon(Diagnosis& d) {
  SourceRange r = d.out.primary->range;
  std::size_t end = r.begin;
  if (r.text[r.begin] == '=') {
    end = r.text.rfind('\n', r.begin);
    if (end == r.text.npos || r.text.substr(end, r.begin - end).find_first_of(";{}()") != r.text.npos) return;
  }
  std::size_t last = end == 0 ? r.text.npos : r.text.find_last_not_of(" \t\r\n", end - 1);
  if (last == r.text.npos) return;
  r.begin = r.end = static_cast<std::uint32_t>(last + 1);
  d.set_primary(r, "here");
  d.out.message = "syntax error, `;` is missing at the end of a binding";
  d.out.help = "write `;`";
  d.add_fix(r, ";", "add `;`");
}

}  // namespace

void diagnose_syntax(Diagnosis& d) {
  if (!d.out.primary) return;
  if ((says(d, "unexpected", "'='") || says(d, "unexpected", "'}'") || says(d, "unexpected", "'in'")) && says(d, "expecting", "';'")) return semicolon(d);
  for (const Slip& slip : kSlips) {
    SourceRange r = d.out.primary->range;
    if (!says(d, "unexpected", slip.found) || !says(d, "expecting", slip.expected) || !r.text.substr(r.begin).starts_with(slip.written)) continue;
    r.end = r.begin + static_cast<std::uint32_t>(slip.written.size());
    d.set_primary(r, "");
    d.out.help = slip.help;
    d.add_fix(r, std::string(slip.replacement), std::string(slip.help));
    return;
  }
}

}  // namespace evalctl::stdlib
