// Graphs as drawings. What is not drawn is counted.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/graph_layout.h"

namespace evalctl::store {
namespace {

constexpr std::size_t kReadable = 90;
// Pixels.
constexpr double kRow = 30, kBox = 22, kGap = 70, kLetter = 6.7, kMargin = 24, kHead = 66, kLanePadding = 10, kLaneTitle = 20, kLaneGap = 12;
constexpr std::size_t kLongestLabel = 40;

class Drawing {
 public:
  Drawing(const Graph& graph, const GraphView& view) : graph_(graph), layout_(lay_out(graph, view, kReadable)) {}

  std::string draw() {
    place();
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
        "font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        width_, height_);
    head(out);
    for (const Frame& frame : frames_) draw(frame, out);
    for (auto [user, input] : layout_.edges) line(user, input, out);
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      if (layout_.drawn[i]) box(i, out);
    }
    return out + "</svg>\n";
  }

 private:
  struct Spot { double x = 0, y = 0, width = 0; std::size_t lane = 0; };
  struct Frame { std::string_view title; double x, y, width, height; };

  std::string label(std::uint32_t node) const {
    std::string text(name_of_object(graph_.nodes[node].path));
    // The beginning of a name says most.
    if (text.size() > kLongestLabel) text = text.substr(0, kLongestLabel - 1) + "…";
    std::size_t hidden = hidden_inputs(node);
    return hidden ? fmt::format("{}  +{}", text, hidden) : text;
  }

  std::size_t hidden_inputs(std::uint32_t node) const {
    const auto& inputs = graph_.nodes[node].inputs;
    return static_cast<std::size_t>(
        std::count_if(inputs.begin(), inputs.end(), [&](auto i) { return !layout_.drawn[i] && graph_.nodes[i].is_derivation; }));
  }

  void place() {
    std::vector<double> left(layout_.columns, 0), width(layout_.columns, 60);
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      if (layout_.drawn[i]) width[layout_.column[i]] = std::max(width[layout_.column[i]], 16 + kLetter * static_cast<double>(label(i).size()));
    }
    double x = kMargin + kLanePadding;
    for (std::size_t column = 0; column < layout_.columns; ++column) {
      left[column] = x;
      x += width[column] + kGap;
    }
    width_ = std::max(x - kGap + kLanePadding + kMargin, 640.0);
    spots_.resize(graph_.nodes.size());
    double y = kHead;
    for (std::size_t i = 0; i < layout_.lanes.size(); ++i) {
      // The roots stand to the left of all lanes, in the middle.
      if (i > 0) y = place_lane(i, y, left, width);
    }
    height_ = y + kMargin - kLaneGap;
    double tall = static_cast<double>(layout_.lanes[0].rows) * kRow;
    if (layout_.lanes.size() == 1) height_ = y + tall + kMargin;
    place_cells(0, layout_.lanes.size() == 1 ? y : std::max(kHead, (kHead + height_ - kMargin - tall) / 2), left, width);
  }

  // Returns where the next lane begins.
  double place_lane(std::size_t index, double y, const std::vector<double>& left, const std::vector<double>& width) {
    const GraphLayout::Lane& lane = layout_.lanes[index];
    double padding = lane.title.empty() ? 0 : kLanePadding, title = lane.title.empty() ? 0 : kLaneTitle;
    place_cells(index, y + padding + title, left, width);
    double bottom = y + title + 2 * padding + static_cast<double>(lane.rows) * kRow - (kRow - kBox);
    std::size_t first = 0, last = layout_.columns - 1;
    while (first < last && lane.cells[first].empty()) ++first;
    while (last > first && lane.cells[last].empty()) --last;
    double wide = std::max(left[last] + width[last] - left[first], kLetter * static_cast<double>(lane.title.size())) + 2 * kLanePadding;
    if (!lane.title.empty()) frames_.push_back({lane.title, left[first] - kLanePadding, y, wide, bottom - y});
    width_ = std::max(width_, left[first] - kLanePadding + wide + kMargin);
    return bottom + kLaneGap;
  }

