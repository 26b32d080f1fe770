// `nix config show`: the settings that evaluation has.
#include <fmt/format.h>

#include <map>

#include "cli/commands.h"
#include "cli/configurations.h"
#include "cli/nix_conf.h"
#include "cli/session.h"

namespace evalctl::cli {
namespace {

enum class SettingType { Text, Flag, Number, List, Map };

struct Setting {
  std::string_view name;
  SettingType type;
  std::string_view fallback;
  std::string_view description;
};

constexpr Setting kSettings[] = {
    {"abort-on-warn", SettingType::Flag, "false", "Whether `builtins.warn` ends evaluation."},
    {"accept-flake-config", SettingType::Flag, "false", "Whether settings in a flake's `nixConfig` are taken without a question."},
    {"access-tokens", SettingType::Map, "", "Tokens for forges, as `host=token`."},
    {"allow-import-from-derivation", SettingType::Flag, "true", "Whether evaluation may build what it reads."},
    {"allowed-uris", SettingType::List, "", "What restricted evaluation may fetch."},
    {"eval-system", SettingType::Text, "", "The system that evaluation sees; empty for that of `system`."},
    {"experimental-features", SettingType::List, "", "Features of the language and of commands that are switched on."},
    {"flake-registry", SettingType::Text, "https://channels.nixos.org/flake-registry.json", "The global registry of flakes."},
    {"max-call-depth", SettingType::Number, "1000000", "How deep calls may nest."},
    {"pure-eval", SettingType::Flag, "false", "Whether evaluation sees its inputs only."},
    {"restrict-eval", SettingType::Flag, "false", "Whether evaluation sees the search path only."},
    {"show-trace", SettingType::Flag, "false", "Whether errors show all frames."},
    {"store", SettingType::Text, "auto", "The store that is written to."},
    {"substituters", SettingType::List, "https://cache.nixos.org/", "Where built outputs are taken from."},
    {"system", SettingType::Text, "", "The system of this machine."},
    {"tarball-ttl", SettingType::Number, "3600", "Seconds that a download without a hash counts as current."},
    {"trace-verbose", SettingType::Flag, "false", "Whether `builtins.traceVerbose` writes."},
    {"trusted-public-keys", SettingType::List, "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=", "Keys of substituters."},
    {"warn-dirty", SettingType::Flag, "true", "Whether working trees with changes are mentioned."},
};

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(' ', begin)) != text.npos;) {
    std::size_t end = std::min(text.find(' ', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

std::string json_value(SettingType type, const std::string& value) {
  std::string out;
  switch (type) {
    case SettingType::Text: return json_string(value);
    case SettingType::Flag: return value == "true" || value == "1" || value == "yes" ? "true" : "false";
    case SettingType::Number: return value.empty() || value.find_first_not_of("0123456789") != value.npos ? json_string(value) : value;
    case SettingType::List:
      for (const std::string& word : words_of(value)) out += (out.empty() ? "" : ",") + json_string(word);
      return "[" + out + "]";
    case SettingType::Map:
      for (const std::string& word : words_of(value)) {
        std::size_t equals = std::min(word.find('='), word.size());
        out += (out.empty() ? "" : ",") + json_string(word.substr(0, equals)) + ":" + json_string(equals < word.size() ? word.substr(equals + 1) : "");
      }
      return "{" + out + "}";
  }
  return "null";
}

struct Shown {
  SettingType type = SettingType::Text;
  std::string fallback, value, description;
};

std::map<std::string, Shown> all_settings(const std::string& system) {
  std::map<std::string, Shown> all;
  for (const Setting& setting : kSettings) {
    all[std::string(setting.name)] = {setting.type, std::string(setting.fallback), std::string(setting.fallback), std::string(setting.description)};
  }
  all["system"].fallback = all["system"].value = system;
  for (const auto& [name, value] : read_nix_settings()) {
    if (!name.starts_with("extra-")) {
      all[name].value = value;
      continue;
    }
    std::string& known = all[name.substr(6)].value;
    known += (known.empty() || value.empty() ? "" : " ") + value;
  }
  return all;
}

}  // namespace

std::optional<std::string> shown_setting(const std::string& name) {
  auto all = all_settings(stdlib::World().system);
  auto found = all.find(name);
  return found != all.end() ? std::optional(found->second.value) : std::nullopt;
}

int run_nix_config_show(Words words) {
  Session& session = *new Session;
  bool json = false;
  std::vector<Option> table = {flag("--json", json)};
  session.add_common_options(table);
  std::vector<std::string> names;
  if (!parse_options(words, table, names)) return 2;
  auto all = all_settings(session.world.system);
  if (!names.empty()) {
    auto found = all.find(names[0]);
    if (found == all.end()) {
      fmt::print(stderr, "error: could not find setting '{}'\n", names[0]);
      return 1;
    }
    fmt::print("{}\n", found->second.value);
    return 0;
  }
  std::string out;
  for (const auto& [name, shown] : all) {
    if (!json) {
      fmt::print("{} = {}\n", name, shown.value);
      continue;
    }
    out += fmt::format("{}{}:{{\"aliases\":[],\"defaultValue\":{},\"description\":{},\"documentDefault\":true,\"experimentalFeature\":null,\"value\":{}}}",
                       out.empty() ? "" : ",", json_string(name), json_value(shown.type, shown.fallback), json_string(shown.description),
                       json_value(shown.type, shown.value));
  }
  if (json) fmt::print("{{{}}}\n", out);
  return 0;
}

}  // namespace evalctl::cli
