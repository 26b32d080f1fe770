#include "lsp/evaluation.h"

#include <algorithm>

#include "lsp/project_evaluation.h"

namespace evalctl::lsp {

Evaluation::Evaluation(EvaluationListener listener) : listener_(std::move(listener)) {}
Evaluation::~Evaluation() = default;

std::shared_ptr<ProjectEvaluation> Evaluation::project_of(const Snapshot& snapshot, const std::string& file) {
  if (!file.starts_with('/')) return nullptr;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return nullptr;
    auto recent = recent_.find(file);
    bool good = recent != recent_.end() && recent->second.settings == &snapshot.settings() && std::chrono::steady_clock::now() < recent->second.until;
    if (auto known = good ? projects_.find(recent->second.root) : projects_.end(); known != projects_.end()) return known->second;
  }
  Project project = find_project(snapshot.settings(), file);
  std::shared_ptr<ProjectEvaluation> replaced;
  std::lock_guard lock(mutex_);
  if (stopped_) return nullptr;
  constexpr std::chrono::seconds kGood{2};
  recent_[file] = {std::chrono::steady_clock::now() + kGood, &snapshot.settings(), project.root};
  auto& known = projects_[project.root];
  // Settings have changed, or an entry has come or gone.
  if (!known || !(known->project() == project)) {
    replaced = std::exchange(known, std::make_shared<ProjectEvaluation>(std::move(project), listener_));
  }
  return known;
}

void Evaluation::stop() {
  std::map<std::string, std::shared_ptr<ProjectEvaluation>> projects;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    projects = projects_;
  }
  for (const auto& [root, project] : projects) project->stop();
}

void Evaluation::changed(const std::shared_ptr<const Snapshot>& snapshot, const std::string& path) {
  if (auto project = project_of(*snapshot, path)) project->changed(snapshot, path);
}

std::vector<std::shared_ptr<ProjectEvaluation>> Evaluation::projects() {
  std::vector<std::shared_ptr<ProjectEvaluation>> projects;
  std::lock_guard lock(mutex_);
  for (const auto& [root, project] : projects_) projects.push_back(project);
  return projects;
}

std::vector<Finding> Evaluation::problems(const Document& document) {
  std::vector<Finding> out;
  for (const auto& project : projects()) {
    for (Finding& finding : project->problems(document)) out.push_back(std::move(finding));
  }
  return out;
}

std::vector<std::string> Evaluation::problem_paths() {
  std::vector<std::string> out;
  for (const auto& project : projects()) {
    for (std::string& path : project->problem_paths()) out.push_back(std::move(path));
  }
  return out;
}

OptionIndexPtr Evaluation::options(const Snapshot& snapshot, const std::string& file) {
  auto project = project_of(snapshot, file);
  return project ? project->options(file) : nullptr;
}

OptionIndexPtr Evaluation::options_around(const Snapshot& snapshot, const std::string& file, const std::vector<std::string>& path,
                                          const Cancel& cancel) {
  auto project = project_of(snapshot, file);
  return project ? project->options_around(file, path, &cancel) : nullptr;
}

OptionIndexPtr Evaluation::known_options_around(const Snapshot& snapshot, const std::string& file, const std::vector<std::string>& path) {
  auto project = project_of(snapshot, file);
  return project ? project->options_around(file, path, nullptr) : nullptr;
}

bool Evaluation::is_configured(const Snapshot& snapshot, const std::string& file) {
  auto project = project_of(snapshot, file);
  return project && project->is_configured(file);
}

bool Evaluation::has_entries(const Snapshot& snapshot, const std::string& file) {
  auto project = project_of(snapshot, file);
  return project && !project->project().entries.empty();
}

std::optional<std::vector<std::string>> Evaluation::members(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel) {
  auto project = project_of(snapshot, path.file);
  auto answer = project ? project->ask(Request::Members, path, cancel) : std::nullopt;
  if (!answer) return std::nullopt;
  Reader in(*answer);
  return in.texts();
}

std::optional<ValueInfo> Evaluation::describe(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel) {
  auto project = project_of(snapshot, path.file);
  auto answer = project ? project->ask(Request::Describe, path, cancel) : std::nullopt;
  if (!answer) return std::nullopt;
  Reader in(*answer);
  return read_value_info(in);
}

std::optional<OptionState> Evaluation::option_state(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel) {
  auto project = project_of(snapshot, path.file);
  auto answer = project ? project->ask(Request::OptionState, path, cancel) : std::nullopt;
  if (!answer) return std::nullopt;
  Reader in(*answer);
  OptionState state = read_option_state(in);
  return state.known ? std::optional(std::move(state)) : std::nullopt;
}

std::optional<BuildPlan> Evaluation::build_plan(const Snapshot& snapshot, const ValuePath& path, const Cancel& cancel) {
  auto project = project_of(snapshot, path.file);
  auto answer = project ? project->ask(Request::BuildGraph, path, cancel) : std::nullopt;
  if (!answer) return std::nullopt;
  Reader in(*answer);
  return read_build_plan(in);
}

std::string Evaluation::nixpkgs(const Snapshot& snapshot, const std::string& file) {
  auto project = project_of(snapshot, file);
  return project ? project->nixpkgs() : "";
}

bool Evaluation::is_entry(const Snapshot& snapshot, const std::string& file) {
  auto project = project_of(snapshot, file);
  return project && std::ranges::find(project->project().entries, file) != project->project().entries.end();
}

}  // namespace evalctl::lsp
