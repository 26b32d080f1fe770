#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/observations.h"

namespace evalctl::base {
namespace {

std::unexpected<Error> cannot(std::string_view verb, const std::string& path, int code) {
  return fail(fmt::format("cannot {} '{}': {}", verb, path, std::strerror(code)));
}

// Closes on every way out.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) close(value);
  }
};

}  // namespace

Result<std::string> read_file(const std::string& path) {
  saw(Seen::File, path);
  Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) return cannot("read", path, errno);
  struct stat status;
  if (fstat(file.value, &status) < 0) return cannot("read", path, errno);
  if (S_ISDIR(status.st_mode)) return cannot("read", path, EISDIR);
  std::string out;
  std::size_t capacity = static_cast<std::size_t>(status.st_size) + 1;
  std::size_t used = 0;
  while (true) {
    out.resize(std::max(capacity, used + 1));
    ssize_t got = read(file.value, out.data() + used, out.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path, errno);
    used += static_cast<std::size_t>(got);
    if (got == 0) break;
    if (used == out.size()) capacity = used * 2;
  }
  out.resize(used);
  return out;
}

std::string peek_file(const std::string& path, std::size_t most) {
  // What is no file must not be waited for.
  Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status;
  if (file.value < 0 || fstat(file.value, &status) < 0 || !S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > most) return "";
  std::string out(static_cast<std::size_t>(status.st_size), '\0');
  return read(file.value, out.data(), out.size()) == status.st_size ? out : "";
}

namespace {

Result<void> write_all(int file, const std::string& path, std::string_view contents) {
  while (!contents.empty()) {
    ssize_t put = write(file, contents.data(), contents.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return cannot("write", path, errno);
    contents.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

// Writes a temporary file, lets `prepare` adjust it, and renames it to `path`.
template <class Prepare>
Result<void> write_and_rename(const std::string& path, std::string_view contents, unsigned mode, const Prepare& prepare) {
  std::string temporary = fmt::format("{}.{}.tmp", path, gettid());
  Descriptor file{open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
  if (file.value < 0) return cannot("write", path, errno);
  Result<void> done = prepare(file.value);
  if (done) done = write_all(file.value, path, contents);
  if (done && rename(temporary.c_str(), path.c_str()) < 0) done = cannot("write", path, errno);
  if (!done) unlink(temporary.c_str());
  return done;
}

}  // namespace

Result<void> write_file_atomically(const std::string& path, std::string_view contents, unsigned mode) {
  saw_what_changes();
  return write_and_rename(path, contents, mode, [](int) -> Result<void> { return {}; });
}

Result<void> write_cache_file(const std::string& path, std::string_view contents) {
  return write_and_rename(path, contents, 0600, [](int) -> Result<void> { return {}; });
}

Result<void> replace_file(const std::string& path, std::string_view expected, std::string_view contents) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (!resolved) return cannot("write", path, errno);
  std::string target = resolved;
  std::free(resolved);
  struct stat status;
  if (stat(target.c_str(), &status) < 0 || access(target.c_str(), W_OK) < 0) return cannot("write", path, errno);
  auto now = read_file(target);
  if (!now) return fail(now.error().message);
  if (*now != expected) return fail(fmt::format("cannot write '{}': it was changed in the meantime", path));
  return write_and_rename(target, contents, 0600, [&](int file) -> Result<void> {
    // Another's file, in a folder one may write to, becomes one's own.
    (void)!fchown(file, status.st_uid, status.st_gid);
    if (fchmod(file, status.st_mode & 07777) < 0) return cannot("write", path, errno);
    return {};
  });
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  saw(Seen::Folder, path);
  DIR* folder = opendir(path.c_str());
  if (!folder) return cannot("read the folder", path, errno);
  std::vector<std::string> names;
  while (dirent* entry = readdir(folder)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
}

void forget_oldest(const std::string& folder, std::string_view ending, std::size_t most) {
  std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> ages;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
    if (entry.path().native().ends_with(ending)) ages.emplace_back(entry.last_write_time(failure), entry.path());
  if (ages.size() <= most) return;
  std::ranges::sort(ages);
  for (std::size_t i = 0; i + most / 2 < ages.size(); ++i) std::filesystem::remove(ages[i].second, failure);
}

std::string working_folder() {
  char* path = getcwd(nullptr, 0);
  std::string out = path ? path : "/";
  std::free(path);
  return out;
}

std::string home_folder() {
  const char* home = std::getenv("HOME");
  if (home && *home) return home;
  static const std::string kept = [] {
    const passwd* user = getpwuid(geteuid());
    return std::string(user && user->pw_dir ? user->pw_dir : "");
  }();
  return kept;
}

std::string cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return std::string(cache) + "/evalctl";
  std::string home = home_folder();
  return home.starts_with('/') ? home + "/.cache/evalctl" : "";
}

Result<std::string> read_link(const std::string& path) {
  saw(Seen::Link, path);
  std::string target(4096, '\0');
  ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length < 0) return cannot("read the link", path, errno);
  target.resize(static_cast<std::size_t>(length));
  return target;
}

bool exists(const std::string& path) {
  saw(Seen::Target, path);
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

bool entry_exists(const std::string& path) {
  saw(Seen::Type, path);
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

bool is_folder(const std::string& path) {
  saw(Seen::Target, path);
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace evalctl::base
