// Arrays of plain items for what is made over and over: most never call the allocator, and none calls a function to be filled.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#include "base/memory.h"

namespace evalctl::evaluator {

// So many items as are said at once, mostly few, to be filled in.
template <class T>
class FixedArray {
 public:
  explicit FixedArray(std::size_t count) : items_(count <= kFew ? reinterpret_cast<T*>(few_) : new T[count]), count_(count) {}
  ~FixedArray() {
    if (count_ > kFew) delete[] items_;
  }
  FixedArray(const FixedArray&) = delete;
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  const T* data() const { return items_; }
  std::size_t size() const { return count_; }
  T* begin() { return items_; }
  T* end() { return items_ + count_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + count_; }

 private:
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  static constexpr std::size_t kFew = 32;
  alignas(T) std::byte few_[kFew * sizeof(T)];
  T* items_;
  std::size_t count_;
};

// Items that are added one by one, named by their places.
template <class T>
class GrowingArray {
 public:
  using value_type = T;
  GrowingArray() = default;
  ~GrowingArray() { std::free(items_); }
  GrowingArray(const GrowingArray&) = delete;
  std::uint32_t size() const { return count_; }
  T& operator[](std::uint32_t i) { return items_[i]; }
  T* begin() { return items_; }
  T* end() { return items_ + count_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + count_; }
  // Returns the place.
  std::uint32_t add(const T& item) {
    if (count_ == room_) [[unlikely]] grow();
    items_[count_] = item;
    return count_++;
  }
  // So many more, to be filled in.
  T* extend(std::uint32_t count) {
    while (room_ - count_ < count) [[unlikely]] grow();
    return items_ + std::exchange(count_, count_ + count);
  }
  void shrink(std::uint32_t count) { count_ = count; }
  // Forgets all, and gives back what many took.
  void clear() {
    count_ = 0;
    if (room_ > kKept) [[unlikely]] resize(kLeast);
  }

 private:
  static_assert(std::is_trivially_copyable_v<T>);
  static constexpr std::uint32_t kLeast = 64, kKept = 4096;
  [[gnu::noinline]] void grow() { resize(room_ == 0 ? kLeast : 2 * room_); }
  void resize(std::uint32_t room) {
    if (room * sizeof(T) >= base::kAskedFor) base::require_memory_for(room * sizeof(T));
    void* items = std::realloc(static_cast<void*>(items_), room * sizeof(T));
    if (!items) throw std::bad_alloc();
    items_ = static_cast<T*>(items);
    room_ = room;
  }

  T* items_ = nullptr;
  std::uint32_t count_ = 0, room_ = 0;
};

}  // namespace evalctl::evaluator
