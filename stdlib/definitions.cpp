#include "stdlib/definitions.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "parser/parse.h"

namespace evalctl::stdlib {
namespace {

using parser::NodeId;
using parser::NodeKind;
using parser::Tree;

NodeId last_child(const Tree& tree, NodeId id) {
  NodeId last = id;
  for (NodeId c : tree.children(id)) last = c;
  return last;
}

// The function at the head of an application: the last name of it, as `mkIf` of `lib.mkIf`.
std::string_view head_name(const Tree& tree, NodeId id) {
  while (tree.kind(id) == NodeKind::Apply) id = {id.index + 1};
  std::string_view text = tree.text(id);
  std::size_t dot = text.rfind('.');
  return dot == text.npos ? text : text.substr(dot + 1);
}

// The value inside mkForce, mkIf and so on. `lib.mkIf c` without its value stays as it is.
NodeId unwrap(const Tree& tree, NodeId id) {
  while (true) {
    NodeId inner = id;
    while (tree.kind(inner) == NodeKind::Paren) inner = {inner.index + 1};
    std::string_view name = tree.kind(inner) == NodeKind::Apply ? head_name(tree, inner) : "";
    bool two = name == "mkIf" || name == "mkOverride" || name == "mkOrder";
    bool one = name == "mkForce" || name == "mkDefault" || name == "mkBefore" || name == "mkAfter" || name == "mkVMOverride" || name == "mkImageMediaOverride";
    if (!one && !(two && tree.kind({inner.index + 1}) == NodeKind::Apply)) return id;
    id = tree.child(inner, 1);
  }
}

class Search {
 public:
  Search(const Tree& tree, std::string_view path, std::string_view shown, bool siblings = false) : tree_(tree), path_(path), shown_(shown), siblings_(siblings) {}

  std::vector<OptionDefinition> run() {
    expression({tree_.root().index + 1}, 0, 0, 0);
    std::size_t best = 0;
    for (const OptionDefinition& d : found_) best = std::max(best, d.matched);
    std::erase_if(found_, [&](const OptionDefinition& d) { return d.matched < best || d.matched == 0; });
    auto worse = [&](const OptionDefinition& d) { return std::pair(d.guesses, !agrees(d.value)); };
    std::stable_sort(found_.begin(), found_.end(), [&](const auto& a, const auto& b) { return worse(a) < worse(b); });
    unsigned guesses = found_.empty() ? 0 : found_.front().guesses;
    std::erase_if(found_, [&](const OptionDefinition& d) { return d.guesses > guesses; });
    return std::move(found_);
  }
  bool complete() const { return !found_.empty() && found_.front().matched == path_.size(); }

 private:
  static constexpr int kDeepest = 200;
  static constexpr std::string_view kEntry = "[definition ";

  // Whether a literal could be what was printed.
  bool agrees(parser::Range value) const {
    std::string_view text = tree_.slice(value);
    if (shown_.empty() || text.empty() || text == shown_) return true;
    auto kind = [](char c) { return c == '"' || c == '\'' ? 's' : c == '[' ? 'l' : c == '{' ? 'a' : std::isdigit(static_cast<unsigned char>(c)) ? 'i' : '?'; };
    char a = kind(text[0]), b = kind(shown_[0]);
    if (a == '?' || b == '?') return text != "true" && text != "false" && text != "null";
    return a == b && (a == 'l' || a == 'a');
  }

  // Where the path goes on after `name`, or npos when it does not go by that name at `at`.
  std::size_t after(std::size_t at, std::string_view name) const {
    std::string_view rest = path_.substr(at);
    if (!rest.starts_with(name)) return std::string_view::npos;
    if (rest.size() == name.size()) return path_.size();
    return rest[name.size()] == '.' ? at + name.size() + 1 : std::string_view::npos;
  }
  std::size_t skip(std::size_t at) const { return after(at, path_.substr(at, path_.find('.', at) - at)); }

