#include "lsp/modules.h"

#include <algorithm>
#include <array>
#include <set>

#include "lsp/values.h"

namespace evalctl::lsp {
namespace {

constexpr std::array<std::string_view, 8> kModuleKeys = {"imports", "options", "config", "disabledModules", "freeformType", "_file", "_class", "key"};
constexpr unsigned kDeepest = 200;

NodeId last_child(const Tree& tree, NodeId node) {
  NodeId last = node;
  for (NodeId one : tree.children(node)) last = one;
  return last;
}

// The functions of a module system whose last argument is the definition; mkMerge's is a list of them.
bool marks_definition(std::string_view name) {
  return name == "mkIf" || name == "mkForce" || name == "mkDefault" || name == "mkOverride" || name == "mkBefore" || name == "mkAfter" ||
         name == "mkOrder" || name == "mkVMOverride" || name == "mkImageMediaOverride" || name == "mkMerge" || name == "mkDefinition" ||
         name == "mkOptionDefault" || name == "optionalAttrs" || name == "recursiveUpdate";
}

// The function at the head of `f a b`.
NodeId head_of(const Tree& tree, NodeId apply) {
  while (tree.kind(apply) == NodeKind::Apply) apply = tree.child(apply, 0);
  return apply;
}

// The expression inside of lambdas, let, with, assert and parentheses.
NodeId body_of(const Tree& tree, NodeId node) {
  for (unsigned i = 0; i < kDeepest; ++i) {
    switch (tree.kind(node)) {
      case NodeKind::Root:
      case NodeKind::Paren:
      case NodeKind::Lambda:
      case NodeKind::With:
      case NodeKind::Assert:
      case NodeKind::Let:
        if (tree.size(node) <= 1) return node;
        node = last_child(tree, node);
        break;
      case NodeKind::Apply:
        if (!marks_definition(last_name(tree, head_of(tree, node)))) return node;
        node = last_child(tree, node);
        break;
      default: return node;
    }
  }
  return node;
}

std::string name_of_attribute(const Tree& tree, NodeId attribute) { return parser::static_name(tree, attribute).value_or("<name>"); }

std::set<std::string> top_names(const Tree& tree, NodeId set) {
  std::set<std::string> names;
  if (tree.kind(set) != NodeKind::AttrSet) return names;
  for (NodeId part : tree.children(set)) {
    if (tree.kind(part) == NodeKind::Binding) names.insert(name_of_attribute(tree, tree.child(tree.child(part, 0), 0)));
  }
  return names;
}

// Whether a module's set keeps its definitions in `config`.
bool is_long(const std::set<std::string>& names) { return names.contains("config") || names.contains("options"); }

bool is_flake(const Tree& tree, NodeId set) {
  return tree.kind(set) == NodeKind::AttrSet && top_names(tree, set).contains("outputs");
}

// Of `lib.mkFlake { inherit inputs; } { ... }`.
void add_flake_module(const Tree& tree, NodeId apply, std::vector<NodeId>& out) {
  if (tree.kind(tree.child(apply, 0)) != NodeKind::Apply || last_name(tree, head_of(tree, apply)) != "mkFlake") return;
  NodeId set = body_of(tree, last_child(tree, apply));
  if (tree.kind(set) == NodeKind::AttrSet) out.push_back(set);
}

// Of `lib.nixosSystem { modules = [ { ... } ({ pkgs, ... }: { ... }) ]; }`.
void add_listed_modules(const Tree& tree, NodeId apply, std::vector<NodeId>& out) {
  std::string_view maker = last_name(tree, tree.child(apply, 0));
  NodeId argument = last_child(tree, apply);
  bool makes = maker == "nixosSystem" || maker == "darwinSystem" || maker == "homeManagerConfiguration";
  if (!makes || tree.kind(argument) != NodeKind::AttrSet) return;
  for (NodeId part : tree.children(argument)) {
    if (tree.kind(part) != NodeKind::Binding || tree.text(tree.child(part, 0)) != "modules") continue;
    NodeId list = tree.child(part, 1);
    if (tree.kind(list) != NodeKind::List) continue;
    for (NodeId item : tree.children(list)) {
      NodeId set = body_of(tree, item);
      if (tree.kind(set) == NodeKind::AttrSet) out.push_back(set);
    }
  }
}

// The sets in a file that define options: the file's own, or those of the modules that a flake has in it.
std::vector<NodeId> module_sets(const Tree& tree) {
  NodeId top = body_of(tree, tree.root());
  if (!is_flake(tree, top)) return {top};
  std::vector<NodeId> whole, listed;
  for (std::uint32_t index = top.index; index < tree.node_count(); ++index) {
    if (tree.kind({index}) != NodeKind::Apply) continue;
    add_flake_module(tree, {index}, whole);
    add_listed_modules(tree, {index}, listed);
  }
  return whole.empty() ? listed : whole;
}

class Collector {
 public:
  explicit Collector(const Analysis& analysis) : tree_(analysis.tree) {}

  std::vector<OptionBinding> run() {
    for (NodeId set : module_sets(tree_)) module(set, {}, 0);
    return std::move(out_);
  }

