#include "base/tree_state.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

using namespace evalctl;
namespace fs = std::filesystem;

namespace {

// Folders inside each other, with files and folders beside each, that are gone at the end.
struct Tree {
  static constexpr int kDeep = 6, kWide = 9;
  Tree() {
    std::string name = (fs::temp_directory_path() / "evalctl-tree-XXXXXX").string();
    root = mkdtemp(name.data());
    folders.push_back(root);
    for (int depth = 0; depth < kDeep; ++depth) {
      fs::path above = folders.back();
      for (int i = 0; i < kWide; ++i) {
        fs::path folder = above / ("folder" + std::to_string(i));
        fs::create_directory(folder);
        std::ofstream(folder / "file") << depth << i;
        fs::create_symlink("file", folder / "link");
        entries += 3;
      }
      folders.push_back(above / "folder4");
    }
  }
  ~Tree() { fs::remove_all(root); }
  base::TreeState state(base::TreeTold told = base::TreeTold::Nothing) const {
    auto state = base::state_of_tree(root, {}, told);
    REQUIRE(state);
    return *state;
  }
  fs::path root;
  std::vector<fs::path> folders;  // by depth
  std::size_t entries = 1;
};

}  // namespace

TEST_CASE("The state of a tree tells of all in it, at any depth") {
  Tree tree;
  base::TreeState first = tree.state();
  CHECK(first.entries == tree.entries);
  CHECK(first.bytes == 2 * Tree::kDeep * Tree::kWide);
  CHECK(tree.state().fingerprint == first.fingerprint);
  std::string last = first.fingerprint;
  auto differs = [&] { return std::exchange(last, tree.state().fingerprint) != last; };
  for (std::size_t depth = 1; depth < tree.folders.size(); ++depth) {
    const fs::path& folder = tree.folders[depth];
    INFO("depth " << depth);
    std::ofstream(folder / "file") << "another text";
    CHECK(differs());
    fs::permissions(folder / "file", fs::perms::owner_exec, fs::perm_options::add);
    CHECK(differs());
    fs::remove(folder / "link");
    fs::create_symlink("other", folder / "link");
    CHECK(differs());
    fs::rename(folder / "file", folder / "renamed");
    CHECK(differs());
    fs::remove(folder / "renamed");
    CHECK(differs());
  }
}

TEST_CASE("What is in a folder is no part of the folder beside it") {
  Tree tree;
  fs::path deep = tree.folders.back();
  fs::path one = deep / "one", other = deep / "other";
  fs::create_directory(one);
  fs::create_directory(other);
  std::ofstream(one / "moved") << "";
  std::string before = tree.state().fingerprint;
  fs::rename(one / "moved", other / "moved");
  CHECK(tree.state().fingerprint != before);
}

TEST_CASE("A tree that is not there has no state") { CHECK(!base::state_of_tree("/nowhere/at/all")); }
