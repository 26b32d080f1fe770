#include "lsp/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lsp/evaluated_help.h"
#include "lsp/features.h"
#include "lsp/protocol_call.h"

namespace evalctl::lsp::protocol {
namespace {

void add_folder(const std::string& uri, Settings& settings) {
  settings.roots.push_back(path_of_uri(uri));
  settings.root_uris.push_back(uri);
}

void add_folders(const json& folders, Settings& settings) {
  for (const json& folder : folders.is_array() ? folders : json::array()) add_folder(text_at(folder, "uri"), settings);
}

void remove_folder(const std::string& path, Settings& settings) {
  for (std::size_t i = settings.roots.size(); i-- > 0;) {
    if (settings.roots[i] != path) continue;
    settings.roots.erase(settings.roots.begin() + static_cast<std::ptrdiff_t>(i));
    settings.root_uris.erase(settings.root_uris.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void read_options(const json& options, Settings& settings) {
  const json& ignored = at(options, "diagnostics", "ignored");
  if (ignored.is_array()) {
    settings.ignored.clear();
    for (const json& code : ignored) {
      if (code.is_string()) settings.ignored.push_back(code.get<std::string>());
    }
  }
  const json& evaluate = member(options, "evaluate");
  if (evaluate.is_boolean()) settings.evaluate = evaluate.get<bool>();
  if (member(options, "nixpkgs").is_string()) settings.nixpkgs = text_at(options, "nixpkgs");
  if (member(options, "system").is_string()) settings.system = text_at(options, "system");
  const json& entries = member(options, "entries");
  if (entries.is_array()) {
    settings.entries.clear();
    for (const json& entry : entries) {
      if (entry.is_string()) settings.entries.push_back(entry.get<std::string>());
    }
  }
  auto number = [&](std::string_view name, std::uint64_t& target, std::uint64_t unit) {
    const json& value = member(options, name);
    if (value.is_number() && value.get<double>() >= 0) target = static_cast<std::uint64_t>(value.get<double>() * static_cast<double>(unit));
  };
  number("memoryMegabytes", settings.memory_bytes, std::uint64_t{1} << 20);
  number("timeSeconds", settings.milliseconds, 1000);
  number("debounceMilliseconds", settings.debounce_milliseconds, 1);
}

}  // namespace
std::optional<DocumentChange> document_change(const Message& message) try {
  const json& params = value_of(*message.params);
  const json& document = member(params, "textDocument");
  DocumentChange out;
  out.uri = text_at(document, "uri");
  out.path = path_of_uri(out.uri);
  if (out.path.empty()) return std::nullopt;
  const json& version = member(document, "version");
  if (version.is_number_integer()) out.version = version.get<std::int64_t>();
  if (document.contains("text")) out.changes.push_back({std::nullopt, text_at(document, "text")});
  const json& changes = member(params, "contentChanges");
  for (const json& change : changes.is_array() ? changes : json::array()) {
    TextChange& next = out.changes.emplace_back();
    next.text = text_at(change, "text");
    if (change.contains("range")) next.span = read_span(member(change, "range"));
  }
  return out;
} catch (const BadParams&) {
  return std::nullopt;
}

std::string cancelled_id(const Message& message) { return dump(member(value_of(*message.params), "id")); }

Settings read_settings(const Message& initialize) {
  const json& params = value_of(*initialize.params);
  Settings settings;
  const json& encodings = at(params, "capabilities", "general", "positionEncodings");
  if (encodings.is_array()) {
    for (const json& encoding : encodings) {
      if (encoding == "utf-8") settings.encoding = Encoding::Utf8;
      else if (encoding == "utf-32") settings.encoding = Encoding::Utf32;
      else if (encoding == "utf-16") settings.encoding = Encoding::Utf16;
      else continue;
      break;
    }
  }
  add_folders(member(params, "workspaceFolders"), settings);
  if (settings.roots.empty() && member(params, "rootUri").is_string()) add_folder(text_at(params, "rootUri"), settings);
  if (settings.roots.empty() && member(params, "rootPath").is_string()) add_folder(uri_of_path(text_at(params, "rootPath")), settings);
  const json& document = at(params, "capabilities", "textDocument");
  const json& workspace = at(params, "capabilities", "workspace");
  settings.pulls_diagnostics = member(document, "diagnostic").is_object();
  // The formats that the client understands, the one it likes best first; without a word from it, Markdown.
  auto takes_markdown = [](const json& formats) {
    return !formats.is_array() || formats.empty() || std::ranges::find(formats, "markdown") != formats.end();
  };
  settings.markdown_hovers = takes_markdown(at(document, "hover", "contentFormat"));
  settings.markdown_completions = takes_markdown(at(document, "completion", "completionItem", "documentationFormat"));
  settings.markdown_signatures = takes_markdown(at(document, "signatureHelp", "signatureInformation", "documentationFormat"));
  settings.snippets = flag_at(at(document, "completion", "completionItem", "snippetSupport"));
  settings.work_done_progress = flag_at(at(params, "capabilities", "window", "workDoneProgress"));
  settings.shows_documents = flag_at(at(params, "capabilities", "window", "showDocument", "support"));
  settings.registers_watchers = flag_at(at(workspace, "didChangeWatchedFiles", "dynamicRegistration"));
  settings.refreshes_diagnostics = flag_at(at(workspace, "diagnostics", "refreshSupport"));
  settings.labelled_edits = flag_at(at(workspace, "workspaceEdit", "documentChanges"));
  const json& process = member(params, "processId");
  if (process.is_number_integer()) settings.client_process = process.get<std::int64_t>();
  read_options(member(params, "initializationOptions"), settings);
  return settings;
}

Settings changed_settings(const Message& message, Settings settings) {
  const json& params = value_of(*message.params);
  const json& event = member(params, "event");
  const json& removed = member(event, "removed");
  for (const json& folder : removed.is_array() ? removed : json::array()) remove_folder(path_of_uri(text_at(folder, "uri")), settings);
  add_folders(member(event, "added"), settings);
  const json& options = member(params, "settings");
  read_options(options.contains("evalctl") ? member(options, "evalctl") : options, settings);
  return settings;
}

std::string initialize_result(const Settings& settings) {
  constexpr std::string_view kEncodings[] = {"utf-8", "utf-16", "utf-32"};
  json capabilities = {
      {"positionEncoding", kEncodings[static_cast<std::size_t>(settings.encoding)]},
      {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", {{"includeText", false}}}}},
      {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}},
                     {"fileOperations", {{"willRename", {{"filters", json::array({{{"scheme", "file"}, {"pattern", {{"glob", "**"}}}}})}}}}}}},
      {"signatureHelpProvider", {{"triggerCharacters", {" ", "{"}}}},
      {"completionProvider", {{"triggerCharacters", {".", "/", "\""}}, {"resolveProvider", true}}},
      {"codeLensProvider", {{"resolveProvider", false}}},
      {"executeCommandProvider", {{"commands", {kEvaluateCommand, kDrvPathCommand, kGraphCommand}}}},
      {"documentOnTypeFormattingProvider", {{"firstTriggerCharacter", ";"}, {"moreTriggerCharacter", {"}", "\n"}}}},
      {"renameProvider", {{"prepareProvider", true}}},
      {"codeActionProvider", {{"codeActionKinds", {"quickfix", "refactor.rewrite", "source.fixAll"}}}},
      {"documentLinkProvider", {{"resolveProvider", false}}},
      {"semanticTokensProvider",
       {{"legend", {{"tokenTypes", kTokenTypes}, {"tokenModifiers", kTokenModifiers}}}, {"range", true}, {"full", {{"delta", true}}}}},
  };
  for (const char* name : {"definition", "declaration", "implementation", "documentFormatting", "documentRangeFormatting", "references", "documentHighlight", "documentSymbol", "workspaceSymbol",
                           "foldingRange", "selectionRange", "hover", "inlayHint", "callHierarchy", "linkedEditingRange"}) {
    capabilities[std::string(name) + "Provider"] = true;
  }
  if (settings.pulls_diagnostics) {
    capabilities["diagnosticProvider"] = {{"interFileDependencies", true}, {"workspaceDiagnostics", true}, {"identifier", "evalctl"}};
  }
  return dump({{"capabilities", capabilities}, {"serverInfo", {{"name", "evalctl"}, {"version", "0.1.0"}}}});
}

bool knows(std::string_view method) { return find_handler(method) != nullptr; }

Answer answer(const Message& request, const Snapshot& snapshot, const Cancel& cancel) {
  const Handler* handler = find_handler(request.method);
  if (!handler) return {"", kMethodNotFound, fmt::format("method '{}' is unknown", request.method)};
  try {
    Call call{value_of(*request.params), snapshot, cancel};
    std::string result = handler->write ? handler->write(call) : dump(handler->run(call));
    if (cancel) return {"", kRequestCancelled, "the request was cancelled"};
    return {std::move(result), 0, ""};
  } catch (const BadParams& bad) {
    return {"", kInvalidParams, bad.message};
  } catch (const Refused& refused) {
    return {"", kRequestFailed, refused.message};
  } catch (const std::exception& error) {
    return {"", kInternalError, error.what()};
  }
}

std::string response(std::string_view id, std::string_view result) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
}

std::string error_response(std::string_view id, int code, std::string_view message) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":{}}}}})", id, code, dump(std::string(message)));
}

