// Builtins on attribute sets, and on the formal arguments of functions.
#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <vector>

#include "base/small_vector.h"
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
  Value* word = known_word(attrs, symbol);
  return word ? vm.force_slot(*word) : missing(vm, symbol, attrs, vm.force(arguments[0]));
}

Value has_attr(Vm& vm, Value* arguments) {
  NIX_TRY(name, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.hasAttr"));
  NIX_TRY(attrs, vm.force_attrs(arguments[1], "the second argument passed to builtins.hasAttr"));
  return Value::boolean(known_word(attrs, symbol_of(name)) != nullptr);
}

Value has_attr_early(Vm&, const Value* arguments) {
  if (!arguments[0].is(Kind::String) || as_string(arguments[0])->context || !arguments[1].is(Kind::Attrs)) return {};
  return Value::boolean(known_word(as_attrs(arguments[1]), symbol_of(as_string(arguments[0]))) != nullptr);
}

// A number for each of some symbols; there are as many tables as passes, in one piece of memory. Nothing may be evaluated
// while one is in use.
class SymbolNumbers {
 public:
  SymbolNumbers() : table_(table) {
    // After four thousand million passes their numbers come again.
    if (++table.passes == 0) table = {.numbers = {}, .passes = 1};
    pass_ = table.passes;
  }
  // Gives the symbol that number unless it has one already; returns the one that it has.
  std::uint32_t number(Symbol symbol, std::uint32_t next) {
    if (symbol.id >= table_.numbers.size()) [[unlikely]] grow(symbol);
    std::uint64_t& known = table_.numbers[symbol.id];
    if (known >> 32 != pass_) known = pass_ << 32 | next;
    return static_cast<std::uint32_t>(known);
  }
  bool has(Symbol symbol) const { return symbol.id < table_.numbers.size() && table_.numbers[symbol.id] >> 32 == pass_; }

 private:
  struct Table {
    std::vector<std::uint64_t> numbers;  // by symbol: the pass << 32 | the number
    std::uint32_t passes = 0;
  };
  [[gnu::noinline]] void grow(Symbol symbol) { table_.numbers.resize(symbol.id + symbol.id / 2 + 1024); }

  static thread_local Table table;
  Table& table_;
  std::uint64_t pass_;
};
thread_local SymbolNumbers::Table SymbolNumbers::table;

// The shape of what is left of a flat set, by the indices in its shape. Those made lately are known.
Shape shape_of_rest(Shape shape, std::span<const std::uint32_t> kept) {
  struct Known { Shape from, shape; };
  static thread_local std::array<Known, 512> all_known;
  std::uint64_t hash = std::uint64_t{shape.names} << 32 | shape.positions;
  for (std::uint32_t i : kept) hash = (hash ^ i) * 0x9e3779b97f4a7c15ull;
  Known& known = all_known[hash >> 55];
  auto is_rest = [&](const Names& rest) {
    for (std::uint32_t k = 0; k < kept.size(); ++k)
      if (rest.list[k] != shape->list[kept[k]]) return false;
    return rest.count == kept.size();
  };
  if (known.from == shape && is_rest(*known.shape)) return known.shape;
  std::vector<Symbol> names;
  std::vector<Position> positions;
  names.reserve(kept.size());
  positions.reserve(kept.size());
  for (std::uint32_t i : kept) {
    names.push_back(shape->list[i]);
    positions.push_back(shape.position(i));
  }
  known = {shape, make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(kept.size()))};
  return known.shape;
}

Value without(Vm& vm, AttrsObject* attrs, const SymbolNumbers& removed) {
  if (attrs->layered()) {
    AttrsBuilder result(attrs->count());
    for (const Attr& attr : attributes(attrs))
      if (!removed.has(attr.name)) result.add(attr.name, *attr.slot, attr.position());
    return result.build(vm);
  }
  static thread_local std::vector<std::uint32_t> kept;
  kept.clear();
  for (std::uint32_t i = 0; i < attrs->size; ++i)
    if (!removed.has(attrs->shape->list[i])) kept.push_back(i);
  if (kept.size() == attrs->size) return Value(attrs);
  if (kept.empty()) return vm.empty_attrs;
  AttrsObject* result = new_attrs(vm, shape_of_rest(attrs->shape, kept), static_cast<std::uint32_t>(kept.size()));
  for (std::uint32_t k = 0; k < result->size; ++k) result->items[k] = Value::read_word(attrs->items[kept[k]]);
  return Value(result);
}

Value remove_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(attrs, vm.force_attrs(arguments[0], "the first argument passed to builtins.removeAttrs"));
  NIX_TRY(names, vm.force_list(arguments[1], "the second argument passed to builtins.removeAttrs"));
  constexpr std::string_view kWhat = "the values of the second argument passed to builtins.removeAttrs";
  for (std::uint32_t i = 0; i < names->size; ++i)
    if (!vm.force_string_no_context(names->items[i], kWhat)) return {};
  SymbolNumbers removed;
  bool any = false;
  for (std::uint32_t i = 0; i < names->size; ++i) {
    Symbol symbol = symbol_of(as_string(vm.force(names->items[i])));
    removed.number(symbol, 0);
    any = any || !attrs->layered() || find_place(attrs, symbol) != kNoPlace;
  }
  return any ? without(vm, attrs, removed) : Value(attrs);
}

