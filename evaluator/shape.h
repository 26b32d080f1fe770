// Shapes: the names and positions of attribute sets, shared by all sets that have the same.
#pragma once
#include "evaluator/attrs.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

// The shape of these names (sorted by symbol id, no duplicates) and positions; equal ones are the same object. Thread-safe.
const Shape* make_shape(const Symbol* names, const Position* positions, std::uint32_t count);

// The shape of what mapAttrs makes of a set of this shape: the same names, in the same order. Thread-safe.
const Shape* mapped_shape(const Shape* shape);

// The shape with one name more, which belongs before index `at`. Thread-safe.
const Shape* shape_with(const Shape* shape, Symbol name, Position position, std::uint32_t at);

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
// the shapes of its layers. Thread-safe.
std::uint32_t number_layers(AttrsObject* attrs);
inline std::uint32_t shape_number(AttrsObject* attrs) {
  const Shape* shape = __atomic_load_n(&attrs->shape, __ATOMIC_ACQUIRE);
  return shape ? shape->id : number_layers(attrs);
}

// The places of the attributes of a layered set, ordered by text. Kept for all sets of the same number, so not for large ones.
std::span<const std::uint32_t> text_order_of_layers(AttrsObject* attrs);
constexpr std::size_t kLargestKnownOrder = 256;

// A flat set of that shape, words to be filled in.
inline AttrsObject* new_attrs(Vm& vm, const Shape* shape) {
  auto* object = static_cast<AttrsObject*>(vm.allocate(sizeof(AttrsObject) + shape->count * sizeof(Value)));
  object->kind.store(Kind::Attrs, std::memory_order_relaxed);
  object->size = shape->count;
  object->shape = shape;
  ++vm.statistics.sets;
  vm.statistics.set_elements += shape->count;
  return object;
}

// Sorts by the texts of the names.
struct NamedItem {
  Symbol name;
  std::uint32_t item;
};
void sort_by_text(std::span<NamedItem> items);

// The permutation that sorts the names by text. Kept with the shape.
const std::uint32_t* text_order(const Shape* shape);

// How the words of `left // right` are gathered: from which side, which index.
struct UpdatePlan {
  const Shape* shape;
  const std::uint32_t* sources;  // index << 1 | (1 when from the right)
};

// Null the first time these two shapes meet: most pairs meet only once. Thread-safe.
const UpdatePlan* plan_for(const Shape* left, const Shape* right);

// Calls take(index, from_right) for each attribute of `left // right`, in order.
template <class Take>
void merge_shapes(const Shape* left, const Shape* right, Take take) {
  std::uint32_t i = 0, j = 0;
  while (i < left->count || j < right->count) {
    bool from_right = i == left->count || (j < right->count && right->names[j] <= left->names[i]);
    if (from_right && i < left->count && left->names[i] == right->names[j]) ++i;
    take(from_right ? j++ : i++, from_right);
  }
}

}  // namespace evalctl::evaluator
