// Messages of an evaluation that are warnings, as diagnostics.
#include <algorithm>

#include "cli/session.h"

namespace evalctl::cli {
namespace {

// Without the colours that nixpkgs writes into its warnings.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
      i = std::min(text.find('m', i), text.size() - 1);
    } else {
      out += text[i];
    }
  }
  return out;
}

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
  std::string text = plain(message);
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
