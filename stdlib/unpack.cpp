#include "stdlib/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace evalctl::stdlib {
namespace {

namespace fs = std::filesystem;

constexpr int kFlags = ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_PERM;
constexpr std::size_t kBlock = 1 << 16;

struct ReadClose { void operator()(archive* a) const { archive_read_free(a); } };
struct WriteClose { void operator()(archive* a) const { archive_write_free(a); } };

base::Result<void> copy_data(archive* from, archive* to) {
  const void* block;
  std::size_t size;
  la_int64_t offset;
  for (;;) {
    int status = archive_read_data_block(from, &block, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) return base::fail(archive_error_string(from));
    if (archive_write_data_block(to, block, size, offset) < ARCHIVE_WARN) return base::fail(archive_error_string(to));
  }
}

base::Result<void> extract(const std::string& path, const std::string& root) {
  std::unique_ptr<archive, ReadClose> from(archive_read_new());
  std::unique_ptr<archive, WriteClose> to(archive_write_disk_new());
  archive_read_support_filter_all(from.get());
  archive_read_support_format_all(from.get());
  archive_write_disk_set_options(to.get(), kFlags);
  if (archive_read_open_filename(from.get(), path.c_str(), kBlock) != ARCHIVE_OK) return base::fail(archive_error_string(from.get()));
  archive_entry* entry;
  for (;;) {
    int status = archive_read_next_header(from.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) return base::fail(archive_error_string(from.get()));
    const char* name = archive_entry_pathname(entry);
    if (!name) return base::fail("an entry has no readable name");
    archive_entry_set_pathname(entry, (root + "/" + name).c_str());
    if (const char* target = archive_entry_hardlink(entry)) archive_entry_set_hardlink(entry, (root + "/" + target).c_str());
    // Folders stay writable until all is in them; the store does not keep modes but "executable".
    if (archive_entry_filetype(entry) == AE_IFDIR) archive_entry_set_perm(entry, 0755);
    if (archive_write_header(to.get(), entry) < ARCHIVE_WARN) return base::fail(archive_error_string(to.get()));
    if (auto copied = copy_data(from.get(), to.get()); !copied) return copied;
  }
}

}  // namespace

Unpacked::~Unpacked() {
  std::error_code ignored;
  if (!root.empty()) fs::remove_all(root, ignored);
}

base::Result<Unpacked> unpack_archive(const std::string& path) {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "evalctl-XXXXXX").string();
  if (error || !mkdtemp(pattern.data())) return base::fail("cannot make a temporary folder");
  Unpacked result;
  // Links in the path of the folder itself are none of the archive's.
  result.root = fs::canonical(pattern, error).string();
  if (auto extracted = extract(path, result.root); !extracted) {
    return base::fail(fmt::format("cannot unpack '{}': {}", path, extracted.error().message));
  }
  int entries = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(result.root, error)) {
    result.content = entry.path().string();
    ++entries;
  }
  if (error || entries != 1 || !fs::is_directory(result.content, error)) {
    return base::fail(fmt::format("tarball '{}' contains an unexpected number of top-level files", path));
  }
  return result;
}

}  // namespace evalctl::stdlib
