// Whatever messages a client sends: every request is answered, answers are well formed and lie inside of the texts, edits of one
// answer do not overlap, token deltas lead to the tokens, and in the end all is as if the texts had just been opened.
//
// The bytes of the input choose what is sent: documents opened, changed in places or whole, and closed; requests of each kind at
// any position, cancelled ones too; settings; messages that are broken.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/protocol.h"
#include "lsp/snapshot.h"

namespace {

using nlohmann::json;
namespace lsp = evalctl::lsp;
namespace protocol = evalctl::lsp::protocol;

constexpr std::string_view kTexts[] = {
    "{ pkgs, lib, ... }:\nlet\n  inc = n: n + 1;\n  inherit (lib) mkIf;\nin {\n  a = inc 41;\n  b.c = mkIf true [ pkgs.hello ];\n  b.d = \"x ${toString a} y\";\n}\n",
    "rec {\n  # What it is.\n  a = import ./b.nix { inherit c; };\n  c = ''\n    text ${a}\n  '';\n  d = with a; [ x y ];\n}\n",
    "let { body = x: y: { z ? 1, ... }@w: if x then y else assert z; w; }",
    "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }: { packages = nixpkgs.lib.mapAttrs (n: v: v) { }; };\n}\n",
    "# \xE2\x98\x83 \xF0\x9F\x98\x80\r\n{ \"\xF0\x9F\x98\x80\" = 1 ; } // { a = ./x/y; b = <nixpkgs>; }\r\n",
    "",
};
constexpr std::string_view kPieces[] = {"\"", "'", "''", "{", "}", ";", "${", "$", "/", "*", "/*", "*/", "#", "(", ")", "[", "]", ":", "@", "=", ".", ",",
    "?", "\n", " ", "x", "a.b", "let x = 1; in ", "with pkgs; ", "inherit (a) b; ", "rec ", "# evalctl: ignore\n", "\xF0\x9F\x98\x80", "\r\n", "builtins.",
    "a = 1;", "import ./a.nix", "assert true; ", "if a then b else c", "|>", "\\", "''${", "or ", "<nixpkgs>", "x: ", "{ a, b ? 1 }: ", "http://a"};
constexpr std::string_view kMethods[] = {"definition", "declaration", "implementation", "references", "documentHighlight", "prepareRename", "rename",
    "linkedEditingRange", "foldingRange", "selectionRange", "hover", "signatureHelp", "completion", "codeLens", "formatting", "rangeFormatting",
    "onTypeFormatting", "inlayHint", "documentLink", "prepareCallHierarchy", "codeAction", "diagnostic", "documentSymbol", "semanticTokens/full",
    "semanticTokens/full/delta", "semanticTokens/range"};
constexpr std::string_view kUris[] = {"file:///fuzz/a.nix", "file:///fuzz/b.nix", "file:///fuzz/flake.nix", "untitled:c"};

void hold(bool condition, std::string_view what, const json& shown = {}) {
  if (condition) return;
  std::string text = shown.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 2000);
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(), text.c_str());
  std::abort();
}

// The bytes of the input, and zeros behind them.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  bool more() const { return left_ > 0; }
  unsigned byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  unsigned below(std::size_t count) {
    unsigned first = byte();
    return static_cast<unsigned>((count > 256 ? first << 8 | byte() : first) % count);
  }
  template <class T, std::size_t N>
  const T& of(const T (&list)[N]) { return list[below(N)]; }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

std::pair<std::int64_t, std::int64_t> place(const json& position) {
  hold(position.is_object() && position["line"].is_number_unsigned() && position["character"].is_number_unsigned(), "no position", position);
  return {position["line"].get<std::int64_t>(), position["character"].get<std::int64_t>()};
}

// Every range below `value` begins before it ends.
void check_ranges(const json& value) {
  if (value.is_object() && value.contains("start") && value.contains("end") && value["start"].is_object()) {
    hold(place(value["start"]) <= place(value["end"]), "a range ends before it begins", value);
  }
  if (value.is_structured()) {
    for (const auto& part : value) check_ranges(part);
  }
}

