// The names and rows of the builtins, for scopes, completion and hover.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/builtin.h"

namespace evalctl::lsp {

// All names of the base environment: `map`, `__add`, `true`, `builtins`...
std::span<const std::string_view> global_names();

// Members of the set `builtins`, sorted by name. `row` is null for constants.
struct BuiltinName {
  std::string_view name;
  const evaluator::BuiltinRow* row;
  // Also visible without `builtins.`.
  bool global;
};
std::span<const BuiltinName> builtin_names();

// The builtin that the member `name` of `builtins` is; null when there is none.
const BuiltinName* find_builtin(std::string_view name);
// The builtin that the global name `name` (`map`, `__add`) is; null when there is none.
const BuiltinName* find_global(std::string_view name);

// Signature and documentation as Markdown.
std::string documentation(const BuiltinName& builtin);

}  // namespace evalctl::lsp
