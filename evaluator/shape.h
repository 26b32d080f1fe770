// Shapes: the names and positions of attribute sets, shared by all sets that have the same; where names are found, and how sets of
// known names are merged.
#pragma once
#include "evaluator/attrs.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

// The number of these names (sorted by symbol id, no duplicates). Thread-safe.
std::uint32_t number_names(const Symbol* names, std::uint32_t count);
// Fetches what that will look at first, to be called a little before.
void prefetch_names(const Symbol* names, std::uint32_t count);

// Their shape. Thread-safe.
inline Shape make_shape(const Symbol* names, const Position* positions, std::uint32_t count) {
  return {number_names(names, count), listed_positions(positions, count)};
}

// The shape of what mapAttrs makes of a set of this shape: the same names, in the same order. Thread-safe.
inline Shape mapped_shape(Shape shape) { return {shape.names, derived_positions(shape.positions)}; }

// The shape with one name more, which belongs before index `at`. Thread-safe.
Shape shape_with(Shape shape, Symbol name, Position position, std::uint32_t at);

// Where an attribute stands in a set: the layer (0 of a flat one) << kPlaceBits | the index in it; kNoPlace: nowhere.
constexpr std::uint32_t kPlaceBits = 29, kNoPlace = UINT32_MAX;
std::uint32_t find_place(AttrsObject* attrs, Symbol name);
// The flat set and the index in it that a place stands for.
inline std::pair<AttrsObject*, std::uint32_t> layer_at(AttrsObject* attrs, std::uint32_t place) {
  return {attrs->layer(place >> kPlaceBits), place & ((std::uint32_t{1} << kPlaceBits) - 1)};
}
// Its word, which is made if need be.
inline Value* word_at(AttrsObject* attrs, std::uint32_t place) {
  if (!attrs->layered()) return &attrs->items[place];
  return attrs->layer(place >> kPlaceBits)->slot(place & ((std::uint32_t{1} << kPlaceBits) - 1));
}

// Null when there is no such attribute. Cheaper than find(), which gives the position too.
inline Value* find_word(AttrsObject* attrs, Symbol name) {
  std::uint32_t place = find_place(attrs, name);
  return place == kNoPlace ? nullptr : word_at(attrs, place);
}

// Sets of the same number have all attributes in the same places. Of a layered set: asked for the first time, a search by
// the names of its layers. Thread-safe.
std::uint32_t number_layers(AttrsObject* attrs);
inline std::uint32_t known_number(AttrsObject* attrs) { return __atomic_load_n(&attrs->shape.names, __ATOMIC_ACQUIRE); }
inline std::uint32_t shape_number(AttrsObject* attrs) {
  std::uint32_t known = known_number(attrs);
  return known != 0 ? known : number_layers(attrs);
}

// As find_place and find_word, of names that the same sets are asked for again and again. `shape`: the number of the set.
inline std::uint32_t known_place(AttrsObject* attrs, std::uint32_t shape, Symbol name) {
  std::uint64_t key = KnownPlace::key_of(shape, name);
  KnownPlace& known = current_vm->known_places[KnownPlace::index_of(key)];
  if (known.key != key) [[unlikely]] known = {key, find_place(attrs, name)};
  return known.place;
}
inline Value* known_word(AttrsObject* attrs, Symbol name) {
  std::uint32_t place = known_place(attrs, shape_number(attrs), name);
  return place == kNoPlace ? nullptr : word_at(attrs, place);
}

// The places of the attributes of a layered set, ordered by text. Kept for all sets of the same number, so not for large ones.
std::span<const std::uint32_t> text_order_of_layers(AttrsObject* attrs);
constexpr std::size_t kLargestKnownOrder = 256;

// A flat set of that shape, which has so many names; words to be filled in.
inline AttrsObject* new_attrs(Vm& vm, Shape shape, std::uint32_t count) {
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + count * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->size = count;
  object->shape = shape;
  ++vm.statistics.sets;
  vm.statistics.set_elements += count;
  return object;
}
inline AttrsObject* new_attrs(Vm& vm, Shape shape) { return new_attrs(vm, shape, shape->count); }

// Sorts by the texts of the names.
struct NamedItem {
  Symbol name;
  std::uint32_t item;
};
void sort_by_text(std::span<NamedItem> items);

// The permutation that sorts the names by text. Kept with them.
const std::uint32_t* text_order(const Names& names);

// How `left // right` is made of sets with such names. In permanent memory, one for each pair of names.
struct UpdatePlan {
  std::uint32_t left, right, names;  // numbers of names; the last is that of the outcome
  std::uint32_t count;
  bool all_right;           // the right side has all names of the left one
  std::uint32_t sources[];  // of each word: index << 1 | (1 when from the right)
};

// Thread-safe. To be asked for pairs that are not in Vm::known_updates.
const UpdatePlan* plan_for(std::uint32_t left, std::uint32_t right);

}  // namespace evalctl::evaluator
