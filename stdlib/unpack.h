// Unpacking archives (tar with any compression, zip) into a temporary folder.
#pragma once
#include <string>

#include "base/result.h"

namespace evalctl::stdlib {

// A temporary folder; removed with the object.
struct Unpacked {
  Unpacked() = default;
  Unpacked(Unpacked&& other) noexcept : root(std::move(other.root)), content(std::move(other.content)) { other.root.clear(); }
  ~Unpacked();
  std::string root;
  // The single folder at the top of the archive.
  std::string content;
};

// Entries that would leave the folder are refused.
base::Result<Unpacked> unpack_archive(const std::string& path);

}  // namespace evalctl::stdlib
