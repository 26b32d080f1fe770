#include "cli/job_reports.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"
#include "stdlib/diagnose.h"

namespace evalctl::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kSarifSchema = "https://json.schemastore.org/sarif-2.1.0.json";

json parsed(const JobResult& result) {
  json value = json::parse(result.line, nullptr, false);
  return value.is_object() ? value : json::object();
}

json region(const json& place) {
  json out;
  for (auto [from, to] : {std::pair("line", "startLine"), std::pair("column", "startColumn"), std::pair("endLine", "endLine"),
                          std::pair("endColumn", "endColumn")}) {
    if (place.contains(from)) out[to] = place[from];
  }
  return out;
}

json location(const json& place) {
  std::error_code error;
  std::filesystem::path file = place.value("file", "");
  std::filesystem::path relative = file.lexically_relative(std::filesystem::current_path(error));
  bool below = !relative.empty() && *relative.begin() != "..";
  json artifact{{"uri", below ? relative.string() : "file://" + file.string()}};
  return {{"physicalLocation", {{"artifactLocation", artifact}, {"region", region(place)}}}};
}

// The place that a person looks at first, and the others.
void add_places(const json& diagnostic, json& result) {
  auto is_file = [](const json& place) { return place.is_object() && place.value("file", "").starts_with('/'); };
  json related = json::array();
  if (diagnostic.contains("primary") && is_file(diagnostic["primary"])) result["locations"] = json::array({location(diagnostic["primary"])});
  for (const json& place : diagnostic.value("related", json::array())) {
    if (!is_file(place)) continue;
    json one = location(place);
    if (std::string label = place.value("label", ""); !label.empty()) one["message"] = {{"text", label}};
    related.push_back(std::move(one));
  }
  if (!related.empty()) result["relatedLocations"] = related;
}

json sarif_result(const JobResult& result, const json& line, std::map<std::string, json>& rules) {
  json diagnostic = line.value("diagnostic", json::object());
  std::string rule = diagnostic.value("code", ""), help = diagnostic.value("help", "");
  std::string message = diagnostic.value("message", line.value("error", ""));
  json out{{"level", "error"}, {"message", {{"text", fmt::format("{}: {}{}", result.attribute, message, help.empty() ? "" : "\n" + help)}}}};
  out["logicalLocations"] = json::array({{{"fullyQualifiedName", result.attribute}, {"kind", "member"}}});
  out["properties"] = {{"attr", result.attribute}};
  if (!rule.empty()) {
    out["ruleId"] = rule;
    json& known = rules[rule];
    known["id"] = rule;
    if (const auto* row = stdlib::find_error_code(rule)) {
      known["name"] = row->name;
      known["shortDescription"] = {{"text", row->explanation}};
    }
  }
  add_places(diagnostic, out);
  // Logical places belong to a location; a result without a file has one all the same.
  json logical = out["logicalLocations"];
  out.erase("logicalLocations");
  if (!out.contains("locations")) out["locations"] = json::array({json::object()});
  out["locations"][0]["logicalLocations"] = logical;
  return out;
}

}  // namespace

base::Result<void> write_sarif(const std::string& file, const std::vector<JobResult>& results) {
  std::map<std::string, json> rules;
  json found = json::array(), described = json::array();
  for (const JobResult& result : results) {
    json line = parsed(result);
    if (line.contains("error")) found.push_back(sarif_result(result, line, rules));
  }
  for (auto& [id, rule] : rules) described.push_back(rule);
  json driver{{"name", "evalctl"}, {"version", "0.1.0"}, {"rules", described}};
  json run{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", found}};
  json whole{{"$schema", kSarifSchema}, {"version", "2.1.0"}, {"runs", json::array({run})}};
  return base::write_file_atomically(file, whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n", 0644);
}

base::Result<void> write_junit(const std::string& file, const std::string& suite, const std::vector<JobResult>& results) {
  std::string cases;
  std::size_t failures = 0;
  double seconds = 0;
  for (const JobResult& result : results) {
    json line = parsed(result);
    seconds += result.seconds;
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", base::xml_escaped(suite), base::xml_escaped(result.attribute), result.seconds);
    if (!line.contains("error")) {
      cases += "/>\n";
      continue;
    }
    ++failures;
    json diagnostic = line.value("diagnostic", json::object());
    std::string text = line["error"], message = diagnostic.value("message", text);
    message = message.substr(0, message.find('\n'));
    cases += fmt::format(">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
                         base::xml_escaped(diagnostic.value("code", "evaluation")), base::xml_escaped(message), base::xml_escaped(text));
  }
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{:.3f}\">\n{}  </testsuite>\n</testsuites>\n",
      base::xml_escaped(suite), results.size(), failures, seconds, cases);
  return base::write_file_atomically(file, out, 0644);
}

}  // namespace evalctl::cli
