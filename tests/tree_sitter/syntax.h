// Trees of the tree-sitter grammar, owned.
#pragma once
#include <tree_sitter/api.h>

#include <memory>
#include <string>
#include <string_view>

extern "C" const TSLanguage* tree_sitter_nix(void);

namespace evalctl::tests {

struct Delete {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
  void operator()(TSQuery* query) const { ts_query_delete(query); }
  void operator()(TSQueryCursor* cursor) const { ts_query_cursor_delete(cursor); }
};
using SyntaxParser = std::unique_ptr<TSParser, Delete>;
using SyntaxTree = std::unique_ptr<TSTree, Delete>;

// A parser of Nix. Ends the program when the library at hand cannot run the grammar.
SyntaxParser make_parser();

// `before`, when given, is an earlier tree to which the edit has been applied with ts_tree_edit.
SyntaxTree parse(TSParser* parser, std::string_view text, const TSTree* before = nullptr);

// The named nodes as an S-expression with the names of fields.
std::string expression_of(const TSTree* tree);

}  // namespace evalctl::tests
