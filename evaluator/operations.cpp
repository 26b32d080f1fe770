#include "evaluator/operations.h"

#include <algorithm>

#include "evaluator/shape.h"

namespace evalctl::evaluator {
namespace {

double number(Value v) { return v.is(Kind::Float) ? v.floating() : static_cast<double>(v.integer()); }

bool both_integers(Value a, Value b) { return a.is(Kind::Integer) && b.is(Kind::Integer); }

// True when both are numbers; fails otherwise.
bool both_numbers(Vm& vm, Value a, Value b) {
  for (Value v : {a, b}) {
    if (v.is(Kind::Integer) || v.is(Kind::Float)) continue;
    vm.fail_type("expected an integer but found {}: {}", Vm::describe_type(v), vm.show(v));
    return false;
  }
  return true;
}

const Symbol* name_symbol(Vm& vm, Value name, Symbol& storage) {
  const StringObject* text = vm.force_string_no_context(name, "the name of an attribute");
  if (!text) return nullptr;
  storage = intern(text->view());
  return &storage;
}

Attr find_cached(AttrsObject* attrs, const Site& site) {
  if (attrs->layered()) return find(attrs, site.name);
  std::uint64_t cached = site.cache.load(std::memory_order_relaxed);
  if (cached >> 32 == attrs->shape->id) return {site.name, {}, &attrs->items[cached & 0xffffffff]};
  int index = attrs->shape->find(site.name);
  if (index < 0) return {site.name, {}, nullptr};
  site.cache.store(std::uint64_t(attrs->shape->id) << 32 | static_cast<std::uint32_t>(index), std::memory_order_relaxed);
  return {site.name, {}, &attrs->items[index]};
}

Value missing_attribute(Vm& vm, Symbol name) {
  return vm.fail(ErrorKind::MissingAttribute, fmt::format("attribute '{}' missing", text_of(name)));
}

std::string function_name(const Code* code) {
  return code->name.id ? fmt::format("'{}'", text_of(code->name)) : std::string("'anonymous lambda'");
}

}  // namespace

bool bind_formals(Vm& vm, const Code* code, Value argument, Value* formals) {
  AttrsObject* attrs = vm.force_attrs(argument, "the argument of a function");
  if (!attrs) return false;
  std::uint32_t used = 0;
  for (const FormalInfo& formal : code->formal_infos) {
    if (Attr given = find(attrs, formal.name)) {
      *formals = *given.slot;
      ++used;
    } else if (!formal.has_default) {
      vm.fail(ErrorKind::Type, fmt::format("function {} called without required argument '{}'", function_name(code), text_of(formal.name)),
              code->position());
      return false;
    } else {
      *formals = Value();
    }
    ++formals;
  }
  if (code->ellipsis || used == attrs->size) return true;
  for (const Attr& a : attributes_by_text(attrs)) {
    bool known = std::any_of(code->formal_infos.begin(), code->formal_infos.end(), [&](const FormalInfo& f) { return f.name == a.name; });
    if (known) continue;
    vm.fail(ErrorKind::Type, fmt::format("function {} called with unexpected argument '{}'", function_name(code), text_of(a.name)), code->position());
    return false;
  }
  return true;
}

void expected_bool(Vm& vm, Value found) {
  vm.fail_type("expected a Boolean but found {}: {}", Vm::describe_type(found), vm.show(found));
}

Value add(Vm& vm, Value a, Value b) {
  if (both_integers(a, b)) {
    std::int64_t sum;
    if (__builtin_add_overflow(a.integer(), b.integer(), &sum))
      return vm.fail_other("integer overflow in adding {} + {}", a.integer(), b.integer());
    return vm.integer(sum);
  }
  if (a.is(Kind::Integer) || a.is(Kind::Float)) {
    if (!b.is(Kind::Integer) && !b.is(Kind::Float)) return vm.fail_type("cannot add {} to {}", Vm::describe_type(b), Vm::describe_type(a));
    return vm.floating(number(a) + number(b));
  }
  Value parts[2] = {a, b};
  if (a.is(Kind::Path)) return concat_path(vm, parts, 2);
  return concat_strings(vm, parts, 2, a.is(Kind::String));
}

Value subtract(Vm& vm, Value a, Value b) {
  if (!both_numbers(vm, a, b)) return {};
  if (!both_integers(a, b)) return vm.floating(number(a) - number(b));
  std::int64_t difference;
  if (__builtin_sub_overflow(a.integer(), b.integer(), &difference))
    return vm.fail_other("integer overflow in subtracting {} - {}", a.integer(), b.integer());
  return vm.integer(difference);
}

Value multiply(Vm& vm, Value a, Value b) {
  if (!both_numbers(vm, a, b)) return {};
  if (!both_integers(a, b)) return vm.floating(number(a) * number(b));
  std::int64_t product;
  if (__builtin_mul_overflow(a.integer(), b.integer(), &product))
    return vm.fail_other("integer overflow in multiplying {} * {}", a.integer(), b.integer());
  return vm.integer(product);
}

Value divide(Vm& vm, Value a, Value b) {
  if (!both_numbers(vm, a, b)) return {};
  if (number(b) == 0) return vm.fail_other("division by zero");
  if (!both_integers(a, b)) return vm.floating(number(a) / number(b));
  if (a.integer() == INT64_MIN && b.integer() == -1)
    return vm.fail_other("integer overflow in dividing {} / {}", a.integer(), b.integer());
  return vm.integer(a.integer() / b.integer());
}

Value concat_lists(Vm& vm, Value a, Value b) {
  ListObject* left = vm.force_list(a, "the left side of ++");
  ListObject* right = left ? vm.force_list(b, "the right side of ++") : nullptr;
  if (!right) return {};
  if (left->size == 0) return b;
  if (right->size == 0) return a;
  ListObject* result = vm.new_list(std::size_t{left->size} + right->size);
  std::copy(left->items, left->items + left->size, result->items);
  std::copy(right->items, right->items + right->size, result->items + left->size);
  return Value(static_cast<Object*>(result));
}

Value update_checked(Vm& vm, Value a, Value b) {
  if (!vm.force_attrs(b, "the right side of //") || !vm.force_attrs(a, "the left side of //")) return {};
  return update(vm, a, b);
}

Value concat_strings(Vm& vm, Value* parts, std::uint32_t count, bool copy) {
  std::string text;
  const Context* context = nullptr;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!vm.coerce_to_string(parts[i], text, context, false, copy)) return {};
  return vm.string(text, context);
}

