// The folder of what was fetched. Entries appear in one step (a rename), so that a process that is killed leaves none half
// made, and two that fetch the same leave one.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"

namespace evalctl::store {

// base::cache_folder(), or where that is unknown a path that cannot be made, which errors name.
std::string cache_folder();

// Held by one process at a time; the others wait. Given back at the end of the scope or of the process.
class CacheLock {
 public:
  explicit CacheLock(const std::string& name);
  ~CacheLock();
  CacheLock(const CacheLock&) = delete;

 private:
  int descriptor_;
};

// The entry `name` ("trees/<key>"). If it is not there, `make` fills a path beside it, which is then renamed.
base::Result<std::string> cached(const std::string& name, const std::function<base::Result<void>(const std::string& path)>& make);

// A small text with its age in seconds.
struct CachedText {
  std::string text;
  std::uint64_t age = 0;
};
std::optional<CachedText> read_cached_text(const std::string& name);
base::Result<void> write_cached_text(const std::string& name, const std::string& text);

// A name of fixed length for any text.
std::string cache_key(const std::string& text);

}  // namespace evalctl::store
