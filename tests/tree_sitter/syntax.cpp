#include "tests/tree_sitter/syntax.h"

#include <cstdio>
#include <cstdlib>

namespace evalctl::tests {

SyntaxParser make_parser() {
  SyntaxParser parser(ts_parser_new());
  if (!ts_parser_set_language(parser.get(), tree_sitter_nix())) {
    std::fputs("the tree-sitter library does not know the version of the grammar's tables\n", stderr);
    std::exit(1);
  }
  return parser;
}

SyntaxTree parse(TSParser* parser, std::string_view text, const TSTree* before) {
  return SyntaxTree(ts_parser_parse_string(parser, before, text.data(), static_cast<std::uint32_t>(text.size())));
}

std::string expression_of(const TSTree* tree) {
  char* text = ts_node_string(ts_tree_root_node(tree));
  std::string expression = text;
  std::free(text);
  return expression;
}

}  // namespace evalctl::tests
