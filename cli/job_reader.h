// Evaluates jobs: from an attribute path to what stands there.
#pragma once
#include <string>
#include <unordered_map>

#include "cli/job.h"
#include "cli/session.h"
#include "evaluator/attrs.h"

namespace evalctl::cli {

class JobReader {
 public:
  // `apply` is called with each derivation, unless it is no value.
  JobReader(Session& session, const JobOptions& options, evaluator::Value root, evaluator::Value apply);

  // A failure gives a line that says so. A derivation is in the store afterwards, unless nothing is written.
  JobReply read(const AttributePath& path);

 private:
  using Value = evaluator::Value;
  using AttrsObject = evaluator::AttrsObject;

  Value value_at(const AttributePath& path);
  bool is_wanted(const AttributePath& path) const;
  bool is_below_itself(Value v, const AttributePath& path) const;
  int is_derivation(AttrsObject* attrs);
  bool children(AttrsObject* attrs, const AttributePath& path, JobReply& reply);
  bool job(Value v, AttrsObject* attrs, const AttributePath& path, std::string& line);
  JobReply failure(const AttributePath& path);

  Session& session_;
  evaluator::Vm& vm_;
  const JobOptions& options_;
  // Sets that were entered, called with arguments where they asked for some: places in `entered_` by joined path.
  std::unordered_map<std::string, std::size_t> places_;
  evaluator::ValueVector entered_;
  Value apply_;
};

// A link in `folder` that keeps the derivation from being collected.
base::Result<void> keep_derivation(Session& session, const std::string& folder, const std::string& drv_path);

}  // namespace evalctl::cli
