#include "evaluator/shape.h"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/container/small_vector.hpp>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/light_mutex.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

// From this size on a shape gets a hash index when it is first searched.
constexpr std::uint32_t kIndexMinimum = 24;

// Open addressing by Shape::hash.
struct ShapeTable {
  base::LightMutex mutex;
  std::vector<const Shape*> slots = std::vector<const Shape*>(1 << 14);
  std::uint32_t count = 0;
};

ShapeTable& shapes() {
  static ShapeTable* instance = new ShapeTable;
  return *instance;
}

std::uint64_t hash_of(const Symbol* names, const Position* positions, std::uint32_t count) {
  std::uint64_t h = count * 0x9e3779b97f4a7c15ull;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint64_t file = std::uint64_t(positions[i].file) << 1 | positions[i].derived;
    std::uint64_t position = file << 32 | positions[i].offset;
    h = (h ^ names[i].id ^ position << 20 ^ position >> 44) * 0x9e3779b97f4a7c15ull;
    h ^= h >> 32;
  }
  return h;
}

void insert(std::vector<const Shape*>& slots, const Shape* shape) {
  std::size_t mask = slots.size() - 1, i = shape->hash & mask;
  while (slots[i]) i = (i + 1) & mask;
  slots[i] = shape;
}

void grow(ShapeTable& t) {
  if (t.count * 2 < t.slots.size()) return;
  // Finding the hashes of all shapes takes a walk through memory.
  std::vector<const Shape*> larger(t.slots.size() * 4);
  for (const Shape* shape : t.slots)
    if (shape) insert(larger, shape);
  t.slots = std::move(larger);
}

// Pairs that met lately, by a hash of their ids, in sets of two; a later pair takes the place of an earlier one, of one
// without a plan if there is such.
struct KnownPair {
  std::uint64_t key = 0;
  const UpdatePlan* plan = nullptr;  // from the second time on
};
constexpr std::size_t kKnownPairs = 1 << 14;
thread_local std::vector<KnownPair> known_pairs;

const UpdatePlan* make_plan(const Shape* left, const Shape* right) {
  thread_local std::vector<std::uint32_t> sources;
  thread_local std::vector<Symbol> names;
  thread_local std::vector<Position> positions;
  sources.clear();
  names.clear();
  positions.clear();
  merge_shapes(left, right, [&](std::uint32_t index, bool from_right) {
    const Shape* side = from_right ? right : left;
    names.push_back(side->names[index]);
    positions.push_back(side->position(index));
    sources.push_back(index << 1 | (from_right ? 1 : 0));
  });
  auto* kept = static_cast<std::uint32_t*>(allocate_permanent(sources.size() * sizeof(std::uint32_t)));
  std::copy(sources.begin(), sources.end(), kept);
  const Shape* shape = make_shape(names.data(), positions.data(), static_cast<std::uint32_t>(names.size()));
  return new (allocate_permanent(sizeof(UpdatePlan))) UpdatePlan{shape, kept};
}

std::uint32_t slot_of(Symbol name, std::uint32_t mask) { return (name.id * 0x9e3779b1u >> 7) & mask; }

// A table of index + 1 by name, a power of two in size: its mask, then the entries, which are as small as the shape allows.
template <class Entry>
const std::uint32_t* make_index(const Shape& shape) {
  std::uint32_t size = std::max(64u, std::bit_ceil(shape.count * 2));
  auto* index = static_cast<std::uint32_t*>(allocate_permanent(sizeof(std::uint32_t) + size * sizeof(Entry)));
  index[0] = size - 1;
  auto* entries = reinterpret_cast<Entry*>(index + 1);
  std::fill_n(entries, size, Entry{0});
  for (std::uint32_t k = 0; k < shape.count; ++k) {
    std::uint32_t i = slot_of(shape.names[k], size - 1);
    while (entries[i]) i = (i + 1) & (size - 1);
    entries[i] = static_cast<Entry>(k + 1);
  }
  return index;
}

template <class Entry>
int find_hashed(const Shape& shape, Symbol name) {
  const std::uint32_t* index = shape.index.load(std::memory_order_acquire);
  if (!index) {
    index = make_index<Entry>(shape);
    shape.index.store(index, std::memory_order_release);
  }
  const auto* entries = reinterpret_cast<const Entry*>(index + 1);
  for (std::uint32_t i = slot_of(name, index[0]);; i = (i + 1) & index[0]) {
    std::uint32_t found = entries[i];
    if (found == 0) return -1;
    if (shape.names[found - 1] == name) return static_cast<int>(found - 1);
  }
}

}  // namespace