  // `at`: how much of the path leads here.
  void expression(NodeId id, std::size_t at, unsigned guesses, int level) {
    if (level > kDeepest || at >= path_.size()) return;
    while (tree_.kind(id) == NodeKind::Paren) id = {id.index + 1};
    if (at > 0 && path_.substr(at).starts_with(kEntry)) return entry(id, at, guesses, level);
    switch (tree_.kind(id)) {
      case NodeKind::AttrSet: return set(id, at, guesses, level);
      case NodeKind::Let: return let(id, at, guesses, level);
      case NodeKind::With:
      case NodeKind::Assert: return expression(last_child(tree_, id), at, guesses, level + 1);
      case NodeKind::Lambda:
        // The name of what the function makes may not be spelled out here.
        if (at > 0 && skip(at) < path_.size()) expression(last_child(tree_, id), skip(at), guesses + 1, level + 1);
        return expression(last_child(tree_, id), at, guesses, level + 1);
      case NodeKind::If:
        expression(tree_.child(id, 1), at, guesses, level + 1);
        return expression(tree_.child(id, 2), at, guesses, level + 1);
      case NodeKind::Identifier: return name(id, at, guesses, level);
      case NodeKind::Apply:
      case NodeKind::List:
      case NodeKind::Binary:
        for (NodeId c : tree_.children(id)) expression(c, at, guesses, level + 1);
        return;
      default:
        if (at == 0)
          for (NodeId c : tree_.children(id)) expression(c, 0, guesses, level + 1);
        return;
    }
  }

  // A variable that the text binds: its value.
  void name(NodeId id, std::size_t at, unsigned guesses, int level) {
    if (at == 0) return;
    for (std::size_t i = scope_.size(); i-- > 0;)
      if (scope_[i].first == tree_.text(id)) return expression(scope_[i].second, at, guesses, level + 10);
  }

  void let(NodeId id, std::size_t at, unsigned guesses, int level) {
    std::size_t outer = scope_.size();
    for (NodeId c : tree_.children(id)) {
      if (tree_.kind(c) != NodeKind::Binding) continue;
      NodeId path{c.index + 1};
      NodeId value{path.index + tree_.size(path)};
      scope_.emplace_back(tree_.text(path), value);
      if (at == 0) expression(value, 0, guesses, level + 1);
    }
    expression(last_child(tree_, id), at, guesses, level + 1);
    scope_.resize(outer);
  }

  void set(NodeId id, std::size_t at, unsigned guesses, int level) {
    std::optional<NodeId> pair_value;
    bool pair_name = false;
    for (NodeId c : tree_.children(id)) {
      if (tree_.kind(c) == NodeKind::Inherit) {
        inherit(c, at, guesses);
        pair_name |= tree_.text(c).contains("name");
      }
      if (tree_.kind(c) != NodeKind::Binding) continue;
      binding(c, at, guesses, level);
      NodeId path{c.index + 1};
      pair_name |= tree_.text(path) == "name";
      if (tree_.text(path) == "value") pair_value = NodeId{path.index + tree_.size(path)};
    }
    // What listToAttrs takes.
    if (at == 0 || !pair_name || !pair_value || skip(at) == std::string_view::npos) return;
    if (skip(at) == path_.size()) found_.push_back({tree_.range(*pair_value), tree_.range(unwrap(tree_, *pair_value)), path_.size(), guesses + 1});
    else expression(*pair_value, skip(at), guesses + 1, level + 1);
  }

  void binding(NodeId id, std::size_t at, unsigned guesses, int level) {
    NodeId path{id.index + 1};
    NodeId value{path.index + tree_.size(path)};
    std::size_t next = at;
    bool first = true;
    for (NodeId element : tree_.children(path)) {
      if (next == path_.size()) break;
      auto name = parser::static_name(tree_, element);
      // What is computed may be any name.
      std::size_t end = name ? after(next, *name) : next > 0 ? skip(next) : std::string_view::npos;
      guesses += !name;
      bool same = end != std::string_view::npos;
      if (!same && first && at == 0 && name && (*name == "config" || *name == "imports" || *name == "content" || *name == "contents")) {
        first = false;
        continue;
      }
      if (!same && siblings_ && next > at) found_.push_back({tree_.range(path), tree_.range(unwrap(tree_, value)), next, guesses});
      if (!same) return other(value, at, level, name);
      first = false;
      next = end;
    }
    if (next > at) found_.push_back({tree_.range(path), tree_.range(unwrap(tree_, value)), next, guesses});
    expression(value, next, guesses, level + 1);
  }

