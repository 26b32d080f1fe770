#include "cli/graph_file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/observations.h"
#include "stdlib/build_graph.h"
#include "store/dynamic_inputs.h"
#include "store/store_path.h"

namespace evalctl::cli {
namespace {

using nlohmann::json;

// A file that is renamed to its name when all is written; or standard output.
class Target {
 public:
  explicit Target(const std::string& file) : name_(file), temporary_(file + ".tmp") {
    stream_ = file == "-" ? stdout : std::fopen(temporary_.c_str(), "wb");
    if (!stream_) error_ = errno;
  }
  ~Target() {
    if (stream_ && name_ != "-") {
      std::fclose(stream_);
      std::remove(temporary_.c_str());
    }
  }
  void write(std::string_view bytes) {
    if (stream_ && std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size()) failed();
  }
  // 0, or why not. What is printed is looked at by whoever ends the process.
  int finish() {
    if (!stream_ || name_ == "-") return error_;
    if (std::fclose(std::exchange(stream_, nullptr)) != 0) failed();
    if (!error_ && std::rename(temporary_.c_str(), name_.c_str()) != 0) failed();
    if (error_) std::remove(temporary_.c_str());
    return error_;
  }

 private:
  // The first reason is kept.
  void failed() { error_ = error_ ? error_ : errno; }

