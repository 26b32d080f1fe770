// The part of the world that shows trees as store objects without copying them.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "base/files.h"
#include "base/observations.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

constexpr int kMaximumLinks = 1024;

}  // namespace

bool TrackedFiles::contains(std::string_view path) const {
  if (path.empty() || files_.contains(path)) return true;
  std::string below = std::string(path) + "/";
  auto next = files_.lower_bound(below);
  return next != files_.end() && next->starts_with(below);
}

TrackedFiles TrackedFiles::below(std::string_view path) const {
  std::string prefix = std::string(path) + "/";
  std::set<std::string, std::less<>> found;
  for (auto file = files_.lower_bound(prefix); file != files_.end() && file->starts_with(prefix); ++file) found.insert(file->substr(prefix.size()));
  return TrackedFiles(std::move(found));
}

Mount World::mount_at(const std::string& path) {
  Mount result{on_disk(path), nullptr};
  std::string real = real_parents(path);
  const Mount* mount = mount_of(real);
  if (!mount || !mount->files) return result;
  std::size_t root = store_object(real).size();
  result.files = real.size() <= root ? mount->files : std::make_shared<TrackedFiles>(mount->files->below(real.substr(root + 1)));
  return result;
}

base::Result<void> World::mount(const std::string& object, Mount mount, store::FileMethod method) {
  const Mount* known = nullptr;
  bool fresh = false;
  {
    std::lock_guard lock(caches_);
    auto [entry, inserted] = mounts_.try_emplace(object, std::move(mount));
    known = &entry->second;
    fresh = inserted;
  }
  note_object(object);
  if (!fresh || read_only || store->is_valid(object)) return {};
  return store->add_source(object, known->disk, method, disk_filter(object, {}));
}

const Mount* World::mount_of(std::string_view path) const {
  if (!is_in_store(path)) return nullptr;
  std::lock_guard lock(caches_);
  if (mounts_.empty()) return nullptr;
  auto found = mounts_.find(store_object(path));
  return found == mounts_.end() ? nullptr : &found->second;
}

bool World::is_plain(std::string_view path) const {
  if (pure || !store_root_.empty() || path.starts_with(kEmbeddedPrefix)) return false;
  std::lock_guard lock(caches_);
  return mounts_.empty();
}

bool World::is_visible(const std::string& path) const {
  const Mount* mount = mount_of(path);
  if (!mount || !mount->files) return true;
  std::string_view below = std::string_view(path).substr(store_object(path).size());
  return mount->files->contains(below.empty() ? below : below.substr(1));
}

std::string World::on_disk(const std::string& path) {
  std::string real = real_parents(path);
  if (const Mount* mount = mount_of(real)) {
    return is_visible(real) ? mount->disk + real.substr(store_object(real).size()) : "";
  }
  if (store_root_.empty() || !is_in_store(real)) return real;
  std::string kept = store_root_ + real;
  return base::entry_exists(kept) ? kept : real;
}

bool World::is_plain_folder(std::string_view path) const {
  std::lock_guard lock(caches_);
  return plain_folders_.contains(path);
}

void World::note_plain_folder(std::string path) {
  std::lock_guard lock(caches_);
  plain_folders_.insert(std::move(path));
}

std::string World::real_parents(const std::string& path) {
  if (!is_guarded(path) || is_plain_folder(std::string_view(path).substr(0, path.rfind('/')))) return path;
  auto followed = follow_links(path, false);
  return followed ? *followed : path;
}

base::Result<std::string> World::follow_links(std::string path, bool last) {
  std::size_t done = mount_of(path) ? store_object(path).size() : 0;
  for (int links = 0; done < path.size();) {
    std::size_t end = std::min(path.find('/', done + 1), path.size());
    if (end == path.size() && !last) break;
    std::string step = path.substr(0, end);
    if (is_plain_folder(step)) {
      done = end;
      continue;
    }
    // The parents of `step` are no links any more, so its place on the disk is plain.
    note_plain_folder(step.substr(0, step.rfind('/')));
    FileType type = file_type(step);
    if (type == FileType::Missing) return std::unexpected(missing(step));
    if (type != FileType::Symlink) {
      if (type == FileType::Directory) note_plain_folder(step);
      done = end;
      continue;
    }
    if (++links > kMaximumLinks) return base::fail(fmt::format("too many symbolic links encountered while traversing the path '{}'", path));
    char target[PATH_MAX];
    base::saw(base::Seen::Link, on_disk(step));
    ssize_t size = readlink(on_disk(step).c_str(), target, sizeof target);
    if (size < 0) return base::fail(fmt::format("cannot read the symbolic link '{}'", step));
    std::string_view text(target, static_cast<std::size_t>(size));
    path = canonical_path((text.starts_with('/') ? std::string(text) : step.substr(0, step.rfind('/') + 1) + std::string(text)) + path.substr(end));
    if (auto allowed = check_access(path); !allowed) return std::unexpected(allowed.error());
    done = mount_of(path) ? store_object(path).size() : 0;
  }
  return path;
}

base::Error World::missing(const std::string& path) const {
  const Mount* mount = mount_of(path);
  if (mount && mount->files) {
    std::string below = path.substr(std::min(store_object(path).size() + 1, path.size()));
    if (base::entry_exists(mount->disk + "/" + below) && !mount->files->contains(below)) {
      return {fmt::format("Path '{}' in the repository \"{}\" is not tracked by Git.\n\nTo make it visible to Nix, run:\n\ngit -C \"{}\" add -N \"{}\"",
                          below, mount->disk, mount->disk, below),
              base::Error::Kind::Untracked};
    }
  }
  return {fmt::format("path '{}' does not exist", path), base::Error::Kind::MissingFile};
}

PathFilter World::disk_filter(const std::string& path, const PathFilter& filter) {
  const Mount* mount = mount_of(path);
  std::string disk = on_disk(path);
  if (!filter && (!mount || !mount->files)) return {};
  if (disk == path) return filter;
  std::string logical = real_parents(path);
  return [this, disk, logical, filter](const std::string& entry, std::string_view type) -> base::Result<bool> {
    std::string seen = logical + entry.substr(disk.size());
    if (!is_visible(seen)) return false;
    return filter ? filter(seen, type) : true;
  };
}

}  // namespace evalctl::stdlib
