#include "evaluator/normal_form.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>

#include "evaluator/binding_groups.h"
#include "evaluator/operations.h"
#include "parser/parse.h"

namespace evalctl::evaluator {
namespace {

using parser::NodeId;
using parser::NodeKind;
using parser::TokenKind;

bool is_identifier(std::string_view name) {
  static constexpr std::string_view keywords[] = {"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit"};
  if (name.empty() || std::ranges::find(keywords, name) != std::end(keywords)) return false;
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (!letter(name[0])) return false;
  return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '\'' || c == '-'; });
}

class NormalForm {
 public:
  NormalForm(Vm& vm, const parser::Tree& tree, std::string directory) : vm_(vm), tree_(tree), directory_(std::move(directory)) {}

  std::optional<std::string> print(NodeId root) {
    expression(root);
    if (vm_.error) return std::nullopt;
    return std::move(out_);
  }

 private:
  NodeId child(NodeId id, std::uint32_t number) const { return tree_.child(id, number); }
  NodeId unwrap(NodeId id) const {
    while (tree_.kind(id) == NodeKind::Paren) id = {id.index + 1};
    return id;
  }
  template <class... Parts>
  void put(Parts... parts) { (one(parts), ...); }
  void one(const char* text) { out_ += text; }
  void one(NodeId id) { expression(id); }

  void expression(NodeId id) {
    Vm::Depth level(vm_);
    if (!level || vm_.error) return;
    id = unwrap(id);
    switch (tree_.kind(id)) {
      case NodeKind::Integer: {
        std::int64_t i = 0;
        std::string_view text = tree_.text(id);
        std::from_chars(text.data(), text.data() + text.size(), i);
        out_ += fmt::format("{}", i);
        return;
      }
      case NodeKind::Float: out_ += fmt::format("{:g}", std::strtod(std::string(tree_.text(id)).c_str(), nullptr)); return;
      case NodeKind::Identifier: name(tree_.text(id)); return;
      case NodeKind::Uri: append_quoted(tree_.text(id), out_); return;
      case NodeKind::String:
      case NodeKind::IndentedString:
      case NodeKind::Path: return interpolated(id);
      case NodeKind::SearchPath:
        put("(__findFile __nixPath ");
        append_quoted(tree_.text(id).substr(1, tree_.text(id).size() - 2), out_);
        return put(")");
      case NodeKind::List:
        put("[ ");
        for (NodeId item : tree_.children(id)) put("(", item, ") ");
        return put("]");
      case NodeKind::AttrSet: return set(*group_bindings(tree_, id, groups_));
      case NodeKind::LegacyLet:
        put("(");
        set(*group_bindings(tree_, id, groups_));
        return put(").body");
      case NodeKind::Let: {
        put("(let ");
        bindings(*group_bindings(tree_, id, groups_));
        NodeId body{};
        for (NodeId c : tree_.children(id)) body = c;
        return put("in ", body, ")");
      }
      default: return compound(id);
    }
  }

  void compound(NodeId id) {
    switch (tree_.kind(id)) {
      case NodeKind::Select: {
        NodeId target = child(id, 0), at = child(id, 1);
        put("(", target, ").");
        path(at);
        if (tree_.size(id) > 1 + tree_.size(target) + tree_.size(at)) put(" or (", child(id, 2), ")");
        return;
      }
      case NodeKind::HasAttr:
        put("((", child(id, 0), ") ? ");
        path(child(id, 1));
        return put(")");
      case NodeKind::Apply: return apply(id);
      case NodeKind::Lambda: return lambda(id);
      case NodeKind::If: return put("(if ", child(id, 0), " then ", child(id, 1), " else ", child(id, 2), ")");
      case NodeKind::Assert: return put("assert ", child(id, 0), "; ", child(id, 1));
      case NodeKind::With: return put("(with ", child(id, 0), "; ", child(id, 1), ")");
      case NodeKind::Not: return put("(! ", child(id, 0), ")");
      case NodeKind::Negate: return put("(__sub 0 ", child(id, 0), ")");
      default: return binary(id);
    }
  }

  void binary(NodeId id) {
    NodeId a = child(id, 0), b = child(id, 1);
    switch (tree_.operator_of(id)) {
      case TokenKind::AndAnd: return put("(", a, " && ", b, ")");
      case TokenKind::OrOr: return put("(", a, " || ", b, ")");
      case TokenKind::Implies: return put("(", a, " -> ", b, ")");
      case TokenKind::EqualEqual: return put("(", a, " == ", b, ")");
      case TokenKind::NotEqual: return put("(", a, " != ", b, ")");
      case TokenKind::Less: return put("(__lessThan ", a, " ", b, ")");
      case TokenKind::Greater: return put("(__lessThan ", b, " ", a, ")");
      case TokenKind::LessEqual: return put("(! (__lessThan ", b, " ", a, "))");
      case TokenKind::GreaterEqual: return put("(! (__lessThan ", a, " ", b, "))");
      case TokenKind::Update: return put("(", a, " // ", b, ")");
      case TokenKind::Concat: return put("(", a, " ++ ", b, ")");
      case TokenKind::Plus: return put("(", a, " + ", b, ")");
      case TokenKind::Minus: return put("(__sub ", a, " ", b, ")");
      case TokenKind::Star: return put("(__mul ", a, " ", b, ")");
      case TokenKind::Slash: return put("(__div ", a, " ", b, ")");
      case TokenKind::PipeRight: return put("(", b, " ", a, ")");
      default: return put("(", a, " ", b, ")");
    }
  }

