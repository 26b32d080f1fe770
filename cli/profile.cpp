#include "cli/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "cli/output.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;
using Node = Profiler::Node;

constexpr double kWidth = 1600, kRow = 17;        // of the picture, in its units
constexpr double kMinimumWidth = 0.4;             // narrower frames are left out
constexpr std::size_t kSummaryLines = 15;

struct Totals {
  std::string name;
  std::uint64_t self = 0, total = 0, calls = 0, bytes = 0;
};

class Report {
 public:
  Report(Vm& vm, const Node& root) : vm_(vm), root_(root) {}

  // "name FILE:LINE:COLUMN" of a function, "FILE:LINE:COLUMN" of a delayed expression, "builtins.name".
  const std::string& name(const Node& node) {
    const void* key = node.builtin ? static_cast<const void*>(node.builtin) : node.code;
    auto [entry, fresh] = names_.try_emplace(key);
    if (!fresh) return entry->second;
    if (node.builtin == &kCollection) return entry->second = kCollection.name;
    if (node.builtin) return entry->second = fmt::format("builtins.{}", node.builtin->name);
    if (!node.code) return entry->second = "evaluation";
    Vm::Where where = vm_.where(position_of(vm_, *node.code));
    Symbol symbol = name_of(vm_, *node.code);
    std::string_view kind = symbol.id ? text_of(symbol) : node.code->arity > 0 ? "function" : "";
    return entry->second = fmt::format("{}{}{}:{}:{}", kind, kind.empty() ? "" : " ", where.file, where.line, where.column);
  }

  std::vector<Totals> table() {
    add_up(root_);
    std::vector<Totals> rows;
    for (auto& [key, totals] : totals_) rows.push_back(std::move(totals));
    std::ranges::sort(rows, [](const Totals& a, const Totals& b) { return a.self != b.self ? a.self > b.self : a.name < b.name; });
    return rows;
  }

  void fold(const Node& node, const std::string& path, std::string& out) {
    std::string here = path.empty() ? name(node) : path + ";" + name(node);
    if (node.self >= 1000) out += fmt::format("{} {}\n", here, node.self / 1000);
    for (const Node* child : node.children) fold(*child, here, out);
  }

  std::string svg() {
    total_of(root_);
    std::string body;
    std::uint32_t depth = 0;
    draw(root_, 0, 0, body, depth);
    double height = (depth + 2) * kRow;
    return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"monospace\" font-size=\"11\">\n"
                       "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
                       kWidth, height, body);
  }

 private:
  std::uint64_t total_of(const Node& node) {
    std::uint64_t total = node.self;
    for (const Node* child : node.children) total += total_of(*child);
    return inclusive_[&node] = total;
  }

  // A function that is on the path already counts its total once.
  std::uint64_t add_up(const Node& node) {
    const void* key = node.builtin ? static_cast<const void*>(node.builtin) : node.code;
    bool outermost = running_[key]++ == 0;
    std::uint64_t total = node.self;
    for (const Node* child : node.children) total += add_up(*child);
    --running_[key];
    Totals& t = totals_[key];
    if (t.name.empty()) t.name = name(node);
    t.self += node.self;
    t.calls += node.calls;
    t.bytes += node.bytes;
    if (outermost) t.total += total;
    return total;
  }

  void draw(const Node& node, double x, std::uint32_t depth, std::string& out, std::uint32_t& deepest) {
    double width = kWidth * static_cast<double>(inclusive_[&node]) / static_cast<double>(std::max<std::uint64_t>(1, inclusive_[&root_]));
    if (width < kMinimumWidth) return;
    deepest = std::max(deepest, depth);
    const std::string& text = name(node);
    std::string shown = base::xml_escaped(text.substr(0, static_cast<std::size_t>(width / 6.8)));
    // Builtins blue, the rest by a hash of the name between red and yellow.
    auto hue = node.builtin ? 210 : static_cast<int>(std::hash<std::string>()(text) % 55);
    out += fmt::format("<g><title>{}: {:.1f} ms, of its own {:.1f} ms, {} calls, {} KiB</title><rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" "
                       "height=\"{}\" fill=\"hsl({},80%,65%)\" stroke=\"#fff\" stroke-width=\".4\"/>",
                       base::xml_escaped(text), static_cast<double>(inclusive_[&node]) / 1e6, static_cast<double>(node.self) / 1e6, node.calls, node.bytes >> 10, x,
                       depth * kRow, width, kRow, hue);
    if (width > 25) out += fmt::format("<text x=\"{:.1f}\" y=\"{}\">{}</text>", x + 2, depth * kRow + 12, shown);
    out += "</g>\n";
    std::vector<const Node*> children(node.children.begin(), node.children.end());
    std::ranges::sort(children, {}, [&](const Node* child) { return name(*child); });
    for (const Node* child : children) {
      draw(*child, x, depth + 1, out, deepest);
      x += kWidth * static_cast<double>(inclusive_[child]) / static_cast<double>(std::max<std::uint64_t>(1, inclusive_[&root_]));
    }
  }

  Vm& vm_;
  const Node& root_;
  std::unordered_map<const void*, std::string> names_;
  std::unordered_map<const void*, Totals> totals_;
  std::unordered_map<const void*, std::uint32_t> running_;
  std::unordered_map<const Node*, std::uint64_t> inclusive_;
};

std::string json_table(const std::vector<Totals>& rows) {
  std::string out = "[";
  for (const Totals& row : rows) {
    out += fmt::format("{}\n  {{\"name\": {}, \"self\": {}, \"total\": {}, \"calls\": {}, \"bytes\": {}}}", out.size() > 1 ? "," : "",
                       json_string(row.name), row.self, row.total, row.calls, row.bytes);
  }
  return out + "\n]\n";
}

}  // namespace

base::Result<void> write_profile(Vm& vm, Profiler& profile, const std::string& file) {
  const Node& root = profile.root();
  Report report(vm, root);
  std::string text;
  if (file.ends_with(".svg")) text = report.svg();
  else if (file.ends_with(".json")) text = json_table(report.table());
  else report.fold(root, "", text);
  return base::write_file_atomically(file, text);
}

std::string profile_summary(Vm& vm, Profiler& profile) {
  std::string out = fmt::format("{:>10} {:>10} {:>10} {:>10}  function\n", "self ms", "total ms", "calls", "KiB");
  std::vector<Totals> rows = Report(vm, profile.root()).table();
  for (std::size_t i = 0; i < std::min(rows.size(), kSummaryLines); ++i) {
    const Totals& row = rows[i];
    out += fmt::format("{:>10.1f} {:>10.1f} {:>10} {:>10}  {}\n", static_cast<double>(row.self) / 1e6, static_cast<double>(row.total) / 1e6, row.calls,
                       row.bytes >> 10, row.name);
  }
  return out;
}

}  // namespace evalctl::cli
