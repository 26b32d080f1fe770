// Which evaluated value an expression stands for, by where its names come from: `pkgs` of a module or a package's
// arguments, `import <nixpkgs> { }`, lib, config, the inputs of a flake.
//
// Only names are followed; asking for the value is for others. `pkgs` counts as nixpkgs' packages wherever it is an
// argument that nothing in the file gives a value.
#pragma once
#include <optional>

#include "lsp/evaluated.h"
#include "lsp/values.h"

namespace evalctl::lsp {

class ValuePaths {
 public:
  explicit ValuePaths(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // Of any expression. Nothing where it is none of the above.
  std::optional<ValuePath> of(const Place& expression, unsigned depth = 0);
  // Of the name at `name`: an identifier, or an attribute of a selection, `inherit (e) a`, with or without a `with`.
  std::optional<ValuePath> of_name(const Place& name, unsigned depth = 0);
  // The values of the `with`s around `node`, innermost first.
  std::vector<ValuePath> scopes(const Place& node);

 private:
  std::optional<ValuePath> of_identifier(const Place& identifier, unsigned depth);
  std::optional<ValuePath> of_definition(const Place& definition, unsigned depth);
  std::optional<ValuePath> of_argument(const Place& argument, unsigned depth);
  std::optional<ValuePath> of_call(const Place& apply, unsigned depth);
  ValuePath path(Base base, const Place& place, std::vector<std::string> names = {}) const { return {base, place.file->path, std::move(names)}; }

  const Snapshot& snapshot_;
};

}  // namespace evalctl::lsp
