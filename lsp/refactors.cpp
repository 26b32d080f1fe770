// Rewrites that keep the value: of strings, attribute paths, `inherit`, `with`, conditions.
#include <fmt/format.h>

#include <algorithm>

#include "lsp/features.h"
#include "lsp/values.h"

namespace evalctl::lsp {
namespace {

using parser::Referent;

std::string escaped(std::string_view text, bool indented) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool interpolates = text.substr(i).starts_with("${");
    if (indented) {
      if (text.substr(i).starts_with("''")) out += "'''", ++i;
      else if (interpolates) out += "''$";
      else out += text[i];
    } else {
      switch (text[i]) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: out += interpolates ? "\\$" : std::string(1, text[i]);
      }
    }
  }
  return out;
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view kKeywords[] = {"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"};
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto more = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '\''; };
  return !name.empty() && letter(name[0]) && std::ranges::all_of(name, more) &&
         std::ranges::find(kKeywords, name) == std::end(kKeywords);
}

class Refactors {
 public:
  Refactors(const Document& document, Range range)
      : document_(document), analysis_(document.analysis()), tree_(analysis_.tree), range_(range) {}

  std::vector<Action> run() {
    // The cursor's node and those around it, up to the next binding: farther ones are not what the user means.
    NodeId node = analysis_.node_at(range_.begin);
    for (;; node = analysis_.parent(node)) {
      visit(node);
      if (node.index == 0 || tree_.kind(node) == NodeKind::Binding || tree_.kind(node) == NodeKind::Inherit) break;
    }
    extract();
    return std::move(out_);
  }

 private:
  void visit(NodeId node) {
    switch (tree_.kind(node)) {
      case NodeKind::String:
      case NodeKind::IndentedString: return string(node);
      case NodeKind::Identifier: return add_argument(node), attribute(node);
      case NodeKind::Binding: return binding(node);
      case NodeKind::Inherit: return inherit(node);
      case NodeKind::If: return on_keyword(node) ? invert(node) : void();
      case NodeKind::With: return on_keyword(node) ? with(node) : void();
      default: return;
    }
  }

  NodeId child(NodeId node, std::uint32_t number) const { return tree_.child(node, number); }
  std::string text(NodeId node) const { return std::string(tree_.text(node)); }
  bool on_keyword(NodeId node) const {
    Range keyword = tree_.token_range({tree_.node(node).first_token});
    return range_.begin >= keyword.begin && range_.begin <= keyword.end;
  }
  bool is_attribute(NodeId node) const {
    NodeKind parent = tree_.kind(analysis_.parent(node));
    return parent == NodeKind::AttrPath || parent == NodeKind::Inherit;
  }
  void add(std::string title, std::vector<Edit> edits) {
    std::ranges::sort(edits, {}, &Edit::range);
    out_.push_back({std::move(title), "refactor.rewrite", std::move(edits), false, "", {0, 0}});
  }
  void replace(std::string title, NodeId node, std::string with) { add(std::move(title), {{tree_.range(node), std::move(with)}}); }

  void string(NodeId node) {
    bool to_indented = tree_.kind(node) == NodeKind::String;
    if (is_attribute(node)) {
      auto name = parser::static_name(tree_, node);
      if (to_indented && name && is_plain_name(*name)) replace("Remove the quotes", node, *name);
      return;
    }
    std::string body;
    for (const parser::StringPart& part : parser::string_parts(tree_, node)) {
      body += part.interpolation ? text(*part.interpolation) : escaped(part.text, to_indented);
    }
    if (!to_indented) return replace("Write as a string in double quotes", node, "\"" + body + "\"");
    // Only a text that indentation stripping leaves alone, and that no escape is needed for.
    bool plain = !body.contains('\r') && !body.contains('\t') && !body.starts_with(' ') && !body.starts_with('\n') &&
                 !body.contains("\n ") && !body.ends_with('\'') && !body.ends_with('$');
    if (plain) replace("Write as an indented string", node, "''" + body + "''");
  }

  void attribute(NodeId node) {
    if (is_attribute(node)) replace("Quote the attribute name", node, "\"" + text(node) + "\"");
  }

  // An undefined name can become an argument of the outermost function.
  void add_argument(NodeId node) {
    if (analysis_.scopes[node.index].referent != Referent::Undefined) return;
    NodeId lambda = child(tree_.root(), 0);
    if (tree_.kind(lambda) != NodeKind::Lambda || tree_.kind(child(lambda, 0)) != NodeKind::Pattern) return;
    NodeId pattern = child(lambda, 0);
    std::uint32_t open = tree_.node(pattern).first_token;
    while (tree_.token_kind({open}) != TokenKind::LeftBrace) ++open;
    std::uint32_t next = open + 1;
    while (parser::is_trivia(tree_.token_kind({next}))) ++next;
    bool empty = tree_.token_kind({next}) == TokenKind::RightBrace;
    std::uint32_t at = tree_.token_range({open}).end;
    add(fmt::format("Add '{}' to the arguments", tree_.text(node)), {{{at, at}, fmt::format(" {}{}", tree_.text(node), empty ? " " : ",")}});
  }

