#include "cli/job_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "stdlib/json.h"
#include "store/dynamic_inputs.h"
#include "store/store_path.h"

namespace evalctl::cli {

using namespace evaluator;

std::string json_object(const JobFields& fields) {
  std::string out = "{";
  for (const auto& [key, value] : fields) out += fmt::format("{}{}:{}", out.size() > 1 ? "," : "", json_string(key), value);
  return out + "}";
}

namespace {

// The path of an output: of its attribute `outPath`, as long as that is no placeholder.
bool output_path(Vm& vm, AttrsObject* output, std::string_view what, JobFields& paths, const std::string& name) {
  Attr found = find(output, vm.symbols.out_path);
  if (!found) return true;
  std::string path;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(*found.slot, path, context, false, false, what)) return false;
  paths[name] = store::is_store_path(path) ? json_string(path) : "null";
  return true;
}

bool is_plain(Vm& vm, Value v, bool& plain);

bool all_plain(Vm& vm, AttrsObject* attrs, bool& plain) {
  plain = !find(attrs, vm.symbols.out_path);
  for (const Attr& a : attributes(attrs)) {
    if (!plain) break;
    if (!is_plain(vm, *a.slot, plain)) return false;
  }
  return true;
}

// Whether Nix takes the value for meta information that other tools can read.
bool is_plain(Vm& vm, Value v, bool& plain) {
  Vm::Depth depth(vm);
  if (!depth) return false;
  v = vm.force(v);
  if (!v) return false;
  if (v.is(Kind::Attrs)) return all_plain(vm, as_attrs(v), plain);
  if (!v.is(Kind::List)) {
    Kind kind = v.kind();
    plain = kind == Kind::Integer || kind == Kind::Bool || kind == Kind::String || kind == Kind::Float;
    return true;
  }
  plain = true;
  for (std::uint32_t i = 0; plain && i < as_list(v)->size; ++i) {
    if (!is_plain(vm, as_list(v)->items[i], plain)) return false;
  }
  return true;
}

// The derivations of `wanted`, after those of them they need.
void in_order(const store::KnownDerivation& derivation, const std::set<std::string>& wanted, std::set<std::string>& seen,
              std::vector<std::string>& order) {
  if (!wanted.contains(derivation.path) || !seen.insert(derivation.path).second) return;
  std::vector<const store::KnownDerivation*> inputs = derivation.inputs;
  std::sort(inputs.begin(), inputs.end(), [](auto* a, auto* b) { return a->path < b->path; });
  for (const store::KnownDerivation* input : inputs) in_order(*input, wanted, seen, order);
  order.push_back(derivation.path);
}

}  // namespace

bool add_outputs(Vm& vm, AttrsObject* attrs, JobFields& fields) {
  JobFields paths;
  Attr outputs = find(attrs, vm.symbols.outputs);
  if (!outputs) {
    if (!find(attrs, vm.symbols.out_path)) return static_cast<bool>(vm.fail(ErrorKind::MissingAttribute, "derivation does not have attribute 'outPath'"));
    if (!output_path(vm, attrs, "the output path of a derivation", paths, "out")) return false;
    fields["outputs"] = json_object(paths);
    return true;
  }
  ListObject* names = vm.force_list(*outputs.slot, "the 'outputs' attribute of a derivation");
  for (std::uint32_t i = 0; names && i < names->size; ++i) {
    const StringObject* name = vm.force_string_no_context(names->items[i], "the name of an output of a derivation");
    if (!name) return false;
    Attr output = find(attrs, intern(name->view()));
    if (!output) continue;
    AttrsObject* set = vm.force_attrs(*output.slot, "an output of a derivation");
    if (!set || !output_path(vm, set, "an output path of a derivation", paths, std::string(name->view()))) return false;
  }
  fields["outputs"] = json_object(paths);
  return names != nullptr;
}

bool add_meta(Vm& vm, AttrsObject* attrs, JobFields& fields) {
  Attr meta = find(attrs, vm.symbols.meta);
  AttrsObject* set = meta ? vm.force_attrs(*meta.slot, "the 'meta' attribute of a derivation") : nullptr;
  if (meta && !set) return false;
  JobFields members;
  for (const Attr& a : attributes_by_text(set ? set : as_attrs(vm.empty_attrs))) {
    bool plain = false;
    const Context* context = nullptr;
    if (!is_plain(vm, *a.slot, plain)) return false;
    if (plain && !stdlib::to_json(vm, *a.slot, members[std::string(text_of(a.name))], context, false)) return false;
  }
  fields["meta"] = members.empty() ? "null" : json_object(members);
  return true;
}