 private:
  void module(NodeId set, const std::vector<std::string>& prefix, unsigned depth) {
    if (tree_.kind(set) != NodeKind::AttrSet) return;
    bool in_config = is_long(top_names(tree_, set));
    for (NodeId part : tree_.children(set)) {
      if (tree_.kind(part) != NodeKind::Binding) continue;
      std::string first = name_of_attribute(tree_, tree_.child(tree_.child(part, 0), 0));
      bool is_key = std::ranges::find(kModuleKeys, first) != kModuleKeys.end();
      if (in_config ? first == "config" : !is_key) binding(part, prefix, in_config ? 1 : 0, depth);
    }
  }

  // `skipped`: names of the path that are no part of the option.
  void binding(NodeId node, std::vector<std::string> prefix, std::uint32_t skipped, unsigned depth) {
    NodeId path = tree_.child(node, 0), value = tree_.child(node, 1);
    OptionBinding binding{std::move(prefix), {}, {}};
    for (NodeId attribute : tree_.children(path)) {
      if (skipped > 0) {
        --skipped;
        continue;
      }
      binding.path.push_back(name_of_attribute(tree_, attribute));
      binding.attributes.push_back(attribute);
    }
    values(value, binding.values, depth);
    std::vector<std::string> names = binding.path;
    std::vector<NodeId> found = binding.values;
    if (!binding.attributes.empty()) out_.push_back(std::move(binding));
    for (NodeId one : found) below(one, names, depth + 1);
  }

  void below(NodeId value, const std::vector<std::string>& names, unsigned depth) {
    if (depth > kDeepest) return;
    if (tree_.kind(value) == NodeKind::Lambda && tree_.kind(tree_.child(value, 0)) == NodeKind::Pattern) {
      // A submodule that takes arguments.
      module(body_of(tree_, value), names, depth);
    } else if (tree_.kind(value) == NodeKind::AttrSet) {
      for (NodeId part : tree_.children(value)) {
        if (tree_.kind(part) == NodeKind::Binding) binding(part, names, 0, depth);
      }
    } else if (tree_.kind(value) == NodeKind::List) {
      std::vector<std::string> element = names;
      element.emplace_back("*");
      for (NodeId item : tree_.children(value)) {
        if (tree_.kind(item) == NodeKind::AttrSet) below(item, element, depth + 1);
      }
    }
  }

  void values(NodeId node, std::vector<NodeId>& out, unsigned depth) {
    if (depth > kDeepest) return;
    switch (tree_.kind(node)) {
      case NodeKind::Paren: return tree_.size(node) > 1 ? values(tree_.child(node, 0), out, depth + 1) : void();
      case NodeKind::Let:
      case NodeKind::With:
      case NodeKind::Assert: return values(last_child(tree_, node), out, depth + 1);
      case NodeKind::If:
        values(tree_.child(node, 1), out, depth + 1);
        return values(tree_.child(node, 2), out, depth + 1);
      case NodeKind::Binary:
        if (tree_.operator_of(node) != TokenKind::Update) break;
        values(tree_.child(node, 0), out, depth + 1);
        return values(tree_.child(node, 1), out, depth + 1);
      case NodeKind::Apply: {
        std::string_view name = last_name(tree_, head_of(tree_, node));
        NodeId last = last_child(tree_, node);
        if (!marks_definition(name)) break;
        if (name != "mkMerge") return values(last, out, depth + 1);
        while (tree_.kind(last) == NodeKind::Paren && tree_.size(last) > 1) last = tree_.child(last, 0);
        if (tree_.kind(last) != NodeKind::List) break;
        for (NodeId item : tree_.children(last)) values(item, out, depth + 1);
        return;
      }
      default: break;
    }
    out.push_back(node);
  }