  // A binding of another name: modules are also written as `configuration = { … }: { … }` inside of an expression.
  void other(NodeId value, std::size_t at, int level, const std::optional<std::string>& name) {
    if (at == 0 && name && *name != "options") expression(value, 0, 0, level + 1);
  }

  void inherit(NodeId id, std::size_t at, unsigned guesses) {
    for (NodeId c : tree_.children(id)) {
      auto name = tree_.kind(c) == NodeKind::InheritFrom ? std::nullopt : parser::static_name(tree_, c);
      std::size_t end = name ? after(at, *name) : std::string_view::npos;
      if (end != std::string_view::npos) found_.push_back({tree_.range(c), tree_.range(c), end, guesses});
    }
  }

  // The elements of the lists that are joined in an expression.
  void elements(NodeId id, std::vector<NodeId>& out, int level) const {
    if (level > kDeepest) return;
    switch (tree_.kind(id)) {
      case NodeKind::List:
        for (NodeId c : tree_.children(id)) out.push_back(c);
        return;
      case NodeKind::Let:
      case NodeKind::With:
      case NodeKind::Assert:
      case NodeKind::Lambda: return elements(last_child(tree_, id), out, level + 1);
      case NodeKind::Paren:
      case NodeKind::Binary:
      case NodeKind::If:
      case NodeKind::Apply:
        for (NodeId c : tree_.children(id)) elements(c, out, level + 1);
        return;
      default: return;
    }
  }

  // `[definition 1-entry 2]`: the second element.
  void entry(NodeId id, std::size_t at, unsigned guesses, int level) {
    std::size_t number_at = path_.find("entry ", at), next = skip(at);
    if (number_at == path_.npos || next == path_.npos) return;
    auto number = static_cast<std::size_t>(std::strtoul(path_.data() + number_at + 6, nullptr, 10));
    std::vector<NodeId> all;
    elements(id, all, level);
    if (all.empty()) return;
    NodeId chosen = all[std::min(std::max<std::size_t>(number, 1), all.size()) - 1];
    if (next == path_.size() && !agrees(tree_.range(chosen)))
      for (NodeId e : all)
        if (tree_.text(e) == shown_) chosen = e;
    // A function may have made the set that is meant.
    if (number > all.size()) ++guesses;
    found_.push_back({tree_.range(chosen), tree_.range(unwrap(tree_, chosen)), next, guesses});
    expression(chosen, next, guesses, level + 1);
  }

  const Tree& tree_;
  std::string_view path_, shown_;
  bool siblings_;
  std::vector<std::pair<std::string_view, NodeId>> scope_;
  std::vector<OptionDefinition> found_;
};

// Collects what `options` bindings declare.
class Declarations {
 public:
  explicit Declarations(const Tree& tree) : tree_(tree) {}

  std::vector<OptionDeclaration> run() {
    search({tree_.root().index + 1}, "", 0);
    return std::move(found_);
  }

 private:
  static constexpr int kDeepest = 200;

  // Finds the bindings of `options` below a node.
  void search(NodeId id, const std::string& prefix, int level) {
    if (level > kDeepest) return;
    for (NodeId c : tree_.children(id)) {
      if (std::size_t names = tree_.kind(c) == NodeKind::Binding ? names_to_options(c) : 0) declared(c, prefix, names, level + 1);
      else if (tree_.kind(c) == NodeKind::Binding && is_option(c)) declared(c, "", 0, level + 1);
      else if (tree_.size(c) > 1) search(c, prefix, level + 1);
    }
  }

