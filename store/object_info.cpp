#include "store/object_info.h"

#include <fmt/core.h>

namespace evalctl::store {
namespace {

std::string type_with_references(std::string_view type, const ObjectInfo& info) {
  std::string result(type);
  for (const std::string& reference : info.references) {
    if (reference != info.path) result += ":" + reference;
  }
  if (info.references.contains(info.path)) result += ":self";
  return result;
}

// Replaces each occurrence of `from` by a text of the same length; tells where they were.
std::vector<std::size_t> replace_all(std::string& bytes, std::string_view from, std::string_view to) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; (at = bytes.find(from, at)) != bytes.npos; at += to.size()) {
    places.push_back(at);
    bytes.replace(at, from.size(), to);
  }
  return places;
}

// The hash of an archive that does not depend on the object's own path: its digits count as zeros, their places are hashed
// at the end.
base::Hash hash_without_own_path(std::string archive, std::string_view own_digits) {
  std::vector<std::size_t> places = replace_all(archive, own_digits, std::string(own_digits.size(), '\0'));
  base::HashSink sink(base::HashAlgorithm::Sha256);
  sink.write(archive);
  for (std::size_t place : places) sink.write(fmt::format("|{}", place));
  return sink.finish();
}

}  // namespace

std::string_view hash_part(std::string_view path) { return path.substr(kStoreDir.size() + 1, 32); }
std::string_view name_part(std::string_view path) { return path.substr(kStoreDir.size() + 34); }

bool is_content_addressed(const ObjectInfo& info) {
  std::string_view address = info.content_address;
  bool is_text = address.starts_with("text:");
  if (!is_text && !address.starts_with("fixed:")) return false;
  address.remove_prefix(is_text ? 5 : 6);
  bool is_archive = !is_text && address.starts_with("r:");
  if (is_archive) address.remove_prefix(2);
  auto hash = base::parse_hash(address, std::nullopt);
  if (!hash) return false;
  std::string_view name = name_part(info.path);
  if (is_text) return make_path(type_with_references("text", info), *hash, name) == info.path;
  if (is_archive && hash->algorithm == base::HashAlgorithm::Sha256) {
    return make_path(type_with_references("source", info), *hash, name) == info.path;
  }
  return info.references.empty() && make_fixed_path(is_archive ? FileMethod::Nar : FileMethod::Flat, *hash, name) == info.path;
}

ObjectInfo address_by_content(const ObjectInfo& info, const std::map<std::string, std::string>& replacements, std::string& archive) {
  ObjectInfo result;
  for (const std::string& reference : info.references) {
    auto replaced = replacements.find(reference);
    if (replaced != replacements.end()) replace_all(archive, reference, replaced->second);
    result.references.insert(replaced == replacements.end() ? reference : replaced->second);
  }
  bool refers_to_itself = result.references.contains(info.path);
  std::string own_digits(hash_part(info.path));
  base::Hash contents = hash_without_own_path(archive, own_digits);
  result.path = info.path;
  result.path = make_path(type_with_references("source", result), contents, name_part(info.path));
  if (refers_to_itself) {
    result.references.erase(info.path);
    result.references.insert(result.path);
  }
  replace_all(archive, own_digits, hash_part(result.path));
  result.nar_hash = base::hash_bytes(base::HashAlgorithm::Sha256, archive);
  result.nar_size = archive.size();
  result.content_address = "fixed:r:sha256:" + contents.base32();
  return result;
}

}  // namespace evalctl::store
