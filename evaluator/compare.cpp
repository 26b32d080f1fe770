// Equality, order, deep forcing.
#include "evaluator/name_order.h"
#include "evaluator/object_set.h"
#include "evaluator/offers.h"
#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// Whether `same`, an object, is where it stands what it is compared with. Nix tells that by the address of a value, and looks
// into neither then. Operands of `==` are values of their own: of the same set or list, each element is evaluated.
enum class Standing : bool { Element, Operand };

int equal(Vm& vm, Value left, Value right, Standing standing);

int equal_slots(Vm& vm, Value& a, Value& b) {
  if (a == b) return vm.force_slot(a) ? 1 : -1;
  return equal(vm, a, b, Standing::Element);
}

// Whether one of the first `count` layers has the name too; `next` is where it may stand there, as all names before it do not.
bool is_hidden(AttrsObject* set, std::uint32_t count, Symbol name, std::uint32_t* next) {
  for (std::uint32_t i = 0; i < count; ++i) {
    AttrsObject* layer = set->layer(i);
    while (next[i] < layer->size && layer->shape->list[next[i]] < name) ++next[i];
    if (next[i] < layer->size && layer->shape->list[next[i]] == name) return true;
  }
  return false;
}

// Whether all attributes are evaluated. Cost O(n), few instructions for each.
bool has_values(AttrsObject* set) {
  for (std::uint32_t i = 0; i < set->layer_count(); ++i) {
    AttrsObject* layer = set->layer(i);
    std::uint32_t next[kMaximumLayers] = {};
    for (std::uint32_t k = 0; k < layer->size; ++k) {
      Value word = Value::read_word(*layer->slot(k));
      if (!word.is_thunk() || is_evaluated(word)) continue;
      if (!is_hidden(set, i, layer->shape->list[k], next)) return false;
    }
  }
  return true;
}

// The same, as long as values stay what they are: platforms are compared with themselves again and again.
bool are_evaluated(const Vm& vm, AttrsObject* set) {
  if (vm.dependencies) return has_values(set);
  if (set->has(kEvaluatedFlag)) return true;
  if (!has_values(set)) return false;
  set->note(kEvaluatedFlag);
  return true;
}

int equal_attrs(Vm& vm, AttrsObject* a, AttrsObject* b) {
  bool derivations = vm.is_derivation(a) && (a == b || vm.is_derivation(b));
  if (vm.error) return -1;
  if (derivations) {
    Attr left = find(a, vm.symbols.out_path), right = find(b, vm.symbols.out_path);
    if (left && right) return equal_slots(vm, *left.slot, *right.slot);
  }
  if (a == b && are_evaluated(vm, a)) return 1;
  if (a->count() != b->count()) return 0;
  auto right = attributes(b).begin();
  for (const Attr& left : attributes(a)) {
    Attr other = *right;
    ++right;
    if (left.name != other.name) return 0;
    int same = equal_slots(vm, *left.slot, *other.slot);
    if (same != 1) return same;
  }
  return 1;
}

int equal_lists(Vm& vm, Value left, Value right) {
  if (left.object()->size != right.object()->size) return 0;
  ListObject *a = as_list(left), *b = as_list(right);
  for (std::uint32_t i = 0; i < a->size; ++i) {
    int same = equal_slots(vm, a->items[i], b->items[i]);
    if (same != 1) return same;
  }
  return 1;
}

double as_double(Value v) { return v.is(Kind::Float) ? v.floating() : static_cast<double>(v.integer()); }

bool is_number(Value v) { return v.is(Kind::Integer) || v.is(Kind::Float); }

