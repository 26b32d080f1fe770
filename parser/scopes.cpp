#include "parser/scopes.h"

#include <deque>
#include <string>
#include <unordered_map>

#include "parser/parse.h"

namespace evalctl::parser {
namespace {

class Resolver {
 public:
  Resolver(const Tree& tree, std::span<const std::string_view> globals) : tree_(tree), out_(tree.node_count()) {
    for (std::string_view name : globals) define(name, Referent::Global, {0});
    define("__curPos", Referent::Global, {0});
    open_.clear();
  }

  // Nodes still to visit, and the ends of scopes, wait on one stack.
  Scopes run() {
    visit_later(tree_.root());
    while (!work_.empty()) {
      Work work = work_.back();
      work_.pop_back();
      switch (work.action) {
        case Action::Visit: visit(work.node); break;
        case Action::Close: close(work.node.index); break;
        case Action::OpenWith: open_with(work.node); break;
        case Action::CloseWith: withs_.pop_back(); break;
      }
    }
    return std::move(out_);
  }

 private:
  enum class Action : std::uint8_t { Visit, Close, OpenWith, CloseWith };
  struct Work {
    Action action;
    // For Close: how many definitions stay open.
    NodeId node;
  };
  struct Definition {
    Reference reference;
    std::string_view name;
    // What the name meant outside: index into definitions_ plus one, or 0.
    std::uint32_t outer;
  };

  void visit_later(NodeId node) { work_.push_back({Action::Visit, node}); }
  NodeId next(NodeId node) const { return {node.index + tree_.size(node)}; }

  void define(std::string_view name, Referent referent, NodeId node) {
    std::uint32_t& meaning = meanings_[name];
    definitions_.push_back({{referent, node}, name, meaning});
    meaning = static_cast<std::uint32_t>(definitions_.size());
    open_.push_back(meaning);
  }

  void close(std::uint32_t keep) {
    for (; open_.size() > keep; open_.pop_back()) {
      const Definition& definition = definitions_[open_.back() - 1];
      meanings_[definition.name] = definition.outer;
    }
  }

  void reference(NodeId node, std::string_view name) {
    auto found = meanings_.find(name);
    if (found != meanings_.end() && found->second != 0) out_[node.index] = definitions_[found->second - 1].reference;
    else if (!withs_.empty()) out_[node.index] = {Referent::With, withs_.back()};
    else out_[node.index] = {Referent::Undefined, {0}};
  }

  void visit(NodeId node) {
    switch (tree_.kind(node)) {
      case NodeKind::Identifier: return reference(node, tree_.text(node));
      case NodeKind::Let:
      case NodeKind::LegacyLet: return set(node, true);
      case NodeKind::AttrSet: return set(node, tree_.is_recursive(node));
      case NodeKind::Lambda: return lambda(node);
      case NodeKind::With:
        work_.push_back({Action::OpenWith, node});
        return visit_later({node.index + 1});
      case NodeKind::AttrPath:
        for (NodeId child : tree_.children(node)) {
          if (tree_.kind(child) != NodeKind::Identifier) visit_later(child);
        }
        return;
      default:
        for (NodeId child : tree_.children(node)) visit_later(child);
    }
  }

  void open_with(NodeId with) {
    withs_.push_back(with);
    work_.push_back({Action::CloseWith, with});
    visit_later(next({with.index + 1}));
  }

  void set(NodeId set, bool recursive) {
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) == NodeKind::Inherit) inherited(child);
    }
    work_.push_back({Action::Close, {static_cast<std::uint32_t>(open_.size())}});
    set_begin_ = static_cast<std::uint32_t>(definitions_.size());
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) == NodeKind::Inherit) {
        if (recursive) define_inherited(child);
        NodeId from{child.index + 1};
        if (tree_.size(child) > 1 && tree_.kind(from) == NodeKind::InheritFrom) visit_later(from);
      } else {
        if (recursive && tree_.kind(child) == NodeKind::Binding) define_attribute({child.index + 2});
        visit_later(child);
      }
    }
  }

  // `inherit a;` looks `a` up outside the set, so this comes before the set's own names.
  void inherited(NodeId inherit) {
    for (NodeId child : tree_.children(inherit)) {
      if (tree_.kind(child) == NodeKind::InheritFrom) return;
      if (auto name = static_name(tree_, child)) reference(child, *name);
    }
  }

  void define_inherited(NodeId inherit) {
    for (NodeId child : tree_.children(inherit)) {
      if (tree_.kind(child) != NodeKind::InheritFrom) define_attribute(child);
    }
  }

  // Of `a.b = 1; a.c = 2;` the first is the definition of `a`.
  void define_attribute(NodeId attribute) {
    std::string_view name;
    if (tree_.kind(attribute) == NodeKind::Identifier) {
      name = tree_.text(attribute);
    } else {
      auto text = static_name(tree_, attribute);
      if (!text) return;
      name = kept_.emplace_back(std::move(*text));
    }
    auto known = meanings_.find(name);
    if (known != meanings_.end() && known->second > set_begin_) return;
    define(name, Referent::Attribute, attribute);
  }

  // Defaults of formals see all formals and the name at the `@`.
  void lambda(NodeId lambda) {
    NodeId parameter{lambda.index + 1};
    work_.push_back({Action::Close, {static_cast<std::uint32_t>(open_.size())}});
    visit_later(next(parameter));
    if (tree_.kind(parameter) == NodeKind::Identifier) {
      return define(tree_.text(parameter), Referent::Parameter, parameter);
    }
    for (NodeId child : tree_.children(parameter)) {
      NodeId name{child.index + 1};
      if (tree_.kind(child) == NodeKind::Error || tree_.kind(name) != NodeKind::Identifier) continue;
      bool formal = tree_.kind(child) == NodeKind::Formal;
      define(tree_.text(name), formal ? Referent::Formal : Referent::PatternName, name);
      if (formal && tree_.size(child) > 2) visit_later(next(name));
    }
  }

  const Tree& tree_;
  Scopes out_;
  std::vector<Work> work_;
  std::vector<Definition> definitions_;
  // Definitions whose scope is open, innermost last.
  std::vector<std::uint32_t> open_;
  // The innermost definition of each name: index into definitions_ plus one, or 0.
  std::unordered_map<std::string_view, std::uint32_t> meanings_;
  std::vector<NodeId> withs_;
  // The number of definitions before those of the set whose names are being defined.
  std::uint32_t set_begin_ = 0;
  // Names that are not written as they are. A deque, since views of them must stay valid.
  std::deque<std::string> kept_;
};

}  // namespace

Scopes resolve(const Tree& tree, std::span<const std::string_view> globals) { return Resolver(tree, globals).run(); }

}  // namespace evalctl::parser
