// Which objects were met on a walk through values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "evaluator/value.h"

namespace evalctl::evaluator {

// By open addressing, at most half full. It keeps nothing alive.
class ObjectSet {
 public:
  // Whether it is new.
  bool insert(const Object* object) {
    std::size_t place = place_of(object);
    if (places_[place]) return false;
    if (++count_ * 2 > places_.size()) {
      std::vector<const Object*> smaller(places_.size() * 2);
      smaller.swap(places_);
      for (const Object* known : smaller)
        if (known) places_[place_of(known)] = known;
      place = place_of(object);
    }
    places_[place] = object;
    return true;
  }

 private:
  // Where it is, or would be.
  std::size_t place_of(const Object* object) const {
    std::size_t mask = places_.size() - 1;
    std::size_t i = reinterpret_cast<std::uintptr_t>(object) * 0x9e3779b97f4a7c15 >> 32 & mask;
    while (places_[i] && places_[i] != object) i = (i + 1) & mask;
    return i;
  }

  std::vector<const Object*> places_ = std::vector<const Object*>(64);
  std::size_t count_ = 0;
};

}  // namespace evalctl::evaluator
