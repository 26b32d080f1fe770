// Functions that only evaluation knows: what they are called with.
#include <algorithm>
#include <set>

#include "lsp/builtins.h"
#include "lsp/evaluated_help.h"
#include "lsp/value_paths.h"

namespace evalctl::lsp {
namespace {

// The innermost node of `kind` around a place that evaluation told; nothing where there is none.
std::optional<Place> node_around(const Snapshot& snapshot, const FilePlace& place, NodeKind kind) {
  DocumentPtr file = place.line == 0 ? nullptr : snapshot.document(place.path);
  if (!file || place.line > file->text.line_count()) return std::nullopt;
  const Analysis& analysis = file->analysis();
  std::uint32_t offset = file->text.line_start(place.line - 1) + (place.column > 0 ? place.column - 1 : 0);
  NodeId node = analysis.node_at(std::min(offset, file->text.size()));
  while (node.index != 0 && analysis.tree.kind(node) != kind) node = analysis.parent(node);
  return node.index == 0 ? std::nullopt : std::optional(Place{file, node});
}

// The files that may hold the text of a function: its own, and those that the attribute's binding names, as
// `a = callPackage ./b { };` does.
std::vector<DocumentPtr> files_of(const Snapshot& snapshot, const ValueInfo& info) {
  std::vector<DocumentPtr> out;
  if (auto file = info.place.line > 0 ? snapshot.document(info.place.path) : nullptr) out.push_back(file);
  auto binding = node_around(snapshot, info.attribute, NodeKind::Binding);
  if (!binding) return out;
  const Tree& tree = binding->tree();
  for (std::uint32_t i = 0; i < tree.size(binding->node); ++i) {
    NodeId node{binding->node.index + i};
    auto path = tree.kind(node) == NodeKind::Path ? path_of_literal(*binding->file, node) : std::nullopt;
    auto file = path ? snapshot.document(import_target(*path)) : nullptr;
    if (file) out.push_back(file);
  }
  out.push_back(binding->file);
  return out;
}

// Whether the name is bound to a value there, and not only inherited.
bool is_bound(const Snapshot& snapshot, const Documented& documented, std::string_view name) {
  DocumentPtr file = documented.name ? snapshot.document(documented.name->path) : nullptr;
  if (!file) return false;
  const Analysis& analysis = file->analysis();
  NodeId at = analysis.node_at(documented.name->range.begin);
  return analysis.tree.kind(analysis.parent(at)) == NodeKind::AttrPath && analysis.tree.text(at) == name;
}

// Where `a` of `inherit (e.b) a` may be found beside: in the set `b` of the same set.
std::optional<ValuePath> inherited_from(const Snapshot& snapshot, const ValuePath& path, const ValueInfo& info) {
  auto inherit = node_around(snapshot, info.attribute, NodeKind::Inherit);
  NodeId from = inherit ? NodeId{inherit->node.index + 1} : NodeId{0};
  if (!inherit || inherit->tree().kind(from) != NodeKind::InheritFrom) return std::nullopt;
  std::string set(last_name(inherit->tree(), {from.index + 1}));
  if (set.empty()) return std::nullopt;
  ValuePath out = path;
  out.names.insert(out.names.end() - 1, set);
  return out;
}

// The formals of a pattern as they are written, on one line each. Nothing where there are others than `names`.
std::vector<std::string> formals_of_pattern(const Tree& tree, NodeId pattern, const std::set<std::string>& names) {
  std::vector<std::string> out;
  for (NodeId formal : tree.children(pattern)) {
    if (tree.kind(formal) != NodeKind::Formal) continue;
    if (!names.contains(std::string(tree.text({formal.index + 1})))) return {};
    out.push_back(with_single_blanks(tree.text(formal)));
  }
  return out;
}

// `function { a = 1; }` is called with `a`; what is called is at the head of the application.
std::uint32_t number_of_arguments(const Tree& tree, NodeId expression) {
  std::uint32_t count = 0;
  for (; tree.kind(expression) == NodeKind::Apply; expression = {expression.index + 1}) ++count;
  return count;
}

}  // namespace

std::string with_single_blanks(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) out += c;
    else if (!out.ends_with(' ')) out += ' ';
  }
  return out;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<std::string> formals_as_written(const Snapshot& snapshot, const ValueInfo& info) {
  std::set<std::string> names;
  for (const std::string& argument : info.arguments) {
    if (argument != "...") names.insert(argument.ends_with('?') ? argument.substr(0, argument.size() - 1) : argument);
  }
  // Functions that wrap others have all of their arguments, and more.
  std::vector<std::string> best;
  for (const DocumentPtr& file : names.empty() ? std::vector<DocumentPtr>{} : files_of(snapshot, info)) {
    const Tree& tree = file->analysis().tree;
    for (std::uint32_t node = 0; node < tree.node_count() && best.size() < names.size(); ++node) {
      if (tree.kind({node}) != NodeKind::Pattern) continue;
      std::vector<std::string> found = formals_of_pattern(tree, {node}, names);
      if (found.size() > best.size() && found.size() * 2 >= names.size()) best = std::move(found);
    }
    if (!best.empty()) break;
  }
  for (const std::string& formal : best) names.erase(formal.substr(0, formal.find_first_of(" ?")));
  for (const std::string& argument : info.arguments) {
    bool left = argument == "..." || names.contains(argument.ends_with('?') ? argument.substr(0, argument.size() - 1) : argument);
    if (left) best.push_back(argument);
  }
  return best;
}

