// Forms that say in a roundabout way what the language can say directly.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lsp/findings.h"

namespace evalctl::lsp {
namespace {

using parser::Referent;

class FormLints {
 public:
  FormLints(const Analysis& analysis, std::vector<Finding>& out) : analysis_(analysis), tree_(analysis.tree), out_(out) {}

  void run() {
    for (std::uint32_t index = 0; index < tree_.node_count(); ++index) visit({index});
  }

 private:
  void visit(NodeId node) {
    switch (tree_.kind(node)) {
      case NodeKind::Paren: return parentheses(node);
      case NodeKind::Lambda: return lambda(node);
      case NodeKind::LegacyLet: return legacy_let(node);
      case NodeKind::Uri: return uri(node);
      case NodeKind::Binary: return binary(node);
      case NodeKind::Not: return negation(node);
      case NodeKind::Let: repeated_keys(node); return let(node);
      case NodeKind::AttrSet: return repeated_keys(node);
      case NodeKind::Inherit: return inherit(node);
      case NodeKind::Binding: return binding(node);
      case NodeKind::Apply: return apply(node);
      case NodeKind::If: return condition(node);
      case NodeKind::Select: return select(node);
      case NodeKind::String: return string(node);
      default: return;
    }
  }

  NodeId child(NodeId node, std::uint32_t number) const { return tree_.child(node, number); }
  std::string text(NodeId node) const { return std::string(tree_.text(node)); }
  Referent referent(NodeId node) const { return analysis_.scopes[node.index].referent; }
  bool is_global(NodeId node, std::string_view name) const {
    if (tree_.kind(node) == NodeKind::Identifier) return referent(node) == Referent::Global && tree_.text(node) == name;
    return tree_.kind(node) == NodeKind::Select && tree_.text(node) == fmt::format("builtins.{}", name) &&
           referent(child(node, 0)) == Referent::Global;
  }
  bool is_empty(NodeId node, NodeKind kind) const {
    return tree_.kind(node) == kind && tree_.size(node) == 1 && !tree_.is_recursive(node);
  }
  // Whether `node` stands as one operand anywhere.
  bool is_atom(NodeId node) const {
    switch (tree_.kind(node)) {
      case NodeKind::Identifier: return tree_.text(node) != "or";
      case NodeKind::String:
      case NodeKind::IndentedString:
      case NodeKind::List:
      case NodeKind::AttrSet:
      case NodeKind::Paren: return true;
      case NodeKind::Select: return !has_default(node);
      default: return false;
    }
  }
  bool has_default(NodeId select) const {
    NodeId path = child(select, 1);
    return path.index + tree_.size(path) < select.index + tree_.size(select);
  }
  std::string operand(NodeId node) const { return is_atom(node) ? text(node) : "(" + text(node) + ")"; }

  void add(Lint lint, Range range, std::string_view name, std::string title, std::vector<Edit> edits, bool safe = true) {
    Finding finding = make_finding(lint, range, name);
    if (!edits.empty()) finding.fixes.push_back({std::move(title), std::move(edits), safe});
    out_.push_back(std::move(finding));
  }
  void replace(Lint lint, NodeId node, std::string_view name, std::string title, std::string with, bool safe = true) {
    add(lint, tree_.range(node), name, std::move(title), {{tree_.range(node), std::move(with)}}, safe);
  }

  // True where the grammar takes any expression at this place.
  bool takes_any_expression(NodeId node) const {
    NodeId parent = analysis_.parent(node);
    switch (tree_.kind(parent)) {
      case NodeKind::Root:
      case NodeKind::Paren:
      case NodeKind::Interpolation:
      case NodeKind::InheritFrom:
      case NodeKind::If:
      case NodeKind::Assert:
      case NodeKind::With:
      case NodeKind::Let:
      case NodeKind::Lambda:
      case NodeKind::Binding: return true;
      default: return false;
    }
  }

  void parentheses(NodeId node) {
    NodeId inner = child(node, 0);
    NodeKind kind = tree_.kind(inner);
    bool useless = kind == NodeKind::Paren || is_atom(inner) || takes_any_expression(node);
    if (!useless || kind == NodeKind::Error || tree_.size(node) < 2) return;
    Range outside = tree_.range(node), inside = tree_.range(inner);
    std::string_view all = tree_.text();
    constexpr std::string_view kOpen = " \t\n([{", kClose = " \t\n)];,}.";
    bool glued_before = outside.begin > 0 && !kOpen.contains(all[outside.begin - 1]);
    bool glued_after = outside.end < all.size() && !kClose.contains(all[outside.end]);
    bool comments = all.substr(outside.begin, inside.begin - outside.begin).contains('#') ||
                    all.substr(inside.end, outside.end - inside.end).contains('#');
    std::vector<Edit> edits;
    if (!comments) {
      edits = {{{outside.begin, inside.begin}, glued_before ? " " : ""}, {{inside.end, outside.end}, glued_after ? " " : ""}};
    }
    Finding finding = make_finding(Lint::UselessParentheses, outside);
    finding.unnecessary = true;
    if (!edits.empty()) finding.fixes.push_back({"Remove the parentheses", std::move(edits), true});
    out_.push_back(std::move(finding));
  }

