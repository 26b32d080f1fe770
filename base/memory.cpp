#include "base/memory.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "base/observations.h"

namespace evalctl::base {
namespace {

constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

std::atomic<std::size_t> largest_block{kNoLimit};

// The number behind the word `name` in a file of such lines; of the file's first word where the name is empty.
std::optional<std::uint64_t> number_in(const std::string& file, std::string_view name) {
  std::ifstream lines(file);
  std::string word;
  while (!name.empty() && lines >> word && word != name) lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  std::uint64_t number = 0;
  return lines >> number ? std::optional(number) : std::nullopt;
}

std::uint64_t left_on_machine() {
  auto available = number_in("/proc/meminfo", "MemAvailable:");
  return available ? (*available + number_in("/proc/meminfo", "SwapFree:").value_or(0)) << 10 : kUnknown;
}

// The files of a control group, in which a controller writes its numbers.
struct Controller {
  std::string root, most, used, inactive;
};

// What is left in a group: files that were read there can go at any time.
std::uint64_t left_in_group(const std::string& folder, const Controller& files) {
  auto most = number_in(folder + files.most, ""), used = number_in(folder + files.used, "");
  if (!most || !used) return kUnknown;
  std::uint64_t kept = *used - std::min(*used, number_in(folder + "/memory.stat", files.inactive).value_or(0));
  return *most - std::min(*most, kept);
}

// In those that this process is in, and those around them.
std::uint64_t left_in_groups() {
  std::uint64_t left = kUnknown;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    std::string_view group = line;
    group.remove_prefix(std::min(group.find(':'), group.size()));
    bool is_unified = group.starts_with("::/");
    if (!is_unified && !group.starts_with(":memory:/")) continue;
    Controller files = is_unified ? Controller{"/sys/fs/cgroup", "/memory.max", "/memory.current", "inactive_file"}
                                  : Controller{"/sys/fs/cgroup/memory", "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"};
    std::string path(group.substr(group.find('/')));
    for (; !path.empty(); path.resize(path.rfind('/'))) left = std::min(left, left_in_group(files.root + path, files));
    left = std::min(left, left_in_group(files.root, files));
  }
  return left;
}

}  // namespace

void limit_blocks(std::size_t bytes) { largest_block = bytes; }

bool has_memory_for(std::size_t bytes) {
  if (bytes < kAskedFor || bytes <= std::min(left_on_machine(), left_in_groups())) return true;
  // Another time there may be more.
  saw_what_changes();
  return false;
}

void require_memory_for(std::size_t bytes) {
  if (bytes > largest_block) throw LimitReached();
  if (!has_memory_for(bytes)) throw std::bad_alloc();
}

}  // namespace evalctl::base
