// Functions and their calls: signature help, names of arguments as inlay hints, call hierarchy.
#include <fmt/format.h>

#include <algorithm>

#include "lsp/builtins.h"
#include "lsp/cursor.h"
#include "lsp/doc_comment.h"
#include "lsp/evaluated_help.h"
#include "lsp/features.h"
#include "lsp/occurrences.h"

namespace evalctl::lsp {
namespace {

NodeId argument_of(const Tree& tree, NodeId apply) {
  NodeId function{apply.index + 1};
  return {function.index + tree.size(function)};
}

// The function at the head of `f a b`, and the number of arguments up to and with that of `apply`.
std::pair<NodeId, std::uint32_t> head_of(const Tree& tree, NodeId apply) {
  std::uint32_t count = 0;
  while (tree.kind(apply) == NodeKind::Apply) {
    apply = {apply.index + 1};
    ++count;
  }
  return {apply, count};
}

const BuiltinName* builtin_of(const Analysis& analysis, NodeId function) {
  const Tree& tree = analysis.tree;
  if (tree.kind(function) == NodeKind::Identifier) {
    return analysis.scopes[function.index].referent == parser::Referent::Global ? find_global(tree.text(function)) : nullptr;
  }
  NodeId target{function.index + 1};
  bool select = tree.kind(function) == NodeKind::Select && tree.text(target) == "builtins" &&
                analysis.scopes[target.index].referent == parser::Referent::Global;
  return select ? find_builtin(last_name(tree, function)) : nullptr;
}

// The parameters of a function written in Nix, one for each nested Lambda.
std::vector<std::string> parameters_of(const Place& function) {
  std::vector<std::string> out;
  const Tree& tree = function.tree();
  NodeId node = function.node;
  while (tree.kind(node) == NodeKind::Lambda) {
    NodeId parameter{node.index + 1};
    out.push_back(with_single_blanks(tree.text(parameter)));
    node = {parameter.index + tree.size(parameter)};
  }
  return out;
}

// Without `cancel`: what the text alone tells.
std::optional<CalledFunction> describe(const Snapshot& snapshot, const DocumentPtr& document, NodeId function, const Cancel* cancel) {
  const Analysis& analysis = document->analysis();
  if (const BuiltinName* builtin = builtin_of(analysis, function)) {
    if (!builtin->row) return std::nullopt;
    return CalledFunction{std::string(builtin->name), std::string(builtin->row->doc), words(builtin->row->params)};
  }
  Tracer tracer(snapshot);
  for (const Place& value : tracer.values({document, function})) {
    std::vector<std::string> parameters = parameters_of(value);
    if (parameters.empty()) continue;
    const Analysis& other = value.file->analysis();
    NodeId binding = other.parent(value.node);
    std::string doc;
    if (other.tree.kind(binding) == NodeKind::Binding) {
      NodeId last{0};
      for (NodeId attribute : other.tree.children({binding.index + 1})) last = attribute;
      doc = doc_comment(value.at(last));
    }
    std::string name(last_name(analysis.tree, function));
    return CalledFunction{name.empty() ? "function" : name, doc, parameters};
  }
  return cancel ? called_function(snapshot, {document, function}, *cancel) : std::nullopt;
}

}  // namespace

std::optional<Signature> signature_help(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel) {
  const Analysis& analysis = document->analysis();
  const Tree& tree = analysis.tree;
  Cursor cursor(analysis, offset);
  if (!cursor.has_before || cursor.in_comment) return std::nullopt;
  bool typing = cursor.typed.begin < cursor.typed.end;
  NodeId from = typing ? analysis.node_at(offset) : cursor.around;
  std::uint32_t limit = tree.token_range({cursor.before}).end;
  // Whatever ends at the cursor may still be typed.
  bool touching = typing || offset == limit;
  for (NodeId node = from; node.index != 0; node = analysis.parent(node)) {
    NodeId parent = analysis.parent(node);
    NodeId function = node;
    std::uint32_t active = 0;
    bool inside_argument = tree.kind(parent) == NodeKind::Apply && argument_of(tree, parent) == node &&
                           (touching || offset < tree.range(node).end);
    bool complete = !typing && tree.range(node).end == limit && offset > limit && tree.kind(parent) != NodeKind::Apply &&
                    tree.kind(parent) != NodeKind::AttrPath;
    if (inside_argument) std::tie(function, active) = head_of(tree, parent);
    else if (complete) std::tie(function, active) = head_of(tree, node);
    else continue;
    if (inside_argument) --active;
    auto known = describe(snapshot, document, function, &cancel);
    if (!known || active >= known->parameters.size()) {
      if (inside_argument) return std::nullopt;
      continue;
    }
    Signature out{known->name, known->documentation, {}, active};
    for (const std::string& parameter : known->parameters) {
      out.label += ' ';
      auto begin = static_cast<std::uint32_t>(out.label.size());
      out.label += parameter;
      out.parameters.push_back({begin, static_cast<std::uint32_t>(out.label.size())});
    }
    return out;
  }
  return std::nullopt;
}

std::vector<InlayHint> inlay_hints(const Snapshot& snapshot, const DocumentPtr& document, Range range) {
  const Analysis& analysis = document->analysis();
  const Tree& tree = analysis.tree;
  std::vector<InlayHint> out;
  auto is_literal = [&](NodeId node) {
    NodeKind kind = tree.kind(node);
    bool constant = kind == NodeKind::Identifier && analysis.scopes[node.index].referent == parser::Referent::Global &&
                    (tree.text(node) == "true" || tree.text(node) == "false" || tree.text(node) == "null");
    return constant || kind == NodeKind::Integer || kind == NodeKind::Float || kind == NodeKind::String;
  };
  for (std::uint32_t index = 0; index < tree.node_count(); ++index) {
    NodeId apply{index};
    if (tree.kind(apply) != NodeKind::Apply) continue;
    NodeId argument = argument_of(tree, apply);
    std::uint32_t at = tree.range(argument).begin;
    if (at < range.begin || at > range.end || !is_literal(argument)) continue;
    auto [function, count] = head_of(tree, apply);
    auto known = describe(snapshot, document, function, nullptr);
    // One parameter needs no name.
    if (!known || known->parameters.size() < 2 || count > known->parameters.size()) continue;
    const std::string& name = known->parameters[count - 1];
    if (!name.starts_with('{') && name != "_") out.push_back({at, name + ":", ""});
  }
  return out;
}

namespace {

// The binding of a function around or at a name.
std::optional<Callable> callable(const Place& name) {
  const Analysis& analysis = name.file->analysis();
  const Tree& tree = analysis.tree;
  NodeId path = name.parent();
  if (tree.kind(path) != NodeKind::AttrPath || tree.kind(analysis.parent(path)) != NodeKind::Binding) return std::nullopt;
  auto text = parser::static_name(tree, name.node);
  if (!text) return std::nullopt;
  return Callable{*text, {name.file->path, tree.range(name.node)}, tree.range(analysis.parent(path))};
}

bool binds_function(const Place& name) {
  const Tree& tree = name.tree();
  NodeId path = name.parent(), value{path.index + tree.size(path)};
  while (tree.kind(value) == NodeKind::Paren && tree.size(value) > 1) value = {value.index + 1};
  return tree.kind(value) == NodeKind::Lambda;
}

// The innermost binding around a node; a file without one stands for itself.
Callable caller_of(const Place& place) {
  const Analysis& analysis = place.file->analysis();
  for (NodeId node = place.node; node.index != 0; node = analysis.parent(node)) {
    if (analysis.tree.kind(node) != NodeKind::Binding) continue;
    NodeId last{0};
    for (NodeId attribute : analysis.tree.children({node.index + 1})) last = attribute;
    if (auto found = callable(place.at(last))) return *found;
  }
  std::string name = place.file->path.substr(place.file->path.rfind('/') + 1);
  return {name, {place.file->path, {0, 0}}, {0, place.file->text.size()}};
}

void add_call(std::vector<Call>& calls, Callable other, Range at) {
  for (Call& call : calls) {
    if (call.other.name_at == other.name_at) return call.at.push_back(at);
  }
  calls.push_back({std::move(other), {at}});
}

// The node of the name that a call names, as `g` of `a.g x`.
NodeId called_name(const Tree& tree, NodeId function) {
  if (tree.kind(function) == NodeKind::Identifier) return function;
  if (tree.kind(function) != NodeKind::Select) return tree.root();
  NodeId target{function.index + 1}, path{target.index + tree.size(target)}, last = tree.root();
  for (NodeId attribute : tree.children(path)) last = attribute;
  return last;
}

}  // namespace

std::vector<Callable> callable_at(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset) {
  NodeId name = name_at(document->analysis(), offset);
  std::vector<Callable> out;
  if (name == document->analysis().tree.root()) return out;
  for (const Place& place : targets_of(snapshot, {document, name})) {
    auto found = callable(place);
    if (found && binds_function(place)) out.push_back(*found);
  }
  return out;
}

std::vector<Call> outgoing_calls(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset) {
  const Analysis& analysis = document->analysis();
  const Tree& tree = analysis.tree;
  NodeId name = name_at(analysis, offset);
  std::vector<Call> out;
  NodeId binding = analysis.parent(analysis.parent(name));
  if (tree.kind(binding) != NodeKind::Binding) return out;
  for (std::uint32_t index = binding.index; index < binding.index + tree.size(binding); ++index) {
    NodeId apply{index}, function{index + 1};
    if (tree.kind(apply) != NodeKind::Apply || tree.kind(function) == NodeKind::Apply) continue;
    NodeId called = called_name(tree, function);
    if (called == tree.root()) continue;
    for (const Place& place : targets_of(snapshot, {document, called})) {
      auto found = callable(place);
      if (found && binds_function(place)) add_call(out, *found, tree.range(called));
    }
  }
  return out;
}

std::vector<Call> incoming_calls(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel) {
  const Analysis& analysis = document->analysis();
  NodeId name = name_at(analysis, offset);
  std::vector<Call> out;
  if (name == analysis.tree.root()) return out;
  for (const Occurrence& occurrence : occurrences(snapshot, {document, name}, true, cancel)) {
    if (occurrence.is_definition) continue;
    const Analysis& other = occurrence.place.file->analysis();
    NodeId function = occurrence.place.node, parent = other.parent(function);
    if (other.tree.kind(parent) == NodeKind::AttrPath) {
      function = other.parent(parent);
      parent = other.parent(function);
    }
    bool is_head = other.tree.kind(parent) == NodeKind::Apply && parent.index + 1 == function.index;
    if (is_head) add_call(out, caller_of(occurrence.place), other.tree.range(occurrence.place.node));
  }
  return out;
}

}  // namespace evalctl::lsp
