// The part of the world that is the store.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>

#include "base/observations.h"
#include "stdlib/world.h"
#include "store/daemon.h"
#include "store/dynamic_inputs.h"

namespace evalctl::stdlib {
namespace {

base::Result<base::Hash> hash_source(const std::string& path, bool recursive, const PathFilter& filter, World& world) {
  if (recursive) {
    auto hashed = world.tree_hashes.hash(world.on_disk(path), world.disk_filter(path, filter));
    if (!hashed) return std::unexpected(hashed.error());
    return std::move(hashed->nar);
  }
  auto text = world.read_file(path);
  if (!text) return std::unexpected(text.error());
  return base::hash_bytes(base::HashAlgorithm::Sha256, *text);
}

}  // namespace

namespace {

bool is_socket(const std::string& path) {
  std::error_code ignored;
  base::saw(base::Seen::Target, path);
  return std::filesystem::is_socket(path, ignored);
}

// The store of the machine: by the daemon that runs or, where none does, by one of our own.
store::BackendOpener machine_store(std::string socket, store::DaemonLog log, bool own_only) {
  return [=] -> base::Result<std::unique_ptr<store::Backend>> {
    if (!own_only && is_socket(socket)) return store::connect_daemon(socket, log);
    auto started = store::start_daemon(log);
    if (started || own_only) return started;
    return base::fail(fmt::format("there is no Nix daemon at '{}' and no program 'nix-daemon' that works ({}); '--store FOLDER' "
                                  "writes plain files to a folder instead, '--readonly-mode' nothing",
                                  socket, started.error().message));
  };
}

}  // namespace

void World::note_object(const std::string& object) {
  base::saw(base::Seen::Product, on_disk(object));
}

bool World::has_machine_store() {
  const char* remote = std::getenv("NIX_REMOTE");
  return (remote && *remote) || is_socket(store::daemon_socket_path());
}

base::Result<void> World::reopen_store_after_fork() {
  // Not closed: ending a connection would end the other process's daemon.
  (void)store.release();
  (void)machine_store_.release();
  store = store::make_read_only_backend();
  return open_store(location_);
}

base::Result<void> World::open_store(const std::string& location) {
  location_ = location;
  const char* remote = std::getenv("NIX_REMOTE");
  std::string where = location.empty() && remote ? remote : location;
  store::DaemonLog log = [this](std::string_view line) { message(line); };
  auto use_daemon = [&](const std::string& socket, bool own_only) {
    auto& place = read_only ? machine_store_ : store;
    place = store::make_lazy_backend(machine_store(socket, log, own_only));
    has_daemon_ = !read_only;
  };
  if (where.starts_with("dummy:")) {
    read_only = true;
  } else if (where.empty() || where == "auto") {
    use_daemon(store::daemon_socket_path(), false);
  } else if (where == "daemon" || where.starts_with("unix://")) {
    std::string socket = where == "daemon" ? store::daemon_socket_path() : where.substr(7);
    auto& place = read_only ? machine_store_ : store;
    place = store::make_lazy_backend([socket, log] { return store::connect_daemon(socket, log); });
    has_daemon_ = !read_only;
  } else if (where == "local") {
    use_daemon("", true);
  } else if (where.contains("://")) {
    return base::fail(fmt::format("stores of the kind '{}' are not supported", where));
  } else {
    return open_folder(where.starts_with("local?root=") ? where.substr(11) : where);
  }
  return {};
}

base::Result<void> World::open_folder(const std::string& folder) {
  std::error_code error;
  store_root_ = std::filesystem::absolute(folder, error).string();
  if (error) return base::fail(fmt::format("cannot use the store '{}': {}", folder, error.message()));
  while (store_root_.ends_with('/')) store_root_.pop_back();
  if (!read_only) store = store::make_folder_backend(store_root_);
  return {};
}

base::Result<std::string> World::copy_to_store(const std::string& path) {
  {
    std::lock_guard lock(caches_);
    auto known = copied_.find(path);
    if (known != copied_.end()) return known->second;
  }
  if (auto allowed = check_access(path); !allowed) return std::unexpected(allowed.error());
  auto stored = add_source(path.substr(path.rfind('/') + 1), path, true);
  std::lock_guard lock(caches_);
  if (stored) copied_.emplace(path, *stored);
  return stored;
}

base::Error World::not_listed() const { return {fmt::format("path '{}/' is not in the Nix store", store_dir)}; }

base::Result<std::string> World::add_source(const std::string& name, const std::string& path, bool recursive, const PathFilter& filter) {
  if (auto checked = store::check_name(name); !checked) return std::unexpected(checked.error());
  if (!exists(path)) return std::unexpected(missing(path));
  if (recursive && path == store_dir) return std::unexpected(not_listed());
  // The filter is asked once for each entry, and not while the store waits: what appears later does not belong to the copy.
  std::unordered_map<std::string, bool> decided;
  bool hashed = false;
  PathFilter asked_once;
  bool holds_store = store_dir.starts_with(path.ends_with('/') ? path : path + "/");
  if (filter || holds_store) {
    asked_once = [&](const std::string& entry, std::string_view type) -> base::Result<bool> {
      if (auto known = decided.find(entry); known != decided.end()) return known->second;
      if (hashed) return false;
      auto wanted = filter ? filter(entry, type) : base::Result<bool>(true);
      if (wanted && *wanted && entry == store_dir) return std::unexpected(not_listed());
      if (wanted) decided[entry] = *wanted;
      return wanted;
    };
  }
  auto hash = hash_source(path, recursive, asked_once, *this);
  hashed = true;
  if (!hash) return std::unexpected(hash.error());
  std::string object = recursive ? store::make_source_path(name, *hash) : store::make_fixed_path(store::FileMethod::Flat, *hash, name);
  allow_object(object);
  // What a filter leaves out is no part of the source, so only the copy in the store would do.
  if (keep_sources && !filter) keep_source(object, {path, ""});
  if (read_only) return object;
  note_object(object);
  if (store->is_valid(object)) return object;
  auto added = store->add_source(object, on_disk(path), recursive ? store::FileMethod::Nar : store::FileMethod::Flat,
                                 disk_filter(path, asked_once));
  if (!added) return std::unexpected(added.error());
  return object;
}

base::Result<std::string> World::add_text(const std::string& name, std::string_view text, const std::vector<std::string>& references) {
  if (auto checked = store::check_name(name); !checked) return std::unexpected(checked.error());
  store::References refers_to(references.begin(), references.end());
  std::string object = store::make_text_path(name, text, refers_to);
  {
    std::lock_guard lock(caches_);
    references_.try_emplace(object, references);
  }
  allow_object(object);
  if (keep_sources) keep_source(object, {std::nullopt, std::string(text)});
  if (read_only) return object;
  note_object(object);
  if (store->is_valid(object)) return object;
  auto added = store->add_text(object, text, refers_to);
  if (!added) return std::unexpected(added.error());
  return object;
}

base::Result<void> World::require_feature(std::string_view feature) const {
  if (features.contains(feature)) return {};
  return base::fail(fmt::format("experimental Nix feature '{}' is disabled; add '--extra-experimental-features {}' to enable it", feature, feature));
}

base::Result<base::Hash> World::read_hash(std::string_view text, std::optional<base::HashAlgorithm> algorithm) const {
  bool is_new = algorithm == base::HashAlgorithm::Blake3 || text.starts_with("blake3:") || text.starts_with("blake3-");
  if (auto known = is_new ? require_feature("blake3-hashes") : base::Result<void>(); !known) return std::unexpected(known.error());
  return base::parse_hash(text, algorithm);
}

base::Result<std::string> World::fixed_path(const std::string& name, bool recursive, std::string_view sha256) const {
  if (auto checked = store::check_name(name); !checked) return std::unexpected(checked.error());
  auto hash = read_hash(sha256, base::HashAlgorithm::Sha256);
  if (!hash) return std::unexpected(hash.error());
  return store::make_fixed_path(recursive ? store::FileMethod::Nar : store::FileMethod::Flat, *hash, name);
}

std::vector<std::string> World::references_of(const std::string& object) {
  {
    std::lock_guard lock(caches_);
    auto known = references_.find(object);
    if (known != references_.end()) return known->second;
  }
  // A store that cannot be asked (a folder of plain files, no Nix at all) says of no object what it refers to.
  store::Backend& asked = machine_store_ ? *machine_store_ : *store;
  std::vector<std::string> found;
  if (auto info = asked.info(object); info && *info) found.assign((*info)->references.begin(), (*info)->references.end());
  std::erase(found, object);
  std::lock_guard lock(caches_);
  return references_.try_emplace(object, std::move(found)).first->second;
}

void World::keep_source(const std::string& object, SourceCopy source) {
  std::lock_guard lock(caches_);
  sources_[object] = std::move(source);
}

std::optional<SourceCopy> World::find_source(const std::string& object) {
  std::error_code error;
  {
    std::lock_guard lock(caches_);
    if (auto known = sources_.find(object); known != sources_.end()) return known->second;
  }
  std::string path = on_disk(object);
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, error))) return std::nullopt;
  return SourceCopy{path, ""};
}

