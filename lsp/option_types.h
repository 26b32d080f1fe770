// What an option's type says about values in a text.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "lsp/option_index.h"
#include "lsp/snapshot.h"

namespace evalctl::lsp {

// Where a path leads in an index.
struct OptionPlace {
  // The longest part of the path that is declared.
  std::string key;
  // How many names of the path that is.
  std::size_t known = 0;
  // The option that the path is or lies in; null in a set of options.
  const Option* option = nullptr;
  // The type of what the whole path stands for, where the option's type tells.
  std::optional<OptionType> type;
  // The name after the known part is one that nothing can define: in a set of options, or in a closed submodule.
  bool unknown = false;
};
OptionPlace look_up(const OptionIndex& index, const std::vector<std::string>& path);

// Why the literal at `value` cannot be of the type; nothing where it can, or nobody can tell.
std::optional<std::string> type_error(const Tree& tree, NodeId value, const OptionType& type);

// Literals that the type has, as Nix writes them: enum members, booleans, null.
std::vector<std::string> literals_of(const OptionType& type);
// Whether packages are values, or elements or attributes of values, of the type.
bool takes_packages(const OptionType& type);
// The type of the elements of a list type, through nullOr and the like.
std::optional<OptionType> element_type(const OptionType& type);

}  // namespace evalctl::lsp
