// Git repositories: working trees, revisions and their trees, read through libgit2, which runs neither hooks nor filters
// nor what a repository's configuration names; fetched with the program git. libgit2 is loaded on first use.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace evalctl::store {

struct GitSubmodule {
  std::string path, url, branch;
  std::string revision;  // in a commit
};

struct GitWorktree {
  // The commit that is checked out; none before the first one.
  std::optional<std::string> head;
  // Tracked files that are there, submodules excepted.
  std::set<std::string, std::less<>> files;
  // Tracked files that are not there.
  std::vector<std::string> deleted;
  // Tracked files that are there and differ from `head`.
  std::vector<std::string> changed;
  // Something differs from `head`. Files that are not tracked do not count.
  bool dirty = false;
  std::vector<GitSubmodule> submodules;
};

class GitRepository {
 public:
  // `path`: of the working tree, or of a bare repository.
  static base::Result<GitRepository> open(const std::string& path);
  GitRepository(GitRepository&&) noexcept;
  ~GitRepository();

  base::Result<GitWorktree> worktree();
  // The branch that is checked out, as "refs/heads/main".
  std::optional<std::string> head_ref();
  // The commit that a branch, tag or revision names.
  base::Result<std::string> resolve(const std::string& name);
  bool has_commit(const std::string& revision);
  // Seconds since 1970.
  base::Result<std::uint64_t> commit_time(const std::string& revision);
  bool is_shallow();
  // The URL of the remote "origin"; empty without one.
  std::string origin();
  base::Result<std::vector<GitSubmodule>> submodules(const std::string& revision);
  // Writes the files of a commit below `folder`, which is made. Submodules become empty folders. `export_ignore`: without
  // what the attribute of that name leaves out.
  base::Result<void> export_tree(const std::string& revision, const std::string& folder, bool export_ignore);

 private:
  struct Handle;
  explicit GitRepository(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

// Commits that lead to `revision`, itself included.
base::Result<std::uint64_t> count_revisions(const std::string& repository, const std::string& revision);

// Makes an empty bare repository unless there is one.
base::Result<void> make_bare_repository(const std::string& path);
// `git fetch` of one refspec into the bare repository at `path`. Shallow: only the newest revision.
base::Result<void> fetch_into(const std::string& path, const std::string& url, const std::string& refspec, bool shallow);
// What HEAD of a remote repository stands for: "refs/heads/main".
base::Result<std::string> remote_head(const std::string& url);
// Tells the index of a working tree that a file is to be added.
base::Result<void> add_intent(const std::string& worktree, const std::string& file);
// Commits one file of a working tree, whatever else has changed.
base::Result<void> commit_file(const std::string& worktree, const std::string& file, const std::string& message);

}  // namespace evalctl::store
