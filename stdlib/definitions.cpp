#include "stdlib/definitions.h"

#include <algorithm>

#include "parser/parse.h"

namespace evalctl::stdlib {
namespace {

using parser::NodeId;
using parser::NodeKind;

class Search {
 public:
  Search(const parser::Tree& tree, std::string_view option) : tree_(tree), path_(option) {}

  std::vector<OptionDefinition> run() {
    expression({tree_.root().index + 1}, 0, 0);
    std::size_t best = 0;
    for (const OptionDefinition& d : found_) best = std::max(best, d.matched);
    std::erase_if(found_, [&](const OptionDefinition& d) { return d.matched < best || d.matched == 0; });
    return std::move(found_);
  }

 private:
  static constexpr int kDeepest = 200;

  NodeId child(NodeId id, int index) const {
    auto it = tree_.children(id).begin();
    while (index-- > 0) ++it;
    return *it;
  }
  NodeId last_child(NodeId id) const {
    NodeId last = id;
    for (NodeId c : tree_.children(id)) last = c;
    return last;
  }

  // Where the path goes on after `name`, or npos when it does not go by that name at `at`.
  std::size_t after(std::size_t at, std::string_view name) const {
    std::string_view rest = path_.substr(at);
    if (!rest.starts_with(name)) return std::string_view::npos;
    if (rest.size() == name.size()) return path_.size();
    return rest[name.size()] == '.' ? at + name.size() + 1 : std::string_view::npos;
  }

  // `at`: how much of the path leads here.
  void expression(NodeId id, std::size_t at, int level) {
    if (level > kDeepest || at >= path_.size()) return;
    while (tree_.kind(id) == NodeKind::Paren) id = {id.index + 1};
    switch (tree_.kind(id)) {
      case NodeKind::AttrSet:
        for (NodeId c : tree_.children(id)) {
          if (tree_.kind(c) == NodeKind::Binding) binding(c, at, level);
          if (tree_.kind(c) == NodeKind::Inherit) inherit(c, at);
        }
        return;
      case NodeKind::Let:
      case NodeKind::With:
      case NodeKind::Assert:
      case NodeKind::Lambda: return expression(last_child(id), at, level + 1);
      case NodeKind::If:
        expression(child(id, 1), at, level + 1);
        return expression(child(id, 2), at, level + 1);
      case NodeKind::Apply:
      case NodeKind::List:
      case NodeKind::Binary:
        for (NodeId c : tree_.children(id)) expression(c, at, level + 1);
        return;
      default: return;
    }
  }

  void binding(NodeId id, std::size_t at, int level) {
    NodeId path{id.index + 1};
    NodeId value{path.index + tree_.size(path)};
    std::size_t next = at;
    bool first = true;
    for (NodeId element : tree_.children(path)) {
      if (next == path_.size()) break;
      auto name = parser::static_name(tree_, element);
      // What is computed may be any name.
      std::size_t end = name ? after(next, *name) : after(next, path_.substr(next, path_.find('.', next) - next));
      bool same = end != std::string_view::npos;
      if (!same && first && at == 0 && name && (*name == "config" || *name == "imports" || *name == "content" || *name == "contents")) {
        first = false;
        continue;
      }
      if (!same) return other(value, at, level, name);
      first = false;
      next = end;
    }
    if (next > at) found_.push_back({tree_.range(path), tree_.range(unwrap(value)), next});
    expression(value, next, level + 1);
  }

  // A binding of another name: modules are also written as `configuration = { … }: { … }` inside of an expression.
  void other(NodeId value, std::size_t at, int level, const std::optional<std::string>& name) {
    if (at == 0 && name && *name != "options") expression(value, 0, level + 1);
  }

  void inherit(NodeId id, std::size_t at) {
    for (NodeId c : tree_.children(id)) {
      auto name = tree_.kind(c) == NodeKind::InheritFrom ? std::nullopt : parser::static_name(tree_, c);
      std::size_t end = name ? after(at, *name) : std::string_view::npos;
      if (end != std::string_view::npos) found_.push_back({tree_.range(c), tree_.range(c), end});
    }
  }

  // The value inside mkForce, mkIf and so on.
  NodeId unwrap(NodeId id) const {
    while (true) {
      if (tree_.kind(id) == NodeKind::Paren) {
        id = {id.index + 1};
        continue;
      }
      if (tree_.kind(id) != NodeKind::Apply) return id;
      NodeId function = id;
      while (tree_.kind(function) == NodeKind::Apply) function = {function.index + 1};
      std::string_view text = tree_.text(function);
      if (std::size_t dot = text.rfind('.'); dot != text.npos) text.remove_prefix(dot + 1);
      if (!text.starts_with("mk")) return id;
      id = child(id, 1);
    }
  }

  const parser::Tree& tree_;
  std::string_view path_;
  std::vector<OptionDefinition> found_;
};

}  // namespace

std::vector<OptionDefinition> find_definitions(const parser::Tree& tree, std::string_view option) { return Search(tree, option).run(); }

}  // namespace evalctl::stdlib
