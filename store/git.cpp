#include "store/git.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "base/files.h"
#include "base/observations.h"

namespace evalctl::store {
namespace {

// Address of a function of libgit2; null without the library.
void* symbol_of(const char* name) {
  static void* const library = [] {
    void* opened = dlopen(EVALCTL_LIBGIT2, RTLD_NOW | RTLD_LOCAL);
    if (opened) reinterpret_cast<decltype(&git_libgit2_init)>(dlsym(opened, "git_libgit2_init"))();
    return opened;
  }();
  return library ? dlsym(library, name) : nullptr;
}

#define GIT(name) (reinterpret_cast<decltype(&::name)>(symbol_of(#name)))

std::unexpected<base::Error> git_failure(std::string_view doing) {
  const git_error* error = GIT(git_error_last)();
  return base::fail(fmt::format("{}: {}", doing, error && error->message ? error->message : "unknown error of libgit2"));
}

template <class T>
using Owned = std::unique_ptr<T, std::function<void(T*)>>;

std::string text_of(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1];
  GIT(git_oid_tostr)(text, sizeof text, &id);
  return text;
}

// [submodule "name"] sections of a .gitmodules file.
std::vector<GitSubmodule> parse_modules(std::string_view text) {
  std::vector<GitSubmodule> modules;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto trim = [](std::string_view s) {
      while (!s.empty() && std::strchr(" \t\r", s.front())) s.remove_prefix(1);
      while (!s.empty() && std::strchr(" \t\r", s.back())) s.remove_suffix(1);
      return s;
    };
    line = trim(line);
    if (line.starts_with("[submodule")) modules.emplace_back();
    std::size_t equals = line.find('=');
    if (modules.empty() || equals == line.npos) continue;
    std::string_view key = trim(line.substr(0, equals)), value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    if (key == "path") modules.back().path = value;
    if (key == "url") modules.back().url = value;
    if (key == "branch") modules.back().branch = value;
  }
  std::erase_if(modules, [](const GitSubmodule& module) { return module.path.empty(); });
  return modules;
}

int note_status(const char* path, unsigned flags, void* raw) {
  auto* worktree = static_cast<GitWorktree*>(raw);
  bool deleted = flags & (GIT_STATUS_INDEX_DELETED | GIT_STATUS_WT_DELETED);
  if (!deleted) worktree->files.insert(path);
  else worktree->deleted.push_back(path);
  if (!deleted && flags != GIT_STATUS_CURRENT) worktree->changed.push_back(path);
  worktree->dirty |= flags != GIT_STATUS_CURRENT;
  return 0;
}

}  // namespace

struct GitRepository::Handle {
  std::string path;
  git_repository* repository = nullptr;
  ~Handle() { GIT(git_repository_free)(repository); }

  base::Result<Owned<git_commit>> commit(const std::string& revision) {
    git_oid id;
    git_commit* found = nullptr;
    if (GIT(git_oid_fromstr)(&id, revision.c_str()) || GIT(git_commit_lookup)(&found, repository, &id)) {
      return git_failure(fmt::format("cannot find the commit '{}' in the Git repository '{}'", revision, path));
    }
    return Owned<git_commit>(found, GIT(git_commit_free));
  }

  base::Result<Owned<git_tree>> tree(const std::string& revision) {
    auto found = commit(revision);
    if (!found) return std::unexpected(found.error());
    git_tree* tree = nullptr;
    if (GIT(git_commit_tree)(&tree, found->get())) return git_failure(fmt::format("cannot read the tree of the commit '{}'", revision));
    return Owned<git_tree>(tree, GIT(git_tree_free));
  }
};

namespace {

// Writes a tree of the object database to the disk.
class Exporter {
 public:
  Exporter(git_repository* repository, const git_oid* commit) : repository_(repository), commit_(commit) {}

