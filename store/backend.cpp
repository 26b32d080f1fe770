#include "store/backend.h"

#include <fmt/core.h>

#include <filesystem>

#include "base/files.h"

namespace evalctl::store {
namespace {

namespace fs = std::filesystem;

class ReadOnly final : public Backend {
 public:
  bool is_valid(const std::string& path) override {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
  }
  base::Result<void> add_text(const std::string&, std::string_view) override { return {}; }
  base::Result<void> add_source(const std::string&, const std::string&, const NarFilter&) override { return {}; }
};

class Folder final : public Backend {
 public:
  explicit Folder(std::string folder) : folder_(std::move(folder)) {}

  bool is_valid(const std::string& path) override {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(folder_ + path, ignored));
  }

  base::Result<void> add_text(const std::string& path, std::string_view contents) override {
    if (is_valid(path)) return {};
    std::error_code code;
    fs::create_directories(fs::path(folder_ + path).parent_path(), code);
    if (code) return base::fail(fmt::format("cannot make the folder of '{}{}': {}", folder_, path, code.message()));
    return base::write_file_atomically(folder_ + path, contents, 0444);
  }

  base::Result<void> add_source(const std::string& path, const std::string& source, const NarFilter& filter) override {
    if (is_valid(path)) return {};
    std::string temporary = folder_ + path + ".tmp";
    std::error_code code;
    fs::create_directories(fs::path(temporary).parent_path(), code);
    fs::remove_all(temporary, code);
    auto done = copy(source, temporary, filter);
    if (!done) return done;
    fs::rename(temporary, folder_ + path, code);
    if (code) return base::fail(fmt::format("cannot add '{}': {}", path, code.message()));
    return {};
  }

 private:
  static base::Result<void> copy(const std::string& source, const std::string& target, const NarFilter& filter) {
    std::error_code code;
    fs::file_status status = fs::symlink_status(source, code);
    if (!fs::is_directory(status)) {
      fs::copy(source, target, fs::copy_options::copy_symlinks, code);
      if (code) return base::fail(fmt::format("cannot copy '{}': {}", source, code.message()));
      return {};
    }
    fs::create_directory(target, code);
    auto names = base::list_folder(source);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      std::string entry = source + "/" + name;
      if (filter) {
        fs::file_status kind = fs::symlink_status(entry, code);
        auto wanted = filter(entry, fs::is_directory(kind) ? "directory" : fs::is_symlink(kind) ? "symlink" : "regular");
        if (!wanted) return std::unexpected(wanted.error());
        if (!*wanted) continue;
      }
      auto done = copy(entry, target + "/" + name, filter);
      if (!done) return done;
    }
    return {};
  }

  std::string folder_;
};

}  // namespace

std::unique_ptr<Backend> make_read_only_backend() { return std::make_unique<ReadOnly>(); }
std::unique_ptr<Backend> make_folder_backend(std::string folder) { return std::make_unique<Folder>(std::move(folder)); }

}  // namespace evalctl::store
