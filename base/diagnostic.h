// What is said to a user about a place in a text: one object for the terminal, for machines and for editors.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::base {

// Bytes [begin, end) of a text, which must outlive the range.
struct SourceRange {
  std::string file;
  std::string_view text;
  std::uint32_t begin = 0, end = 0;
};

// 1-based; the column counts bytes.
struct LineAndColumn { std::uint32_t line, column; };
LineAndColumn line_and_column(std::string_view text, std::uint32_t offset);

struct Label {
  SourceRange range;
  std::string text;  // a few words, or nothing
};

// Replacing the range by the text mends the mistake.
struct Fix {
  SourceRange range;
  std::string replacement;
  std::string title;
};

struct Diagnostic {
  enum class Severity : std::uint8_t { Error, Warning, Note };
  Severity severity = Severity::Error;
  std::string code;     // stable, as "E021"
  std::string message;  // the first line is a sentence; more lines explain
  std::optional<Label> primary;
  std::vector<Label> labels;
  std::vector<std::string> notes;
  std::string help;
  std::vector<Fix> fixes;
  std::size_t hidden_frames = 0;
};

struct RenderOptions {
  bool color = false;
  bool unicode = true;
  bool hyperlinks = false;  // places lead to their files, in terminals that know OSC 8
  bool show_code = true;
  std::size_t width = 0;    // columns of the terminal; 0: none, excerpts are cut and sentences are not
};
// What the environment asks for: NO_COLOR, CLICOLOR_FORCE, TERM, the locale, the width of the terminal on `descriptor`.
RenderOptions render_options_for(int descriptor);

// At most 25 lines; long lines are cut around what they are shown for.
std::string render_terminal(const Diagnostic& diagnostic, const RenderOptions& options);
// One object on one line: severity, code, message, ranges with lines and columns, notes, help, fixes.
std::string render_json(const Diagnostic& diagnostic);
// A whole SARIF 2.1.0 log of one run.
std::string render_sarif(const std::vector<Diagnostic>& diagnostics);

// The names of `known` that `wanted` may be a slip for, the nearest first; at most three.
std::vector<std::string_view> near_names(std::string_view wanted, const std::vector<std::string_view>& known);

}  // namespace evalctl::base
