// Names that can stand at the cursor: variables in scope, attributes of a set, arguments of the called function, files,
// keywords.
#include <algorithm>
#include <filesystem>
#include <set>

#include "lsp/builtins.h"
#include "lsp/cursor.h"
#include "lsp/doc_comment.h"
#include "lsp/features.h"
#include "lsp/fuzzy.h"

namespace evalctl::lsp {
namespace {

class Completer {
 public:
  Completer(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset)
      : tracer_(snapshot), document_(document), analysis_(document->analysis()), tree_(analysis_.tree), cursor_(analysis_, offset), offset_(offset),
        typed_(tree_.slice({cursor_.typed.begin, std::min(offset, cursor_.typed.end)})) {}

  Completions run() {
    out_.replaced = cursor_.typed;
    if (cursor_.in_comment || cursor_.in_string) return std::move(out_);
    TokenKind typed = tree_.token_kind({cursor_.token});
    TokenKind before = cursor_.has_before ? tree_.token_kind({cursor_.before}) : TokenKind::EndOfFile;
    bool path = cursor_.typed.begin < cursor_.typed.end && typed == TokenKind::Path;
    bool number = typed == TokenKind::Integer || typed == TokenKind::Float;
    std::string_view unfinished = path ? std::string_view() : unfinished_path();
    if (!unfinished.empty()) {
      typed_ = unfinished;
      out_.replaced = {offset_ - static_cast<std::uint32_t>(unfinished.size()), offset_};
    }
    if (path || !unfinished.empty()) files();
    else if (number && tree_.token_range({cursor_.token}).end == cursor_.typed.begin) return std::move(out_);
    else if (before == TokenKind::Dot) after_dot();
    else if (in_inherit()) inherited();
    else if (at_binding(before)) binding_names();
    else if (in_pattern()) {}
    else expression();
    return std::move(out_);
  }

 private:
  void add(std::string_view label, CompletionKind kind, std::uint32_t rank, std::string detail = {}, std::string documentation = {}) {
    if (label.empty() || !seen_.insert(std::string(label)).second) return;
    if (!fuzzy_score(typed_, label)) return;
    out_.items.push_back({std::string(label), kind, std::move(detail), std::move(documentation), quoted(label), rank});
  }

  static bool is_plain(std::string_view name) {
    auto good = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '\''; };
    return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) && name[0] != '-' && name[0] != '\'' &&
           std::ranges::all_of(name, good);
  }
  static std::string quoted(std::string_view name) { return is_plain(name) ? std::string(name) : "\"" + std::string(name) + "\""; }

  // ---- `a.b.|`
  void after_dot() {
    NodeId select = selection_around(tree_, cursor_.before);
    if (select == tree_.root()) return;
    NodeId target{select.index + 1}, path{target.index + tree_.size(target)};
    std::vector<std::string> names;
    for (NodeId attribute : tree_.children(path)) {
      if (tree_.node(attribute).end_token > cursor_.before) break;
      auto name = parser::static_name(tree_, attribute);
      if (!name) return;
      names.push_back(std::move(*name));
    }
    bool of_builtins = tree_.text(target) == "builtins" && analysis_.scopes[target.index].referent == parser::Referent::Global;
    if (of_builtins && names.empty()) return builtins();
    std::vector<Place> sets = tracer_.values({document_, target});
    for (const std::string& name : names) {
      std::vector<Place> next;
      for (const Place& set : sets) {
        for (const Place& attribute : tracer_.attributes(set, name)) {
          for (Place& value : tracer_.values_of_attribute(attribute)) next.push_back(std::move(value));
        }
      }
      sets = std::move(next);
    }
    for (const Place& set : sets) attributes(set, CompletionKind::Field, 0);
  }

  void builtins() {
    for (const BuiltinName& builtin : builtin_names()) {
      add(builtin.name, builtin.row ? CompletionKind::Function : CompletionKind::Constant, 0,
          builtin.row ? std::string(builtin.row->type) : "", documentation(builtin));
    }
  }

  void attributes(const Place& set, CompletionKind kind, std::uint32_t rank) {
    for (const Place& attribute : tracer_.all_attributes(set)) {
      auto name = parser::static_name(attribute.tree(), attribute.node);
      if (name) add(*name, kind, rank, detail_of(attribute), doc_comment(attribute));
    }
  }

  static std::string detail_of(const Place& attribute) {
    const Tree& tree = attribute.tree();
    NodeId path = attribute.parent();
    if (tree.kind(path) != NodeKind::AttrPath) return "";
    NodeId value{path.index + tree.size(path)};
    if (attribute.node.index + tree.size(attribute.node) != value.index) return "";
    constexpr std::size_t kLongest = 50;
    std::string_view text = tree.text(value);
    return text.size() <= kLongest && !text.contains('\n') ? std::string(text) : "";
  }

