// Names, `with` and `rec` that nothing uses.
#include <algorithm>

#include "lsp/findings.h"

namespace evalctl::lsp {
namespace {

using parser::Referent;

class NameLints {
 public:
  NameLints(const Analysis& analysis, std::vector<Finding>& out)
      : tree_(analysis.tree), out_(out), uses_(tree_.node_count(), 0) {
    for (std::uint32_t node = 0; node < tree_.node_count(); ++node) {
      const parser::Reference& reference = analysis.scopes[node];
      switch (reference.referent) {
        case Referent::Attribute:
        case Referent::Parameter:
        case Referent::Formal:
        case Referent::PatternName: ++uses_[reference.definition.index]; break;
        case Referent::With: with_uses_.push_back(node); break;
        default: break;
      }
    }
  }

  void run() {
    for (std::uint32_t index = 0; index < tree_.node_count(); ++index) {
      NodeId node{index};
      switch (tree_.kind(node)) {
        case NodeKind::Let: let(node); break;
        case NodeKind::Lambda: lambda(node); break;
        case NodeKind::With: with(node); break;
        case NodeKind::AttrSet: recursive_set(node); break;
        default: break;
      }
    }
  }

 private:
  void add(Lint lint, NodeId node, std::vector<Fix> fixes) {
    Finding finding = make_finding(lint, tree_.range(node), tree_.text(node));
    finding.unnecessary = true;
    finding.fixes = std::move(fixes);
    out_.push_back(std::move(finding));
  }

  void let(NodeId let) {
    for (NodeId child : tree_.children(let)) {
      if (tree_.kind(child) == NodeKind::Inherit) {
        inherited_names(child);
      } else if (tree_.kind(child) == NodeKind::Binding) {
        NodeId name{child.index + 2};
        // Of `a.b = 1; a.c = 2;` only the first is the definition; a later one is never looked at here.
        if (unused(name) && is_first(let, name)) {
          add(Lint::UnusedBinding, name, {{"Remove the binding", {remove_node(tree_, child)}, true}});
        }
      }
    }
  }

  bool unused(NodeId name) const {
    if (tree_.kind(name) != NodeKind::Identifier || uses_[name.index] > 0) return false;
    return !tree_.text(name).starts_with('_');
  }

  bool is_first(NodeId let, NodeId name) const {
    for (NodeId child : tree_.children(let)) {
      if (child.index + 2 == name.index) return true;
      if (tree_.kind(child) == NodeKind::Binding && tree_.text({child.index + 2}) == tree_.text(name)) return false;
    }
    return true;
  }

  void inherited_names(NodeId inherit) {
    std::size_t names = 0;
    for (NodeId child : tree_.children(inherit)) names += tree_.kind(child) != NodeKind::InheritFrom;
    for (NodeId child : tree_.children(inherit)) {
      if (tree_.kind(child) == NodeKind::InheritFrom || !unused(child)) continue;
      Edit edit = remove_node(tree_, names == 1 ? inherit : child);
      add(Lint::UnusedBinding, child, {{"Remove the binding", {edit}, true}});
    }
  }

  void lambda(NodeId lambda) {
    NodeId parameter{lambda.index + 1};
    if (tree_.kind(parameter) == NodeKind::Identifier) {
      if (!unused(parameter)) return;
      std::string name = "_" + std::string(tree_.text(parameter));
      return add(Lint::UnusedParameter, parameter, {{"Rename to '" + name + "'", {{tree_.range(parameter), name}}, false}});
    }
    for (NodeId child : tree_.children(parameter)) {
      NodeId name{child.index + 1};
      if (tree_.kind(child) == NodeKind::Error || !unused(name)) continue;
      bool formal = tree_.kind(child) == NodeKind::Formal;
      Edit edit = formal ? remove_formal(parameter, child) : remove_pattern_name(parameter, child);
      add(formal ? Lint::UnusedFormal : Lint::UnusedPatternName, name,
          {{formal ? "Remove the argument" : "Remove the name", {edit}, false}});
    }
  }

  // With the comma behind it, or, for the last one, the comma before it.
  Edit remove_formal(NodeId pattern, NodeId formal) const {
    Edit edit = remove_node(tree_, formal);
    const parser::Node& node = tree_.node(formal);
    std::uint32_t after = node.end_token;
    while (parser::is_trivia(tree_.token_kind({after}))) ++after;
    if (tree_.token_kind({after}) == TokenKind::Comma) {
      edit.range.end = tree_.token_range({after}).end;
      return edit;
    }
    std::uint32_t before = node.first_token - 1;
    while (before > tree_.node(pattern).first_token && parser::is_trivia(tree_.token_kind({before}))) --before;
    if (tree_.token_kind({before}) == TokenKind::Comma) edit.range.begin = tree_.token_range({before}).begin;
    return edit;
  }

  Edit remove_pattern_name(NodeId pattern, NodeId bind) const {
    Range whole = tree_.range(pattern);
    Range name = tree_.range(bind);
    bool before = name.begin == whole.begin;
    std::uint32_t at = before ? tree_.node(bind).end_token : tree_.node(bind).first_token - 1;
    while (tree_.token_kind({at}) != TokenKind::At) before ? ++at : --at;
    std::uint32_t edge = before ? at + 1 : at;
    while (parser::is_trivia(tree_.token_kind({before ? edge : edge - 1}))) before ? ++edge : --edge;
    std::uint32_t offset = tree_.token_range({edge}).begin;
    return before ? Edit{{whole.begin, offset}, ""} : Edit{{offset, whole.end}, ""};
  }

  void with(NodeId with) {
    NodeId scope{with.index + 1};
    std::uint32_t body = scope.index + tree_.size(scope);
    auto first = std::ranges::lower_bound(with_uses_, body);
    if (first != with_uses_.end() && *first < with.index + tree_.size(with)) return;
    Finding finding = make_finding(Lint::UnusedWith, tree_.token_range({tree_.node(with).first_token}));
    finding.unnecessary = true;
    finding.fixes.push_back({"Remove 'with'", {{{tree_.range(with).begin, tree_.range({body}).begin}, ""}}, true});
    out_.push_back(std::move(finding));
  }

  void recursive_set(NodeId set) {
    if (!tree_.is_recursive(set) || refers_to_itself(set)) return;
    std::uint32_t token = tree_.node(set).first_token;
    Range range = tree_.token_range({token});
    Finding finding = make_finding(Lint::UnusedRec, range);
    finding.unnecessary = true;
    std::uint32_t end = token + 1;
    while (tree_.token_kind({end}) == TokenKind::Whitespace) ++end;
    finding.fixes.push_back({"Remove 'rec'", {{{range.begin, tree_.token_range({end}).begin}, ""}}, true});
    out_.push_back(std::move(finding));
  }

  bool refers_to_itself(NodeId set) const {
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) == NodeKind::Binding) {
        if (uses_[child.index + 2] > 0) return true;
        if (tree_.text({child.index + 2}) == "__overrides") return true;
      } else if (tree_.kind(child) == NodeKind::Inherit) {
        for (NodeId name : tree_.children(child)) {
          if (uses_[name.index] > 0) return true;
        }
      }
    }
    return false;
  }

  const Tree& tree_;
  std::vector<Finding>& out_;
  std::vector<std::uint32_t> uses_;
  std::vector<std::uint32_t> with_uses_;
};

}  // namespace

void lint_names(const Analysis& analysis, std::vector<Finding>& out) { NameLints(analysis, out).run(); }

}  // namespace evalctl::lsp
