// Graphs as drawings. Columns are layers, ordered so that few lines cross; what is not drawn is counted.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "store/graph.h"

namespace evalctl::store {
namespace {

constexpr std::size_t kReadable = 120;
constexpr double kRow = 30, kBox = 22, kGap = 90, kLetter = 6.6, kMargin = 24, kHead = 64;
constexpr std::size_t kLongestLabel = 44;

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

class Drawing {
 public:
  Drawing(const Graph& graph, const GraphView& view) : graph_(graph), drawn_(select_nodes(graph, view, kReadable)) {}

  std::string draw() {
    assign_layers();
    order_layers();
    place();
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
        "font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        width_, height_);
    head(out);
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) lines(out, i);
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      if (drawn_[i]) box(out, i);
    }
    return out + "</svg>\n";
  }

 private:
  struct Spot { std::size_t layer = 0; double x = 0, y = 0, width = 0; };

  // Each node one to the right of the last of those that need it. Users stand after their inputs, so one pass does.
  void assign_layers() {
    spots_.resize(graph_.nodes.size());
    for (std::uint32_t i = static_cast<std::uint32_t>(graph_.nodes.size()); i-- > 0;) {
      if (!drawn_[i]) continue;
      for (std::uint32_t input : graph_.nodes[i].inputs) {
        if (drawn_[input]) spots_[input].layer = std::max(spots_[input].layer, spots_[i].layer + 1);
      }
    }
    for (std::uint32_t i = static_cast<std::uint32_t>(graph_.nodes.size()); i-- > 0;) {
      if (!drawn_[i]) continue;
      if (spots_[i].layer >= layers_.size()) layers_.resize(spots_[i].layer + 1);
      layers_[spots_[i].layer].push_back(i);
    }
  }

  // Sorts layers by the mean place of neighbours, to and fro.
  void order_layers() {
    auto users = graph_.users();
    std::vector<double> place(graph_.nodes.size(), 0);
    auto number = [&](const std::vector<std::uint32_t>& layer) {
      for (std::size_t i = 0; i < layer.size(); ++i) place[layer[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(layer.size());
    };
    for (auto& layer : layers_) number(layer);
    auto sort = [&](std::vector<std::uint32_t>& layer, auto neighbours) {
      std::map<std::uint32_t, double> mean;
      for (std::uint32_t node : layer) {
        double sum = 0, count = 0;
        for (std::uint32_t other : neighbours(node)) {
          if (drawn_[other]) sum += place[other], ++count;
        }
        mean[node] = count > 0 ? sum / count : place[node];
      }
      std::stable_sort(layer.begin(), layer.end(), [&](auto a, auto b) { return mean[a] < mean[b]; });
      number(layer);
    };
    for (int round = 0; round < 8; ++round) {
      for (std::size_t i = 1; i < layers_.size(); ++i) sort(layers_[i], [&](auto node) -> const auto& { return users[node]; });
      for (std::size_t i = layers_.size(); i-- > 0;) sort(layers_[i], [&](auto node) -> const auto& { return graph_.nodes[node].inputs; });
    }
  }

  std::string label(std::uint32_t node) const {
    std::string text(name_of_object(graph_.nodes[node].path));
    if (text.size() > kLongestLabel) text = text.substr(0, kLongestLabel - 1) + "…";
    std::size_t hidden = hidden_inputs(node);
    return hidden ? fmt::format("{}  +{}", text, hidden) : text;
  }

  std::size_t hidden_inputs(std::uint32_t node) const {
    const auto& inputs = graph_.nodes[node].inputs;
    return static_cast<std::size_t>(
        std::count_if(inputs.begin(), inputs.end(), [&](auto i) { return !drawn_[i] && graph_.nodes[i].is_derivation; }));
  }

  void place() {
    std::size_t rows = 1;
    for (const auto& layer : layers_) rows = std::max(rows, layer.size());
    double x = kMargin, tall = static_cast<double>(rows) * kRow;
    for (const auto& layer : layers_) {
      double widest = 60;
      for (std::uint32_t node : layer) widest = std::max(widest, 16 + kLetter * static_cast<double>(label(node).size()));
      double y = kHead + (tall - static_cast<double>(layer.size()) * kRow) / 2;
      for (std::uint32_t node : layer) {
        spots_[node] = {spots_[node].layer, x, y, widest};
        y += kRow;
      }
      x += widest + kGap;
    }
    width_ = std::max(x - kGap + kMargin, 560.0);
    height_ = kHead + tall + kMargin;
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
    auto shown = std::count(drawn_.begin(), drawn_.end(), true);
    out += fmt::format("<text x=\"{}\" y=\"26\" font-size=\"16\" font-weight=\"600\">{}</text>\n", kMargin, escaped(title));
    out += fmt::format("<text x=\"{}\" y=\"46\" fill=\"#666666\">{} of {} derivations and {} sources drawn; +n: inputs not drawn</text>\n", kMargin, shown,
                       graph_.derivation_count(), graph_.nodes.size() - graph_.derivation_count());
    constexpr std::pair<std::string_view, std::string_view> kLegend[] = {
        {"#f9cb9c", "asked for"}, {"#cfe2f3", "built"}, {"#d9ead3", "fetched"}, {"#eeeeee", "source"}};
    double x = width_ - 4 * 92 - kMargin + 20;
    for (const auto& [fill, name] : kLegend) {
      out += fmt::format("<rect x=\"{0}\" y=\"14\" width=\"12\" height=\"12\" rx=\"3\" fill=\"{1}\" stroke=\"#999999\"/>"
                         "<text x=\"{2}\" y=\"24\" fill=\"#666666\">{3}</text>\n", x, fill, x + 17, name);
      x += 92;
    }
  }

  void lines(std::string& out, std::uint32_t node) const {
    if (!drawn_[node]) return;
    const Spot& from = spots_[node];
    for (std::uint32_t input : graph_.nodes[node].inputs) {
      if (!drawn_[input]) continue;
      const Spot& to = spots_[input];
      double x1 = from.x + from.width, y1 = from.y + kBox / 2, x2 = to.x, y2 = to.y + kBox / 2, bend = std::min((x2 - x1) / 2, 120.0);
      out += fmt::format("<path d=\"M{:.0f} {:.0f}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}\" fill=\"none\" stroke=\"#8899aa\" "
                         "stroke-opacity=\"0.55\"/>\n", x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2);
    }
  }

  void box(std::string& out, std::uint32_t node) const {
    const Spot& spot = spots_[node];
    out += fmt::format("<g><title>{}</title><rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"5\" fill=\"{}\" "
                       "stroke=\"#7f8c99\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text></g>\n",
                       escaped(graph_.nodes[node].path), spot.x, spot.y, spot.width, kBox, color(node), spot.x + 8, spot.y + 15,
                       escaped(label(node)));
  }

  const Graph& graph_;
  std::vector<bool> drawn_;
  std::vector<Spot> spots_;
  std::vector<std::vector<std::uint32_t>> layers_;
  double width_ = 0, height_ = 0;
};

}  // namespace

std::string graph_svg(const Graph& graph, const GraphView& view) { return Drawing(graph, view).draw(); }

}  // namespace evalctl::store
