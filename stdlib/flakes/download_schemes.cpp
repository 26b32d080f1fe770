// `tarball` and `file`: what a URL serves, unpacked or as it is.
#include <fmt/format.h>

#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/schemes.h"

namespace evalctl::stdlib {
namespace {

constexpr std::string_view kAttributes[] = {"url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"};

bool has_archive_name(const Url& url) {
  if (url.path.empty()) return false;
  for (std::string_view ending : {".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"}) {
    if (url.path.back().ends_with(ending)) return true;
  }
  return false;
}

base::Result<std::optional<InputAttributes>> from_download_url(std::string_view scheme, const Url& url, bool wanted) {
  std::string_view transport = url.transport();
  if (transport != "http" && transport != "https" && transport != "file") return std::nullopt;
  if (url.scheme.contains('+') ? url.application() != scheme : !wanted) return std::nullopt;
  InputAttributes attributes{{"type", std::string(scheme)}};
  for (const char* name : {"narHash", "rev"}) {
    if (auto found = url.query.find(name); found != url.query.end()) attributes[name] = found->second;
  }
  for (const char* name : {"revCount", "lastModified"}) {
    auto found = url.query.find(name);
    if (found == url.query.end()) continue;
    if (auto number = parse_number(found->second)) attributes[name] = *number;
  }
  Url plain = url;
  plain.scheme = std::string(transport);
  // These are for the fetcher, not for the server.
  for (std::string_view name : kAttributes) plain.query.erase(std::string(name));
  attributes["url"] = plain.to_string();
  return attributes;
}

base::Result<void> check(InputAttributes& attributes) {
  if (!attributes.contains("url")) return base::fail("input attribute 'url' is missing");
  return {};
}

base::Result<Url> to_url(const Input& input) {
  auto url = parse_url(*input.text("url"), false);
  if (!url) return url;
  if (auto hash = input.nar_hash()) url->query["narHash"] = *hash;
  return url;
}

bool is_locked(const Input& input) { return input.has("narHash"); }

}  // namespace

const Scheme kTarballScheme = {
    "tarball", kAttributes, [](const Url& url, bool tree) { return from_download_url("tarball", url, tree || has_archive_name(url)); },
    check,     to_url,  is_locked,   fetch_tarball_tree};
const Scheme kFileScheme = {
    "file", kAttributes, [](const Url& url, bool tree) { return from_download_url("file", url, !tree && !has_archive_name(url)); },
    check,  to_url, is_locked,   fetch_plain_file};

}  // namespace evalctl::stdlib
