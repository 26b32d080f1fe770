// Where a module's text defines an option. Nix's module system names the file of a definition, never the line.
#pragma once
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::stdlib {

struct OptionDefinition {
  parser::Range name;      // the attribute path as written at the innermost binding
  parser::Range value;     // without mkIf, mkForce and the like around it
  std::size_t matched = 0; // how much of the option's name the text spells out, in bytes
};

// The definitions of an option (`services.web.example.org.port`: names joined by dots, which they may contain) in a module, or, where there is none, of its longest beginning that has one. Looked
// for under `config`, `imports`, mkIf, mkMerge, mkForce…, let, with, if, and both sides of `//` and `++`.
std::vector<OptionDefinition> find_definitions(const parser::Tree& tree, std::string_view option);

}  // namespace evalctl::stdlib
