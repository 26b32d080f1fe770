#include "evaluator/context.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/light_mutex.h"
#include "evaluator/permanent.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

// Sets of more elements are unions.
constexpr std::size_t kFlatMaximum = 16;

struct HashPair {
  std::size_t operator()(const std::pair<const Context*, const Context*>& pair) const {
    auto a = reinterpret_cast<std::size_t>(pair.first), b = reinterpret_cast<std::size_t>(pair.second);
    std::size_t h = (a * 0x9e3779b97f4a7c15ull) ^ b;
    return h * 0xd6e8feb86659fd93ull ^ h >> 31;
  }
};

// The digest of "/nix/store/<digest>-<name>" is random as it is. Lets a text be found without making a string of it.
struct HashPath {
  using is_transparent = void;
  std::size_t operator()(std::string_view path) const {
    constexpr std::string_view kFolder = "/nix/store/";
    std::uint64_t word;
    if (!path.starts_with(kFolder) || path.size() < kFolder.size() + sizeof word) return std::hash<std::string_view>()(path);
    std::memcpy(&word, path.data() + kFolder.size(), sizeof word);
    word *= 0x9e3779b97f4a7c15ull;
    return word ^ word >> 32;
  }
};

// Flat contexts by their elements: those of one that is there, or of one that may have to be made.
struct HashFlat {
  using is_transparent = void;
  std::size_t operator()(std::span<const std::uint32_t> ids) const {
    std::size_t h = ids.size();
    for (std::uint32_t id : ids) h = (h ^ id) * 0x9e3779b97f4a7c15ull ^ h >> 29;
    return h;
  }
  std::size_t operator()(const Context* context) const { return (*this)(context->ids()); }
};
struct EqualFlat {
  using is_transparent = void;
  bool operator()(const Context* a, const Context* b) const { return a == b; }
  bool operator()(const Context* a, std::span<const std::uint32_t> b) const { return std::ranges::equal(a->ids(), b); }
  bool operator()(std::span<const std::uint32_t> a, const Context* b) const { return (*this)(b, a); }
};

struct Entry {
  ContextElement element;
  std::uint32_t next;  // with the same path; kNone behind the last
  const Context* single = nullptr;  // of it alone, where that was asked for
};
constexpr std::uint32_t kNone = ~std::uint32_t{0};

struct Table {
  base::LightMutex mutex;
  std::unordered_map<std::string, std::uint32_t, HashPath, std::equal_to<>> paths;  // to the last entry made
  std::set<std::string, std::less<>> outputs;
  std::deque<Entry> entries;  // by id
  std::unordered_set<const Context*, HashFlat, EqualFlat> flat;
  std::unordered_map<std::pair<const Context*, const Context*>, const Context*, HashPair> merged;
};

Table& table() {
  static Table* instance = new Table;
  return *instance;
}

// The functions of a Table run with its lock held.
std::uint32_t id_of(Table& t, const ContextElement& element) {
  auto known = t.paths.find(element.path);
  if (known == t.paths.end()) known = t.paths.emplace(element.path, kNone).first;
  for (std::uint32_t id = known->second; id != kNone; id = t.entries[id].next) {
    const ContextElement& one = t.entries[id].element;
    if (one.kind == element.kind && one.output == element.output) return id;
  }
  auto output = t.outputs.find(element.output);
  if (output == t.outputs.end()) output = t.outputs.emplace(element.output).first;
  t.entries.push_back({{element.kind, known->first, *output}, known->second});
  return known->second = static_cast<std::uint32_t>(t.entries.size() - 1);
}

const Context* flat_of(Table& t, std::span<const std::uint32_t> ids) {
  if (ids.size() == 1) {
    const Context*& single = t.entries[ids[0]].single;
    return single ? single : single = Context::of(ids);
  }
  if (auto known = t.flat.find(ids); known != t.flat.end()) return *known;
  return *t.flat.insert(Context::of(ids)).first;
}

// Different for most elements.
std::size_t place_of(const ContextElement& element) {
  std::uint64_t word = HashPath()(element.path) + element.output.size() + static_cast<std::uint64_t>(element.kind) * 64;
  return word * 0x9e3779b97f4a7c15ull >> 32;
}

// Of two flat contexts.
const Context* flat_union(Table& t, const Context* a, const Context* b) {
  std::uint32_t both[2 * kFlatMaximum];
  std::size_t size = static_cast<std::size_t>(std::ranges::set_union(a->ids(), b->ids(), both).out - both);
  if (size == a->ids().size()) return a;
  if (size == b->ids().size()) return b;
  return size <= kFlatMaximum ? flat_of(t, {both, size}) : Context::union_of(a, b);
}

