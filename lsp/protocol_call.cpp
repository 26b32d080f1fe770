#include "lsp/protocol_call.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace evalctl::lsp::protocol {

struct Json {
  nlohmann::json value;
};

const json& value_of(const Json& value) { return value.value; }

const json& member(const json& object, std::string_view name) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_at(const json& object, std::string_view name) {
  const json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool flag_at(const json& value) { return value.is_boolean() && value.get<bool>(); }

std::uint32_t natural(const json& value) {
  if (!value.is_number_integer()) throw BadParams{"a number was expected"};
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value.get<std::int64_t>(), 0, UINT32_MAX));
}

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Position read_position(const json& value) { return {natural(member(value, "line")), natural(member(value, "character"))}; }

TextChange::Span read_span(const json& value) { return {read_position(member(value, "start")), read_position(member(value, "end"))}; }

DocumentPtr Call::document(const json& identifier) const {
  std::string uri = text_at(identifier, "uri");
  DocumentPtr document = uri.empty() ? nullptr : snapshot.document(path_of_uri(uri));
  if (!document) throw BadParams{"no such document: " + uri};
  return document;
}

DocumentPtr Call::document() const { return document(member(params, "textDocument")); }

std::uint32_t Call::offset(const Document& document, const json& position) const {
  return document.text.offset(read_position(position), encoding());
}

std::uint32_t Call::offset(const Document& document) const { return offset(document, member(params, "position")); }

Range Call::range(const Document& document, const json& value) const {
  std::uint32_t begin = offset(document, member(value, "start")), end = offset(document, member(value, "end"));
  return {std::min(begin, end), std::max(begin, end)};
}

json Call::position(const Document& document, std::uint32_t offset) const {
  Position position = document.text.position(offset, encoding());
  return {{"line", position.line}, {"character", position.character}};
}

json Call::range(const Document& document, Range range) const {
  return {{"start", position(document, range.begin)}, {"end", position(document, range.end)}};
}

json Call::edits(const Document& document, const std::vector<Edit>& edits) const {
  json out = json::array();
  for (const Edit& edit : edits) out.push_back({{"range", range(document, edit.range)}, {"newText", edit.text}});
  return out;
}

Message decode(std::string_view body) {
  Message message;
  json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) {
    message.kind = Message::Kind::NotJson;
    return message;
  }
  if (!value.is_object()) return message;
  const json& id = member(value, "id");
  bool has_id = id.is_string() || id.is_number_integer();
  if (has_id) message.id = dump(id);
  const json& method = member(value, "method");
  if (method.is_string()) {
    message.method = method.get<std::string>();
    message.kind = has_id ? Message::Kind::Request : Message::Kind::Notification;
    auto params = value.find("params");
    message.params = std::make_shared<const Json>(params == value.end() ? json() : std::move(*params));
  } else if (value.contains("result") || value.contains("error")) {
    message.kind = Message::Kind::Response;
  }
  return message;
}

}  // namespace evalctl::lsp::protocol
