#include "cli/buildables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "cli/configurations.h"
#include "cli/realise.h"

namespace evalctl::cli {

using namespace evaluator;

namespace {

bool fill_outputs(Session& session, Buildable& buildable, bool all) {
  auto known = session.world.hashes->find(buildable.path);
  if (!known) return session.vm.fail(known.error()), false;
  if (all) {
    buildable.outputs.clear();
    for (const auto& [name, path] : (*known)->outputs) buildable.outputs.push_back(name);
  }
  std::ranges::sort(buildable.outputs);
  for (const std::string& name : buildable.outputs) {
    const std::string* path = (*known)->output(name);
    if (!path) return session.vm.fail_other("derivation '{}' does not have wanted outputs '{}'", buildable.path, name), false;
    buildable.output_paths[name] = *path;
  }
  return true;
}

bool append_names(Vm& vm, Value list, std::vector<std::string>& names) {
  ListObject* forced = vm.force_list(list, "the attribute 'outputsToInstall' of a derivation");
  for (std::uint32_t i = 0; forced && i < forced->size; ++i) {
    const StringObject* name = vm.force_string(forced->items[i], "the name of an output");
    if (!name) return false;
    names.emplace_back(name->view());
  }
  return forced != nullptr;
}

// The outputs that are meant where none is named.
bool default_outputs(Vm& vm, AttrsObject* set, std::vector<std::string>& names) {
  bool specified = false;
  Attr chosen = find(set, intern("outputSpecified"));
  if (chosen && !vm.force_bool(*chosen.slot, specified, "the attribute 'outputSpecified' of a derivation")) return false;
  if (specified) {
    Attr output = find(set, vm.symbols.output_name);
    const StringObject* name = output ? vm.force_string(*output.slot, "the output name of a derivation") : nullptr;
    if (output && !name) return false;
    if (name) names.emplace_back(name->view());
  } else if (Attr meta = chosen ? Attr{} : find(set, vm.symbols.meta)) {
    AttrsObject* about = vm.force_attrs(*meta.slot, "the attribute 'meta' of a derivation");
    if (!about) return false;
    Attr wanted = find(about, intern("outputsToInstall"));
    if (wanted && !append_names(vm, *wanted.slot, names)) return false;
  }
  if (names.empty()) names.push_back("out");
  return true;
}

bool from_derivation(Session& session, const Selected& selected, Value value, std::vector<Buildable>& found) {
  Vm& vm = session.vm;
  std::vector<FoundDerivation> derivations;
  if (!find_derivations(session, value, derivations)) return false;
  bool all = selected.outputs == std::vector<std::string>{"*"};
  for (const FoundDerivation& one : derivations) {
    Buildable buildable{one.drv_path, selected.outputs, {}};
    bool is_one = is_derivation(vm, value);
    if (vm.error) return false;
    if (buildable.outputs.empty() && is_one && !default_outputs(vm, as_attrs(value), buildable.outputs)) return false;
    if (buildable.outputs.empty()) buildable.outputs.push_back(one.output_name);
    if (!fill_outputs(session, buildable, all)) return false;
    found.push_back(std::move(buildable));
  }
  return true;
}

}  // namespace

std::string Buildable::to_string() const { return outputs.empty() ? path : fmt::format("{}!{}", path, fmt::join(outputs, ",")); }

bool buildables_of(Session& session, const InstallableOptions& options, std::vector<Buildable>& found) {
  Vm& vm = session.vm;
  std::vector<Selected> selected;
  if (!Installables(session, options).select_all(selected)) return false;
  for (const Selected& one : selected) {
    if (!one.drv_path.empty()) {
      Buildable buildable{one.drv_path, one.outputs, {}};
      bool all = one.outputs == std::vector<std::string>{"*"};
      if (!one.outputs.empty() && !fill_outputs(session, buildable, all)) return false;
      found.push_back(std::move(buildable));
      continue;
    }
    Value value = vm.force(one.value);
    if (!value) return false;
    bool is = is_derivation(vm, value);
    if (vm.error) return false;
    if (!is && !options.is_plain()) {
      vm.fail_type("expected flake output attribute '{}' to be a derivation or path but found {}", show_attribute_path(one.names), Vm::describe_type(value));
      return false;
    }
    if (!from_derivation(session, one, value, found)) return false;
  }
  return true;
}

bool build(Session& session, std::vector<Buildable>& buildables, const std::vector<std::string>& options) {
  std::vector<std::string> wanted;
  for (const Buildable& buildable : buildables) {
    // A .drv file without outputs is wanted as it stands.
    if (buildable.outputs.empty() && session.world.is_valid(buildable.path)) continue;
    wanted.push_back(buildable.to_string());
  }
  if (!wanted.empty() && !realise(session, wanted, options)) return false;
  for (Buildable& buildable : buildables) {
    for (auto& [name, path] : buildable.output_paths) {
      if (!path.empty()) continue;
      auto made = session.world.store->outputs(buildable.path);
      if (!made) return session.vm.fail(made.error()), false;
      path = (*made)[name];
    }
  }
  return true;
}

bool make_root(Session& session, const std::string& link, const std::string& path) {
  std::error_code error;
  std::string absolute = std::filesystem::absolute(link, error).string();
  if (std::filesystem::is_symlink(absolute, error)) std::filesystem::remove(absolute, error);
  std::filesystem::create_symlink(path, absolute, error);
  if (error) return session.vm.fail_other("cannot make the link '{}': {}", absolute, error.message()), false;
  if (auto kept = session.world.store->add_root(absolute); !kept) return session.vm.fail(kept.error()), false;
  return true;
}

bool build_found(Session& session, const std::vector<FoundDerivation>& found, std::vector<std::string> options, const std::string& link, bool dry_run) {
  std::vector<Buildable> buildables;
  for (const FoundDerivation& one : found) {
    buildables.push_back({one.drv_path, {one.output_name}, {}});
    if (!fill_outputs(session, buildables.back(), false)) return false;
  }
  if (dry_run) options.push_back("--dry-run");
  if (!build(session, buildables, options)) return false;
  std::map<std::string, std::string> prefixes;
  for (const Buildable& buildable : buildables) {
    if (dry_run) break;
    auto [prefix, fresh] = prefixes.try_emplace(buildable.path, link);
    if (fresh && prefixes.size() > 1) prefix->second = fmt::format("{}-{}", link, prefixes.size());
    const auto& [name, path] = *buildable.output_paths.begin();
    if (!link.empty() && !make_root(session, name == "out" ? prefix->second : prefix->second + "-" + name, path)) return false;
    fmt::print("{}\n", path);
  }
  return true;
}

}  // namespace evalctl::cli
