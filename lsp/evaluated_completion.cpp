// Completion from the tree of options and from evaluated sets.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lsp/evaluated_help.h"
#include "lsp/fuzzy.h"
#include "lsp/modules.h"
#include "lsp/option_types.h"
#include "lsp/value_paths.h"

namespace evalctl::lsp {
namespace {

// A client shows no more at once, and asks again when more is typed.
constexpr std::size_t kMostItems = 300;

bool is_plain(std::string_view name) {
  auto good = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '\''; };
  return !name.empty() && (std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_') && std::ranges::all_of(name, good);
}

class EvaluatedCompleter {
 public:
  EvaluatedCompleter(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel, Completions& out)
      : snapshot_(snapshot), evaluation_(*snapshot.evaluation()), document_(document), analysis_(document->analysis()), tree_(analysis_.tree),
        cursor_(analysis_, offset), offset_(offset), is_module_(is_module_of(snapshot, *document)),
        typed_(tree_.slice({cursor_.typed.begin, std::min(offset, cursor_.typed.end)})), cancel_(cancel), out_(out) {
    for (const Completion& item : out.items) seen_.insert(item.label);
  }

  void run() {
    if (cursor_.in_comment || !cursor_.has_before) return;
    // Files, which the text alone tells.
    if (!cursor_.in_string && !out_.items.empty() && out_.items[0].kind <= CompletionKind::Folder && out_.items[0].kind >= CompletionKind::File) return;
    if (cursor_.in_string) return string_value();
    if (opens_string()) {
      out_.items.clear();
      return string_value();
    }
    TokenKind before = tree_.token_kind({cursor_.before});
    std::vector<std::string> names;
    if (auto set = binding_position(names)) {
      if (names.empty()) arguments(*set);
      return option_names(*set, names);
    }
    if (before == TokenKind::Dot) after_dot();
    else if (inherit_from()) {}
    else if (in_pattern()) formals();
    else expression();
    flush();
  }

 private:
  struct Candidate { int score; Completion item; };

  void offer(std::string_view label, CompletionKind kind, std::uint32_t rank, std::string detail, std::string documentation,
             std::optional<ValuePath> value = std::nullopt) {
    auto score = fuzzy_score(typed_, label);
    // `true` is a name like others but where it is a value that an option takes.
    if (kind == CompletionKind::Enum && seen_.contains(label) && std::erase_if(out_.items, [&](const Completion& item) { return item.label == label; }) > 0) {
      seen_.erase(seen_.find(label));
    }
    if (!score || label.empty() || label.starts_with('<') || label == "*" || seen_.contains(label)) return;
    std::string text = is_plain(label) || kind == CompletionKind::Enum ? std::string(label) : "\"" + std::string(label) + "\"";
    candidates_.push_back({*score, {std::string(label), kind, std::move(detail), std::move(documentation), std::move(text), rank, std::move(value)}});
  }

  // The best go out.
  void flush() {
    std::ranges::sort(candidates_, [](const Candidate& a, const Candidate& b) {
      return a.item.rank != b.item.rank ? a.item.rank < b.item.rank : a.score != b.score ? a.score > b.score : a.item.label < b.item.label;
    });
    for (Candidate& candidate : candidates_) {
      if (out_.items.size() >= kMostItems) {
        out_.incomplete = true;
        break;
      }
      if (seen_.insert(candidate.item.label).second) out_.items.push_back(std::move(candidate.item));
    }
    candidates_.clear();
  }

  // ---- `{ a.b.| }`: the set, and the names before the cursor.
  std::optional<NodeId> binding_position(std::vector<std::string>& names) {
    std::uint32_t at = cursor_.before;
    auto previous = [&] {
      while (at > 0 && parser::is_trivia(tree_.token_kind({--at}))) {}
    };
    while (tree_.token_kind({at}) == TokenKind::Dot && at > 0) {
      previous();
      if (tree_.token_kind({at}) == TokenKind::Quote) {
        // "a b": its text stands between two quotes.
        if (at < 2 || tree_.token_kind({at - 1}) != TokenKind::StringText) return std::nullopt;
        names.insert(names.begin(), std::string(tree_.token_text({at - 1})));
        at -= 2;
      } else if (tree_.token_kind({at}) == TokenKind::Identifier || (tree_.token_kind({at}) == TokenKind::Invalid && is_plain(tree_.token_text({at})))) {
        names.insert(names.begin(), std::string(tree_.token_text({at})));
      } else {
        return std::nullopt;
      }
      previous();
    }
    TokenKind kind = tree_.token_kind({at});
    if (kind != TokenKind::LeftBrace && kind != TokenKind::Semicolon) return std::nullopt;
    // The set that the brace opens, or whose binding the semicolon ends.
    NodeId node = tree_.root();
    for (std::uint32_t index = 0; index < tree_.node_count(); ++index) {
      const parser::Node& n = tree_.node({index});
      if (n.first_token > at) break;
      bool opens = kind == TokenKind::LeftBrace || n.first_token < at;
      if (n.end_token > at && opens && n.kind == NodeKind::AttrSet) node = {index};
      else if (n.end_token > at && (n.kind == NodeKind::Let || n.kind == NodeKind::With || n.kind == NodeKind::Assert || n.kind == NodeKind::List) &&
               n.first_token <= at) node = {index};
    }
    return tree_.kind(node) == NodeKind::AttrSet ? std::optional(node) : std::nullopt;
  }

