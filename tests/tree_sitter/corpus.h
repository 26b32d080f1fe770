// The grammar's own corpus tests, in the format of `tree-sitter test`:
//
//     ==================
//     Name of the case
//     :error             (optional: the text must not follow the grammar, and no tree is written)
//     ==================
//     text
//     ---
//     (tree)
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tree_sitter/syntax.h"

namespace evalctl::tests {

struct CorpusResult {
  int passed = 0;
  std::vector<std::string> failures;
};

// Runs all cases of a file. With `update`, writes the trees at hand into it instead.
CorpusResult run_corpus(TSParser* parser, const std::filesystem::path& file, bool update);

}  // namespace evalctl::tests