base::Result<std::vector<std::string>> World::derivers_of(const std::string& object) {
  return (machine_store_ ? *machine_store_ : *store).derivers(object);
}

// Builds of `wanted` (outputs by .drv) what is not there.
base::Result<void> World::build_missing(const std::map<std::string, std::set<std::string>>& wanted) {
  std::map<std::string, std::set<std::string>> missing;
  for (const auto& [drv_path, names] : wanted) {
    auto derivation = hashes->find(drv_path);
    if (!derivation) return std::unexpected(derivation.error());
    for (const std::string& name : names) {
      const std::string* path = (*derivation)->output(name);
      if (!path) return base::fail(fmt::format("derivation '{}' has no output '{}'", drv_path, name));
      if (path->empty() || !is_valid(*path)) missing[drv_path].insert(name);
    }
  }
  if (missing.empty()) return {};
  base::saw_what_changes();
  std::string shown = fmt::format("{}^{}", missing.begin()->first, fmt::join(missing.begin()->second, ","));
  if (missing.size() > 1) shown += fmt::format("' and {} more, such as '{}", missing.size() - 1, std::next(missing.begin())->first);
  if (read_only) {
    return base::fail(fmt::format("cannot read '{}' during evaluation: it is not built, and this evaluation does not write to the store", shown),
                      base::Error::Kind::Unbuilt);
  }
  if (evaluator::current_vm->works_ahead)
    return base::fail(fmt::format("'{}' is built by the thread that needs it", shown), base::Error::Kind::Unbuilt);
  base::Result<void> built;
  evaluator::while_away([&] { built = store->build(missing); });
  if (!built) {
    return base::fail(fmt::format("cannot build '{}' during evaluation: {}", shown, built.error().message), base::Error::Kind::Unbuilt);
  }
  return {};
}

