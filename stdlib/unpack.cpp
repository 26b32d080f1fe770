#include "stdlib/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace evalctl::stdlib {
namespace {

namespace fs = std::filesystem;

// libarchive is opened when it is needed: with all that it needs itself it takes longer to load than most commands run.
void* library() {
  static void* const opened = dlopen(EVALCTL_LIBARCHIVE, RTLD_NOW | RTLD_LOCAL);
  return opened;
}

// The function `name` of libarchive, which must be there.
#define ARCHIVE(name) ([] { static const auto found = reinterpret_cast<decltype(&::name)>(dlsym(library(), #name)); return found; }())

constexpr int kFlags = ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_PERM;

struct ReadClose { void operator()(archive* a) const { ARCHIVE(archive_read_free)(a); } };
struct WriteClose { void operator()(archive* a) const { ARCHIVE(archive_write_free)(a); } };

base::Result<void> copy_data(archive* from, archive* to) {
  const void* block;
  std::size_t size;
  la_int64_t offset;
  for (;;) {
    int status = ARCHIVE(archive_read_data_block)(from, &block, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) return base::fail(ARCHIVE(archive_error_string)(from));
    if (ARCHIVE(archive_write_data_block)(to, block, size, offset) < ARCHIVE_WARN) return base::fail(ARCHIVE(archive_error_string)(to));
  }
}

bool leaves_folder(std::string_view name) {
  if (name.starts_with('/')) return true;
  while (!name.empty()) {
    std::size_t slash = std::min(name.find('/'), name.size());
    if (name.substr(0, slash) == "..") return true;
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return false;
}

base::Result<void> place(archive_entry* entry, const std::string& root) {
  const char* name = ARCHIVE(archive_entry_pathname)(entry);
  if (!name) return base::fail("an entry has no readable name");
  if (leaves_folder(name)) return base::fail(fmt::format("the entry '{}' is outside of the archive's folder", name));
  std::string path = root + "/" + name;
  if (const char* target = ARCHIVE(archive_entry_hardlink)(entry)) {
    if (leaves_folder(target)) return base::fail(fmt::format("the link '{}' leads out of the archive's folder", name));
    ARCHIVE(archive_entry_set_hardlink)(entry, (root + "/" + target).c_str());
  }
  ARCHIVE(archive_entry_set_pathname)(entry, path.c_str());
  // The store keeps of the mode only "executable".
  mode_t mode = ARCHIVE(archive_entry_perm)(entry) & 0100 ? 0755 : 0644;
  ARCHIVE(archive_entry_set_perm)(entry, ARCHIVE(archive_entry_filetype)(entry) == AE_IFDIR ? 0755 : mode);
  return {};
}

base::Result<std::uint64_t> extract(std::string_view bytes, const std::string& root) {
  std::unique_ptr<archive, ReadClose> from(ARCHIVE(archive_read_new)());
  std::unique_ptr<archive, WriteClose> to(ARCHIVE(archive_write_disk_new)());
  ARCHIVE(archive_read_support_filter_all)(from.get());
  ARCHIVE(archive_read_support_format_all)(from.get());
  ARCHIVE(archive_write_disk_set_options)(to.get(), kFlags);
  if (ARCHIVE(archive_read_open_memory)(from.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return base::fail(ARCHIVE(archive_error_string)(from.get()));
  std::uint64_t newest = 0;
  archive_entry* entry;
  for (;;) {
    int status = ARCHIVE(archive_read_next_header)(from.get(), &entry);
    if (status == ARCHIVE_EOF) return newest;
    if (status < ARCHIVE_WARN) return base::fail(ARCHIVE(archive_error_string)(from.get()));
    newest = std::max(newest, static_cast<std::uint64_t>(std::max<la_int64_t>(0, ARCHIVE(archive_entry_mtime)(entry))));
    if (auto placed = place(entry, root); !placed) return std::unexpected(placed.error());
    if (ARCHIVE(archive_write_header)(to.get(), entry) < ARCHIVE_WARN) return base::fail(ARCHIVE(archive_error_string)(to.get()));
    if (auto copied = copy_data(from.get(), to.get()); !copied) return std::unexpected(copied.error());
  }
}

base::Result<std::string> decompress_with_library(std::string_view bytes) {
  std::unique_ptr<archive, ReadClose> from(ARCHIVE(archive_read_new)());
  ARCHIVE(archive_read_support_filter_all)(from.get());
  ARCHIVE(archive_read_support_format_raw)(from.get());
  archive_entry* entry;
  if (ARCHIVE(archive_read_open_memory)(from.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
      ARCHIVE(archive_read_next_header)(from.get(), &entry) != ARCHIVE_OK) {
    return base::fail(ARCHIVE(archive_error_string)(from.get()));
  }
  std::string result;
  char buffer[65536];
  for (;;) {
    la_ssize_t size = ARCHIVE(archive_read_data)(from.get(), buffer, sizeof buffer);
    if (size == 0) return result;
    if (size < 0) return base::fail(ARCHIVE(archive_error_string)(from.get()));
    result.append(buffer, static_cast<std::size_t>(size));
  }
}

base::Result<void> check_library(const std::string& name) {
  if (library()) return {};
  return base::fail(fmt::format("cannot unpack '{}': {} is not installed", name, EVALCTL_LIBARCHIVE));
}

}  // namespace

base::Result<std::string> decompress(std::string_view bytes, const std::string& name) {
  if (auto there = check_library(name); !there) return std::unexpected(there.error());
  auto result = decompress_with_library(bytes);
  if (!result) return base::fail(fmt::format("cannot unpack '{}': {}", name, result.error().message));
  return result;
}

base::Result<std::uint64_t> unpack_archive(std::string_view bytes, const std::string& name, const std::string& folder) {
  if (auto there = check_library(name); !there) return std::unexpected(there.error());
  std::error_code error;
  fs::create_directories(folder, error);
  // Links in the path of the folder itself are none of the archive's.
  std::string root = error ? "" : fs::canonical(folder, error).string();
  if (error) return base::fail(fmt::format("cannot make the folder '{}': {}", folder, error.message()));
  auto newest = extract(bytes, root);
  if (!newest) return base::fail(fmt::format("cannot unpack '{}': {}", name, newest.error().message));
  return newest;
}

std::string content_of(const std::string& folder) {
  std::error_code error;
  std::string only;
  int entries = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    only = entry.path().string();
    ++entries;
  }
  bool single = !error && entries == 1 && fs::is_directory(fs::symlink_status(only, error));
  return single ? only : folder;
}

}  // namespace evalctl::stdlib