const Shape* make_shape(const Symbol* names, const Position* positions, std::uint32_t count) {
  std::uint64_t hash = hash_of(names, positions, count);
  ShapeTable& t = shapes();
  std::lock_guard lock(t.mutex);
  std::size_t mask = t.slots.size() - 1;
  for (std::size_t i = hash & mask; t.slots[i]; i = (i + 1) & mask) {
    const Shape* s = t.slots[i];
    if (s->hash == hash && s->count == count && std::equal(names, names + count, s->names) &&
        std::equal(positions, positions + count, s->positions))
      return s;
  }
  auto* room = static_cast<char*>(allocate_permanent(sizeof(Shape) + count * (sizeof(Symbol) + sizeof(Position))));
  auto* own_positions = reinterpret_cast<Position*>(room + sizeof(Shape));
  auto* own_names = reinterpret_cast<Symbol*>(own_positions + count);
  std::copy(names, names + count, own_names);
  std::copy(positions, positions + count, own_positions);
  auto* shape = new (room) Shape{count, ++t.count, hash, own_names, own_positions};
  insert(t.slots, shape);
  grow(t);
  return shape;
}

const Shape* mapped_shape(const Shape* shape) {
  if (shape->derived || shape->count == 0) return shape;
  if (const Shape* known = shape->mapped.load(std::memory_order_acquire)) return known;
  ShapeTable& t = shapes();
  std::lock_guard lock(t.mutex);
  if (const Shape* known = shape->mapped.load(std::memory_order_acquire)) return known;
  auto* mapped = new (allocate_permanent(sizeof(Shape))) Shape{shape->count, ++t.count, ~shape->hash, shape->names, shape->positions, true};
  shape->mapped.store(mapped, std::memory_order_release);
  return mapped;
}

const Shape* shape_with(const Shape* shape, Symbol name, Position position, std::uint32_t at) {
  // Those made lately.
  struct Known { const Shape* from = nullptr; Symbol name; Position position; const Shape* shape = nullptr; };
  static thread_local std::array<Known, 1024> all_known;
  std::uint64_t key = std::uint64_t{shape->id} << 32 ^ name.id ^ std::uint64_t{position.offset} << 16;
  Known& known = all_known[key * 0x9e3779b97f4a7c15ull >> 54];
  if (known.from == shape && known.name == name && known.position == position) return known.shape;
  std::vector<Symbol> names(shape->names, shape->names + shape->count);
  std::vector<Position> positions;
  for (std::uint32_t i = 0; i < shape->count; ++i) positions.push_back(shape->position(i));
  names.insert(names.begin() + at, name);
  positions.insert(positions.begin() + at, position);
  known = {shape, name, position, make_shape(names.data(), positions.data(), shape->count + 1)};
  return known.shape;
}

namespace {

// The shape of sets with such layers. It has a number and a hash, whose highest bits are the best, and nothing else but the
// order of its names by text. Behind it stand the numbers of its layers, as many as its `count`.
std::span<const std::uint32_t> layers_of(const Shape* shape) {
  return {reinterpret_cast<const std::uint32_t*>(shape + 1), shape->count};
}

// Where the shape of these layers stands in open addressing, or the free place where it belongs.
const Shape*& place_of(std::vector<const Shape*>& places, std::span<const std::uint32_t> ids, std::uint64_t hash) {
  std::size_t mask = places.size() - 1, i = hash >> 32 & mask;
  while (places[i] && (places[i]->hash != hash || !std::ranges::equal(layers_of(places[i]), ids))) i = (i + 1) & mask;
  return places[i];
}

std::uint64_t hash_of(std::span<const std::uint32_t> ids) {
  std::uint64_t hash = 0;
  for (std::uint32_t id : ids) hash = (hash ^ id) * 0x9e3779b97f4a7c15ull;
  return hash;
}

// Thread-safe.
const Shape* shape_of_layers(std::span<const std::uint32_t> ids, std::uint64_t hash) {
  static auto* all = new std::vector<const Shape*>(1 << 10);
  static std::size_t count = 0;
  ShapeTable& t = shapes();
  std::lock_guard lock(t.mutex);
  if (const Shape* known = place_of(*all, ids, hash)) return known;
  if (++count * 2 > all->size()) {
    std::vector<const Shape*> larger(all->size() * 2);
    for (const Shape* known : *all)
      if (known) place_of(larger, layers_of(known), known->hash) = known;
    *all = std::move(larger);
  }
  auto layers = static_cast<std::uint32_t>(ids.size());
  auto* shape = new (allocate_permanent(sizeof(Shape) + ids.size_bytes())) Shape{layers, ++t.count, hash, nullptr, nullptr};
  std::ranges::copy(ids, reinterpret_cast<std::uint32_t*>(shape + 1));
  return place_of(*all, ids, hash) = shape;
}

}  // namespace

