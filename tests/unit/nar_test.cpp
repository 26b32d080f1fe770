#include "store/nar.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/files.h"

using namespace evalctl;
using namespace evalctl::store;
namespace fs = std::filesystem;

namespace {

// A folder that is gone at the end.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "evalctl-nar-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string path;
};

std::string archive(const std::string& path) {
  std::string bytes;
  REQUIRE(dump_nar(path, [&](std::string_view part) { bytes += part; }));
  return bytes;
}

// One text of an archive, or several.
std::string words(std::initializer_list<std::string_view> texts) {
  std::string out;
  for (std::string_view text : texts) {
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(std::uint64_t{text.size()} >> shift);
    out += text;
    out.append((8 - text.size() % 8) % 8, '\0');
  }
  return out;
}

std::string one_file(std::string_view name) {
  return words({"nix-archive-1", "(", "type", "directory", "entry", "(", "name", name, "node", "(", "type", "regular", "contents", "x", ")",
                ")", ")"});
}

bool restores(const std::string& bytes) {
  Folder folder;
  NarRestorer restorer(folder.path + "/target");
  restorer.write(bytes);
  return restorer.finish().has_value();
}

}  // namespace

TEST_CASE("a tree comes back from its archive") {
  Folder folder;
  std::string source = folder.path + "/source", target = folder.path + "/target";
  fs::create_directories(source + "/empty");
  fs::create_directories(source + "/sub/sub");
  std::ofstream(source + "/a") << std::string(200000, 'a');
  std::ofstream(source + "/sub/sub/none");
  std::ofstream(source + "/sub/run") << "#!/bin/sh\n";
  chmod((source + "/sub/run").c_str(), 0755);
  fs::create_symlink("../nowhere", source + "/link");
  std::string bytes = archive(source);
  for (std::size_t piece : {1ul, 13ul, bytes.size()}) {
    fs::remove_all(target);
    NarRestorer restorer(target);
    for (std::size_t at = 0; at < bytes.size(); at += piece) restorer.write(std::string_view(bytes).substr(at, piece));
    REQUIRE(restorer.finish());
    CHECK(archive(target) == bytes);
  }
  CHECK(fs::read_symlink(target + "/link") == "../nowhere");
  CHECK(access((target + "/sub/run").c_str(), X_OK) == 0);
}

TEST_CASE("the archive of a text is that of a file") {
  Folder folder;
  for (const char* text : {"", "1234567", "12345678", "123456789"}) {
    std::ofstream(folder.path + "/file") << text;
    CHECK(nar_of_text(text) == archive(folder.path + "/file"));
  }
}

TEST_CASE("a filter leaves out") {
  Folder folder;
  std::ofstream(folder.path + "/keep");
  std::string bytes = archive(folder.path);
  std::ofstream(folder.path + "/drop");
  std::string filtered;
  auto not_dropped = [](const std::string& path, std::string_view) -> base::Result<bool> { return !path.ends_with("/drop"); };
  REQUIRE(dump_nar(folder.path, [&](std::string_view part) { filtered += part; }, not_dropped));
  CHECK(filtered == bytes);
}

TEST_CASE("names that leave the folder are refused") {
  CHECK(restores(one_file("name")));
  for (std::string_view name : {"", ".", "..", "a/b", "/etc", "../x"}) CHECK_FALSE(restores(one_file(name)));
  CHECK_FALSE(restores(one_file(std::string_view("a\0b", 3))));
}

TEST_CASE("entries come in order, each once") {
  auto two = [](std::string_view first, std::string_view second) {
    std::string out = words({"nix-archive-1", "(", "type", "directory"});
    for (std::string_view name : {first, second})
      out += words({"entry", "(", "name", name, "node", "(", "type", "symlink", "target", "/etc", ")", ")"});
    return out + words({")"});
  };
  CHECK(restores(two("a", "b")));
  CHECK_FALSE(restores(two("b", "a")));
  CHECK_FALSE(restores(two("a", "a")));
}

TEST_CASE("an archive that is cut or goes on is refused") {
  std::string bytes = one_file("name");
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(restores(bytes.substr(0, size)));
  CHECK_FALSE(restores(bytes + std::string(8, '\0')));
  std::string padded = bytes;
  padded[8 + 15] = 'x';  // padding of the first text
  CHECK_FALSE(restores(padded));
}
