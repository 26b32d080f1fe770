#include "stdlib/world.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "base/observations.h"
#include "base/text.h"
#include "evaluator/program.h"
#include "stdlib/derivation.h"
#include "stdlib/files_ahead.h"
#include "stdlib/lowered_files.h"
#include "stdlib/sources.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

std::string machine_system() {
  utsname names{};
  if (uname(&names) != 0) return "x86_64-linux";
  std::string kernel = names.sysname, machine = names.machine;
  std::transform(kernel.begin(), kernel.end(), kernel.begin(), [](unsigned char c) { return std::tolower(c); });
  if (machine == "arm64") machine = "aarch64";
  return machine + "-" + kernel;
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/');
}

std::string_view embedded_name(std::string_view path) { return path.substr(kEmbeddedPrefix.size()); }

// Closes a file descriptor at the end of the scope.
struct Descriptor {
  int fd;
  ~Descriptor() { if (fd >= 0) close(fd); }
};

}  // namespace

std::string_view name_of(FileType type) {
  switch (type) {
    case FileType::Regular: return "regular";
    case FileType::Directory: return "directory";
    case FileType::Symlink: return "symlink";
    default: return "unknown";
  }
}

World::World()
    : system(machine_system()), store(store::make_read_only_backend()), hashes(std::make_unique<store::DerivationHashes>()),
      current_time_(std::time(nullptr)) {
  hashes->read = [this](const std::string& path) { return read_file(path); };
}
World::~World() = default;

thread_local std::vector<std::string>* World::held_messages = nullptr;

void World::message(std::string_view text) {
  if (Vm* vm = current_vm; vm && vm->dependencies) vm->dependencies->said(text);
  if (held_messages) return held_messages->emplace_back(text), void();
  if (on_message && on_message(text)) return;
  std::fflush(stdout);
  if (before_message) before_message();
  std::string shown = isatty(STDERR_FILENO) ? std::string(text) : base::without_escapes(text);
  fmt::print(stderr, "{}\n", shown);
  if (base::observations) base::observations->message(shown);
}

