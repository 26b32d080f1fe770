// Evaluates jobs: from an attribute path to what stands there.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "cli/job.h"
#include "cli/session.h"
#include "evaluator/attrs.h"
#include "evaluator/program.h"

namespace evalctl::cli {

// The sets that are entered on the way to jobs, called with arguments where they asked for some: by the path that leads to
// them, each name of which ends with a zero byte. Readers on several threads share them.
class EnteredSets {
 public:
  EnteredSets(evaluator::Vm& vm, evaluator::Value root) : program_(vm.program()) { enter("", root); }
  // The value at a path; no value where nobody was.
  evaluator::Value find(const std::string& key) const;
  // The value there from now on: `value`, unless another thread was faster.
  evaluator::Value enter(const std::string& key, evaluator::Value value);
  void replace_root(evaluator::Value root);

 private:
  evaluator::Vm::Program& program_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, evaluator::Value*> places_;
};

class JobReader {
 public:
  // `apply` is called with each derivation, unless it is no value. `files_before`: how many files were read before this and other
  // jobs were evaluated here; nothing where there are no others.
  JobReader(Session& session, evaluator::Vm& vm, const JobOptions& options, EnteredSets& entered, evaluator::Value apply,
            std::optional<std::uint32_t> files_before = {});

  // A failure gives a line that says so. A derivation is in the store afterwards, unless nothing is written.
  JobReply read(const AttributePath& path);

 private:
  using Value = evaluator::Value;
  using AttrsObject = evaluator::AttrsObject;

  Value value_at(const AttributePath& path);
  bool is_wanted(const AttributePath& path) const;
  bool is_below_itself(Value v, const AttributePath& path) const;
  bool children(AttrsObject* attrs, const AttributePath& path, JobReply& reply);
  bool job(Value v, AttrsObject* attrs, const AttributePath& path, std::string& line);
  JobReply failure(const AttributePath& path);

  Session& session_;
  evaluator::Vm& vm_;
  const JobOptions& options_;
  EnteredSets& entered_;
  Value apply_;
  std::optional<std::uint32_t> files_before_;
};

// A link in `folder` that keeps the derivation from being collected.
base::Result<void> keep_derivation(Session& session, const std::string& folder, const std::string& drv_path);

}  // namespace evalctl::cli
