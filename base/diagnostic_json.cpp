// Diagnostics for machines: lines of JSON, and SARIF.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/diagnostic.h"
#include "base/text.h"

namespace evalctl::base {
namespace {

void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (char c : as_utf8(std::string(text))) {
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else out += c;
  }
  out += '"';
}

void append_range(std::string& out, const SourceRange& range) {
  LineAndColumn begin = line_and_column(range.text, range.begin), end = line_and_column(range.text, range.end);
  out += "{\"file\":";
  append_json(out, range.file);
  out += fmt::format(",\"line\":{},\"column\":{},\"endLine\":{},\"endColumn\":{}", begin.line, begin.column, end.line, end.column);
}

void append_label(std::string& out, const Label& label) {
  append_range(out, label.range);
  out += ",\"label\":";
  append_json(out, label.text);
  out += '}';
}

// ---- SARIF. Columns count UTF-8 bytes in our ranges and UTF-16 code units there.
std::uint32_t utf16_column(std::string_view text, std::uint32_t offset) {
  std::size_t start = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  std::uint32_t column = 1;
  for (std::size_t i = start; i < offset && i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xc0) != 0x80) column += c >= 0xf0 ? 2 : 1;
  }
  return column;
}

std::string uri_of(std::string_view path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  for (char c : path) {
    bool plain = std::isalnum(static_cast<unsigned char>(c)) || std::string_view("/._-~+").contains(c);
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

void append_region(std::string& out, const SourceRange& r) {
  LineAndColumn begin = line_and_column(r.text, r.begin), end = line_and_column(r.text, r.end);
  out += fmt::format("{{\"startLine\":{},\"startColumn\":{},\"endLine\":{},\"endColumn\":{}}}", begin.line, utf16_column(r.text, r.begin), end.line,
                     utf16_column(r.text, r.end));
}

void append_location(std::string& out, const Label& label) {
  out += "{\"physicalLocation\":{\"artifactLocation\":{\"uri\":";
  append_json(out, uri_of(label.range.file));
  out += "},\"region\":";
  append_region(out, label.range);
  out += '}';
  if (!label.text.empty()) {
    out += ",\"message\":{\"text\":";
    append_json(out, label.text);
    out += '}';
  }
  out += '}';
}

void append_fix(std::string& out, const Fix& fix) {
  out += "{\"description\":{\"text\":";
  append_json(out, fix.title);
  out += "},\"artifactChanges\":[{\"artifactLocation\":{\"uri\":";
  append_json(out, uri_of(fix.range.file));
  out += "},\"replacements\":[{\"deletedRegion\":";
  append_region(out, fix.range);
  out += ",\"insertedContent\":{\"text\":";
  append_json(out, fix.replacement);
  out += "}}]}]}";
}

template <class Items, class Append>
void append_list(std::string& out, std::string_view key, const Items& items, Append append) {
  if (items.empty()) return;
  out += fmt::format(",\"{}\":[", key);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i) out += ',';
    append(out, items[i]);
  }
  out += ']';
}

void append_result(std::string& out, const Diagnostic& d) {
  static constexpr std::string_view kLevels[] = {"error", "warning", "note"};
  out += fmt::format("{{\"ruleId\":\"{}\",\"level\":\"{}\",\"message\":{{\"text\":", d.code, kLevels[static_cast<int>(d.severity)]);
  std::string text = d.message;
  for (const std::string& note : d.notes) text += "\n" + note;
  if (!d.help.empty()) text += "\nhelp: " + d.help;
  append_json(out, text);
  out += '}';
  if (d.primary) append_list(out, "locations", std::vector<Label>{*d.primary}, append_location);
  append_list(out, "relatedLocations", d.labels, append_location);
  append_list(out, "fixes", d.fixes, append_fix);
  out += '}';
}

}  // namespace

std::string render_json(const Diagnostic& d) {
  static constexpr std::string_view kSeverities[] = {"error", "warning", "note"};
  std::string out = fmt::format("{{\"severity\":\"{}\",\"code\":\"{}\",\"message\":", kSeverities[static_cast<int>(d.severity)], d.code);
  append_json(out, d.message);
  if (d.primary) {
    out += ",\"primary\":";
    append_label(out, *d.primary);
  }
  out += ",\"related\":[";
  for (std::size_t i = 0; i < d.labels.size(); ++i) {
    if (i) out += ',';
    append_label(out, d.labels[i]);
  }
  out += "],\"notes\":[";
  for (std::size_t i = 0; i < d.notes.size(); ++i) {
    if (i) out += ',';
    append_json(out, d.notes[i]);
  }
  out += "],\"help\":";
  append_json(out, d.help);
  out += ",\"fixes\":[";
  for (std::size_t i = 0; i < d.fixes.size(); ++i) {
    if (i) out += ',';
    append_range(out, d.fixes[i].range);
    out += ",\"replacement\":";
    append_json(out, d.fixes[i].replacement);
    out += ",\"title\":";
    append_json(out, d.fixes[i].title);
    out += '}';
  }
  return out + "]}";
}

std::string render_sarif(const std::vector<Diagnostic>& diagnostics) {
  std::string out = "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"evalctl\"";
  std::set<std::string> codes;
  for (const Diagnostic& d : diagnostics) codes.insert(d.code);
  append_list(out, "rules", std::vector<std::string>(codes.begin(), codes.end()), [](std::string& o, const std::string& code) { o += fmt::format("{{\"id\":\"{}\"}}", code); });
  out += "}},\"columnKind\":\"utf16CodeUnits\",\"results\":[";
  for (std::size_t i = 0; i < diagnostics.size(); ++i) {
    if (i) out += ',';
    append_result(out, diagnostics[i]);
  }
  return out + "]}]}";
}

}  // namespace evalctl::base