std::uint32_t number_layers(AttrsObject* attrs) {
  // Those met lately.
  static thread_local std::array<const Shape*, 1024> all_known;
  std::array<std::uint32_t, kMaximumLayers> numbers;
  for (std::uint32_t i = 0; i < attrs->extra; ++i) numbers[i] = attrs->layer(i)->shape->id;
  std::span<const std::uint32_t> ids(numbers.data(), attrs->extra);
  std::uint64_t hash = hash_of(ids);
  const Shape*& known = all_known[hash >> 54];
  if (!known || known->hash != hash || !std::ranges::equal(layers_of(known), ids)) known = shape_of_layers(ids, hash);
  __atomic_store_n(&attrs->shape, known, __ATOMIC_RELEASE);
  return known->id;
}

std::span<const std::uint32_t> text_order_of_layers(AttrsObject* attrs) {
  shape_number(attrs);
  const Shape* shape = __atomic_load_n(&attrs->shape, __ATOMIC_ACQUIRE);
  if (const auto* known = shape->by_text.load(std::memory_order_acquire)) return {known + 1, known[0]};
  std::vector<NamedItem> names;
  names.reserve(attrs->bound());
  for (auto it = attributes(attrs).begin(); !it.at_end(); ++it) names.push_back({it.name(), find_place(attrs, it.name())});
  sort_by_text(names);
  auto* order = static_cast<std::uint32_t*>(allocate_permanent((names.size() + 1) * sizeof(std::uint32_t)));
  order[0] = static_cast<std::uint32_t>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) order[i + 1] = names[i].item;
  shape->by_text.store(order, std::memory_order_release);
  return {order + 1, names.size()};
}

int Shape::find(Symbol name) const {
  if (count > UINT16_MAX) return find_hashed<std::uint32_t>(*this, name);
  if (count > UINT8_MAX) return find_hashed<std::uint16_t>(*this, name);
  if (count >= kIndexMinimum) return find_hashed<std::uint8_t>(*this, name);
  const Symbol* first = names;
  std::uint32_t left = count;
  while (left > 1) {
    std::uint32_t half = left / 2;
    first = first[half] <= name ? first + half : first;
    left -= half;
  }
  return left == 1 && *first == name ? static_cast<int>(first - names) : -1;
}

// Most texts differ in their first bytes, which are compared as one number.
void sort_by_text(std::span<NamedItem> items) {
  struct Keyed {
    std::uint64_t beginning;
    NamedItem named;
    bool operator<(const Keyed& other) const {
      return beginning != other.beginning ? beginning < other.beginning : text_of(named.name) < text_of(other.named.name);
    }
  };
  boost::container::small_vector<Keyed, 32> keyed;
  keyed.reserve(items.size());
  for (const NamedItem& item : items) {
    std::string_view text = text_of(item.name);
    std::uint64_t beginning = 0;
    std::memcpy(&beginning, text.data(), std::min(text.size(), sizeof beginning));
    if constexpr (std::endian::native == std::endian::little) beginning = __builtin_bswap64(beginning);
    keyed.push_back({beginning, item});
  }
  std::sort(keyed.begin(), keyed.end());
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = keyed[i].named;
}

const std::uint32_t* text_order(const Shape* shape) {
  if (const auto* known = shape->by_text.load(std::memory_order_acquire)) return known;
  auto* order = static_cast<std::uint32_t*>(allocate_permanent(shape->count * sizeof(std::uint32_t)));
  boost::container::small_vector<NamedItem, 32> names;
  for (std::uint32_t i = 0; i < shape->count; ++i) names.push_back({shape->names[i], i});
  sort_by_text({names.data(), names.size()});
  for (std::uint32_t i = 0; i < shape->count; ++i) order[i] = names[i].item;
  shape->by_text.store(order, std::memory_order_release);
  return order;
}

const UpdatePlan* plan_for(const Shape* left, const Shape* right) {
  std::uint64_t key = std::uint64_t(left->id) << 32 | right->id;
  if (known_pairs.empty()) known_pairs.resize(kKnownPairs);
  KnownPair* places = &known_pairs[(key * 0x9e3779b97f4a7c15ull >> 50) & ~std::uint64_t{1}];
  KnownPair* known = places[0].key == key ? places : places[1].key == key ? places + 1 : nullptr;
  if (!known) {
    places[places[0].plan ? 1 : 0] = {key, nullptr};
    return nullptr;
  }
  if (!known->plan) known->plan = make_plan(left, right);
  return known->plan;
}

}  // namespace evalctl::evaluator
