// The NAR archive of a file or folder, as a stream of bytes.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace evalctl::store {

// Says whether an entry (absolute path; "regular", "directory", "symlink") belongs to the archive.
using NarFilter = std::function<base::Result<bool>(const std::string& path, std::string_view type)>;
using NarSink = std::function<void(std::string_view bytes)>;

// Entries in bytewise order of their names. Fails on unreadable files and on what is neither file, folder nor link.
base::Result<void> dump_nar(const std::string& path, const NarSink& sink, const NarFilter& filter = {});
base::Result<base::Hash> nar_hash(const std::string& path, const NarFilter& filter = {});

}  // namespace evalctl::store
