// Messages of an evaluation that are warnings, as diagnostics.
#include "base/text.h"
#include "cli/session.h"

namespace evalctl::cli {
namespace {

struct Start { std::string_view text, code; };
constexpr Start kStarts[] = {
    {"evaluation warning: ", "W001"},
    {"trace: warning: ", "W002"},
    {"trace: Warning: ", "W002"},
    {"trace: Obsolete option ", "W002"},
    {"warning: ", "W003"},
};

}  // namespace

std::optional<base::Diagnostic> read_warning(std::string_view message) {
  std::string text = base::without_escapes(message);
  for (const Start& start : kStarts) {
    if (!text.starts_with(start.text)) continue;
    base::Diagnostic warning;
    warning.severity = base::Diagnostic::Severity::Warning;
    warning.code = start.code;
    bool option = start.text.contains("Obsolete");
    warning.message = text.substr(option ? 7 : start.text.size());
    // "at FILE:LINE:COLUMN" on a line of its own.
    if (std::size_t at = warning.message.find("\n         at "); at != std::string::npos) {
      warning.notes.push_back(warning.message.substr(at + 10));
      warning.message.resize(at);
    }
    return warning;
  }
  return std::nullopt;
}

}  // namespace evalctl::cli
