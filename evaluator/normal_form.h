// The expression that a file means, as `nix-instantiate --parse` prints it: operators written out, bindings grouped and
// sorted, everything in parentheses.
#pragma once
#include <optional>
#include <string>

#include "evaluator/vm.h"
#include "parser/tree.h"

namespace evalctl::evaluator {

// `directory` is what relative paths are resolved against. No value after vm.fail (nested too deeply). The tree has no
// errors.
std::optional<std::string> normal_form(Vm& vm, const parser::Tree& tree, std::string directory);
// The same for one expression of the tree.
std::optional<std::string> normal_form(Vm& vm, const parser::Tree& tree, std::string directory, parser::NodeId expression);

// The text of a string literal for `text`, quotes included; and an attribute name, quoted where it has to be.
void append_quoted(std::string_view text, std::string& out);
void append_name(std::string_view name, std::string& out);
std::string name_as_written(Symbol name);

}  // namespace evalctl::evaluator
