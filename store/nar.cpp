// Writing archives.
#include "store/nar.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/observations.h"

namespace evalctl::store {
namespace {

constexpr std::string_view kMagic = "nix-archive-1";
constexpr char kZeros[8] = {};

class Dumper {
 public:
  Dumper(const NarSink& sink, const NarFilter& filter) : sink_(sink), filter_(filter) {}

  void length(std::uint64_t size) {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(size >> (8 * i));
    sink_({bytes, 8});
  }

  void padding(std::uint64_t size) {
    if (size % 8) sink_({kZeros, 8 - size % 8});
  }

  void text(std::string_view s) {
    length(s.size());
    sink_(s);
    padding(s.size());
  }

  base::Result<void> node(const std::string& path) {
    base::saw(base::Seen::Type, path);
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
    text("regular");
    if (executable) {
      text("executable");
      text("");
    }
    text("contents");
    base::saw(base::Seen::File, path);
    int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return base::fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    auto done = contents(file, path);
    close(file);
    return done;
  }

  base::Result<void> contents(int file, const std::string& path) {
    struct stat status;
    if (fstat(file, &status) < 0) return base::fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    auto size = static_cast<std::uint64_t>(status.st_size);
    length(size);
    char buffer[65536];
    for (std::uint64_t left = size; left > 0;) {
      ssize_t got = read(file, buffer, std::min<std::uint64_t>(left, sizeof buffer));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return base::fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
      if (got == 0) return base::fail(fmt::format("the file '{}' shrank while it was read", path));
      sink_({buffer, static_cast<std::size_t>(got)});
      left -= static_cast<std::uint64_t>(got);
    }
    padding(size);
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
  dumper.text(kMagic);
  return dumper.node(path);
}

base::Result<base::Hash> nar_hash(const std::string& path, const NarFilter& filter) {
  base::HashSink hash(base::HashAlgorithm::Sha256);
  auto done = dump_nar(path, [&](std::string_view bytes) { hash.write(bytes); }, filter);
  if (!done) return std::unexpected(done.error());
  return hash.finish();
}

std::string nar_of_text(std::string_view contents) {
  std::string out;
  out.reserve(contents.size() + 128);
  NarSink sink = [&](std::string_view bytes) { out += bytes; };
  NarFilter all;
  Dumper dumper(sink, all);
  for (std::string_view text : {kMagic, std::string_view("("), std::string_view("type"), std::string_view("regular"),
                                std::string_view("contents"), contents, std::string_view(")")})
    dumper.text(text);
  return out;
}

}  // namespace evalctl::store
