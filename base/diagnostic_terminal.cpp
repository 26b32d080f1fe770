// Diagnostics for people: the sentence, excerpts of the texts, what to do.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/diagnostic.h"
#include "base/text.h"

namespace evalctl::base {
namespace {

constexpr std::size_t kWidth = 120;
constexpr std::size_t kMostLines = 25;
constexpr std::size_t kMessageLines = 8, kNoteLines = 3;

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
    std::vector<std::string> excerpts = std::move(lines_), end;
    lines_.clear();
    closing();
    end = std::move(lines_);
    // What explains most comes first: secondary excerpts fill what is left.
    for (std::size_t i = 0; i < std::min<std::size_t>(d_.labels.size(), 3) && excerpts.size() + end.size() + 3 <= kMostLines; ++i) {
      lines_.clear();
      excerpt(d_.labels[i], false);
      excerpts.insert(excerpts.end(), lines_.begin(), lines_.end());
    }
    excerpts.insert(excerpts.end(), end.begin(), end.end());
    std::string out;
    for (std::size_t i = 0; i < std::min(excerpts.size(), kMostLines); ++i) (out += excerpts[i]) += '\n';
    return out;
  }

 private:
  std::string paint(std::string_view text, std::string_view color) const {
    return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
  }

  // Adds a text in lines of at most the terminal's width; those after the first are indented.
  void add_wrapped(std::string_view start, std::size_t start_width, std::string_view text) {
    std::string line(start), indent(start_width, ' ');
    std::size_t used = start_width;
    std::size_t limit = options_.width > 40 ? options_.width : static_cast<std::size_t>(-1);
    for (std::size_t at = 0; at <= text.size();) {
      std::size_t end = std::min(text.find(' ', at), text.size());
      std::string_view word = text.substr(at, end - at);
      if (used > start_width && used + 1 + width_of(word) > limit) {
        lines_.push_back(std::move(line));
        line = indent;
        used = start_width;
      } else if (at > 0) {
        line += ' ';
        ++used;
      }
      line += word;
      used += width_of(word);
      at = end + 1;
    }
    lines_.push_back(std::move(line));
  }

  void head() {
    std::string_view word = d_.severity == Diagnostic::Severity::Error ? "error" : d_.severity == Diagnostic::Severity::Warning ? "warning" : "note";
    std::string title = options_.show_code && !d_.code.empty() ? fmt::format("{}[{}]", word, d_.code) : std::string(word);
    std::string painted = paint(title, d_.severity == Diagnostic::Severity::Error ? "1;31" : "1;33") + ": ";
    std::vector<std::string_view> message = lines_of(d_.message);
    if (message.empty()) message.push_back("");
    for (std::size_t i = 0; i < message.size(); ++i) {
      if (i == kMessageLines || lines_.size() > kMessageLines) {
        lines_.push_back(options_.unicode ? "       …" : "       ...");
        return;
      }
      if (i == 0) add_wrapped(painted, title.size() + 2, message[0]);
      else add_wrapped("       ", 7, message[i]);
    }
  }

  void closing() {
    for (const std::string& note : d_.notes) {
      std::vector<std::string_view> text = lines_of(note);
      for (std::size_t i = 0; i < std::min(text.size(), kNoteLines) && lines_.size() < 6; ++i) add_wrapped(i == 0 ? "  = " : "    ", 4, text[i]);
    }
    if (!d_.help.empty()) add_wrapped("  " + paint("help", "36") + ": ", 8, d_.help);
    if (d_.hidden_frames > 0) lines_.push_back(fmt::format("  ({} frame{} hidden: --show-trace)", d_.hidden_frames, d_.hidden_frames == 1 ? "" : "s"));
  }

  std::string place(const SourceRange& r, LineAndColumn at) const {
    std::string text = fmt::format("{}:{}:{}", r.file, at.line, at.column);
    if (!options_.hyperlinks || !r.file.starts_with('/')) return text;
    return fmt::format("\x1b]8;;file://{}#{}\x1b\\{}\x1b]8;;\x1b\\", r.file, at.line, text);
  }

