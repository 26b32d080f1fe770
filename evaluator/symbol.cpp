#include "evaluator/symbol.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <mutex>

#include "base/light_mutex.h"
#include "evaluator/known_symbol.h"
#include "evaluator/permanent.h"

namespace evalctl::evaluator {
namespace {

// Texts are kept in pages so that text_of needs no lock: a page never moves once it is there.
constexpr std::uint32_t kPageBits = 12;
constexpr std::uint32_t kPages = kMostSymbols >> kPageBits;

// Open addressing; a slot is hash << 32 | id, 0 when free (no id is 0). Readers take no lock: a slot is written once, and a larger
// table is published whole.
struct Slots {
  std::uint32_t mask;
  std::atomic<std::uint64_t>* at;
};

struct Table {
  base::LightMutex mutex;
  std::atomic<const Slots*> slots;
  std::atomic<std::string_view*> pages[kPages] = {};
  std::uint32_t next = 1;  // 0 is no symbol
  char* room = nullptr;
  std::size_t left = 0;
};

const Slots* new_slots(std::uint32_t count) {
  return new Slots{count - 1, new std::atomic<std::uint64_t>[count]()};
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15ull) * (b ^ 0xd6e8feb86659fd93ull);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// At most 8 bytes, each of which counts. Names end here mostly, so that no call should copy them.
std::uint64_t last_word(const char* p, std::size_t left) {
  if (left >= 4) {
    std::uint32_t first, last;
    std::memcpy(&first, p, 4);
    std::memcpy(&last, p + left - 4, 4);
    return std::uint64_t{first} << 32 | last;
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < left; ++i) word = word << 8 | static_cast<unsigned char>(p[i]);
  return word;
}

std::uint32_t hash_of(std::string_view text) {
  std::uint64_t h = text.size();
  const char* p = text.data();
  std::size_t left = text.size();
  std::uint64_t word = 0;
  for (; left > 8; p += 8, left -= 8) {
    std::memcpy(&word, p, 8);
    h = mix(h, word);
  }
  h = mix(h, last_word(p, left));
  return static_cast<std::uint32_t>(h ^ h >> 32);
}

void insert(const Slots& slots, std::uint64_t slot) {
  auto i = static_cast<std::uint32_t>(slot >> 32) & slots.mask;
  while (slots.at[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & slots.mask;
  slots.at[i].store(slot, std::memory_order_release);
}

// Three quarters full is full: a table that is half as large is in the caches more often. The smaller table stays: someone may be
// reading it.
void grow(Table& t) {
  const Slots* old = t.slots;
  if (t.next <= old->mask / 4 * 3) return;
  const Slots* larger = new_slots((old->mask + 1) * 2);
  for (std::uint32_t i = 0; i <= old->mask; ++i)
    if (std::uint64_t slot = old->at[i].load(std::memory_order_relaxed)) insert(*larger, slot);
  t.slots.store(larger, std::memory_order_release);
}

std::string_view keep(Table& t, std::string_view text) {
  constexpr std::size_t kBlock = std::size_t{1} << 16;
  if (text.size() > t.left) {
    t.left = std::max(text.size(), kBlock);
    t.room = new char[t.left];
  }
  if (!text.empty()) std::memcpy(t.room, text.data(), text.size());
  std::string_view kept(t.room, text.size());
  t.room += text.size();
  t.left -= text.size();
  return kept;
}

// Returns the id. The text is not there yet.
std::uint32_t add(Table& t, std::string_view text, std::uint32_t hash) {
  std::uint32_t id = t.next++;
  if (id >= kMostSymbols) end_without_memory();
  auto& page = t.pages[id >> kPageBits];
  if (!page.load()) page.store(new std::string_view[1 << kPageBits]);
  page.load()[id & ((1 << kPageBits) - 1)] = keep(t, text);
  insert(*t.slots.load(std::memory_order_relaxed), std::uint64_t(hash) << 32 | id);
  grow(t);
  return id;
}

constexpr std::string_view kNames[] = {
#define NAME(text) text,
#include "evaluator/first_names.def"
};

Table& table() {
  static Table* instance = [] {
    auto* t = new Table;
    t->slots = new_slots(1 << 14);
    for (std::string_view name : kNames) add(*t, name, hash_of(name));
    return t;
  }();
  return *instance;
}

// The symbol's id, or 0.
std::uint32_t look_up(const Slots& slots, std::string_view text, std::uint32_t hash) {
  for (std::uint32_t i = hash & slots.mask;; i = (i + 1) & slots.mask) {
    std::uint64_t slot = slots.at[i].load(std::memory_order_acquire);
    if (slot == 0) return 0;
    if (slot >> 32 == hash && text_of({static_cast<std::uint32_t>(slot)}) == text) return static_cast<std::uint32_t>(slot);
  }
}

}  // namespace

const std::uint32_t kFirstNames = std::size(kNames);

std::uint32_t symbol_hash(std::string_view text) { return hash_of(text); }

Symbol intern(std::string_view text) { return intern_hashed(text, hash_of(text)); }

Symbol intern_hashed(std::string_view text, std::uint32_t hash) {
  Table& t = table();
  if (std::uint32_t id = look_up(*t.slots.load(std::memory_order_acquire), text, hash)) return {id};
  std::lock_guard lock(t.mutex);
  if (std::uint32_t id = look_up(*t.slots.load(std::memory_order_relaxed), text, hash)) return {id};
  return {add(t, text, hash)};
}

void prefetch_symbol(std::uint32_t hash) {
  const Slots& slots = *table().slots.load(std::memory_order_acquire);
  __builtin_prefetch(&slots.at[hash & slots.mask]);
}

Symbol find_symbol(std::string_view text) {
  return {look_up(*table().slots.load(std::memory_order_acquire), text, hash_of(text))};
}

std::uint32_t symbol_count() {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  return t.next - 1;
}

std::string_view text_of(Symbol symbol) {
  auto* page = table().pages[symbol.id >> kPageBits].load(std::memory_order_acquire);
  return page ? page[symbol.id & ((1 << kPageBits) - 1)] : std::string_view{};
}

}  // namespace evalctl::evaluator