  base::Result<void> folder(const git_oid* id, const std::string& disk, const std::string& path) {
    if (mkdir(disk.c_str(), 0755) != 0 && errno != EEXIST) return base::fail(fmt::format("cannot make the folder '{}': {}", disk, std::strerror(errno)));
    git_tree* raw = nullptr;
    if (GIT(git_tree_lookup)(&raw, repository_, id)) return git_failure("cannot read a tree");
    Owned<git_tree> tree(raw, GIT(git_tree_free));
    for (std::size_t i = 0; i < GIT(git_tree_entrycount)(raw); ++i) {
      const git_tree_entry* entry = GIT(git_tree_entry_byindex)(raw, i);
      std::string name = GIT(git_tree_entry_name)(entry);
      // Git itself does not make such trees.
      if (name.empty() || name == "." || name == ".." || name.contains('/')) return base::fail(fmt::format("a tree has an entry with the illegal name '{}'", name));
      std::string below = path.empty() ? name : path + "/" + name;
      if (ignored(below)) continue;
      if (auto done = one(entry, disk + "/" + name, below); !done) return done;
    }
    return {};
  }

 private:
  base::Result<void> one(const git_tree_entry* entry, const std::string& disk, const std::string& path) {
    const git_oid* id = GIT(git_tree_entry_id)(entry);
    switch (GIT(git_tree_entry_filemode_raw)(entry)) {
      case GIT_FILEMODE_TREE: return folder(id, disk, path);
      case GIT_FILEMODE_COMMIT: mkdir(disk.c_str(), 0755); return {};
      case GIT_FILEMODE_LINK: return blob(id, disk, true, false);
      case GIT_FILEMODE_BLOB_EXECUTABLE: return blob(id, disk, false, true);
      default: return blob(id, disk, false, false);
    }
  }

  base::Result<void> blob(const git_oid* id, const std::string& disk, bool link, bool executable) {
    git_blob* raw = nullptr;
    if (GIT(git_blob_lookup)(&raw, repository_, id)) return git_failure("cannot read a file");
    Owned<git_blob> blob(raw, GIT(git_blob_free));
    std::string_view text(static_cast<const char*>(GIT(git_blob_rawcontent)(raw)), static_cast<std::size_t>(GIT(git_blob_rawsize)(raw)));
    if (!link) return base::write_file_atomically(disk, text, executable ? 0755 : 0644);
    if (symlink(std::string(text).c_str(), disk.c_str()) != 0) return base::fail(fmt::format("cannot make the link '{}': {}", disk, std::strerror(errno)));
    return {};
  }

  bool ignored(const std::string& path) {
    if (!commit_) return false;
    git_attr_options options = GIT_ATTR_OPTIONS_INIT;
    options.flags = GIT_ATTR_CHECK_INCLUDE_COMMIT | GIT_ATTR_CHECK_INDEX_ONLY;
    options.attr_commit_id = *commit_;
    const char* value = nullptr;
    if (GIT(git_attr_get_ext)(&value, repository_, &options, path.c_str(), "export-ignore")) return false;
    return GIT(git_attr_value)(value) == GIT_ATTR_VALUE_TRUE;
  }

  git_repository* repository_;
  const git_oid* commit_;  // null: nothing is ignored
};

}  // namespace

GitRepository::GitRepository(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
GitRepository::GitRepository(GitRepository&&) noexcept = default;
GitRepository::~GitRepository() = default;

base::Result<GitRepository> GitRepository::open(const std::string& path) {
  if (!symbol_of("git_repository_open")) return base::fail(fmt::format("reading Git repositories needs {}: {}", EVALCTL_LIBGIT2, dlerror()));
  auto handle = std::make_unique<Handle>();
  handle->path = path;
  int status = GIT(git_repository_open)(&handle->repository, path.c_str());
  // libgit2 may give the setting that it did not find for the reason.
  const git_error* error = status == GIT_ENOTFOUND ? GIT(git_error_last)() : nullptr;
  if (status == GIT_EOWNER || (error && error->klass == GIT_ERROR_CONFIG)) {
    return base::fail(fmt::format("the Git repository '{0}' belongs to another user; `git config --global --add safe.directory {0}` allows it", path));
  }
  if (status) return git_failure(fmt::format("cannot open the Git repository '{}'", path));
  return GitRepository(std::move(handle));
}

namespace {

// The value of a line of a configuration file for one of the settings that name a file that is read; empty in other lines.
std::string_view file_named_by(std::string_view line) {
  std::size_t begin = line.find_first_not_of(" \t"), equals = line.find('=');
  if (begin == line.npos || equals == line.npos || equals < begin) return {};
  std::string name(line.substr(begin, line.find_first_of(" \t=", begin) - begin));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  // Of `include` sections and `core`.
  if (name != "path" && name != "attributesfile") return {};
  std::string_view value = line.substr(equals + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t\""), value.size()));
  return value.substr(0, value.find_last_not_of(" \t\r\"") + 1);
}

