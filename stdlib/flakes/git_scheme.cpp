// `git`, `git+https`, `git+ssh`, `git+file`: a revision of a Git repository, or a working tree.
#include <fmt/format.h>

#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/grammar.h"
#include "stdlib/flakes/schemes.h"

namespace evalctl::stdlib {
namespace {

constexpr std::string_view kAttributes[] = {"url",     "ref",     "rev",      "shallow",       "submodules",   "lfs",     "exportIgnore", "lastModified", "revCount",
                                            "narHash", "allRefs", "name",     "dirtyRev",      "dirtyShortRev", "verifyCommit", "keytype", "publicKey",    "publicKeys"};

base::Result<std::optional<InputAttributes>> from_url(const Url& url, bool) {
  if (url.scheme != "git" && url.application() != "git") return std::nullopt;
  Url plain = url;
  plain.query.clear();
  InputAttributes attributes{{"type", "git"}};
  for (const auto& [name, value] : url.query) {
    if (name == "rev" || name == "ref" || name == "keytype" || name == "publicKey" || name == "publicKeys") {
      attributes[name] = value;
    } else if (name == "shallow" || name == "submodules" || name == "lfs" || name == "exportIgnore" || name == "allRefs" ||
               name == "verifyCommit") {
      attributes[name] = value == "1";
    } else {
      plain.query[name] = value;
    }
  }
  attributes["url"] = plain.to_string();
  return attributes;
}

base::Result<void> check(InputAttributes& attributes) {
  for (const auto& [name, value] : attributes) {
    if (name == "verifyCommit" || name == "keytype" || name == "publicKey" || name == "publicKeys") {
      return base::fail(fmt::format("the Git input attribute '{}' (verification of signatures) is not supported", name));
    }
  }
  auto ref = attributes.find("ref");
  if (ref != attributes.end() && !is_legal_ref(std::get<std::string>(ref->second))) {
    return base::fail(fmt::format("invalid Git branch/tag name '{}'", std::get<std::string>(ref->second)));
  }
  auto url = attributes.find("url");
  if (url == attributes.end()) return base::fail("input attribute 'url' is missing");
  auto parsed = parse_git_url(std::get<std::string>(url->second));
  if (!parsed) return std::unexpected(parsed.error());
  url->second = parsed->to_string();
  return {};
}

base::Result<Url> to_url(const Input& input) {
  auto url = parse_url(*input.text("url"), false);
  if (!url) return url;
  if (url->scheme != "git") url->scheme = "git+" + url->scheme;
  if (auto rev = input.text("rev")) url->query["rev"] = *rev;
  if (auto ref = input.text("ref")) url->query["ref"] = *ref;
  for (const char* name : {"shallow", "lfs", "submodules", "exportIgnore"}) {
    if (input.flag(name)) url->query[name] = "1";
  }
  return url;
}

bool is_locked(const Input& input) {
  auto rev = input.text("rev");
  return rev && rev->find_first_not_of('0') != rev->npos;
}

}  // namespace

const Scheme kGitScheme = {"git", kAttributes, from_url, check, to_url, is_locked, fetch_git_tree};

}  // namespace evalctl::stdlib
