#include "evaluator/attrs.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// Most sets are small.
template <class T>
using Small = boost::container::small_vector<T, 32>;

// `//` copies when the outcome has fewer attributes than this, and lays one set over the other when it has more.
constexpr std::uint32_t kLayerMinimum = 128;

AttrsObject* allocate_attrs(Vm& vm, const Shape* shape) {
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + shape->count * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->size = shape->count;
  object->shape = shape;
  ++vm.statistics.sets;
  vm.statistics.set_elements += shape->count;
  return object;
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

// The layers of a set that is being made, the one that wins first.
struct Layers {
  Value sets[2 * kMaximumLayers];
  std::uint32_t count = 0;

  std::uint32_t size(std::uint32_t i) const { return as_attrs(sets[i])->size; }
  // Merges layer i with the one below it.
  void join(Vm& vm, std::uint32_t i) {
    sets[i] = update_flat(vm, as_attrs(sets[i + 1]), as_attrs(sets[i]));
    --count;
    std::copy(sets + i + 2, sets + count + 1, sets + i + 1);
  }
  // Small neighbours are cheaper to look through when they are one; beyond that there is room for so many only.
  void tidy(Vm& vm) {
    while (count > 1) {
      std::uint32_t best = 0;
      for (std::uint32_t i = 1; i + 1 < count; ++i)
        if (size(i) + size(i + 1) < size(best) + size(best + 1)) best = i;
      if (count <= kMaximumLayers && size(best) + size(best + 1) >= kLayerMinimum) return;
      join(vm, best);
    }
  }
};

Value layered(Vm& vm, AttrsObject* left, AttrsObject* right) {
  Layers layers;
  for (AttrsObject* side : {right, left})
    for (std::uint32_t i = 0; i < side->layer_count(); ++i) layers.sets[layers.count++] = Value(side->layer(i));
  layers.tidy(vm);
  if (layers.count == 1) return layers.sets[0];
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + layers.count * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->extra = static_cast<std::uint16_t>(layers.count);
  object->size = kUncounted;
  std::copy(layers.sets, layers.sets + layers.count, object->items);
  ++vm.statistics.sets;
  return Value(object);
}

}  // namespace

std::uint32_t AttrsObject::count_layers() {
  std::uint32_t names = 0;
  for (auto it = attributes(this).begin(); !it.at_end(); ++it) ++names;
  return size = names;
}

AttrsObject* new_attrs(Vm& vm, const Shape* shape) { return allocate_attrs(vm, shape); }

Attr find(AttrsObject* attrs, Symbol name) {
  for (std::uint32_t i = 0; i < attrs->layer_count(); ++i) {
    AttrsObject* layer = attrs->layer(i);
    int index = layer->shape->find(name);
    if (index >= 0) return {name, layer->shape->positions[index], &layer->items[index]};
  }
  return {name, {}, nullptr};
}

AttributesByText::AttributesByText(AttrsObject* attrs) : attrs_(attrs) {
  if (!attrs->layered()) {
    order_ = text_order(attrs->shape);
    return;
  }
  for (const Attr& a : attributes(attrs)) sorted_.push_back(a);
  std::sort(sorted_.begin(), sorted_.end(), [](const Attr& a, const Attr& b) { return text_of(a.name) < text_of(b.name); });
}

// Stable. Most come in order already.
void AttrsBuilder::sort_entries() {
  auto before = [](const Entry& a, const Entry& b) { return a.name < b.name; };
  constexpr std::size_t kInsertionMaximum = 24;
  if (std::is_sorted(entries_.begin(), entries_.end(), before)) return;
  if (entries_.size() > kInsertionMaximum) return std::stable_sort(entries_.begin(), entries_.end(), before);
  for (auto next = entries_.begin() + 1; next != entries_.end(); ++next)
    std::rotate(std::upper_bound(entries_.begin(), next, *next, before), next, next + 1);
}

Value AttrsBuilder::build(Vm& vm, bool first_wins) {
  if (entries_.empty()) return vm.empty_attrs;
  sort_entries();
  Small<Symbol> names;
  Small<Position> positions;
  std::size_t count = 0;
  for (const Entry& e : entries_) {
    bool repeated = count > 0 && names.back() == e.name;
    if (repeated && first_wins) continue;
    if (!repeated) {
      names.push_back(e.name);
      positions.emplace_back();
      ++count;
    }
    positions.back() = e.position;
    entries_[count - 1].value = e.value;
  }
  AttrsObject* object = allocate_attrs(vm, make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(count)));
  for (std::size_t i = 0; i < count; ++i) object->items[i] = entries_[i].value;
  return Value(object);
}

AttrsObject* same_shape(Vm& vm, AttrsObject* attrs) {
  if (!attrs->layered()) return allocate_attrs(vm, attrs->shape);
  Small<Symbol> names;
  Small<Position> positions;
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
  if (r->empty()) return left;
  if (l->empty()) return right;
  if (l->layered() || r->layered() || l->size + r->size >= kLayerMinimum) return layered(vm, l, r);
  return update_flat(vm, l, r);
}

}  // namespace evalctl::evaluator
