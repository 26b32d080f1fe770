#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lsp/evaluated_help.h"
#include "lsp/features.h"
#include "lsp/fuzzy.h"
#include "lsp/markup.h"
#include "lsp/protocol_call.h"

namespace evalctl::lsp::protocol {
namespace {

// ---- Names

json write_location(const Call& call, const Location& location) {
  DocumentPtr document = call.snapshot.document(location.path);
  json range = document ? call.range(*document, location.range) : json();
  return {{"uri", call.snapshot.uri_of(location.path)}, {"range", range}};
}

// What the text tells goes first, but for options: there it is only the definition at hand. Where the text leads nowhere but
// to the name itself, evaluation may know more.
json definition(const Call& call) {
  DocumentPtr document = call.document();
  std::uint32_t offset = call.offset(*document);
  Definition found;
  if (option_at(call.snapshot, document, offset)) found = definition_evaluated(call.snapshot, document, offset, call.cancel);
  if (found.targets.empty()) found = lsp::definition(call.snapshot, document, offset);
  bool itself = found.targets.size() == 1 && found.targets[0].name.path == document->path && found.targets[0].name.range == found.origin;
  if (found.targets.empty() || itself) {
    Definition evaluated = definition_evaluated(call.snapshot, document, offset, call.cancel);
    if (!evaluated.targets.empty()) found = std::move(evaluated);
  }
  json out = json::array();
  for (const auto& target : found.targets) out.push_back(write_location(call, target.name));
  return out;
}

json implementation(const Call& call) {
  DocumentPtr document = call.document();
  std::vector<Location> found = option_definitions(call.snapshot, document, call.offset(*document), call.cancel);
  if (found.empty()) return definition(call);
  json out = json::array();
  for (const Location& location : found) out.push_back(write_location(call, location));
  return out;
}

json references(const Call& call) {
  DocumentPtr document = call.document();
  bool declaration = flag_at(at(call.params, "context", "includeDeclaration"));
  json out = json::array();
  for (const Location& location : lsp::references(call.snapshot, document, call.offset(*document), declaration, call.cancel)) {
    out.push_back(write_location(call, location));
  }
  return out;
}

json highlights(const Call& call) {
  DocumentPtr document = call.document();
  json out = json::array();
  for (const Highlight& one : lsp::highlights(call.snapshot, document, call.offset(*document), call.cancel)) {
    out.push_back({{"range", call.range(*document, one.range)}, {"kind", one.is_definition ? 3 : 2}});
  }
  return out;
}

json prepare_rename(const Call& call) {
  DocumentPtr document = call.document();
  auto range = renamable(call.snapshot, document, call.offset(*document));
  if (!range) return nullptr;
  return {{"range", call.range(*document, *range)}, {"placeholder", document->analysis().tree.slice(*range)}};
}

json write_edits(const Call& call, const WorkspaceEdits& edits) {
  json changes = json::array(), plain = json::object();
  for (const auto& [path, list] : edits) {
    DocumentPtr document = call.snapshot.document(path);
    if (!document) continue;
    json version = document->version < 0 ? json() : json(document->version);
    json written = call.edits(*document, list);
    std::string uri = call.snapshot.uri_of(path);
    plain[uri] = written;
    changes.push_back({{"textDocument", {{"uri", uri}, {"version", version}}}, {"edits", written}});
  }
  if (call.snapshot.settings().labelled_edits) return {{"documentChanges", changes}};
  return {{"changes", plain}};
}

json rename(const Call& call) {
  DocumentPtr document = call.document();
  auto edits = lsp::rename(call.snapshot, document, call.offset(*document), text_at(call.params, "newName"), call.cancel);
  if (!edits) throw Refused{edits.error()};
  return write_edits(call, *edits);
}

json linked(const Call& call) {
  DocumentPtr document = call.document();
  json ranges = json::array();
  for (Range range : linked_ranges(call.snapshot, document, call.offset(*document), call.cancel)) ranges.push_back(call.range(*document, range));
  if (ranges.empty()) return nullptr;
  return {{"ranges", ranges}, {"wordPattern", "[a-zA-Z_][a-zA-Z0-9_'-]*"}};
}

json will_move(const Call& call) {
  const json& files = member(call.params, "files");
  std::vector<Move> moves;
  for (const json& file : files.is_array() ? files : json::array()) {
    moves.push_back({path_of_uri(text_at(file, "oldUri")), path_of_uri(text_at(file, "newUri"))});
  }
  return write_edits(call, edits_for_moves(call.snapshot, moves, call.cancel));
}

// ---- Outline

json search_symbols(const Call& call) {
  json out = json::array();
  for (const WorkspaceSymbol& symbol : workspace_symbols(call.snapshot, text_at(call.params, "query"), call.cancel)) {
    out.push_back({{"name", symbol.name}, {"kind", static_cast<int>(symbol.kind)}, {"containerName", symbol.container},
                   {"location", write_location(call, symbol.location)}});
  }
  return out;
}

json folds(const Call& call) {
  DocumentPtr document = call.document();
  json out = json::array();
  for (const Fold& fold : folding(*document)) {
    json one = {{"startLine", document->text.line_of(fold.range.begin)}, {"endLine", document->text.line_of(fold.range.end)}};
    if (fold.comment) one["kind"] = "comment";
    out.push_back(std::move(one));
  }
  return out;
}

json selections(const Call& call) {
  DocumentPtr document = call.document();
  json out = json::array();
  const json& positions = member(call.params, "positions");
  for (const json& position : positions.is_array() ? positions : json::array()) {
    std::vector<Range> ranges = selection_ranges(*document, call.offset(*document, position));
    if (ranges.empty()) ranges.push_back({0, 0});
    json inner;
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
      json one = {{"range", call.range(*document, *range)}};
      if (!inner.is_null()) one["parent"] = std::move(inner);
      inner = std::move(one);
    }
    out.push_back(std::move(inner));
  }
  return out;
}

// ---- Help

json write_markup(const std::string& markdown, bool as_markdown) {
  return {{"kind", as_markdown ? "markdown" : "plaintext"}, {"value", as_markdown ? markdown : plain_text(markdown)}};
}

json hover(const Call& call) {
  DocumentPtr document = call.document();
  auto found = hover_evaluated(call.snapshot, document, call.offset(*document), call.cancel);
  if (!found || found->failed) {
    if (auto by_text = lsp::hover(call.snapshot, document, call.offset(*document))) found = std::move(by_text);
  }
  if (!found) return nullptr;
  return {{"contents", write_markup(found->markdown, call.snapshot.settings().markdown_hovers)}, {"range", call.range(*document, found->range)}};
}

json signature(const Call& call) {
  DocumentPtr document = call.document();
  auto found = signature_help(call.snapshot, document, call.offset(*document), call.cancel);
  if (!found) return nullptr;
  json parameters = json::array();
  for (Range range : found->parameters) {
    auto units = [&](std::uint32_t bytes) { return count_units(std::string_view(found->label).substr(0, bytes), Encoding::Utf16); };
    parameters.push_back({{"label", {units(range.begin), units(range.end)}}});
  }
  json one = {{"label", found->label}, {"parameters", parameters}};
  if (!found->documentation.empty()) one["documentation"] = write_markup(found->documentation, call.snapshot.settings().markdown_signatures);
  return {{"signatures", {one}}, {"activeSignature", 0}, {"activeParameter", found->active}};
}

json completion(const Call& call) {
  DocumentPtr document = call.document();
  Completions found = complete(call.snapshot, document, call.offset(*document));
  complete_evaluated(call.snapshot, document, call.offset(*document), call.cancel, found);
  json items = json::array(), range = call.range(*document, found.replaced);
  std::string_view typed = document->analysis().tree.slice(found.replaced);
  for (Completion& item : found.items) {
    // The better a name fits, the earlier it is; letters decide between equals.
    constexpr int kMostScore = 99'999;
    int score = std::clamp(fuzzy_score(typed, item.label).value_or(0), 0, kMostScore);
    json one = {{"label", item.label}, {"kind", static_cast<int>(item.kind)}, {"sortText", fmt::format("{}{:05}{}", item.rank, kMostScore - score, item.label)},
                {"textEdit", {{"range", range}, {"newText", item.text.empty() ? item.label : item.text}}}};
    if (!item.detail.empty()) one["detail"] = std::move(item.detail);
    if (!item.documentation.empty()) one["documentation"] = write_markup(item.documentation, call.snapshot.settings().markdown_completions);
    if (item.value) one["data"] = {{"base", static_cast<int>(item.value->base)}, {"file", item.value->file}, {"names", item.value->names}};
    items.push_back(std::move(one));
  }
  return {{"isIncomplete", found.incomplete}, {"items", std::move(items)}};
}

ValuePath read_value(const json& data) {
  ValuePath path{static_cast<Base>(natural(member(data, "base"))), text_at(data, "file"), {}};
  const json& names = member(data, "names");
  for (const json& name : names.is_array() ? names : json::array()) {
    if (name.is_string()) path.names.push_back(name.get<std::string>());
  }
  return path;
}

json resolve(const Call& call) {
  json out = call.params;
  const json& data = member(out, "data");
  if (!data.is_object()) return out;
  Completion item{text_at(out, "label"), CompletionKind::Text, text_at(out, "detail"), "", "", 0, read_value(data)};
  resolve_completion(call.snapshot, item, call.cancel);
  if (!item.detail.empty()) out["detail"] = item.detail;
  if (!item.documentation.empty()) out["documentation"] = write_markup(item.documentation, call.snapshot.settings().markdown_completions);
  return out;
}

json lenses(const Call& call) {
  DocumentPtr document = call.document();
  json out = json::array();
  for (const Lens& lens : lsp::lenses(call.snapshot, document)) {
    json argument = {{"base", static_cast<int>(Base::File)}, {"file", document->path}, {"names", lens.names}};
    out.push_back({{"range", call.range(*document, lens.range)},
                   {"command", {{"title", lens.title}, {"command", lens.command}, {"arguments", {argument}}}}});
  }
  return out;
}

json execute(const Call& call) {
  std::string command = text_at(call.params, "command");
  const json& arguments = member(call.params, "arguments");
  bool known = command == kEvaluateCommand || command == kDrvPathCommand || command == kGraphCommand;
  if (!known) throw BadParams{"no such command: " + command};
  if (!arguments.is_array() || arguments.empty()) throw BadParams{"the command takes what a code lens gives it: " + command};
  CommandResult result = evaluate_command(call.snapshot, command, read_value(arguments[0]), call.cancel);
  if (command != kGraphCommand) return result.message;
  json out = {{"message", result.message}};
  if (!result.drawing.empty()) out["uri"] = uri_of_path(result.drawing);
  return out;
}

json hints(const Call& call) {
  DocumentPtr document = call.document();
  json out = json::array();
  Range range = call.range(*document, member(call.params, "range"));
  std::vector<InlayHint> found = inlay_hints(call.snapshot, document, range);
  for (InlayHint& hint : package_hints(call.snapshot, document, range, call.cancel)) found.push_back(std::move(hint));
  for (const InlayHint& hint : found) {
    json one = {{"position", call.position(*document, hint.offset)}, {"label", hint.label}, {"kind", 2}, {"paddingRight", true}};
    if (!hint.tooltip.empty()) one["tooltip"] = hint.tooltip;
    out.push_back(std::move(one));
  }
  return out;
}

json links(const Call& call) {
  DocumentPtr document = call.document();
  json out = json::array();
  for (const Link& link : document_links(*document)) {
    out.push_back({{"range", call.range(*document, link.range)}, {"target", call.snapshot.uri_of(link.path)}});
  }
  return out;
}

// ---- Calls

json write_callable(const Call& call, const Callable& item) {
  DocumentPtr document = call.snapshot.document(item.name_at.path);
  if (!document) return nullptr;
  return {{"name", item.name}, {"kind", static_cast<int>(SymbolKind::Function)}, {"uri", call.snapshot.uri_of(item.name_at.path)},
          {"range", call.range(*document, item.whole)}, {"selectionRange", call.range(*document, item.name_at.range)}};
}

json prepare_calls(const Call& call) {
  DocumentPtr document = call.document();
  json out = json::array();
  for (const Callable& item : callable_at(call.snapshot, document, call.offset(*document))) out.push_back(write_callable(call, item));
  return out;
}

json calls(const Call& call, bool incoming) {
  const json& item = member(call.params, "item");
  DocumentPtr document = call.document(item);
  std::uint32_t offset = call.offset(*document, at(item, "selectionRange", "start"));
  auto found = incoming ? incoming_calls(call.snapshot, document, offset, call.cancel) : outgoing_calls(call.snapshot, document, offset);
  json out = json::array();
  for (const lsp::Call& one : found) {
    DocumentPtr holder = incoming ? call.snapshot.document(one.other.name_at.path) : document;
    json ranges = json::array();
    for (Range range : one.at) ranges.push_back(call.range(*holder, range));
    out.push_back({{incoming ? "from" : "to", write_callable(call, one.other)}, {"fromRanges", ranges}});
  }
  return out;
}

json incoming(const Call& call) { return calls(call, true); }
json outgoing(const Call& call) { return calls(call, false); }

// ---- Changes

json format(const Call& call) {
  DocumentPtr document = call.document();
  return call.edits(*document, formatting(*document, std::nullopt));
}

json format_range(const Call& call) {
  DocumentPtr document = call.document();
  return call.edits(*document, formatting(*document, call.range(*document, member(call.params, "range"))));
}

json format_on_type(const Call& call) {
  DocumentPtr document = call.document();
  return call.edits(*document, formatting_typed(*document, call.offset(*document), text_at(call.params, "ch")));
}

json actions(const Call& call) {
  DocumentPtr document = call.document();
  const json& only = at(call.params, "context", "only");
  json out = json::array();
  for (const Action& action : code_actions(call.snapshot, document, call.range(*document, member(call.params, "range")))) {
    auto wanted = [&](const json& kind) { return kind.is_string() && action.kind.starts_with(kind.get<std::string>()); };
    if (only.is_array() && std::none_of(only.begin(), only.end(), wanted)) continue;
    json one = {{"title", action.title}, {"kind", action.kind}, {"edit", write_edits(call, {{document->path, action.edits}})}};
    if (action.preferred) one["isPreferred"] = true;
    const json& given = at(call.params, "context", "diagnostics");
    for (const json& diagnostic : given.is_array() ? given : json::array()) {
      bool same = text_at(diagnostic, "code") == action.finding && !action.finding.empty() &&
                  member(diagnostic, "range") == call.range(*document, action.finding_range);
      if (same) one["diagnostics"].push_back(diagnostic);
    }
    out.push_back(std::move(one));
  }
  return out;
}

constexpr Handler kHandlers[] = {
    {"textDocument/definition", definition},
    {"textDocument/declaration", definition},
    {"textDocument/implementation", implementation},
    {"textDocument/references", references},
    {"textDocument/documentHighlight", highlights},
    {"textDocument/prepareRename", prepare_rename},
    {"textDocument/rename", rename},
    {"workspace/willRenameFiles", will_move},
    {"textDocument/linkedEditingRange", linked},
    {"workspace/symbol", search_symbols},
    {"textDocument/foldingRange", folds},
    {"textDocument/selectionRange", selections},
    {"textDocument/hover", hover},
    {"textDocument/signatureHelp", signature},
    {"textDocument/completion", completion},
    {"completionItem/resolve", resolve},
    {"textDocument/codeLens", lenses},
    {"workspace/executeCommand", execute},
    {"textDocument/formatting", format},
    {"textDocument/rangeFormatting", format_range},
    {"textDocument/onTypeFormatting", format_on_type},
    {"textDocument/inlayHint", hints},
    {"textDocument/documentLink", links},
    {"textDocument/prepareCallHierarchy", prepare_calls},
    {"callHierarchy/incomingCalls", incoming},
    {"callHierarchy/outgoingCalls", outgoing},
    {"textDocument/codeAction", actions},
    {.method = "textDocument/diagnostic", .write = write_report},
    {.method = "workspace/diagnostic", .write = write_workspace_report},
    {.method = "textDocument/documentSymbol", .write = write_symbols},
    {.method = "textDocument/semanticTokens/full", .write = write_tokens},
    {.method = "textDocument/semanticTokens/full/delta", .write = write_token_delta},
    {.method = "textDocument/semanticTokens/range", .write = write_tokens_of_range},
};

}  // namespace

const Handler* find_handler(std::string_view method) {
  for (const Handler& handler : kHandlers) {
    if (handler.method == method) return &handler;
  }
  return nullptr;
}

}  // namespace evalctl::lsp::protocol