int equal(Vm& vm, Value left, Value right, Standing standing) {
  Value a = vm.force(left);
  if (!a) return -1;
  Value b = vm.force(right);
  if (!b) return -1;
  Kind kind = a.kind();
  if (kind == Kind::String && b.is(Kind::String)) return as_string(a)->view() == as_string(b)->view();
  Vm::Depth level(vm);
  if (!level) return -1;
  if (is_number(a) && is_number(b)) {
    if (a.is(Kind::Integer) && b.is(Kind::Integer)) return a.integer() == b.integer();
    return as_double(a) == as_double(b);
  }
  if (kind != b.kind()) return 0;
  switch (kind) {
    case Kind::Null: return 1;
    case Kind::Bool: return a == b;
    case Kind::String:
    case Kind::Path: return as_string(a)->view() == as_string(b)->view();
    case Kind::List: return (a == b && standing == Standing::Element) ? 1 : equal_lists(vm, a, b);
    case Kind::Attrs: return (a == b && standing == Standing::Element) ? 1 : equal_attrs(vm, as_attrs(a), as_attrs(b));
    default: return 0;
  }
}

}  // namespace

bool Vm::is_derivation(AttrsObject* attrs) {
  Value* type = find_word(attrs, symbols.type);
  Value kind = type ? force_slot(*type) : Value();
  return kind && kind.is(Kind::String) && as_string(kind)->view() == "derivation";
}

int Vm::equal(Value left, Value right) { return evaluator::equal(*this, left, right, Standing::Operand); }

int Vm::equal_elements(Value& left, Value& right) { return equal_slots(*this, left, right); }

int Vm::less_than(Value left, Value right) {
  Value a = force(left);
  if (!a) return -1;
  Value b = force(right);
  if (!b) return -1;
  Depth level(*this);
  if (!level) return -1;
  if (is_number(a) && is_number(b)) {
    if (a.is(Kind::Integer) && b.is(Kind::Integer)) return a.integer() < b.integer();
    return as_double(a) < as_double(b);
  }
  if (a.kind() == b.kind() && (a.is(Kind::String) || a.is(Kind::Path)))
    return as_string(a)->view() < as_string(b)->view();
  if (a.is(Kind::List) && b.is(Kind::List)) {
    ListObject *x = as_list(a), *y = as_list(b);
    for (std::uint32_t i = 0;; ++i) {
      if (i == y->size) return 0;
      if (i == x->size) return 1;
      int same = equal_elements(x->items[i], y->items[i]);
      if (same < 0) return -1;
      if (!same) return less_than(x->items[i], y->items[i]);
    }
  }
  if (a.kind() == b.kind())
    fail_type("cannot compare {} with {}; values of that type are incomparable (values are {} and {})", describe_type(a),
              describe_type(b), show(a), show(b));
  else
    fail_type("cannot compare {} with {}; values are {} and {}", describe_type(a), describe_type(b), show(a), show(b));
  return -1;
}

namespace {

bool force_deep_in(Vm& vm, Value v, ObjectSet& seen) {
  Vm::Depth level(vm);
  if (!level) return false;
  Value forced = vm.force(v);
  if (!forced) return false;
  if (forced.is(Kind::Attrs)) {
    if (!seen.insert(forced.object())) return true;
    Ahead ahead(vm);
    if (ahead) ahead.offer(as_attrs(forced), Wanted::Head);
    return visit_in_order(vm, as_attrs(forced), [&](const Attr& a) {
      if (force_deep_in(vm, *a.slot, seen)) return true;
      vm.add_frame(fmt::format("while evaluating the attribute '{}'", text_of(a.name)), a.position());
      return false;
    });
  } else if (forced.is(Kind::List)) {
    if (!seen.insert(forced.object())) return true;
    ListObject* list = as_list(forced);
    Ahead ahead(vm);
    ahead.offer({list->items, list->size}, Wanted::Head);
    for (std::uint32_t i = 0; i < list->size; ++i)
      if (!force_deep_in(vm, list->items[i], seen)) return false;
  }
  return true;
}

}  // namespace

bool Vm::force_deep(Value v) {
  ObjectSet seen;
  return force_deep_in(*this, v, seen);
}

}  // namespace evalctl::evaluator
