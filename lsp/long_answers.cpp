// Answers that are as long as the document: a tree of JSON values for each would take longer than what is in them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "lsp/evaluation.h"
#include "lsp/features.h"
#include "lsp/protocol_call.h"
#include "stdlib/json.h"

namespace evalctl::lsp::protocol {
namespace {

void append_number(std::uint64_t number, std::string& out) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_text(std::string_view text, std::string& out) {
  bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  // What is no UTF-8 is to be replaced.
  if (ascii) stdlib::append_json_string(text, out);
  else out += dump(std::string(text));
}

void append_position(const Text& text, std::uint32_t offset, Encoding encoding, std::string& out) {
  Position position = text.position(offset, encoding);
  out += R"({"line":)";
  append_number(position.line, out);
  out += R"(,"character":)";
  append_number(position.character, out);
  out += '}';
}

// `name` begins with what separates it from the member before.
void append_range(std::string_view name, const Text& text, Range range, Encoding encoding, std::string& out) {
  out += name;
  out += R"({"start":)";
  append_position(text, range.begin, encoding, out);
  out += R"(,"end":)";
  append_position(text, range.end, encoding, out);
  out += '}';
}

// ---- Diagnostics

void append_related(const Snapshot& snapshot, const Finding& finding, std::string& out) {
  std::string_view separator = R"(,"relatedInformation":[)";
  for (const Finding::Related& related : finding.related) {
    DocumentPtr other = snapshot.document(related.path);
    if (!other) continue;
    out += separator;
    separator = ",";
    out += R"({"location":{"uri":)";
    append_text(snapshot.uri_of(related.path), out);
    append_range(R"(,"range":)", other->text, related.range, snapshot.settings().encoding, out);
    out += R"(},"message":)";
    append_text(related.message, out);
    out += '}';
  }
  if (separator == ",") out += ']';
}

void append_finding(const Snapshot& snapshot, const Document& document, const Finding& finding, std::string& out) {
  append_range(R"({"range":)", document.text, finding.range, snapshot.settings().encoding, out);
  out += R"(,"severity":)";
  append_number(static_cast<std::uint64_t>(finding.severity), out);
  out += R"(,"code":)";
  append_text(finding.code, out);
  out += R"(,"source":"evalctl","message":)";
  append_text(finding.message, out);
  if (finding.unnecessary) out += finding.deprecated ? R"(,"tags":[1,2])" : R"(,"tags":[1])";
  else if (finding.deprecated) out += R"(,"tags":[2])";
  append_related(snapshot, finding, out);
  out += '}';
}

// A report with an id that says what is in it: as long as it stays the same, the id is all that is sent. Without braces.
std::string report(const std::string& items, const std::string& known) {
  std::string id = fmt::format("{:016x}", std::hash<std::string>()(items));
  if (id == known) return fmt::format(R"("kind":"unchanged","resultId":"{}")", id);
  return fmt::format(R"("kind":"full","resultId":"{}","items":{})", id, items);
}

// ---- Symbols

class SymbolWriter {
 public:
  SymbolWriter(const Document& document, Encoding encoding) : text_(document.text), encoding_(encoding) {}

  void symbols(const std::vector<Symbol>& symbols) {
    out += '[';
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (i > 0) out += ',';
      symbol(symbols[i]);
    }
    out += ']';
  }

  std::string out;

 private:
  void symbol(const Symbol& symbol) {
    out += R"({"name":)";
    append_text(symbol.name, out);
    out += R"(,"kind":)";
    append_number(static_cast<std::uint64_t>(symbol.kind), out);
    append_range(R"(,"range":)", text_, symbol.range, encoding_, out);
    append_range(R"(,"selectionRange":)", text_, symbol.name_range, encoding_, out);
    if (!symbol.detail.empty()) {
      out += R"(,"detail":)";
      append_text(symbol.detail, out);
    }
    if (!symbol.children.empty()) {
      out += R"(,"children":)";
      symbols(symbol.children);
    }
    out += '}';
  }

  const Text& text_;
  Encoding encoding_;
};

// ---- Semantic tokens: five numbers each, relative to the token before. A token of several lines is one for each line.

std::vector<std::uint32_t> token_data(const Call& call, const Document& document, Range range) {
  std::vector<std::uint32_t> data;
  Position last{0, 0};
  for (const SemanticToken& token : semantic_tokens(document, range)) {
    for (std::uint32_t line = document.text.line_of(token.range.begin); line < document.text.line_count(); ++line) {
      std::uint32_t start = document.text.line_start(line);
      if (start >= token.range.end) break;
      std::uint32_t begin = std::max(token.range.begin, start);
      std::uint32_t end = std::min(token.range.end, start + static_cast<std::uint32_t>(document.text.line(line).size()));
      if (begin >= end) continue;
      Position at = document.text.position(begin, call.encoding());
      std::uint32_t length = count_units(document.text.bytes().substr(begin, end - begin), call.encoding());
      data.insert(data.end(), {at.line - last.line, at.line == last.line ? at.character - last.character : at.character, length,
                               static_cast<std::uint32_t>(token.type), token.modifiers});
      last = at;
    }
  }
  return data;
}

using Numbers = std::span<const std::uint32_t>;

void append_numbers(std::string_view name, Numbers numbers, std::string& out) {
  out += name;
  out += '[';
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) out += ',';
    append_number(numbers[i], out);
  }
  out += ']';
}

