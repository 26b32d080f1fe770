// What nixpkgs' module system reports as text, taken apart by its structure: the quoted option, the quoted type, and the
// list of files with their values. Its wording differs between releases.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::stdlib {

struct ModuleError {
  enum class Kind { Type, Unknown, Conflict, NotDefined, Assertions } kind;
  std::string option;     // names joined by dots, without quotes
  std::string shown;      // the same as it was reported
  std::uint32_t entry = 0;  // the element of the list that is meant, from 1; 0: the whole value
  std::string type;  // Type only: in the words of the module system
  struct Definition { std::string file, value; };
  std::vector<Definition> definitions;
  std::vector<std::string> details;  // the lines that say more: failed assertions, suggestions
};

// None when the message is not one of the module system.
std::optional<ModuleError> parse_module_error(std::string_view message);

}  // namespace evalctl::stdlib
