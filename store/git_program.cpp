// What needs the program git: the network, its credentials, and counting revisions, which uses git's commit graph.
#include <fmt/format.h>
#include <unistd.h>

#include "base/process.h"
#include "store/git.h"

namespace evalctl::store {
namespace {

// Neither hooks nor programs that a configuration names are run for us; nobody answers questions.
base::Result<std::string> run_git(std::vector<std::string> words) {
  std::vector<std::string> command = {"git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never",
                                      "-c", "init.defaultBranch=main", "-c", "gc.auto=0"};
  command.insert(command.end(), words.begin(), words.end());
  auto result = base::run_program(command, {{"LC_ALL", "C"}, {"GIT_TERMINAL_PROMPT", isatty(2) ? "1" : "0"}});
  if (!result) return std::unexpected(result.error());
  while (result->errors.ends_with('\n')) result->errors.pop_back();
  if (result->status != 0) return base::fail(fmt::format("'git {}' failed with exit code {}:\n{}", words[words[0] == "-C" ? 2 : 0], result->status, result->errors));
  return std::move(result->output);
}

base::Result<void> without_output(base::Result<std::string> result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

}  // namespace

base::Result<std::uint64_t> count_revisions(const std::string& repository, const std::string& revision) {
  auto output = run_git({"-C", repository, "rev-list", "--count", revision, "--"});
  if (!output) return std::unexpected(output.error());
  return std::strtoull(output->c_str(), nullptr, 10);
}

base::Result<void> make_bare_repository(const std::string& path) {
  if (access((path + "/HEAD").c_str(), F_OK) == 0) return {};
  return without_output(run_git({"init", "--quiet", "--bare", path}));
}

base::Result<void> fetch_into(const std::string& path, const std::string& url, const std::string& refspec, bool shallow) {
  std::vector<std::string> words = {"-C", path, "fetch", "--quiet", "--force", "--no-tags", "--update-head-ok"};
  if (shallow) words.insert(words.end(), {"--depth", "1"});
  words.insert(words.end(), {"--", url, refspec});
  return without_output(run_git(std::move(words)));
}

base::Result<std::string> remote_head(const std::string& url) {
  auto output = run_git({"ls-remote", "--symref", "--", url, "HEAD"});
  if (!output) return std::unexpected(output.error());
  // "ref: refs/heads/main\tHEAD"
  if (!output->starts_with("ref: ")) return base::fail(fmt::format("the repository '{}' has no HEAD", url));
  return output->substr(5, output->find_first_of("\t\n") - 5);
}

base::Result<void> add_intent(const std::string& worktree, const std::string& file) {
  if (run_git({"-C", worktree, "check-ignore", "--quiet", "--", file})) return {};
  return without_output(run_git({"-C", worktree, "add", "--intent-to-add", "--", file}));
}

base::Result<void> commit_file(const std::string& worktree, const std::string& file, const std::string& message) {
  return without_output(run_git({"-C", worktree, "commit", "--quiet", "-m", message, "--", file}));
}

}  // namespace evalctl::store