Memory::Data all_tokens(const Call& call, const Document& document) {
  return std::make_shared<const std::vector<std::uint32_t>>(token_data(call, document, {0, document.text.size()}));
}

std::string with_id(const Call& call, const Document& document, const Memory::Data& data) {
  return R"({"resultId":)" + dump(call.snapshot.memory().keep_tokens(document.path, data));
}

}  // namespace

std::string write_findings(const Snapshot& snapshot, const Document& document, const std::vector<Finding>& findings) {
  std::string out = "[";
  for (const Finding& finding : findings) {
    if (out.size() > 1) out += ',';
    append_finding(snapshot, document, finding, out);
  }
  return out + "]";
}

std::string write_report(const Call& call) {
  DocumentPtr document = call.document();
  std::string items = write_findings(call.snapshot, *document, all_findings(call.snapshot, document));
  return "{" + report(items, text_at(call.params, "previousResultId")) + "}";
}

// Files of the workspace, what else something is wrong with, and what was reported before and is to be taken back.
std::string write_workspace_report(const Call& call) {
  struct Known { std::string uri, id; };
  std::map<std::string, Known> reports;
  constexpr std::size_t kMostFiles = 2000;
  for (const std::string& path : call.snapshot.files(kMostFiles, call.cancel)) reports[path];
  if (Evaluation* evaluation = call.snapshot.evaluation()) {
    for (const std::string& path : evaluation->problem_paths()) reports[path];
  }
  const json& previous = member(call.params, "previousResultIds");
  for (const json& one : previous.is_array() ? previous : json::array()) {
    std::string uri = text_at(one, "uri");
    reports[path_of_uri(uri)] = {uri, text_at(one, "value")};
  }
  std::string out;
  for (const auto& [path, known] : reports) {
    if (call.cancel) break;
    DocumentPtr document = call.snapshot.document(path);
    std::string items = document ? write_findings(call.snapshot, *document, all_findings(call.snapshot, document)) : "[]";
    std::string version = document && document->version >= 0 ? std::to_string(document->version) : "null";
    std::string uri = known.uri.empty() ? call.snapshot.uri_of(path) : known.uri;
    out += fmt::format(R"({}{{"uri":{},"version":{},{}}})", out.empty() ? "" : ",", dump(uri), version, report(items, known.id));
  }
  return R"({"items":[)" + out + "]}";
}

std::string write_symbols(const Call& call) {
  DocumentPtr document = call.document();
  SymbolWriter writer(*document, call.encoding());
  writer.symbols(document_symbols(*document));
  return std::move(writer.out);
}

std::string write_tokens(const Call& call) {
  DocumentPtr document = call.document();
  Memory::Data data = all_tokens(call, *document);
  std::string out = with_id(call, *document, data);
  append_numbers(R"(,"data":)", *data, out);
  return out + "}";
}

std::string write_token_delta(const Call& call) {
  DocumentPtr document = call.document();
  Memory::Data old = call.snapshot.memory().tokens(document->path, text_at(call.params, "previousResultId"));
  Memory::Data data = all_tokens(call, *document);
  std::string out = with_id(call, *document, data);
  if (!old) {
    append_numbers(R"(,"data":)", *data, out);
    return out + "}";
  }
  Numbers before = *old, now = *data;
  auto begin = static_cast<std::size_t>(std::ranges::mismatch(before, now).in1 - before.begin());
  std::size_t same = 0, most = std::min(before.size(), now.size()) - begin;
  while (same < most && before[before.size() - 1 - same] == now[now.size() - 1 - same]) ++same;
  out += R"(,"edits":[)";
  if (before.size() - same > begin || now.size() - same > begin) {
    out += R"({"start":)";
    append_number(begin, out);
    out += R"(,"deleteCount":)";
    append_number(before.size() - same - begin, out);
    append_numbers(R"(,"data":)", now.subspan(begin, now.size() - same - begin), out);
    out += '}';
  }
  return out + "]}";
}

std::string write_tokens_of_range(const Call& call) {
  DocumentPtr document = call.document();
  std::string out = "{";
  append_numbers(R"("data":)", token_data(call, *document, call.range(*document, member(call.params, "range"))), out);
  return out + "}";
}

}  // namespace evalctl::lsp::protocol
