// Formatting of what git has: the staged files, and the versions of a merge.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/files.h"
#include "base/process.h"
#include "cli/fmt_file.h"
#include "cli/fmt_plan.h"
#include "formatter/folder.h"

namespace evalctl::cli {
namespace {

using base::Result;
using Status = FormatOutcome::Status;

Result<std::string> git(std::vector<std::string> words) {
  words.insert(words.begin(), "git");
  auto result = base::run_program(words);
  if (!result) return base::fail(result.error().message);
  if (result->status != 0) return base::fail(fmt::format("'git {}' failed: {}", words[1], result->errors));
  return std::move(result->output);
}

// A file of its own in the folder for such, removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view contents) {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder && *folder ? folder : "/tmp") + "/evalctl-fmt-XXXXXX";
    int file = mkstemp(path_.data());
    if (file < 0) return;
    close(file);
    made_ = true;
    filled_ = base::write_file_atomically(path_, contents, 0600).has_value();
  }
  ~TemporaryFile() {
    if (made_) unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  explicit operator bool() const { return filled_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool made_ = false, filled_ = false;
};

struct StagedFile { std::string mode, hash, path; };

// Regular .nix files whose staged contents are not those of the last commit.
Result<std::vector<StagedFile>> staged_files() {
  auto raw = git({"diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=AMT"});
  if (!raw) return base::fail(raw.error().message);
  std::vector<StagedFile> out;
  // ":100644 100644 <hash> <hash> M\0path\0" for each.
  std::string_view rest = *raw;
  while (!rest.empty()) {
    std::size_t end = rest.find('\0');
    std::size_t path_end = end == rest.npos ? end : rest.find('\0', end + 1);
    if (path_end == rest.npos) break;
    std::string_view header = rest.substr(0, end);
    std::string path(rest.substr(end + 1, path_end - end - 1));
    rest.remove_prefix(path_end + 1);
    std::size_t mode = header.find(' ') + 1;
    std::size_t old_hash = header.find(' ', mode) + 1;
    std::size_t hash = header.find(' ', old_hash) + 1;
    if (!path.ends_with(".nix") || !header.substr(mode).starts_with("100")) continue;
    out.push_back({std::string(header.substr(mode, 6)), std::string(header.substr(hash, header.find(' ', hash) - hash)), std::move(path)});
  }
  return out;
}

class StagedFormatter {
 public:
  StagedFormatter(const FormatPlan& plan, std::string top) : plan_(plan), top_(std::move(top)) {}

  FormatOutcome run(const StagedFile& file) {
    auto text = git({"cat-file", "blob", file.hash});
    if (!text) return failed_outcome(plan_, file.path, text.error().message);
    std::string absolute = top_ + "/" + file.path;
    std::size_t slash = absolute.rfind('/');
    formatter::Options found;
    if (plan_.use_settings) {
      auto folder = formatter::Folder::open(absolute.substr(0, slash));
      if (!folder->error().empty()) return failed_outcome(plan_, file.path, folder->error());
      std::string name = absolute.substr(slash + 1);
      if (folder->is_excluded_with_folders(name)) return {Status::Unchanged, file.path, {}, {}};
      found = folder->options(name, {});
    }
    if (plan_.exclude.judge(file.path, false) == formatter::IgnorePatterns::Verdict::Ignored) return {Status::Unchanged, file.path, {}, {}};
    FileResult result = format_text(plan_, file.path, *text, options_for(plan_, found));
    if (result.outcome.status != Status::Changed || !plan_.writes_files()) return std::move(result.outcome);
    if (auto written = write(file, absolute, *text, result); !written) return failed_outcome(plan_, file.path, written.error().message);
    return std::move(result.outcome);
  }

 private:
  // First the working tree is looked at, then the index is changed, then the working tree.
  Result<void> write(const StagedFile& file, const std::string& absolute, const std::string& staged, FileResult& result) {
    auto changed = git({"diff", "--name-only", "--", ":(top,literal)" + file.path});
    if (!changed) return base::fail(changed.error().message);
    TemporaryFile formatted(result.text);
    if (!formatted) return base::fail("cannot write a temporary file");
    auto hash = git({"hash-object", "-w", "--no-filters", "--", formatted.path()});
    if (!hash) return base::fail(hash.error().message);
    if (hash->ends_with('\n')) hash->pop_back();
    auto updated = git({"-C", top_, "update-index", "--cacheinfo", fmt::format("{},{},{}", file.mode, *hash, file.path)});
    if (!updated) return base::fail(updated.error().message);
    if (access(absolute.c_str(), F_OK) != 0) return {};
    if (!changed->empty()) return merge_into_tree(absolute, staged, formatted.path(), result.outcome);
    auto written = git({"-C", top_, "checkout-index", "-f", "--", file.path});
    return written ? Result<void>() : base::fail(written.error().message);
  }

  // The file has changes that are not staged: they stay, and what formatting changed is merged with them.
  Result<void> merge_into_tree(const std::string& absolute, const std::string& staged, const std::string& formatted, FormatOutcome& outcome) {
    TemporaryFile base_version(staged);
    auto current = base::read_file(absolute);
    if (!base_version || !current) return base::fail("cannot write a temporary file");
    auto merged = base::run_program({"git", "merge-file", "-p", "-q", absolute, base_version.path(), formatted});
    if (!merged) return base::fail(merged.error().message);
    if (merged->status == 0) return base::replace_file(absolute, *current, merged->output);
    if (!plan_.quiet) outcome.errors += fmt::format("note: '{}' has other changes in the same lines; only what is staged was formatted\n", outcome.path);
    return {};
  }

  const FormatPlan& plan_;
  std::string top_;
};

int print_outcomes(const FormatPlan& plan, const std::vector<FormatOutcome>& outcomes) {
  bool failed = false, changed = false;
  for (const FormatOutcome& outcome : outcomes) {
    failed |= outcome.status == Status::Failed;
    changed |= outcome.status == Status::Changed;
    std::fwrite(outcome.output.data(), 1, outcome.output.size(), stdout);
    std::fwrite(outcome.errors.data(), 1, outcome.errors.size(), stderr);
  }
  if (failed) return 2;
  return changed && !plan.writes_files() ? 1 : 0;
}

int fail_all(const FormatPlan& plan, std::string_view message) {
  if (!plan.quiet) fmt::print(stderr, "error: {}\n", message);
  return plan.as_nixfmt ? 1 : 2;
}

}  // namespace

int format_staged(const FormatPlan& plan) {
  auto top = git({"rev-parse", "--show-toplevel"});
  if (!top) return fail_all(plan, top.error().message);
  if (top->ends_with('\n')) top->pop_back();
  auto files = staged_files();
  if (!files) return fail_all(plan, files.error().message);
  StagedFormatter formatter(plan, *top);
  std::vector<FormatOutcome> outcomes;
  for (const StagedFile& file : *files) outcomes.push_back(formatter.run(file));
  return print_outcomes(plan, outcomes);
}

// The three versions are formatted first, so that formatting makes no conflicts; git merges them; the result is formatted.
int run_mergetool(const FormatPlan& plan) {
  if (plan.paths.size() != 4) return fail_all(plan, "--mergetool takes four files: BASE LOCAL REMOTE MERGED");
  const std::string &base = plan.paths[0], &local = plan.paths[1], &remote = plan.paths[2], &merged = plan.paths[3];
  if (!merged.ends_with(".nix")) return fail_all(plan, fmt::format("'{}' is not a Nix file", merged));
  FormatPlan quiet = plan;
  quiet.check = quiet.diff = quiet.json = false;
  auto format_one = [&](const std::string& path) {
    FormatOutcome outcome = format_file(quiet, path, options_for(plan, {}));
    fmt::print(stderr, "{}", outcome.errors);
    return outcome.status != Status::Failed;
  };
  bool formatted = true;
  for (const std::string* path : {&base, &local, &remote}) formatted = format_one(*path) && formatted;
  if (!formatted) return fail_all(plan, "a version could not be formatted; nothing was merged");
  auto result = base::run_program({"git", "merge-file", "-p", local, base, remote});
  if (!result) return fail_all(plan, result.error().message);
  // 255 stands for a failure, less for the number of conflicts.
  constexpr int kMostConflicts = 127;
  if (result->status > kMostConflicts) return fail_all(plan, result->errors);
  if (result->status > 0) return fail_all(plan, fmt::format("{} conflicts in '{}'", result->status, merged));
  auto written = base::write_file_atomically(local, result->output);
  if (!written) return fail_all(plan, written.error().message);
  if (!format_one(local)) return plan.as_nixfmt ? 1 : 2;
  if (std::rename(local.c_str(), merged.c_str()) != 0) return fail_all(plan, fmt::format("cannot write '{}'", merged));
  return 0;
}

}  // namespace evalctl::cli