  void place_cells(std::size_t index, double top, const std::vector<double>& left, const std::vector<double>& width) {
    const GraphLayout::Lane& lane = layout_.lanes[index];
    for (std::size_t column = 0; column < layout_.columns; ++column) {
      const auto& cell = lane.cells[column];
      double y = top + (static_cast<double>(lane.rows) - static_cast<double>(cell.size())) * kRow / 2;
      for (std::uint32_t node : cell) {
        spots_[node] = {left[column], y, width[column], index};
        y += kRow;
      }
    }
  }

  std::string_view color(std::uint32_t node) const {
    if (!graph_.nodes[node].is_derivation) return "#eeeeee";
    if (graph_.nodes[node].derivation.is_fixed()) return "#d9ead3";
    return std::find(graph_.roots.begin(), graph_.roots.end(), node) != graph_.roots.end() ? "#f9cb9c" : "#cfe2f3";
  }

  void head(std::string& out) const {
    std::string title;
    for (std::uint32_t root : graph_.roots) {
      if (title.size() > 80) break;
      if (!title.empty()) title += ", ";
      title += name_of_object(graph_.nodes[root].path);
    }
    auto shown = std::count(layout_.drawn.begin(), layout_.drawn.end(), true);
    out += fmt::format("<text x=\"{}\" y=\"26\" font-size=\"16\" font-weight=\"600\">{}</text>\n", kMargin, base::xml_escaped(title));
    out += fmt::format("<text x=\"{}\" y=\"46\" fill=\"#666666\">{} of {} derivations and {} sources drawn. +n: inputs not drawn. "
                       "Lines that others imply are left out.</text>\n", kMargin, shown, graph_.derivation_count(),
                       graph_.nodes.size() - graph_.derivation_count());
    constexpr std::pair<std::string_view, std::string_view> kLegend[] = {
        {"#f9cb9c", "asked for"}, {"#cfe2f3", "built"}, {"#d9ead3", "fetched"}, {"#eeeeee", "source"}};
    double x = std::max(width_ - 4 * 84 - kMargin + 20, kMargin + 10 * static_cast<double>(title.size()));
    for (const auto& [fill, name] : kLegend) {
      out += fmt::format("<rect x=\"{0}\" y=\"14\" width=\"12\" height=\"12\" rx=\"3\" fill=\"{1}\" stroke=\"#999999\"/>"
                         "<text x=\"{2}\" y=\"24\" fill=\"#666666\">{3}</text>\n", x, fill, x + 17, name);
      x += 84;
    }
  }

  void draw(const Frame& frame, std::string& out) const {
    out += fmt::format("<rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"8\" fill=\"#f6f7f9\" stroke=\"#d9dee4\"/>"
                       "<text x=\"{:.0f}\" y=\"{:.0f}\" fill=\"#556070\" font-weight=\"600\">{}</text>\n",
                       frame.x, frame.y, frame.width, frame.height, frame.x + kLanePadding, frame.y + 17, base::xml_escaped(frame.title));
  }

  // Lines within a lane are darker than those between lanes.
  void line(std::uint32_t user, std::uint32_t input, std::string& out) const {
    const Spot &from = spots_[user], &to = spots_[input];
    double x1 = from.x + from.width, y1 = from.y + kBox / 2, x2 = to.x, y2 = to.y + kBox / 2, bend = std::min((x2 - x1) / 2, 120.0);
    out += fmt::format("<path d=\"M{:.0f} {:.0f}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}\" fill=\"none\" stroke=\"#7488a0\" "
                       "stroke-opacity=\"{}\"/>\n", x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2, from.lane == to.lane ? "0.9" : "0.4");
  }

  void box(std::uint32_t node, std::string& out) const {
    const Spot& spot = spots_[node];
    out += fmt::format("<g><title>{}</title><rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"5\" fill=\"{}\" "
                       "stroke=\"#7f8c99\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text></g>\n",
                       base::xml_escaped(graph_.nodes[node].path), spot.x, spot.y, spot.width, kBox, color(node), spot.x + 8, spot.y + 15,
                       base::xml_escaped(label(node)));
  }

  const Graph& graph_;
  GraphLayout layout_;
  std::vector<Spot> spots_;
  std::vector<Frame> frames_;
  double width_ = 0, height_ = 0;
};

}  // namespace

std::string graph_svg(const Graph& graph, const GraphView& view) { return Drawing(graph, view).draw(); }

}  // namespace evalctl::store