void check_edits(const json& edits) {
  std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::pair<std::int64_t, std::int64_t>>> spans;
  for (const json& edit : edits) {
    hold(edit["newText"].is_string(), "an edit without a text", edit);
    spans.emplace_back(place(edit["range"]["start"]), place(edit["range"]["end"]));
  }
  std::ranges::sort(spans);
  for (std::size_t i = 1; i < spans.size(); ++i) hold(spans[i - 1].second <= spans[i].first, "edits overlap", edits);
}

void check_symbols(const json& symbols) {
  for (const json& symbol : symbols) {
    hold(!symbol["name"].get<std::string>().empty(), "a symbol without a name", symbol);
    bool inside = place(symbol["range"]["start"]) <= place(symbol["selectionRange"]["start"]) &&
                  place(symbol["selectionRange"]["end"]) <= place(symbol["range"]["end"]);
    hold(inside, "a symbol's name lies outside of it", symbol);
    if (symbol.contains("children")) check_symbols(symbol["children"]);
  }
}

void check_tokens(const json& data) {
  hold(data.is_array() && data.size() % 5 == 0, "numbers of tokens", data);
  for (std::size_t i = 2; i < data.size(); i += 5) hold(data[i].get<std::int64_t>() > 0, "an empty token", data);
}

void check_diagnostics(const json& list) {
  for (const json& one : list) {
    hold(one["code"].is_string() && one["source"] == "evalctl" && !one["message"].get<std::string>().empty(), "a diagnostic", one);
    int severity = one["severity"].get<int>();
    hold(severity >= 1 && severity <= 4, "a severity", one);
  }
}

class Session {
 public:
  explicit Session(Choices choices) : choices_(choices) {
    lsp::Settings settings;
    settings.evaluate = false;
    settings.encoding = choices_.byte() % 2 == 0 ? lsp::Encoding::Utf16 : lsp::Encoding::Utf8;
    settings.labelled_edits = choices_.byte() % 2 == 0;
    workspace_.set_settings(std::move(settings));
  }

  void run() {
    open(kUris[0], std::string(choices_.of(kTexts)));
    for (int step = 0; choices_.more() && step < 200; ++step) {
      switch (choices_.below(16)) {
        case 0: open(choices_.of(kUris), std::string(choices_.of(kTexts))); break;
        case 1: close(choices_.of(kUris)); break;
        case 2: configure(); break;
        case 3: broken(); break;
        case 4: whole_workspace(); break;
        case 5:
        case 6:
        case 7:
        case 8:
        case 9: change(); break;
        default: ask(); break;
      }
    }
    for (std::string_view uri : kUris) compare_with_fresh(uri);
  }

 private:
  static protocol::Message message(const json& content) { return protocol::decode(content.dump(-1, ' ', false, json::error_handler_t::replace)); }

  void open(std::string_view uri, std::string text) {
    auto change = protocol::document_change(message({{"jsonrpc", "2.0"}, {"method", "textDocument/didOpen"},
        {"params", {{"textDocument", {{"uri", uri}, {"languageId", "nix"}, {"version", ++version_}, {"text", text}}}}}}));
    hold(change && change->changes.size() == 1 && change->changes[0].text == text, "what was opened");
    workspace_.open(change->path, std::string(uri), change->version, change->changes[0].text);
  }

  void close(std::string_view uri) {
    auto change = protocol::document_change(message({{"jsonrpc", "2.0"}, {"method", "textDocument/didClose"}, {"params", {{"textDocument", {{"uri", uri}}}}}}));
    hold(change.has_value(), "what was closed");
    bool was_open = workspace_.documents().contains(change->path);
    hold(workspace_.close(change->path) == was_open, "closing");
  }

  json position() { return {{"line", choices_.below(24)}, {"character", choices_.below(40)}}; }

  // The end may come before the beginning.
  json range() {
    json begin = position();
    json end = choices_.byte() % 2 == 0 ? begin : json{{"line", begin["line"].get<int>() + static_cast<int>(choices_.below(3))}, {"character", choices_.below(40)}};
    return {{"start", std::move(begin)}, {"end", std::move(end)}};
  }

