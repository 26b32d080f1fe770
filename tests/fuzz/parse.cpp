// Whatever the text: the tokens give it back byte for byte, the tree's sizes and ranges fit, and everything that reads a
// tree copes with it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parser/parse.h"
#include "parser/scopes.h"

namespace {

using namespace evalctl::parser;

void hold(bool condition) {
  if (!condition) std::abort();
}

void check_tokens(const Tree& tree, std::string_view text) {
  std::string joined;
  for (std::uint32_t i = 0; i < tree.token_count(); ++i) joined += tree.token_text({i});
  hold(joined == text);
  hold(tree.token_kind({tree.token_count() - 1}) == TokenKind::EndOfFile);
}

// Children lie inside their parent, one after the other, and together with it are as many as its size says.
void check_nodes(const Tree& tree) {
  hold(tree.size(tree.root()) == tree.node_count());
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    const Node& node = tree.node({i});
    hold(node.size >= 1 && i + node.size <= tree.node_count());
    hold(node.first_token <= node.end_token && node.end_token <= tree.token_count());
    std::uint32_t next = i + 1;
    std::uint32_t token = node.first_token;
    for (NodeId child : tree.children({i})) {
      hold(child.index == next && tree.node(child).first_token >= token);
      if (tree.node(child).first_token != tree.node(child).end_token) hold(tree.node(child).end_token <= node.end_token);
      token = std::max(token, tree.node(child).end_token);
      next += tree.size(child);
    }
    hold(next == i + node.size);
  }
}

void check_scopes(const Tree& tree) {
  constexpr std::string_view kNames[] = {"map", "true", "builtins"};
  Scopes scopes = resolve(tree, kNames);
  hold(scopes.size() == tree.node_count());
  for (const Reference& reference : scopes) hold(reference.definition.index < tree.node_count());
  count_uses(scopes);
  free_variables(tree, scopes, tree.root());
}

void check_literals(const Tree& tree) {
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    NodeKind kind = tree.kind({i});
    bool text = kind == NodeKind::String || kind == NodeKind::IndentedString || kind == NodeKind::Path;
    if (text) string_parts(tree, {i});
    if (kind == NodeKind::Binary) hold(tree.operator_of({i}) != TokenKind::Invalid);
    if (kind == NodeKind::Pattern) (void)tree.has_ellipsis({i});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  ParseResult result = parse(text, {.pipe_operators = size % 2 == 0});
  check_tokens(result.tree, text);
  check_nodes(result.tree);
  check_scopes(result.tree);
  check_literals(result.tree);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    hold(diagnostic.range.begin <= diagnostic.range.end && diagnostic.range.end <= size && !diagnostic.message.empty());
  }
  return 0;
}
