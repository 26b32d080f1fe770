#include "base/for_each.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace evalctl::base {

void for_each_number(std::size_t count, std::size_t part, const std::function<void(std::size_t)>& work) {
  constexpr std::size_t kMostThreads = 4;
  std::atomic<std::size_t> next = 0;
  auto some = [&] {
    for (std::size_t begin; (begin = next.fetch_add(part)) < count;)
      for (std::size_t i = begin; i < std::min(begin + part, count); ++i) work(i);
  };
  std::vector<std::jthread> others;
  std::size_t threads = std::min(kMostThreads, count / part);
  // The C library reads a file to tell how many processors there are.
  if (threads > 1) threads = std::min(threads, static_cast<std::size_t>(std::jthread::hardware_concurrency()));
  try {
    while (others.size() + 1 < threads) others.emplace_back(some);
  } catch (const std::system_error&) {
    // Without room for more it takes longer.
  }
  some();
}

}  // namespace evalctl::base