  void change() {
    std::string_view uri = choices_.of(kUris);
    json changes = json::array();
    for (unsigned i = 0, count = 1 + choices_.below(3); i < count; ++i) {
      json one = {{"text", choices_.byte() % 4 == 0 ? std::string_view() : choices_.of(kPieces)}};
      if (choices_.byte() % 32 != 0) one["range"] = range();
      changes.push_back(std::move(one));
    }
    auto change = protocol::document_change(message({{"jsonrpc", "2.0"}, {"method", "textDocument/didChange"},
        {"params", {{"textDocument", {{"uri", uri}, {"version", ++version_}}}, {"contentChanges", changes}}}}));
    hold(change && change->changes.size() == changes.size(), "what was changed");
    bool was_open = workspace_.documents().contains(change->path);
    hold(workspace_.change(change->path, change->version, change->changes) == was_open, "changing");
    // Sometimes several changes come before anybody looks.
    if (was_open && choices_.byte() % 2 == 0) diagnose(change->path);
  }

  void diagnose(const std::string& path) {
    auto snapshot = workspace_.snapshot();
    lsp::DocumentPtr document = snapshot->document(path);
    json body = json::parse(protocol::publish_diagnostics(*document, lsp::all_findings(*snapshot, document), *snapshot));
    hold(body["params"]["version"] == document->version && body["params"]["uri"] == lsp::uri_of_path(path), "diagnostics of another version", body);
    check_ranges(body);
    check_diagnostics(body["params"]["diagnostics"]);
  }

  void configure() {
    json value = choices_.byte() % 2 == 0 ? json{{"ignored", {"L101", 3}}, {"evaluate", false}} : json{{"evalctl", {{"ignored", "x"}, {"evaluate", false}}}};
    lsp::Settings settings = protocol::changed_settings(
        message({{"jsonrpc", "2.0"}, {"method", "workspace/didChangeConfiguration"}, {"params", {{"settings", value}}}}), workspace_.settings());
    settings.evaluate = false;
    workspace_.set_settings(std::move(settings));
  }

  // A message with a byte changed, or cut off.
  void broken() {
    std::string text = request("textDocument/" + std::string(choices_.of(kMethods)), params(choices_.of(kUris))).dump();
    if (choices_.byte() % 2 == 0) text.resize(choices_.below(text.size()));
    else text[choices_.below(text.size())] = static_cast<char>(choices_.byte());
    protocol::Message decoded = protocol::decode(text);
    using Kind = protocol::Message::Kind;
    if (decoded.kind != Kind::Request && decoded.kind != Kind::Notification) return;
    (void)protocol::document_change(decoded);
    (void)protocol::cancelled_id(decoded);
    (void)protocol::read_settings(decoded);
    if (decoded.kind == Kind::Request && protocol::knows(decoded.method)) answer(decoded, false);
  }

  void whole_workspace() {
    constexpr std::string_view kWhole[] = {"workspace/symbol", "workspace/diagnostic", "workspace/willRenameFiles", "workspace/executeCommand", "no/such"};
    std::string_view method = choices_.of(kWhole);
    json params = {{"query", choices_.of(kPieces)}, {"previousResultIds", json::array()}, {"command", "evalctl.evaluate"}, {"arguments", {position()}},
                   {"files", {{{"oldUri", choices_.of(kUris)}, {"newUri", "file:///fuzz/d/e.nix"}}}}};
    protocol::Message asked = message(request(std::string(method), std::move(params)));
    hold(protocol::knows(asked.method) == (method != "no/such"), "methods that are known");
    if (method != "no/such") answer(asked, choices_.byte() % 8 == 0);
  }