bool add_constituents(Vm& vm, AttrsObject* attrs, JobFields& fields) {
  std::vector<std::string> derivations, names;
  bool aggregate = false, glob = false;
  auto flag = [&](std::string_view name, bool& value) {
    Attr found = find(attrs, intern(name));
    return !found || vm.force_bool(*found.slot, value, fmt::format("the attribute `{}`", name));
  };
  if (!flag("_hydraAggregate", aggregate)) return false;
  if (aggregate) {
    Attr parts = find(attrs, intern("constituents"));
    if (!parts) return static_cast<bool>(vm.fail(ErrorKind::MissingAttribute, "derivation must have a 'constituents' attribute"));
    std::string text;
    const Context* context = nullptr;
    if (!vm.coerce_to_string(*parts.slot, text, context, true, false, "the `constituents` attribute")) return false;
    for (const ContextElement& element : context ? context->elements() : std::vector<ContextElement>{}) {
      if (element.kind == ContextElement::Kind::Built) derivations.emplace_back(element.path);
    }
    ListObject* list = vm.force_list(*parts.slot, "the `constituents` attribute");
    for (std::uint32_t i = 0; list && i < list->size; ++i) {
      Value item = vm.force(list->items[i]);
      if (!item) return false;
      if (item.is(Kind::String)) names.emplace_back(as_string(item)->view());
    }
    if (!list || !flag("_hydraGlobConstituents", glob)) return false;
  }
  fields["constituents"] = json_strings(derivations);
  fields["namedConstituents"] = json_strings(names);
  fields["globConstituents"] = glob ? "true" : "false";
  return true;
}

std::string input_derivations(const store::Derivation& derivation) {
  JobFields inputs;
  for (const auto& [input, names] : derivation.input_drvs) {
    std::string path(store::known_drv(input));
    if (path == input) inputs[path] = json_strings(names);
    else inputs.try_emplace(path, "[]");
  }
  return json_object(inputs);
}

std::string required_system_features(const store::Derivation& derivation) {
  std::set<std::string> features;
  auto structured = derivation.env.find("__json"), plain = derivation.env.find("requiredSystemFeatures");
  if (structured != derivation.env.end()) {
    auto json = nlohmann::json::parse(structured->second, nullptr, false);
    if (json.is_object() && json.contains("requiredSystemFeatures") && json["requiredSystemFeatures"].is_array()) {
      for (const auto& feature : json["requiredSystemFeatures"]) {
        if (feature.is_string()) features.insert(feature.get<std::string>());
      }
    }
  } else if (plain != derivation.env.end()) {
    std::string_view rest = plain->second;
    while (!rest.empty()) {
      std::size_t end = std::min(rest.find_first_of(" \t\n\r"), rest.size());
      if (end > 0) features.emplace(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  // Paths that are known after a build only take builders of this kind.
  for (const auto& [name, output] : derivation.outputs) {
    if (output.path.empty()) features.insert("ca-derivations");
  }
  return json_strings(features);
}

base::Result<void> add_cache_status(Session& session, const store::KnownDerivation& known, const store::Derivation& derivation,
                                    JobFields& fields) {
  std::vector<std::string> wanted;
  for (const auto& [name, path] : known.outputs) {
    if (!path.empty()) wanted.push_back(path);
  }
  for (const auto& [path, names] : derivation.input_drvs) {
    if (!store::is_dynamic(path)) wanted.push_back(fmt::format("{}!{}", path, fmt::join(names, ",")));
  }
  auto missing = session.world.store->missing(wanted);
  if (!missing) return std::unexpected(missing.error());
  std::set<std::string> builds(missing->will_build.begin(), missing->will_build.end()), seen;
  std::vector<std::string> order;
  for (const std::string& path : builds) {
    auto needed = session.world.hashes->find(path);
    if (!needed) return std::unexpected(needed.error());
    in_order(**needed, builds, seen, order);
  }
  // By name, then by hash.
  std::vector<std::string>& fetched = missing->will_substitute;
  constexpr std::size_t kHash = store::kStoreDir.size() + 33;
  std::sort(fetched.begin(), fetched.end(), [](const std::string& a, const std::string& b) {
    return std::pair(std::string_view(a).substr(kHash), std::string_view(a)) < std::pair(std::string_view(b).substr(kHash), std::string_view(b));
  });
  bool there = builds.empty() && missing->unknown.empty();
  fields["cacheStatus"] = !there ? "\"notBuilt\"" : fetched.empty() ? "\"local\"" : "\"cached\"";
  fields["isCached"] = there ? "true" : "false";
  fields["neededBuilds"] = json_strings(order);
  fields["neededSubstitutes"] = json_strings(fetched);
  return {};
}

}  // namespace evalctl::cli
