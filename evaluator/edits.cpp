#include "evaluator/edits.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evaluator/dependencies.h"
#include "evaluator/program.h"
#include "parser/parse.h"

namespace evalctl::evaluator {
namespace {

using parser::NodeId;
using parser::NodeKind;
using parser::Tree;

struct Leaf {
  parser::Node node;       // of the value, with its parentheses
  std::uint32_t function;  // of the IR
};

// A version of a file, with its leaves in the order of the text.
struct Version {
  Version(std::string_view text, const Ir& ir) : parsed(parser::parse(text)), ir(ir), lines(text) {
    std::unordered_map<std::uint32_t, std::uint32_t> by_offset;
    for (std::uint32_t number : ir.parts->functions)
      if (IrFunction f = ir.function(number); f.leaf == kLeaf) by_offset[f.offset] = number;
    for (std::uint32_t i = 0; i < tree().node_count(); ++i) {
      if (tree().kind({i}) != NodeKind::Binding) continue;
      bindings.push_back(tree().range({i}).begin);
      NodeId value = tree().child({i}, 1), inner = value;
      while (tree().kind(inner) == NodeKind::Paren) inner = {inner.index + 1};
      auto found = by_offset.find(tree().range(inner).begin);
      if (found != by_offset.end()) leaves.push_back({tree().node(value), found->second});
    }
  }
  const Tree& tree() const { return parsed.tree; }

  parser::ParseResult parsed;
  const Ir& ir;
  parser::LineIndex lines;
  std::vector<Leaf> leaves;
  std::vector<std::uint32_t> bindings;  // where they begin
};

// Whether two stretches of tokens read the same, blanks and comments aside.
bool same_tokens(const Tree& a, parser::TokenId a_from, parser::TokenId a_to, const Tree& b, parser::TokenId b_from, parser::TokenId b_to) {
  auto skip = [](const Tree& tree, parser::TokenId& at, parser::TokenId end) {
    while (at < end && is_trivia(tree.token_kind(at))) ++at.index;
    return at < end;
  };
  for (;; ++a_from.index, ++b_from.index) {
    bool a_left = skip(a, a_from, a_to), b_left = skip(b, b_from, b_to);
    if (!a_left || !b_left) return a_left == b_left;
    if (a.token_kind(a_from) != b.token_kind(b_from) || a.token_text(a_from) != b.token_text(b_from)) return false;
  }
}

// Whether all between the leaves reads the same.
bool same_around(const Version& a, const Version& b) {
  if (a.leaves.size() != b.leaves.size() || a.bindings.size() != b.bindings.size()) return false;
  parser::TokenId a_from{0}, b_from{0};
  for (std::size_t i = 0; i < a.leaves.size(); ++i) {
    if (!same_tokens(a.tree(), a_from, {a.leaves[i].node.first_token}, b.tree(), b_from, {b.leaves[i].node.first_token})) return false;
    a_from = {a.leaves[i].node.end_token};
    b_from = {b.leaves[i].node.end_token};
  }
  return same_tokens(a.tree(), a_from, {a.tree().token_count()}, b.tree(), b_from, {b.tree().token_count()});
}

bool same_leaf(const Version& a, const Version& b, std::size_t i) {
  const parser::Node &x = a.leaves[i].node, &y = b.leaves[i].node;
  return same_tokens(a.tree(), {x.first_token}, {x.end_token}, b.tree(), {y.first_token}, {y.end_token});
}

// Whether all functions but the insides of leaves see the same variables: those of a leaf stand in those around it.
bool same_variables(const Ir& a, const Ir& b) {
  auto leaf = [](const Ir& ir, std::size_t i) { return ir.function(ir.parts->functions[i]).leaf; };
  auto next = [&](const Ir& ir, std::size_t& i) {
    while (i < ir.parts->functions.size() && leaf(ir, i) == kInsideLeaf) ++i;
    return i < ir.parts->functions.size();
  };
  for (std::size_t i = 0, k = 0;; ++i, ++k) {
    bool a_left = next(a, i), b_left = next(b, k);
    if (!a_left || !b_left) return a_left == b_left;
    if (leaf(a, i) != leaf(b, k) || a.parts->captures[i] != b.parts->captures[k]) return false;
  }
}

bool same_places(const Version& a, const Version& b) {
  return std::ranges::equal(a.bindings, b.bindings, [&](std::uint32_t i, std::uint32_t k) {
    auto before = a.lines.at(i), after = b.lines.at(k);
    return before.line == after.line && before.column == after.column;
  });
}

// The number of the last version of a file.
std::uint32_t last_version(const SourceFile& file, std::uint32_t number) { return file.last_version ? file.last_version : number; }

// Makes the leaves of a file what they are in `text`, its new content, which lives on. Returns the codes of those that differ
// from what they were last and had been reached; none where that is not all.
std::optional<std::vector<std::uint32_t>> edit_leaves(Vm& vm, std::uint32_t number, std::string_view text) {
  SourceFile& file = vm.program().files[number];
  std::uint32_t last_number = last_version(file, number);
  const SourceFile& last = vm.program().files[last_number];
  const Code* made = compile(vm, text, file.path, file.directory);
  if (!made) {
    vm.error.reset();
    return std::nullopt;
  }
  SourceFile& edited = vm.program().files[made->file];
  edited.is_version = true;
  Version before(last.text(), *last.ir), after(text, *edited.ir);
  if (!same_around(before, after) || !same_variables(*last.ir, *edited.ir)) return std::nullopt;
  Version first(file.text(), *file.ir);
  file.has_moved = !same_places(first, after);
  if (file.place_was_asked && file.has_moved) return std::nullopt;
  file.last_version = made->file;
  for (std::size_t i = 0; i < first.leaves.size(); ++i) file.last_leaves[first.leaves[i].function] = after.leaves[i].function;
  std::unordered_map<std::uint32_t, std::size_t> leaves;  // by their functions
  for (std::size_t i = 0; i < before.leaves.size(); ++i) leaves[before.leaves[i].function] = i;
  std::vector<std::uint32_t> changed;
  for (std::uint32_t code = 0, end = add_codes(0); code < end; ++code) {
    if (code_table[code].file != last_number || !code_table[code].is_leaf) continue;
    std::size_t i = leaves.at(code_table[code].function);
    if (!same_leaf(before, after, i)) changed.push_back(code);
    std::uint32_t function = after.leaves[i].function;
    define_code(code, made->file, function, edited.ir->function(function));
  }
  return changed;
}

}  // namespace

bool take_edits(Vm& vm, const std::function<std::optional<std::string>(const std::string&)>& read) {
  if (vm.dependencies->is_worn()) return false;
  std::vector<std::uint32_t> changed;
  for (std::uint32_t number = 1, files = vm.program().files.size(); number < files; ++number) {
    const SourceFile& file = vm.program().files[number];
    if (!file.is_followed || file.is_version) continue;
    auto text = read(file.path);
    if (!text) return false;
    if (*text == vm.program().files[last_version(file, number)].text()) continue;
    // Positions point into it.
    auto leaves = edit_leaves(vm, number, *new std::string(std::move(*text)));
    if (!leaves) return false;
    changed.insert(changed.end(), leaves->begin(), leaves->end());
  }
  vm.dependencies->forget(changed);
  return true;
}

}  // namespace evalctl::evaluator