  void apply(NodeId id) {
    std::vector<NodeId> arguments;
    while (tree_.kind(id) == NodeKind::Apply) {
      arguments.push_back(child(id, 1));
      id = unwrap({id.index + 1});
    }
    put("(", id);
    for (auto it = arguments.rbegin(); it != arguments.rend(); ++it) put(" ", *it);
    put(")");
  }

  void name(std::string_view text) { append_name(text, out_); }

  void path(NodeId at) {
    bool first = true;
    for (NodeId element : tree_.children(at)) {
      if (!first) put(".");
      first = false;
      if (auto symbol = attribute_symbol(tree_, element)) name(text_of(*symbol));
      else computed(element);
    }
  }

  void computed(NodeId element) {
    put("\"${", tree_.kind(element) == NodeKind::Interpolation ? NodeId{element.index + 1} : element, "}\"");
  }

  void interpolated(NodeId id) {
    bool is_path = tree_.kind(id) == NodeKind::Path;
    auto literal = [&](std::string_view text) {
      if (is_path) out_ += absolute_path(text, directory_);
      else append_quoted(text, out_);
    };
    if (tree_.children(id).empty()) {
      if (is_path) {
        out_ += canonical_path(absolute_path(tree_.text(id), directory_));
      } else {
        auto parts = parser::string_parts(tree_, id);
        append_quoted(parts.empty() ? std::string_view{} : std::string_view(parts.front().text), out_);
      }
      return;
    }
    put("(");
    bool first = true;
    for (const auto& part : parser::string_parts(tree_, id)) {
      if (!first) put(" + ");
      if (part.interpolation) expression({part.interpolation->index + 1});
      else literal(part.text);
      first = false;
      is_path = false;
    }
    put(")");
  }

  void set(BindingGroup& group) {
    if (group.recursive) put("rec ");
    put("{ ");
    bindings(group);
    put("}");
  }

  void value(const GroupBinding& binding) {
    if (binding.nested) set(*binding.nested);
    else expression(binding.node);
    put("; ");
  }

  void bindings(BindingGroup& group) {
    std::sort(group.bindings.begin(), group.bindings.end(),
              [](const GroupBinding& a, const GroupBinding& b) { return text_of(a.name) < text_of(b.name); });
    std::string inherited;
    std::map<std::uint32_t, std::string> from;
    for (const GroupBinding& b : group.bindings) {
      bool outer = b.kind == GroupBinding::Kind::InheritOuter;
      if (!outer && b.kind != GroupBinding::Kind::InheritFrom) continue;
      std::string& list = outer ? inherited : from[b.source];
      list += ' ';
      append_name(text_of(b.name), list);
    }
    if (!inherited.empty()) put("inherit", inherited.c_str(), "; ");
    for (const auto& [source, names] : from) put("inherit (", group.sources[source], ")", names.c_str(), "; ");
    for (const GroupBinding& b : group.bindings) {
      if (b.kind == GroupBinding::Kind::InheritOuter || b.kind == GroupBinding::Kind::InheritFrom) continue;
      name(text_of(b.name));
      put(" = ");
      value(b);
    }
    for (const DynamicBinding& d : group.dynamic) {
      computed(d.name);
      put(" = ");
      value(d.binding);
    }
  }

  void lambda(NodeId id) {
    NodeId parameter = child(id, 0);
    put("(");
    if (tree_.kind(parameter) == NodeKind::Identifier) name(tree_.text(parameter));
    else pattern(parameter);
    put(": ", child(id, 1), ")");
  }

  void pattern(NodeId id) {
    std::vector<NodeId> formals;
    std::string bound;
    for (NodeId c : tree_.children(id)) {
      if (tree_.kind(c) == NodeKind::PatternBind) bound = std::string(tree_.text({c.index + 1}));
      else if (tree_.kind(c) == NodeKind::Formal) formals.push_back(c);
    }
    std::sort(formals.begin(), formals.end(),
              [&](NodeId a, NodeId b) { return tree_.text({a.index + 1}) < tree_.text({b.index + 1}); });
    put("{ ");
    const char* separator = "";
    for (NodeId f : formals) {
      put(separator);
      separator = ", ";
      name(tree_.text({f.index + 1}));
      if (tree_.size(f) > 2) put(" ? ", child(f, 1));
    }
    if (tree_.has_ellipsis(id)) put(separator, "...");
    put(" }");
    if (bound.empty()) return;
    put(" @ ");
    name(bound);
  }

  Vm& vm_;
  const parser::Tree& tree_;
  std::string directory_;
  std::deque<BindingGroup> groups_;
  std::string out_;
};

}  // namespace

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (c == '$' && i + 1 < text.size() && text[i + 1] == '{') out += "\\$";
    else out += c;
  }
  out += '"';
}

void append_name(std::string_view name, std::string& out) {
  if (is_identifier(name)) out += name;
  else append_quoted(name, out);
}

std::string name_as_written(Symbol name) {
  std::string out;
  append_name(text_of(name), out);
  return out;
}

std::optional<std::string> normal_form(Vm& vm, const parser::Tree& tree, std::string directory) {
  return normal_form(vm, tree, std::move(directory), {tree.root().index + 1});
}

std::optional<std::string> normal_form(Vm& vm, const parser::Tree& tree, std::string directory, NodeId expression) {
  return NormalForm(vm, tree, std::move(directory)).print(expression);
}

}  // namespace evalctl::evaluator
