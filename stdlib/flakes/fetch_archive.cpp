// Inputs that are downloads: archives, archives of forges, files.
#include <fmt/format.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/observations.h"
#include "base/files.h"
#include "stdlib/flakes/archive.h"
#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/unpack.h"
#include "stdlib/world.h"
#include "store/cache.h"
#include "store/download.h"

namespace evalctl::stdlib {
namespace {

using nlohmann::json;


// What the cache knows of a URL.
struct Known {
  std::string etag, immutable_url, entry;
  std::uint64_t last_modified = 0;
  std::uint64_t age = 0;
};

std::optional<Known> read_known(const std::string& name) {
  auto text = store::read_cached_text(name);
  if (!text) return std::nullopt;
  json object = json::parse(text->text, nullptr, false);
  if (object.is_discarded() || !object.is_object()) return std::nullopt;
  for (const char* name : {"etag", "immutableUrl", "entry"})
    if (!object[name].is_string()) return std::nullopt;
  if (!object["lastModified"].is_number_unsigned()) return std::nullopt;
  Known known{object["etag"], object["immutableUrl"], object["entry"], object["lastModified"], text->age};
  struct stat status;
  if (lstat((store::cache_folder() + "/" + known.entry).c_str(), &status) != 0) return std::nullopt;
  return known;
}

base::Result<void> write_known(const std::string& name, const Known& known) {
  json object = {{"etag", known.etag}, {"immutableUrl", known.immutable_url}, {"entry", known.entry}, {"lastModified", known.last_modified}};
  return store::write_cached_text(name, object.dump(-1, ' ', false, json::error_handler_t::replace));
}

bool is_local(const std::string& url) { return url.starts_with("file:"); }

base::Result<void> check_local_archive(const std::string& url) {
  if (!url.starts_with("file://")) return {};
  std::string path = url.substr(7);
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return base::fail(fmt::format("tarball '{}' does not exist", path), base::Error::Kind::Fetch);
  if (!S_ISDIR(status.st_mode)) return {};
  if (lstat((path + "/.git").c_str(), &status) == 0) {
    return base::fail(fmt::format("tarball '{}' is a git repository, not a tarball. Please use `git+file` as the scheme.", path));
  }
  return base::fail(fmt::format("tarball '{}' is a directory, not a file", path));
}

// Downloads unless what is known is still good. `keep` puts the body into the cache and fills in the rest of Known.
template <class Keep>
base::Result<Known> fetch_url(World& world, const std::string& url, const std::string& kind, const std::vector<std::string>& headers, Keep keep) {
  std::string name = kind + "/" + store::cache_key(url);
  auto known = is_local(url) ? std::nullopt : read_known(name);
  base::saw_what_changes();
  if (known && known->age < world.refresh_seconds) return *known;
  if (!is_local(url)) world.activity(fmt::format("downloading '{}'", url));
  auto got = store::download(url, {.headers = headers, .etag = known ? known->etag : "", .progress = {}});
  if (!got && known) {
    world.message(fmt::format("warning: {}; using cached version", got.error().message));
    return *known;
  }
  if (!got) return std::unexpected(got.error());
  if (!got->not_modified || !known) {
    known = Known{got->etag, got->immutable_url, "", 0, 0};
    if (auto kept = keep(got->body, *known); !kept) return std::unexpected(kept.error());
  }
  if (auto written = write_known(name, *known); !written) return std::unexpected(written.error());
  return *known;
}

std::string header_of(World& world, const std::string& host, std::string_view forge) {
  auto token = world.access_tokens.find(host);
  if (token == world.access_tokens.end()) return "";
  if (forge == "github") return "Authorization: token " + token->second;
  std::size_t colon = token->second.find(':');
  if (forge == "gitlab" && colon != std::string::npos) {
    std::string value = token->second.substr(colon + 1);
    return token->second.starts_with("OAuth2") ? "Authorization: Bearer " + value : "Private-Token: " + value;
  }
  return "Authorization: Bearer " + token->second;
}

// The addresses that a forge has for a project.
struct Forge {
  std::string host, owner, repo;
  std::string_view type;

  std::string github_api() const {
    return host == "github.com" ? fmt::format("https://api.github.com/repos/{}/{}", owner, repo) : fmt::format("https://{}/api/v3/repos/{}/{}", host, owner, repo);
  }
  std::string gitlab_api() const { return fmt::format("https://{}/api/v4/projects/{}%2F{}/repository", host, owner, repo); }

