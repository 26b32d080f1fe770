// The settings of nix.conf as options: `--NAME VALUE`, and for those that are on or off `--NAME` and `--no-NAME`.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::cli {

struct NixSetting {
  std::string name;
  // What the option itself says; nothing where a word follows that does.
  std::optional<std::string> value;
};
// The setting that an option as `--no-sandbox` sets.
std::optional<NixSetting> nix_setting(std::string_view option);
// All spellings.
std::vector<std::string> nix_setting_options();

}  // namespace evalctl::cli