// Of pairs with the same name the first one counts; `value` is looked up in that one only, and not forced.
Value list_to_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[0], "the argument passed to builtins.listToAttrs"));
  constexpr std::string_view kPair = "in a {name=...; value=...;} pair";
  // The list leads to all of them.
  struct Pair { Symbol name; AttrsObject* set; };
  base::SmallVector<Pair, 32> pairs;
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, Wanted::Head);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    NIX_TRY(pair, vm.force_attrs(list->items[i], "an element of the list passed to builtins.listToAttrs"));
    Value* name = known_word(pair, vm.symbols.name);
    if (!name) {
      missing(vm, vm.symbols.name, pair, Value(static_cast<Object*>(pair)));
      return vm.add_frame(std::string(kPair));
    }
    NIX_TRY(text, vm.force_string_no_context(
                      *name,
                      "the `name` attribute of an element of the list passed to builtins.listToAttrs"));
    pairs.push_back({symbol_of(text), pair});
  }
  // Nothing is evaluated from here on.
  SymbolNumbers seen;
  AttrsBuilder result(pairs.size());
  for (auto [name, pair] : pairs) {
    if (seen.has(name)) continue;
    seen.number(name, 0);
    std::uint32_t place = known_place(pair, shape_number(pair), vm.symbols.value);
    if (place == kNoPlace) {
      missing(vm, vm.symbols.value, pair, Value(static_cast<Object*>(pair)));
      return vm.add_frame(std::string(kPair));
    }
    auto [layer, index] = layer_at(pair, place);
    result.add(name, *layer->slot(index), layer->shape.position(index));
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
      if (Attr found = find(right, attr.name)) result.add(found.name, *found.slot, found.position());
    }
  } else {
    for (const Attr& attr : attributes(right)) {
      if (find(left, attr.name)) result.add(attr.name, *attr.slot, attr.position());
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
    if (Value* word = known_word(attrs, symbol)) found.push_back(*word);
  }
  return vm.list(found);
}

Value map_attrs(Vm& vm, Value* arguments) {
  NIX_TRY(attrs, vm.force_attrs(arguments[1], "the second argument passed to builtins.mapAttrs"));
  return map_attributes(vm, arguments[0], attrs);
}

// What zipAttrsWith makes of sets that are evaluated. Evaluates nothing.
Value zip(Vm& vm, Value function, ListObject* sets) {
  struct Column { Symbol name; std::uint32_t count = 0, index = 0; ListObject* values = nullptr; };
  boost::container::small_vector<Column, 32> columns;
  boost::container::small_vector<Symbol, 32> names;
  SymbolNumbers numbers;
  auto set = [&](std::uint32_t i) { return as_attrs(vm.force(sets->items[i])); };
  for (std::uint32_t i = 0; i < sets->size; ++i) {
    for (auto it = attributes(set(i)).begin(); !it.at_end(); ++it) {
      std::uint32_t column = numbers.number(it.name(), static_cast<std::uint32_t>(columns.size()));
      if (column == columns.size()) {
        columns.push_back({it.name()});
        names.push_back(it.name());
      }
      ++columns[column].count;
    }
  }
  if (columns.empty()) return vm.empty_attrs;
  if (!std::ranges::is_sorted(names)) std::ranges::sort(names);
  AttrsObject* result = new_attrs(vm, Shape{number_names(names.data(), static_cast<std::uint32_t>(names.size())), 0});
  // The result keeps the lists, which are filled last.
  for (std::uint32_t k = 0; k < result->size; ++k) {
    Column& column = columns[numbers.number(names[k], 0)];
    // Nothing else leads to the list until the thunk does.
    Value name = vm.name_string(names[k]);
    column.values = vm.new_list(column.count);
    result->items[k] = vm.delay_call(function, {name, Value(static_cast<Object*>(column.values))});
  }
  for (std::uint32_t i = 0; i < sets->size; ++i) {
    for (const Attr& attr : attributes(set(i))) {
      Column& column = columns[numbers.number(attr.name, 0)];
      column.values->items[column.index++] = *attr.slot;
      // Making the word of another attribute may have collected meanwhile.
      vm.heap.keep_for(column.values, *attr.slot);
    }
  }
  return Value(result);
}

Value zip_attrs_with(Vm& vm, Value* arguments) {
  NIX_TRY(function, vm.force_function(arguments[0], "the first argument passed to builtins.zipAttrsWith"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.zipAttrsWith"));
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, Wanted::Head);
  constexpr std::string_view kWhat = "a value of the list passed as second argument to builtins.zipAttrsWith";
  for (std::uint32_t i = 0; i < list->size; ++i)
    if (!vm.force_attrs(list->items[i], kWhat)) return {};
  return zip(vm, function, list);
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
  if (!attr) return Value::null();
  Position position = attr.position();
  if (position.file == 0 || position.derived) return Value::null();
  return current_position(vm, position);
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
