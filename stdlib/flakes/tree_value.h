// Fetched trees and attributes of inputs as values of the language.
#pragma once
#include "evaluator/vm.h"
#include "stdlib/flakes/fetch_tree.h"

namespace evalctl::stdlib {

struct TreeValueOptions {
  // Without a revision, one of zeros (fetchGit).
  bool zero_revision = false;
  // Leave out the revision: the tree is not what was committed.
  bool dirty = false;
};

// The set { outPath; narHash; rev; shortRev; ... } that fetchTree returns and flakes have as `sourceInfo`.
evaluator::Value tree_value(evaluator::Vm& vm, const StoredTree& tree, const TreeValueOptions& options = {});

// The attributes of an input as a set.
evaluator::Value attributes_value(evaluator::Vm& vm, const InputAttributes& attributes);

// Adds one attribute of an input, given as a string, boolean or number that is not negative; `what` is for messages. False
// on failure.
bool read_attribute(evaluator::Vm& vm, const evaluator::Attr& attribute, std::string_view what, InputAttributes& attributes);

}  // namespace evalctl::stdlib
