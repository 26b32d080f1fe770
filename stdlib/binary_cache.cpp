#include "stdlib/binary_cache.h"

#include <fmt/format.h>

#include "stdlib/unpack.h"
#include "store/download.h"

namespace evalctl::stdlib {
namespace {

// Calls `use` with the key and the value of each "Key: value" line.
template <class Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::size_t colon = line.find(": ");
    if (colon != line.npos) use(line.substr(0, colon), line.substr(colon + 2));
  }
}

// The names in the text become full paths.
template <class Use>
void each_object(std::string_view names, Use use) {
  while (!names.empty()) {
    std::string_view name = names.substr(0, names.find(' '));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (!name.empty()) use(fmt::format("{}/{}", store::kStoreDir, name));
  }
}

}  // namespace

BinaryCache::BinaryCache(std::string url) : url_(std::move(url)) {
  while (url_.ends_with('/')) url_.pop_back();
}

base::Result<void> BinaryCache::open() {
  auto description = store::download(url_ + "/nix-cache-info");
  if (!description) return base::fail(fmt::format("'{}' does not appear to be a binary cache: {}", url_, description.error().message));
  std::string folder(store::kStoreDir);
  each_line(description->body, [&](std::string_view key, std::string_view value) {
    if (key == "StoreDir") folder = value;
  });
  if (folder != store::kStoreDir) {
    return base::fail(fmt::format("binary cache '{}' is for Nix stores with prefix '{}', not '{}'", url_, folder, store::kStoreDir));
  }
  is_open_ = true;
  return {};
}

base::Result<const store::ObjectInfo*> BinaryCache::info(const std::string& path) {
  if (auto known = entries_.find(path); known != entries_.end()) return &known->second.info;
  if (!is_open_) {
    if (auto opened = open(); !opened) return std::unexpected(opened.error());
  }
  std::string url = fmt::format("{}/{}.narinfo", url_, store::hash_part(path));
  auto text = store::download(url);
  if (!text) return base::fail(fmt::format("path '{}' does not exist in binary cache '{}': {}", path, url_, text.error().message));
  auto entry = parse(path, text->body);
  if (!entry) return base::fail(fmt::format("NAR info file '{}' is corrupt: {}", url, entry.error().message));
  return &entries_.emplace(path, std::move(*entry)).first->second.info;
}

base::Result<BinaryCache::Entry> BinaryCache::parse(const std::string& path, std::string_view text) {
  Entry entry{.info = {}, .archive_url = "", .compression = "bzip2"};
  bool has_hash = false;
  each_line(text, [&](std::string_view key, std::string_view value) {
    store::ObjectInfo& info = entry.info;
    if (key == "StorePath") info.path = value;
    if (key == "URL") entry.archive_url = value;
    if (key == "Compression") entry.compression = value;
    if (key == "CA") info.content_address = value;
    if (key == "Sig") info.signatures.emplace_back(value);
    if (key == "References") each_object(value, [&](std::string object) { info.references.insert(std::move(object)); });
    if (key == "Deriver" && value != "unknown-deriver") each_object(value, [&](std::string object) { info.deriver = std::move(object); });
    if (key == "NarSize") info.nar_size = std::strtoull(std::string(value).c_str(), nullptr, 10);
    if (key != "NarHash") return;
    auto hash = base::parse_hash(value, base::HashAlgorithm::Sha256);
    has_hash = hash && hash->algorithm == base::HashAlgorithm::Sha256;
    if (has_hash) info.nar_hash = *hash;
  });
  for (const std::string& reference : entry.info.references) {
    if (!store::is_store_path(reference)) return base::fail(fmt::format("'{}' is no store path", reference));
  }
  if (entry.info.path != path) return base::fail(fmt::format("it describes '{}' instead of '{}'", entry.info.path, path));
  if (!has_hash) return base::fail("it has no 'NarHash' that is a SHA-256");
  if (entry.archive_url.empty()) return base::fail("it has no 'URL'");
  return entry;
}

base::Result<std::string> BinaryCache::archive(const store::ObjectInfo& info) {
  const Entry& entry = entries_.at(info.path);
  bool is_absolute = entry.archive_url.contains("://");
  std::string url = is_absolute ? entry.archive_url : url_ + "/" + entry.archive_url;
  auto got = store::download(url);
  if (!got) return std::unexpected(got.error());
  auto bytes = entry.compression == "none" ? base::Result<std::string>(std::move(got->body)) : decompress(got->body, url);
  if (!bytes) return bytes;
  base::Hash hash = base::hash_bytes(base::HashAlgorithm::Sha256, *bytes);
  if (hash.bytes != info.nar_hash.bytes) {
    return base::fail(fmt::format("hash mismatch importing path '{}';\n  specified: {}\n  got:       {}", info.path, info.nar_hash.sri(), hash.sri()));
  }
  return bytes;
}

}  // namespace evalctl::stdlib
