// Unpacking archives: tar with any compression, zip.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evalctl::stdlib {

// Unpacks the archive with the given bytes into `folder`, which is made; `name` is for messages. Returns the newest time of
// modification among its entries. Entries whose names are absolute or contain `..`, and those that would be written through
// a link, are refused.
base::Result<std::uint64_t> unpack_archive(std::string_view bytes, const std::string& name, const std::string& folder);

// What was compressed as a whole: gzip, bzip2, xz, zstd or lz4, as the bytes themselves say. `name` is for messages.
base::Result<std::string> decompress(std::string_view bytes, const std::string& name);

// `folder`, or the only folder in it where it has nothing else: what archives of a tree are packed into.
std::string content_of(const std::string& folder);

}  // namespace evalctl::stdlib
