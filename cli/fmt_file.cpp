#include "cli/fmt_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/diagnostic.h"
#include "base/files.h"
#include "base/text.h"
#include "formatter/edits.h"
#include "formatter/folder.h"
#include "formatter/format_range.h"
#include "stdlib/json.h"

namespace evalctl::cli {
namespace {

using Status = FormatOutcome::Status;

// More would hide the first ones, which matter most.
constexpr std::size_t kMostErrorsShown = 3;

base::Diagnostic with_source(const parser::Diagnostic& diagnostic, const std::string& path, std::string_view text) {
  base::Diagnostic out;
  out.code = diagnostic.code;
  out.message = diagnostic.message;
  out.primary = base::Label{{path, text, diagnostic.range.begin, diagnostic.range.end}, ""};
  return out;
}

void append_position(std::string& out, std::string_view text, std::uint32_t offset) {
  base::LineAndColumn at = base::line_and_column(text, offset);
  out += fmt::format("{{\"line\":{},\"column\":{}}}", at.line, at.column);
}

// One object on one line: file, status, diagnostics, and the edits where the file is not as it should be.
std::string json_line(const std::string& path, std::string_view status, const std::string& diagnostics, std::string_view before,
                      const std::vector<formatter::Edit>& edits) {
  std::string out = "{\"file\":";
  stdlib::append_json_string(path, out);
  out += fmt::format(",\"status\":\"{}\",\"diagnostics\":[{}],\"edits\":[", status, diagnostics);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    out += i ? ",{\"begin\":" : "{\"begin\":";
    append_position(out, before, edits[i].range.begin);
    out += ",\"end\":";
    append_position(out, before, edits[i].range.end);
    out += ",\"text\":";
    stdlib::append_json_string(edits[i].text, out);
    out += '}';
  }
  return base::as_utf8(out + "]}\n");
}

std::string render_errors(const FormatPlan& plan, const std::string& path, std::string_view text,
                          const std::vector<parser::Diagnostic>& diagnostics) {
  std::string out;
  if (plan.quiet) return out;
  base::RenderOptions options{.color = may_color(STDERR_FILENO)};
  for (std::size_t i = 0; i < std::min(diagnostics.size(), kMostErrorsShown); ++i) {
    out += base::render_terminal(with_source(diagnostics[i], path, text), options);
  }
  return out;
}

std::string render_json_errors(const std::string& path, std::string_view text, const std::vector<parser::Diagnostic>& diagnostics) {
  std::string list;
  for (const parser::Diagnostic& diagnostic : diagnostics) {
    if (!list.empty()) list += ',';
    list += base::render_json(with_source(diagnostic, path, text));
  }
  return json_line(path, "failed", list, text, {});
}

// The byte that a line and a column mean; positions behind the end of a line mean its end.
std::uint32_t offset_of(std::string_view text, std::uint32_t line, std::uint32_t column) {
  std::size_t begin = 0;
  for (; line > 1 && begin < text.size(); --line) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  std::size_t end = std::min(text.find('\n', begin), text.size());
  return static_cast<std::uint32_t>(std::min(begin + column - 1, end));
}

formatter::Formatted run_formatter(const FormatPlan& plan, std::string_view text, const formatter::Options& options) {
  if (!plan.range) return formatter::format(text, options);
  parser::Range range{offset_of(text, plan.range->first_line, plan.range->first_column),
                      offset_of(text, plan.range->last_line, plan.range->last_column)};
  formatter::FormattedRange part = formatter::format_range(text, range, options);
  if (part.edits.empty() && !part.diagnostics.empty()) return {{}, false, std::move(part.diagnostics)};
  return {formatter::apply_edits(text, part.edits), !part.edits.empty(), {}};
}

}  // namespace

bool may_color(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(descriptor) && !(no_color && *no_color);
}

formatter::Options options_for(const FormatPlan& plan, formatter::Options found) {
  return {plan.overrides.width.value_or(found.width), plan.overrides.indent.value_or(found.indent),
          plan.overrides.strict.value_or(found.strict)};
}

FormatOutcome failed_outcome(const FormatPlan& plan, const std::string& path, const std::string& message) {
  FormatOutcome outcome{Status::Failed, path, {}, {}};
  if (!plan.quiet) outcome.errors = fmt::format("error: {}\n", message);
  if (plan.json) {
    base::Diagnostic diagnostic;
    diagnostic.message = message;
    outcome.output = json_line(path, "failed", base::render_json(diagnostic), {}, {});
  }
  return outcome;
}

FileResult format_text(const FormatPlan& plan, const std::string& path, std::string_view text, const formatter::Options& options) {
  formatter::Formatted formatted = run_formatter(plan, text, options);
  FileResult result;
  FormatOutcome& outcome = result.outcome;
  outcome.path = path;
  if (!formatted.diagnostics.empty() && text.contains('\0')) {
    // What stands in it would fill the screen.
    return {failed_outcome(plan, path, fmt::format("cannot format '{}': it is not a text file", path)), {}};
  }
  if (!formatted.diagnostics.empty()) {
    outcome.status = Status::Failed;
    outcome.errors = render_errors(plan, path, text, formatted.diagnostics);
    if (plan.json) outcome.output = render_json_errors(path, text, formatted.diagnostics);
    return result;
  }
  if (!formatted.changed) return result;
  outcome.status = Status::Changed;
  result.text = std::move(formatted.text);
  if (plan.json) {
    std::string_view status = plan.writes_files() ? "formatted" : "unformatted";
    outcome.output = json_line(path, status, "", text, formatter::edits_between(text, result.text));
  } else if (plan.diff) {
    outcome.output = unified_diff(path, text, result.text, may_color(STDOUT_FILENO));
  } else if (plan.as_nixfmt) {
    if (plan.check && !plan.quiet) outcome.errors = path + ": not formatted\n";
  } else if (!plan.quiet) {
    outcome.output = path + "\n";
  }
  return result;
}

FormatOutcome format_file(const FormatPlan& plan, const std::string& path, const formatter::Options& options) {
  auto text = base::read_file(path);
  if (!text) return failed_outcome(plan, path, text.error().message);
  FileResult result = format_text(plan, path, *text, options);
  if (result.outcome.status == Status::Changed && plan.writes_files()) {
    auto written = base::replace_file(path, *text, result.text);
    if (!written) return failed_outcome(plan, path, written.error().message);
  }
  return std::move(result.outcome);
}

FormatOutcome format_standard_input(const FormatPlan& plan) {
  std::string path = plan.stdin_path.empty() ? "<stdin>" : plan.stdin_path;
  auto text = base::read_file("/dev/stdin");
  if (!text) return failed_outcome(plan, path, "cannot read standard input");
  formatter::Options found;
  if (plan.use_settings && !plan.stdin_path.empty()) {
    std::string absolute = path.starts_with('/') ? path : base::working_folder() + "/" + path;
    std::size_t slash = absolute.rfind('/');
    found = formatter::Folder::open(slash == 0 ? "/" : absolute.substr(0, slash))->options(absolute.substr(slash + 1), {});
  }
  FileResult result = format_text(plan, path, *text, options_for(plan, found));
  FormatOutcome& outcome = result.outcome;
  if (!plan.writes_files() || plan.json || outcome.status == Status::Failed) return std::move(outcome);
  outcome.output = outcome.status == Status::Changed ? std::move(result.text) : std::move(*text);
  return std::move(outcome);
}

}  // namespace evalctl::cli
