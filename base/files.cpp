#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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

Result<void> write_file_atomically(const std::string& path, std::string_view contents, unsigned mode) {
  saw_what_changes();
  std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  {
    Descriptor file{open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
    if (file.value < 0) return cannot("write", path, errno);
    while (!contents.empty()) {
      ssize_t put = write(file.value, contents.data(), contents.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        int code = errno;
        unlink(temporary.c_str());
        return cannot("write", path, code);
      }
      contents.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  if (rename(temporary.c_str(), path.c_str()) < 0) {
    int code = errno;
    unlink(temporary.c_str());
    return cannot("write", path, code);
  }
  return {};
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

bool is_folder(const std::string& path) {
  saw(Seen::Target, path);
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace evalctl::base
