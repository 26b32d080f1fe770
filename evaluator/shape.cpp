#include "evaluator/shape.h"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/container/small_vector.hpp>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/light_mutex.h"
#include "evaluator/number_table.h"

namespace evalctl::evaluator {
namespace {

// So many names get a hash index when they are first searched.
constexpr std::uint32_t kIndexMinimum = 24;
// Of fewer, so many are compared at once. Lists of names are filled up to a multiple of it.
using FewIds = std::uint32_t __attribute__((vector_size(16)));
constexpr std::uint32_t kFewIds = sizeof(FewIds) / sizeof(std::uint32_t);
constexpr Symbol kNoName{UINT32_MAX};

// The numbers of its layers, which are those of their names, make the number of a layered set.
struct LayerNumbers {
  std::uint32_t count;
  // The places of the attributes ordered by text, behind how many they are; made on first use.
  mutable std::atomic<const std::uint32_t*> by_text;
  std::uint32_t list[];
  bool operator==(std::span<const std::uint32_t> other) const { return std::ranges::equal(std::span(list, count), other); }
};

struct Tables {
  base::LightMutex mutex;
  NumberTable<Names, Outgrown::Kept> names;
  NumberTable<LayerNumbers> layers;
  NumberTable<UpdatePlan> plans;
};

Tables& tables() {
  static Tables* instance = new Tables;
  return *instance;
}

// By symbol: the number of that name alone, which half of the sets of literals have. 0 where nobody has asked for it. In pages
// that never move.
constexpr std::uint32_t kPageBits = 12;
std::atomic<std::atomic<std::uint32_t>*> pages_of_single[kMostSymbols >> kPageBits];

std::atomic<std::uint32_t>& number_of_single(Symbol name) {
  auto& page = pages_of_single[name.id >> kPageBits];
  std::atomic<std::uint32_t>* numbers = page.load(std::memory_order_acquire);
  if (!numbers) {
    auto* made = new std::atomic<std::uint32_t>[1 << kPageBits]();
    if (page.compare_exchange_strong(numbers, made)) numbers = made;
    else delete[] made;
  }
  return numbers[name.id & ((1 << kPageBits) - 1)];
}

std::uint32_t slot_of(Symbol name, std::uint32_t mask) { return (name.id * 0x9e3779b1u >> 7) & mask; }

// A table of index + 1 by name, a power of two in size: its mask, then the entries, which are as small as their count allows.
template <class Entry>
const std::uint32_t* make_index(const Names& names) {
  std::uint32_t size = std::max(64u, std::bit_ceil(names.count * 2));
  auto* index = static_cast<std::uint32_t*>(allocate_permanent(sizeof(std::uint32_t) + size * sizeof(Entry)));
  index[0] = size - 1;
  auto* entries = reinterpret_cast<Entry*>(index + 1);
  std::fill_n(entries, size, Entry{0});
  for (std::uint32_t k = 0; k < names.count; ++k) {
    std::uint32_t i = slot_of(names.list[k], size - 1);
    while (entries[i]) i = (i + 1) & (size - 1);
    entries[i] = static_cast<Entry>(k + 1);
  }
  return index;
}

template <class Entry>
int find_hashed(const Names& names, Symbol name) {
  const std::uint32_t* index = names.index.load(std::memory_order_acquire);
  if (!index) {
    index = make_index<Entry>(names);
    names.index.store(index, std::memory_order_release);
  }
  const auto* entries = reinterpret_cast<const Entry*>(index + 1);
  for (std::uint32_t i = slot_of(name, index[0]);; i = (i + 1) & index[0]) {
    std::uint32_t found = entries[i];
    if (found == 0) return -1;
    if (names.list[found - 1] == name) return static_cast<int>(found - 1);
  }
}

std::uint32_t layers_number(std::span<const std::uint32_t> list, std::uint64_t hash) {
  Tables& t = tables();
  std::lock_guard lock(t.mutex);
  std::uint32_t number = t.layers.find(hash, [&](const LayerNumbers& known) { return known == list; });
  if (number != 0) return number;
  auto* made = static_cast<LayerNumbers*>(allocate_permanent(sizeof(LayerNumbers) + list.size_bytes()));
  made->count = static_cast<std::uint32_t>(list.size());
  made->by_text.store(nullptr, std::memory_order_relaxed);
  std::ranges::copy(list, made->list);
  t.layers.insert(hash, number = permanent_number(made));
  return number;
}

}  // namespace

static std::uint64_t hash_of(const Symbol* names, std::uint32_t count) {
  std::uint64_t hash = count;
  for (std::uint32_t i = 0; i < count; ++i) hash = add_to_hash(hash, names[i].id);
  return hash;
}

void prefetch_names(const Symbol* names, std::uint32_t count) {
  if (count == 1) __builtin_prefetch(&number_of_single(*names));
  else tables().names.prefetch(hash_of(names, count));
}

static std::uint32_t number_in_table(const Symbol* names, std::uint32_t count) {
  std::uint64_t hash = hash_of(names, count);
  Tables& t = tables();
  auto find = [&] {
    return t.names.find(hash, [&](const Names& known) { return known.count == count && std::equal(names, names + count, known.list); });
  };
  if (std::uint32_t number = find()) return number;
  std::lock_guard lock(t.mutex);
  if (std::uint32_t number = find()) return number;
  std::uint32_t room = (count + kFewIds - 1) / kFewIds * kFewIds;
  auto* made = static_cast<Names*>(allocate_permanent(sizeof(Names) + room * sizeof(Symbol)));
  made->count = count;
  made->by_text.store(nullptr, std::memory_order_relaxed);
  made->index.store(nullptr, std::memory_order_relaxed);
  std::copy(names, names + count, made->list);
  std::fill(made->list + count, made->list + room, kNoName);
  std::uint32_t number = permanent_number(made);
  t.names.insert(hash, number);
  return number;
}

std::uint32_t number_names(const Symbol* names, std::uint32_t count) {
  if (count != 1) return number_in_table(names, count);
  std::atomic<std::uint32_t>& known = number_of_single(*names);
  std::uint32_t number = known.load(std::memory_order_acquire);
  if (number == 0) known.store(number = number_in_table(names, 1), std::memory_order_release);
  return number;
}

Shape shape_with(Shape shape, Symbol name, Position position, std::uint32_t at) {
  // Those made lately.
  struct Known { Shape from; Symbol name; Position position; Shape shape; };
  static thread_local std::array<Known, 1024> all_known;
  std::uint64_t key = (std::uint64_t{shape.names} << 32 | shape.positions) ^ name.id ^ std::uint64_t{position.offset} << 16;
  Known& known = all_known[key * 0x9e3779b97f4a7c15ull >> 54];
  if (known.from == shape && known.name == name && known.position == position) return known.shape;
  std::vector<Symbol> names(shape->list, shape->list + shape->count);
  std::vector<Position> positions;
  for (std::uint32_t i = 0; i < shape->count; ++i) positions.push_back(shape.position(i));
  names.insert(names.begin() + at, name);
  positions.insert(positions.begin() + at, position);
  known = {shape, name, position, make_shape(names.data(), positions.data(), shape->count + 1)};
  return known.shape;
}

std::uint32_t number_layers(AttrsObject* attrs) {
  // Those met lately.
  struct Known { std::uint64_t hash = 0; std::uint32_t number = 0; };
  static thread_local std::array<Known, 1024> all_known;
  std::array<std::uint32_t, kMaximumLayers> numbers;
  std::span<const std::uint32_t> list(numbers.data(), attrs->extra);
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < attrs->extra; ++i) hash = add_to_hash(hash, numbers[i] = attrs->layer(i)->shape.names);
  Known& known = all_known[hash >> 54];
  if (known.number == 0 || known.hash != hash || !(*permanent_at<const LayerNumbers>(known.number) == list)) known = {hash, layers_number(list, hash)};
  __atomic_store_n(&attrs->shape.names, known.number, __ATOMIC_RELEASE);
  return known.number;
}