  // `function { | }`
  void arguments(NodeId set) {
    std::set<std::string_view> taken;
    for (NodeId part : tree_.children(set)) {
      bool bound = tree_.kind(part) == NodeKind::Binding && !(tree_.range({part.index + 2}) == cursor_.typed);
      if (bound) taken.insert(tree_.text({part.index + 2}));
    }
    for (const Argument& one : arguments_of_call(snapshot_, {document_, set}, cancel_)) {
      if (!taken.contains(one.name)) offer(one.name, CompletionKind::Property, one.optional ? 1 : 0, one.written, "");
    }
    flush();
  }

  // What is known of the options at and below `path`.
  OptionIndexPtr index(const std::vector<std::string>& path) {
    return index_ = evaluation_.options_around(snapshot_, document_->path, path, cancel_);
  }

  void option_names(NodeId set, const std::vector<std::string>& names) {
    auto path = option_path_of(analysis_, set);
    if (!path && is_module_) return long_names(set, names);
    if (!path || !is_module_) return;
    std::set<std::string> taken;
    if (names.empty()) {
      for (NodeId part : tree_.children(set)) {
        bool leaf = tree_.kind(part) == NodeKind::Binding && tree_.size(tree_.child(part, 0)) == 2 && !(tree_.range({part.index + 2}) == cursor_.typed);
        if (leaf) taken.insert(std::string(tree_.text({part.index + 2})));
      }
    }
    path->insert(path->end(), names.begin(), names.end());
    options_below(*path, taken);
    flush();
  }

  // `config.services.|` in a module that also declares.
  void long_names(NodeId set, const std::vector<std::string>& names) {
    if (names.empty() || names[0] != "config" || analysis_.parent(set).index == 0) return;
    options_below({names.begin() + 1, names.end()}, {});
    flush();
  }

  void options_below(const std::vector<std::string>& path, const std::set<std::string>& taken) {
    if (!index(path)) return;
    OptionPlace place = look_up(*index_, path);
    if (place.known < path.size()) return;
    for (const OptionIndex::Child& one : index_->children(place.key)) {
      std::string name(one.name);
      if (taken.contains(name)) continue;
      std::string key = place.key + name + '\0';
      if (!one.option) {
        offer(name, CompletionKind::Module, 0, "options", "");
        continue;
      }
      bool hidden = (one.option->flags & (Option::kHidden | Option::kInternal)) != 0;
      std::vector<std::string> full = path;
      full.push_back(name);
      if (index_->has_only_names()) {
        offer(name, CompletionKind::Property, hidden ? 2 : 0, "", "", ValuePath{Base::Configuration, document_->path, full});
        continue;
      }
      std::vector<std::string_view> declarations = declarations_of(*index_, {.key = key_of(full), .option = one.option, .type = {}});
      offer(name, CompletionKind::Property, hidden ? 2 : 0, one.option->type().description, option_markdown(full, *one.option, std::nullopt, declarations));
    }
  }

  // ---- `a = |`
  // The path of the value at the cursor; "*" for an element of a list.
  std::optional<std::vector<std::string>> value_position() {
    NodeId node = cursor_.around;
    for (; node.index != 0; node = analysis_.parent(node)) {
      switch (tree_.kind(node)) {
        case NodeKind::Binding: {
          std::uint32_t path_end = tree_.node(tree_.child(node, 0)).end_token;
          if (cursor_.before < path_end) return std::nullopt;
          return option_path_of(analysis_, tree_.child(node, 1));
        }
        case NodeKind::List: {
          auto path = option_path_of(analysis_, node);
          if (path) path->emplace_back("*");
          return path;
        }
        case NodeKind::AttrSet:
        case NodeKind::Lambda:
        case NodeKind::Interpolation: return std::nullopt;
        default: break;
      }
    }
    return std::nullopt;
  }

