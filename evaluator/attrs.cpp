#include "evaluator/attrs.h"

#include <sys/mman.h>

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <map>

#include "evaluator/literal_set.h"
#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// Most sets are small.
template <class T>
using Small = boost::container::small_vector<T, 32>;

// `//` copies when the outcome has fewer attributes than this, and lays one set over the other when it has more.
constexpr std::uint32_t kLayerMinimum = 16;

// Before its words are copied one by one.
void make_words(AttrsObject* attrs) {
  if (!attrs->delayed()) return;
  for (std::uint32_t i = 0; i < attrs->size; ++i) attrs->slot(i);
}

Value update_flat(Vm& vm, AttrsObject* left, AttrsObject* right) {
  make_words(left);
  make_words(right);
  Shape l = left->shape, r = right->shape;
  KnownUpdate& known = vm.known_updates.at(l.names, r.names);
  if (known.plan == 0) [[unlikely]] known.plan = permanent_number(plan_for(l.names, r.names));
  const auto* plan = permanent_at<const UpdatePlan>(known.plan);
  bool same_positions = known.left_positions == l.positions && known.right_positions == r.positions;
  if (!same_positions) {
    fetch_positions(l.positions);
    fetch_positions(r.positions);
  }
  AttrsObject* result = new_attrs(vm, Shape{plan->names, 0}, plan->count);
  AttrsObject* const sides[2] = {left, right};
  bool any_delayed = left->delayed() || right->delayed();
  for (std::uint32_t i = 0; i < plan->count; ++i) {
    std::uint32_t source = plan->sources[i];
    AttrsObject* side = sides[source & 1];
    result->items[i] = any_delayed ? *side->slot(source >> 1) : side->items[source >> 1];
  }
  // Last, since they have to be fetched from memory.
  if (!same_positions) {
    known.left_positions = l.positions;
    known.right_positions = r.positions;
    known.positions = merged_positions(l.positions, r.positions, known.plan);
  }
  result->shape.positions = known.positions;
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

Value make_layered(Vm& vm, const Layers& layers) {
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + layers.count * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->extra = static_cast<std::uint16_t>(layers.count);
  object->size = kUncounted;
  std::copy(layers.sets, layers.sets + layers.count, object->items);
  ++vm.statistics.sets;
  return Value(object);
}

Value layered(Vm& vm, AttrsObject* left, AttrsObject* right) {
  Layers layers;
  for (AttrsObject* side : {right, left})
    for (std::uint32_t i = 0; i < side->layer_count(); ++i) layers.sets[layers.count++] = Value(side->layer(i));
  layers.tidy(vm);
  return layers.count == 1 ? layers.sets[0] : make_layered(vm, layers);
}

Value map_word(Vm& vm, Value function, Symbol name, Value word) { return vm.delay_call(function, {vm.name_string(name), word}); }

// The names and positions of a set. Of layered ones that were met before by the shapes of their layers.
Shape whole_shape(AttrsObject* attrs) {
  if (!attrs->layered()) return attrs->shape;
  thread_local std::map<std::vector<std::uint32_t>, Shape> known;
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < attrs->extra; ++i) {
    numbers.push_back(attrs->layer(i)->shape.names);
    numbers.push_back(attrs->layer(i)->shape.positions);
  }
  Shape& shape = known[std::move(numbers)];
  if (shape.names != 0) return shape;
  std::vector<Symbol> names;
  std::vector<Position> positions;
  for (auto it = attributes(attrs).begin(); !it.at_end(); ++it) {
    names.push_back(it.name());
    positions.push_back(it.position());
  }
  return shape = make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(names.size()));
}

// A page of a delayed set.
Value new_page(Vm& vm, std::uint32_t words) {
  auto* page = static_cast<ListObject*>(vm.allocate(sizeof(ListObject) + words * sizeof(Value)));
  page->kind.store(Kind::List, std::memory_order_relaxed);
  page->size = words;
  return Value(page);
}

}  // namespace

KnownUpdates::KnownUpdates() {
  void* p = mmap(nullptr, sizeof(KnownUpdate) << kBits, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) end_without_memory();
  all_ = static_cast<KnownUpdate*>(p);
}

KnownUpdates::~KnownUpdates() { munmap(all_, sizeof(KnownUpdate) << kBits); }

// Zeroed memory is empty words.
Value delayed_set(Vm& vm, Shape shape, std::uint8_t flag, Value first, Value second) {
  std::size_t words = AttrsObject::page_count(shape->count) + kSourceWords;
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + words * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->flags = flag;
  object->size = shape->count;
  object->shape = shape;
  object->source()[0] = first;
  object->source()[1] = second;
  Layers layer;
  layer.sets[layer.count++] = Value(object);
  return make_layered(vm, layer);
}

std::uint32_t AttrsObject::count_layers() {
  std::uint32_t names = 0;
  for (auto it = attributes(this).begin(); !it.at_end(); ++it) ++names;
  __atomic_store_n(&size, names, __ATOMIC_RELAXED);
  return names;
}