  // ---- `inherit (a) |`
  NodeId enclosing(NodeKind kind) const {
    NodeId node = cursor_.around;
    while (node.index != 0 && tree_.kind(node) != kind) node = analysis_.parent(node);
    return tree_.kind(node) == kind ? node : tree_.root();
  }

  bool in_inherit() const {
    TokenKind before = tree_.token_kind({cursor_.before});
    if (!cursor_.has_before || before == TokenKind::Semicolon) return false;
    NodeId node = cursor_.around;
    if (tree_.kind(node) == NodeKind::InheritFrom) return before == TokenKind::RightParen;
    if (tree_.kind(node) == NodeKind::Identifier) node = analysis_.parent(node);
    return tree_.kind(node) == NodeKind::Inherit;
  }

  void inherited() {
    NodeId inherit = enclosing(NodeKind::Inherit);
    for (NodeId child : tree_.children(inherit)) {
      bool typed = tree_.range(child) == cursor_.typed;
      if (tree_.kind(child) == NodeKind::Identifier && !typed) seen_.insert(std::string(tree_.text(child)));
    }
    NodeId from{inherit.index + 1};
    if (tree_.size(inherit) > 1 && tree_.kind(from) == NodeKind::InheritFrom) {
      return attributes({document_, {from.index + 1}}, CompletionKind::Field, 0);
    }
    variables(analysis_.parent(inherit), true);
  }

  // ---- `{ |`, `a = 1; |`
  bool at_binding(TokenKind before) const {
    if (before == TokenKind::Let) return true;
    if (before != TokenKind::LeftBrace && before != TokenKind::Semicolon) return false;
    NodeId node = cursor_.around;
    // The semicolon of `assert` and `with` is followed by an expression.
    while (tree_.kind(node) == NodeKind::Error) node = analysis_.parent(node);
    return tree_.kind(node) != NodeKind::With && tree_.kind(node) != NodeKind::Assert;
  }

