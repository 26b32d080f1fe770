#include "store/backend.h"

#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <utility>

#include "base/files.h"

namespace evalctl::store {
namespace {

namespace fs = std::filesystem;

class ReadOnly final : public Backend {
 public:
  bool is_valid(const std::string& path) override { return base::entry_exists(path); }
  base::Result<void> add_text(const std::string&, std::string_view, const References&) override { return {}; }
  base::Result<void> add_source(const std::string&, const std::string&, FileMethod, const NarFilter&) override { return {}; }
  base::Result<void> add_object(const ObjectInfo&, std::string_view) override { return {}; }
};

class Lazy final : public Backend {
 public:
  explicit Lazy(BackendOpener open) : open_(std::move(open)) {}

  bool is_valid(const std::string& path) override {
    auto backend = get();
    return backend && (*backend)->is_valid(path);
  }
  base::Result<void> add_text(const std::string& path, std::string_view contents, const References& references) override {
    return with([&](Backend& backend) { return backend.add_text(path, contents, references); });
  }
  base::Result<void> add_source(const std::string& path, const std::string& source, FileMethod method, const NarFilter& filter) override {
    return with([&](Backend& backend) { return backend.add_source(path, source, method, filter); });
  }
  base::Result<void> flush() override {
    std::lock_guard lock(mutex_);
    return backend_ ? backend_->flush() : base::Result<void>();
  }
  base::Result<void> add_object(const ObjectInfo& info, std::string_view archive) override {
    return with([&](Backend& backend) { return backend.add_object(info, archive); });
  }
  base::Result<std::optional<ObjectInfo>> info(const std::string& path) override {
    return with([&](Backend& backend) { return backend.info(path); });
  }
  base::Result<void> build(const std::map<std::string, std::set<std::string>>& outputs) override {
    return with([&](Backend& backend) { return backend.build(outputs); });
  }
  base::Result<std::map<std::string, std::string>> outputs(const std::string& drv_path) override {
    return with([&](Backend& backend) { return backend.outputs(drv_path); });
  }
  base::Result<Missing> missing(const std::vector<std::string>& wanted) override {
    return with([&](Backend& backend) { return backend.missing(wanted); });
  }
  base::Result<std::vector<std::string>> derivers(const std::string& path) override {
    return with([&](Backend& backend) { return backend.derivers(path); });
  }
  base::Result<void> dump(const std::string& path, const NarSink& sink) override {
    return with([&](Backend& backend) { return backend.dump(path, sink); });
  }
  base::Result<void> add_root(const std::string& link) override {
    return with([&](Backend& backend) { return backend.add_root(link); });
  }

 private:
  base::Result<Backend*> get() {
    std::lock_guard lock(mutex_);
    if (!backend_ && failure_.empty()) {
      auto opened = open_();
      if (opened) backend_ = std::move(*opened);
      else failure_ = opened.error().message;
    }
    if (!backend_) return base::fail(failure_);
    return backend_.get();
  }

  template <class Use>
  auto with(Use use) -> decltype(use(std::declval<Backend&>())) {
    auto backend = get();
    if (!backend) return std::unexpected(backend.error());
    return use(**backend);
  }

  BackendOpener open_;
  std::mutex mutex_;
  std::unique_ptr<Backend> backend_;
  std::string failure_;
};

class Folder final : public Backend {
 public:
  explicit Folder(std::string folder) : folder_(std::move(folder)) {}

  bool is_valid(const std::string& path) override { return base::entry_exists(folder_ + path); }

  base::Result<void> add_text(const std::string& path, std::string_view contents, const References&) override {
    if (is_valid(path)) return {};
    if (auto made = make_store(); !made) return made;
    return base::write_file_atomically(folder_ + path, contents, 0444);
  }

  base::Result<void> add_source(const std::string& path, const std::string& source, FileMethod, const NarFilter& filter) override {
    if (is_valid(path)) return {};
    if (auto made = make_store(); !made) return made;
    std::error_code code;
    if (fs::weakly_canonical(folder_, code).string().starts_with(fs::weakly_canonical(source, code).string() + "/")) {
      return base::fail(fmt::format("cannot copy '{}' to the store '{}', which lies inside of it", source, folder_));
    }
    return place(path, [&](NarRestorer& restorer) {
      // By way of the archive, so that names, modes and the filter mean what they mean for the hash.
      return dump_nar(source, [&](std::string_view bytes) { restorer.write(bytes); }, filter);
    });
  }

  base::Result<void> add_object(const ObjectInfo& info, std::string_view archive) override {
    if (is_valid(info.path)) return {};
    if (auto made = make_store(); !made) return made;
    return place(info.path, [&](NarRestorer& restorer) -> base::Result<void> {
      restorer.write(archive);
      return {};
    });
  }

  base::Result<void> dump(const std::string& path, const NarSink& sink) override {
    return dump_nar(is_valid(path) ? folder_ + path : path, sink);
  }

 private:
  base::Result<void> make_store() {
    std::error_code code;
    fs::create_directories(folder_ + std::string(kStoreDir), code);
    if (code) return base::fail(fmt::format("cannot make the folder '{}{}': {}", folder_, kStoreDir, code.message()));
    return {};
  }

  // Lets `write` unpack an archive, and puts the result at `path`. Another process may write the same object: each has its
  // own copy, and the first to rename wins.
  template <class Write>
  base::Result<void> place(const std::string& path, Write write) {
    std::error_code code;
    std::string temporary = fmt::format("{}{}.{}.tmp", folder_, path, gettid());
    fs::remove_all(temporary, code);
    auto done = restore(temporary, write);
    if (done) {
      fs::rename(temporary, folder_ + path, code);
      if (code && !is_valid(path)) done = base::fail(fmt::format("cannot add '{}': {}", path, code.message()));
    }
    std::error_code ignored;
    if (!done || code) fs::remove_all(temporary, ignored);
    return done;
  }

  template <class Write>
  static base::Result<void> restore(const std::string& target, Write write) {
    NarRestorer restorer(target);
    auto done = write(restorer);
    return done ? restorer.finish() : done;
  }

  std::string folder_;
};

}  // namespace

base::Result<void> Backend::build(const std::map<std::string, std::set<std::string>>& outputs) {
  if (outputs.empty()) return {};
  return base::fail(fmt::format("cannot build '{}': this store does not build; a Nix daemon would", outputs.begin()->first));
}

base::Result<std::map<std::string, std::string>> Backend::outputs(const std::string& drv_path) {
  return base::fail(fmt::format("the outputs of '{}' are known to a Nix daemon only", drv_path));
}

base::Result<Missing> Backend::missing(const std::vector<std::string>&) {
  return base::fail("what is built or cached is known to a Nix daemon only");
}

std::unique_ptr<Backend> make_read_only_backend() { return std::make_unique<ReadOnly>(); }
std::unique_ptr<Backend> make_lazy_backend(BackendOpener open) { return std::make_unique<Lazy>(std::move(open)); }
std::unique_ptr<Backend> make_folder_backend(std::string folder) { return std::make_unique<Folder>(std::move(folder)); }

}  // namespace evalctl::store