// A file of git's configuration, and those that it names.
void saw_configuration(const std::string& path, int depth = 0) {
  constexpr int kDeepest = 10;
  auto text = base::read_file(path);
  for (std::size_t at = 0; text && depth < kDeepest && at < text->size();) {
    std::size_t end = std::min(text->find('\n', at), text->size());
    std::string_view value = file_named_by(std::string_view(*text).substr(at, end - at));
    at = end + 1;
    if (value.empty()) continue;
    if (value.starts_with("~/")) saw_configuration(base::home_folder() + std::string(value.substr(1)), depth + 1);
    else if (value.starts_with('/')) saw_configuration(std::string(value), depth + 1);
    else saw_configuration(path.substr(0, path.rfind('/') + 1) + std::string(value), depth + 1);
  }
}

// What says of all repositories of the user when a file differs from its commit.
void saw_user_configuration() {
  const char* folder = std::getenv("XDG_CONFIG_HOME");
  std::string own = folder && *folder ? folder : base::home_folder() + "/.config";
  for (const std::string& file : {std::string("/etc/gitconfig"), own + "/git/config", base::home_folder() + "/.gitconfig"}) saw_configuration(file);
  for (const std::string& file : {std::string("/etc/gitattributes"), own + "/git/attributes"}) base::saw(base::Seen::File, file);
}

// What the state of a working tree, its head included, is told from; the files of the tree are to be added.
void saw_repository(const std::string& path) {
  std::string git = path + "/.git";
  // A working tree or submodule whose repository is elsewhere is not followed.
  if (!base::is_folder(git)) return base::saw_what_changes();
  for (const char* name : {"/HEAD", "/index", "/packed-refs", "/info/attributes", "/shallow"}) base::saw(base::Seen::File, git + name);
  for (const char* name : {"/config", "/config.worktree"}) saw_configuration(git + name);
  saw_user_configuration();
  constexpr std::string_view kReference = "ref: ";
  constexpr int kDeepest = 5;
  auto head = base::read_file(git + "/HEAD");
  for (int depth = 0; head && head->starts_with(kReference) && depth < kDeepest; ++depth)
    head = base::read_file(git + "/" + head->substr(kReference.size(), head->find('\n') - kReference.size()));
}

// Files of a working tree, sorted, whose state was read after `at`; and that no folder on the way to them has become a link. Attributes
// that are tracked are among the files; others are looked for at the root only, for there may be tens of thousands of folders.
template <class Files>
void saw_tracked(const std::string& root, const Files& files, std::int64_t at) {
  base::saw(base::Seen::File, root + "/.gitattributes", at);
  std::string_view last;
  for (const std::string& file : files) {
    for (std::size_t slash = file.find('/'); slash != file.npos; slash = file.find('/', slash + 1)) {
      std::string_view folder = std::string_view(file).substr(0, slash + 1);
      if (last.starts_with(folder)) continue;
      base::saw(base::Seen::Type, root + "/" + file.substr(0, slash));
    }
    base::saw(base::Seen::Entry, root + "/" + file, at);
    last = file;
  }
}

}  // namespace

base::Result<GitWorktree> GitRepository::worktree() {
  GitWorktree result;
  std::int64_t begin = base::now();
  if (base::observations) saw_repository(handle_->path);
  git_oid head;
  int found = GIT(git_reference_name_to_id)(&head, handle_->repository, "HEAD");
  if (found == 0) result.head = text_of(head);
  if (found != 0 && found != GIT_ENOTFOUND) return git_failure(fmt::format("cannot read HEAD of '{}'", handle_->path));
  git_status_options options = GIT_STATUS_OPTIONS_INIT;
  options.flags = GIT_STATUS_OPT_INCLUDE_UNMODIFIED | GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
  if (GIT(git_status_foreach_ext)(handle_->repository, &options, note_status, &result)) {
    return git_failure(fmt::format("cannot read the status of the Git repository '{}'", handle_->path));
  }
  if (base::observations) {
    saw_tracked(handle_->path, result.files, begin);
    saw_tracked(handle_->path, result.deleted, begin);
  }
  if (result.files.contains(".gitmodules")) {
    auto text = base::read_file(handle_->path + "/.gitmodules");
    if (!text) return std::unexpected(text.error());
    result.submodules = parse_modules(*text);
  }
  return result;
}