std::span<const std::uint32_t> text_order_of_layers(AttrsObject* attrs) {
  const auto& layers = *permanent_at<const LayerNumbers>(shape_number(attrs));
  if (const auto* known = layers.by_text.load(std::memory_order_acquire)) return {known + 1, known[0]};
  std::vector<NamedItem> names;
  names.reserve(attrs->bound());
  for (auto it = attributes(attrs).begin(); !it.at_end(); ++it) names.push_back({it.name(), find_place(attrs, it.name())});
  sort_by_text(names);
  auto* order = static_cast<std::uint32_t*>(allocate_permanent((names.size() + 1) * sizeof(std::uint32_t)));
  order[0] = static_cast<std::uint32_t>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) order[i + 1] = names[i].item;
  layers.by_text.store(order, std::memory_order_release);
  return {order + 1, names.size()};
}

[[gnu::noinline]] static int find_in_index(const Names& names, Symbol name) {
  if (names.count > UINT16_MAX) return find_hashed<std::uint32_t>(names, name);
  if (names.count > UINT8_MAX) return find_hashed<std::uint16_t>(names, name);
  return find_hashed<std::uint8_t>(names, name);
}

int Names::find(Symbol name) const {
  if (count >= kIndexMinimum) return find_in_index(*this, name);
  for (std::uint32_t from = 0; from < count; from += kFewIds) {
    FewIds ids;
    std::memcpy(&ids, list + from, sizeof ids);
    std::uint32_t found = __builtin_reduce_or(ids == name.id ? FewIds{1, 2, 3, 4} : FewIds{});
    if (found != 0) return static_cast<int>(from + found - 1);
  }
  return -1;
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

const std::uint32_t* text_order(const Names& names) {
  if (const auto* known = names.by_text.load(std::memory_order_acquire)) return known;
  auto* order = static_cast<std::uint32_t*>(allocate_permanent(names.count * sizeof(std::uint32_t)));
  boost::container::small_vector<NamedItem, 32> items;
  for (std::uint32_t i = 0; i < names.count; ++i) items.push_back({names.list[i], i});
  sort_by_text({items.data(), items.size()});
  for (std::uint32_t i = 0; i < names.count; ++i) order[i] = items[i].item;
  names.by_text.store(order, std::memory_order_release);
  return order;
}

static const UpdatePlan* make_plan(std::uint32_t left, std::uint32_t right) {
  const Names &l = *permanent_at<const Names>(left), &r = *permanent_at<const Names>(right);
  boost::container::small_vector<std::uint32_t, 64> sources;
  boost::container::small_vector<Symbol, 64> names;
  std::uint32_t i = 0, j = 0;
  while (i < l.count || j < r.count) {
    bool from_right = i == l.count || (j < r.count && r.list[j] <= l.list[i]);
    if (from_right && i < l.count && l.list[i] == r.list[j]) ++i;
    names.push_back(from_right ? r.list[j] : l.list[i]);
    sources.push_back((from_right ? j++ : i++) << 1 | (from_right ? 1 : 0));
  }
  auto* plan = static_cast<UpdatePlan*>(allocate_permanent(sizeof(UpdatePlan) + sources.size() * sizeof(std::uint32_t)));
  auto count = static_cast<std::uint32_t>(sources.size());
  *plan = {left, right, number_names(names.data(), count), count, count == r.count};
  std::ranges::copy(sources, plan->sources);
  return plan;
}

const UpdatePlan* plan_for(std::uint32_t left, std::uint32_t right) {
  std::uint64_t hash = add_to_hash(left, right);
  Tables& t = tables();
  auto known = [&] { return t.plans.find(hash, [&](const UpdatePlan& plan) { return plan.left == left && plan.right == right; }); };
  {
    std::lock_guard lock(t.mutex);
    if (std::uint32_t number = known()) return permanent_at<const UpdatePlan>(number);
  }
  const UpdatePlan* plan = make_plan(left, right);
  std::lock_guard lock(t.mutex);
  if (std::uint32_t number = known()) return permanent_at<const UpdatePlan>(number);
  t.plans.insert(hash, permanent_number(plan));
  return plan;
}

}  // namespace evalctl::evaluator
