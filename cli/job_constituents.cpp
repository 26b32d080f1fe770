#include "cli/job_constituents.h"

#include <fmt/core.h>
#include <fnmatch.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "cli/job_reader.h"
#include "store/derivation.h"
#include "store/dynamic_inputs.h"
#include "store/graph.h"

namespace evalctl::cli {
namespace {

using nlohmann::json;

struct Aggregate {
  std::set<std::string> parts;                // attributes of jobs
  std::map<std::string, std::string> broken;  // attribute or pattern, and what is wrong with it
};

class Aggregates {
 public:
  Aggregates(Session& session, const std::map<std::string, std::string>& lines, const std::string& roots_folder)
      : session_(session), roots_folder_(roots_folder) {
    for (const auto& [attribute, line] : lines) {
      json job = json::parse(line, nullptr, false);
      if (job.is_object()) jobs_[attribute] = std::move(job);
    }
    for (const auto& [attribute, job] : jobs_) {
      if (auto named = job.find("namedConstituents"); named != job.end() && !named->empty()) gather(attribute, job);
    }
  }

  void print(const std::function<void(const std::string& line)>& print) {
    // What an aggregate consists of is made before it, as its derivation is an input.
    for (const auto& [attribute, aggregate] : aggregates_) visit(attribute, nullptr);
    for (const std::string& attribute : order_) {
      json& job = jobs_[attribute];
      const Aggregate& aggregate = aggregates_[attribute];
      job.erase("namedConstituents");
      std::string error = in_cycle_.contains(attribute) ? in_cycle_[attribute] : "";
      for (const auto& [name, reason] : aggregate.broken) error += fmt::format("{}: {}\n", name, reason);
      if (error.empty()) {
        auto made = rewrite(job, aggregate.parts);
        if (!made) error = made.error().message;
      }
      if (!error.empty()) job["error"] = error;
      print(job.dump(-1, ' ', false, json::error_handler_t::replace));
    }
  }

 private:
  void gather(const std::string& attribute, const json& job) {
    Aggregate& aggregate = aggregates_[attribute];
    bool glob = job.value("globConstituents", false);
    auto add = [&](const std::string& name, const json& part) {
      if (part.contains("error")) aggregate.broken[name] = part["error"];
      else aggregate.parts.insert(name);
    };
    for (const auto& wanted : job["namedConstituents"]) {
      std::string name = wanted;
      if (auto part = jobs_.find(name); part != jobs_.end()) {
        add(name, part->second);
        continue;
      }
      bool any = false;
      for (const auto& [other, part] : jobs_) {
        if (!glob || other == attribute || fnmatch(name.c_str(), other.c_str(), 0) != 0) continue;
        any = true;
        add(other, part);
      }
      if (!any) aggregate.broken[name] = glob ? "constituent glob pattern had no matches" : "does not exist";
    }
  }

  void visit(const std::string& attribute, const std::string* from) {
    if (on_the_way_.contains(attribute)) {
      // An aggregate that names itself asks for nothing.
      if (*from == attribute) return;
      for (const std::string* one : {&attribute, from}) in_cycle_[*one] = fmt::format("Dependency cycle: {} <-> {}", attribute, *from);
      return;
    }
    if (!seen_.insert(attribute).second) return;
    on_the_way_.insert(attribute);
    Aggregate& aggregate = aggregates_[attribute];
    aggregate.parts.erase(attribute);
    for (const std::string& part : aggregate.parts) {
      if (!aggregates_.contains(part)) continue;
      visit(part, &attribute);
      if (in_cycle_.contains(part) && !in_cycle_.contains(attribute)) in_cycle_[attribute] = "Skipping aggregate because of a dependency cycle";
      else if (!aggregates_[part].broken.empty()) aggregate.broken[part] = "this aggregate cannot be made";
    }
    on_the_way_.erase(attribute);
    order_.push_back(attribute);
  }

  base::Result<store::Derivation> derivation(const std::string& path) {
    auto known = session_.world.hashes->find(path);
    if (!known) return std::unexpected(known.error());
    return store::parse_aterm((*known)->text);
  }

  base::Result<void> rewrite(json& job, const std::set<std::string>& parts) {
    std::string path = job["drvPath"], name(store::name_of_object(path));
    auto aggregate = derivation(path);
    if (!aggregate) return std::unexpected(aggregate.error());
    for (const std::string& part : parts) {
      std::string input = jobs_[part]["drvPath"];
      auto needed = derivation(input);
      if (!needed) return std::unexpected(needed.error());
      job["constituents"].push_back(input);
      aggregate->input_drvs[input] = {needed->outputs.begin()->first};
    }
    for (auto& [output, where] : aggregate->outputs) {
      // Where the paths are not made of the inputs, there is nothing to make anew.
      if (where.path.empty() || !where.method_and_algorithm.empty()) return {};
      where.path.clear();
      aggregate->env[output] = "";
    }
    auto write = [&](const std::string& path, std::string_view text) {
      store::References references = aggregate->input_srcs;
      for (const auto& [input, outputs] : aggregate->input_drvs) references.emplace(store::known_drv(input));
      return session_.world.store->add_text(path, text, references);
    };
    auto known = session_.world.hashes->add(*aggregate, name, write);
    if (!known) return std::unexpected(known.error());
    if (auto written = session_.world.store->flush(); !written) return written;
    job["drvPath"] = (*known)->path;
    for (const auto& [output, where] : (*known)->outputs) job["outputs"][output] = where;
    return keep_derivation(session_, roots_folder_, (*known)->path);
  }

  Session& session_;
  const std::string& roots_folder_;
  std::map<std::string, json> jobs_;
  std::map<std::string, Aggregate> aggregates_;
  std::set<std::string> seen_, on_the_way_;
  std::map<std::string, std::string> in_cycle_;
  std::vector<std::string> order_;
};

}  // namespace

void resolve_constituents(Session& session, const std::map<std::string, std::string>& lines, const std::string& roots_folder,
                          const std::function<void(const std::string& line)>& print) {
  Aggregates(session, lines, roots_folder).print(print);
}

}  // namespace evalctl::cli