std::string publish_diagnostics(const Document& document, const std::vector<Finding>& findings, const Snapshot& snapshot) {
  std::string version = document.version >= 0 ? fmt::format(R"(,"version":{})", document.version) : "";
  return fmt::format(R"({{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{{"uri":{}{},"diagnostics":{}}}}})",
                     dump(snapshot.uri_of(document.path)), version, write_findings(snapshot, document, findings));
}

std::string clear_diagnostics(const std::string& uri) {
  return dump({{"jsonrpc", "2.0"}, {"method", "textDocument/publishDiagnostics"},
               {"params", {{"uri", uri}, {"diagnostics", json::array()}}}});
}

std::string request(std::string_view id, std::string_view method) {
  return dump({{"jsonrpc", "2.0"}, {"id", std::string(id)}, {"method", std::string(method)}, {"params", nullptr}});
}

std::string create_progress(std::string_view id, std::string_view token) {
  return dump({{"jsonrpc", "2.0"}, {"id", std::string(id)}, {"method", "window/workDoneProgress/create"}, {"params", {{"token", std::string(token)}}}});
}

std::string progress(std::string_view token, std::string_view title, bool begins) {
  json value = {{"kind", begins ? "begin" : "end"}};
  if (begins) value["title"] = std::string(title);
  return dump({{"jsonrpc", "2.0"}, {"method", "$/progress"}, {"params", {{"token", std::string(token)}, {"value", value}}}});
}

