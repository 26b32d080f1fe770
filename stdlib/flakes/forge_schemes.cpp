// `github`, `gitlab`, `sourcehut`: an archive of a revision.
#include <fmt/format.h>

#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/grammar.h"
#include "stdlib/flakes/schemes.h"

namespace evalctl::stdlib {
namespace {

constexpr std::string_view kAttributes[] = {"owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"};

base::Result<void> add_query(const Url& url, InputAttributes& attributes) {
  for (const auto& [name, value] : url.query) {
    if (name == "rev" || name == "ref") {
      std::string_view what = name == "rev" ? "commit hashes" : "branch/tag names";
      if (attributes.contains(name)) return base::fail(fmt::format("URL '{}' contains multiple {}", url.to_string(), what));
    } else if (name != "host" && name != "narHash") {
      return base::fail(fmt::format("URL '{}' contains unknown parameter '{}'", url.to_string(), name));
    }
    attributes[name] = value;
  }
  return {};
}

base::Result<std::optional<InputAttributes>> from_forge_url(std::string_view scheme, const Url& url) {
  if (url.scheme != scheme) return std::nullopt;
  std::vector<std::string> path = url.segments();
  if (path.size() < 2) return base::fail(fmt::format("URL '{}' is invalid", url.to_string()));
  InputAttributes attributes{{"type", std::string(scheme)}, {"owner", path[0]}, {"repo", path[1]}};
  if (path.size() == 3 && is_revision(path[2])) {
    attributes["rev"] = path[2];
  } else if (path.size() > 2) {
    attributes["ref"] = join({path.begin() + 2, path.end()}, "/");
  }
  if (auto added = add_query(url, attributes); !added) return std::unexpected(added.error());
  return attributes;
}

base::Result<void> check(InputAttributes& attributes) {
  for (const char* name : {"owner", "repo"}) {
    if (!attributes.contains(name)) return base::fail(fmt::format("input attribute '{}' is missing", name));
  }
  auto ref = attributes.find("ref"), rev = attributes.find("rev"), host = attributes.find("host");
  if (ref != attributes.end() && rev != attributes.end()) {
    return base::fail(fmt::format("input {} contains both a commit hash ('{}') and a branch/tag name ('{}')", attributes_to_json(attributes),
                                  std::get<std::string>(rev->second), std::get<std::string>(ref->second)));
  }
  if (ref != attributes.end() && !is_legal_ref(std::get<std::string>(ref->second))) {
    return base::fail(fmt::format("input {} contains an invalid branch/tag name", attributes_to_json(attributes)));
  }
  if (host == attributes.end()) return {};
  const std::string* name = std::get_if<std::string>(&host->second);
  bool legal = name && !name->empty() && name->find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") == name->npos;
  if (!legal) return base::fail(fmt::format("input {} contains an invalid instance host", attributes_to_json(attributes)));
  return {};
}

base::Result<Url> to_url(const Input& input) {
  Url url{.scheme = input.type(), .authority = {}, .path = {*input.text("owner"), *input.text("repo")}, .query = {}, .fragment = {}};
  if (auto ref = input.text("ref")) url.path.push_back(*ref);
  if (auto rev = input.text("rev")) url.path.push_back(*rev);
  if (auto hash = input.nar_hash()) url.query["narHash"] = *hash;
  if (auto host = input.text("host")) url.query["host"] = *host;
  return url;
}

bool is_locked(const Input& input) { return input.has("rev"); }

}  // namespace

const Scheme kGithubScheme = {
    "github", kAttributes, [](const Url& url, bool) { return from_forge_url("github", url); }, check, to_url, is_locked, fetch_forge_tree};
const Scheme kGitlabScheme = {
    "gitlab", kAttributes, [](const Url& url, bool) { return from_forge_url("gitlab", url); }, check, to_url, is_locked, fetch_forge_tree};
const Scheme kSourcehutScheme = {
    "sourcehut", kAttributes, [](const Url& url, bool) { return from_forge_url("sourcehut", url); }, check, to_url, is_locked, fetch_forge_tree};

}  // namespace evalctl::stdlib
