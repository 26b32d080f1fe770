// Links of path literals to the files that they name.
#include <filesystem>

#include "lsp/features.h"
#include "lsp/values.h"

namespace evalctl::lsp {

std::vector<Link> document_links(const Document& document) {
  const Tree& tree = document.analysis().tree;
  std::vector<Link> out;
  for (std::uint32_t index = 0; index < tree.node_count(); ++index) {
    NodeId node{index};
    if (tree.kind(node) != NodeKind::Path && tree.kind(node) != NodeKind::SearchPath) continue;
    auto path = path_of_literal(document, node);
    std::error_code error;
    if (!path || !std::filesystem::exists(*path, error)) continue;
    std::string target = import_target(*path);
    out.push_back({tree.range(node), std::filesystem::exists(target, error) ? target : *path});
  }
  return out;
}

}  // namespace evalctl::lsp
