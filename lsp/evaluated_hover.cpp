// Help on options and evaluated values.
#include <fmt/format.h>

#include <algorithm>

#include "lsp/builtins.h"
#include "lsp/doc_comment.h"
#include "lsp/evaluated_help.h"
#include "lsp/manual_markup.h"
#include "lsp/modules.h"
#include "lsp/occurrences.h"
#include "lsp/option_types.h"
#include "lsp/value_paths.h"

namespace evalctl::lsp {
namespace {

std::string code(std::string_view text) { return fmt::format("```nix\n{}\n```", text); }

std::string one_line(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\n' ? ' ' : c;
  return out;
}

// A set of formals: on one line, or a line for each.
std::string argument_set(const std::vector<std::string>& formals) {
  constexpr std::size_t kWidth = 80;
  std::string line, lines;
  for (const std::string& one : formals) {
    line += (line.empty() ? "" : ", ") + one;
    lines += fmt::format("  {},\n", one);
  }
  return line.size() <= kWidth ? fmt::format("{{ {} }}", line) : fmt::format("{{\n{}}}", lines);
}

std::string priority_note(std::uint32_t priority) {
  switch (priority) {
    case 0:
    case 100: return "";
    case 50: return " (mkForce)";
    case 1000: return " (mkDefault)";
    case 1500: return " (default)";
    default: return fmt::format(" (priority {})", priority);
  }
}

}  // namespace

bool is_module_of(const Snapshot& snapshot, const Document& document) {
  const Analysis& analysis = document.analysis();
  if (is_module(analysis)) return true;
  if (is_flake_of_modules(analysis)) return snapshot.evaluation() && snapshot.evaluation()->is_configured(snapshot, document.path);
  const Tree& tree = analysis.tree;
  bool plain_set = tree.size(tree.root()) > 1 && tree.kind({1}) == NodeKind::AttrSet;
  Evaluation* evaluation = snapshot.evaluation();
  if (!plain_set || !evaluation || !evaluation->is_configured(snapshot, document.path)) return false;
  OptionIndexPtr index = evaluation->options(snapshot, document.path);
  if (!index) return false;
  std::vector<OptionBinding> bindings = option_bindings(analysis);
  bool defines = false;
  std::size_t foreign = 0;
  for (const OptionBinding& binding : bindings) {
    OptionPlace place = look_up(*index, binding.path);
    foreign += place.known == 0;
    defines |= place.option && place.known == binding.path.size();
  }
  return defines && foreign * 2 <= bindings.size();
}

std::optional<OptionAt> option_at(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset) {
  const Analysis& analysis = document->analysis();
  const Tree& tree = analysis.tree;
  NodeId name = name_at(analysis, offset);
  if (name == tree.root() || !is_module_of(snapshot, *document)) return std::nullopt;
  NodeId path = analysis.parent(name);
  if (tree.kind(path) == NodeKind::AttrPath && tree.kind(analysis.parent(path)) == NodeKind::Binding) {
    NodeId binding = analysis.parent(path);
    auto outer = option_path_of(analysis, analysis.parent(binding));
    bool in_config = !outer && tree.text({path.index + 1}) == "config";
    if (!outer && !in_config) return std::nullopt;
    std::vector<std::string> names = outer.value_or(std::vector<std::string>());
    for (NodeId attribute : tree.children(path)) {
      if (!(in_config && attribute.index == path.index + 1)) names.push_back(parser::static_name(tree, attribute).value_or("<name>"));
      if (attribute == name) break;
    }
    if (names.empty()) return std::nullopt;
    return OptionAt{std::move(names), tree.range(name)};
  }
  auto value = ValuePaths(snapshot).of_name({document, name});
  if (!value || value->base != Base::Configuration || value->names.empty()) return std::nullopt;
  return OptionAt{value->names, tree.range(name)};
}

std::string option_markdown(const std::vector<std::string>& path, const Option& option, const std::optional<OptionState>& state,
                            const std::vector<std::string_view>& declarations) {
  std::string out = code(show_option(key_of(path)));
  OptionType type = option.type();
  if (!type.description.empty()) out += "\n*" + type.description + "*";
  if (option.flags & Option::kReadOnly) out += " (read-only)";
  if (!option.description.empty()) out += "\n\n" + from_manual(option.description);
  // What stands for the default may be a sentence.
  if (option.default_text.contains('`')) out += "\n\nDefault: " + from_manual(option.default_text);
  else if (!option.default_text.empty()) out += fmt::format("\n\nDefault: `{}`", one_line(option.default_text));
  if (!option.example.empty()) out += option.example.contains('\n') ? "\n\nExample:\n" + code(option.example) : fmt::format("\n\nExample: `{}`", option.example);
  if (state && state->known) {
    if (!state->error.empty()) out += "\n\nNow: " + one_line(state->error);
    else if (!state->value.empty()) out += fmt::format("\n\nNow: `{}`{}", one_line(state->value), priority_note(state->priority));
    for (const OptionState::Definition& one : state->definitions) out += fmt::format("\n- `{}` in {}", one_line(one.value), one.file);
  }
  for (std::string_view declaration : declarations) {
    std::string_view file = declaration.substr(0, declaration.find(':'));
    out += fmt::format("\n\nDeclared in {}", file);
  }
  return out;
}

Documented documented_at(const Snapshot& snapshot, const FilePlace& place, std::string_view name) {
  Documented out;
  DocumentPtr file = place.line == 0 ? nullptr : snapshot.document(place.path);
  if (!file || place.line > file->text.line_count()) return out;
  const Analysis& analysis = file->analysis();
  const Tree& tree = analysis.tree;
  std::uint32_t offset = file->text.line_start(place.line - 1) + (place.column > 0 ? place.column - 1 : 0);
  // The binding around; the first lambda on the line where a package has its position.
  NodeId node = analysis.node_at(std::min(offset, file->text.size()));
  while (node.index != 0 && tree.kind(node) != NodeKind::Binding && tree.kind(node) != NodeKind::Inherit) node = analysis.parent(node);
  if (node.index == 0) return out;
  NodeId attribute{node.index + 1};
  if (tree.kind(node) == NodeKind::Binding) {
    for (NodeId part : tree.children({node.index + 1})) attribute = part;
  } else {
    for (NodeId part : tree.children(node)) {
      Range range = tree.range(part);
      if (name.empty() ? range.begin <= offset && offset <= range.end : tree.slice(range) == name) attribute = part;
    }
  }
  // `inherit (strings) toLower` is not where it is written.
  std::vector<Place> targets = tree.kind(node) == NodeKind::Inherit ? targets_of(snapshot, {file, attribute}) : std::vector<Place>{};
  Place written = targets.empty() ? Place{file, attribute} : targets[0];
  out.comment = doc_comment(written);
  out.source = tree.text(node);
  out.name = Location{written.file->path, written.tree().range(written.node)};
  return out;
}

std::string value_markdown(const Snapshot& snapshot, const ValuePath& path, const ValueInfo& info, const Cancel& cancel) {
  std::string name = path.names.empty() ? "" : path.names.back();
  if (!info.error.empty()) return fmt::format("`{}` cannot be evaluated: {}", name, info.error);
  if (info.type == "derivation") {
    std::string out = fmt::format("**{}**", info.name.empty() ? name : info.name);
    if (!info.description.empty()) out += "\n\n" + info.description;
    if (!info.version.empty()) out += "\n\nVersion: " + info.version;
    if (!info.license.empty()) out += "\n\nLicense: " + info.license;
    if (info.broken) out += "\n\nIt is marked as broken.";
    if (info.unfree) out += "\n\nIt is unfree.";
    if (!info.homepage.empty()) out += fmt::format("\n\n<{}>", info.homepage);
    if (!info.place.path.empty()) out += fmt::format("\n\n`{}{}`", info.place.path, info.place.line > 0 ? fmt::format(":{}", info.place.line) : "");
    return out;
  }
  bool function = info.type == "lambda" || info.shown == "«function»";
  if (function) {
    if (const BuiltinName* builtin = info.place.line == 0 && !info.name.empty() ? find_builtin(info.name) : nullptr) return documentation(*builtin);
    Documented documented = documented_function(snapshot, path, info, cancel);
    std::string out = code(info.arguments.empty() ? name + ": function" : fmt::format("{}: {}", name, argument_set(formals_as_written(snapshot, info))));
    if (!documented.comment.empty()) out += "\n\n" + documented.comment;
    if (info.place.line > 0) out += fmt::format("\n\n`{}:{}`", info.place.path, info.place.line);
    return out;
  }
  std::string out = code(name.empty() ? info.shown : fmt::format("{} = {}", name, info.shown));
  Documented documented = documented_at(snapshot, info.attribute);
  if (!documented.comment.empty()) out += "\n\n" + documented.comment;
  return out;
}

std::optional<Hover> hover_evaluated(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel) {
  Evaluation* evaluation = snapshot.evaluation();
  if (!evaluation) return std::nullopt;
  const Analysis& analysis = document->analysis();
  NodeId name = name_at(analysis, offset);
  if (name == analysis.tree.root()) return std::nullopt;
  if (auto option = option_at(snapshot, document, offset)) {
    OptionIndexPtr index = evaluation->options_around(snapshot, document->path, option->path, cancel);
    OptionPlace place = index ? look_up(*index, option->path) : OptionPlace{};
    if (place.option && place.known == option->path.size()) {
      auto state = evaluation->option_state(snapshot, {Base::Configuration, document->path, option->path}, cancel);
      return Hover{option->range, option_markdown(option->path, *place.option, state, declarations_of(*index, place))};
    }
    if (index && place.known == option->path.size()) {
      std::string out = code(show_option(key_of(option->path))) + "\n\nA set of options:";
      std::size_t shown = 0;
      for (const OptionIndex::Child& one : index->children(place.key)) {
        if (++shown > 30) break;
        out += fmt::format("\n- `{}`", one.name);
      }
      return Hover{option->range, out};
    }
  }
  auto value = ValuePaths(snapshot).of_name({document, name});
  if (!value || value->names.empty()) return std::nullopt;
  if (value->base == Base::Configuration && !evaluation->is_configured(snapshot, document->path)) return std::nullopt;
  auto info = evaluation->describe(snapshot, *value, cancel);
  if (!info) return std::nullopt;
  return Hover{analysis.tree.range(name), value_markdown(snapshot, *value, *info, cancel), !info->error.empty()};
}

}  // namespace evalctl::lsp
