#include "base/tree_state.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/for_each.h"
#include "base/hash.h"
#include "base/observations.h"

namespace evalctl::base {
namespace {

struct CloseFolder { void operator()(DIR* folder) const { closedir(folder); } };

std::string_view name_of_type(mode_t mode) {
  if (S_ISREG(mode)) return "regular";
  if (S_ISDIR(mode)) return "directory";
  return S_ISLNK(mode) ? "symlink" : "unknown";
}

class Walk {
 public:
  // `goes_down`: folders so far below the root are left out.
  Walk(const TreeFilter& filter, TreeTold told, std::size_t goes_down) : filter_(filter), tells_(told == TreeTold::Entries), goes_down_(goes_down) {}

  // The root. Its name is no part of the tree.
  Result<void> root(const std::string& path) {
    struct stat status;
    tell(Seen::Type, path);
    if (lstat(path.c_str(), &status) != 0) return cannot(path);
    return entry(AT_FDCWD, path.c_str(), "", path, status);
  }

  // A folder that another walk has left out.
  Result<void> rest(const std::string& path) {
    auto done = folder(AT_FDCWD, path.c_str(), path);
    digest();
    waiting_ = {};
    return done;
  }

  // Takes in what was found there.
  void join(const Walk& other) {
    add(other.digest_);
    entries_ += other.entries_;
    bytes_ += other.bytes_;
    newest_ = std::max(newest_, other.newest_);
    changed_ = std::max(changed_, other.changed_);
  }

  const std::vector<std::string>& left_out() const { return left_out_; }

  TreeState finish() {
    digest();
    return {std::move(digest_), entries_, bytes_, newest_, changed_};
  }

 private:
  static std::unexpected<Error> cannot(const std::string& path) {
    return fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }

  void tell(Seen kind, const std::string& path) const {
    if (tells_) saw(kind, path);
  }

  // `opened` leads to the entry from the open folder `parent`, `name` is what counts of it, `path` the whole.
  Result<void> entry(int parent, const char* opened, std::string_view name, const std::string& path, const struct stat& status) {
    Stamp stamp = stamp_of(status);
    std::uint64_t mode = status.st_mode;
    ++entries_;
    newest_ = std::max<std::int64_t>(newest_, status.st_mtime);
    changed_ = std::max({changed_, stamp.modified, stamp.changed});
    add(name);
    add({reinterpret_cast<const char*>(&stamp), sizeof stamp});
    add({reinterpret_cast<const char*>(&mode), sizeof mode});
    if (S_ISDIR(status.st_mode)) return folder(parent, opened, path);
    if (S_ISLNK(status.st_mode)) return link(parent, opened, path);
    if (S_ISREG(status.st_mode)) {
      tell(Seen::File, path);
      bytes_ += stamp.size;
    }
    return {};
  }

  Result<void> link(int parent, const char* opened, const std::string& path) {
    char target[PATH_MAX];
    tell(Seen::Link, path);
    ssize_t size = readlinkat(parent, opened, target, sizeof target);
    if (size < 0) return cannot(path);
    add({target, static_cast<std::size_t>(size)});
    return {};
  }

  Result<void> folder(int parent, const char* opened, const std::string& path) {
    if (depth_ == goes_down_) return left_out_.push_back(path), Result<void>();
    tell(Seen::Folder, path);
    int descriptor = openat(parent, opened, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    std::unique_ptr<DIR, CloseFolder> listed(descriptor < 0 ? nullptr : fdopendir(descriptor));
    if (!listed) return cannot(path);
    std::vector<std::string> names;
    while (dirent* found = readdir(listed.get())) {
      std::string_view text = found->d_name;
      if (text != "." && text != "..") names.emplace_back(text);
    }
    std::sort(names.begin(), names.end());
    ++depth_;
    for (const std::string& name : names) {
      std::string whole = path + "/" + name;
      struct stat status;
      // What is gone since the folder was read fails only if it is wanted.
      int failure = fstatat(descriptor, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
      if (filter_) {
        auto wanted = filter_(whole, failure ? "unknown" : name_of_type(status.st_mode));
        if (!wanted) return std::unexpected(wanted.error());
        if (!*wanted) continue;
      }
      tell(Seen::Type, whole);
      if (failure) return errno = failure, cannot(whole);
      if (auto done = entry(descriptor, name.c_str(), name, whole, status); !done) return done;
    }
    // What follows belongs to the folder above.
    --depth_;
    add("/");
    return {};
  }

  // Where one text ends and the next begins counts.
  void add(std::string_view text) {
    constexpr std::size_t kEnough = std::size_t{1} << 16;
    std::uint32_t size = static_cast<std::uint32_t>(text.size());
    waiting_.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
    if (waiting_.size() >= kEnough) digest();
  }

  void digest() {
    digest_ = cache_hash(digest_ + waiting_);
    waiting_.clear();
  }

  const TreeFilter& filter_;
  const bool tells_;
  const std::size_t goes_down_;
  std::size_t depth_ = 0;
  std::vector<std::string> left_out_;
  std::string digest_, waiting_;  // of what was added so far; what is to be
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t newest_ = 0, changed_ = 0;
};

}  // namespace

// Several threads look at what is below a few folders, where nobody is asked or told of entries in order.
Result<TreeState> state_of_tree(const std::string& path, const TreeFilter& filter, TreeTold told) {
  constexpr std::size_t kGoesDown = 3, kPart = 4;
  bool in_order = filter || told != TreeTold::Nothing;
  Walk walk(filter, told, in_order ? SIZE_MAX : kGoesDown);
  if (auto done = walk.root(path); !done) return std::unexpected(done.error());
  std::vector<Walk> below(walk.left_out().size(), Walk(filter, told, SIZE_MAX));
  std::vector<Result<void>> done(below.size());
  for_each_number(below.size(), kPart, [&](std::size_t i) { done[i] = below[i].rest(walk.left_out()[i]); });
  for (std::size_t i = 0; i < below.size(); ++i) {
    if (!done[i]) return std::unexpected(done[i].error());
    walk.join(below[i]);
  }
  return walk.finish();
}

}  // namespace evalctl::base
