// Builtins on attribute sets, and on the formal arguments of functions.
#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evaluator/builtin.h"
#include "evaluator/offers.h"
#include "evaluator/normal_form.h"
#include "evaluator/operations.h"
#include "evaluator/program.h"
#include "evaluator/shape.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

Value attr_names(Vm& vm, Value* arguments) {
  NIX_TRY(attrs, vm.force_attrs(arguments[0], "the argument passed to builtins.attrNames"));
  std::vector<Symbol> names = names_by_text(attrs);
  if (names.empty()) return vm.empty_list;
  ListObject* result = vm.new_list(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) result->items[i] = vm.name_string(names[i]);
  return Value(result);
}

Value attr_values(Vm& vm, Value* arguments) {
  NIX_TRY(attrs, vm.force_attrs(arguments[0], "the argument passed to builtins.attrValues"));
  AttributesByText entries = attributes_by_text(attrs);
  if (entries.empty()) return vm.empty_list;
  ListObject* result = vm.new_list(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) result->items[i] = *entries[i].slot;
  return Value(result);
}

// `culprit`: what is wrong about that, the name or the set.
Value missing(Vm& vm, Symbol name, AttrsObject* attrs, Value culprit) {
  std::vector<Symbol> known;
  for (const Attr& a : attributes(attrs)) known.push_back(a.name);
  vm.fail_name(ErrorKind::MissingAttribute, fmt::format("attribute '{}' missing", name_as_written(name)), name, std::move(known));
  vm.error->culprit.push_back(culprit);
  return {};
}

Value get_attr(Vm& vm, Value* arguments) {
  NIX_TRY(name, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.getAttr"));
  NIX_TRY(attrs, vm.force_attrs(arguments[1], "the second argument passed to builtins.getAttr"));
  Symbol symbol = symbol_of(name);
  Value* word = find_word(attrs, symbol);
  return word ? vm.force_slot(*word) : missing(vm, symbol, attrs, vm.force(arguments[0]));
}

Value has_attr(Vm& vm, Value* arguments) {
  NIX_TRY(name, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.hasAttr"));
  NIX_TRY(attrs, vm.force_attrs(arguments[1], "the second argument passed to builtins.hasAttr"));
  return Value::boolean(find_word(attrs, symbol_of(name)) != nullptr);
}

Value has_attr_early(Vm&, const Value* arguments) {
  if (!arguments[0].is(Kind::String) || as_string(arguments[0])->context || !arguments[1].is(Kind::Attrs)) return {};
  return Value::boolean(find_word(as_attrs(arguments[1]), symbol_of(as_string(arguments[0]))) != nullptr);
}

Value remove_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(attrs, vm.force_attrs(arguments[0], "the first argument passed to builtins.removeAttrs"));
  NIX_TRY(names, vm.force_list(arguments[1], "the second argument passed to builtins.removeAttrs"));
  std::vector<Symbol> removed;
  for (std::uint32_t i = 0; i < names->size; ++i) {
    NIX_TRY(name, vm.force_string_no_context(
                      names->items[i], "the values of the second argument passed to builtins.removeAttrs"));
    Symbol symbol = symbol_of(name);
    if (find_word(attrs, symbol)) removed.push_back(symbol);
  }
  if (removed.empty()) return Value(attrs);
  std::ranges::sort(removed);
  AttrsBuilder result(attrs->count());
  for (const Attr& attr : attributes(attrs)) {
    if (!std::ranges::binary_search(removed, attr.name)) result.add(attr.name, *attr.slot, attr.position);
  }
  return result.build(vm);
}

// Of pairs with the same name the first one counts; `value` is looked up in that one only, and not forced.
Value list_to_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[0], "the argument passed to builtins.listToAttrs"));
  constexpr std::string_view kPair = "in a {name=...; value=...;} pair";
  std::vector<std::pair<Symbol, AttrsObject*>, TracedAllocator<std::pair<Symbol, AttrsObject*>>> pairs;
  pairs.reserve(list->size);
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, Wanted::Head);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    NIX_TRY(pair, vm.force_attrs(list->items[i], "an element of the list passed to builtins.listToAttrs"));
    Value* name = find_word(pair, vm.symbols.name);
    if (!name) {
      missing(vm, vm.symbols.name, pair, Value(static_cast<Object*>(pair)));
      return vm.add_frame(std::string(kPair));
    }
    NIX_TRY(text, vm.force_string_no_context(
                      *name,
                      "the `name` attribute of an element of the list passed to builtins.listToAttrs"));
    Symbol symbol = symbol_of(text);
    pairs.emplace_back(symbol, pair);
  }
  // Nothing is evaluated from here on. By symbol: which pass met it last.
  thread_local std::vector<std::uint64_t> seen;
  thread_local std::uint64_t pass = 0;
  if (seen.size() <= symbol_count()) seen.resize(symbol_count() + symbol_count() / 2 + 1024);
  ++pass;
  AttrsBuilder result(pairs.size());
  for (auto [name, pair] : pairs) {
    if (std::exchange(seen[name.id], pass) == pass) continue;
    Attr value = find(pair, vm.symbols.value);
    if (!value) {
      missing(vm, vm.symbols.value, pair, Value(static_cast<Object*>(pair)));
      return vm.add_frame(std::string(kPair));
    }
    result.add(name, *value.slot, value.position);
  }
  return result.build(vm);
}

