#include "evaluator/known_strings.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>

namespace evalctl::evaluator {
namespace {

std::size_t hash_of(const StringObject* text) {
  std::size_t hash = std::hash<std::string_view>()(text->view()) ^ reinterpret_cast<std::uintptr_t>(text->context);
  return hash * 0x9e3779b97f4a7c15ull >> 20;
}

// Some carry their symbol (symbol_of), others do not.
bool tells_symbol(const StringObject* text) { return text->flags != 0 || text->extra != 0; }

bool may_stand_for(const StringObject* known, const StringObject* other) {
  return known->size == other->size && known->context == other->context && known->view() == other->view() &&
         (tells_symbol(known) || !tells_symbol(other));
}

}  // namespace

StringObject* KnownStrings::one_of(StringObject* met) {
  StringObject** place = &places_[hash_of(met) & (count_ - 1)];
  StringObject* known = __atomic_load_n(place, __ATOMIC_ACQUIRE);
  if (known && (known == met || may_stand_for(known, met))) return known;
  __atomic_store_n(place, met, __ATOMIC_RELEASE);
  return met;
}

void KnownStrings::forget() { std::fill_n(places_.get(), count_, nullptr); }

void KnownStrings::fit(std::size_t heap_bytes) {
  constexpr std::size_t kLeast = std::size_t{1} << 10, kBytesOfHeap = 4096;
  std::size_t wanted = std::bit_ceil(std::max(kLeast, heap_bytes / kBytesOfHeap));
  if (wanted <= count_) return;
  std::unique_ptr<StringObject*[]> before = std::move(places_);
  std::size_t count = count_;
  places_ = std::make_unique<StringObject*[]>(wanted);
  count_ = wanted;
  for (std::size_t i = 0; i < count; ++i)
    if (before[i]) places_[hash_of(before[i]) & (count_ - 1)] = before[i];
}

}  // namespace evalctl::evaluator
