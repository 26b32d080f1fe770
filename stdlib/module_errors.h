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
  enum class Kind {
    Type,            // of an option's value
    NotASet,         // a value where a set of options is
    Unknown,         // option
    Conflict,
    ReadOnly,
    NotDefined,
    Assertions,
    DeclaredTwice,
    DeclaredAsBoth,  // an option and a set of options
    BadDeclaration,  // something else than mkOption
    NotAModule,
    MixedModule,     // `config` or `options` beside plain definitions
    NestedImports,
    Condition,       // of mkIf
    Unworded,        // a sentence that is not known, about an option whose definitions it lists
  } kind = Kind::Type;
  std::string option{};  // names joined by dots, without quotes
  std::string shown{};   // the same as it is shown
  std::string type{};    // Type only: in the words of the module system
  struct Definition { std::string file, value; };
  std::vector<Definition> definitions{};
  std::vector<std::string> details{};  // the lines that say more: failed assertions, suggestions
};

// None when the message is not one of the module system.
std::optional<ModuleError> parse_module_error(std::string_view message);

// The texts between ` and ' (or `).
std::vector<std::string> quoted_names(std::string_view text);

// Words of a sentence that look like the names of options; where none has a dot, what it quotes.
std::vector<std::string> option_names(std::string_view line);

}  // namespace evalctl::stdlib
