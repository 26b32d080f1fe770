// What evaluation knows, for features to ask: one ProjectEvaluation for each project that has an open file.
//
// Thread-safe. Questions wait for their answer within the given patience and give nothing after it: features have something
// to say without evaluation too.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lsp/evaluated.h"
#include "lsp/findings.h"
#include "lsp/option_index.h"
#include "lsp/project.h"

namespace evalctl::lsp {

// Told from threads of the evaluation's own.
struct EvaluationListener {
  // The problems of these files have changed.
  std::function<void(const std::vector<std::string>& paths)> problems;
  // Something that takes long begins or ends.
  std::function<void(const std::string& title, bool begins)> progress;
};

class ProjectEvaluation;

class Evaluation {
 public:
  explicit Evaluation(EvaluationListener listener);
  // Ends all workers.
  ~Evaluation();
  // Ends all threads and workers. Questions are answered with nothing from then on.
  void stop();

  // The text of a file, or what is on the disk, has changed: its project is evaluated again after a pause.
  void changed(const std::shared_ptr<const Snapshot>& snapshot, const std::string& path);
  // What was evaluated of the file; ranges are moved to where the text stands now.
  std::vector<Finding> problems(const Document& document);
  // Of the files that have any.
  std::vector<std::string> problem_paths();

  // All options of the configuration that `file` belongs to, as far as they are known already; null when not.
  OptionIndexPtr options(const Snapshot& snapshot, const std::string& file);
  // The same with all that is to be told about `path` and what lies in it. Where only names are known so far, it is a part of
  // the whole that is asked for; sets of very many options are told by name.
  OptionIndexPtr options_around(const Snapshot& snapshot, const std::string& file, const std::vector<std::string>& path, const Cancel& cancel);
  // What of that is known already.
  OptionIndexPtr known_options_around(const Snapshot& snapshot, const std::string& file, const std::vector<std::string>& path);
  // Whether a configuration that was found was made of `file`, among others.
  bool is_configured(const Snapshot& snapshot, const std::string& file);
  // Whether the project says itself how it is evaluated, so that a file that no configuration has may be of one unknown.
  bool has_entries(const Snapshot& snapshot, const std::string& file);
  std::optional<std::vector<std::string>> members(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel);
  std::optional<ValueInfo> describe(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel);
  std::optional<OptionState> option_state(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel);
  std::optional<BuildPlan> build_plan(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel);
  // The nixpkgs of the file's project; "" while it is not known.
  std::string nixpkgs(const Snapshot& snapshot, const std::string& file);
  // Whether the file can be asked about as Base::File.
  bool is_entry(const Snapshot& snapshot, const std::string& file);

 private:
  std::vector<std::shared_ptr<ProjectEvaluation>> projects();
  std::shared_ptr<ProjectEvaluation> project_of(const Snapshot& snapshot, const std::string& file);

  EvaluationListener listener_;
  std::mutex mutex_;
  bool stopped_ = false;
  // find_project looks at many files: what it said is good for a moment.
  struct Recent { std::chrono::steady_clock::time_point until; const Settings* settings; std::string root; };
  std::map<std::string, Recent> recent_;
  // By folder.
  std::map<std::string, std::shared_ptr<ProjectEvaluation>> projects_;
};

}  // namespace evalctl::lsp