Value concat_path(Vm& vm, Value* parts, std::uint32_t count) {
  std::string text;
  const Context* context = nullptr;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!vm.coerce_to_string(parts[i], text, context, false, false)) return {};
  if (context) return vm.fail_type("a string that refers to a store path cannot be appended to a path");
  return vm.path(canonical_path(text));
}

Value select(Vm& vm, Value set, const Site& site) {
  NIX_TRY(forced, vm.force(set));
  if (!forced.is(Kind::Attrs)) return vm.fail_type("expected a set but found {}: {}", Vm::describe_type(forced), vm.show(forced));
  ++vm.statistics.lookups;
  Attr found = find_cached(as_attrs(forced), site);
  if (!found) return missing_attribute(vm, site.name);
  return vm.force_slot(*found.slot);
}

Value select_dynamic(Vm& vm, Value set, Value name) {
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  NIX_TRY(forced, vm.force(set));
  if (!forced.is(Kind::Attrs)) return vm.fail_type("expected a set but found {}: {}", Vm::describe_type(forced), vm.show(forced));
  Attr found = find(as_attrs(forced), symbol);
  return found ? vm.force_slot(*found.slot) : missing_attribute(vm, symbol);
}

Value try_select(Vm& vm, Value set, const Site& site, bool& missing) {
  Attr found = set.is(Kind::Attrs) ? find_cached(as_attrs(set), site) : Attr{site.name, {}, nullptr};
  missing = !found;
  return found ? vm.force_slot(*found.slot) : Value();
}

Value try_select_dynamic(Vm& vm, Value set, Value name, bool& missing) {
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  Attr found = set.is(Kind::Attrs) ? find(as_attrs(set), symbol) : Attr{symbol, {}, nullptr};
  missing = !found;
  return found ? vm.force_slot(*found.slot) : Value();
}

Value has_dynamic(Vm& vm, Value set, Value name) {
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  return Value::boolean(set.is(Kind::Attrs) && find(as_attrs(set), symbol));
}

Value add_dynamic(Vm& vm, Value set, Value name, Value word, Position position) {
  if (name.is_null()) return set;
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  AttrsObject* attrs = as_attrs(set);
  if (find(attrs, symbol)) return vm.fail_other("dynamic attribute '{}' already defined", text_of(symbol));
  AttrsBuilder builder(attrs->size + 1);
  for (const Attr& a : attributes(attrs)) builder.add(a.name, *a.slot, a.position);
  builder.add(symbol, word, position);
  return builder.build(vm);
}

Value apply_overrides(Vm& vm, Value set, Value* registers, const Code* code, const Shape* shape) {
  int at = shape->find(vm.symbols.overrides);
  AttrsObject* overrides = vm.force_attrs(registers[at], "the attribute __overrides");
  if (!overrides) return {};
  Value result = update(vm, set, Value(overrides));
  for (std::uint32_t k = 0; k < shape->count; ++k) {
    Attr replaced = find(overrides, shape->names[k]);
    if (!replaced) continue;
    // The set's own thunks captured the old word; make that word stand for the new one.
    if (registers[k].is(Kind::Thunk)) {
      Value forced = vm.force(*replaced.slot);
      if (!forced) return {};
      CodeObject* thunk = as_code(registers[k]);
      thunk->result = forced;
      thunk->kind.store(Kind::Forced, std::memory_order_release);
    }
  }
  return result;
}

Value with_lookup(Vm& vm, Value& set, Symbol name, bool& found) {
  Value forced = vm.force_slot(set);
  if (!forced) return {};
  if (!forced.is(Kind::Attrs)) return vm.fail_type("expected a set but found {}: {}", Vm::describe_type(forced), vm.show(forced));
  Attr attribute = find(as_attrs(forced), name);
  found = bool(attribute);
  return found ? vm.force_slot(*attribute.slot) : Value();
}

void note_failure(Vm& vm, const Code* code, std::uint32_t instruction) {
  Position position{code->file, code->offsets[instruction]};
  if (!vm.error) vm.fail_other("evaluation failed without saying why");
  if (vm.error->position.file == 0) {
    vm.error->position = position;
    return;
  }
  if (code->instructions[instruction].op == Op::Call) vm.add_frame("while calling a function", position);
}

}  // namespace evalctl::evaluator
