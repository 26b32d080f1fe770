#include "store/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/files.h"
#include "base/hash.h"

namespace evalctl::store {
namespace {

namespace fs = std::filesystem;

base::Result<std::string> prepared(const std::string& name) {
  std::string path = cache_folder() + "/" + name;
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) return base::fail(fmt::format("cannot make the folder of '{}': {}", path, error.message()));
  return path;
}

}  // namespace

std::string cache_folder() {
  std::string folder = base::cache_folder();
  return folder.empty() ? "/dev/null/evalctl" : folder;
}

CacheLock::CacheLock(const std::string& name) {
  auto path = prepared(name + ".lock");
  descriptor_ = path ? open(path->c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
  while (descriptor_ >= 0 && flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {}
}

CacheLock::~CacheLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

base::Result<std::string> cached(const std::string& name, const std::function<base::Result<void>(const std::string& path)>& make) {
  auto path = prepared(name);
  if (!path) return path;
  std::error_code error;
  if (fs::exists(fs::symlink_status(*path, error))) return path;
  std::string temporary = fmt::format("{}.{}.tmp", *path, getpid());
  fs::remove_all(temporary, error);
  auto made = make(temporary);
  if (made) {
    fs::rename(temporary, *path, error);
    // Another process was faster; what it made is the same.
    if (error && fs::exists(fs::symlink_status(*path))) error.clear();
    if (error) made = base::fail(fmt::format("cannot make '{}': {}", *path, error.message()));
  }
  fs::remove_all(temporary, error);
  if (!made) return std::unexpected(made.error());
  return path;
}

std::optional<CachedText> read_cached_text(const std::string& name) {
  std::string path = cache_folder() + "/" + name;
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  auto text = base::read_file(path);
  if (!text) return std::nullopt;
  std::time_t now = std::time(nullptr);
  return CachedText{*text, now > status.st_mtime ? static_cast<std::uint64_t>(now - status.st_mtime) : 0};
}

base::Result<void> write_cached_text(const std::string& name, const std::string& text) {
  auto path = prepared(name);
  if (!path) return std::unexpected(path.error());
  return base::write_file_atomically(*path, text);
}

std::string cache_key(const std::string& text) { return base::hash_bytes(base::HashAlgorithm::Sha256, text).base32(); }

}  // namespace evalctl::store