  void binding_names() {
    NodeId set = cursor_.around;
    auto binds = [&](NodeId node) {
      NodeKind kind = tree_.kind(node);
      return kind == NodeKind::AttrSet || kind == NodeKind::Let || kind == NodeKind::LegacyLet || kind == NodeKind::Pattern;
    };
    while (set.index != 0 && !binds(set)) set = analysis_.parent(set);
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) == NodeKind::Binding) seen_.insert(std::string(tree_.text({child.index + 2})));
      if (tree_.kind(child) != NodeKind::Inherit) continue;
      for (NodeId name : tree_.children(child)) seen_.insert(std::string(tree_.text(name)));
    }
    arguments(set);
    add("inherit", CompletionKind::Keyword, 8);
    if (tree_.kind(set) == NodeKind::Let) add("in", CompletionKind::Keyword, 8);
  }

  // The arguments of the function that the set is given to.
  void arguments(NodeId set) {
    while (tree_.kind(analysis_.parent(set)) == NodeKind::Paren) set = analysis_.parent(set);
    NodeId apply = analysis_.parent(set);
    if (tree_.kind(apply) != NodeKind::Apply || apply.index + 1 == set.index) return;
    for (const Place& function : tracer_.called({document_, apply})) {
      const Tree& tree = function.tree();
      NodeId pattern{function.node.index + 1};
      for (NodeId formal : tree.children(pattern)) {
        if (tree.kind(formal) != NodeKind::Formal) continue;
        Place name = function.at({formal.index + 1});
        bool optional = tree.size(formal) > 2;
        add(tree.text(name.node), CompletionKind::Property, optional ? 1 : 0, std::string(tree.text(formal)), doc_comment(name));
      }
    }
  }

  bool in_pattern() const {
    NodeId node = cursor_.around;
    if (tree_.kind(node) == NodeKind::Identifier) node = analysis_.parent(node);
    TokenKind before = tree_.token_kind({cursor_.before});
    return cursor_.has_before && tree_.kind(node) == NodeKind::Pattern && before == TokenKind::Comma;
  }

  // ---- Any expression
  void expression() {
    variables(cursor_.around, false);
    bool hidden = typed_.starts_with("__");
    for (const BuiltinName& builtin : builtin_names()) {
      std::string name = builtin.global ? std::string(builtin.name) : "__" + std::string(builtin.name);
      if (!builtin.global && !hidden) continue;
      add(name, builtin.row ? CompletionKind::Function : CompletionKind::Constant, 6,
          builtin.row ? std::string(builtin.row->type) : "", documentation(builtin));
    }
    for (std::string_view word : {"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"}) {
      add(word, CompletionKind::Keyword, 7);
    }
  }

  // The names in scope at `node`, nearest first. `outside`: the set at `node` itself does not count.
  void variables(NodeId node, bool outside) {
    std::vector<NodeId> withs;
    if (outside && node.index != 0) node = analysis_.parent(node);
    for (std::uint32_t rank = 0;; node = analysis_.parent(node)) {
      NodeKind kind = tree_.kind(node);
      bool set = kind == NodeKind::Let || kind == NodeKind::LegacyLet || (kind == NodeKind::AttrSet && tree_.is_recursive(node));
      if (set) bound_names(node, rank);
      else if (kind == NodeKind::Lambda) parameters(node, rank);
      else if (kind == NodeKind::With) withs.push_back(node);
      if (set || kind == NodeKind::Lambda) rank = std::min(rank + 1, 4u);
      if (node.index == 0) break;
    }
    for (NodeId with : withs) attributes({document_, {with.index + 1}}, CompletionKind::Variable, 5);
  }

  void bound_names(NodeId set, std::uint32_t rank) {
    for (NodeId child : tree_.children(set)) {
      if (tree_.kind(child) == NodeKind::Binding) bound_name({child.index + 2}, rank);
      if (tree_.kind(child) != NodeKind::Inherit) continue;
      for (NodeId name : tree_.children(child)) {
        if (tree_.kind(name) != NodeKind::InheritFrom) bound_name(name, rank);
      }
    }
  }

  void bound_name(NodeId attribute, std::uint32_t rank) {
    if (tree_.range(attribute) == cursor_.typed) return;
    auto name = parser::static_name(tree_, attribute);
    if (name && is_plain(*name)) {
      Place place{document_, attribute};
      add(*name, CompletionKind::Variable, rank, detail_of(place), doc_comment(place));
    }
  }

  void parameters(NodeId lambda, std::uint32_t rank) {
    NodeId parameter{lambda.index + 1};
    if (tree_.kind(parameter) == NodeKind::Identifier) return add(tree_.text(parameter), CompletionKind::Variable, rank, "parameter");
    for (NodeId part : tree_.children(parameter)) {
      if (tree_.size(part) > 1) add(tree_.text({part.index + 1}), CompletionKind::Variable, rank, "argument");
    }
  }

  // ---- Files
  // The path before the cursor that ends with a slash, which is none yet; "" where there is none.
  std::string_view unfinished_path() const {
    std::string_view text = tree_.text().substr(0, offset_);
    if (!text.ends_with('/')) return "";
    auto in_path = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._-+/~").contains(c); };
    std::size_t begin = text.size();
    while (begin > 0 && in_path(text[begin - 1])) --begin;
    std::string_view word = text.substr(begin);
    return word.starts_with("./") || word.starts_with("../") || (word.starts_with('/') && !word.starts_with("//")) ? word : "";
  }

  void files() {
    namespace fs = std::filesystem;
    std::size_t slash = typed_.rfind('/');
    if (slash == typed_.npos) return;
    std::string folder(typed_.substr(0, slash + 1));
    if (!folder.starts_with('/')) folder = fs::path(document_->path).parent_path().string() + "/" + folder;
    out_.replaced.begin += static_cast<std::uint32_t>(slash) + 1;
    typed_.remove_prefix(slash + 1);
    std::error_code error;
    constexpr std::size_t kMost = 2000;
    for (fs::directory_iterator at(folder, error), end; !error && at != end && out_.items.size() < kMost; at.increment(error)) {
      std::string name = at->path().filename().string();
      std::error_code ignored;
      bool is_folder = at->is_directory(ignored);
      if (name.starts_with('.') && !typed_.starts_with('.')) continue;
      std::size_t before = out_.items.size();
      add(name, is_folder ? CompletionKind::Folder : CompletionKind::File, name.ends_with(".nix") || is_folder ? 0 : 1);
      if (out_.items.size() > before) out_.items.back().text = name;
    }
  }

  Tracer tracer_;
  DocumentPtr document_;
  const Analysis& analysis_;
  const Tree& tree_;
  Cursor cursor_;
  std::uint32_t offset_;
  std::string_view typed_;
  std::set<std::string> seen_;
  Completions out_;
};

}  // namespace

Completions complete(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset) {
  return Completer(snapshot, document, offset).run();
}

}  // namespace evalctl::lsp
