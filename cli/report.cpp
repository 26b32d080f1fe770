// What a command says at its end: errors and statistics.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

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
std::string render_place(Vm& vm, Position position, std::string_view indent) {
  Vm::Where where = vm.where(position);
  if (where.line == 0) return {};
  std::string out = fmt::format("{}at {}:{}:{}:\n", indent, where.file, where.line, where.column);
  std::string_view text = vm.program().files[position.file].text;
  for (std::uint32_t line = std::max(where.line, 2u) - 1; line <= where.line + 1; ++line) {
    std::string_view source = line_of(text, line).substr(0, kLongestLine);
    if (line > where.line && source.empty()) break;
    out += fmt::format("{} {:>5}| {}\n", indent, line, source);
    if (line == where.line && where.column <= kLongestLine) {
      out += fmt::format("{}      | {:>{}}\n", indent, "^", where.column);
    }
  }
  return out;
}

}  // namespace

std::string render_frames(Vm& vm) {
  std::string out;
  const std::vector<Frame>& frames = vm.error->frames;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].text.empty()) continue;
    // The same place again and again is recursion: once is enough.
    std::size_t same = 0;
    while (i + 1 < frames.size() && frames[i + 1].position == frames[i].position && frames[i + 1].text == frames[i].text) ++i, ++same;
    out += fmt::format("\n       … {}\n", frames[i].text);
    out += render_place(vm, frames[i].position, "         ");
    if (same > 0) out += fmt::format("       … {} more frames like this\n", same);
  }
  return out;
}

std::string render_error(Vm& vm, bool with_trace) {
  const EvalError& error = *vm.error;
  std::string out = fmt::format("error: {}\n", error.message);
  Position position = error.position;
  for (const Frame& frame : error.frames) {
    if (position.file == 0) position = frame.position;
  }
  out += render_place(vm, position, "       ");
  if (with_trace) {
    out += render_frames(vm);
  } else if (!error.frames.empty()) {
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
