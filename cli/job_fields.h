// The fields of a job's line.
#pragma once
#include <map>
#include <set>
#include <string>

#include "cli/output.h"
#include "cli/session.h"
#include "evaluator/attrs.h"
#include "store/derivation.h"
#include "store/hash_modulo.h"

namespace evalctl::cli {

// JSON by key.
using JobFields = std::map<std::string, std::string>;

template <class Texts>
std::string json_strings(const Texts& texts) {
  std::string out = "[";
  for (const auto& text : texts) out += (out.size() > 1 ? "," : "") + json_string(text);
  return out + "]";
}
std::string json_object(const JobFields& fields);

// ---- Of the value. Each returns false on failure (vm.error is set).
// `outputs`: where each output is, or null where that is known after a build only.
bool add_outputs(evaluator::Vm& vm, evaluator::AttrsObject* attrs, JobFields& fields);
// `meta`: what of it is made of strings, numbers, booleans, lists and sets.
bool add_meta(evaluator::Vm& vm, evaluator::AttrsObject* attrs, JobFields& fields);
// `constituents`, `namedConstituents`, `globConstituents`: of an aggregate job the derivations it consists of, and the jobs
// that are named by a string.
bool add_constituents(evaluator::Vm& vm, evaluator::AttrsObject* attrs, JobFields& fields);

// ---- Of the derivation.
std::string input_derivations(const store::Derivation& derivation);
std::string required_system_features(const store::Derivation& derivation);
// `cacheStatus`, `isCached`, `neededBuilds`, `neededSubstitutes`.
base::Result<void> add_cache_status(Session& session, const store::KnownDerivation& known, const store::Derivation& derivation,
                                    JobFields& fields);

}  // namespace evalctl::cli