  std::string archive_url(const std::string& rev, bool with_token) const {
    if (type == "github" && (with_token || host != "github.com")) return fmt::format("{}/tarball/{}", github_api(), rev);
    if (type == "gitlab") return fmt::format("{}/archive.tar.gz?sha={}", gitlab_api(), rev);
    return fmt::format("https://{}/{}/{}/archive/{}.tar.gz", host, owner, repo, rev);
  }
};

base::Result<std::string> sourcehut_revision(const Forge& forge, std::string ref, const std::vector<std::string>& headers) {
  std::string base = fmt::format("https://{}/{}/{}", forge.host, forge.owner, forge.repo);
  if (ref == "HEAD") {
    auto head = store::download(base + "/HEAD", {.headers = headers, .etag = "", .progress = {}});
    if (!head) return std::unexpected(head.error());
    if (!head->body.starts_with("ref: ")) return base::fail(fmt::format("the repository '{}' has no HEAD", base));
    ref = head->body.substr(5, head->body.find_first_of("\r\n", 5) - 5);
  }
  auto refs = store::download(base + "/info/refs", {.headers = headers, .etag = "", .progress = {}});
  if (!refs) return std::unexpected(refs.error());
  for (const std::string& line : split(refs->body, '\n')) {
    std::size_t tab = line.find_first_of("\t ");
    if (tab == line.npos) continue;
    std::string name = line.substr(line.find_first_not_of("\t ", tab));
    if (name == ref || name == "refs/heads/" + ref || name == "refs/tags/" + ref) return line.substr(0, tab);
  }
  return base::fail(fmt::format("in '{}', couldn't find ref '{}'", base, ref), base::Error::Kind::Fetch);
}

base::Result<std::string> find_revision(const Forge& forge, const std::string& ref, const std::vector<std::string>& headers) {
  if (forge.type == "sourcehut") return sourcehut_revision(forge, ref, headers);
  std::string url = forge.type == "github" ? fmt::format("{}/commits/{}", forge.github_api(), percent_encode(ref, "/"))
                                           : fmt::format("{}/commits?ref_name={}", forge.gitlab_api(), percent_encode(ref));
  auto got = store::download(url, {.headers = headers, .etag = "", .progress = {}});
  if (!got) return std::unexpected(got.error());
  json answer = json::parse(got->body, nullptr, false);
  if (forge.type == "gitlab" && answer.is_array() && !answer.empty()) answer = json(answer[0]);
  const char* field = forge.type == "github" ? "sha" : "id";
  if (!answer.is_object() || !answer.contains(field) || !answer[field].is_string()) {
    return base::fail(fmt::format("the answer of '{}' does not name a revision", url));
  }
  return answer[field].get<std::string>();
}

}  // namespace

base::Result<UnpackedArchive> fetch_archive(World& world, const std::string& url, const std::vector<std::string>& headers) {
  if (auto local = check_local_archive(url); !local) return std::unexpected(local.error());
  auto known = fetch_url(world, url, "archives", headers, [&](const std::string& body, Known& out) -> base::Result<void> {
    out.entry = "trees/archive-" + store::cache_key(body);
    // Beside the tree stands the time, which unpacking tells.
    std::string stamp = out.entry + ".time";
    auto tree = store::cached(out.entry, [&](const std::string& folder) -> base::Result<void> {
      auto newest = unpack_archive(body, url, folder);
      if (!newest) return std::unexpected(newest.error());
      return store::write_cached_text(stamp, fmt::format("{}", *newest));
    });
    if (!tree) return std::unexpected(tree.error());
    auto time = store::read_cached_text(stamp);
    if (time) out.last_modified = std::strtoull(time->text.c_str(), nullptr, 10);
    return {};
  });
  if (!known) return std::unexpected(known.error());
  return UnpackedArchive{content_of(store::cache_folder() + "/" + known->entry), known->last_modified, known->immutable_url};
}

base::Result<std::string> fetch_file(World& world, const std::string& url) {
  auto known = fetch_url(world, url, "downloads", {}, [&](const std::string& body, Known& out) -> base::Result<void> {
    out.entry = "files/" + store::cache_key(body);
    auto file = store::cached(out.entry, [&](const std::string& path) { return base::write_file_atomically(path, body); });
    if (!file) return std::unexpected(file.error());
    return {};
  });
  if (!known) return std::unexpected(known.error());
  return store::cache_folder() + "/" + known->entry;
}

base::Result<FetchedTree> fetch_tarball_tree(World& world, const Input& input) {
  auto archive = fetch_archive(world, *input.text("url"));
  if (!archive) return std::unexpected(archive.error());
  FetchedTree tree{.locked = input, .disk = archive->disk, .files = nullptr};
  if (!archive->immutable_url.empty()) {
    auto url = parse_url(archive->immutable_url, true);
    if (!url) return std::unexpected(url.error());
    auto immutable = Input::from_url(*url);
    if (!immutable) return std::unexpected(immutable.error());
    if (immutable->type() != "tarball") return base::fail("tarball 'Link' headers that redirect to non-tarball URLs are not supported");
    tree.locked = std::move(*immutable);
  }
  if (archive->last_modified && !tree.locked.has("lastModified")) tree.locked.attributes["lastModified"] = archive->last_modified;
  return tree;
}

base::Result<FetchedTree> fetch_plain_file(World& world, const Input& input) {
  auto file = fetch_file(world, *input.text("url"));
  if (!file) return std::unexpected(file.error());
  return FetchedTree{.locked = input, .disk = *file, .files = nullptr, .is_file = true};
}

base::Result<FetchedTree> fetch_forge_tree(World& world, const Input& input) {
  std::string type = input.type();
  std::string_view usual = type == "github" ? "github.com" : type == "gitlab" ? "gitlab.com" : "git.sr.ht";
  Forge forge{input.text("host").value_or(std::string(usual)), *input.text("owner"), *input.text("repo"), type};
  std::vector<std::string> headers;
  if (std::string header = header_of(world, forge.host, type); !header.empty()) headers.push_back(header);
  FetchedTree tree{.locked = input, .disk = {}, .files = nullptr};
  auto rev = input.text("rev");
  if (!rev) {
    auto found = find_revision(forge, input.text("ref").value_or("HEAD"), headers);
    if (!found) return std::unexpected(found.error());
    rev = *found;
  }
  tree.locked.attributes.erase("ref");
  tree.locked.attributes["rev"] = *rev;
  auto archive = fetch_archive(world, forge.archive_url(*rev, !headers.empty()), headers);
  if (!archive) return std::unexpected(archive.error());
  tree.disk = archive->disk;
  tree.locked.attributes["lastModified"] = archive->last_modified;
  return tree;
}

}  // namespace evalctl::stdlib
