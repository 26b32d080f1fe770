// Where a module's text defines an option. Nix's module system names the file of a definition, never the line.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::stdlib {

// Names joined by dots (`services.web.example.org.port`; a name may contain dots itself). An element of a list is the name
// `[definition 1-entry 2]`.
struct OptionSearch {
  std::string_view option;
  // The value as the module system printed it, if it did: picks among several.
  std::string_view shown;
  // A definition of an option beside it counts for the set of options that both are in.
  bool siblings = false;
};

struct OptionDefinition {
  parser::Range name;       // the attribute path as written at the innermost binding
  parser::Range value;      // without mkIf, mkForce and the like around it
  std::size_t matched = 0;  // how much of the option's name the text spells out, in bytes
  unsigned guesses = 0;     // names that are computed, and were taken to be the right ones
};

// The definitions of an option in a module, the likeliest first, or, where there is none, of its longest beginning that
// has one. Looked for under `config`, `imports`, mkIf, mkMerge, mkForce…, let, with, if, both sides of `//` and `++`,
// functions of the same file, genAttrs and its like, and in a file that holds a submodule only.
std::vector<OptionDefinition> find_definitions(const parser::Tree& tree, const OptionSearch& search);

// Bindings of that last name anywhere in the text, or of a value written just like that: for definitions that a module
// passes on, as renamed options do.
std::vector<OptionDefinition> find_similar(const parser::Tree& tree, const OptionSearch& search);

struct OptionDeclaration {
  std::string option;  // as above; `*` stands for the name of a submodule, if there is any
  parser::Range name;
  parser::Range value;
};
// The options that a text declares. Those of a submodule that is bound to a name begin with its own names.
std::vector<OptionDeclaration> find_declarations(const parser::Tree& tree);

}  // namespace evalctl::stdlib
