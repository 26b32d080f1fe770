// What the language server keeps of files, and when it reads them again.
#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/observations.h"
#include "lsp/option_index.h"
#include "lsp/snapshot.h"

using namespace evalctl;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/evalctl-stale-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// Text of the same size, with the time of the one before: in the same file or in another one.
void replace(const std::string& path, const std::string& text, bool same_file) {
  struct stat before;
  REQUIRE(stat(path.c_str(), &before) == 0);
  std::string written = same_file ? path : path + ".new";
  write(written, text);
  const timespec times[2] = {before.st_atim, before.st_mtim};
  utimensat(AT_FDCWD, written.c_str(), times, 0);
  if (!same_file) std::filesystem::rename(written, path);
}

}  // namespace

TEST_CASE("a document on disk is read again after each change") {
  Folder folder;
  lsp::DiskFiles files;
  std::string path = folder.path + "/a.nix";
  write(path, "1");
  CHECK(files.get(path)->text.bytes() == "1");
  replace(path, "2", true);
  CHECK(files.get(path)->text.bytes() == "2");
  base::settle(path);
  auto kept = files.get(path);
  CHECK(files.get(path) == files.get(path));
  replace(path, "3", true);
  CHECK(files.get(path)->text.bytes() == "3");
  base::settle(path);
  CHECK(files.get(path)->text.bytes() == "3");
  replace(path, "4", false);
  CHECK(files.get(path)->text.bytes() == "4");
}

TEST_CASE("an index of options is fresh as long as its files have their contents") {
  Folder folder;
  std::string path = folder.path + "/a.nix";
  write(path, "1");
  base::settle(path);
  auto index = [&](std::int64_t since) {
    auto input = lsp::make_input(path, since);
    REQUIRE(input);
    return lsp::OptionIndex::decode(lsp::encode_index("stamp", {*input}, {}));
  };
  // It may have changed after it was evaluated.
  CHECK_FALSE(index(0)->is_fresh());
  auto made = index(base::now());
  CHECK(made->is_fresh());
  bool same_file = GENERATE(true, false);
  replace(path, "1", same_file);
  CHECK(made->is_fresh());
  replace(path, "2", same_file);
  CHECK_FALSE(made->is_fresh());
}

TEST_CASE("a damaged index of options counts as none") {
  lsp::IndexEntry entry;
  entry.key = lsp::key_of(std::vector<std::string>{"services", "a"});
  entry.description = "text";
  std::string good = lsp::encode_index("stamp", {}, {entry});
  REQUIRE(lsp::OptionIndex::decode(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    CHECK_FALSE(lsp::OptionIndex::decode(damaged));
    CHECK_FALSE(lsp::OptionIndex::decode(good.substr(0, i)));
  }
}
