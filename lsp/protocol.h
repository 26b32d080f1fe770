// The JSON of the language server protocol: the only place that knows it.
//
// Messages come in as text and leave as text; in between are plain structs. All functions are free of state and may be
// called from any thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/findings.h"
#include "lsp/snapshot.h"

namespace evalctl::lsp::protocol {

// Error codes of JSON-RPC and of the protocol.
enum ErrorCode : int {
  kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601, kInvalidParams = -32602, kInternalError = -32603,
  kNotInitialized = -32002, kRequestCancelled = -32800, kRequestFailed = -32803,
};

struct Json;  // a parsed value

struct Message {
  enum class Kind : std::uint8_t { Request, Notification, Response, NotJson, Invalid };
  Kind kind = Kind::Invalid;
  // As JSON text; "null" where there is none.
  std::string id = "null";
  std::string method;
  // Shared with the job that answers.
  std::shared_ptr<const Json> params;
};

// Never fails: what makes no sense is NotJson or Invalid.
Message decode(std::string_view body);

// ---- Notifications and what else the input thread reads. Nothing when the parameters make no sense.
struct DocumentChange {
  std::string path;
  // As the client spells it.
  std::string uri;
  std::int64_t version = 0;
  // For an opened document: its text as one change without a span.
  std::vector<TextChange> changes;
};
std::optional<DocumentChange> document_change(const Message& message);
// The id, as JSON text, of the request to cancel.
std::string cancelled_id(const Message& message);
Settings read_settings(const Message& initialize);
// Settings with what workspace/didChangeConfiguration or workspace/didChangeWorkspaceFolders says.
Settings changed_settings(const Message& message, Settings settings);

// ---- Answers
std::string initialize_result(const Settings& settings);
// Whether answer() knows `method`.
bool knows(std::string_view method);
struct Answer {
  // JSON text of the result, or the reason why there is none.
  std::string result;
  int error = 0;
  std::string message;
};
Answer answer(const Message& request, const Snapshot& snapshot, const Cancel& cancel);

// What the user is to see of the result of a command, as messages; `id` is for a request.
std::vector<std::string> after_command(std::string_view result, std::string_view id, const Settings& settings);

std::string response(std::string_view id, std::string_view result);
std::string error_response(std::string_view id, int code, std::string_view message);
std::string publish_diagnostics(const Document& document, const std::vector<Finding>& findings, const Snapshot& snapshot);
std::string clear_diagnostics(const std::string& uri);
// A request of the server's own without parameters, as workspace/diagnostic/refresh.
std::string request(std::string_view id, std::string_view method);
std::string register_watchers(std::string_view id);
// Work-done progress: its token is made known, then it begins and ends.
std::string create_progress(std::string_view id, std::string_view token);
std::string progress(std::string_view token, std::string_view title, bool begins);

}  // namespace evalctl::lsp::protocol
