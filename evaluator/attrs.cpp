#include "evaluator/attrs.h"

#include <algorithm>

#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// Sets of at least this size are not copied when a much smaller set is laid over them.
constexpr std::uint32_t kLayerMinimum = 64;

AttrsObject* allocate_attrs(Vm& vm, const Shape* shape) {
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + shape->count * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->size = shape->count;
  object->shape = shape;
  ++vm.statistics.sets;
  vm.statistics.set_elements += shape->count;
  return object;
}

std::uint32_t count_common(AttrsObject* base, AttrsObject* overlay) {
  std::uint32_t common = 0;
  for (std::uint32_t i = 0; i < overlay->size; ++i)
    if (find(base, overlay->shape->names[i])) ++common;
  return common;
}

Value layer(Vm& vm, AttrsObject* base, AttrsObject* overlay) {
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + 2 * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->extra = 1;
  object->size = base->size + overlay->size - count_common(base, overlay);
  object->items[0] = Value(base);
  object->items[1] = Value(overlay);
  ++vm.statistics.sets;
  return Value(object);
}

AttrsObject* flatten(Vm& vm, AttrsObject* attrs) {
  if (!attrs->layered()) return attrs;
  AttrsObject* result = same_shape(vm, attrs);
  std::uint32_t i = 0;
  for (const Attr& a : attributes(attrs)) result->items[i++] = *a.slot;
  vm.statistics.update_copied += result->size;
  return result;
}

// The first meeting of two shapes: merged name by name.
Value merge_once(Vm& vm, AttrsObject* left, AttrsObject* right) {
  thread_local std::vector<Symbol> names;
  thread_local std::vector<Position> positions;
  names.clear();
  positions.clear();
  merge_shapes(left->shape, right->shape, [&](std::uint32_t index, bool from_right) {
    const Shape* side = from_right ? right->shape : left->shape;
    names.push_back(side->names[index]);
    positions.push_back(side->positions[index]);
  });
  AttrsObject* result = allocate_attrs(vm, make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(names.size())));
  Value* out = result->items;
  merge_shapes(left->shape, right->shape,
               [&](std::uint32_t index, bool from_right) { *out++ = (from_right ? right : left)->items[index]; });
  return Value(result);
}

Value update_flat(Vm& vm, AttrsObject* left, AttrsObject* right) {
  const UpdatePlan* plan = plan_for(left->shape, right->shape);
  if (!plan) return merge_once(vm, left, right);
  AttrsObject* result = allocate_attrs(vm, plan->shape);
  const Value* sides[2] = {left->items, right->items};
  for (std::uint32_t i = 0; i < plan->shape->count; ++i) {
    std::uint32_t source = plan->sources[i];
    result->items[i] = sides[source & 1][source >> 1];
  }
  vm.statistics.update_copied += result->size;
  return Value(result);
}

}  // namespace

AttrsObject* new_attrs(Vm& vm, const Shape* shape) { return allocate_attrs(vm, shape); }

Attr find(AttrsObject* attrs, Symbol name) {
  while (attrs->layered()) {
    if (Attr found = find(as_attrs(attrs->items[1]), name)) return found;
    attrs = as_attrs(attrs->items[0]);
  }
  int index = attrs->shape->find(name);
  if (index < 0) return {name, {}, nullptr};
  return {name, attrs->shape->positions[index], &attrs->items[index]};
}

AttributesByText::AttributesByText(AttrsObject* attrs) : attrs_(attrs) {
  if (!attrs->layered()) {
    order_ = text_order(attrs->shape);
    return;
  }
  sorted_.reserve(attrs->size);
  for (const Attr& a : attributes(attrs)) sorted_.push_back(a);
  std::sort(sorted_.begin(), sorted_.end(), [](const Attr& a, const Attr& b) { return text_of(a.name) < text_of(b.name); });
}

Value AttrsBuilder::build(Vm& vm, bool first_wins) {
  if (entries_.empty()) return vm.empty_attrs;
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  std::vector<Symbol> names;
  std::vector<Position> positions;
  ValueVector values;
  for (const Entry& e : entries_) {
    if (!names.empty() && names.back() == e.name) {
      if (first_wins) continue;
      positions.back() = e.position;
      values.back() = e.value;
      continue;
    }
    names.push_back(e.name);
    positions.push_back(e.position);
    values.push_back(e.value);
  }
  AttrsObject* object = allocate_attrs(vm, make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(names.size())));
  std::copy(values.begin(), values.end(), object->items);
  return Value(object);
}

AttrsObject* same_shape(Vm& vm, AttrsObject* attrs) {
  if (!attrs->layered()) return allocate_attrs(vm, attrs->shape);
  std::vector<Symbol> names;
  std::vector<Position> positions;
  for (const Attr& a : attributes(attrs)) {
    names.push_back(a.name);
    positions.push_back(a.position);
  }
  return allocate_attrs(vm, make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(names.size())));
}

Value update(Vm& vm, Value left, Value right) {
  AttrsObject* l = as_attrs(left);
  AttrsObject* r = as_attrs(right);
  ++vm.statistics.updates;
  if (r->size == 0) return left;
  if (l->size == 0) return right;
  if (l->size >= kLayerMinimum && r->size * 4 < l->size && !r->layered()) {
    if (!l->layered()) return layer(vm, l, r);
    // Merge into the overlay, so that there are never more than two layers, until the overlay is no longer small.
    AttrsObject* base = as_attrs(l->items[0]);
    AttrsObject* overlay = as_attrs(update_flat(vm, as_attrs(l->items[1]), r));
    if (overlay->size * 4 < base->size) return layer(vm, base, overlay);
  }
  return update_flat(vm, flatten(vm, l), flatten(vm, r));
}

}  // namespace evalctl::evaluator
