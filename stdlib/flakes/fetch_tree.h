// Fetching inputs and making them visible to evaluation.
#pragma once
#include <string>

#include "stdlib/flakes/input.h"

namespace evalctl::stdlib {

// What the schemes do to fetch; see Scheme::fetch.
base::Result<FetchedTree> fetch_path_tree(World& world, const Input& input);
base::Result<FetchedTree> fetch_git_tree(World& world, const Input& input);
base::Result<FetchedTree> fetch_mercurial_tree(World& world, const Input& input);
base::Result<FetchedTree> fetch_forge_tree(World& world, const Input& input);
base::Result<FetchedTree> fetch_tarball_tree(World& world, const Input& input);
base::Result<FetchedTree> fetch_plain_file(World& world, const Input& input);

// An input in the store: its path there can be read by evaluation from now on.
struct StoredTree {
  Input locked;
  std::string store_path;
};

// Fetches `input`, which is direct, computes its narHash and store path, and checks both against what `input` demands. A
// tree that the store has, or that was fetched before in this process, is not fetched again.
base::Result<StoredTree> fetch_input(World& world, const Input& input);

}  // namespace evalctl::stdlib