  bool mentions(NodeId inside, NodeId definition) const {
    for (std::uint32_t node = inside.index; node < inside.index + tree_.size(inside); ++node) {
      Referent kind = analysis_.scopes[node].referent;
      bool has_definition = kind != Referent::NotAReference && kind != Referent::Global && kind != Referent::Undefined;
      if (has_definition && analysis_.scopes[node].definition == definition) return true;
    }
    return false;
  }

  void lambda(NodeId node) {
    NodeId parameter = child(node, 0), body = child(node, 1);
    if (tree_.kind(parameter) == NodeKind::Identifier) {
      if (tree_.kind(body) != NodeKind::Apply) return;
      NodeId function = child(body, 0), argument = child(body, 1);
      NodeKind kind = tree_.kind(function);
      bool simple = kind == NodeKind::Identifier || (kind == NodeKind::Select && !has_default(function));
      bool passes = tree_.kind(argument) == NodeKind::Identifier && mentions(argument, parameter);
      if (!simple || !passes || mentions(function, parameter)) return;
      return replace(Lint::EtaReducible, node, tree_.text(function), fmt::format("Replace with '{}'", tree_.text(function)),
                     text(function), false);
    }
    if (tree_.kind(parameter) != NodeKind::Pattern || !tree_.has_ellipsis(parameter)) return;
    NodeId bind{0};
    for (NodeId part : tree_.children(parameter)) {
      if (tree_.kind(part) != NodeKind::PatternBind) return;
      bind = part;
    }
    if (bind.index == 0) return replace(Lint::EmptyPattern, parameter, "", "Replace with '_'", "_", false);
    replace(Lint::RedundantPattern, parameter, tree_.text(bind), fmt::format("Replace with '{}'", tree_.text(bind)),
            text(bind), false);
  }

  // `let { a = 1; body = a; }` is `let a = 1; in a`, with `body` bound as well where others use it.
  void legacy_let(NodeId node) {
    Range range = tree_.range(node);
    NodeId body{0};
    for (NodeId part : tree_.children(node)) {
      if (tree_.kind(part) == NodeKind::Binding && tree_.text(child(part, 0)) == "body") body = part;
    }
    std::vector<Edit> edits;
    if (body.index != 0 && analysis_.uses_of(child(child(body, 0), 0)).empty()) {
      std::uint32_t open = tree_.node(node).first_token;
      while (tree_.token_kind({open}) != TokenKind::LeftBrace) ++open;
      edits.push_back({tree_.token_range({open}), ""});
      edits.push_back(remove_node(tree_, body));
      std::string inner = "in " + text(child(body, 1));
      if (!takes_any_expression(node)) {
        edits.insert(edits.begin(), {{range.begin, range.begin}, "("});
        inner += ")";
      }
      edits.push_back({{range.end - 1, range.end}, inner});
    }
    Finding finding = make_finding(Lint::LegacyLet, {range.begin, range.begin + 3});
    finding.deprecated = true;
    if (!edits.empty()) finding.fixes.push_back({"Replace with 'let ... in ...'", std::move(edits), true});
    out_.push_back(std::move(finding));
  }

  void uri(NodeId node) {
    Finding finding = make_finding(Lint::UriLiteral, tree_.range(node));
    finding.deprecated = true;
    finding.fixes.push_back({"Quote the URL", {{finding.range, "\"" + text(node) + "\""}}, true});
    out_.push_back(std::move(finding));
  }

