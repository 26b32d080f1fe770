// What a module's text defines: the paths of its option definitions, and which option a place in it belongs to.
//
//   { config, lib, ... }: { services.web = lib.mkIf config.x { port = 80; }; }
//                           ^^^^^^^^^^^^                       ^^^^^^^^^^ services.web.port
//
// mkIf, mkMerge, mkForce and the like, let, with, if, assert, `//` and parentheses are looked through.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "lsp/snapshot.h"

namespace evalctl::lsp {

// Whether a file is written as a module: by its arguments and the names that it sets.
bool is_module(const Analysis& analysis);

// Whether a flake's file has modules in it: that of its outputs (flake-parts), or those in the lists of `nixosSystem` and the
// like. Only what these sets define counts below.
bool is_flake_of_modules(const Analysis& analysis);

// The names in the argument set of the file's function, if it is one of a set.
std::vector<std::string> arguments_of_file(const Tree& tree);

struct OptionBinding {
  // Names; "*" for elements of lists, "<name>" for dynamic attributes.
  std::vector<std::string> path;
  // The attribute that each of the last names of `path` is written as; as many as the binding has.
  std::vector<NodeId> attributes;
  // The value, without the functions that are looked through. Several where it is an `if`, a mkMerge or a `//`.
  std::vector<NodeId> values;
};
// All option definitions of a module, outer ones first.
std::vector<OptionBinding> option_bindings(const Analysis& analysis);

// The option that the attribute set (or list, or value) at `node` defines or is part of. `node` itself counts: for an AttrSet
// the option whose value it is. Nothing outside of a module's definitions.
std::optional<std::vector<std::string>> option_path_of(const Analysis& analysis, NodeId node);

// The bindings of the module's set `options` that declare `names`, which ends where the text ends. Null node: none.
NodeId find_declaration(const Analysis& analysis, const std::vector<std::string>& names);

}  // namespace evalctl::lsp
