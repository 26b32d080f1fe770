// What changes in path literals when files or folders move: the paths to them, and their own relative paths.
#include <algorithm>
#include <filesystem>

#include "lsp/features.h"
#include "lsp/values.h"

namespace evalctl::lsp {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

// The characters of a path literal.
bool is_literal(std::string_view path) {
  return std::ranges::all_of(path, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("._-+/").contains(c); });
}

class Mover {
 public:
  explicit Mover(const std::vector<Move>& moves) : moves_(moves) {}

  void document(const Document& document) {
    std::string before = folder_of(document.path), after = folder_of(moved(document.path));
    if (before == after && !names_what_moves(document.text.bytes())) return;
    const Analysis& analysis = document.analysis();
    for (std::uint32_t index = 0; index < analysis.tree.node_count(); ++index) {
      if (analysis.tree.kind({index}) == NodeKind::Path) literal(document, {index}, before, after);
    }
  }

  WorkspaceEdits edits;

 private:
  // Where `path` is after the moves.
  std::string moved(const std::string& path) const {
    for (const Move& move : moves_) {
      if (path == move.from) return move.to;
      if (path.starts_with(move.from + "/")) return move.to + path.substr(move.from.size());
    }
    return path;
  }

  // Whether a text may speak of a file that moves; of a default.nix by the name of its folder, or as `./.`.
  bool names_what_moves(std::string_view text) const {
    return std::ranges::any_of(moves_, [&](const Move& move) {
      std::string_view name = std::string_view(move.from).substr(move.from.rfind('/') + 1);
      return text.contains(name) || name == "default.nix";
    });
  }

  void literal(const Document& document, NodeId node, const std::string& before, const std::string& after) {
    const Analysis& analysis = document.analysis();
    const Tree& tree = analysis.tree;
    std::string_view text = tree.text(node);
    if (!text.starts_with('.')) return;
    Range range = tree.range(node);
    bool whole = tree.size(node) == 1;
    if (!whole) {
      // What is before the first interpolation, as far as it names a folder.
      text = text.substr(0, text.find("${"));
      text = text.substr(0, text.rfind('/') + 1);
      if (text.empty()) return;
      range.end = range.begin + static_cast<std::uint32_t>(text.size());
    }
    std::string target = fs::path(before + "/" + std::string(text)).lexically_normal().string();
    while (target.size() > 1 && target.ends_with('/')) target.pop_back();
    std::string now = moved(target);
    NodeKind parent = tree.kind(analysis.parent(node));
    bool imported = parent == NodeKind::List || parent == NodeKind::Apply;
    if (whole && imported && now == target) now = moved_default(target);
    std::error_code error;
    if ((now == target && before == after) || !fs::exists(target, error)) return;
    std::string written = relative(now, after);
    if (!whole) written += '/';
    if (is_literal(written)) edits[document.path].push_back({range, written});
    else if (whole) edits[document.path].push_back({range, as_expression(written)});
  }

  // Of a folder that stands for its default.nix, where that moves.
  std::string moved_default(const std::string& folder) const {
    std::string file = folder + "/default.nix", now = moved(file);
    if (now == file) return folder;
    return now.ends_with("/default.nix") ? folder_of(now) : now;
  }

  static std::string relative(const std::string& target, const std::string& folder) {
    std::string path = fs::path(target).lexically_relative(folder).string();
    if (path == ".") return "./.";
    if (path == "..") return "../.";
    return path.starts_with("../") ? path : "./" + path;
  }

  // For names that no literal can have: `(./. + "/my file.nix")`.
  static std::string as_expression(const std::string& path) {
    std::string rest, out = "(";
    std::size_t slash = 0;
    while (path.compare(slash, 3, "../") == 0) slash += 3;
    if (slash == 0) slash = 2;
    out += path.substr(0, slash) + ". + \"/";
    for (char c : path.substr(slash)) {
      if (c == '"' || c == '\\' || c == '$') out += '\\';
      out += c;
    }
    return out + "\")";
  }

  const std::vector<Move>& moves_;
};

}  // namespace

WorkspaceEdits edits_for_moves(const Snapshot& snapshot, const std::vector<Move>& moves, const Cancel& cancel) {
  constexpr std::size_t kMostFiles = 50'000;
  Mover mover(moves);
  for (const std::string& path : snapshot.files(kMostFiles, cancel)) {
    if (cancel) break;
    if (DocumentPtr document = snapshot.document(path)) mover.document(*document);
  }
  return std::move(mover.edits);
}

}  // namespace evalctl::lsp