void World::add_search_entry(std::string_view text) {
  std::size_t equals = text.find('=');
  if (equals == text.npos) {
    search_path.push_back({"", std::string(text)});
  } else {
    search_path.push_back({std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
  }
}

void World::add_search_path(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    // A colon followed by `//` belongs to a URL.
    std::size_t end = text.find(':', begin);
    while (end != text.npos && text.substr(end).starts_with("://")) end = text.find(':', end + 1);
    if (end == text.npos) end = text.size();
    if (end > begin) add_search_entry(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

Value World::nix_path(Vm& vm) {
  ValueVector entries;
  for (const SearchEntry& entry : search_path) {
    AttrsBuilder attrs(2);
    attrs.add(vm.symbols.path, vm.string(entry.path));
    attrs.add(vm.symbols.prefix, vm.string(entry.prefix));
    entries.push_back(attrs.build(vm));
  }
  return vm.list(entries);
}

bool World::is_allowed_object(const std::string& object) const {
  std::lock_guard lock(caches_);
  return mounts_.contains(object) || allowed_objects_.contains(object);
}

base::Result<void> World::check_access(const std::string& path) {
  if (!pure && !restricted) return {};
  if (path.starts_with(kEmbeddedPrefix)) return {};
  if (is_in_store(path)) {
    // Nothing in the store may be read only because it happens to be there.
    std::string object = store_object(path);
    if (!pure || is_allowed_object(object)) return {};
  }
  // What is on the search path may be read where there is one.
  for (std::size_t i = 0; !pure && i < search_path.size(); ++i) {
    auto folder = local_folder(search_path[i].path);
    if (folder && is_below(path, *folder)) return {};
  }
  return base::fail(fmt::format("access to absolute path '{}' is forbidden in {} mode{}", path, pure ? "pure evaluation" : "restricted",
                                pure ? " (use '--impure' to override)" : ""), base::Error::Kind::Forbidden);
}

base::Result<void> World::check_uri(const std::string& uri) {
  if (!restricted) return {};
  for (const std::string& prefix : allowed_uris) {
    if (uri == prefix || (uri.starts_with(prefix) && (prefix.ends_with('/') || uri[prefix.size()] == '/'))) return {};
  }
  if (uri.starts_with("file://")) return check_access(canonical_path(uri.substr(7)));
  return base::fail(fmt::format("access to URI '{}' is forbidden in restricted mode", uri), base::Error::Kind::Forbidden);
}

FileType World::file_type(const std::string& path) {
  std::optional<base::Sighting> unused;
  return file_type(path, unused);
}

// The stamp is that of a regular file.
FileType World::file_type(const std::string& path, std::optional<base::Sighting>& seen) {
  if (path.starts_with(kEmbeddedPrefix)) return embedded_file(embedded_name(path)).empty() ? FileType::Missing : FileType::Regular;
  struct stat status;
  std::string disk = on_disk(path);
  base::saw(base::Seen::Type, disk);
  std::int64_t at = base::observations ? base::now() : 0;
  if (lstat(disk.c_str(), &status) != 0) return buffers.contains(path) ? FileType::Regular : FileType::Missing;
  if (S_ISREG(status.st_mode)) {
    seen = {base::stamp_of(status), at};
    return FileType::Regular;
  }
  if (S_ISDIR(status.st_mode)) return FileType::Directory;
  return S_ISLNK(status.st_mode) ? FileType::Symlink : FileType::Unknown;
}

base::Result<std::string> World::resolve_links(const std::string& path) {
  if (path.starts_with(kEmbeddedPrefix)) return path;
  if (is_guarded(path)) return follow_links(path, true);
  base::saw_links(path);
  char resolved[PATH_MAX];
  if (!realpath(path.c_str(), resolved)) {
    if (errno == ENOENT) return base::fail(fmt::format("path '{}' does not exist", path), base::Error::Kind::MissingFile);
    return base::fail(fmt::format("cannot resolve the path '{}': {}", path, std::strerror(errno)));
  }
  return std::string(resolved);
}

base::Result<std::string> World::resolve_import(const std::string& path, std::optional<base::Sighting>* seen) {
  {
    std::lock_guard lock(caches_);
    auto known = resolved_imports_.find(path);
    if (known != resolved_imports_.end()) return known->second;
  }
  // Only links at the end of the path are followed, as Nix does: what a file calls `./.` is the folder it was reached by.
  std::string file = path;
  std::optional<base::Sighting> found;
  FileType type = file_type(file, found);
  for (int links = 0; type == FileType::Symlink; type = file_type(file, found), ++links) {
    if (links == 1024) return base::fail(fmt::format("too many symbolic links encountered while traversing the path '{}'", path));
    char target[PATH_MAX];
    base::saw(base::Seen::Link, on_disk(file));
    ssize_t size = readlink(on_disk(file).c_str(), target, sizeof target);
    if (size < 0) return base::fail(fmt::format("cannot read the symbolic link '{}': {}", file, std::strerror(errno)));
    std::string_view text(target, static_cast<std::size_t>(size));
    file = canonical_path(text.starts_with('/') ? std::string(text) : file.substr(0, file.rfind('/') + 1) + std::string(text));
  }
  if (type == FileType::Directory) file = canonical_path(file + "/default.nix");
  if (auto allowed = check_access(file); !allowed) return std::unexpected(allowed.error());
  if (seen && buffers.empty() && is_plain(file)) *seen = found;
  std::lock_guard lock(caches_);
  resolved_imports_.emplace(path, file);
  return file;
}

std::optional<base::Stamp> World::stamp_of(const std::string& path) {
  if (buffers.contains(path) || path.starts_with(kEmbeddedPrefix)) return std::nullopt;
  std::string target = path;
  if (is_guarded(path)) {
    auto followed = follow_links(path, true);
    if (!followed) return std::nullopt;
    target = *followed;
  }
  std::string disk = on_disk(target);
  std::int64_t at = base::observations ? base::now() : 0;
  struct stat status;
  if (stat(disk.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    base::saw(base::Seen::File, disk);
    return std::nullopt;
  }
  base::Stamp stamp = base::stamp_of(status);
  base::saw_file(disk, {stamp, at});
  return stamp;
}

base::Result<std::string> World::read_source(const Vm& vm, const std::string& path) {
  if (!vm.dependencies || !vm.dependencies->follows(path)) return read_file(path);
  base::settle(path);
  base::saw(base::Seen::Source, path);
  base::Unobserved unobserved(true);
  return read_file(path);
}

base::Result<std::string> World::read_file(const std::string& path) {
  if (auto buffer = buffers.find(path); buffer != buffers.end()) return buffer->second;
  if (path.starts_with(kEmbeddedPrefix)) {
    std::string_view text = embedded_file(embedded_name(path));
    if (!text.empty()) return std::string(text);
  }
  std::string target = path;
  if (is_guarded(path)) {
    auto followed = follow_links(path, true);
    if (!followed) return followed;
    target = *followed;
  }
  std::string disk = on_disk(target);
  base::saw(base::Seen::File, disk);
  Descriptor file{open(disk.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0 && errno == ENOENT) return std::unexpected(missing(path));
  struct stat status;
  if (file.fd < 0 || fstat(file.fd, &status) != 0) return base::fail(fmt::format("cannot open '{}': {}", path, std::strerror(errno)), errno == ENOENT ? base::Error::Kind::MissingFile : base::Error::Kind::Other);
  // Files of /proc and pipes have no size; they are read to their end.
  std::string text(S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0, '\0');
  std::size_t done = 0;
  bool sized = !text.empty();
  for (;;) {
    if (done == text.size()) {
      if (sized) break;
      text.resize(text.size() + 65536);
    }
    ssize_t got = read(file.fd, text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  text.resize(done);
  // Pipes, devices and what the system makes up while it is read have no stamp that tells of the next content.
  if (!S_ISREG(status.st_mode) || done != static_cast<std::size_t>(status.st_size)) base::saw_what_changes();
  return text;
}

std::size_t World::delay_number(DelayedNumber number) {
  std::lock_guard lock(caches_);
  delayed_numbers_.push_back(std::move(number));
  return delayed_numbers_.size() - 1;
}

base::Result<std::uint64_t> World::delayed_number(std::size_t index) {
  DelayedNumber number;
  {
    std::lock_guard lock(caches_);
    number = delayed_numbers_[index];
  }
  return number();
}

World::Import& World::import_of(Vm& vm, const std::string& file) {
  std::lock_guard lock(caches_);
  auto& import = imports_[file];
  // Neither flags nor claim: not evaluated yet.
  if (!import) import.reset(new Import{{}, vm.program().new_word()});
  return *import;
}

std::vector<std::string> World::imported_files() {
  std::lock_guard lock(caches_);
  std::vector<std::string> files;
  for (const auto& [file, import] : imports_)
    if (*import->value) files.push_back(file);
  return files;
}

void World::forget_imports() {
  std::lock_guard lock(caches_);
  for (auto& [file, import] : imports_) *import->value = {};
  imports_.clear();
}

bool World::is_in_store(std::string_view path) const {
  return path.size() > store_dir.size() + 1 && path.starts_with(store_dir) && path[store_dir.size()] == '/';
}

std::string World::store_object(std::string_view path) const {
  return std::string(path.substr(0, path.find('/', store_dir.size() + 1)));
}

}  // namespace evalctl::stdlib
