// `hg+https`, `hg+ssh`, `hg+file`: a revision of a Mercurial repository, or a working folder.
#include <fmt/format.h>

#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/grammar.h"
#include "stdlib/flakes/schemes.h"

namespace evalctl::stdlib {
namespace {

constexpr std::string_view kAttributes[] = {"url", "ref", "rev", "revCount", "narHash", "name"};

base::Result<std::optional<InputAttributes>> from_url(const Url& url, bool) {
  if (url.application() != "hg") return std::nullopt;
  Url plain = url;
  plain.scheme = std::string(url.transport());
  plain.query.clear();
  InputAttributes attributes{{"type", "hg"}};
  for (const auto& [name, value] : url.query) {
    if (name == "rev" || name == "ref") {
      attributes[name] = value;
    } else {
      plain.query[name] = value;
    }
  }
  attributes["url"] = plain.to_string();
  return attributes;
}

base::Result<void> check(InputAttributes& attributes) {
  auto url = attributes.find("url");
  if (url == attributes.end()) return base::fail("input attribute 'url' is missing");
  auto ref = attributes.find("ref");
  if (ref != attributes.end() && !is_legal_ref(std::get<std::string>(ref->second))) {
    return base::fail(fmt::format("invalid Mercurial branch/tag name '{}'", std::get<std::string>(ref->second)));
  }
  auto parsed = parse_url(std::get<std::string>(url->second), false);
  if (!parsed) return std::unexpected(parsed.error());
  return {};
}

base::Result<Url> to_url(const Input& input) {
  auto url = parse_url(*input.text("url"), false);
  if (!url) return url;
  url->scheme = "hg+" + url->scheme;
  if (auto rev = input.text("rev")) url->query["rev"] = *rev;
  if (auto ref = input.text("ref")) url->query["ref"] = *ref;
  return url;
}

bool is_locked(const Input& input) { return input.has("rev"); }

}  // namespace

const Scheme kMercurialScheme = {"hg", kAttributes, from_url, check, to_url, is_locked, fetch_mercurial_tree};

}  // namespace evalctl::stdlib
