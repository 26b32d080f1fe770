// All builtins: one function for each domain gives its rows; define_builtins makes the names of the language of them.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "evaluator/builtin.h"

namespace evalctl::stdlib {

// The release of Nix whose behaviour this is.
inline constexpr std::string_view kNixVersion = "2.34.0";

// Defines `builtins` and the global names. To be called once, before the first evaluation.
void define_builtins(evaluator::Vm& vm);

// The rows of all domains: what completion, hover and the manual read.
std::vector<const evaluator::BuiltinRow*> all_builtins();

std::span<const evaluator::BuiltinRow> lists_builtins();
std::span<const evaluator::BuiltinRow> attrs_builtins();
std::span<const evaluator::BuiltinRow> numbers_builtins();
std::span<const evaluator::BuiltinRow> types_builtins();
std::span<const evaluator::BuiltinRow> control_builtins();
std::span<const evaluator::BuiltinRow> strings_builtins();
std::span<const evaluator::BuiltinRow> versions_builtins();
std::span<const evaluator::BuiltinRow> regex_builtins();
std::span<const evaluator::BuiltinRow> json_builtins();
std::span<const evaluator::BuiltinRow> toml_builtins();
std::span<const evaluator::BuiltinRow> xml_builtins();
std::span<const evaluator::BuiltinRow> hashing_builtins();
std::span<const evaluator::BuiltinRow> context_builtins();
std::span<const evaluator::BuiltinRow> paths_builtins();
std::span<const evaluator::BuiltinRow> import_builtins();
std::span<const evaluator::BuiltinRow> fetch_builtins();
std::span<const evaluator::BuiltinRow> fetch_closure_builtins();
std::span<const evaluator::BuiltinRow> fetch_tree_builtins();
std::span<const evaluator::BuiltinRow> flake_builtins();
std::span<const evaluator::BuiltinRow> derivation_builtins();

}  // namespace evalctl::stdlib