std::vector<std::string> after_command(std::string_view result, std::string_view id, const Settings& settings) {
  json value = json::parse(result, nullptr, false);
  std::string message = value.is_string() ? value.get<std::string>() : text_at(value, "message");
  std::vector<std::string> out;
  constexpr int kInfo = 3;
  if (!message.empty()) out.push_back(dump({{"jsonrpc", "2.0"}, {"method", "window/showMessage"}, {"params", {{"type", kInfo}, {"message", message}}}}));
  std::string uri = value.is_object() ? text_at(value, "uri") : "";
  // A drawing is for the browser.
  if (!uri.empty() && settings.shows_documents) {
    out.push_back(dump({{"jsonrpc", "2.0"}, {"id", std::string(id)}, {"method", "window/showDocument"}, {"params", {{"uri", uri}, {"external", true}}}}));
  }
  return out;
}

std::string register_watchers(std::string_view id) {
  json watchers = json::array();
  for (const char* glob : {"**/*.nix", "**/flake.lock"}) watchers.push_back({{"globPattern", glob}});
  json registration = {{"id", "watch"}, {"method", "workspace/didChangeWatchedFiles"}, {"registerOptions", {{"watchers", watchers}}}};
  return dump({{"jsonrpc", "2.0"}, {"id", std::string(id)}, {"method", "client/registerCapability"},
               {"params", {{"registrations", {registration}}}}});
}

}  // namespace evalctl::lsp::protocol