  void binding(NodeId node) {
    NodeId path = child(node, 0), value = child(node, 1);
    NodeId set = analysis_.parent(node);
    // `a = { b = 1; c = 2; };` is `a.b = 1; a.c = 2;`, where nothing else adds to `a`.
    bool plain_set = tree_.kind(value) == NodeKind::AttrSet && !tree_.is_recursive(value) && tree_.size(value) > 1;
    if (plain_set && on_path(path) && !has_comment(value)) {
      std::string flat;
      bool possible = true;
      for (NodeId part : tree_.children(value)) {
        if (tree_.kind(part) != NodeKind::Binding) possible = false;
        else flat += fmt::format("{}{}.{}", flat.empty() ? "" : indent_of(node), tree_.text(path), tree_.text(part));
      }
      if (possible) replace("Flatten to paths", node, flat);
    }
    // `a.b = 1; a.c = 2;` is `a = { b = 1; c = 2; };`.
    if (tree_.size(path) > 2 && on_path(path)) nest(node, path, set);
    expand_to_inherit(node, path, value);
  }

  bool on_path(NodeId path) const {
    Range range = tree_.range(path);
    return range_.begin >= range.begin && range_.begin <= range.end;
  }
  bool has_comment(NodeId node) const {
    for (std::uint32_t token = tree_.node(node).first_token; token < tree_.node(node).end_token; ++token) {
      TokenKind kind = tree_.token_kind({token});
      if (kind == TokenKind::LineComment || kind == TokenKind::BlockComment) return true;
    }
    return false;
  }
  // A line end and the indentation of the line that the node begins in, or a blank where it does not begin its line.
  std::string indent_of(NodeId node) const {
    std::uint32_t begin = tree_.range(node).begin, line = document_.text.line_of(begin);
    std::string_view before = document_.text.line(line).substr(0, begin - document_.text.line_start(line));
    bool alone = before.find_first_not_of(" \t") == before.npos;
    return alone ? "\n" + std::string(before) : " ";
  }

  void nest(NodeId node, NodeId path, NodeId set) {
    std::string head(tree_.text(child(path, 0)));
    std::vector<NodeId> same;
    for (NodeId part : tree_.children(set)) {
      if (tree_.kind(part) != NodeKind::Binding || tree_.text(child(child(part, 0), 0)) != head) continue;
      if (tree_.size(child(part, 0)) <= 2 || has_comment(part)) return;
      same.push_back(part);
    }
    if (same.empty()) return;
    std::string separator = indent_of(node), inside;
    for (NodeId part : same) {
      NodeId own = child(part, 0), second = child(own, 1);
      std::string_view rest = tree_.slice({tree_.range(second).begin, tree_.range(part).end});
      inside += fmt::format("{}{}{}", separator, separator.starts_with('\n') ? "  " : "", rest);
    }
    std::vector<Edit> edits = {{tree_.range(same[0]), fmt::format("{} = {{{}{}}};", head, inside, separator)}};
    for (std::size_t i = 1; i < same.size(); ++i) edits.push_back(remove_node(tree_, same[i]));
    add("Nest in one set", std::move(edits));
  }

  void expand_to_inherit(NodeId node, NodeId path, NodeId value) {
    bool same = tree_.size(path) == 2 && tree_.kind(value) == NodeKind::Identifier && tree_.text(path) == tree_.text(value);
    NodeId set = analysis_.parent(node);
    bool plain = tree_.kind(set) == NodeKind::AttrSet && !tree_.is_recursive(set);
    if (same && plain) replace("Write as 'inherit'", node, fmt::format("inherit {};", tree_.text(value)));
  }