  const Tree& tree_;
  std::vector<OptionBinding> out_;
};

}  // namespace

namespace {

// The function that a file is, under parentheses and `let`; the file's expression where it is none.
NodeId file_expression(const Tree& tree) {
  NodeId root = tree.size(tree.root()) > 1 ? tree.child(tree.root(), 0) : tree.root();
  while (tree.kind(root) == NodeKind::Paren || tree.kind(root) == NodeKind::Let) root = last_child(tree, root);
  return root;
}

}  // namespace

std::vector<std::string> arguments_of_file(const Tree& tree) {
  std::vector<std::string> names;
  NodeId function = file_expression(tree);
  if (tree.kind(function) != NodeKind::Lambda || tree.kind(tree.child(function, 0)) != NodeKind::Pattern) return names;
  for (NodeId part : tree.children(tree.child(function, 0))) {
    if (tree.kind(part) == NodeKind::Formal) names.emplace_back(tree.text(tree.child(part, 0)));
  }
  return names;
}

bool is_module(const Analysis& analysis) {
  const Tree& tree = analysis.tree;
  NodeId set = body_of(tree, tree.root());
  if (tree.kind(set) != NodeKind::AttrSet) return false;
  std::set<std::string> names = top_names(tree, set);
  NodeId root = file_expression(tree);
  bool has_keys = names.contains("imports") || is_long(names);
  if (tree.kind(root) != NodeKind::Lambda) return has_keys && !names.contains("outputs");
  NodeId parameter = tree.child(root, 0);
  if (tree.kind(parameter) != NodeKind::Pattern) return has_keys;
  // Modules are given more arguments than they name.
  if (!tree.has_ellipsis(parameter)) return false;
  std::vector<std::string> formals = arguments_of_file(tree);
  auto takes = [&](std::string_view name) { return std::ranges::find(formals, name) != formals.end(); };
  if (takes("config") || takes("options") || takes("modulesPath")) return true;
  return (has_keys || takes("pkgs") || takes("lib") || formals.empty()) && !takes("self");
}

bool is_flake_of_modules(const Analysis& analysis) {
  const Tree& tree = analysis.tree;
  return is_flake(tree, body_of(tree, tree.root())) && !module_sets(tree).empty();
}

std::vector<OptionBinding> option_bindings(const Analysis& analysis) { return Collector(analysis).run(); }

std::optional<std::vector<std::string>> option_path_of(const Analysis& analysis, NodeId node) {
  const Tree& tree = analysis.tree;
  std::vector<NodeId> tops = module_sets(tree);
  std::vector<std::string> path;
  NodeId top = tree.root();
  for (NodeId at = node; at.index != 0;) {
    if (std::ranges::find(tops, at) != tops.end()) {
      top = at;
      break;
    }
    NodeId parent = analysis.parent(at);
    switch (tree.kind(parent)) {
      case NodeKind::Binding: {
        NodeId holder = analysis.parent(parent);
        if (tree.kind(holder) != NodeKind::AttrSet) return std::nullopt;
        if (at == tree.child(parent, 0)) break;
        std::vector<std::string> names;
        for (NodeId attribute : tree.children(tree.child(parent, 0))) names.push_back(name_of_attribute(tree, attribute));
        path.insert(path.begin(), names.begin(), names.end());
        break;
      }
      case NodeKind::List: {
        NodeId outer = analysis.parent(parent);
        bool merged = tree.kind(outer) == NodeKind::Apply && last_name(tree, head_of(tree, outer)) == "mkMerge";
        if (!merged) path.insert(path.begin(), "*");
        break;
      }
      case NodeKind::Apply: {
        bool last = at == last_child(tree, parent);
        if (!last || !marks_definition(last_name(tree, head_of(tree, parent)))) return std::nullopt;
        break;
      }
      case NodeKind::Lambda:
      case NodeKind::Let:
      case NodeKind::With:
      case NodeKind::Assert:
        // A set that is bound in a `let`, or an argument, is not the module's.
        if (at != last_child(tree, parent)) return std::nullopt;
        if (tree.kind(parent) == NodeKind::Lambda && tree.kind(analysis.parent(parent)) == NodeKind::Apply) return std::nullopt;
        break;
      case NodeKind::Binary:
        if (tree.operator_of(parent) != TokenKind::Update) return std::nullopt;
        break;
      case NodeKind::Select:
      case NodeKind::Interpolation: return std::nullopt;
      default: break;
    }
    at = parent;
  }
  if (tree.kind(top) != NodeKind::AttrSet) return std::nullopt;
  bool in_config = is_long(top_names(tree, top));
  if (path.empty()) return in_config ? std::nullopt : std::optional(path);
  bool is_key = std::ranges::find(kModuleKeys, path[0]) != kModuleKeys.end();
  if (in_config) {
    if (path[0] != "config") return std::nullopt;
    path.erase(path.begin());
  } else if (is_key) {
    return std::nullopt;
  }
  return path;
}

NodeId find_declaration(const Analysis& analysis, const std::vector<std::string>& names) {
  const Tree& tree = analysis.tree;
  NodeId best{0};
  std::size_t most = 0;
  // Any chain of bindings whose names end as the option's do; the longest, so that nested submodules are told apart.
  for (std::uint32_t index = 1; index < tree.node_count(); ++index) {
    if (tree.kind({index}) != NodeKind::Binding) continue;
    std::vector<std::string> path;
    for (NodeId at{index}; at.index != 0; at = analysis.parent(at)) {
      if (tree.kind(at) != NodeKind::Binding) continue;
      std::vector<std::string> own;
      for (NodeId attribute : tree.children(tree.child(at, 0))) own.push_back(name_of_attribute(tree, attribute));
      path.insert(path.begin(), own.begin(), own.end());
    }
    std::erase(path, "options");
    std::erase(path, "type");
    std::size_t same = 0;
    std::vector<std::string> wanted = names;
    std::erase_if(wanted, [](const std::string& name) { return name == "*" || name.starts_with('<'); });
    while (same < path.size() && same < wanted.size() && path[path.size() - 1 - same] == wanted[wanted.size() - 1 - same]) ++same;
    if (same > most) {
      most = same;
      NodeId last{0};
      for (NodeId attribute : tree.children(tree.child({index}, 0))) last = attribute;
      best = last;
    }
  }
  return best;
}

}  // namespace evalctl::lsp
