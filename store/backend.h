// Where store objects go: nowhere (paths are only computed), a folder of plain files, or Nix's daemon.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/nar.h"
#include "store/object_info.h"
#include "store/store_path.h"

namespace evalctl::store {

// What it takes to have some objects.
struct Missing {
  std::vector<std::string> will_build;       // .drv files; those that others need come last
  std::vector<std::string> will_substitute;  // objects that a binary cache has
  std::vector<std::string> unknown;
};

// Paths below are full store paths, "/nix/store/<hash>-<name>".
class Backend {
 public:
  virtual ~Backend() = default;
  // True when the object `path` is there.
  virtual bool is_valid(const std::string& path) = 0;
  // A text file with that content, such as a .drv. It may be kept back until `flush`.
  virtual base::Result<void> add_text(const std::string& path, std::string_view contents, const References& references) = 0;
  // A copy of the file or folder `source`; what the filter leaves out is left out. Flat: a regular file.
  virtual base::Result<void> add_source(const std::string& path, const std::string& source, FileMethod method,
                                        const NarFilter& filter) = 0;
  // Makes sure that everything added is in the store.
  virtual base::Result<void> flush() { return {}; }
  // An object that comes with all that is known of it, and its NAR. What it refers to has to be there.
  virtual base::Result<void> add_object(const ObjectInfo& info, std::string_view archive) = 0;
  // What the store has written down of an object; nothing for one that is not there, or where the store keeps no record.
  virtual base::Result<std::optional<ObjectInfo>> info(const std::string& path) { return std::optional<ObjectInfo>(); }
  // Makes the outputs (all, where none is named) of derivations that were added.
  virtual base::Result<void> build(const std::map<std::string, std::set<std::string>>& outputs);
  // Where the outputs of a derivation are, by name; only of those that are known.
  virtual base::Result<std::map<std::string, std::string>> outputs(const std::string& drv_path);
  // What is missing of objects and of outputs of derivations ("PATH!out,dev").
  virtual base::Result<Missing> missing(const std::vector<std::string>& wanted);
  // The derivations in the store of which `path` is an output, built or not.
  virtual base::Result<std::vector<std::string>> derivers(const std::string& path) { return std::vector<std::string>(); }
  // The object as NAR.
  virtual base::Result<void> dump(const std::string& path, const NarSink& sink) { return dump_nar(path, sink); }
  // `link` (absolute), a symbolic link to a store path, keeps what it points to from being collected.
  virtual base::Result<void> add_root(const std::string& link) { return {}; }
};

// Writes nothing; the file system says what is valid.
std::unique_ptr<Backend> make_read_only_backend();
// `folder`/nix/store/..., as plain files.
std::unique_ptr<Backend> make_folder_backend(std::string folder);
// What `open` gives, which is called when the store is first needed. When it fails, so does every use.
using BackendOpener = std::function<base::Result<std::unique_ptr<Backend>>()>;
std::unique_ptr<Backend> make_lazy_backend(BackendOpener open);

}  // namespace evalctl::store