  void excerpt(const Label& label, bool primary) {
    const SourceRange& r = label.range;
    LineAndColumn at = line_and_column(r.text, r.begin);
    std::string_view line = line_at(r.text, r.begin);
    std::string number = fmt::format("{}", at.line), gap(number.size(), ' ');
    std::size_t width = options_.width > 40 ? std::min(options_.width - number.size() - 3, kWidth) : kWidth;
    std::size_t start = at.column - 1;
    std::size_t length = std::min<std::size_t>(std::max(r.end, r.begin + 1) - r.begin, std::max<std::size_t>(line.size(), start + 1) - start);
    // A long line is cut so that the range stays in view.
    std::size_t cut = start > width * 2 / 3 ? start - width / 2 : 0;
    while (cut < line.size() && cut > 0 && (line[cut] & 0xc0) == 0x80) --cut;
    cut = std::min(cut, line.size());
    std::size_t end = std::min(cut + width, line.size());
    while (end < line.size() && (line[end] & 0xc0) == 0x80) ++end;
    std::string shown(line.substr(cut, end - cut));
    for (char& c : shown)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    std::string_view bar = options_.unicode ? "│" : "|", corner = options_.unicode ? "┌─" : "-->";
    lines_.push_back(fmt::format("{} {} {}", gap, paint(corner, "34"), place(r, at)));
    lines_.push_back(fmt::format("{} {} {}", paint(number, "34"), paint(bar, "34"), shown));
    std::string before(width_of(line.substr(cut, std::min(start, line.size()) - cut)), ' ');
    length = std::min(length, width - std::min(width - 1, start - cut));
    std::string carets(std::max<std::size_t>(1, width_of(line.substr(std::min(start, line.size()), length))), primary ? '^' : '-');
    std::string marked = fmt::format("{} {} {}{}", gap, paint(bar, "34"), before, paint(carets, primary ? "1;31" : "34"));
    std::size_t needed = width_of(label.text), taken = before.size() + carets.size();
    bool beside = options_.width == 0 || number.size() + 3 + taken + 1 + needed <= options_.width;
    lines_.push_back(label.text.empty() || !beside ? marked : fmt::format("{} {}", marked, paint_label(label.text, primary)));
    if (beside) return;
    // No room beside the mark: below it, as far left as it has to be.
    std::size_t room = options_.width > number.size() + 3 + needed ? options_.width - number.size() - 3 - needed : 0;
    lines_.push_back(fmt::format("{} {} {}{}", gap, paint(bar, "34"), std::string(std::min(before.size(), room), ' '), paint_label(label.text, primary)));
  }

  std::string paint_label(const std::string& text, bool primary) const { return text.empty() ? "" : paint(text, primary ? "31" : "34"); }

  const Diagnostic& d_;
  const RenderOptions& options_;
  std::vector<std::string> lines_;
};

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value && std::string_view(value) != "0";
}

// The locale's character set; a machine without any locale is taken to show what others do.
bool shows_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    std::string_view locale = value;
    return locale.contains("UTF-8") || locale.contains("utf8") || locale.contains("UTF8") || locale.contains("utf-8");
  }
  return true;
}

}  // namespace

RenderOptions render_options_for(int descriptor) {
  const char* terminal_name = std::getenv("TERM");
  bool dumb = terminal_name && std::string_view(terminal_name) == "dumb";
  bool terminal = isatty(descriptor) && !dumb;
  const char* no_color = std::getenv("NO_COLOR");
  RenderOptions options;
  options.color = (terminal || is_set("CLICOLOR_FORCE")) && !(no_color && *no_color);
  options.unicode = shows_unicode();
  // Terminals that are known to follow such links.
  bool links = is_set("VTE_VERSION") || is_set("WT_SESSION") || is_set("KITTY_WINDOW_ID") || is_set("WEZTERM_PANE") || is_set("KONSOLE_VERSION") || is_set("ITERM_SESSION_ID");
  options.hyperlinks = (terminal && links) || is_set("FORCE_HYPERLINK");
  winsize size{};
  if (terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0) options.width = size.ws_col;
  return options;
}

std::string render_terminal(const Diagnostic& diagnostic, const RenderOptions& options) { return Renderer(diagnostic, options).render(); }

}  // namespace evalctl::base
