// --show-trace: the frames of an error, folded by file.
#include <fmt/format.h>

#include <algorithm>

#include "cli/session.h"
#include "evaluator/program.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

struct Entry {
  Position position;
  std::string text;
  bool operator==(const Entry&) const = default;
};

// Entries [begin, begin + length), which come `times` times in a row.
struct Run { std::size_t begin, length, times; };

constexpr std::size_t kLongestPeriod = 16;

// Splits the entries into runs: what calls itself shows up as a period.
std::vector<Run> find_runs(const std::vector<Entry>& entries) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < entries.size();) {
    Run best{i, 1, 1};
    for (std::size_t period = 1; period <= kLongestPeriod && i + 2 * period <= entries.size(); ++period) {
      std::size_t times = 1;
      auto same = [&](std::size_t at) { return std::equal(entries.begin() + static_cast<std::ptrdiff_t>(i), entries.begin() + static_cast<std::ptrdiff_t>(i + period), entries.begin() + static_cast<std::ptrdiff_t>(at)); };
      while (i + (times + 1) * period <= entries.size() && same(i + times * period)) ++times;
      if (times > 1 && times * period > best.length * best.times) best = {i, period, times};
    }
    runs.push_back(best);
    i += best.length * best.times;
  }
  return runs;
}

std::string_view trimmed_line(std::string_view text, std::uint32_t offset) {
  std::size_t begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1, end = std::min(text.find('\n', offset), text.size());
  std::string_view line = text.substr(begin, end - begin);
  std::size_t first = line.find_first_not_of(" \t");
  return first == line.npos ? std::string_view() : line.substr(first);
}

class TraceRenderer {
 public:
  TraceRenderer(Vm& vm, const base::RenderOptions& options) : vm_(vm), options_(options) {}

  std::string render() {
    std::vector<Entry> entries;
    for (const Frame& f : vm_.error->frames)
      if (!f.text.empty()) entries.push_back({f.position, f.text});
    if (entries.empty()) return {};
    out_ = "\n  frames, the innermost first:\n";
    for (const Run& run : find_runs(entries)) {
      for (std::size_t i = 0; i < run.length; ++i) add(entries[run.begin + i]);
      if (run.times > 1) out_ += fmt::format("    {} {} more frames like {}\n", dots(), (run.times - 1) * run.length, run.length == 1 ? "this" : fmt::format("these {}", run.length));
    }
    if (std::size_t more = vm_.error->dropped_frames) out_ += fmt::format("    {} {} more frames further out\n", dots(), more);
    return std::move(out_);
  }

 private:
  std::string_view dots() const { return options_.unicode ? "…" : "..."; }
  std::string paint(std::string_view text, std::string_view color) const {
    return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
  }

  void add(const Entry& entry) {
    constexpr std::size_t kSource = 60;
    if (entry.position.file == 0) {
      out_ += fmt::format("    {:>9}  {}\n", "", entry.text);
      return;
    }
    Vm::Where where = vm_.where(entry.position);
    if (where.file != file_) {
      file_ = where.file;
      out_ += fmt::format("  {}\n", paint(file_, "1"));
    }
    std::string_view source = trimmed_line(vm_.program().files[entry.position.file].text(), entry.position.offset);
    std::size_t end = std::min(source.size(), kSource);
    while (end < source.size() && (source[end] & 0xc0) == 0x80) ++end;
    std::string shown = std::string(source.substr(0, end)) + (end < source.size() ? std::string(dots()) : "");
    out_ += fmt::format("    {:>9}  {}  {}\n", fmt::format("{}:{}", where.line, where.column), entry.text, paint(fmt::format("{} {}", options_.unicode ? "│" : "|", shown), "2"));
  }

  Vm& vm_;
  const base::RenderOptions& options_;
  std::string out_, file_;
};

}  // namespace

std::string render_trace(Vm& vm, const base::RenderOptions& options) { return TraceRenderer(vm, options).render(); }

}  // namespace evalctl::cli
