// The order in which Nix goes through the attributes of a set, where it shows: which of two errors comes first, and in which order
// messages do. It is that of its symbols, which are made as its parser meets names.
//
// Here symbols are numbered in that order, too, as far as they are those that Nix has from the beginning (first_names.def) or
// stand in the text that a program begins with (Vm::Program::main_names). All others are gone through by text.
#pragma once
#include <algorithm>

#include "evaluator/program.h"
#include "evaluator/shape.h"
#include "parser/tree.h"

namespace evalctl::evaluator {

// Makes symbols of the names in a text, in the order in which Nix's parser does: of the parameter of a function behind its body,
// of a formal behind its default.
void intern_in_order(const parser::Tree& tree);

// Whether the number of a symbol tells its place in Nix's order.
inline bool is_ordered(Vm& vm, Symbol name) {
  if (name.id <= kFirstNames) return true;
  return std::ranges::any_of(vm.program().main_names, [&](const NumberRange& r) { return r.first <= name.id && name.id <= r.last; });
}

// Calls `visit` for each attribute in Nix's order, where it is known, until that gives false, and returns what the last call gave.
template <class Visit>
bool visit_in_order(Vm& vm, AttrsObject* attrs, Visit visit) {
  bool ordered = true;
  for (const Attr& a : attributes(attrs)) ordered = ordered && is_ordered(vm, a.name);
  if (ordered) {
    for (const Attr& a : attributes(attrs))
      if (!visit(a)) return false;
    return true;
  }
  for (const Attr& a : attributes_by_text(attrs))
    if (!visit(a)) return false;
  return true;
}

}  // namespace evalctl::evaluator