  void inherit(NodeId node) {
    NodeId from{node.index + 1};
    if (tree_.size(node) == 1) return;
    bool has_from = tree_.kind(from) == NodeKind::InheritFrom;
    NodeId set = analysis_.parent(node);
    // Without a source, `a = a;` means the same only where the set is not recursive.
    if (!has_from && (tree_.kind(set) != NodeKind::AttrSet || tree_.is_recursive(set))) return;
    std::string source;
    if (has_from) {
      NodeId inner = child(from, 0);
      bool simple = tree_.kind(inner) == NodeKind::Identifier || tree_.kind(inner) == NodeKind::Select;
      source = (simple ? text(inner) : text(from)) + ".";
    }
    std::string bindings;
    for (NodeId name : tree_.children(node)) {
      if (tree_.kind(name) == NodeKind::InheritFrom) continue;
      if (tree_.kind(name) != NodeKind::Identifier || has_comment(node)) return;
      bindings += fmt::format("{}{} = {}{};", bindings.empty() ? "" : indent_of(node), tree_.text(name), source, tree_.text(name));
    }
    if (!bindings.empty()) replace("Write as bindings", node, bindings);
  }

  void invert(NodeId node) {
    NodeId condition = child(node, 0), yes = child(node, 1), no = child(node, 2);
    std::string negated;
    if (tree_.kind(condition) == NodeKind::Not) {
      negated = text(child(condition, 0));
    } else {
      NodeKind kind = tree_.kind(condition);
      bool simple = kind == NodeKind::Identifier || kind == NodeKind::Select || kind == NodeKind::Paren || kind == NodeKind::Apply ||
                    kind == NodeKind::HasAttr;
      negated = simple ? "!" + text(condition) : "!(" + text(condition) + ")";
    }
    add("Swap the branches", {{tree_.range(condition), negated}, {tree_.range(yes), text(no)}, {tree_.range(no), text(yes)}});
  }

  // `with a; [ b ]` is `[ a.b ]` where `a` is a plain name and no other `with` could bring the names.
  void with(NodeId node) {
    NodeId scope = child(node, 0), body = child(node, 1);
    bool simple = tree_.kind(scope) == NodeKind::Identifier || tree_.kind(scope) == NodeKind::Select;
    if (!simple || has_outer_with(node)) return;
    std::vector<Edit> edits = {{{tree_.range(node).begin, tree_.range(body).begin}, ""}};
    std::string source = text(scope);
    for (std::uint32_t index = body.index; index < body.index + tree_.size(body); ++index) {
      NodeId name{index};
      if (tree_.kind(name) == NodeKind::With) return;
      if (analysis_.scopes[index].referent != Referent::With) continue;
      if (tree_.kind(analysis_.parent(name)) == NodeKind::Inherit) return;
      edits.push_back({tree_.range(name), source + "." + text(name)});
    }
    if (edits.size() > 1) add("Write without 'with'", std::move(edits));
  }
  bool has_outer_with(NodeId node) const {
    for (NodeId outer = analysis_.parent(node); outer.index != 0; outer = analysis_.parent(outer)) {
      if (tree_.kind(outer) == NodeKind::With) return true;
    }
    return false;
  }

  // A selected expression becomes a binding of a `let` around the value that it is part of.
  void extract() {
    if (range_.begin == range_.end) return;
    NodeId selected{0};
    for (std::uint32_t index = 1; index < tree_.node_count(); ++index) {
      NodeKind kind = tree_.kind({index});
      bool expression = kind != NodeKind::AttrPath && kind != NodeKind::Binding && kind != NodeKind::Interpolation &&
                        kind != NodeKind::Pattern && kind != NodeKind::Formal && kind != NodeKind::Error;
      if (expression && tree_.range({index}) == range_ && !is_attribute({index})) {
        selected = {index};
        break;
      }
    }
    if (selected.index == 0) return;
    NodeId around = selected;
    auto ends = [&](NodeId node) {
      NodeKind kind = tree_.kind(node);
      return kind == NodeKind::Binding || kind == NodeKind::Lambda || kind == NodeKind::Root || kind == NodeKind::With ||
             kind == NodeKind::Let || kind == NodeKind::Inherit || kind == NodeKind::Formal;
    };
    while (!ends(analysis_.parent(around))) around = analysis_.parent(around);
    if (tree_.kind(analysis_.parent(around)) == NodeKind::Formal || tree_.kind(analysis_.parent(around)) == NodeKind::Inherit) return;
    std::uint32_t begin = tree_.range(around).begin;
    std::string name = "value";
    while (tree_.text().contains(name)) name += '_';
    bool needs_end = tree_.kind(analysis_.parent(around)) == NodeKind::With &&
                     child(analysis_.parent(around), 0) == around;
    if (needs_end) return;
    add("Extract to 'let'", {{{begin, begin}, fmt::format("let {} = {}; in ", name, tree_.text(selected))}, {range_, name}});
  }

  const Document& document_;
  const Analysis& analysis_;
  const Tree& tree_;
  Range range_;
  std::vector<Action> out_;
};

}  // namespace

std::vector<Action> refactors(const Document& document, Range range) { return Refactors(document, range).run(); }

}  // namespace evalctl::lsp