  void binary(NodeId node) {
    TokenKind op = tree_.operator_of(node);
    NodeId left = child(node, 0), right = child(node, 1);
    if (op == TokenKind::Concat) {
      if (is_empty(left, NodeKind::List)) replace(Lint::EmptyConcatenation, node, "", "Remove the empty list", operand(right), false);
      else if (is_empty(right, NodeKind::List)) replace(Lint::EmptyConcatenation, node, "", "Remove the empty list", operand(left), false);
    } else if (op == TokenKind::Update) {
      if (is_empty(left, NodeKind::AttrSet)) replace(Lint::EmptyUpdate, node, "", "Remove the empty set", operand(right), false);
      else if (is_empty(right, NodeKind::AttrSet)) replace(Lint::EmptyUpdate, node, "", "Remove the empty set", operand(left), false);
    } else if (op == TokenKind::EqualEqual || op == TokenKind::NotEqual) {
      for (bool value : {true, false}) {
        std::string_view name = value ? "true" : "false";
        bool at_left = is_global(left, name);
        if (!at_left && !is_global(right, name)) continue;
        std::string other = operand(at_left ? right : left);
        bool keep = value == (op == TokenKind::EqualEqual);
        // `!` binds weaker than `?` and stronger than `==`: in an operand place it needs parentheses.
        std::string with = keep ? other : takes_any_expression(node) ? "!" + other : "(!" + other + ")";
        return replace(Lint::BooleanComparison, node, name, fmt::format("Replace with '{}'", with), with, false);
      }
    }
  }

  void negation(NodeId node) {
    NodeId inner = child(node, 0);
    if (tree_.kind(inner) != NodeKind::Paren || tree_.kind(child(inner, 0)) != NodeKind::Binary) return;
    NodeId comparison = child(inner, 0);
    TokenKind op = tree_.operator_of(comparison);
    if (op != TokenKind::EqualEqual && op != TokenKind::NotEqual) return;
    std::string_view opposite = op == TokenKind::EqualEqual ? "!=" : "==";
    std::string with = fmt::format("{} {} {}", tree_.text(child(comparison, 0)), opposite, tree_.text(child(comparison, 1)));
    if (!takes_any_expression(node)) with = "(" + with + ")";
    replace(Lint::NegatedComparison, node, opposite, fmt::format("Use '{}'", opposite), with);
  }

  void let(NodeId node) {
    NodeId body{node.index + 1};
    std::size_t bindings = 0;
    for (NodeId part : tree_.children(node)) {
      bindings += part.index + tree_.size(part) < node.index + tree_.size(node);
      body = part;
    }
    Range keyword = tree_.token_range({tree_.node(node).first_token});
    Range range = tree_.range(node);
    if (bindings == 0) {
      return add(Lint::EmptyLet, keyword, "", "Remove 'let'", {{{range.begin, tree_.range(body).begin}, ""}});
    }
    // Names of the inner let must not take the place of what the outer one refers to, so the fix is left to the reader
    // unless the two share no name.
    if (tree_.kind(body) != NodeKind::Let || shares_names(node, body)) return;
    std::uint32_t in = tree_.node(body).first_token - 1;
    while (tree_.token_kind({in}) != TokenKind::In) --in;
    std::uint32_t begin = tree_.token_range({in}).begin;
    std::uint32_t end = tree_.range(body).begin + 3;
    std::string_view between = tree_.text().substr(begin, end - begin);
    std::vector<Edit> edits;
    if (!between.contains('#') && !between.contains("/*")) {
      while (end < range.end && std::string_view(" \t\n\r").contains(tree_.text()[end])) ++end;
      edits.push_back({{begin, end}, ""});
    }
    add(Lint::NestedLet, tree_.token_range({tree_.node(body).first_token}), "", "Join with the outer 'let'", edits);
  }

  std::vector<std::string> names_of(NodeId let) const {
    std::vector<std::string> names;
    for (NodeId part : tree_.children(let)) {
      if (tree_.kind(part) == NodeKind::Binding) names.push_back(text(child(child(part, 0), 0)));
      if (tree_.kind(part) != NodeKind::Inherit) continue;
      for (NodeId name : tree_.children(part)) names.push_back(text(name));
    }
    return names;
  }

  // Also true when the outer bindings mention an inner name, which would change its meaning.
  bool shares_names(NodeId outer, NodeId inner) const {
    std::vector<std::string> names = names_of(inner);
    for (std::uint32_t node = outer.index + 1; node < inner.index; ++node) {
      if (tree_.kind({node}) == NodeKind::Identifier && std::ranges::find(names, tree_.text({node})) != names.end()) return true;
    }
    for (NodeId part : tree_.children(inner)) {
      if (tree_.kind(part) == NodeKind::Inherit) return true;
    }
    return false;
  }

  void inherit(NodeId node) {
    for (NodeId part : tree_.children(node)) {
      if (tree_.kind(part) != NodeKind::InheritFrom) return;
    }
    add(Lint::EmptyInherit, tree_.range(node), "", "Remove 'inherit'", {remove_node(tree_, node)});
  }

