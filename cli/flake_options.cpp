#include "cli/flake_options.h"

#include <fmt/core.h>

#include "base/files.h"
#include "cli/flake_config.h"

namespace evalctl::cli {

void FlakeOptions::add_to(std::vector<Option>& table, Session& session) {
  lock.apply_config = [&session](const stdlib::FlakeConfig& config) { apply_flake_config(session, config); };
  table.push_back({"--override-input", 2, [this](auto v) { overrides.emplace_back(v[0], v[1]); lock.write = false; }});
  table.push_back({"--update-input", 1, [this, &session](auto v) {
    session.world.message("warning: '--update-input' is a deprecated alias for 'flake update' and will be removed in a future version.");
    updates.emplace_back(v[0]);
  }});
  table.push_back(flag("--no-write-lock-file", lock.write, false));
  table.push_back(flag("--no-update-lock-file", lock.update, false));
  table.push_back(flag("--recreate-lock-file", lock.recreate));
  table.push_back(flag("--allow-dirty-locks", lock.allow_dirty_locks));
  table.push_back(flag("--commit-lock-file", lock.commit));
  table.push_back({"--no-registries|--no-use-registries", 0, [this](auto) { lock.use_registries = false; }});
  table.push_back({"--reference-lock-file", 1, [this](auto v) { lock.reference_file = v[0]; }});
  table.push_back({"--output-lock-file", 1, [this](auto v) { lock.output_file = v[0]; }});
  table.push_back({"--override-flake", 2, [&session](auto v) { session.world.registry_overrides.emplace_back(v[0], v[1]); }});
  table.push_back({"--flake-registry", 1, [&session](auto v) { session.world.global_registry = v[0]; }});
  table.push_back({"--impure|--no-pure-eval", 0, [this, &session](auto) { impure = true; session.world.pure = false; }});
}

bool FlakeOptions::prepare() {
  auto failed = [](const std::string& message) {
    fmt::print(stderr, "error: {}\n", message);
    return false;
  };
  for (const auto& [name, text] : overrides) {
    auto path = stdlib::parse_input_path(name);
    if (!path || path->empty()) return failed(path ? "--override-input needs the name of an input" : path.error().message);
    auto reference = stdlib::parse_reference(text, {.base_folder = base::working_folder()});
    if (!reference) return failed(reference.error().message);
    lock.overrides[*path] = *reference;
  }
  for (const std::string& name : updates) {
    auto path = stdlib::parse_input_path(name);
    if (!path || path->empty()) return failed(path ? "--update-input needs the name of an input" : path.error().message);
    lock.updates.insert(*path);
  }
  return true;
}

}  // namespace evalctl::cli
