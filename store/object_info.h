// What a store knows of an object beside its contents, and objects whose path says what they contain.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "store/store_path.h"

namespace evalctl::store {

struct ObjectInfo {
  std::string path;
  std::string deriver;  // "" where it is not known
  base::Hash nar_hash;
  std::uint64_t nar_size = 0;
  References references;  // full paths; an object may refer to itself
  std::vector<std::string> signatures;
  // "text:sha256:<base32>", "fixed:r:sha256:<base32>", "fixed:sha1:<base32>" and so on; "" for an object whose path does not
  // come from its contents.
  std::string content_address;
};

// The 32 digits of a store path, and what follows them and a dash.
std::string_view hash_part(std::string_view path);
std::string_view name_part(std::string_view path);

// True when the path is the one that the content address gives.
bool is_content_addressed(const ObjectInfo& info);

// The same object under a path that comes from its contents: `replacements` gives the paths that its references get, the
// object's own path is replaced in it as well. `archive`, its NAR, is rewritten. No signature and no deriver are kept.
ObjectInfo address_by_content(const ObjectInfo& info, const std::map<std::string, std::string>& replacements, std::string& archive);

}  // namespace evalctl::store
