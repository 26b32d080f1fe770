#include "evaluator/attrs.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// Sets of at least this size are not copied when a much smaller set is laid over them.
constexpr std::uint32_t kLayerMinimum = 64;

struct ShapeTable {
  std::mutex mutex;
  std::unordered_multimap<std::uint64_t, const Shape*> all;
  std::atomic<std::uint32_t> next{1};
};

ShapeTable& shapes() {
  static ShapeTable* instance = new ShapeTable;
  return *instance;
}

std::uint64_t hash_of(const Symbol* names, const Position* positions, std::uint32_t count) {
  std::uint64_t h = count * 0x9e3779b97f4a7c15ull;
  for (std::uint32_t i = 0; i < count; ++i) {
    h = (h ^ names[i].id) * 0x9e3779b97f4a7c15ull;
    h = (h ^ (std::uint64_t(positions[i].file) << 32 | positions[i].offset)) * 0xff51afd7ed558ccdull;
    h ^= h >> 29;
  }
  return h;
}

AttrsObject* allocate_attrs(Vm& vm, const Shape* shape) {
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + shape->count * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->size = shape->count;
  object->shape = shape;
  ++vm.statistics.sets;
  vm.statistics.set_elements += shape->count;
  return object;
}

// How the words of `left // right` are gathered: from which side, which index.
struct UpdatePlan {
  const Shape* shape;
  std::vector<std::uint32_t> sources;  // index << 1 | (1 when from the right)
};

struct PlanTable {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, const UpdatePlan*> plans;
};

PlanTable& plans() {
  static PlanTable* instance = new PlanTable;
  return *instance;
}

const UpdatePlan* make_plan(const Shape* left, const Shape* right) {
  auto* plan = new UpdatePlan;
  std::vector<Symbol> names;
  std::vector<Position> positions;
  std::uint32_t i = 0, j = 0;
  while (i < left->count || j < right->count) {
    bool from_right = i == left->count || (j < right->count && right->names[j] <= left->names[i]);
    const Shape* side = from_right ? right : left;
    std::uint32_t index = from_right ? j : i;
    if (from_right && i < left->count && left->names[i] == right->names[j]) ++i;
    names.push_back(side->names[index]);
    positions.push_back(side->positions[index]);
    plan->sources.push_back(index << 1 | (from_right ? 1 : 0));
    ++(from_right ? j : i);
  }
  plan->shape = make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(names.size()));
  return plan;
}

const UpdatePlan* plan_for(const Shape* left, const Shape* right) {
  std::uint64_t key = std::uint64_t(left->id) << 32 | right->id;
  thread_local std::unordered_map<std::uint64_t, const UpdatePlan*> local;
  if (auto it = local.find(key); it != local.end()) return it->second;
  PlanTable& t = plans();
  std::lock_guard lock(t.mutex);
  auto [it, fresh] = t.plans.try_emplace(key, nullptr);
  if (fresh) it->second = make_plan(left, right);
  return local[key] = it->second;
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

Value update_flat(Vm& vm, AttrsObject* left, AttrsObject* right) {
  const UpdatePlan* plan = plan_for(left->shape, right->shape);
  AttrsObject* result = allocate_attrs(vm, plan->shape);
  const Value* sides[2] = {left->items, right->items};
  for (std::uint32_t i = 0; i < plan->shape->count; ++i) {
    std::uint32_t source = plan->sources[i];
    result->items[i] = sides[source & 1][source >> 1];
  }
  vm.statistics.update_copied += result->size;
  return Value(result);
}

void append_flat(AttrsObject* attrs, std::vector<Attr>& out) {
  for (std::uint32_t i = 0; i < attrs->size; ++i)
    out.push_back({attrs->shape->names[i], attrs->shape->positions[i], &attrs->items[i]});
}

}  // namespace

const Shape* make_shape(const Symbol* names, const Position* positions, std::uint32_t count) {
  std::uint64_t hash = hash_of(names, positions, count);
  ShapeTable& t = shapes();
  std::lock_guard lock(t.mutex);
  auto [begin, end] = t.all.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const Shape* s = it->second;
    if (s->count == count && std::equal(names, names + count, s->names) && std::equal(positions, positions + count, s->positions))
      return s;
  }
  auto* own_names = new Symbol[count];
  auto* own_positions = new Position[count];
  std::copy(names, names + count, own_names);
  std::copy(positions, positions + count, own_positions);
  auto* shape = new Shape{count, t.next++, own_names, own_positions, {nullptr}};
  t.all.emplace(hash, shape);
  return shape;
}

AttrsObject* new_attrs(Vm& vm, const Shape* shape) { return allocate_attrs(vm, shape); }

int Shape::find(Symbol name) const {
  std::uint32_t low = 0, high = count;
  while (low < high) {
    std::uint32_t middle = (low + high) / 2;
    if (names[middle] < name) low = middle + 1;
    else high = middle;
  }
  return low < count && names[low] == name ? static_cast<int>(low) : -1;
}

Attr find(AttrsObject* attrs, Symbol name) {
  while (attrs->layered()) {
    if (Attr found = find(as_attrs(attrs->items[1]), name)) return found;
    attrs = as_attrs(attrs->items[0]);
  }
  int index = attrs->shape->find(name);
  if (index < 0) return {name, {}, nullptr};
  return {name, attrs->shape->positions[index], &attrs->items[index]};
}

std::vector<Attr> attributes(AttrsObject* attrs) {
  std::vector<Attr> result;
  result.reserve(attrs->size);
  if (!attrs->layered()) {
    append_flat(attrs, result);
    return result;
  }
  std::vector<Attr> base = attributes(as_attrs(attrs->items[0])), over = attributes(as_attrs(attrs->items[1]));
  std::size_t i = 0, j = 0;
  while (i < base.size() || j < over.size()) {
    if (j == over.size() || (i < base.size() && base[i].name < over[j].name)) {
      result.push_back(base[i++]);
    } else {
      if (i < base.size() && base[i].name == over[j].name) ++i;
      result.push_back(over[j++]);
    }
  }
  return result;
}

const std::uint32_t* text_order(const Shape* shape) {
  if (const auto* known = shape->by_text.load(std::memory_order_acquire)) return known;
  auto* order = new std::uint32_t[shape->count];
  for (std::uint32_t i = 0; i < shape->count; ++i) order[i] = i;
  std::sort(order, order + shape->count,
            [&](std::uint32_t a, std::uint32_t b) { return text_of(shape->names[a]) < text_of(shape->names[b]); });
  const std::uint32_t* expected = nullptr;
  if (!shape->by_text.compare_exchange_strong(expected, order)) {
    delete[] order;
    return expected;
  }
  return order;
}

std::vector<Attr> attributes_by_text(AttrsObject* attrs) {
  if (attrs->layered()) {
    std::vector<Attr> result = attributes(attrs);
    std::sort(result.begin(), result.end(), [](const Attr& a, const Attr& b) { return text_of(a.name) < text_of(b.name); });
    return result;
  }
  std::vector<Attr> result;
  result.reserve(attrs->size);
  const std::uint32_t* order = text_order(attrs->shape);
  for (std::uint32_t k = 0; k < attrs->size; ++k) {
    std::uint32_t i = order[k];
    result.push_back({attrs->shape->names[i], attrs->shape->positions[i], &attrs->items[i]});
  }
  return result;
}

Value AttrsBuilder::build(Vm& vm, bool first_wins) {
  if (entries_.empty()) return vm.empty_attrs;
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  std::vector<Symbol> names;
  std::vector<Position> positions;
  std::vector<Value> values;
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
