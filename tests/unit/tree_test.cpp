#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "parser/parse.h"
#include "parser/scopes.h"

using namespace evalctl::parser;

namespace {

std::string joined(const Tree& tree) {
  std::string text;
  for (std::uint32_t i = 0; i < tree.token_count(); ++i) text += tree.token_text({i});
  return text;
}

std::vector<std::string> texts(const Tree& tree, const std::vector<NodeId>& nodes) {
  std::vector<std::string> out;
  for (NodeId node : nodes) out.emplace_back(tree.text(node));
  return out;
}

NodeId first_of(const Tree& tree, NodeKind kind) {
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    if (tree.kind({i}) == kind) return {i};
  }
  return tree.root();
}

}  // namespace

TEST_CASE("nodes lie in preorder and name their children") {
  std::string text = "f (a.b or c) [ 1 2 ] + 3";
  Tree tree = parse(text).tree;
  NodeId sum{1};
  REQUIRE(tree.kind(sum) == NodeKind::Binary);
  CHECK(tree.operator_of(sum) == TokenKind::Plus);
  std::vector<NodeId> operands;
  for (NodeId child : tree.children(sum)) operands.push_back(child);
  CHECK(texts(tree, operands) == std::vector<std::string>{"f (a.b or c) [ 1 2 ]", "3"});
  CHECK(tree.kind(operands[0]) == NodeKind::Apply);
  CHECK(tree.size(tree.root()) == tree.node_count());
  CHECK(tree.text(first_of(tree, NodeKind::Select)) == "a.b or c");
}

TEST_CASE("tokens join to the text, whatever it is") {
  for (const char* text : {"", " ", "/* no end", "\"${", "''a ''${b} $", "./a/${b}/", "a:b c/d 1.5e3", "{ = ; } \xff\xc3", "}}}", "let"}) {
    CHECK(joined(parse(text).tree) == text);
  }
}

TEST_CASE("long chains need no native stack") {
  std::string operators = "1", calls = "f", lambdas, nots;
  for (int i = 0; i < 200000; ++i) {
    operators += "+1";
    calls += " x";
    lambdas += "x:";
    nots += "!";
  }
  for (const std::string& text : {operators, calls, lambdas + "x", nots + "x"}) {
    ParseResult result = parse(text);
    CHECK(result.diagnostics.empty());
    CHECK(result.tree.size(result.tree.root()) == result.tree.node_count());
    CHECK(resolve(result.tree, Globals({})).size() == result.tree.node_count());
  }
}

TEST_CASE("more tokens than the lexer guesses") {
  std::string text(100000, '(');
  CHECK(joined(parse(text).tree) == text);
  CHECK(parse(text).tree.token_count() == text.size() + 1);
}

TEST_CASE("lines and columns count from 1, by each kind of line end") {
  LineIndex lines("a\nb\r\nc\rd");
  auto at = [&](std::uint32_t offset) { return std::pair(lines.at(offset).line, lines.at(offset).column); };
  CHECK(at(0) == std::pair(1u, 1u));
  CHECK(at(1) == std::pair(1u, 2u));
  CHECK(at(2) == std::pair(2u, 1u));
  CHECK(at(5) == std::pair(3u, 1u));
  CHECK(at(7) == std::pair(4u, 1u));
  CHECK(at(8) == std::pair(4u, 2u));
}

TEST_CASE("pieces of strings") {
  auto parts_of = [](std::string text) {
    Tree tree = parse(text).tree;
    std::vector<std::string> out;
    for (const StringPart& part : string_parts(tree, {1})) out.push_back(part.interpolation ? "<>" : part.text);
    return out;
  };
  using Parts = std::vector<std::string>;
  CHECK(parts_of("\"a\\n${b}$${c}\"") == Parts{"a\n", "<>", "$${c}"});
  CHECK(parts_of("''\n  a\n    b\n  ''") == Parts{"a\n  b\n"});
  CHECK(parts_of("''  ${a}\n  x''") == Parts{"<>", "\nx"});
  CHECK(parts_of("\"\"").empty());
}

TEST_CASE("uses and free variables") {
  std::string text = "let a = 1; b = 2; unused = 3; in c: d: let e = a; in e + c + d + a + builtins.add b";
  Tree tree = parse(text).tree;
  constexpr std::string_view kNames[] = {"builtins"};
  Scopes scopes = resolve(tree, kNames);
  std::vector<std::uint32_t> uses = count_uses(scopes);
  auto uses_of = [&](std::string_view name) {
    for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
      bool definition = scopes[i].referent == Referent::NotAReference && tree.kind({i}) == NodeKind::Identifier;
      if (definition && tree.text({i}) == name) return uses[i];
    }
    return UINT32_MAX;
  };
  CHECK(uses_of("a") == 2);
  CHECK(uses_of("b") == 1);
  CHECK(uses_of("unused") == 0);
  NodeId outer = first_of(tree, NodeKind::Lambda);
  CHECK(texts(tree, free_variables(tree, scopes, outer)) == std::vector<std::string>{"a", "b"});
  NodeId inner{outer.index + 2};
  REQUIRE(tree.kind(inner) == NodeKind::Lambda);
  CHECK(texts(tree, free_variables(tree, scopes, inner)) == std::vector<std::string>{"a", "c", "b"});
  CHECK(free_variables(tree, scopes, tree.root()).empty());
}
