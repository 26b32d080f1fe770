// Values that need themselves: the circle, and what to do for its well-known shapes.
#include <fmt/ranges.h>

#include <algorithm>

#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::Label;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

bool is_binding_of(const parser::Tree& t, NodeId id, std::string_view name) {
  return t.kind(id) == NodeKind::Binding && t.text({id.index + 1}) == name;
}

// The function of an application and its arguments.
std::vector<NodeId> call_parts(const parser::Tree& t, NodeId id) {
  std::vector<NodeId> parts;
  while (t.kind(id) == NodeKind::Apply) {
    NodeId function{id.index + 1};
    parts.push_back({function.index + t.size(function)});
    id = function;
  }
  parts.push_back(id);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::string_view last_name(std::string_view function) {
  std::size_t dot = function.rfind('.');
  return dot == function.npos ? function : function.substr(dot + 1);
}

// Whether these nodes, from the outside in, lead to what makes up a module or its `config`.
bool is_module_body(const parser::Tree& t, const std::vector<NodeId>& chain, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    NodeKind kind = t.kind(chain[i]);
    bool passes = kind == NodeKind::Root || kind == NodeKind::Lambda || kind == NodeKind::Let || kind == NodeKind::With || kind == NodeKind::Paren ||
                  kind == NodeKind::Binary || kind == NodeKind::Assert || kind == NodeKind::AttrSet || kind == NodeKind::Apply || kind == NodeKind::List;
    if (!passes && !(kind == NodeKind::Binding && t.text({chain[i].index + 1}).starts_with("config"))) return false;
  }
  return true;
}

// `if config.a then { … } else { }` around definitions.
bool conditional_body(Diagnosis& d, std::uint32_t file, const std::vector<NodeId>& chain, std::size_t i) {
  const parser::Tree& t = d.tree(file);
  NodeId condition{chain[i].index + 1};
  if (i + 1 >= chain.size() || chain[i + 1].index != condition.index) return false;
  auto parts = children_of(t, chain[i]);
  d.out.help = "which options a module defines must not depend on `config`: write `lib.mkIf condition { … }`";
  d.out.labels.clear();
  if (t.kind(parts[2]) == NodeKind::AttrSet && t.size(parts[2]) == 1) {
    bool simple = t.kind(condition) == NodeKind::Select || t.kind(condition) == NodeKind::Identifier || t.kind(condition) == NodeKind::Paren;
    std::string c(t.text(condition));
    d.add_fix(d.range_of(file, chain[i]), fmt::format("lib.mkIf {} {}", simple ? c : "(" + c + ")", t.text(parts[1])), "use `lib.mkIf`");
  }
  return true;
}

// `lib.optionalAttrs config.a { … }`.
bool optional_body(Diagnosis& d, std::uint32_t file, NodeId apply, Position at) {
  const parser::Tree& t = d.tree(file);
  auto parts = call_parts(t, apply);
  std::string_view name = last_name(t.text(parts[0]));
  if (parts.size() < 2 || name != "optionalAttrs") return false;
  parser::Range condition = t.range(parts[1]);
  if (at.offset < condition.begin || at.offset >= condition.end) return false;
  d.out.help = "which options a module defines must not depend on `config`: write `lib.mkIf` for `lib.optionalAttrs`";
  d.out.labels.clear();
  parser::Range function = t.range(parts[0]);
  SourceRange r = d.range_of(file, {function.end - static_cast<std::uint32_t>(name.size()), function.end});
  d.add_fix(r, "mkIf", "write `mkIf`");
  return true;
}

// The shapes that modules give to the mistake.
bool in_module(Diagnosis& d, Position p) {
  const parser::Tree& t = d.tree(p.file);
  auto chain = d.around(p.file, p.offset);
  for (std::size_t i = chain.size(); i-- > 0;) {
    NodeKind kind = t.kind(chain[i]);
    bool found = false;
    if (is_binding_of(t, chain[i], "imports")) {
      d.out.help = "`imports` must not depend on `config`, nor on `pkgs` and other `_module.args`: import always and use `lib.mkIf` inside, or pass "
                   "what it needs with `specialArgs`";
      d.out.labels.clear();
      found = true;
    } else if (kind == NodeKind::If && is_module_body(t, chain, i)) {
      found = conditional_body(d, p.file, chain, i);
    } else if (kind == NodeKind::Apply && is_module_body(t, chain, i)) {
      found = optional_body(d, p.file, chain[i], p);
    }
    if (found) {
      d.set_primary(d.range_at(p, false), "this needs the configuration that is being made here");
      return true;
    }
  }
  return false;
}

