// A vector whose resize() leaves new elements unwritten, for plain data that is written right after.
#pragma once
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace evalctl::base {

template <class T>
struct UninitializedAllocator : std::allocator<T> {
  static_assert(std::is_trivially_copyable_v<T>);
  template <class U>
  struct rebind {
    using other = UninitializedAllocator<U>;
  };
  // Default construction writes nothing; every other kind does what it says.
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    if constexpr (sizeof...(Args) == 0) ::new (static_cast<void*>(at)) U;
    else ::new (static_cast<void*>(at)) U{std::forward<Args>(args)...};
  }
};

template <class T>
using UninitializedVector = std::vector<T, UninitializedAllocator<T>>;

}  // namespace evalctl::base
