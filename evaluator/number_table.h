// A hash table of what stands in permanent memory. Open addressing; a slot is the upper half of a hash << 32 | the number of an
// object, 0 when free, so that a search reads no object but, nearly always, the one that it finds, and growing reads none.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "evaluator/permanent.h"

namespace evalctl::evaluator {

template <class T>
class NumberTable {
 public:
  // The number of the object that `is_same` accepts, among those inserted with that hash; 0 when there is none.
  template <class IsSame>
  std::uint32_t find(std::uint64_t hash, IsSame is_same) const {
    for (std::size_t i = home(hash);; i = (i + 1) & mask()) {
      std::uint64_t slot = slots_[i];
      if (slot == 0) return 0;
      auto number = static_cast<std::uint32_t>(slot);
      if (slot >> 32 == hash >> 32 && is_same(*permanent_at<const T>(number))) return number;
    }
  }

  void insert(std::uint64_t hash, std::uint32_t number) {
    if (++count_ * 3 > slots_.size() * 2) {
      std::vector<std::uint64_t> old(slots_.size() * 2);
      old.swap(slots_);
      --shift_;
      for (std::uint64_t slot : old)
        if (slot != 0) place(slot);
    }
    place((hash >> 32) << 32 | number);
  }

 private:
  std::size_t mask() const { return slots_.size() - 1; }
  // By the highest bits, which are the best.
  std::size_t home(std::uint64_t hash) const { return hash >> shift_; }
  void place(std::uint64_t slot) {
    std::size_t i = home(slot);
    while (slots_[i] != 0) i = (i + 1) & mask();
    slots_[i] = slot;
  }

  static constexpr int kFirstBits = 10;
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(std::size_t{1} << kFirstBits);
  int shift_ = 64 - kFirstBits;
  std::size_t count_ = 0;
};

// Hashes of words, to be begun with any number.
inline std::uint64_t add_to_hash(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 32;
}

}  // namespace evalctl::evaluator
