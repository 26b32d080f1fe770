// Tests of the tree-sitter grammar.
//
//   tree-sitter-test compare PATH...           against the shared parser, on all .nix files
//   tree-sitter-test edits PATH...             edits taken back give the first tree again
//   tree-sitter-test corpus [--update] PATH    the grammar's corpus tests
//   tree-sitter-test queries [--update] DIRECTORY EXAMPLES    what the queries capture in examples
//
// The last line is `N passed, M failed`.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "tests/tree_sitter/comparison.h"
#include "tests/tree_sitter/corpus.h"
#include "tests/tree_sitter/queries.h"

namespace evalctl::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kEdits = 4;
constexpr std::uintmax_t kLargestEdited = 20000;

struct Count {
  int passed = 0;
  int failed = 0;

  void fail(std::string_view what) {
    ++failed;
    fmt::print("FAIL {}\n", what);
  }
  int report() const {
    fmt::print("{} passed, {} failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
  }
};

std::vector<fs::path> files_below(const std::vector<std::string>& paths, std::string_view extension) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    if (fs::is_regular_file(path)) files.emplace_back(path);
    if (!fs::is_directory(path)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.path().extension() == extension) files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

using Check = std::function<std::optional<std::string>(TSParser*, std::string_view)>;

int check_files(const std::vector<std::string>& paths, const Check& check, std::uintmax_t largest = UINTMAX_MAX) {
  SyntaxParser parser = make_parser();
  Count count;
  for (const fs::path& file : files_below(paths, ".nix")) {
    if (fs::file_size(file) > largest) continue;
    if (auto difference = check(parser.get(), read(file))) count.fail(file.string() + ": " + *difference);
    else ++count.passed;
  }
  return count.report();
}

int check_corpus(const std::vector<std::string>& paths, bool update) {
  SyntaxParser parser = make_parser();
  Count count;
  for (const fs::path& file : files_below(paths, ".txt")) {
    CorpusResult result = run_corpus(parser.get(), file, update);
    count.passed += result.passed;
    for (const std::string& failure : result.failures) count.fail(failure);
  }
  return count.report();
}

int check_queries(const std::string& directory, const std::string& examples, bool update) {
  Count count;
  for (const fs::path& file : files_below({directory}, ".scm")) {
    if (auto failure = run_query(file, examples, update)) count.fail(file.string() + ": " + *failure);
    else ++count.passed;
  }
  return count.report();
}

int run(std::vector<std::string> words) {
  bool update = std::erase(words, "--update") > 0;
  std::string command = words.empty() ? "" : words[0];
  std::vector<std::string> paths(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (command == "compare") return check_files(paths, compare);
  if (command == "edits") {
    unsigned seed = 1;
    auto check = [&](TSParser* parser, std::string_view text) { return compare_after_edits(parser, text, ++seed, kEdits); };
    return check_files(paths, check, kLargestEdited);
  }
  if (command == "corpus") return check_corpus(paths, update);
  if (command == "queries" && paths.size() == 2) return check_queries(paths[0], paths[1], update);
  fmt::print(stderr, "usage: tree-sitter-test compare|edits|corpus|queries [--update] PATH...\n");
  return 2;
}

}  // namespace
}  // namespace evalctl::tests

int main(int argc, char** argv) { return evalctl::tests::run({argv + 1, argv + argc}); }