template <class Ids>
void sort_unique(Ids& ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

const Context* Context::of(std::span<const std::uint32_t> ids) {
  auto* context = new (allocate_permanent(sizeof(Context) + ids.size_bytes())) Context(static_cast<std::uint32_t>(ids.size()));
  std::ranges::copy(ids, reinterpret_cast<std::uint32_t*>(context + 1));
  return context;
}

const Context* Context::union_of(const Context* left, const Context* right) {
  auto* context = new (allocate_permanent(sizeof(Context) + 2 * sizeof(Context*))) Context(0);
  std::ranges::copy(std::initializer_list<const Context*>{left, right}, reinterpret_cast<const Context**>(context + 1));
  return context;
}

// Appends the numbers of the elements, some perhaps twice.
void Context::gather(std::vector<std::uint32_t>& ids) const {
  auto add = [&](const Context* flat) { ids.insert(ids.end(), flat->ids().begin(), flat->ids().end()); };
  if (!is_union()) return add(this);
  std::vector<const Context*> todo{this};
  std::unordered_set<const Context*> seen;
  while (!todo.empty()) {
    const Context* next = todo.back();
    todo.pop_back();
    if (!next->is_union()) add(next);
    else if (seen.insert(next).second) todo.insert(todo.end(), next->sides().begin(), next->sides().end());
  }
}

std::vector<ContextElement> Context::elements() const {
  const Context* all[] = {this};
  std::vector<ContextElement> result = elements_of(all);
  std::ranges::sort(result);
  return result;
}

std::vector<ContextElement> elements_of(std::span<const Context* const> contexts) {
  std::vector<std::uint32_t> ids;
  for (const Context* context : contexts) context->gather(ids);
  sort_unique(ids);
  std::vector<ContextElement> result;
  result.reserve(ids.size());
  Table& t = table();
  std::lock_guard lock(t.mutex);
  for (std::uint32_t id : ids) result.push_back(t.entries[id].element);
  return result;
}

const Context* make_context(const std::vector<ContextElement>& elements) {
  const Context* result = nullptr;
  for (std::size_t from = 0; from < elements.size(); from += kFlatMaximum) {
    std::vector<std::uint32_t> ids;
    const Context* part;
    {
      Table& t = table();
      std::lock_guard lock(t.mutex);
      for (std::size_t i = from; i < std::min(elements.size(), from + kFlatMaximum); ++i) ids.push_back(id_of(t, elements[i]));
      sort_unique(ids);
      part = flat_of(t, ids);
    }
    result = merge(result, part);
  }
  return result;
}

const Context* context_of(const ContextElement& element) {
  // The last ones: each derivation has the same builder, and half of them are made twice.
  struct Known {
    ContextElement element;
    const Context* context = nullptr;
  };
  constexpr std::size_t kKnown = 512;
  thread_local Known recent[kKnown];
  Known& known = recent[place_of(element) % kKnown];
  if (known.context && known.element == element) return known.context;
  Table& t = table();
  std::lock_guard lock(t.mutex);
  std::uint32_t id = id_of(t, element);
  known = {t.entries[id].element, flat_of(t, {&id, 1})};
  return known.context;
}

const Context* merge(const Context* a, const Context* b) {
  if (!a || a == b) return b;
  if (!b) return a;
  // What was joined last is often joined again.
  auto has_side = [](const Context* both, const Context* one) { return both->is_union() && std::ranges::find(both->sides(), one) != both->sides().end(); };
  if (has_side(a, b)) return a;
  if (has_side(b, a)) return b;
  if (b < a) std::swap(a, b);
  struct Known {
    const Context *a, *b, *both;
  };
  constexpr std::size_t kKnown = 1024;
  thread_local Known recent[kKnown];
  Known& known = recent[HashPair()({a, b}) % kKnown];
  if (known.a == a && known.b == b) return known.both;
  Table& t = table();
  std::lock_guard lock(t.mutex);
  auto [it, fresh] = t.merged.try_emplace({a, b}, nullptr);
  if (fresh) it->second = a->is_union() || b->is_union() ? Context::union_of(a, b) : flat_union(t, a, b);
  known = {a, b, it->second};
  return known.both;
}

}  // namespace evalctl::evaluator
