#include "cli/options.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "base/diagnostic.h"
#include "cli/help.h"
#include "cli/nix_options.h"
#include "cli/streams.h"

namespace evalctl::cli {
namespace {

bool has_name(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    std::size_t bar = names.find('|');
    if (names.substr(0, bar) == name) return true;
    if (bar == names.npos) break;
    names.remove_prefix(bar + 1);
  }
  return false;
}

// One of the options, or a setting where one of them stands for all settings.
std::optional<Option> find_option(const std::vector<Option>& options, std::string_view name) {
  const Option* settings = nullptr;
  for (const Option& option : options) {
    if (has_name(option.names, name)) return option;
    if (option.is_settings && !settings) settings = &option;
  }
  auto setting = settings ? nix_setting(name) : std::nullopt;
  if (!setting) return std::nullopt;
  return Option{name, setting->value ? 0 : 1, [set = settings->apply, setting = *setting](std::span<const std::string> words) {
    const std::string both[] = {setting.name, setting.value ? *setting.value : words[0]};
    set(both);
  }};
}

bool usage_error(std::string_view message, std::string_view name) {
  fmt::print(stderr, "error: {} '{}'\n", message, name);
  return false;
}

bool unknown_option(const std::vector<Option>& options, std::string_view name) {
  usage_error("unrecognised option", name);
  std::vector<std::string_view> known;
  std::vector<std::string> settings;
  for (const Option& option : options) {
    if (option.is_settings && settings.empty()) settings = nix_setting_options();
    for (std::string_view names = option.names; !names.empty();) {
      std::size_t end = std::min(names.find('|'), names.size());
      if (names.starts_with("--")) known.push_back(names.substr(0, end));
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }
  known.insert(known.end(), settings.begin(), settings.end());
  if (auto near = base::near_names(name, known); !near.empty()) fmt::print(stderr, "did you mean '{}'?\n", near[0]);
  return false;
}

void take(const Option& option, std::span<const std::string> values) {
  if (option.apply) option.apply(values);
}

}  // namespace

int misuse_status = 2;

Option flag(std::string_view names, bool& target, bool value) {
  return {names, 0, [&target, value](auto) { target = value; }};
}

Option text(std::string_view names, std::string& target) {
  return {names, 1, [&target](auto values) { target = values[0]; }};
}

Option texts(std::string_view names, std::vector<std::string>& target) {
  return {names, 1, [&target](auto values) { target.push_back(values[0]); }};
}

Option nix_settings(std::function<void(const std::string& name, const std::string& value)> set) {
  return {"", 2, [set = std::move(set)](auto words) { set(words[0], words[1]); }, true};
}

Option ignored(std::string_view names, int values) {
  return {names, values, nullptr};
}

bool parse_options(std::span<const std::string> arguments, const std::vector<Option>& options, std::vector<std::string>& positional) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") {
      positional.insert(positional.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
      return true;
    }
    if (!word.starts_with('-') || word == "-") {
      positional.push_back(word);
      continue;
    }
    if (std::optional<Option> option = find_option(options, word)) {
      auto values = static_cast<std::size_t>(option->values);
      if (i + values >= arguments.size()) return usage_error("too few values for option", word);
      take(*option, arguments.subspan(i + 1, values));
      i += values;
      continue;
    }
    if (word == "--help" || word == "-h") {
      print_help(options);
      std::exit(flush_output(0));
    }
    bool is_long = word.starts_with("--");
    std::size_t cut = is_long ? word.find('=') : 2;
    std::optional<Option> option = cut < word.size() ? find_option(options, word.substr(0, cut)) : std::nullopt;
    if (!option || option->values != 1) return unknown_option(options, word.substr(0, is_long ? cut : word.npos));
    std::string value = word.substr(is_long ? cut + 1 : cut);
    take(*option, {&value, 1});
  }
  return true;
}

}  // namespace evalctl::cli