  void binding(NodeId node) {
    NodeId path = child(node, 0), value = child(node, 1), name = child(path, 0);
    if (tree_.size(path) != 2 || tree_.kind(name) != NodeKind::Identifier) return;
    NodeId set = analysis_.parent(node);
    bool recursive = tree_.kind(set) != NodeKind::AttrSet || tree_.is_recursive(set);
    if (tree_.kind(value) == NodeKind::Identifier && tree_.text(value) == tree_.text(name) && !recursive) {
      return replace(Lint::ManualInherit, node, tree_.text(name), fmt::format("Write 'inherit {};'", tree_.text(name)),
                     fmt::format("inherit {};", tree_.text(name)));
    }
    if (tree_.kind(value) != NodeKind::Select || has_default(value)) return;
    NodeId last{0};
    std::size_t names = 0;
    for (NodeId part : tree_.children(child(value, 1))) {
      last = part;
      ++names;
    }
    if (names == 0 || tree_.kind(last) != NodeKind::Identifier || tree_.text(last) != tree_.text(name)) return;
    Range from = tree_.range(value);
    std::uint32_t end = names == 1 ? tree_.range(child(value, 0)).end : tree_.range(last).begin;
    std::string_view source = tree_.slice({from.begin, end});
    while (!source.empty() && std::string_view(" \t\n\r.").contains(source.back())) source.remove_suffix(1);
    if (source.contains('#')) return;
    std::string with = fmt::format("inherit ({}) {};", source, tree_.text(name));
    replace(Lint::ManualInheritFrom, node, tree_.text(name), fmt::format("Write '{}'", with), with);
  }

  void apply(NodeId node) {
    NodeId function = child(node, 0), argument = child(node, 1);
    if (is_global(function, "isNull")) {
      std::string with = operand(argument) + " == null";
      if (!takes_any_expression(node)) with = "(" + with + ")";
      replace(Lint::DeprecatedIsNull, node, "", fmt::format("Replace with '{}'", with), with);
    } else if (is_global(function, "toPath")) {
      add(Lint::DeprecatedToPath, tree_.range(function), "", "", {});
    }
  }

  // `lib.groupBy` and the like, which the language has by itself since.
  void select(NodeId node) {
    NodeId set = child(node, 0), path = child(node, 1);
    std::string_view from = tree_.text(set), name = tree_.text(path);
    bool faster = name == "groupBy" || name == "zipAttrsWith";
    if (!faster || has_default(node) || (from != "lib" && from != "pkgs.lib")) return;
    replace(Lint::FasterBuiltin, node, name, fmt::format("Replace with 'builtins.{}'", name), fmt::format("builtins.{}", name), false);
  }

  // `if a ? b then a.b else c` is `a.b or c`.
  void condition(NodeId node) {
    NodeId has = child(node, 0), select = child(node, 1), other = child(node, 2);
    if (tree_.kind(has) != NodeKind::HasAttr || tree_.kind(select) != NodeKind::Select || has_default(select)) return;
    if (tree_.text(child(has, 0)) != tree_.text(child(select, 0))) return;
    if (tree_.text(child(has, 1)) != tree_.text(child(select, 1))) return;
    std::string with = fmt::format("{} or {}", tree_.text(select), operand(other));
    if (!takes_any_expression(node)) with = "(" + with + ")";
    replace(Lint::SelectionWithDefault, node, tree_.text(select), fmt::format("Replace with '{}'", with), with);
  }

  // Three bindings or more that begin with the same name.
  void repeated_keys(NodeId set) {
    std::map<std::string_view, std::vector<NodeId>> keys;
    for (NodeId part : tree_.children(set)) {
      if (tree_.kind(part) != NodeKind::Binding) continue;
      NodeId path = child(part, 0);
      if (tree_.size(path) > 2 && tree_.kind(child(path, 0)) == NodeKind::Identifier) {
        keys[tree_.text(child(path, 0))].push_back(child(path, 0));
      }
    }
    for (const auto& [name, nodes] : keys) {
      if (nodes.size() >= 3) add(Lint::RepeatedKeys, tree_.range(nodes[0]), name, "", {});
    }
  }

  // `"${"a"}"`, and `"${a}"` where only the text of a string can stand.
  void string(NodeId node) {
    for (NodeId part : tree_.children(node)) {
      if (tree_.kind(part) != NodeKind::Interpolation) continue;
      NodeId inner = child(part, 0);
      if (tree_.kind(inner) != NodeKind::String || tree_.size(inner) != 1) continue;
      std::string with = text(inner);
      if (with.size() >= 2) with = with.substr(1, with.size() - 2);
      replace(Lint::UselessInterpolation, part, "", "Write the text directly", with);
    }
  }

  const Analysis& analysis_;
  const Tree& tree_;
  std::vector<Finding>& out_;
};

}  // namespace

void lint_forms(const Analysis& analysis, std::vector<Finding>& out) { FormLints(analysis, out).run(); }

}  // namespace evalctl::lsp