// Cost: the size of the smaller side times the logarithm of the other's.
Value intersect_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(left, vm.force_attrs(arguments[0], "the first argument passed to builtins.intersectAttrs"));
  NIX_TRY(right, vm.force_attrs(arguments[1], "the second argument passed to builtins.intersectAttrs"));
  if (left->empty() || right->empty()) return vm.empty_attrs;
  AttrsBuilder result(std::min(left->bound(), right->bound()));
  if (left->bound() < right->bound()) {
    for (const Attr& attr : attributes(left)) {
      if (Attr found = find(right, attr.name)) result.add(found.name, *found.slot, found.position);
    }
  } else {
    for (const Attr& attr : attributes(right)) {
      if (find(left, attr.name)) result.add(attr.name, *attr.slot, attr.position);
    }
  }
  return result.build(vm);
}

Value cat_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(name, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.catAttrs"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.catAttrs"));
  Symbol symbol = symbol_of(name);
  ValueVector found;
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, Wanted::Head);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    NIX_TRY(attrs, vm.force_attrs(list->items[i],
                                  "an element in the list passed as second argument to builtins.catAttrs"));
    if (Attr attr = find(attrs, symbol)) found.push_back(*attr.slot);
  }
  return vm.list(found);
}

Value map_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(attrs, vm.force_attrs(arguments[1], "the second argument passed to builtins.mapAttrs"));
  return map_attributes(vm, arguments[0], attrs);
}

Value zip_attrs_with(Vm& vm, Value* arguments) {
  NIX_TRY(function, vm.force_function(arguments[0], "the first argument passed to builtins.zipAttrsWith"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.zipAttrsWith"));
  std::unordered_map<std::uint32_t, ValueVector> columns;
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, Wanted::Head);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    NIX_TRY(attrs, vm.force_attrs(list->items[i],
                                  "a value of the list passed as second argument to builtins.zipAttrsWith"));
    for (const Attr& attr : attributes(attrs)) columns[attr.name.id].push_back(*attr.slot);
  }
  AttrsBuilder result(columns.size());
  for (const auto& [id, values] : columns) {
    Symbol name{id};
    result.add(name, vm.delay_call(function, {vm.name_string(name), vm.list(values)}));
  }
  return result.build(vm);
}

// The empty set for builtins and for functions of one plain argument.
Value function_args(Vm& vm, Value* arguments) {
  NIX_TRY(function, vm.force(arguments[0]));
  if (!function.is_function()) return vm.fail_type("'functionArgs' requires a function");
  if (!function.is(Kind::Closure)) return vm.empty_attrs;
  const Code& code = code_of(function.object());
  if (!code.has_pattern) return vm.empty_attrs;
  std::span<const IrFormal> formals = formals_of(vm, code);
  AttrsBuilder result(formals.size());
  for (const IrFormal& formal : formals)
    result.add(formal.name, Value::boolean(formal.fallback != kNone), {code.file, formal.offset});
  return result.build(vm);
}

