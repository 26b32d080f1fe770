#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace evalctl::base {
namespace {

constexpr std::size_t kWidth = 120;
constexpr std::size_t kMessageLines = 8;

std::string_view line_at(std::string_view text, std::uint32_t offset) {
  std::size_t begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  std::size_t end = std::min(text.find('\n', offset), text.size());
  std::string_view line = text.substr(begin, end - begin);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

// Columns that a UTF-8 text takes, one for each code point.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

class Renderer {
 public:
  Renderer(const Diagnostic& d, const RenderOptions& options) : d_(d), options_(options) {}

  std::string render() {
    head();
    if (d_.primary) excerpt(*d_.primary, true);
    for (std::size_t i = 0; i < std::min<std::size_t>(d_.labels.size(), 3); ++i) excerpt(d_.labels[i], false);
    for (const std::string& note : d_.notes) out_ += fmt::format("  = {}\n", note);
    if (!d_.help.empty()) out_ += fmt::format("  {}: {}\n", paint("help", "36"), d_.help);
    if (d_.hidden_frames > 0)
      out_ += fmt::format("  ({} frame{} hidden: --show-trace)\n", d_.hidden_frames, d_.hidden_frames == 1 ? "" : "s");
    return std::move(out_);
  }

 private:
  std::string paint(std::string_view text, std::string_view color) const {
    return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
  }

  void head() {
    std::string_view word = d_.severity == Diagnostic::Severity::Error ? "error" : d_.severity == Diagnostic::Severity::Warning ? "warning" : "note";
    std::string title = options_.show_code && !d_.code.empty() ? fmt::format("{}[{}]", word, d_.code) : std::string(word);
    out_ += paint(title, d_.severity == Diagnostic::Severity::Error ? "1;31" : "1;33") + ": ";
    std::string_view rest = d_.message;
    for (std::size_t line = 0; !rest.empty(); ++line) {
      std::size_t end = std::min(rest.find('\n'), rest.size());
      if (line == kMessageLines) {
        out_ += "       …\n";
        return;
      }
      out_ += line == 0 ? std::string(rest.substr(0, end)) : fmt::format("       {}", rest.substr(0, end));
      out_ += '\n';
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (d_.message.empty()) out_ += '\n';
  }

  void excerpt(const Label& label, bool primary) {
    const SourceRange& r = label.range;
    LineAndColumn at = line_and_column(r.text, r.begin);
    std::string_view line = line_at(r.text, r.begin);
    std::size_t start = at.column - 1;
    std::size_t length = std::min<std::size_t>(std::max(r.end, r.begin + 1) - r.begin, std::max<std::size_t>(line.size(), start + 1) - start);
    // A long line is cut so that the range stays in view.
    std::size_t cut = start > kWidth * 2 / 3 ? start - kWidth / 2 : 0;
    while (cut < line.size() && cut > 0 && (line[cut] & 0xc0) == 0x80) --cut;
    std::string shown(line.substr(std::min(cut, line.size()), kWidth));
    for (char& c : shown)
      if (c == '\t') c = ' ';
    std::string number = fmt::format("{}", at.line), gap(number.size(), ' ');
    std::string_view bar = options_.unicode ? "│" : "|", corner = options_.unicode ? "┌─" : "-->";
    out_ += fmt::format("{} {} {}:{}:{}\n", gap, paint(corner, "34"), r.file, at.line, at.column);
    out_ += fmt::format("{} {} {}\n", paint(number, "34"), paint(bar, "34"), shown);
    std::string before(width_of(line.substr(std::min(cut, line.size()), std::min(start, line.size()) - std::min(cut, line.size()))), ' ');
    length = std::min(length, kWidth - std::min(kWidth - 1, start - cut));
    std::string carets(std::max<std::size_t>(1, width_of(line.substr(std::min(start, line.size()), length))), primary ? '^' : '-');
    out_ += fmt::format("{} {} {}{}{}{}\n", gap, paint(bar, "34"), before, paint(carets, primary ? "1;31" : "34"), label.text.empty() ? "" : " ", label.text);
  }

  const Diagnostic& d_;
  const RenderOptions& options_;
  std::string out_;
};

void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
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

// Damerau-Levenshtein distance, letters compared without case at half the cost rounded down.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      bool same = (a[i - 1] | 0x20) == (b[j - 1] | 0x20);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

LineAndColumn line_and_column(std::string_view text, std::uint32_t offset) {
  std::string_view before = text.substr(0, offset);
  auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  std::size_t start = before.rfind('\n');
  return {line, static_cast<std::uint32_t>(before.size() - (start == before.npos ? 0 : start + 1)) + 1};
}

std::string render_terminal(const Diagnostic& diagnostic, const RenderOptions& options) { return Renderer(diagnostic, options).render(); }

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

std::vector<std::string_view> near_names(std::string_view wanted, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongest = 60;
  if (wanted.size() < 2 || wanted.size() > kLongest) return {};
  std::size_t limit = wanted.size() <= 3 ? 1 : wanted.size() <= 7 ? 2 : 3;
  // Nearest first; of equally near ones that with the longer common beginning.
  std::vector<std::tuple<std::size_t, std::size_t, std::string_view>> found;
  for (std::string_view name : known) {
    std::size_t longer = std::max(name.size(), wanted.size()), shorter = std::min(name.size(), wanted.size());
    if (name == wanted || longer - shorter > limit || longer > kLongest) continue;
    std::size_t d = distance(wanted, name);
    auto common = static_cast<std::size_t>(std::mismatch(name.begin(), name.end(), wanted.begin(), wanted.end()).first - name.begin());
    if (d <= limit) found.emplace_back(d, kLongest - common, name);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < found.size() && names.size() < 3; ++i) names.push_back(std::get<2>(found[i]));
  return names;
}

}  // namespace evalctl::base
