#include "stdlib/flakes/registry.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/observations.h"
#include "stdlib/world.h"
#include "store/cache.h"
#include "store/download.h"

namespace evalctl::stdlib {
namespace {

using nlohmann::json;

constexpr std::string_view kGlobalRegistry = "https://channels.nixos.org/flake-registry.json";
constexpr int kMaximumSteps = 100;

struct Entry {
  Input from, to;
  std::string folder;
  // Only for exactly this reference, not for other revisions of it.
  bool exact = false;
};
using Registry = std::vector<Entry>;

base::Result<InputAttributes> attributes_of(const json& object) {
  InputAttributes attributes;
  if (!object.is_object()) return base::fail("an entry has no flake reference");
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) attributes[name] = value.get<std::string>();
    else if (value.is_boolean()) attributes[name] = value.get<bool>();
    else if (value.is_number_unsigned()) attributes[name] = value.get<std::uint64_t>();
    else return base::fail(fmt::format("the attribute '{}' has an unsupported type", name));
  }
  return attributes;
}

base::Result<Registry> parse_registry(const std::string& text, const std::string& name) {
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded() || !document.is_object() || !document.contains("flakes")) {
    return base::fail(fmt::format("cannot parse flake registry '{}'", name));
  }
  if (document["version"] != 2) return base::fail(fmt::format("flake registry '{}' has an unsupported version", name));
  Registry registry;
  for (const json& item : document["flakes"]) {
    if (!item.contains("from") || !item.contains("to")) return base::fail(fmt::format("cannot parse flake registry '{}'", name));
    auto from = attributes_of(item["from"]), to = attributes_of(item["to"]);
    if (!from) return std::unexpected(from.error());
    if (!to) return std::unexpected(to.error());
    Entry entry;
    if (auto exact = item.find("exact"); exact != item.end()) {
      if (!exact->is_boolean()) return base::fail(fmt::format("cannot parse flake registry '{}'", name));
      entry.exact = exact->get<bool>();
    }
    auto source = FlakeReference::from_attributes(std::move(*from)), target = FlakeReference::from_attributes(std::move(*to));
    // Entries of kinds that we do not know are none of this evaluation's.
    if (!source || !target) continue;
    entry.from = source->input;
    entry.to = target->input;
    entry.folder = target->folder;
    registry.push_back(std::move(entry));
  }
  return registry;
}

base::Result<Registry> read_registry(const std::string& path) {
  if (!base::exists(path)) return Registry{};
  auto text = base::read_file(path);
  if (!text) return std::unexpected(text.error());
  return parse_registry(*text, path);
}

std::string user_registry_path() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config && *config) return std::string(config) + "/nix/registry.json";
  return base::home_folder() + "/.config/nix/registry.json";
}

std::string system_registry_path() {
  const char* folder = std::getenv("NIX_CONF_DIR");
  return std::string(folder && *folder ? folder : "/etc/nix") + "/registry.json";
}

base::Result<Registry> global_registry(World& world) {
  std::string where = world.global_registry.value_or(std::string(kGlobalRegistry));
  if (where.empty()) return Registry{};
  if (where.starts_with('/')) return read_registry(where);
  std::string name = "registries/" + store::cache_key(where);
  base::saw_what_changes();
  auto known = store::read_cached_text(name);
  if (known && known->age < world.refresh_seconds) return parse_registry(known->text, where);
  auto got = store::download(where);
  if (got) {
    if (auto written = store::write_cached_text(name, got->body); !written) return std::unexpected(written.error());
    return parse_registry(got->body, where);
  }
  if (!known) return std::unexpected(got.error());
  world.message(fmt::format("warning: {}; using cached version", got.error().message));
  return parse_registry(known->text, where);
}

base::Result<Registry> flag_registry(World& world) {
  Registry registry;
  for (const auto& [from, to] : world.registry_overrides) {
    auto source = parse_reference(from, {}), target = parse_reference(to, {});
    if (!source) return std::unexpected(source.error());
    if (!target) return std::unexpected(target.error());
    registry.push_back({source->input, target->input, target->folder, false});
  }
  return registry;
}

base::Result<std::vector<Registry>> registries(World& world, Registries which) {
  std::vector<base::Result<Registry>> all;
  all.push_back(flag_registry(world));
  if (which == Registries::All) {
    all.push_back(read_registry(user_registry_path()));
    all.push_back(read_registry(system_registry_path()));
  }
  std::vector<Registry> result;
  for (auto& registry : all) {
    if (!registry) return std::unexpected(registry.error());
    result.push_back(std::move(*registry));
  }
  return result;
}

// The entry for `input`; `rest` is what `input` says beyond it.
const Entry* find_entry(const Registry& registry, const Input& input) {
  Input general = input;
  general.attributes.erase("ref");
  general.attributes.erase("rev");
  for (const Entry& entry : registry) {
    if (entry.from == input || (!entry.exact && entry.from == general)) return &entry;
  }
  return nullptr;
}

// What `entry` leads to, with the revision that `input` asks for beyond the entry.
base::Result<Input> apply(const Entry& entry, const Input& input) {
  InputAttributes attributes = entry.to.attributes;
  for (const char* name : {"ref", "rev"}) {
    auto asked = input.text(name);
    if (!asked || entry.from.has(name)) continue;
    // Forges know one of the two.
    if (entry.to.type() != "git" && entry.to.type() != "indirect" && entry.to.type() != "hg") attributes.erase(std::string_view(name) == "ref" ? "rev" : "ref");
    attributes[name] = *asked;
  }
  return Input::from_attributes(std::move(attributes));
}

}  // namespace

base::Result<ResolvedInput> resolve_input(World& world, const Input& input, Registries which) {
  ResolvedInput result{input, ""};
  if (input.type() != "indirect") return result;
  if (which == Registries::None) {
    return base::fail(fmt::format("'{}' is an indirect flake reference, but registry lookups are not allowed", input.to_string()), base::Error::Kind::Flake);
  }
  auto known = registries(world, which);
  if (!known) return std::unexpected(known.error());
  bool has_global = false;
  for (int step = 0; result.input.type() == "indirect"; ++step) {
    if (step > kMaximumSteps) return base::fail(fmt::format("cycle detected in flake registry for '{}'", input.to_string()));
    const Entry* entry = nullptr;
    for (const Registry& registry : *known) {
      if (!entry) entry = find_entry(registry, result.input);
    }
    if (!entry && !has_global) {
      // Asked last, and only when nothing nearer knows the name.
      auto global = global_registry(world);
      if (!global) return base::fail(fmt::format("cannot find flake '{}' in the flake registries: {}", result.input.to_string(), global.error().message), base::Error::Kind::Flake);
      known->push_back(std::move(*global));
      has_global = true;
      continue;
    }
    if (!entry) return base::fail(fmt::format("cannot find flake '{}' in the flake registries", result.input.to_string()), base::Error::Kind::Flake);
    if (!entry->folder.empty()) result.folder = entry->folder;
    auto next = apply(*entry, result.input);
    if (!next) return std::unexpected(next.error());
    result.input = std::move(*next);
  }
  return result;
}

}  // namespace evalctl::stdlib
