// Work that falls into equal parts, on several threads.
#pragma once
#include <cstddef>
#include <functional>

namespace evalctl::base {

// Calls `work` with each number below `count`, which threads take `part` at a time. On the calling thread alone where there are no
// more than that, or no other threads.
void for_each_number(std::size_t count, std::size_t part, const std::function<void(std::size_t)>& work);

}  // namespace evalctl::base
