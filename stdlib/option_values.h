// Types and values of options in words, and what to write instead of a wrong one.
#pragma once
#include <string>
#include <string_view>

namespace evalctl::stdlib {

// "boolean" -> "a boolean".
std::string in_words(const std::string& type);
// The module system's or the evaluator's name of a type, "bool" -> "boolean".
std::string type_in_words(std::string_view type);
// A value as the module system printed it, or as it was written: "the string "yes"", "a list".
std::string described(const std::string& value);
// True for a number, a string, `true`, `false`, `null`, a list, a set.
bool is_literal(std::string_view text);

// Whether a text is a literal that is clearly of another type.
bool violates(const std::string& type, std::string_view text);

// What the value should be, where that can be said; else nothing. `written`: what stands in the text.
std::string replacement(const std::string& type, const std::string& value, std::string_view written);
// What to do, where no better value can be said.
std::string advice(const std::string& type, const std::string& value);

// Whether a declaration (`users.*.name`) is one of the option (`users.alice.name`). A `*` may stand for no name at all.
bool declares(std::string_view declaration, std::string_view option);
// The name that follows `parent` in a declaration; nothing when that lies elsewhere.
std::string name_below(std::string_view declaration, std::string_view parent);

}  // namespace evalctl::stdlib
