// Downloaded archives and files, kept in the cache.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace evalctl::stdlib {

class World;

struct UnpackedArchive {
  std::string disk;
  std::uint64_t last_modified = 0;
  // What the server says is this version for ever; "" without.
  std::string immutable_url;
};

// The tree in the archive at `url`. Within an hour the server is not asked again; after that, only whether it has changed.
base::Result<UnpackedArchive> fetch_archive(World& world, const std::string& url, const std::vector<std::string>& headers = {});
// The file at `url`.
base::Result<std::string> fetch_file(World& world, const std::string& url);

}  // namespace evalctl::stdlib
