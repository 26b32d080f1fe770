#include "evaluator/context.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <iterator>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace evalctl::evaluator {
namespace {

// Sets of more elements are unions.
constexpr std::size_t kFlatMaximum = 16;

struct HashIds {
  std::size_t operator()(const std::vector<std::uint32_t>& ids) const {
    std::size_t h = ids.size();
    for (std::uint32_t id : ids) h = (h ^ id) * 0x9e3779b97f4a7c15ull ^ h >> 29;
    return h;
  }
};

struct HashPair {
  std::size_t operator()(const std::pair<const Context*, const Context*>& pair) const {
    auto a = reinterpret_cast<std::size_t>(pair.first), b = reinterpret_cast<std::size_t>(pair.second);
    std::size_t h = (a * 0x9e3779b97f4a7c15ull) ^ b;
    return h * 0xd6e8feb86659fd93ull ^ h >> 31;
  }
};

// An element whose texts are interned: the addresses tell them apart.
struct Key {
  ContextElement::Kind kind;
  const std::string *path, *output;
  bool operator==(const Key&) const = default;
};

struct HashKey {
  std::size_t operator()(const Key& k) const {
    std::size_t h = HashPair()({reinterpret_cast<const Context*>(k.path), reinterpret_cast<const Context*>(k.output)});
    return h + static_cast<std::size_t>(k.kind);
  }
};

// Lets a text be found without making a string of it.
struct HashText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Table {
  std::mutex mutex;
  std::unordered_set<std::string, HashText, std::equal_to<>> texts;
  std::unordered_map<Key, std::uint32_t, HashKey> ids;
  std::deque<ContextElement> elements;  // by id
  std::unordered_map<std::vector<std::uint32_t>, const Context*, HashIds> flat;
  std::vector<const Context*> singles;  // of one element, by its id; null while not made
  std::unordered_map<std::pair<const Context*, const Context*>, const Context*, HashPair> merged;
};

Table& table() {
  static Table* instance = new Table;
  return *instance;
}

// The functions of a Table run with its lock held.
const std::string* text_of(Table& t, std::string_view text) {
  auto it = t.texts.find(text);
  return &*(it != t.texts.end() ? it : t.texts.emplace(text).first);
}

std::uint32_t id_of(Table& t, const ContextElement& element) {
  Key key{element.kind, text_of(t, element.path), text_of(t, element.output)};
  auto [it, fresh] = t.ids.try_emplace(key, static_cast<std::uint32_t>(t.elements.size()));
  if (fresh) t.elements.push_back({key.kind, *key.path, *key.output});
  return it->second;
}

const Context* flat_of(Table& t, std::vector<std::uint32_t> ids) {
  auto [it, fresh] = t.flat.try_emplace(std::move(ids), nullptr);
  if (fresh) it->second = new Context(it->first);
  return it->second;
}

// Different for most elements; the digest of a store path is random as it is.
std::size_t place_of(const ContextElement& element) {
  constexpr std::size_t kDigest = 11;
  std::uint64_t word = 0;
  if (element.path.size() >= kDigest + sizeof word) std::memcpy(&word, element.path.data() + kDigest, sizeof word);
  word += element.output.size() + static_cast<std::uint64_t>(element.kind) * 64;
  return word * 0x9e3779b97f4a7c15ull >> 32;
}

}  // namespace

std::vector<ContextElement> Context::elements() const {
  std::vector<std::uint32_t> ids;
  if (!left_) {
    ids = ids_;
  } else {
    std::vector<const Context*> todo{this};
    std::unordered_set<const Context*> seen;
    while (!todo.empty()) {
      const Context* next = todo.back();
      todo.pop_back();
      if (!seen.insert(next).second) continue;
      if (next->left_) {
        todo.push_back(next->left_);
        todo.push_back(next->right_);
      } else {
        ids.insert(ids.end(), next->ids_.begin(), next->ids_.end());
      }
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  std::vector<ContextElement> result;
  result.reserve(ids.size());
  {
    Table& t = table();
    std::lock_guard lock(t.mutex);
    for (std::uint32_t id : ids) result.push_back(t.elements[id]);
  }
  std::sort(result.begin(), result.end());
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
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      part = flat_of(t, std::move(ids));
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
  if (t.singles.size() <= id) t.singles.resize(t.elements.size() + t.elements.size() / 2 + 16);
  if (!t.singles[id]) t.singles[id] = flat_of(t, {id});
  known = {t.elements[id], t.singles[id]};
  return known.context;
}

const Context* merge(const Context* a, const Context* b) {
  if (!a || a == b) return b;
  if (!b) return a;
  // What was joined last is often joined again.
  if (a->left_ && (a->left_ == b || a->right_ == b)) return a;
  if (b->left_ && (b->left_ == a || b->right_ == a)) return b;
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
  if (fresh) {
    std::vector<std::uint32_t> both;
    bool flat = !a->left_ && !b->left_ && a->ids_.size() + b->ids_.size() <= 2 * kFlatMaximum;
    if (flat) std::set_union(a->ids_.begin(), a->ids_.end(), b->ids_.begin(), b->ids_.end(), std::back_inserter(both));
    it->second = flat && both.size() <= kFlatMaximum ? flat_of(t, std::move(both)) : new Context(a, b);
  }
  known = {a, b, it->second};
  return known.both;
}

}  // namespace evalctl::evaluator
