// What a command says at its end: errors and statistics.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/session.h"
#include "evaluator/program.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

constexpr std::size_t kLongestLine = 200;

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) {
    std::size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// "at FILE:LINE:COLUMN:" and the line with its neighbours, a caret below it.
std::string render_place(const base::SourceRange& place, std::string_view indent) {
  base::LineAndColumn where = base::line_and_column(place.text, place.begin);
  std::string out = fmt::format("{}at {}:{}:{}:\n", indent, place.file, where.line, where.column);
  for (std::uint32_t line = std::max(where.line, 2u) - 1; line <= where.line + 1; ++line) {
    std::string_view source = line_of(place.text, line).substr(0, kLongestLine);
    if (line > where.line && source.empty()) break;
    out += fmt::format("{} {:>5}| {}\n", indent, line, source);
    if (line == where.line && where.column <= kLongestLine) {
      out += fmt::format("{}      | {:>{}}\n", indent, "^", where.column);
    }
  }
  return out;
}

// What is left of a long message where the whole report shall not be longer than a screen.
std::string first_lines(std::string_view message) {
  constexpr std::size_t kMost = 16;
  std::size_t end = 0;
  for (std::size_t lines = 0; lines < kMost && end != message.npos; ++lines) end = message.find('\n', end == 0 ? 0 : end + 1);
  auto more = end == message.npos ? 0 : std::count(message.begin() + static_cast<std::ptrdiff_t>(end) + 1, message.end(), '\n');
  return more < 2 ? std::string(message) : fmt::format("{}\n       (… {} more lines: --show-trace)", message.substr(0, end), more + 1);
}

}  // namespace

std::string render_error(Vm& vm, const base::Diagnostic& diagnostic, bool with_trace) {
  const EvalError& error = *vm.error;
  // As Nix: what nixpkgs colours is coloured on a terminal only.
  std::string message = isatty(STDERR_FILENO) ? error.message : base::without_escapes(error.message);
  std::string out = fmt::format("error: {}\n", with_trace ? message : first_lines(message));
  // Where reading stopped, which tools expect there.
  if (error.kind == ErrorKind::Syntax && error.position.file) {
    const SourceFile& file = vm.program().files[error.position.file];
    out += render_place({file.path, file.text(), error.position.offset, error.position.offset}, "       ");
  } else if (diagnostic.primary) {
    out += render_place(diagnostic.primary->range, "       ");
  }
  if (!diagnostic.help.empty()) out += fmt::format("       hint: {}\n", diagnostic.help);
  bool frames = std::any_of(error.frames.begin(), error.frames.end(), [](const Frame& f) { return !f.text.empty(); });
  if (with_trace) {
    out += render_trace(vm, base::RenderOptions{});
  } else if (frames) {
    out += "       (use '--show-trace' to show detailed location information)\n";
  }
  return out;
}

std::string statistics_json(const Vm& vm) {
  const Vm::Statistics& s = vm.statistics;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  std::string out = "{\n";
  auto number = [&](std::string_view key, auto value) { out += fmt::format("  \"{}\": {},\n", key, value); };
  number("cpuTime", cpu);
  out += fmt::format("  \"envs\": {{\"bytes\": 0, \"elements\": 0, \"number\": {}}},\n", s.calls);
  out += fmt::format("  \"gc\": {{\"cycles\": {}, \"heapSize\": {}, \"totalBytes\": {}}},\n", vm.heap.collections(), vm.heap.mapped_bytes(), vm.heap.allocated_bytes());
  out += fmt::format("  \"list\": {{\"bytes\": {}, \"concats\": 0, \"elements\": {}}},\n", 8 * s.list_elements, s.list_elements);
  number("nrAvoided", s.avoided);
  number("nrFunctionCalls", s.calls);
  number("nrFunctionsFromCodeCache", s.cached_code);
  number("nrFilesFromParseCache", s.known_files);
  number("nrFoldersFromParseCache", s.known_folders);
  number("nrLookups", s.lookups);
  number("nrOpUpdateValuesCopied", s.update_copied);
  number("nrOpUpdates", s.updates);
  number("nrPrimOpCalls", s.builtin_calls);
  number("nrThunks", s.thunks);
  out += fmt::format("  \"sets\": {{\"bytes\": {}, \"elements\": {}, \"number\": {}}},\n", 16 * s.sets + 8 * s.set_elements,
                     s.set_elements, s.sets);
  out += "  \"sizes\": {\"Attr\": 8, \"Bindings\": 16, \"Env\": 16, \"Value\": 8},\n";
  out += "  \"symbols\": {\"bytes\": 0, \"number\": 0},\n";
  out += fmt::format("  \"time\": {{\"cpu\": {}}},\n", cpu);
  out += fmt::format("  \"values\": {{\"bytes\": {}, \"number\": {}}}\n}}\n", vm.heap.allocated_bytes(), s.thunks + s.sets + s.lists + s.strings);
  return out;
}

}  // namespace evalctl::cli
