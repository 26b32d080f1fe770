// `flake:id`: a name that a registry resolves.
#include <fmt/format.h>

#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/grammar.h"
#include "stdlib/flakes/schemes.h"

namespace evalctl::stdlib {
namespace {

constexpr std::string_view kAttributes[] = {"id", "ref", "rev", "narHash"};

base::Result<void> check(InputAttributes& attributes) {
  auto id = attributes.find("id");
  if (id == attributes.end()) return base::fail("input attribute 'id' is missing");
  const std::string& text = std::get<std::string>(id->second);
  if (!is_flake_id(text)) return base::fail(fmt::format("'{}' is not a valid flake ID", text));
  return {};
}

base::Result<std::optional<InputAttributes>> from_url(const Url& url, bool) {
  if (url.scheme != "flake") return std::nullopt;
  std::vector<std::string> path = url.segments();
  if (path.empty() || path.size() > 3) return base::fail(fmt::format("flake URL '{}' is invalid", url.to_string()));
  InputAttributes attributes{{"type", "indirect"}, {"id", path[0]}};
  if (path.size() == 2 && is_revision(path[1])) {
    attributes["rev"] = path[1];
  } else if (path.size() > 1) {
    if (!is_legal_ref(path[1])) return base::fail(fmt::format("in flake URL '{}', '{}' is not a branch/tag name", url.to_string(), path[1]));
    attributes["ref"] = path[1];
  }
  if (path.size() == 3) {
    if (!is_revision(path[2])) return base::fail(fmt::format("in flake URL '{}', '{}' is not a commit hash", url.to_string(), path[2]));
    attributes["rev"] = path[2];
  }
  return attributes;
}

base::Result<Url> to_url(const Input& input) {
  Url url{.scheme = "flake", .authority = {}, .path = {*input.text("id")}, .query = {}, .fragment = {}};
  if (auto ref = input.text("ref")) url.path.push_back(*ref);
  if (auto rev = input.text("rev")) url.path.push_back(*rev);
  return url;
}

bool is_locked(const Input&) { return false; }

base::Result<FetchedTree> fetch(World&, const Input& input) {
  return base::fail(fmt::format("indirect input '{}' cannot be fetched directly", input.to_string()));
}

}  // namespace

const Scheme kIndirectScheme = {"indirect", kAttributes, from_url, check, to_url, is_locked, fetch};

}  // namespace evalctl::stdlib
