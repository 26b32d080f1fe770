// Mercurial inputs, through its own program.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/process.h"
#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/grammar.h"
#include "stdlib/world.h"
#include "store/cache.h"

namespace evalctl::stdlib {
namespace {

// Plain output, and nothing of the user's configuration or of a repository's hooks.
base::Result<std::string> run_hg(std::vector<std::string> words) {
  words.insert(words.begin(), "hg");
  auto result = base::run_program(words, {{"HGPLAIN", "1"}, {"HGRCPATH", ""}, {"LC_ALL", "C"}});
  if (!result) return std::unexpected(result.error());
  if (result->status != 0) return base::fail(fmt::format("'hg {}' failed with exit code {}:\n{}", words[1], result->status, result->errors));
  return std::move(result->output);
}

base::Result<FetchedTree> fetch_worktree(World& world, const Input& input, const std::string& path, bool& clean) {
  auto status = run_hg({"status", "-R", path, "--clean", "--modified", "--added", "--no-status", "--print0"});
  if (!status) return std::unexpected(status.error());
  auto changes = run_hg({"status", "-R", path, "--modified", "--added", "--removed"});
  if (!changes) return std::unexpected(changes.error());
  clean = changes->empty();
  FetchedTree tree{.locked = input, .disk = path, .files = nullptr};
  if (clean) return tree;
  world.message(fmt::format("warning: Mercurial tree '{}' is unclean", path));
  auto branch = run_hg({"branch", "-R", path});
  if (!branch) return std::unexpected(branch.error());
  while (branch->ends_with('\n')) branch->pop_back();
  tree.locked.attributes["ref"] = *branch;
  std::set<std::string, std::less<>> files;
  for (std::string& file : split(*status, '\0')) {
    if (!file.empty()) files.insert(std::move(file));
  }
  tree.files = std::make_shared<TrackedFiles>(std::move(files));
  return tree;
}

base::Result<FetchedTree> fetch_revision(const Input& input, const std::string& url, bool local) {
  std::string repository = url;
  std::string name = "hg/" + store::cache_key(url);
  store::CacheLock lock(name);
  if (!local) {
    repository = store::cache_folder() + "/" + name;
    struct stat status;
    bool is_there = lstat((repository + "/.hg").c_str(), &status) == 0;
    auto rev = input.text("rev");
    bool known = is_there && rev && run_hg({"log", "-R", repository, "-r", *rev, "--template", "1"}).has_value();
    if (!known) {
      auto done = is_there ? run_hg({"pull", "-R", repository, "--", url}) : run_hg({"clone", "--noupdate", "--", url, repository});
      if (!done) return std::unexpected(done.error());
    }
  }
  std::string wanted = input.text("rev").value_or(input.text("ref").value_or("default"));
  auto found = run_hg({"log", "-R", repository, "-r", wanted, "--template", "{node} {rev} {branch}"});
  if (!found) return std::unexpected(found.error());
  auto parts = split(*found, ' ');
  if (parts.size() < 3 || !is_revision(parts[0])) return base::fail(fmt::format("cannot find the Mercurial revision '{}' in '{}'", wanted, url));
  FetchedTree tree{.locked = input, .disk = {}, .files = nullptr};
  tree.locked.attributes["rev"] = parts[0];
  tree.locked.attributes["revCount"] = static_cast<std::uint64_t>(std::strtoull(parts[1].c_str(), nullptr, 10));
  tree.locked.attributes["ref"] = parts[2];
  auto disk = store::cached("trees/hg-" + parts[0], [&](const std::string& folder) -> base::Result<void> {
    auto done = run_hg({"archive", "-R", repository, "-r", parts[0], "--no-decode", "--", folder});
    if (!done) return std::unexpected(done.error());
    // A description of the archive, not of the tree.
    remove((folder + "/.hg_archival.txt").c_str());
    return {};
  });
  if (!disk) return std::unexpected(disk.error());
  tree.disk = *disk;
  return tree;
}

}  // namespace

base::Result<FetchedTree> fetch_mercurial_tree(World& world, const Input& input) {
  auto url = parse_url(*input.text("url"), false);
  if (!url) return std::unexpected(url.error());
  if (url->scheme != "file") return fetch_revision(input, url->to_string(), false);
  std::string path = url->path_text();
  if (!input.has("ref") && !input.has("rev")) {
    bool clean = false;
    auto tree = fetch_worktree(world, input, path, clean);
    if (!tree || !clean) return tree;
    Input at_parent = input;
    at_parent.attributes["ref"] = ".";
    return fetch_revision(at_parent, path, true);
  }
  return fetch_revision(input, path, true);
}

}  // namespace evalctl::stdlib
