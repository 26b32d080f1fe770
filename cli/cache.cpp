// `evalctl cache`: the machine code and the lowered files kept between runs.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "cli/commands.h"
#include "cli/configurations.h"
#include "cli/installables.h"
#include "cli/session.h"
#include "stdlib/code_cache.h"
#include "stdlib/lowered_files.h"
#include "stdlib/native_tier.h"

namespace evalctl::cli {
namespace {

namespace fs = std::filesystem;
using namespace evaluator;

std::vector<fs::directory_entry> cache_files() {
  std::vector<fs::directory_entry> files;
  for (const std::string& folder : {stdlib::CodeCache::folder(), stdlib::LoweredFiles::folder()}) {
    std::error_code failure;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
      fs::path extension = entry.path().extension();
      if (extension == ".code" || extension == ".pack" || extension == ".tmp") files.push_back(entry);
    }
  }
  return files;
}

int info() {
  stdlib::CodeCache code;
  stdlib::PackFile files = stdlib::LoweredFiles::pack();
  files.open();
  std::uintmax_t bytes = 0, file_bytes = 0, others = 0;
  for (const fs::directory_entry& file : cache_files()) {
    std::error_code failure;
    (file.path() == code.path() ? bytes : file.path() == files.path() ? file_bytes : others) += file.file_size(failure);
  }
  fmt::print("folder:     {}\n", stdlib::CodeCache::folder());
  fmt::print("functions:  {}\n", code.function_count());
  fmt::print("bytes:      {}\n", bytes);
  fmt::print("folder of parsed files: {}\n", stdlib::LoweredFiles::folder());
  fmt::print("parsed files:           {}\n", files.record_count(stdlib::LoweredFiles::is_of_file));
  fmt::print("their bytes:            {}\n", file_bytes);
  fmt::print("of other builds or processors: {} bytes\n", others);
  return 0;
}

int clear() {
  int status = 0;
  for (const fs::directory_entry& file : cache_files()) {
    std::error_code failure;
    fs::remove(file.path(), failure);
    if (!failure) continue;
    fmt::print(stderr, "error: cannot remove {}: {}\n", file.path().string(), failure.message());
    status = 1;
  }
  return status;
}

// What all commands take means nothing here, but is no mistake. False after a message.
bool has_options_only(Words words) {
  Session& session = *new Session;
  std::vector<Option> table;
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional)) return false;
  if (!positional.empty()) fmt::print(stderr, "error: there is nothing that '{}' could mean here\n", positional[0]);
  return positional.empty();
}

// Evaluates what `selected` stands for as far as `eval` does. False on failure.
bool evaluate_whole(Vm& vm, const Selected& selected) {
  if (!selected.drv_path.empty()) return true;
  Value value = built_of(vm, selected);
  if (value) value = vm.force(value);
  if (!value) return false;
  Attr path = is_derivation(vm, value) ? find(as_attrs(value), vm.symbols.drv_path) : Attr{};
  return path ? bool(vm.force_slot(*path.slot)) : vm.force_deep(value);
}

// Evaluates installables and compiles what ran more than a few times.
int warm(Words words) {
  Session& session = *new Session;
  session.world.read_only = true;
  InstallableOptions options;
  std::vector<Option> table;
  options.add_to(table, session);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional) || !options.take_words(session, positional)) return 2;
  session.tier = stdlib::TierMode::Collect;
  session.parse_cache = Session::ParseCache::Always;
  int status = session.run([&] {
    std::vector<Selected> found;
    if (!Installables(session, options).select_all(found)) return 1;
    return std::ranges::all_of(found, [&](const Selected& selected) { return evaluate_whole(session.vm, selected); }) ? 0 : 1;
  });
  // Also what failed ran something.
  auto functions = stdlib::NativeTier::compile_collected();
  if (!functions) {
    fmt::print(stderr, "error: {}\n", functions.error().message);
    return 1;
  }
  fmt::print("functions:  {}\n", *functions);
  return status;
}

}  // namespace

int run_cache(Words words) {
  std::string what = words.empty() ? "" : words[0];
  if (what == "info" || what == "clear") return !has_options_only(words.subspan(1)) ? 2 : what == "info" ? info() : clear();
  if (what == "warm") return warm(words.subspan(1));
  fmt::print(stderr, "usage: evalctl cache info|clear|warm INSTALLABLE...\n");
  return 2;
}

}  // namespace evalctl::cli