  // How many names lead to the options: 1 for `options.a`, 2 for `module.options.a`, which binds a module; else 0.
  std::size_t names_to_options(NodeId binding) const {
    std::size_t names = 0;
    for (NodeId name : tree_.children({binding.index + 1})) {
      ++names;
      if (tree_.text(name) == "options") return names;
      if (names == 2) break;
    }
    return 0;
  }

  // `name = mkOption { … };` in a set that is given to a submodule later.
  bool is_option(NodeId binding) const {
    NodeId path{binding.index + 1}, value{path.index + tree_.size(path)};
    std::string_view head = tree_.kind(value) == NodeKind::Apply ? head_name(tree_, value) : "";
    return head == "mkOption" || head == "mkEnableOption" || head == "mkPackageOption";
  }

  // A binding inside of `options`; the first names of its path are left out.
  void declared(NodeId binding, std::string option, std::size_t left_out, int level) {
    NodeId path{binding.index + 1};
    NodeId value{path.index + tree_.size(path)};
    for (NodeId element : tree_.children(path)) {
      if (left_out > 0) {
        --left_out;
        continue;
      }
      if (!option.empty()) option += '.';
      option += parser::static_name(tree_, element).value_or("*");
    }
    contents(value, option, tree_.range(path), level);
  }

  void contents(NodeId id, const std::string& option, parser::Range name, int level) {
    if (level > kDeepest) return;
    while (tree_.kind(id) == NodeKind::Paren) id = {id.index + 1};
    if (tree_.kind(id) == NodeKind::AttrSet) {
      for (NodeId c : tree_.children(id))
        if (tree_.kind(c) == NodeKind::Binding) declared(c, option, 0, level + 1);
      return;
    }
    if (tree_.kind(id) == NodeKind::Apply && head_name(tree_, id).starts_with("mk")) {
      found_.push_back({option, name, tree_.range(id)});
      return search(id, option + ".*", level + 1);
    }
    if (tree_.kind(id) == NodeKind::Select || tree_.kind(id) == NodeKind::Identifier) {
      found_.push_back({option, name, tree_.range(id)});
      return;
    }
    for (NodeId c : tree_.children(id)) contents(c, option, name, level + 1);
  }

  const Tree& tree_;
  std::vector<OptionDeclaration> found_;
};

}  // namespace

std::vector<OptionDefinition> find_definitions(const Tree& tree, const OptionSearch& search) {
  Search whole(tree, search.option, search.shown, search.siblings);
  std::vector<OptionDefinition> found = whole.run();
  if (!found.empty()) return found;
  // A file of a submodule begins with the submodule's own names.
  for (std::size_t dot = search.option.find('.'); dot != search.option.npos; dot = search.option.find('.', dot + 1)) {
    std::string_view rest = search.option.substr(dot + 1);
    if (rest.starts_with('[')) continue;
    found = Search(tree, rest, search.shown).run();
    if (!found.empty() && found.front().matched == rest.size()) return found;
  }
  return {};
}

std::vector<OptionDefinition> find_similar(const Tree& tree, const OptionSearch& search) {
  std::string_view last = search.option.substr(search.option.rfind('.') + 1);
  std::vector<OptionDefinition> by_name, by_value;
  for (std::uint32_t i = 1; i < tree.node_count(); ++i) {
    if (tree.kind({i}) != NodeKind::Binding) continue;
    NodeId path{i + 1};
    if (tree.text({path.index + 1}) == "options") {
      i += tree.size({i}) - 1;
      continue;
    }
    NodeId value{path.index + tree.size(path)};
    parser::Range inner = tree.range(unwrap(tree, value));
    OptionDefinition found{tree.range(path), inner, 1, 1};
    auto name = parser::static_name(tree, last_child(tree, path));
    bool same_value = !search.shown.empty() && tree.slice(inner) == search.shown;
    if (name && *name == last) by_name.insert(same_value ? by_name.begin() : by_name.end(), found);
    else if (same_value) by_value.push_back(found);
  }
  return by_name.empty() ? by_value : by_name;
}

std::vector<OptionDeclaration> find_declarations(const Tree& tree) { return Declarations(tree).run(); }

}  // namespace evalctl::stdlib