// "while evaluating the option `a.b':" names the steps of a circle of options.
void circle_of_options(Diagnosis& d) {
  constexpr std::string_view kStart = "while evaluating the option `";
  std::vector<std::string> options;
  for (const Frame& f : d.error.frames) {
    if (!f.text.starts_with(kStart)) continue;
    std::string option = f.text.substr(kStart.size(), f.text.find('\'', kStart.size()) - kStart.size());
    if (std::find(options.begin(), options.end(), option) == options.end()) options.push_back(std::move(option));
  }
  if (options.empty() || options.size() > 6) return;
  options.push_back(options.front());
  std::reverse(options.begin(), options.end());
  d.out.notes.push_back(fmt::format("the options need each other: {}", fmt::join(options, " → ")));
}

// `final: prev: { hello = final.hello; }`: an overlay that takes its own result.
bool own_result(Diagnosis& d) {
  if (!d.out.primary || d.places.empty()) return false;
  const SourceRange r = d.out.primary->range;
  std::uint32_t file = d.file_number(r.file);
  if (file == 0) return false;
  const parser::Tree& t = d.tree(file);
  auto chain = d.around(file, r.begin);
  if (chain.empty() || t.kind(chain.back()) != NodeKind::Identifier) return false;
  std::string_view result = t.text(chain.back());
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (t.kind(chain[i]) != NodeKind::Lambda) continue;
    std::vector<NodeId> outer = children_of(t, chain[i]);
    if (t.kind(outer[0]) != NodeKind::Identifier || t.text(outer[0]) != result || t.kind(outer[1]) != NodeKind::Lambda) continue;
    NodeId previous{outer[1].index + 1};
    if (t.kind(previous) != NodeKind::Identifier) return false;
    d.out.help = fmt::format("`{}` is the set with all overlays applied; what this overlay changes is in `{}`", result, t.text(previous));
    d.add_fix(d.range_of(file, chain.back()), std::string(t.text(previous)), fmt::format("write `{}`", t.text(previous)));
    return true;
  }
  return false;
}

// `{ hello, ... }:` where a set is made of itself: taking it apart needs all of its names first.
bool takes_apart(Diagnosis& d) {
  if (d.places.empty() || !d.is_user(d.places.front()) || !is_pattern(d, d.places.front())) return false;
  d.out.help = "a pattern needs the names of the set before the set is made: take it as a whole (an overlay is `final: prev: { … }`)";
  auto function = d.around_of(d.places.front().file, d.places.front().offset, NodeKind::Lambda);
  if (function) d.set_primary(d.range_of(d.places.front().file, NodeId{function->index + 1}), "this pattern");
  return true;
}

}  // namespace

// `tool = f { inputs = [ final.tool ]; }`: inside of what is marked, the use of the name that is being bound.
void narrow_recursion(Diagnosis& d) {
  std::uint32_t file = d.out.primary ? d.file_number(d.out.primary->range.file) : 0;
  if (!d.is_user_file(file)) return;
  const parser::Tree& t = d.tree(file);
  const SourceRange r = d.out.primary->range;
  auto chain = d.around(file, r.begin);
  for (std::size_t k = chain.size(); k-- > 0;) {
    if (t.kind(chain[k]) != NodeKind::Binding || t.range(chain[k]).begin >= r.begin) continue;
    std::string_view name = last_name(t.text({chain[k].index + 1}));
    std::optional<NodeId> found;
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      bool use = t.kind({i}) == NodeKind::Select || (t.kind({i}) == NodeKind::Identifier && t.kind({i - 1}) != NodeKind::AttrPath);
      parser::Range at = t.range({i});
      if (!use || at.begin < r.begin || at.end > r.end || last_name(t.text({i})) != name) continue;
      if (found) return;
      found = NodeId{i};
    }
    if (found) return d.set_primary(d.range_of(file, *found), "needs itself");
  }
}

void diagnose_recursion(Diagnosis& d) {
  narrow_recursion(d);
  bool modules = std::any_of(d.places.begin(), d.places.end(), [&](Position p) { return d.file(p).path.ends_with("/lib/modules.nix"); });
  if (modules)
    for (Position p : d.places)
      if (d.is_user(p) && in_module(d, p)) return;
  for (Position p : d.places) {
    if (d.out.labels.size() == 3) break;
    if (!d.is_user(p)) continue;
    SourceRange r = d.range_at(p, false);
    auto same = [&](const Label& l) { return l.range.begin == r.begin && l.range.file == r.file; };
    if (d.out.primary && same(*d.out.primary)) continue;
    if (std::none_of(d.out.labels.begin(), d.out.labels.end(), same)) d.out.labels.push_back({r, "needs the above"});
  }
  if (own_result(d) || takes_apart(d)) return;
  if (modules) circle_of_options(d);
  d.out.help = "break the circle: one of these values must not depend on the others";
  if (modules) d.out.help += "; in modules use `mkIf` instead of `if`";
}

}  // namespace evalctl::stdlib
