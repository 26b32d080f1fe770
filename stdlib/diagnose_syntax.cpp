// Slips of the pen, and what to write instead.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

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
    {"']'", "end of file", "]", "", "this bracket closes nothing: remove it"},
    {"')'", "end of file", ")", "", "this parenthesis closes nothing: remove it"},
};

bool says(const Diagnosis& d, std::string_view word, std::string_view part) { return d.error.message.contains(fmt::format("{} {}", word, part)); }

// What to do about a token that cannot stand there, where no change of it is sure.
struct Hint { std::string_view found, expected, help; };
constexpr std::string_view kBraces = "braces hold bindings, `name = value;`: for a value leave them out, or write parentheses";
constexpr Hint kHints[] = {
    {"'//'", "an attribute", "a comment begins with `#`, or stands between `/*` and `*/`"},
    {"'='", "a list element", "a list has values without names: write a text with `=` in quotes as a whole, or a set: `{ name = value; }`"},
    {"';'", "a list element", "elements of a list are separated by blanks; perhaps the list is not closed: `]`"},
    {"'}'", "a list element", "the list is not closed: `]`"},
    {"':'", "a list element", "a function in a list stands in parentheses: `(x: …)`"},
    {"'++'", "'='", kBraces}, {"'+'", "'='", kBraces}, {"'//'", "'='", kBraces}, {"'-'", "'='", kBraces}, {"'&&'", "'='", kBraces}, {"'||'", "'='", kBraces}, {"'}'", "'='", kBraces},
    {"'='", "end of file", "a binding stands in a set, `{ name = value; }`, or between `let` and `in`"},
    {"';'", "'='", "a binding is written `name = value;`; the value of a `let` stands behind `in`"},
    {"';'", "end of file", "an expression has no `;` at its end: remove it, or put what is before it into a set"},
    {"','", "end of file", "arguments that are named stand in braces: `{ a, b }:`"},
    {"end of file", "'}'", "a brace is not closed: `}`"},
    {"end of file", "']'", "a bracket is not closed: `]`"},
    {"end of file", "')'", "a parenthesis is not closed: `)`"},
    {"';'", "an expression", "a value is missing: `name = value;`"},
    {"'else'", "'then'", "write `if condition then … else …`"},
    {"", "'then'", "write `if condition then … else …`"},
    {"", "'else'", "an `if` has both: `if condition then … else …`"},
    {"", "','", "arguments that are named are separated by `,`: `{ a, b ? 1, ... }:`"},
    {"", "';'", "bindings end with `;`: one is missing, or an operator or parentheses before this"},
};

// The bracket, or the `let` without `in`, that was opened last before an offset and is open still.
std::optional<parser::TokenId> still_open(const parser::Tree& t, std::uint32_t offset) {
  std::vector<parser::TokenId> open;
  for (std::uint32_t i = 0; i < t.token_count() && t.token_range({i}).begin < offset; ++i) {
    std::string_view text = t.token_text({i});
    if (text == "(" || text == "[" || text == "{" || text == "${" || text == "let") open.push_back({i});
    else if ((text == ")" || text == "]" || text == "}" || text == "in") && !open.empty()) open.pop_back();
  }
  return open.empty() ? std::nullopt : std::optional(open.back());
}

// "unexpected ']', expecting ')'": the bracket that was opened last.
bool unclosed(Diagnosis& d) {
  std::uint32_t file = d.file_number(d.out.primary->range.file);
  if (file == 0) return false;
  const parser::Tree& t = d.tree(file);
  auto open = still_open(t, d.out.primary->range.begin);
  if (!open) return false;
  std::string_view text = t.token_text(*open);
  if (text == "let") return false;
  std::string_view closing = text == "(" ? ")" : text == "[" ? "]" : "}";
  bool other = says(d, "unexpected", "')'") || says(d, "unexpected", "']'") || says(d, "unexpected", "'}'") || says(d, "unexpected", "end of file");
  if (!other || says(d, "unexpected", fmt::format("'{}'", closing))) return false;
  d.out.labels.push_back({d.range_of(file, t.token_range(*open)), "opened here"});
  d.out.help = fmt::format("close it: `{}`", closing);
  return true;
}

// A `let` whose value follows without `in`.
bool missing_in(Diagnosis& d) {
  std::uint32_t file = d.file_number(d.out.primary->range.file);
  auto open = file ? still_open(d.tree(file), d.out.primary->range.begin) : std::nullopt;
  if (!open || d.tree(file).token_text(*open) != "let") return false;
  bool before = says(d, "expecting", "an attribute or 'in'"), inside = says(d, "unexpected", "end of file") && says(d, "expecting", "'='");
  if (!before && !inside) return false;
  d.out.help = "write `in` before the value of the `let`";
  SourceRange r = d.out.primary->range;
  r.end = r.begin;
  if (before) d.add_fix(r, "in ", "write `in`");
  return true;
}

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

