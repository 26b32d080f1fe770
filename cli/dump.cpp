// `evalctl dump STAGE FILE`: what a stage makes of a file, as text.
#include <fmt/core.h>

#include <cstdio>
#include <string>

#include "base/files.h"
#include "cli/commands.h"
#include "parser/parse.h"

namespace evalctl::cli {
namespace {

using namespace parser;

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else out += c;
  }
  return out;
}

void dump_tokens(const Tree& tree) {
  for (std::uint32_t i = 0; i < tree.token_count(); ++i) {
    TokenId id{i};
    fmt::print("{} {} `{}`\n", tree.token_range(id).begin, name_of(tree.token_kind(id)), escaped(tree.token_text(id)));
  }
}

void dump_tree(const Tree& tree) {
  // Ends of the open nodes: the depth of a node is how many are open.
  std::vector<std::uint32_t> ends;
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    while (!ends.empty() && ends.back() <= i) ends.pop_back();
    NodeId id{i};
    Range range = tree.range(id);
    std::string text = tree.size(id) == 1 ? fmt::format(" `{}`", escaped(tree.text(id))) : "";
    fmt::print("{:{}}{} {}..{}{}\n", "", 2 * ends.size(), name_of(tree.kind(id)), range.begin, range.end, text);
    ends.push_back(i + tree.size(id));
  }
}

}  // namespace

int run_dump(Words words) {
  bool tokens = words.size() == 2 && words[0] == "tokens";
  if (words.size() != 2 || (!tokens && words[0] != "tree")) {
    fmt::print(stderr, "usage: evalctl dump tokens|tree FILE\n");
    return 2;
  }
  auto text = base::read_file(words[1]);
  if (!text) {
    fmt::print(stderr, "error: {}\n", text.error().message);
    return 1;
  }
  ParseResult result = parse(*text);
  tokens ? dump_tokens(result.tree) : dump_tree(result.tree);
  LineIndex lines(*text);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    LineColumn at = lines.at(diagnostic.range.begin);
    fmt::print(stderr, "{}:{}:{}: {} [{}]\n", words[1], at.line, at.column, diagnostic.message, diagnostic.code);
  }
  return result.diagnostics.empty() ? 0 : 1;
}

}  // namespace evalctl::cli
