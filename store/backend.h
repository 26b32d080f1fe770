// Where store objects go: nowhere (paths are only computed) or a folder.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/nar.h"
#include "store/store_path.h"

namespace evalctl::store {

class Backend {
 public:
  virtual ~Backend() = default;
  // True when the object `path` (full store path) is there.
  virtual bool is_valid(const std::string& path) = 0;
  // A text file with that content, such as a .drv.
  virtual base::Result<void> add_text(const std::string& path, std::string_view contents) = 0;
  // A copy of the file or folder `source`.
  virtual base::Result<void> add_source(const std::string& path, const std::string& source, const NarFilter& filter) = 0;
};

// Writes nothing.
std::unique_ptr<Backend> make_read_only_backend();
// `folder`/nix/store/..., as plain files.
std::unique_ptr<Backend> make_folder_backend(std::string folder);

}  // namespace evalctl::store