// Of several threads that make the same page or word, the first one's stays.
Value* AttrsObject::make_word(std::uint32_t i) {
  Vm& vm = *current_vm;
  Value& place = items[i / kPageWords];
  if (!Value::read_word(place)) {
    Value page = new_page(vm, std::min(kPageWords, size - i / kPageWords * kPageWords));
    Value::set_empty_word(place, page);
    vm.heap.keep_for(this, page);
  }
  Value made;
  if (has(kLiteralFlag)) {
    made = literal_word(vm, this, i);
  } else {
    AttrsObject* mapped = as_attrs(source()[1]);
    Value* word = mapped->layered() ? find(mapped, shape->list[i]).slot : mapped->slot(i);
    made = map_word(vm, source()[0], shape->list[i], *word);
  }
  ListObject* page = as_list(Value::read_word(place));
  Value::set_empty_word(page->items[i % kPageWords], made);
  vm.heap.keep_for(page, made);
  return &page->items[i % kPageWords];
}

std::uint32_t find_place(AttrsObject* attrs, Symbol name) {
  for (std::uint32_t i = 0; i < attrs->layer_count(); ++i) {
    int index = attrs->layer(i)->shape->find(name);
    if (index >= 0) return i << kPlaceBits | static_cast<std::uint32_t>(index);
  }
  return kNoPlace;
}

Attr find(AttrsObject* attrs, Symbol name) {
  for (std::uint32_t i = 0; i < attrs->layer_count(); ++i) {
    AttrsObject* layer = attrs->layer(i);
    int index = layer->shape->find(name);
    if (index >= 0) return {name, layer->slot(static_cast<std::uint32_t>(index)), layer->shape, static_cast<std::uint32_t>(index)};
  }
  return {name, nullptr, {}, 0};
}

// A set of one layer is as good as that.
static AttrsObject* only_layer(AttrsObject* attrs) { return attrs->layer_count() == 1 ? attrs->layer(0) : attrs; }

AttributesByText::AttributesByText(AttrsObject* attrs) : attrs_(only_layer(attrs)) {
  if (!attrs_->layered()) {
    order_ = text_order(*attrs_->shape);
    return;
  }
  sorted_.reserve(attrs->bound());
  if (attrs->bound() <= kLargestKnownOrder) {
    for (std::uint32_t place : text_order_of_layers(attrs)) {
      auto [layer, i] = layer_at(attrs, place);
      sorted_.push_back({layer->shape->list[i], layer->slot(i), layer->shape, i});
    }
    return;
  }
  std::vector<NamedItem> items;
  items.reserve(attrs->bound());
  for (auto it = attributes(attrs).begin(); !it.at_end(); ++it) items.push_back({it.name(), find_place(attrs, it.name())});
  sort_by_text(items);
  for (const NamedItem& named : items) {
    auto [layer, i] = layer_at(attrs, named.item);
    sorted_.push_back({named.name, layer->slot(i), layer->shape, i});
  }
}

std::vector<Symbol> names_by_text(AttrsObject* attrs) {
  attrs = only_layer(attrs);
  std::vector<Symbol> names;
  names.reserve(attrs->bound());
  if (!attrs->layered()) {
    const std::uint32_t* order = text_order(*attrs->shape);
    for (std::uint32_t i = 0; i < attrs->size; ++i) names.push_back(attrs->shape->list[order[i]]);
    return names;
  }
  if (attrs->bound() <= kLargestKnownOrder) {
    for (std::uint32_t place : text_order_of_layers(attrs)) {
      auto [layer, i] = layer_at(attrs, place);
      names.push_back(layer->shape->list[i]);
    }
    return names;
  }
  std::vector<NamedItem> items;
  items.reserve(attrs->bound());
  for (auto it = attributes(attrs).begin(); !it.at_end(); ++it) items.push_back({it.name(), 0});
  sort_by_text(items);
  for (const NamedItem& item : items) names.push_back(item.name);
  return names;
}

// Stable. Most come in order already.
void AttrsBuilder::sort_entries() {
  auto before = [](const Entry& a, const Entry& b) { return a.name < b.name; };
  constexpr std::size_t kInsertionMaximum = 24;
  if (std::is_sorted(entries_.begin(), entries_.end(), before)) return;
  if (entries_.size() > kInsertionMaximum) return std::stable_sort(entries_.data(), entries_.data() + entries_.size(), before);
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
  AttrsObject* object = new_attrs(vm, make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(count)), static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) object->items[i] = entries_[i].value;
  return Value(object);
}

Value map_attributes(Vm& vm, Value function, AttrsObject* attrs) {
  if (attrs->empty()) return vm.empty_attrs;
  if (attrs->layered() || attrs->size >= kLayerMinimum)
    return delayed_set(vm, mapped_shape(whole_shape(attrs)), kMappedFlag, function, Value(attrs));
  AttrsObject* result = new_attrs(vm, mapped_shape(attrs->shape), attrs->size);
  for (std::uint32_t i = 0; i < attrs->size; ++i) result->items[i] = map_word(vm, function, attrs->shape->list[i], attrs->items[i]);
  return Value(result);
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
