#include "lsp/project.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/toml_parser.h"
#include "base/toml_text.h"
#include "lsp/values.h"
#include "parser/parse.h"

namespace evalctl::lsp {
namespace {

std::string parent_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  return slash == path.npos || slash == 0 ? "/" : path.substr(0, slash);
}

bool is_below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/');
}

std::string absolute(const std::string& path, const std::string& folder) {
  std::string joined = path.starts_with('/') ? path : folder + "/" + path;
  std::string normal = std::filesystem::path(joined).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

// The folders from the file's own up to the workspace folder that it lies in; just its own where it lies in none.
std::vector<std::string> folders_of(const Settings& settings, const std::string& file) {
  std::string top;
  for (const std::string& root : settings.roots) {
    if (is_below(file, root) && root.size() > top.size()) top = root;
  }
  std::vector<std::string> folders{parent_of(file)};
  while (!top.empty() && folders.back() != top && folders.back() != "/") folders.push_back(parent_of(folders.back()));
  return folders;
}

std::string find_root(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (base::exists(folder + "/flake.nix") || base::exists(folder + "/evalctl.toml") || is_nixpkgs(folder)) return folder;
  }
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    if (base::exists(*folder + "/default.nix") || base::exists(*folder + "/shell.nix")) return *folder;
  }
  return folders.back();
}

// A path in the text of `file` that is a nixpkgs.
std::string nixpkgs_named_in(const std::string& file) {
  auto text = base::read_file(file);
  if (!text) return "";
  Document document(file, -1, std::move(*text));
  const Tree& tree = document.analysis().tree;
  for (std::uint32_t node = 0; node < tree.node_count(); ++node) {
    if (tree.kind({node}) != NodeKind::Path && tree.kind({node}) != NodeKind::SearchPath) continue;
    auto path = path_of_literal(document, {node});
    for (std::string folder = path.value_or(""); folder.size() > 1; folder = parent_of(folder)) {
      if (is_nixpkgs(folder)) return folder;
    }
  }
  return "";
}

std::string search_path_entry(std::string_view wanted) {
  const char* search = std::getenv("NIX_PATH");
  std::string_view rest = search ? search : "";
  while (!rest.empty()) {
    std::string_view entry = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    if (entry.starts_with(wanted) && entry.substr(wanted.size()).starts_with('=')) {
      std::string path(entry.substr(wanted.size() + 1));
      if (base::exists(path)) return path;
    }
  }
  return "";
}

std::string channel() {
  std::string home = base::home_folder();
  std::vector<std::string> places;
  for (const char* name : {"nixpkgs", "nixos"}) {
    if (!home.empty()) places.push_back(home + "/.nix-defexpr/channels/" + name);
    places.push_back(std::string("/nix/var/nix/profiles/per-user/root/channels/") + name);
  }
  for (const std::string& place : places) {
    if (is_nixpkgs(place)) return place;
  }
  return "";
}

}  // namespace

bool is_nixpkgs(const std::string& folder) {
  return base::exists(folder + "/lib/default.nix") && (base::exists(folder + "/pkgs/top-level/all-packages.nix") || base::exists(folder + "/pkgs/default.nix"));
}

bool read_configuration(const std::string& folder, Settings& settings) try {
  std::string path = folder + "/evalctl.toml";
  auto text = base::read_file(path);
  if (!text || !base::check_toml(*text)) return false;
  const toml::table table = toml::parse(*text);
  if (auto evaluate = table["evaluate"].value<bool>()) settings.evaluate = *evaluate;
  if (auto nixpkgs = table["nixpkgs"].value<std::string>()) settings.nixpkgs = absolute(*nixpkgs, folder);
  if (auto system = table["system"].value<std::string>()) settings.system = *system;
  if (auto memory = table["memory-megabytes"].value<std::int64_t>(); memory && *memory > 0) settings.memory_bytes = static_cast<std::uint64_t>(*memory) << 20;
  if (auto seconds = table["time-seconds"].value<double>(); seconds && *seconds > 0) settings.milliseconds = static_cast<std::uint64_t>(*seconds * 1000);
  auto texts = [&](const toml::node_view<const toml::node>& node, std::vector<std::string>& out, bool paths) {
    if (!node.is_array()) return;
    out.clear();
    for (const toml::node& one : *node.as_array()) {
      if (auto text = one.value<std::string>()) out.push_back(paths ? absolute(*text, folder) : *text);
    }
  };
  texts(table["entries"], settings.entries, true);
  texts(table["diagnostics"]["ignored"], settings.ignored, false);
  return true;
} catch (const toml::parse_error&) {
  return false;
}

Project find_project(const Settings& given, const std::string& file) {
  std::vector<std::string> folders = folders_of(given, file);
  Project project;
  project.root = find_root(folders);
  Settings settings = given;
  for (auto folder = std::ranges::find(folders, project.root); folder != folders.end(); ++folder) {
    if (read_configuration(*folder, settings)) break;
  }
  const std::string& root = project.root;
  project.is_nixpkgs = is_nixpkgs(root);
  project.system = settings.system;
  project.memory_bytes = settings.memory_bytes;
  project.milliseconds = settings.milliseconds;
  if (!project.is_nixpkgs && base::exists(root + "/flake.nix")) project.flake = root;
  project.entries = settings.entries;
  if (project.entries.empty() && !project.is_nixpkgs) {
    for (const char* name : {"flake.nix", "default.nix", "shell.nix"}) {
      if (!base::exists(root + "/" + name)) continue;
      project.entries.push_back(root + "/" + name);
      break;
    }
  }
  project.system_module = search_path_entry("nixos-config");
  if (project.system_module.empty() && base::exists(root + "/configuration.nix")) project.system_module = root + "/configuration.nix";
  if (!is_below(project.system_module, root)) project.system_module.clear();
  project.nixpkgs = settings.nixpkgs;
  if (project.nixpkgs.empty() && project.is_nixpkgs) project.nixpkgs = root;
  if (!project.nixpkgs.empty() || !project.flake.empty()) return project;
  for (const char* name : {"default.nix", "shell.nix", "nixpkgs.nix", "nix/default.nix", "nix/nixpkgs.nix"}) {
    if (project.nixpkgs.empty()) project.nixpkgs = nixpkgs_named_in(root + "/" + name);
  }
  if (project.nixpkgs.empty()) project.nixpkgs = search_path_entry("nixpkgs");
  if (project.nixpkgs.empty()) project.nixpkgs = channel();
  return project;
}

}  // namespace evalctl::lsp