// Replaces in `text` what stands for outputs whose paths a build has made known.
base::Result<void> World::replace_placeholders(const std::map<std::string, std::set<std::string>>& outputs, std::string& text) {
  for (const auto& [drv_path, names] : outputs) {
    auto derivation = hashes->find(drv_path);
    if (!derivation) return std::unexpected(derivation.error());
    for (const std::string& name : names) {
      if (!(*derivation)->output(name)->empty()) continue;
      base::saw_what_changes();
      auto made = store->outputs(drv_path);
      if (!made) return std::unexpected(made.error());
      const std::string& path = (*made)[name];
      if (path.empty()) return base::fail(fmt::format("the output '{}' of '{}' is not known after the build", name, drv_path));
      std::string placeholder = store::output_placeholder(drv_path, name);
      for (std::size_t at = 0; (at = text.find(placeholder, at)) != text.npos; at += path.size()) text.replace(at, placeholder.size(), path);
    }
  }
  return {};
}

base::Result<void> World::realise(const evaluator::Context* context, std::string* text) {
  if (!context) return {};
  if (!read_only) {
    if (auto flushed = store->flush(); !flushed) return flushed;
  }
  std::map<std::string, std::set<std::string>> wanted;
  for (const evaluator::ContextElement& element : context->elements()) {
    if (element.kind != evaluator::ContextElement::Kind::Built) continue;
    if (store::is_dynamic(element.path)) {
      return base::fail(fmt::format("cannot build '{}^{}' during evaluation: the derivation is still to be built itself",
                                    element.path, element.output), base::Error::Kind::Unbuilt);
    }
    if (!allow_import_from_derivation) {
      return base::fail(fmt::format("cannot build '{}^{}' during evaluation because the option 'allow-import-from-derivation' is disabled",
                                    element.path, element.output),
                        base::Error::Kind::Unbuilt);
    }
    wanted[std::string(element.path)].emplace(element.output);
  }
  auto done = build_missing(wanted);
  if (!done) return done;
  for (const auto& [drv_path, names] : wanted) {
    auto derivation = hashes->find(drv_path);
    for (const std::string& name : names) {
      const std::string* path = derivation ? (*derivation)->output(name) : nullptr;
      if (path) allow_object(*path);
    }
  }
  return text ? replace_placeholders(wanted, *text) : done;
}

}  // namespace evalctl::stdlib
