#include "tests/tree_sitter/corpus.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace evalctl::tests {
namespace {

struct CorpusCase {
  std::string name;
  bool error = false;
  std::string text;
  std::string tree;
};

constexpr std::string_view kBar = "==================";

std::vector<CorpusCase> read_cases(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<CorpusCase> cases;
  std::string line;
  enum { Outside, Header, Text, Tree } part = Outside;
  while (std::getline(in, line)) {
    if (line == kBar) {
      if (part != Header) cases.emplace_back();
      part = part == Header ? Text : Header;
    } else if (part == Header && line == ":error") {
      cases.back().error = true;
    } else if (part == Header) {
      cases.back().name = line;
    } else if (part == Text && line == "---") {
      part = Tree;
    } else if (part == Text) {
      cases.back().text += line + "\n";
    } else if (part == Tree) {
      cases.back().tree += line + "\n";
    }
  }
  return cases;
}

std::string without_blanks(std::string_view text) {
  std::string out;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) out += (out.empty() || word.starts_with(')') ? "" : " ") + word;
  return out;
}

// A node a line, indented by depth; one without children below stays on the line of its opening.
std::string indented(std::string_view expression) {
  std::string out;
  int depth = 0;
  std::string_view rest = expression;
  while (!rest.empty()) {
    std::size_t end = rest.find_first_of(" ()", 1);
    if (end == std::string_view::npos) end = rest.size();
    std::string_view word = rest.substr(0, rest[0] == ' ' || rest[0] == ')' ? 1 : end);
    rest.remove_prefix(word.size());
    if (word == " ") {
      out += "\n" + std::string(static_cast<std::size_t>(depth) * 2, ' ');
      // The name of a field stands before its node.
      std::size_t colon = rest.find(": ");
      if (colon != std::string_view::npos && colon < rest.find_first_of(" ()")) {
        out += std::string(rest.substr(0, colon + 2));
        rest.remove_prefix(colon + 2);
      }
    } else {
      depth += word[0] == '(' ? 1 : word == ")" ? -1 : 0;
      out += word;
    }
  }
  return out;
}

void write_cases(const std::filesystem::path& file, const std::vector<CorpusCase>& cases) {
  std::ofstream out(file);
  for (const CorpusCase& c : cases) {
    out << (&c == cases.data() ? "" : "\n") << kBar << "\n" << c.name << (c.error ? "\n:error" : "") << "\n" << kBar << "\n";
    out << c.text << "---\n" << (c.tree.empty() ? "" : "\n") << c.tree;
  }
}

}  // namespace

CorpusResult run_corpus(TSParser* parser, const std::filesystem::path& file, bool update) {
  CorpusResult result;
  std::vector<CorpusCase> cases = read_cases(file);
  for (CorpusCase& c : cases) {
    SyntaxTree tree = parse(parser, c.text);
    std::string found = expression_of(tree.get());
    bool error = ts_node_has_error(ts_tree_root_node(tree.get()));
    if (update && !c.error && !error) c.tree = indented(found) + "\n";
    if (error == c.error && (error || without_blanks(c.tree) == without_blanks(found))) ++result.passed;
    else result.failures.push_back(fmt::format("{}: {}: found {}", file.filename().string(), c.name, found));
  }
  if (cases.empty()) result.failures.push_back(fmt::format("{}: no cases", file.string()));
  if (update) write_cases(file, cases);
  return result;
}

}  // namespace evalctl::tests
