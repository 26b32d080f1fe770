#include "cli/nix_conf.h"

#include <cstdlib>
#include <sstream>

#include "base/files.h"

namespace evalctl::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ':');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

void read_file(const std::string& path, Settings& settings, int depth);

void read_text(const std::string& text, const std::string& folder, Settings& settings, int depth) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name, second, value;
    if (!(words >> name >> second)) {
      // `name =` sets nothing.
      continue;
    }
    if (name == "include" || name == "!include") {
      read_file(second.starts_with('/') ? second : folder + "/" + second, settings, depth + 1);
      continue;
    }
    if (second != "=") continue;
    for (std::string word; words >> word;) value += (value.empty() ? "" : " ") + word;
    settings.emplace_back(name, value);
  }
}

void read_file(const std::string& path, Settings& settings, int depth) {
  constexpr int kDeepest = 16;
  auto text = depth < kDeepest ? base::read_file(path) : base::Result<std::string>(base::fail("nested too deeply"));
  if (text) read_text(*text, path.substr(0, path.rfind('/')), settings, depth);
}

std::vector<std::string> user_files() {
  if (std::string files = variable("NIX_USER_CONF_FILES"); !files.empty()) return split_list(files);
  std::vector<std::string> files;
  std::string shared = variable("XDG_CONFIG_DIRS"), own = variable("XDG_CONFIG_HOME");
  std::vector<std::string> folders = split_list(shared.empty() ? "/etc/xdg" : shared);
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) files.push_back(*folder + "/nix/nix.conf");
  files.push_back((own.empty() ? base::home_folder() + "/.config" : own) + "/nix/nix.conf");
  return files;
}

}  // namespace

Settings read_nix_settings() {
  Settings settings;
  std::string folder = variable("NIX_CONF_DIR");
  read_file((folder.empty() ? "/etc/nix" : folder) + "/nix.conf", settings, 0);
  for (const std::string& file : user_files()) read_file(file, settings, 0);
  read_text(variable("NIX_CONFIG"), "", settings, 0);
  return settings;
}

}  // namespace evalctl::cli
