// Answers that are as long as the document: a tree of JSON values for each would take longer than what is in them.
#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

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
    range(R"(,"range":{"start":)", symbol.range);
    range(R"(,"selectionRange":{"start":)", symbol.name_range);
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

  void range(std::string_view name, Range range) {
    out += name;
    position(range.begin);
    out += R"(,"end":)";
    position(range.end);
    out += '}';
  }

  void position(std::uint32_t offset) {
    Position position = text_.position(offset, encoding_);
    out += R"({"line":)";
    append_number(position.line, out);
    out += R"(,"character":)";
    append_number(position.character, out);
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
