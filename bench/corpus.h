// Files to measure with, and the time that work on them takes.
#pragma once
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

namespace evalctl::bench {

inline double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Every `step`-th of the *.nix files below `folder`, in the order of their paths.
inline std::vector<std::string> read_corpus(const std::string& folder, std::size_t step = 1) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".nix") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < paths.size(); i += step) {
    std::ifstream file(paths[i], std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

// Files measured together: enough of them that no round finds them in a cache, few enough that other programs of the
// machine leave one round of each batch alone.
inline constexpr std::size_t kBatch = 512;

// Seconds of CPU time that `stage` takes for all texts: the sum of each batch's best round.
template <class Stage>
double best_of(const std::vector<std::string>& texts, int rounds, Stage stage) {
  std::vector<double> best(texts.size() / kBatch + 1, 1e9);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t batch = 0; batch < best.size(); ++batch) {
      double begin = cpu_seconds();
      std::size_t end = std::min(texts.size(), (batch + 1) * kBatch);
      for (std::size_t i = batch * kBatch; i < end; ++i) stage(texts[i]);
      best[batch] = std::min(best[batch], cpu_seconds() - begin);
    }
  }
  return std::accumulate(best.begin(), best.end(), 0.0);
}

}  // namespace evalctl::bench