// Null for what is in no file, and for what was made of something that is.
Value unsafe_get_attr_pos(Vm& vm, Value* arguments) {
  NIX_TRY(name, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.unsafeGetAttrPos"));
  NIX_TRY(attrs, vm.force_attrs(arguments[1], "the second argument passed to builtins.unsafeGetAttrPos"));
  Attr attr = find(attrs, symbol_of(name));
  if (!attr || attr.position.file == 0 || attr.position.derived) return Value::null();
  Vm::Where where = vm.where(attr.position);
  if (!where.file.starts_with('/')) return Value::null();
  AttrsBuilder result(3);
  result.add(vm.symbols.column, vm.integer(where.column));
  result.add(vm.symbols.file, vm.string(where.file));
  result.add(vm.symbols.line, vm.integer(where.line));
  return result.build(vm);
}

constexpr BuiltinRow kRows[] = {
    {.name = "attrNames", .params = "set", .type = "{ ... } -> [string]",
     .doc = "Returns the names of the attributes of *set*, sorted.", .run = attr_names},
    {.name = "attrValues", .params = "set", .type = "{ ... : a; } -> [a]",
     .doc = "Returns the values of the attributes of *set*, in the order of their names.", .run = attr_values},
    {.name = "getAttr", .params = "s set", .type = "string -> { ... : a; } -> a",
     .doc = "Returns the attribute of *set* named *s*; a missing one is an error. "
            "The dynamic form of the `.` operator.",
     .run = get_attr},
    {.name = "hasAttr", .params = "s set", .type = "string -> { ... } -> bool",
     .doc = "Tells whether *set* has an attribute named *s*. The dynamic form of the `?` operator.", .run = has_attr,
     .early = has_attr_early},
    {.name = "removeAttrs", .params = "set list", .type = "{ ... } -> [string] -> { ... }",
     .doc = "Returns *set* without the attributes that *list* names. Names that it lacks do not matter.",
     .run = remove_attrs, .global = true},
    {.name = "listToAttrs", .params = "list", .type = "[{ name : string; value : a; }] -> { ... : a; }",
     .doc = "Makes a set of a list of name-value pairs. Of several pairs with the same name the first one counts.",
     .run = list_to_attrs},
    {.name = "intersectAttrs", .params = "e1 e2", .type = "{ ... } -> { ... : a; } -> { ... : a; }",
     .doc = "Returns the attributes of *e2* whose names are in *e1* too.", .run = intersect_attrs},
    {.name = "catAttrs", .params = "attr list", .type = "string -> [{ ... : a; }] -> [a]",
     .doc = "Collects the attribute named *attr* from those sets of *list* that have it.", .run = cat_attrs},
    {.name = "mapAttrs", .params = "f set", .type = "(string -> a -> b) -> { ... : a; } -> { ... : b; }",
     .doc = "Replaces the value of each attribute of *set* by `f name value`, evaluated when it is needed.",
     .run = map_attrs},
    {.name = "zipAttrsWith", .params = "f list", .type = "(string -> [a] -> b) -> [{ ... : a; }] -> { ... : b; }",
     .doc = "Merges the sets of *list*: each name has the value `f name values`, where *values* are those of the sets "
            "that have it.",
     .run = zip_attrs_with},
    {.name = "functionArgs", .params = "f", .type = "(a -> b) -> { ... : bool; }",
     .doc = "Returns the names of the formal arguments of *f*, each with whether it has a default. "
            "The empty set when *f* takes no set pattern.",
     .run = function_args},
    {.name = "unsafeGetAttrPos", .params = "s set",
     .type = "string -> { ... } -> { column : int; file : string; line : int; } | null",
     .doc = "Returns where the attribute of *set* named *s* was defined, or `null` when that is not known.",
     .run = unsafe_get_attr_pos},
};

}  // namespace

std::span<const BuiltinRow> attrs_builtins() { return kRows; }

}  // namespace evalctl::stdlib