// Elements of a list are arguments of nothing, but written like them.
bool bare_element(Diagnosis& d) {
  constexpr std::string_view kFound[] = {"'-'", "'!'", "'+'", "'*'", "'/'", "'++'", "'=='", "'!='", "'<'", "'<='", "'>'", "'>='", "'&&'", "'||'", "'->'", "'?'",
                                         "'if'", "'let'", "'with'", "'assert'"};
  bool found = std::ranges::any_of(kFound, [&](std::string_view token) { return says(d, "unexpected", token); });
  if (!found || !says(d, "expecting", "a list element")) return false;
  d.out.help = "an element with an operator or a keyword stands in parentheses: `( … )`";
  SourceRange r = d.out.primary->range;
  std::size_t end = r.text.find_first_not_of("0123456789.", r.begin + 1);
  if (!says(d, "unexpected", "'-'") || end == r.text.npos || end == r.begin + 1) return true;
  r.end = static_cast<std::uint32_t>(end);
  std::string element = fmt::format("({})", r.text.substr(r.begin, r.end - r.begin));
  d.out.help = fmt::format("a negative number in a list stands in parentheses: `{}`", element);
  d.add_fix(r, element, fmt::format("write `{}`", element));
  return true;
}

// `{ 1 = 2; }`
bool number_as_name(Diagnosis& d) {
  if (!says(d, "unexpected", "integer") || !says(d, "expecting", "an attribute")) return false;
  SourceRange r = d.out.primary->range;
  r.end = static_cast<std::uint32_t>(std::min(r.text.find_first_not_of("0123456789", r.begin), r.text.size()));
  std::string name = fmt::format("\"{}\"", r.text.substr(r.begin, r.end - r.begin));
  d.out.help = fmt::format("a name that is no identifier stands in quotes: `{}`", name);
  d.add_fix(r, name, fmt::format("write `{}`", name));
  return true;
}

// A string without its end: perhaps one of its interpolations has none.
bool unclosed_string(Diagnosis& d) {
  if (!d.error.message.starts_with("string is not closed")) return false;
  const SourceRange& r = d.out.primary->range;
  std::string_view quotes = r.text.substr(r.begin).starts_with("\"") ? "\"" : "''";
  d.out.help = fmt::format("close it: `{}`", quotes);
  std::uint32_t file = d.file_number(r.file);
  auto open = file ? still_open(d.tree(file), r.begin) : std::nullopt;
  if (!open || d.tree(file).token_text(*open) != "${") return true;
  d.out.labels.push_back({d.range_of(file, d.tree(file).token_range(*open)), "opened here"});
  d.out.help = fmt::format("the interpolation before it is not closed: write `}}` before this `{}`", quotes);
  return true;
}

// `{ a b }: …`: two arguments that are named, without a comma.
bool missing_comma(Diagnosis& d) {
  std::uint32_t file = d.file_number(d.out.primary->range.file);
  if (file == 0 || !says(d, "unexpected", "identifier") || !says(d, "expecting", "'}'")) return false;
  if (!d.around_of(file, d.out.primary->range.begin, parser::NodeKind::Pattern)) return false;
  d.out.help = "arguments that are named are separated by `,`: `{ a, b ? 1, ... }:`";
  SourceRange r = d.out.primary->range;
  std::size_t end = r.begin == 0 ? r.text.npos : r.text.find_last_not_of(" \t\r\n", r.begin - 1);
  if (end == r.text.npos) return true;
  r.begin = r.end = static_cast<std::uint32_t>(end + 1);
  d.add_fix(r, ",", "add `,`");
  return true;
}

// "attribute 'a' already defined at FILE:2:3": the first definition.
bool defined_twice(Diagnosis& d) {
  std::size_t at = d.error.message.find("' already defined at ");
  if (at == std::string::npos) return false;
  d.out.help = "remove one of the two, or write one value of both";
  std::string_view place = std::string_view(d.error.message).substr(at);
  std::size_t column = place.rfind(':'), line = column == 0 || column == place.npos ? place.npos : place.rfind(':', column - 1);
  std::uint32_t file = d.file_number(d.out.primary->range.file);
  if (line == place.npos || file == 0) return true;
  auto number = [](std::string_view digits) { return std::strtoul(std::string(digits).c_str(), nullptr, 10); };
  base::LineAndColumn wanted{static_cast<std::uint32_t>(number(place.substr(line + 1))), static_cast<std::uint32_t>(number(place.substr(column + 1)))};
  const parser::Tree& t = d.tree(file);
  std::size_t begin = 0;
  for (std::uint32_t k = 1; k < wanted.line && begin != place.npos; ++k) begin = d.out.primary->range.text.find('\n', begin) + 1;
  std::size_t end = d.out.primary->range.text.find('\n', begin);
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    if (t.range({i}).begin < begin || t.range({i}).begin >= end) continue;
    parser::NodeKind kind = t.kind({i});
    if (kind != parser::NodeKind::AttrPath && kind != parser::NodeKind::Identifier && kind != parser::NodeKind::String) continue;
    if (base::line_and_column(d.out.primary->range.text, t.range({i}).begin).column != wanted.column) continue;
    d.out.labels.push_back({d.range_of(file, parser::NodeId{i}), "first defined here"});
    return true;
  }
  return true;
}

}  // namespace

void diagnose_syntax(Diagnosis& d) {
  if (!d.out.primary) return;
  if (unclosed_string(d) || defined_twice(d)) return;
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
  if (unclosed(d) || missing_in(d) || missing_comma(d) || bare_element(d) || number_as_name(d)) return;
  for (const Hint& hint : kHints) {
    bool expected = hint.expected.empty() || says(d, "expecting", hint.expected) || d.error.message.contains(fmt::format(" or {}", hint.expected));
    if (!d.error.message.starts_with("syntax error") || (!hint.found.empty() && !says(d, "unexpected", hint.found)) || !expected) continue;
    d.out.help = hint.help;
    return;
  }
}

}  // namespace evalctl::stdlib