Documented documented_function(const Snapshot& snapshot, const ValuePath& path, const ValueInfo& info, const Cancel& cancel) {
  const std::string& name = path.names.back();
  Documented bound = documented_at(snapshot, info.attribute, name);
  if (!is_bound(snapshot, bound, name)) {
    auto beside = inherited_from(snapshot, path, info);
    auto other = beside && snapshot.evaluation() ? snapshot.evaluation()->describe(snapshot, *beside, cancel) : std::nullopt;
    // It may be another one by the same name.
    if (other && other->place == info.place) bound = documented_at(snapshot, other->attribute, name);
  }
  if (info.place.line == 0) return bound;
  Documented written = documented_at(snapshot, info.place);
  if (!is_bound(snapshot, bound, name)) return written;
  if (bound.comment.empty()) bound.comment = written.comment;
  return bound;
}

std::optional<CalledFunction> called_function(const Snapshot& snapshot, const Place& function, const Cancel& cancel) {
  Evaluation* evaluation = snapshot.evaluation();
  auto path = evaluation ? ValuePaths(snapshot).of(function) : std::nullopt;
  if (!path || path->names.empty()) return std::nullopt;
  auto info = evaluation->describe(snapshot, *path, cancel);
  if (!info || info->type != "lambda") return std::nullopt;
  const BuiltinName* builtin = info->place.line == 0 ? find_builtin(info->name) : nullptr;
  if (builtin && builtin->row) return CalledFunction{info->name, std::string(builtin->row->doc), words(builtin->row->params)};
  CalledFunction out{path->names.back(), documented_function(snapshot, *path, *info, cancel).comment, {}};
  auto lambda = node_around(snapshot, info->place, NodeKind::Lambda);
  // `x: { a, b }: e` is a function of two arguments, of which evaluation tells the first.
  for (NodeId node = lambda ? lambda->node : NodeId{0}; lambda && lambda->tree().kind(node) == NodeKind::Lambda;) {
    NodeId parameter{node.index + 1};
    bool simple = lambda->tree().kind(parameter) == NodeKind::Identifier;
    out.parameters.push_back(simple ? std::string(lambda->tree().text(parameter)) : "{ }");
    node = {parameter.index + lambda->tree().size(parameter)};
  }
  out.parameters.erase(out.parameters.begin(), out.parameters.begin() + std::min<std::ptrdiff_t>(info->given, std::ssize(out.parameters)));
  if (info->arguments.empty()) return out.parameters.empty() ? std::nullopt : std::optional(out);
  std::string set;
  for (const std::string& formal : formals_as_written(snapshot, *info)) set += (set.empty() ? "{ " : ", ") + formal;
  set += " }";
  if (out.parameters.empty()) out.parameters.push_back(set);
  else out.parameters[0] = set;
  return out;
}

std::vector<Argument> arguments_of_call(const Snapshot& snapshot, const Place& argument, const Cancel& cancel) {
  const Analysis& analysis = argument.file->analysis();
  NodeId apply = analysis.parent(argument.node), function{apply.index + 1};
  Evaluation* evaluation = snapshot.evaluation();
  bool called = analysis.tree.kind(apply) == NodeKind::Apply && function != argument.node && number_of_arguments(analysis.tree, function) == 0;
  auto path = called && evaluation ? ValuePaths(snapshot).of(argument.at(function)) : std::nullopt;
  auto info = path && !path->names.empty() ? evaluation->describe(snapshot, *path, cancel) : std::nullopt;
  std::vector<Argument> out;
  if (!info || info->type != "lambda" || info->arguments.empty()) return out;
  for (const std::string& written : formals_as_written(snapshot, *info)) {
    if (written == "...") continue;
    std::string name = written.substr(0, written.find_first_of(" ?"));
    out.push_back({name, written.size() == name.size() || written.ends_with('?') ? "" : written, written.size() != name.size()});
  }
  return out;
}

}  // namespace evalctl::lsp
