#include "store/store_path.h"

#include <fmt/core.h>

#include <algorithm>

#include "store/dynamic_inputs.h"

namespace evalctl::store {

using base::Hash;
using base::HashAlgorithm;

base::Result<void> check_name(std::string_view name) {
  if (name.empty()) return base::fail("the name of a store path must not be empty", base::Error::Kind::StoreName);
  if (name.size() > 211) return base::fail(fmt::format("store path name '{}' is longer than 211 characters", name), base::Error::Kind::StoreName);
  if (name == "." || name == ".." || name.starts_with(".-") || name.starts_with("..-"))
    return base::fail(fmt::format("store path name '{}' is not allowed", name), base::Error::Kind::StoreName);
  for (char c : name) {
    bool ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              std::string_view("+-._?=").find(c) != std::string_view::npos;
    if (!ok) return base::fail(fmt::format("store path name '{}' contains the forbidden character '{}'", name, c), base::Error::Kind::StoreName);
  }
  return {};
}

bool is_store_path(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789abcdfghijklmnpqrsvwxyz";
  if (!path.starts_with(kStoreDir) || path.size() < kStoreDir.size() + 35) return false;
  std::string_view object = path.substr(kStoreDir.size() + 1);
  if (path[kStoreDir.size()] != '/' || object.substr(0, 32).find_first_not_of(kDigits) != object.npos || object[32] != '-') return false;
  return check_name(object.substr(33)).has_value();
}

std::string make_path(std::string_view type, const Hash& hash, std::string_view name) {
  auto join = [](std::initializer_list<std::string_view> pieces) {
    std::size_t size = 0;
    for (std::string_view piece : pieces) size += piece.size();
    std::string out;
    out.reserve(size);
    for (std::string_view piece : pieces) out += piece;
    return out;
  };
  std::string text = join({type, ":", base::name_of(hash.algorithm), ":", hash.base16(), ":", kStoreDir, ":", name});
  std::string folded = base::compress(base::hash_bytes(HashAlgorithm::Sha256, text).bytes, 20);
  return join({kStoreDir, "/", base::to_base32(folded), "-", name});
}

std::string make_text_path(std::string_view name, std::string_view contents, const References& references) {
  std::string type = "text";
  for (const std::string& reference : references) {
    type += ':';
    type += reference;
  }
  return make_path(type, base::hash_bytes(HashAlgorithm::Sha256, contents), name);
}

std::string make_source_path(std::string_view name, const Hash& nar_hash) { return make_path("source", nar_hash, name); }

std::string make_fixed_path(FileMethod method, const Hash& hash, std::string_view name) {
  if (method == FileMethod::Nar && hash.algorithm == HashAlgorithm::Sha256) return make_source_path(name, hash);
  if (method == FileMethod::Text) return make_path("text", hash, name);
  std::string text = fmt::format("fixed:out:{}:{}:", method_and_algorithm(method, hash.algorithm), hash.base16());
  return make_path("output:out", base::hash_bytes(HashAlgorithm::Sha256, text), name);
}

std::string output_name(std::string_view name, std::string_view output) {
  return output == "out" ? std::string(name) : fmt::format("{}-{}", name, output);
}

std::string make_output_path(std::string_view output, const Hash& modulo, std::string_view name) {
  return make_path(fmt::format("output:{}", output), modulo, output_name(name, output));
}

std::string placeholder(std::string_view output) {
  return "/" + base::hash_bytes(HashAlgorithm::Sha256, fmt::format("nix-output:{}", output)).base32();
}

std::string output_placeholder(std::string_view drv_path, std::string_view output) {
  std::string_view object = known_drv(drv_path).substr(kStoreDir.size() + 1), rest = drv_path.substr(known_drv(drv_path).size());
  std::string_view name = object.substr(33, object.size() - 33 - std::string_view(".drv").size());
  // Outputs from the .drv that is known on.
  bool done = false;
  auto next = [&] {
    done = rest.empty();
    if (done) return output;
    std::size_t end = std::min(rest.find('!', 1), rest.size());
    std::string_view first = rest.substr(1, end - 1);
    rest.remove_prefix(end);
    return first;
  };
  Hash hash = base::hash_bytes(HashAlgorithm::Sha256, fmt::format("nix-upstream-output:{}:{}", object.substr(0, 32), output_name(name, next())));
  while (!done) {
    std::string of = base::to_base32(base::compress(hash.bytes, 20));
    hash = base::hash_bytes(HashAlgorithm::Sha256, fmt::format("nix-computed-output:{}:{}", of, next()));
  }
  return "/" + hash.base32();
}

std::string method_and_algorithm(FileMethod method, HashAlgorithm algorithm) {
  constexpr std::string_view kPrefixes[] = {"", "r:", "text:", "git:"};
  return fmt::format("{}{}", kPrefixes[static_cast<std::size_t>(method)], base::name_of(algorithm));
}

}  // namespace evalctl::store
