// nix.conf: settings of the machine and of the user, in the files where Nix looks for them.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evalctl::cli {

using Settings = std::vector<std::pair<std::string, std::string>>;

// `name = value` lines, in order: what comes later wins. Files that cannot be read count as empty; lines that make no sense
// are passed over. Read are $NIX_CONF_DIR/nix.conf, $NIX_USER_CONF_FILES or nix/nix.conf below the configuration folders,
// what these include, and the text of $NIX_CONFIG.
Settings read_nix_settings();

// What `nix config show NAME` prints; nothing for a setting that there is not.
std::optional<std::string> shown_setting(const std::string& name);

}  // namespace evalctl::cli
