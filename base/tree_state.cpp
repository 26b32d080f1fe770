#include "base/tree_state.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "base/observations.h"

namespace evalctl::base {
namespace {

struct CloseFolder { void operator()(DIR* folder) const { closedir(folder); } };

class Walk {
 public:
  explicit Walk(const TreeFilter& filter) : filter_(filter), sink_(HashAlgorithm::Sha256) {}

  // `name` is relative to the open folder `parent`, `path` the whole.
  Result<void> entry(int parent, const char* name, const std::string& path) {
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return cannot(path);
    Stamp stamp = stamp_of(status);
    ++entries_;
    newest_ = std::max<std::int64_t>(newest_, status.st_mtime);
    changed_ = std::max({changed_, stamp.modified, stamp.changed});
    sink_.write({name, std::strlen(name) + 1});
    sink_.write({reinterpret_cast<const char*>(&stamp), sizeof stamp});
    std::uint64_t mode = status.st_mode;
    sink_.write({reinterpret_cast<const char*>(&mode), sizeof mode});
    return S_ISDIR(status.st_mode) ? folder(parent, name, path) : Result<void>();
  }

  TreeState finish() { return {sink_.finish().base16(), entries_, newest_, changed_}; }

 private:
  static std::unexpected<Error> cannot(const std::string& path) {
    return fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }

  Result<void> folder(int parent, const char* name, const std::string& path) {
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    std::unique_ptr<DIR, CloseFolder> opened(descriptor < 0 ? nullptr : fdopendir(descriptor));
    if (!opened) return cannot(path);
    std::vector<std::string> names;
    while (dirent* found = readdir(opened.get())) {
      std::string_view text = found->d_name;
      if (text != "." && text != "..") names.emplace_back(text);
    }
    std::sort(names.begin(), names.end());
    for (const std::string& each : names) {
      std::string whole = path + "/" + each;
      if (filter_ && !filter_(whole)) continue;
      if (auto done = entry(descriptor, each.c_str(), whole); !done) return done;
    }
    // What follows belongs to the folder above.
    sink_.write({"/", 1});
    return {};
  }

  const TreeFilter& filter_;
  HashSink sink_;
  std::size_t entries_ = 0;
  std::int64_t newest_ = 0, changed_ = 0;
};

}  // namespace

Result<TreeState> state_of_tree(const std::string& path, const TreeFilter& filter) {
  Walk walk(filter);
  if (auto done = walk.entry(AT_FDCWD, path.c_str(), path); !done) return std::unexpected(done.error());
  return walk.finish();
}

}  // namespace evalctl::base