  std::optional<OptionType> value_type() {
    auto path = is_module_ ? value_position() : std::nullopt;
    if (!path || !index(*path)) return std::nullopt;
    return look_up(*index_, *path).type;
  }

  // `wants_packages`: those of pkgs, by whole name.
  void literals(const OptionType& type, bool in_string, bool wants_packages) {
    for (const std::string& literal : literals_of(type)) {
      bool quoted = literal.starts_with('"');
      if (in_string && quoted && literal.size() >= 2) offer(literal.substr(1, literal.size() - 2), CompletionKind::Enum, 0, type.description, "");
      else if (!in_string) offer(literal, CompletionKind::Enum, 0, type.description, "");
    }
    if (wants_packages && takes_packages(type)) offer_members({Base::Packages, document_->path, {}}, CompletionKind::Value, 3, "pkgs.");
  }

  // Right behind the first quote of a string without a text.
  bool opens_string() const {
    if (tree_.token_kind({cursor_.token}) != TokenKind::Quote || tree_.token_range({cursor_.token}).end != cursor_.typed.begin) return false;
    for (std::uint32_t index = 0; index < tree_.node_count(); ++index) {
      if (tree_.kind({index}) == NodeKind::String && tree_.node({index}).first_token == cursor_.token) return true;
    }
    return false;
  }

  void string_value() {
    TokenKind kind = tree_.token_kind({cursor_.token});
    if (kind != TokenKind::StringText && kind != TokenKind::Quote) return;
    bool opening = kind == TokenKind::Quote;
    // Of a string that is only closed, the file may begin with the text.
    if (!opening && cursor_.token == 0) return;
    std::uint32_t quote = opening ? cursor_.token : cursor_.token - 1;
    if (tree_.token_kind({quote}) != TokenKind::Quote) return;
    Range text = opening ? Range{tree_.token_range({quote}).end, tree_.token_range({quote}).end} : tree_.token_range({cursor_.token});
    auto type = value_type();
    if (!type) return;
    // Without its closing quote a string goes on over the lines that follow.
    if (tree_.slice(text).contains('\n')) text.end = std::clamp(offset_, text.begin, text.end);
    typed_ = tree_.slice(text);
    out_.replaced = text;
    literals(*type, true, false);
    flush();
  }

  // ---- Names in expressions
  void expression() {
    ValuePaths paths(snapshot_);
    std::vector<ValuePath> scopes = paths.scopes({document_, cursor_.around});
    bool begins_body = tree_.kind(cursor_.around) == NodeKind::With && tree_.token_kind({cursor_.before}) == TokenKind::Semicolon;
    auto own = begins_body ? paths.of({document_, tree_.child(cursor_.around, 0)}) : std::nullopt;
    if (own) scopes.insert(scopes.begin(), std::move(*own));
    // `with pkgs;` gives them by their plain names.
    bool has_packages = std::ranges::any_of(scopes, [](const ValuePath& scope) { return scope.base == Base::Packages && scope.names.empty(); });
    if (auto type = value_type()) literals(*type, false, !has_packages);
    for (const ValuePath& scope : scopes) {
      offer_members(scope, CompletionKind::Variable, 5, "");
    }
  }

  void offer_members(const ValuePath& set, CompletionKind kind, std::uint32_t rank, std::string_view prefix) {
    auto names = evaluation_.members(snapshot_, set, cancel_);
    if (!names) {
      out_.incomplete = true;
      return;
    }
    // Of tens of thousands only the best become items.
    std::vector<std::pair<int, const std::string*>> fitting;
    for (const std::string& name : *names) {
      auto score = fuzzy_score(typed_, name);
      if (!score && !prefix.empty()) score = fuzzy_score(typed_, std::string(prefix) + name);
      if (score) fitting.emplace_back(-*score, &name);
    }
    std::size_t most = std::min(fitting.size(), kMostItems);
    if (most < fitting.size()) out_.incomplete = true;
    std::partial_sort(fitting.begin(), fitting.begin() + static_cast<std::ptrdiff_t>(most), fitting.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : *a.second < *b.second;
    });
    for (std::size_t i = 0; i < most; ++i) {
      const std::string& name = *fitting[i].second;
      ValuePath value = set;
      value.names.push_back(name);
      if (prefix.empty()) offer(name, kind, rank, "", "", std::move(value));
      else if (is_plain(name)) offer(std::string(prefix) + name, kind, rank, "", "", std::move(value));
    }
  }

