// One project's worker and session, and what they have told.
//
//   thread of the project:  change ─ pause ─► worker there? ─► session ─► problems, configurations ─► option index
//   threads of features:    question ─► worker (packages, lib) or session (configuration, files) ─► answer
//
// A session is for one state of the texts. The one before it answers questions until the next is ready. What does not parse takes part as it
// was before the mistake, so that everything else is evaluated anew, and completion goes on in it.
#pragma once
#include <condition_variable>
#include <set>
#include <thread>

#include "base/observations.h"
#include "lsp/evaluation.h"
#include "lsp/worker.h"
#include "lsp/worker_session.h"

namespace evalctl::lsp {

class ProjectEvaluation {
 public:
  ProjectEvaluation(Project project, const EvaluationListener& listener);
  ~ProjectEvaluation();
  ProjectEvaluation(const ProjectEvaluation&) = delete;

  // Ends the thread and the processes.
  void stop();
  const Project& project() const { return project_; }
  // The text of the file is another, or something else that the snapshot is of.
  void changed(std::shared_ptr<const Snapshot> snapshot, const std::string& file);
  std::vector<Finding> problems(const Document& document);
  // Of the files that have any.
  std::vector<std::string> problem_paths();
  OptionIndexPtr options(const std::string& file);
  // Without `cancel`: as far as it is known already.
  OptionIndexPtr options_around(const std::string& file, const std::vector<std::string>& path, const Cancel* cancel);
  bool is_configured(const std::string& file);
  // The answer to a question, without its first byte.
  std::optional<std::string> ask(Request request, const ValuePath& path, const Cancel& cancel);
  std::string nixpkgs();

 private:
  using Clock = std::chrono::steady_clock;
  struct Configuration { std::string entry; std::vector<std::string> names; std::vector<std::string> files; };
  // `file`: one of the configuration; "" for a system of nixpkgs. `readers` are checked by it.
  struct WantedIndex { std::string name, file, stamp; std::vector<std::string> readers; };
  struct Collection {
    explicit Collection(std::string stamp) : stamp(std::move(stamp)) {}
    ~Collection();
    const std::string stamp;
    Cancel cancelled = false, ended = false;
    std::thread thread;
  };
  struct KnownProblem { Problem problem; DocumentPtr document; };

  std::optional<std::string> ask(Request request, const ValuePath& path, const Cancel& cancel, std::uint64_t milliseconds);
  // With `mutex_` held.
  bool is_worth_evaluating(const Snapshot& snapshot, const std::string& file);
  // The version that is evaluated for this one.
  DocumentPtr evaluated_version(const DocumentPtr& document);
  void run();
  void evaluate(const std::shared_ptr<const Snapshot>& snapshot);
  bool ensure_worker();
  void drop_worker();
  bool inputs_changed();
  SessionSetup session_setup(const Snapshot& snapshot) const;
  bool run_session(const std::shared_ptr<const Snapshot>& snapshot);
  // True when the session that is there has taken over what changed, and nothing is wrong.
  bool edit_session(const SessionSetup& setup);
  // With `mutex_` held.
  void take_configurations(Reader& in, bool has_problems);
  // What is said where a session did not come to an end.
  void add_failure(Reply reply, const Snapshot& snapshot, std::map<std::string, std::vector<KnownProblem>>& found) const;
  void take_problems(Reader& in, const Snapshot& snapshot, std::map<std::string, std::vector<KnownProblem>>& found);
  void publish(std::map<std::string, std::vector<KnownProblem>> found);
  void refresh_indexes(const std::shared_ptr<const Snapshot>& shared);
  void ask_for_types(const Snapshot& snapshot, const std::vector<std::string>& files, const Cancel& cancelled);
  bool refresh_index(const WantedIndex& wanted, const std::shared_ptr<const Snapshot>& snapshot);
  void collect(const WantedIndex& wanted, const Snapshot& snapshot, Socket& connection, const Cancel& cancelled);
  bool take_index(const WantedIndex& wanted, const OptionIndexPtr& index);
  std::string stamp_of(const Snapshot& snapshot, const Configuration& configuration) const;
  std::optional<Socket> connect(bool to_session, Request request, std::uint64_t milliseconds, std::string_view body);
  std::string index_name(const Configuration* configuration) const;
  const Configuration* configuration_of(const std::string& file) const;

  const Project project_;
  const EvaluationListener& listener_;

  std::mutex mutex_;
  std::condition_variable wake_;
  Cancel stopping_ = false;
  std::shared_ptr<const Snapshot> pending_;
  // The order of the newest snapshot that was told of and had something new.
  std::uint64_t newest_ = 0;
  Clock::time_point due_;
  // Of open files: the version that was told of last, and the one that is evaluated, or null where the file as it was saved has to do.
  struct Versions { DocumentPtr newest, evaluated; };
  std::map<std::string, Versions> versions_;
  // Set while what is being done is out of date.
  Cancel stale_ = false;

  // ---- Guarded by mutex_ too.
  pid_t worker_process_ = -1;
  Socket worker_, session_;
  std::string nixpkgs_;
  std::vector<std::pair<std::string, base::Stamp>> loaded_;
  std::vector<Configuration> configurations_;
  std::map<std::string, std::vector<KnownProblem>> problems_;
  std::map<std::string, OptionIndexPtr> indexes_;
  // While only the names are known: what was asked for, by the name of the index and the path.
  std::map<std::string, OptionIndexPtr> parts_;
  // The stamps of those whose findings the listener has been told of.
  std::map<std::string, std::string> told_;
  // Answers about what does not change while the worker lives.
  std::map<std::string, std::string> answers_;
  bool has_modules_ = false;

  // Of open files of the project, for the snapshot that is being evaluated. Used by the thread of the project only.
  std::map<std::string, DocumentPtr> evaluated_;
  // By the name of the index. Used by the thread of the project only, and behind its end.
  std::map<std::string, std::unique_ptr<Collection>> collections_;

  std::thread thread_;
};

}  // namespace evalctl::lsp