  json request(std::string method, json params) {
    return {{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", std::move(method)}, {"params", std::move(params)}};
  }

  json params(std::string_view uri) {
    return {{"textDocument", {{"uri", uri}}}, {"position", position()}, {"positions", {position(), position()}}, {"range", range()},
            {"newName", choices_.of(kPieces)}, {"ch", choices_.of(kPieces)}, {"options", {{"tabSize", 2}, {"insertSpaces", true}}},
            {"context", {{"includeDeclaration", true}, {"diagnostics", json::array()}, {"triggerKind", 1}}}, {"previousResultId", "0"}};
  }

  void ask() {
    std::string method = "textDocument/" + std::string(choices_.of(kMethods));
    std::string_view uri = choices_.of(kUris);
    json asked = params(uri);
    auto& known = tokens_[std::string(uri)];
    if (method.ends_with("delta") && !known.id.empty()) asked["previousResultId"] = known.id;
    json result = answer(message(request(method, std::move(asked))), choices_.byte() % 8 == 0);
    if (result.is_object() && result.contains("items") && method.ends_with("/completion")) resolve(result["items"]);
    if (!method.contains("semanticTokens/full") || !result.is_object()) return;
    json data = result.contains("data") ? result["data"] : known.data;
    for (const json& edit : result.value("edits", json::array())) {
      auto begin = data.begin() + edit["start"].get<std::ptrdiff_t>();
      begin = data.erase(begin, begin + edit["deleteCount"].get<std::ptrdiff_t>());
      data.insert(begin, edit["data"].begin(), edit["data"].end());
    }
    json whole = answer(message(request("textDocument/semanticTokens/full", params(uri))), false);
    hold(whole["data"] == data, "a delta leads elsewhere", result);
    known = {whole["resultId"].get<std::string>(), whole["data"]};
  }

  void resolve(const json& items) {
    if (items.empty()) return;
    const json& item = items[choices_.below(items.size())];
    hold(answer(message(request("completionItem/resolve", item)), false)["label"] == item["label"], "another item", item);
  }

  // The result; null where there is an error, which needs a reason.
  json answer(const protocol::Message& asked, bool cancelled) {
    lsp::Cancel cancel{cancelled};
    auto snapshot = workspace_.snapshot();
    protocol::Answer given = protocol::answer(asked, *snapshot, cancel);
    if (given.error != 0) {
      hold(given.error < 0 && given.error != protocol::kInternalError && !given.message.empty(), "an error", {given.error, given.message, asked.method});
      return nullptr;
    }
    json result = json::parse(given.result);
    check_ranges(result);
    if (asked.method.ends_with("ormatting") && result.is_array()) check_edits(result);
    if (asked.method.ends_with("documentSymbol") && result.is_array()) check_symbols(result);
    if (asked.method == "textDocument/diagnostic") check_diagnostics(result["items"]);
    if (result.is_object() && result.contains("data") && asked.method.contains("semanticTokens")) check_tokens(result["data"]);
    if (asked.method == "textDocument/rename" && result.is_object()) {
      for (const json& change : result.value("documentChanges", json::array())) check_edits(change["edits"]);
      for (const json& edits : result.value("changes", json::object())) check_edits(edits);
    }
    return result;
  }

  // What is said of a document now, and would be if its text had just been opened.
  void compare_with_fresh(std::string_view uri) {
    std::string path = lsp::path_of_uri(uri);
    auto found = workspace_.documents().find(path);
    if (found == workspace_.documents().end()) return;
    lsp::DocumentPtr document = found->second;
    json now = state_of(uri);
    workspace_.open(path, std::string(uri), document->version, std::string(document->text.bytes()));
    json fresh = state_of(uri);
    for (const auto& [method, result] : fresh.items()) hold(now[method] == result, "not as if it were opened: " + method, {now[method], result});
  }

  json state_of(std::string_view uri) {
    constexpr std::string_view kState[] = {"documentSymbol", "foldingRange", "documentLink", "semanticTokens/full", "diagnostic", "formatting"};
    json out = json::object(), asked = {{"textDocument", {{"uri", uri}}}, {"options", {{"tabSize", 2}, {"insertSpaces", true}}}};
    for (std::string_view method : kState) {
      json result = answer(message(request("textDocument/" + std::string(method), asked)), false);
      if (result.is_object()) result.erase("resultId");
      out[std::string(method)] = std::move(result);
    }
    return out;
  }

  struct Tokens { std::string id; json data; };

  Choices choices_;
  lsp::Workspace workspace_;
  std::map<std::string, Tokens> tokens_;
  int version_ = 0, last_id_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Session(Choices(data, size)).run();
  return 0;
}
