// Git inputs. A local repository without `ref` and `rev` is its working tree; all else is a commit.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/observations.h"
#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/world.h"
#include "store/cache.h"
#include "store/git.h"

namespace evalctl::stdlib {
namespace {

namespace fs = std::filesystem;
using store::GitRepository;

constexpr std::string_view kNoRevision = "0000000000000000000000000000000000000000";

// Where a repository is: a working tree of this machine, or a URL to fetch from.
struct Location {
  std::string path;
  std::string url;
  bool is_local() const { return !path.empty(); }
  const std::string& shown() const { return is_local() ? path : url; }
};

base::Result<Location> locate(const std::string& text) {
  auto url = parse_git_url(text);
  if (!url) return std::unexpected(url.error());
  url->query.erase("dir");
  if (url->scheme != "file") return Location{"", url->to_string()};
  std::string path = url->path_text();
  const char* force = std::getenv("_NIX_FORCE_HTTP");
  if (base::entry_exists(path + "/.git") && !(force && std::string_view(force) == "1")) return Location{canonical_path(path), ""};
  if (!base::entry_exists(path)) return base::fail(fmt::format("the Git repository '{}' does not exist", path), base::Error::Kind::Fetch);
  url->query.clear();
  return Location{"", "file://" + path};
}

// A URL in .gitmodules may be relative to that of the repository.
std::string submodule_url(const std::string& url, std::string base) {
  if (!url.starts_with("./") && !url.starts_with("../")) return url;
  while (base.ends_with('/')) base.pop_back();
  std::string rest = url;
  for (;;) {
    if (rest.starts_with("./")) {
      rest.erase(0, 2);
    } else if (rest.starts_with("../")) {
      rest.erase(0, 3);
      std::size_t slash = base.find_last_of("/:");
      base.resize(slash == base.npos ? 0 : slash);
    } else {
      return base + "/" + rest;
    }
  }
}

// A commit, and the repository of this machine that has it.
struct Commit {
  std::string repository;
  std::string revision;
  std::string ref;
};

std::string refspec_of(const std::string& ref) {
  std::string full = ref.starts_with("refs/") || ref == "HEAD" ? ref : "refs/heads/" + ref;
  return full + ":" + (full == "HEAD" ? "refs/evalctl/HEAD" : full);
}

// Brings what `input` names into the copy of the remote repository below the cache.
base::Result<Commit> fetch_remote(World& world, const Input& input, const std::string& url) {
  bool shallow = input.flag("shallow");
  if (!input.has("rev")) base::saw_what_changes();
  std::string name = "git/" + store::cache_key(url) + (shallow ? "-shallow" : "");
  Commit commit{store::cache_folder() + "/" + name, input.text("rev").value_or(""), input.text("ref").value_or("")};
  store::CacheLock lock(name);
  if (auto made = store::make_bare_repository(commit.repository); !made) return std::unexpected(made.error());
  auto repository = GitRepository::open(commit.repository);
  if (!repository) return std::unexpected(repository.error());
  std::string head_stamp = name + ".head";
  if (commit.ref.empty()) {
    auto known = store::read_cached_text(head_stamp);
    if (known && (known->age < world.refresh_seconds || !commit.revision.empty())) {
      commit.ref = known->text;
    } else {
      auto head = store::remote_head(url);
      if (!head) return std::unexpected(head.error());
      commit.ref = *head;
      if (auto written = store::write_cached_text(head_stamp, *head); !written) return std::unexpected(written.error());
    }
  }
  if (!commit.revision.empty() && repository->has_commit(commit.revision)) return commit;
  std::string stamp = name + ".refs/" + store::cache_key(commit.ref);
  auto known = store::read_cached_text(stamp);
  if (commit.revision.empty() && known && known->age < world.refresh_seconds && repository->has_commit(known->text)) {
    commit.revision = known->text;
    return commit;
  }
  world.activity(fmt::format("fetching Git repository '{}'", url));
  std::string refspec = input.flag("allRefs") ? "refs/*:refs/*" : !commit.revision.empty() ? commit.revision : refspec_of(commit.ref);
  auto done = store::fetch_into(commit.repository, url, refspec, shallow);
  // A server need not give out a revision that no branch begins with: then its branch is fetched.
  if (!done && !commit.revision.empty() && !shallow) done = store::fetch_into(commit.repository, url, refspec_of(commit.ref), false);
  if (!done && (!known || !commit.revision.empty())) return std::unexpected(done.error());
  if (!done) {
    world.message(fmt::format("warning: could not update the local copy of the Git repository '{}'; continuing with the most recent version", url));
    commit.revision = known->text;
    return commit;
  }
  if (commit.revision.empty()) {
    auto revision = repository->resolve(commit.ref == "HEAD" ? "refs/evalctl/HEAD" : commit.ref);
    if (!revision) return std::unexpected(revision.error());
    commit.revision = *revision;
    if (auto written = store::write_cached_text(stamp, *revision); !written) return std::unexpected(written.error());
  }
  return commit;
}

base::Result<Commit> find_commit(World& world, const Input& input, const Location& where) {
  if (!where.is_local()) {
    auto commit = fetch_remote(world, input, where.url);
    if (!commit) return commit;
    auto repository = GitRepository::open(commit->repository);
    if (!repository) return std::unexpected(repository.error());
    if (repository->has_commit(commit->revision)) return commit;
    return base::fail(fmt::format("Cannot find Git revision '{}' in ref '{}' of repository '{}'! Please make sure that the rev exists on the "
                                  "ref you've specified or add allRefs = true; to fetchGit.",
                                  commit->revision, commit->ref, where.url));
  }
  auto repository = GitRepository::open(where.path);
  if (!repository) return std::unexpected(repository.error());
  Commit commit{where.path, input.text("rev").value_or(""), input.text("ref").value_or("")};
  if (commit.ref.empty()) commit.ref = repository->head_ref().value_or("master");
  if (!commit.revision.empty()) return commit;
  auto revision = repository->resolve(commit.ref);
  if (!revision) return std::unexpected(revision.error());
  commit.revision = *revision;
  return commit;
}

// Writes a commit below `folder`, with its submodules if wanted.
base::Result<void> export_commit(World& world, const Commit& commit, const std::string& url, const Input& input, const std::string& folder) {
  auto repository = GitRepository::open(commit.repository);
  if (!repository) return std::unexpected(repository.error());
  if (auto done = repository->export_tree(commit.revision, folder, input.flag("exportIgnore")); !done) return done;
  if (!input.flag("submodules")) return {};
  auto modules = repository->submodules(commit.revision);
  if (!modules) return std::unexpected(modules.error());
  std::string base = repository->origin();
  for (const store::GitSubmodule& module : *modules) {
    std::string address = submodule_url(module.url, base.empty() ? url : base);
    InputAttributes attributes{{"type", "git"}, {"url", address}, {"rev", module.revision}, {"submodules", true}, {"allRefs", true}};
    if (!module.branch.empty()) attributes["ref"] = module.branch == "." ? commit.ref : module.branch;
    auto sub = Input::from_attributes(std::move(attributes));
    if (!sub) return std::unexpected(sub.error());
    auto where = locate(address);
    if (!where) return std::unexpected(where.error());
    auto found = find_commit(world, *sub, *where);
    if (!found) return std::unexpected(found.error());
    std::string below = canonical_path("/" + module.path);
    if (auto done = export_commit(world, *found, where->shown(), *sub, folder + below); !done) return done;
  }
  return {};
}

void add_revision_count(Input& input, const std::string& repository, const std::string& revision) {
  if (input.flag("shallow") || input.has("revCount")) return;
  input.count_revisions = [repository, revision]() -> base::Result<std::uint64_t> {
    return store::count_revisions(repository, revision);
  };
}

base::Result<FetchedTree> fetch_commit(World& world, const Input& input, const Location& where) {
  auto commit = find_commit(world, input, where);
  if (!commit) return std::unexpected(commit.error());
  auto repository = GitRepository::open(commit->repository);
  if (!repository) return std::unexpected(repository.error());
  // Its commits cannot be counted. A working tree is taken all the same, and those counted that are there.
  if (repository->is_shallow() && !input.flag("shallow")) {
    return base::fail(fmt::format("'{}' is a shallow Git repository, but shallow repositories are only allowed when `shallow = true;` is specified",
                                  where.shown()));
  }
  FetchedTree tree{.locked = input, .disk = {}, .files = nullptr};
  tree.locked.attributes["ref"] = commit->ref;
  tree.locked.attributes["rev"] = commit->revision;
  if (!input.has("lastModified")) {
    auto time = repository->commit_time(commit->revision);
    if (!time) return std::unexpected(time.error());
    tree.locked.attributes["lastModified"] = *time;
  }
  add_revision_count(tree.locked, commit->repository, commit->revision);
  std::string key = "trees/" + commit->revision + (input.flag("submodules") ? "-s" : "") + (input.flag("exportIgnore") ? "-e" : "");
  auto disk = store::cached(key, [&](const std::string& folder) { return export_commit(world, *commit, where.shown(), input, folder); });
  if (!disk) return std::unexpected(disk.error());
  tree.disk = *disk;
  return tree;
}

// The files of a working tree, and of its submodules below their folders.
base::Result<store::GitWorktree> read_worktree(const std::string& path, bool submodules) {
  auto repository = GitRepository::open(path);
  if (!repository) return std::unexpected(repository.error());
  auto worktree = repository->worktree();
  if (!worktree || !submodules) return worktree;
  for (const store::GitSubmodule& module : worktree->submodules) {
    auto inside = read_worktree(path + "/" + module.path, true);
    if (!inside) return inside;
    worktree->dirty |= inside->dirty;
    for (const std::string& file : inside->files) worktree->files.insert(module.path + "/" + file);
  }
  return worktree;
}

base::Result<FetchedTree> fetch_worktree(World& world, const Input& input, const std::string& path) {
  auto worktree = read_worktree(path, input.flag("submodules"));
  if (!worktree) return std::unexpected(worktree.error());
  auto repository = GitRepository::open(path);
  if (!repository) return std::unexpected(repository.error());
  FetchedTree tree{.locked = input, .disk = path, .files = nullptr};
  InputAttributes& attributes = tree.locked.attributes;
  if (!worktree->dirty) {
    if (auto ref = repository->head_ref()) attributes["ref"] = *ref;
    attributes["rev"] = worktree->head.value_or(std::string(kNoRevision));
    if (worktree->head) {
      add_revision_count(tree.locked, path, *worktree->head);
    } else if (!input.flag("shallow")) {
      attributes["revCount"] = std::uint64_t{0};
    }
  } else {
    world.message(fmt::format("warning: Git tree '{}' is dirty", path));
    if (worktree->head) {
      attributes["dirtyRev"] = *worktree->head + "-dirty";
      attributes["dirtyShortRev"] = worktree->head->substr(0, 7) + "-dirty";
    }
  }
  auto time = worktree->head ? repository->commit_time(*worktree->head) : base::Result<std::uint64_t>(0);
  if (!time) return std::unexpected(time.error());
  attributes["lastModified"] = *time;
  tree.files = std::make_shared<TrackedFiles>(std::move(worktree->files));
  return tree;
}

}  // namespace

base::Result<FetchedTree> fetch_git_tree(World& world, const Input& input) {
  auto where = locate(*input.text("url"));
  if (!where) return std::unexpected(where.error());
  if (input.flag("exportIgnore") && input.flag("submodules")) return base::fail("exportIgnore and submodules are not supported together yet");
  if (input.flag("lfs")) return base::fail("files of Git LFS are not supported");
  if (where->is_local() && !input.has("ref") && !input.has("rev")) return fetch_worktree(world, input, where->path);
  return fetch_commit(world, input, *where);
}

}  // namespace evalctl::stdlib
