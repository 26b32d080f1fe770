// What the handlers of requests and the reader of messages share: access to JSON that may have any form, and positions.
//
// Inside of the protocol only: protocol.h is what others see.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/protocol.h"

namespace evalctl::lsp::protocol {

using json = nlohmann::json;

const json& value_of(const Json& value);

// Bad parameters end the answer to one request; never thrown to outside of the protocol.
struct BadParams { std::string message; };
struct Refused { std::string message; };

// null where `object` is no object or has no such member.
const json& member(const json& object, std::string_view name);
template <class... Names>
const json& at(const json& object, std::string_view name, Names... names) {
  if constexpr (sizeof...(names) == 0) return member(object, name);
  else return at(member(object, name), names...);
}
// "" where the member is no string.
std::string text_at(const json& object, std::string_view name);
bool flag_at(const json& value);
// Throws BadParams for what is no integer; others are brought into range.
std::uint32_t natural(const json& value);
// Bytes that are no UTF-8 are replaced.
std::string dump(const json& value);
Position read_position(const json& value);
TextChange::Span read_span(const json& value);

// One request: its parameters, the snapshot, and how positions of the documents are written.
struct Call {
  const json& params;
  const Snapshot& snapshot;
  const Cancel& cancel;

  Encoding encoding() const { return snapshot.settings().encoding; }

  // Throws BadParams where there is no such document.
  DocumentPtr document(const json& identifier) const;
  DocumentPtr document() const;

  std::uint32_t offset(const Document& document, const json& position) const;
  // Of the parameters' position.
  std::uint32_t offset(const Document& document) const;
  Range range(const Document& document, const json& value) const;

  json position(const Document& document, std::uint32_t offset) const;
  json range(const Document& document, Range range) const;
  json edits(const Document& document, const std::vector<Edit>& edits) const;
};

// ---- Answers as long as the document, written as text (long_answers.cpp)
std::string write_findings(const Snapshot& snapshot, const Document& document, const std::vector<Finding>& findings);
std::string write_report(const Call& call);
std::string write_workspace_report(const Call& call);
std::string write_symbols(const Call& call);
std::string write_tokens(const Call& call);
std::string write_token_delta(const Call& call);
std::string write_tokens_of_range(const Call& call);

struct Handler {
  std::string_view method;
  // The result, or its text: one of the two is there.
  json (*run)(const Call&) = nullptr;
  std::string (*write)(const Call&) = nullptr;
};
// Null for a method that is unknown.
const Handler* find_handler(std::string_view method);

}  // namespace evalctl::lsp::protocol
