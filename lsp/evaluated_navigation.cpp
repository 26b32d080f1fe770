// Jumps that evaluation knows: to packages, functions of lib, declarations and definitions of options.
#include <algorithm>
#include <charconv>

#include "lsp/evaluated_help.h"
#include "lsp/modules.h"
#include "lsp/occurrences.h"
#include "lsp/option_types.h"
#include "lsp/value_paths.h"

namespace evalctl::lsp {
namespace {

// "path:12:3" -> the place; a path alone has line 0.
FilePlace read_declaration(std::string_view text) {
  FilePlace place{std::string(text), 0, 0};
  std::size_t second = text.rfind(':');
  std::size_t first = second == text.npos || second == 0 ? text.npos : text.rfind(':', second - 1);
  if (first == text.npos) return place;
  std::uint32_t line = 0, column = 0;
  std::from_chars(text.data() + first + 1, text.data() + second, line);
  std::from_chars(text.data() + second + 1, text.data() + text.size(), column);
  if (line > 0) place = {std::string(text.substr(0, first)), line, column};
  return place;
}

void add_option(const Snapshot& snapshot, const OptionIndex& index, const std::vector<std::string>& path, Definition& out) {
  OptionPlace place = look_up(index, path);
  if (!place.option || place.known < path.size()) return;
  std::vector<std::string> names = names_of_key(place.key);
  for (std::string_view declaration : declarations_of(index, place)) {
    FilePlace at = read_declaration(declaration);
    std::string target = import_target(at.path);
    DocumentPtr file = snapshot.document(target);
    if (!file) continue;
    // The name in the text, which is nearer than the line of a `mkOption`; a position of attributes is right in any case.
    Range range{0, 0};
    if (at.line > 0 && at.line <= file->text.line_count()) {
      std::uint32_t offset = std::min(file->text.size(), file->text.line_start(at.line - 1) + (at.column > 0 ? at.column - 1 : 0));
      range = {offset, offset};
      NodeId node = file->analysis().node_at(offset);
      if (file->analysis().tree.range(node).begin == offset) range = file->analysis().tree.range(node);
    } else if (NodeId found = find_declaration(file->analysis(), names); found.index != 0) {
      range = file->analysis().tree.range(found);
    }
    out.targets.push_back({{file->path, range}, range});
  }
}

void add_place(const Snapshot& snapshot, const FilePlace& place, Definition& out) {
  DocumentPtr file = place.path.starts_with('/') ? snapshot.document(import_target(place.path)) : nullptr;
  if (!file) return;
  std::uint32_t line = place.line > 0 ? std::min(place.line, file->text.line_count()) - 1 : 0;
  std::uint32_t offset = file->text.line_start(line) + (place.column > 0 ? place.column - 1 : 0);
  offset = std::min(offset, file->text.size());
  out.targets.push_back({{file->path, {offset, offset}}, {offset, offset}});
}

}  // namespace

std::vector<std::string_view> declarations_of(const OptionIndex& index, const OptionPlace& place) {
  std::vector<std::string_view> declarations = place.option ? place.option->declarations : std::vector<std::string_view>{};
  auto is_file = [](std::string_view one) { return one.starts_with('/'); };
  auto known = [&] { return std::ranges::any_of(declarations, is_file); };
  // Options of submodules may not say where they stand: it is the file of the option that they belong to.
  std::vector<std::string> outer = known() ? std::vector<std::string>{} : names_of_key(place.key);
  for (; !outer.empty() && !known(); outer.pop_back()) {
    if (const Option* around = index.find(key_of(outer))) declarations = around->declarations;
  }
  std::erase_if(declarations, [&](std::string_view one) { return !is_file(one); });
  return declarations;
}

Definition definition_evaluated(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel) {
  Definition out{{offset, offset}, {}};
  Evaluation* evaluation = snapshot.evaluation();
  if (!evaluation) return out;
  if (auto option = option_at(snapshot, document, offset)) {
    out.origin = option->range;
    OptionIndexPtr index = evaluation->options_around(snapshot, document->path, option->path, cancel);
    if (index) add_option(snapshot, *index, option->path, out);
    if (!out.targets.empty()) return out;
  }
  const Analysis& analysis = document->analysis();
  NodeId name = name_at(analysis, offset);
  auto value = name == analysis.tree.root() ? std::nullopt : ValuePaths(snapshot).of_name({document, name});
  if (!value || value->names.empty()) return out;
  auto info = evaluation->describe(snapshot, *value, cancel);
  if (!info) return out;
  out.origin = analysis.tree.range(name);
  bool is_function = info->type == "lambda";
  const FilePlace& place = info->type == "derivation" && !info->place.path.empty() ? info->place : is_function && info->place.line > 0 ? info->place : info->attribute;
  Documented documented = is_function                    ? documented_function(snapshot, *value, *info, cancel)
                          : info->type != "derivation" ? documented_at(snapshot, place, value->names.back())
                                                       : Documented{};
  if (documented.name) out.targets.push_back({*documented.name, documented.name->range});
  else add_place(snapshot, place, out);
  return out;
}

std::vector<Location> option_definitions(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel) {
  std::vector<Location> out;
  auto option = option_at(snapshot, document, offset);
  if (!option) return out;
  constexpr std::size_t kMostFiles = 2000;
  for (const std::string& path : snapshot.files(kMostFiles, cancel)) {
    DocumentPtr file = cancel ? nullptr : snapshot.document(path);
    if (!file || !is_module(file->analysis())) continue;
    for (const OptionBinding& binding : option_bindings(file->analysis())) {
      bool same = binding.path.size() >= option->path.size() && std::equal(option->path.begin(), option->path.end(), binding.path.begin());
      std::size_t outer = binding.path.size() - binding.attributes.size();
      if (!same || option->path.size() <= outer) continue;
      out.push_back({path, file->analysis().tree.range(binding.attributes[option->path.size() - outer - 1])});
    }
  }
  return out;
}

}  // namespace evalctl::lsp
