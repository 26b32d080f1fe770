#include "store/nar.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"

namespace evalctl::store {
namespace {

class Dumper {
 public:
  Dumper(const NarSink& sink, const NarFilter& filter) : sink_(sink), filter_(filter) {}

  void text(std::string_view s) {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(std::uint64_t{s.size()} >> (8 * i));
    sink_({bytes, 8});
    sink_(s);
    static constexpr char zeros[8] = {};
    if (s.size() % 8) sink_({zeros, 8 - s.size() % 8});
  }

  base::Result<void> node(const std::string& path) {
    struct stat status;
    if (lstat(path.c_str(), &status) < 0) return base::fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    text("(");
    text("type");
    base::Result<void> done;
    if (S_ISREG(status.st_mode)) done = regular(path, status.st_mode & S_IXUSR);
    else if (S_ISDIR(status.st_mode)) done = folder(path);
    else if (S_ISLNK(status.st_mode)) done = link(path);
    else return base::fail(fmt::format("file '{}' has an unsupported type", path));
    text(")");
    return done;
  }

 private:
  base::Result<void> regular(const std::string& path, bool executable) {
    auto contents = base::read_file(path);
    if (!contents) return std::unexpected(contents.error());
    text("regular");
    if (executable) {
      text("executable");
      text("");
    }
    text("contents");
    text(*contents);
    return {};
  }

  base::Result<void> link(const std::string& path) {
    auto target = base::read_link(path);
    if (!target) return std::unexpected(target.error());
    text("symlink");
    text("target");
    text(*target);
    return {};
  }

  base::Result<void> folder(const std::string& path) {
    text("directory");
    auto names = base::list_folder(path);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      std::string entry = path + "/" + name;
      if (filter_) {
        auto wanted = filter_(entry, type_of(entry));
        if (!wanted) return std::unexpected(wanted.error());
        if (!*wanted) continue;
      }
      text("entry");
      text("(");
      text("name");
      text(name);
      text("node");
      auto done = node(entry);
      if (!done) return done;
      text(")");
    }
    return {};
  }

  static std::string_view type_of(const std::string& path) {
    struct stat status;
    if (lstat(path.c_str(), &status) < 0) return "unknown";
    if (S_ISREG(status.st_mode)) return "regular";
    if (S_ISDIR(status.st_mode)) return "directory";
    return S_ISLNK(status.st_mode) ? "symlink" : "unknown";
  }

  const NarSink& sink_;
  const NarFilter& filter_;
};

}  // namespace

base::Result<void> dump_nar(const std::string& path, const NarSink& sink, const NarFilter& filter) {
  Dumper dumper(sink, filter);
  dumper.text("nix-archive-1");
  return dumper.node(path);
}

base::Result<base::Hash> nar_hash(const std::string& path, const NarFilter& filter) {
  base::HashSink hash(base::HashAlgorithm::Sha256);
  auto done = dump_nar(path, [&](std::string_view bytes) { hash.write(bytes); }, filter);
  if (!done) return std::unexpected(done.error());
  return hash.finish();
}

}  // namespace evalctl::store
