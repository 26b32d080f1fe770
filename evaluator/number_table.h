// A hash table of what stands in permanent memory. Open addressing; a slot is the upper half of a hash << 32 | the number of an
// object, 0 when free, so that a search reads no object but, nearly always, the one that it finds, and growing reads none.
//
// One thread may insert at a time. Meanwhile others may search where the table keeps what it has outgrown, which is as much memory
// again at most; they may miss what is inserted just then.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "evaluator/permanent.h"

namespace evalctl::evaluator {

enum class Outgrown { Freed, Kept };

template <class T, Outgrown outgrown = Outgrown::Freed>
class NumberTable {
 public:
  NumberTable() = default;
  NumberTable(const NumberTable&) = delete;

  // The number of the object that `is_same` accepts, among those inserted with that hash; 0 when there is none.
  template <class IsSame>
  std::uint32_t find(std::uint64_t hash, IsSame is_same) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    for (std::size_t i = slots.home(hash);; i = (i + 1) & slots.mask()) {
      std::uint64_t slot = slots.at()[i].load(std::memory_order_acquire);
      if (slot == 0) return 0;
      auto number = static_cast<std::uint32_t>(slot);
      if (slot >> 32 == hash >> 32 && is_same(*permanent_at<const T>(number))) return number;
    }
  }

  // Fetches what find() will look at first.
  void prefetch(std::uint64_t hash) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    __builtin_prefetch(slots.at() + slots.home(hash));
  }

  void insert(std::uint64_t hash, std::uint32_t number) {
    const Slots* slots = slots_.load(std::memory_order_relaxed);
    if (++count_ * 3 > (slots->mask() + 1) * 2) slots = grow(slots);
    slots->place((hash >> 32) << 32 | number);
  }

 private:
  // The slots stand behind it.
  struct alignas(std::uint64_t) Slots {
    int bits;
    const Slots* smaller;  // the one before, where that is kept
    std::atomic<std::uint64_t>* at() const { return reinterpret_cast<std::atomic<std::uint64_t>*>(const_cast<Slots*>(this) + 1); }
    std::size_t mask() const { return (std::size_t{1} << bits) - 1; }
    // By the highest bits, which are the best.
    std::size_t home(std::uint64_t hash) const { return hash >> (64 - bits); }
    void place(std::uint64_t slot) const {
      std::size_t i = home(slot);
      while (at()[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & mask();
      at()[i].store(slot, std::memory_order_release);
    }
  };

  static const Slots* make(int bits, const Slots* smaller = nullptr) {
    void* memory = std::calloc(1, sizeof(Slots) + (sizeof(std::uint64_t) << bits));
    if (!memory) end_without_memory();
    return new (memory) Slots{bits, smaller};
  }

  const Slots* grow(const Slots* old) {
    const Slots* larger = make(old->bits + 1, outgrown == Outgrown::Kept ? old : nullptr);
    for (std::size_t i = 0; i <= old->mask(); ++i)
      if (std::uint64_t slot = old->at()[i].load(std::memory_order_relaxed)) larger->place(slot);
    slots_.store(larger, std::memory_order_release);
    if (outgrown == Outgrown::Freed) std::free(const_cast<Slots*>(old));
    return larger;
  }

  static constexpr int kFirstBits = 10;
  std::atomic<const Slots*> slots_{make(kFirstBits)};
  std::size_t count_ = 0;
};

// Hashes of words, to be begun with any number.
inline std::uint64_t add_to_hash(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 32;
}

}  // namespace evalctl::evaluator
