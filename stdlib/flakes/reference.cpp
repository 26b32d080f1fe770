#include "stdlib/flakes/reference.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>

#include "base/files.h"
#include "base/observations.h"
#include "stdlib/flakes/grammar.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

namespace fs = std::filesystem;

bool is_folder(const std::string& path) {
  base::saw(base::Seen::Target, path);
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string parent_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

base::Result<ReferenceAndFragment> from_url(Url url, bool is_flake) {
  ReferenceAndFragment result;
  result.fragment = std::exchange(url.fragment, "");
  if (auto folder = url.query.find("dir"); folder != url.query.end()) {
    result.reference.folder = folder->second;
    url.query.erase(folder);
  }
  auto input = Input::from_url(url, is_flake);
  if (!input) return std::unexpected(input.error());
  result.reference.input = std::move(*input);
  return result;
}

// The folder of the flake that `path` is in, searched upwards.
base::Result<std::string> find_flake(std::string path) {
  std::string start = path;
  while (!base::entry_exists(path + "/flake.nix")) {
    if (base::entry_exists(path + "/.git")) {
      return base::fail(fmt::format("path '{}' is not part of a flake (neither it nor its parent directories contain a 'flake.nix' file)", start), base::Error::Kind::Flake);
    }
    if (path == "/") return base::fail(fmt::format("could not find a flake.nix file in '{}' or its parent directories", start), base::Error::Kind::Flake);
    path = parent_of(path);
  }
  return path;
}

// The Git repository around the flake at `path` as a URL; none when there is no repository.
base::Result<std::optional<Url>> git_url_of(const std::string& path, const Query& query) {
  std::string folder;
  for (std::string root = path; root != "/"; root = parent_of(root)) {
    if (!base::entry_exists(root + "/.git")) {
      folder = base_of(root) + (folder.empty() ? "" : "/" + folder);
      continue;
    }
    Url url{.scheme = "git+file", .authority = "", .path = split(root, '/'), .query = query, .fragment = {}};
    if (!folder.empty()) {
      if (url.query.contains("dir")) return base::fail(fmt::format("flake URL '{}' has an inconsistent 'dir' parameter", path));
      url.query["dir"] = folder;
    }
    if (base::entry_exists(root + "/.git/shallow")) url.query["shallow"] = "1";
    return url;
  }
  return std::nullopt;
}

base::Result<std::string> flake_folder(std::string path, const ReferenceOptions& options) {
  if (!base::entry_exists(path)) return base::fail(fmt::format("path '{}' does not exist", path), base::Error::Kind::MissingFile);
  if (!is_folder(path)) {
    if (base_of(path) != "flake.nix") return base::fail(fmt::format("path '{}' is not a flake (because it's not a directory)", path));
    base::saw_what_changes();
    fmt::print(stderr,
               "warning: Path '{}' should point at the directory containing the 'flake.nix' file, not the file itself. Pretending that you "
               "meant '{}'\n",
               path, parent_of(path));
    path = parent_of(path);
  }
  return options.search_upwards ? find_flake(path) : path;
}

base::Result<ReferenceAndFragment> parse_path(const std::string& text, const ReferenceOptions& options) {
  PathParts parts = match_path(text);
  auto query = parse_query(parts.query);
  if (!query) return std::unexpected(query.error());
  auto fragment = percent_decode(parts.fragment);
  if (!fragment) return std::unexpected(fragment.error());
  std::string path = parts.path;
  if (options.base_folder) {
    path = canonical_path(path.starts_with('/') ? path : *options.base_folder + "/" + path);
    std::error_code error;
    base::saw_links(path);
    fs::path resolved = fs::weakly_canonical(path, error);
    if (!error && base::entry_exists(path)) path = resolved.string();
    if (options.is_flake) {
      auto folder = flake_folder(path, options);
      if (!folder) return std::unexpected(folder.error());
      path = *folder;
      auto git = git_url_of(path, *query);
      if (!git) return std::unexpected(git.error());
      if (*git) {
        (*git)->fragment = *fragment;
        return from_url(std::move(**git), options.is_flake);
      }
    }
  } else if (!path.starts_with('/') && !options.keep_relative) {
    return base::fail(fmt::format("flake reference '{}' is not an absolute path", text));
  }
  Url url{.scheme = "path", .authority = {}, .path = split(path, '/'), .query = *query, .fragment = *fragment};
  return from_url(std::move(url), options.is_flake);
}

}  // namespace

base::Result<FlakeReference> FlakeReference::from_attributes(InputAttributes attributes) {
  FlakeReference reference;
  if (auto folder = attributes.find("dir"); folder != attributes.end()) {
    const std::string* text = std::get_if<std::string>(&folder->second);
    if (!text) return base::fail("input attribute 'dir' is not a string");
    reference.folder = *text;
    attributes.erase(folder);
  }
  auto input = Input::from_attributes(std::move(attributes));
  if (!input) return std::unexpected(input.error());
  reference.input = std::move(*input);
  return reference;
}

InputAttributes FlakeReference::to_attributes() const {
  InputAttributes attributes = input.attributes;
  if (!folder.empty()) attributes.emplace("dir", folder);
  return attributes;
}

std::string FlakeReference::to_string() const {
  auto url = input.to_url();
  if (!url) return attributes_to_json(to_attributes());
  if (!folder.empty()) url->query.emplace("dir", folder);
  return url->to_string();
}

FlakeReference FlakeReference::canonical() const {
  FlakeReference result = *this;
  auto text = input.text("url");
  if (!text) return result;
  auto url = parse_url(*text, true);
  if (!url) return result;
  auto query = url->query.find("dir");
  if (query != url->query.end() && !folder.empty() && folder == query->second) url->query.erase(query);
  result.input.attributes["url"] = url->to_string();
  return result;
}

base::Result<ReferenceAndFragment> parse_reference_with_fragment(const std::string& text, const ReferenceOptions& options) {
  if (auto id = match_flake_id(text)) {
    Url url{.scheme = "flake", .authority = {}, .path = split(id->path, '/'), .query = {}, .fragment = {}};
    auto fragment = percent_decode(id->fragment);
    if (!fragment) return std::unexpected(fragment.error());
    url.fragment = *fragment;
    return from_url(std::move(url), options.is_flake);
  }
  auto url = parse_url(text, true);
  if (!url) return parse_path(text, options);
  if (options.base_folder && (url->scheme == "path" || url->scheme == "git+file")) {
    std::string path = url->path_text();
    if (!path.starts_with('/')) url->path = split(canonical_path(*options.base_folder + "/" + path), '/');
  }
  return from_url(std::move(*url), options.is_flake);
}

base::Result<FlakeReference> parse_reference(const std::string& text, const ReferenceOptions& options) {
  auto parsed = parse_reference_with_fragment(text, options);
  if (!parsed) return std::unexpected(parsed.error());
  if (!parsed->fragment.empty()) return base::fail(fmt::format("unexpected fragment '{}' in flake reference '{}'", parsed->fragment, text));
  return parsed->reference;
}

}  // namespace evalctl::stdlib
