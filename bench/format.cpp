// The formatter's speed.
//
//   bench_format FOLDER [ROUNDS] [STEP]   every STEP-th (1) *.nix file below FOLDER, read first, then formatted ROUNDS
//                                         times (5): MB/s of CPU time on one core, of the best round of each 512 files
#include <fmt/core.h>

#include <cstdlib>

#include "bench/corpus.h"
#include "formatter/format.h"
#include "formatter/format_source.h"

using namespace evalctl;

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: {} FOLDER [ROUNDS] [STEP]\n", argv[0]);
    return 2;
  }
  int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  std::size_t step = argc > 3 ? static_cast<std::size_t>(std::max(1, std::atoi(argv[3]))) : 1;
  std::vector<std::string> texts = bench::read_corpus(argv[1], step);
  std::size_t bytes = 0, changed = 0, failed = 0;
  for (const std::string& text : texts) {
    formatter::Formatted result = formatter::format(text, {});
    bytes += text.size();
    changed += result.changed;
    failed += !result.diagnostics.empty();
  }
  double megabytes = static_cast<double>(bytes) / 1e6;
  fmt::print("{} files, {:.1f} MB, {} change, {} fail\n", texts.size(), megabytes, changed, failed);
  std::size_t kept = 0;
  double parsing = bench::best_of(texts, rounds, [&](const std::string& text) { kept += formatter::parse_source(text).tree.node_count(); });
  double formatting = bench::best_of(texts, rounds, [&](const std::string& text) { kept += formatter::format(text, {}).text.size(); });
  fmt::print("parse {:7.1f} MB/s\nformat {:6.1f} MB/s\n", megabytes / parsing, megabytes / formatting);
  // What was made is looked at, so that it is made.
  return kept == 0 || texts.empty();
}