  std::string name_, temporary_;
  std::FILE* stream_;
  int error_ = 0;
};

std::string full_path(const std::string& path) { return path.starts_with('/') ? path : fmt::format("{}/{}", store::kStoreDir, path); }

store::DerivationOutput output_of(const json& from) {
  store::DerivationOutput output;
  if (from.contains("path")) output.path = full_path(from["path"]);
  std::string method = from.value("method", ""), prefix = method == "nar" ? "r:" : method == "text" ? "text:" : method == "git" ? "git:" : "";
  if (from.contains("hashAlgo")) output.method_and_algorithm = prefix + from["hashAlgo"].get<std::string>();
  if (from.contains("hash")) {
    output.hash = from["hash"];
    if (auto hash = base::parse_hash(output.hash, std::nullopt)) {
      output.hash = hash->base16();
      output.method_and_algorithm = prefix + std::string(base::name_of(hash->algorithm));
    }
  }
  if (from.value("impure", false)) output.hash = "impure";
  return output;
}

// What is used of an input: a list of outputs, or a set that says which of them are derivations besides, and what is used of those.
void add_used_outputs(const std::string& input, const json& used, store::Derivation& d) {
  const json& outputs = used.is_array() ? used : used.at("outputs");
  const json inner = used.is_array() ? json() : used.value("dynamicOutputs", json::object());
  if (!outputs.empty() || inner.empty()) d.input_drvs[input] = outputs.get<std::set<std::string>>();
  for (const auto& [output, of_it] : inner.items()) add_used_outputs(store::dynamic_input(input, output), of_it, d);
}

store::Derivation derivation_of(const json& from) {
  store::Derivation d;
  for (const auto& [name, output] : from.at("outputs").items()) d.outputs[name] = output_of(output);
  const json& drvs = from.contains("inputs") ? from["inputs"].at("drvs") : from.at("inputDrvs");
  const json& sources = from.contains("inputs") ? from["inputs"].at("srcs") : from.at("inputSrcs");
  for (const auto& [path, used] : drvs.items()) add_used_outputs(full_path(path), used, d);
  for (const json& source : sources) d.input_srcs.insert(full_path(source));
  d.system = from.at("system");
  d.builder = from.at("builder");
  for (const json& argument : from.at("args")) d.args.push_back(argument);
  for (const auto& [name, value] : from.at("env").items()) d.env[name] = value;
  if (from.contains("structuredAttrs")) d.env["__json"] = from["structuredAttrs"].dump();
  return d;
}

}  // namespace

std::optional<GraphFormat> graph_format(std::string_view name) {
  std::string_view end = name.substr(name.rfind('.') + 1);
  if (end == "json") return GraphFormat::Json;
  if (end == "dot" || end == "gv") return GraphFormat::Dot;
  if (end == "svg") return GraphFormat::Svg;
  if (end == "drv-export") return GraphFormat::Export;
  return std::nullopt;
}

void GraphOutput::add_to(std::vector<Option>& options) {
  options.push_back(text("--graph", file));
  options.push_back(text("--depth", depth));
  options.push_back(text("--focus", view.focus));
  options.push_back(flag("--sources", view.sources));
  options.push_back(text("--json-version", json_version));
}

bool GraphOutput::prepare(Session& session) {
  if (file.empty()) return true;
  auto known = graph_format(format_name.empty() ? file : format_name);
  if (!known) {
    fmt::print(stderr, "error: '{}' does not say what to write: json, dot, svg or drv-export\n", format_name.empty() ? file : format_name);
    return false;
  }
  format = *known;
  if (!depth.empty()) {
    std::size_t steps = 0;
    auto [end, failure] = std::from_chars(depth.data(), depth.data() + depth.size(), steps);
    if (failure != std::errc() || end != depth.data() + depth.size()) {
      fmt::print(stderr, "error: '{}' is no depth\n", depth);
      return false;
    }
    view.depth = steps;
  }
  if (json_version.size() != 1 || json_version[0] < '1' || json_version[0] > '4') {
    fmt::print(stderr, "error: there are versions 1 to 4 of the JSON form, not '{}'\n", json_version);
    return false;
  }
  session.world.hashes->keep_texts = true;
  if (format != GraphFormat::Export) return true;
  // An export holds the sources, so these must be somewhere: where there is no store to write to, in one that is thrown away.
  session.world.read_only = false;
  if (!session.store.empty() || stdlib::World::has_machine_store()) return true;
  std::error_code error;
  std::string folder = (std::filesystem::temp_directory_path(error) / "evalctl-export-XXXXXX").string();
  if (error || !mkdtemp(folder.data())) {
    fmt::print(stderr, "error: cannot make a temporary folder for the sources\n");
    return false;
  }
  session.store = temporary_store_ = folder;
  return true;
}

GraphOutput::~GraphOutput() {
  std::error_code ignored;
  if (!temporary_store_.empty()) std::filesystem::remove_all(temporary_store_, ignored);
}

bool GraphOutput::write(Session& session, const std::vector<std::string>& drv_paths) {
  auto graph = graph_of(session, drv_paths);
  if (!graph) return session.vm.fail(graph.error()), false;
  return write(session, *graph);
}

bool GraphOutput::write(Session& session, const store::Graph& graph) {
  auto fail = [&](const std::string& message) {
    session.vm.fail_other("{}", message);
    return false;
  };
  // The next run has to write it too.
  if (file != "-") base::saw_what_changes();
  Target target(file);
  switch (format) {
    case GraphFormat::Json: target.write(store::graph_json(graph, static_cast<store::JsonVersion>(json_version[0] - '0'), roots_only)); break;
    case GraphFormat::Dot: target.write(store::graph_dot(graph, view)); break;
    case GraphFormat::Svg: target.write(store::graph_svg(graph, view)); break;
    case GraphFormat::Export: {
      auto exported = store::graph_export(graph, *session.world.store, [&](std::string_view bytes) { target.write(bytes); });
      if (!exported) return fail(exported.error().message);
    }
  }
  if (int error = target.finish()) return fail(fmt::format("cannot write '{}': {}", file, std::strerror(error)));
  if (file != "-") fmt::print(stderr, "{}: {} derivations, {} sources\n", file, graph.derivation_count(), graph.nodes.size() - graph.derivation_count());
  return true;
}

base::Result<store::Graph> graph_of(Session& session, const std::vector<std::string>& drv_paths) {
  return store::load_graph(drv_paths, stdlib::graph_reader(session.world));
}

base::Result<store::Graph> read_graph_file(const std::string& file) {
  auto text = base::read_file(file);
  if (!text) return std::unexpected(text.error());
  std::map<std::string, std::string> texts;
  std::map<std::string, bool> needed;
  try {
    json all = json::parse(*text);
    if (!all.is_object()) return base::fail(fmt::format("'{}' is no graph of derivations: it holds no set", file));
    for (const auto& [path, value] : (all.contains("derivations") ? all["derivations"] : all).items()) {
      store::Derivation derivation = derivation_of(value);
      for (const auto& [input, outputs] : derivation.input_drvs) needed[std::string(store::known_drv(input))] = true;
      texts[full_path(path)] = store::to_aterm(derivation);
    }
  } catch (const json::exception& error) {
    return base::fail(fmt::format("'{}' is no graph of derivations: {}", file, error.what()));
  }
  std::vector<std::string> roots;
  for (const auto& [path, unused] : texts) {
    if (!needed.contains(path)) roots.push_back(path);
  }
  store::GraphReader reader{
      .text = [&](const std::string& path) -> base::Result<std::string> {
        auto known = texts.find(path);
        if (known == texts.end()) return base::fail(fmt::format("'{}' does not hold the derivation '{}'", file, path));
        return known->second;
      },
      .references = [](const std::string&) { return std::vector<std::string>(); },
  };
  return store::load_graph(roots, reader);
}

bool read_graph(Session& session, Installables& installables, const std::string& word, store::Graph& graph) {
  std::vector<std::string> paths;
  bool is_file = is_graph_file(word);
  if (!is_file) {
    std::vector<FoundDerivation> found;
    if (!derivations_of(installables, session, word, found)) return false;
    for (const FoundDerivation& one : found) paths.push_back(one.drv_path);
  }
  auto loaded = is_file ? read_graph_file(word) : graph_of(session, paths);
  if (!loaded) return session.vm.fail(loaded.error()), false;
  graph = std::move(*loaded);
  return true;
}

}  // namespace evalctl::cli
