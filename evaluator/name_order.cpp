#include "evaluator/name_order.h"

#include <set>
#include <string_view>
#include <vector>

#include "evaluator/binding_groups.h"

namespace evalctl::evaluator {

using parser::NodeId;
using parser::NodeKind;

void intern_in_order(const parser::Tree& tree) {
  // What comes behind everything else in a node.
  struct Later {
    std::uint32_t end;
    std::string_view name;
  };
  std::vector<Later> later;
  std::set<std::uint32_t> quoted;  // names as strings
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    for (; !later.empty() && later.back().end <= i; later.pop_back()) intern(later.back().name);
    NodeId id{i};
    std::uint32_t end = i + tree.size(id);
    switch (tree.kind(id)) {
      case NodeKind::Lambda:
        if (tree.kind({i + 1}) == NodeKind::Identifier) {
          later.push_back({end, tree.text({++i})});
          break;
        }
        for (NodeId part : tree.children({i + 1}))
          if (tree.kind(part) == NodeKind::PatternBind) later.push_back({end, tree.text({part.index + 1})});
        break;
      case NodeKind::PatternBind: i = end - 1; break;
      case NodeKind::Formal: later.push_back({end, tree.text({++i})}); break;
      case NodeKind::Identifier: intern(tree.text(id)); break;
      case NodeKind::AttrPath:
      case NodeKind::Inherit:
        for (NodeId name : tree.children(id))
          if (tree.kind(name) == NodeKind::String) quoted.insert(name.index);
        break;
      case NodeKind::String:
        if (quoted.contains(i)) attribute_symbol(tree, id);
        break;
      default: break;
    }
  }
  for (; !later.empty(); later.pop_back()) intern(later.back().name);
}

}  // namespace evalctl::evaluator