  void after_dot() {
    NodeId select = selection_around(tree_, cursor_.before);
    if (select == tree_.root()) return;
    NodeId target = tree_.child(select, 0), path = tree_.child(select, 1);
    auto value = ValuePaths(snapshot_).of({document_, target});
    if (!value) return;
    ValuePath whole = *value;
    for (NodeId attribute : tree_.children(path)) {
      if (tree_.node(attribute).end_token > cursor_.before) break;
      auto name = parser::static_name(tree_, attribute);
      whole.names.push_back(name.value_or("<system>"));
    }
    if (whole.base == Base::Packages && !whole.names.empty() && whole.names[0] == "lib") {
      whole.base = Base::Library;
      whole.names.erase(whole.names.begin());
    }
    if (whole.base == Base::Configuration) {
      options_below(whole.names, {});
      if (!candidates_.empty()) return;
    }
    std::size_t before = candidates_.size();
    offer_members(whole, CompletionKind::Field, 0, "");
    // A flake's outputs are named by system.
    (void)before;
  }

  // ---- `inherit (pkgs) |`
  bool inherit_from() {
    NodeId node = cursor_.around;
    while (node.index != 0 && tree_.kind(node) != NodeKind::Inherit && tree_.kind(node) != NodeKind::Binding) node = analysis_.parent(node);
    if (tree_.kind(node) != NodeKind::Inherit || tree_.size(node) < 2 || tree_.kind({node.index + 1}) != NodeKind::InheritFrom) return false;
    if (cursor_.before + 1 < tree_.node({node.index + 1}).end_token) return false;
    if (tree_.token_kind({cursor_.before}) == TokenKind::Semicolon) return false;
    auto value = ValuePaths(snapshot_).of({document_, {node.index + 2}});
    if (value) offer_members(*value, CompletionKind::Field, 0, "");
    return true;
  }

  // ---- `{ lib, | }:` of a package
  bool in_pattern() const {
    TokenKind before = tree_.token_kind({cursor_.before});
    NodeId node = cursor_.around;
    if (tree_.kind(node) == NodeKind::Identifier) node = analysis_.parent(node);
    if (tree_.kind(node) == NodeKind::Formal) node = analysis_.parent(node);
    return tree_.kind(node) == NodeKind::Pattern && (before == TokenKind::Comma || before == TokenKind::LeftBrace);
  }

  void formals() {
    if (is_module_) {
      for (const char* name : {"config", "lib", "modulesPath", "options", "pkgs"}) offer(name, CompletionKind::Variable, 0, "argument of modules", "");
      return;
    }
    if (!typed_.empty()) offer_members({Base::Packages, document_->path, {}}, CompletionKind::Variable, 1, "");
  }

  const Snapshot& snapshot_;
  Evaluation& evaluation_;
  const DocumentPtr& document_;
  const Analysis& analysis_;
  const Tree& tree_;
  Cursor cursor_;
  std::uint32_t offset_;
  bool is_module_;
  std::string_view typed_;
  const Cancel& cancel_;
  Completions& out_;
  OptionIndexPtr index_;
  std::set<std::string, std::less<>> seen_;
  std::vector<Candidate> candidates_;
};

}  // namespace

void complete_evaluated(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel, Completions& out) {
  if (snapshot.evaluation()) EvaluatedCompleter(snapshot, document, offset, cancel, out).run();
}

void resolve_completion(const Snapshot& snapshot, Completion& item, const Cancel& cancel) {
  if (!item.value || !snapshot.evaluation()) return;
  if (item.value->base == Base::Configuration) {
    OptionIndexPtr index = snapshot.evaluation()->options_around(snapshot, item.value->file, item.value->names, cancel);
    OptionPlace place = index ? look_up(*index, item.value->names) : OptionPlace{};
    if (place.option && place.known == item.value->names.size() && !index->has_only_names()) {
      item.detail = place.option->type().description;
      item.documentation = option_markdown(item.value->names, *place.option, std::nullopt, declarations_of(*index, place));
      return;
    }
  }
  auto info = snapshot.evaluation()->describe(snapshot, *item.value, cancel);
  if (!info) return;
  if (item.detail.empty()) item.detail = info->type == "derivation" ? info->version : info->type;
  if (item.documentation.empty()) item.documentation = value_markdown(snapshot, *item.value, *info, cancel);
}

}  // namespace evalctl::lsp