std::optional<std::string> GitRepository::head_ref() {
  git_reference* head = nullptr;
  if (GIT(git_repository_head)(&head, handle_->repository)) return std::nullopt;
  std::string name = GIT(git_reference_name)(head);
  GIT(git_reference_free)(head);
  return name;
}

base::Result<std::string> GitRepository::resolve(const std::string& name) {
  base::saw_what_changes();
  git_object *object = nullptr, *commit = nullptr;
  if (GIT(git_revparse_single)(&object, handle_->repository, name.c_str())) {
    return git_failure(fmt::format("cannot resolve the Git reference '{}' in '{}'", name, handle_->path));
  }
  int failed = GIT(git_object_peel)(&commit, object, GIT_OBJECT_COMMIT);
  GIT(git_object_free)(object);
  if (failed) return git_failure(fmt::format("the Git reference '{}' in '{}' is no commit", name, handle_->path));
  std::string id = text_of(*GIT(git_object_id)(commit));
  GIT(git_object_free)(commit);
  return id;
}

bool GitRepository::has_commit(const std::string& revision) { return handle_->commit(revision).has_value(); }

base::Result<std::uint64_t> GitRepository::commit_time(const std::string& revision) {
  auto commit = handle_->commit(revision);
  if (!commit) return std::unexpected(commit.error());
  return static_cast<std::uint64_t>(GIT(git_commit_time)(commit->get()));
}

bool GitRepository::is_shallow() { return GIT(git_repository_is_shallow)(handle_->repository) == 1; }

std::string GitRepository::origin() {
  git_remote* remote = nullptr;
  if (GIT(git_remote_lookup)(&remote, handle_->repository, "origin")) return "";
  const char* url = GIT(git_remote_url)(remote);
  std::string text = url ? url : "";
  GIT(git_remote_free)(remote);
  return text;
}

base::Result<std::vector<GitSubmodule>> GitRepository::submodules(const std::string& revision) {
  auto tree = handle_->tree(revision);
  if (!tree) return std::unexpected(tree.error());
  git_tree_entry* entry = nullptr;
  if (GIT(git_tree_entry_bypath)(&entry, tree->get(), ".gitmodules")) return std::vector<GitSubmodule>{};
  git_blob* blob = nullptr;
  int failed = GIT(git_blob_lookup)(&blob, handle_->repository, GIT(git_tree_entry_id)(entry));
  GIT(git_tree_entry_free)(entry);
  if (failed) return git_failure("cannot read .gitmodules");
  auto modules = parse_modules({static_cast<const char*>(GIT(git_blob_rawcontent)(blob)), static_cast<std::size_t>(GIT(git_blob_rawsize)(blob))});
  GIT(git_blob_free)(blob);
  for (GitSubmodule& module : modules) {
    if (GIT(git_tree_entry_bypath)(&entry, tree->get(), module.path.c_str())) continue;
    if (GIT(git_tree_entry_filemode_raw)(entry) == GIT_FILEMODE_COMMIT) module.revision = text_of(*GIT(git_tree_entry_id)(entry));
    GIT(git_tree_entry_free)(entry);
  }
  std::erase_if(modules, [](const GitSubmodule& module) { return module.revision.empty(); });
  return modules;
}

base::Result<void> GitRepository::export_tree(const std::string& revision, const std::string& folder, bool export_ignore) {
  auto tree = handle_->tree(revision);
  if (!tree) return std::unexpected(tree.error());
  git_oid commit;
  GIT(git_oid_fromstr)(&commit, revision.c_str());
  return Exporter(handle_->repository, export_ignore ? &commit : nullptr).folder(GIT(git_tree_id)(tree->get()), folder, "");
}

}  // namespace evalctl::store
