// Graphs as JSON, DOT and export streams.
#include <fmt/core.h>

#include <algorithm>

#include "base/hash.h"
#include "store/dynamic_inputs.h"
#include "store/graph.h"
#include "store/store_path.h"

namespace evalctl::store {
namespace {

void quote(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        else out += c;
    }
  }
  out += '"';
}

// An object or array that is written member by member.
class Members {
 public:
  Members(std::string& out, char open) : out_(out), close_(open == '{' ? '}' : ']') { out_ += open; }
  ~Members() { out_ += close_; }
  std::string& next() {
    if (!first_) out_ += ',';
    first_ = false;
    return out_;
  }
  std::string& key(std::string_view name) {
    quote(name, next());
    return out_ += ':';
  }
  void text(std::string_view name, std::string_view value) { quote(value, key(name)); }

 private:
  std::string& out_;
  char close_;
  bool first_ = true;
};

// One derivation.
class JsonWriter {
 public:
  JsonWriter(JsonVersion version, std::string& out) : version_(version), out_(out) {}

  // Since version 3, paths are base names.
  std::string_view shown(std::string_view path) const {
    return version_ >= JsonVersion::Three && path.starts_with(kStoreDir) ? path.substr(kStoreDir.size() + 1) : path;
  }

  void write(const GraphNode& node) {
    const Derivation& d = node.derivation;
    // Since version 4, structured attributes stand beside the environment, as the JSON they are.
    auto structured = version_ >= JsonVersion::Four ? d.env.find("__json") : d.env.end();
    Members members(out_, '{');
    texts(members.key("args"), d.args);
    members.text("builder", d.builder);
    {
      Members env(members.key("env"), '{');
      for (const auto& [name, value] : d.env) {
        if (structured == d.env.end() || name != "__json") env.text(name, value);
      }
    }
    write_inputs(members, d);
    if (version_ >= JsonVersion::Two) members.text("name", name_of_object(node.path));
    {
      Members outputs(members.key("outputs"), '{');
      for (const auto& [name, output] : d.outputs) {
        outputs.key(name);
        write_output(output);
      }
    }
    if (structured != d.env.end()) members.key("structuredAttrs") += structured->second;
    members.text("system", d.system);
    if (version_ >= JsonVersion::Three) members.key("version") += fmt::format("{}", static_cast<int>(version_));
  }

 private:
  template <class Texts>
  void texts(std::string& out, const Texts& all, bool paths = false) {
    Members items(out, '[');
    for (const std::string& text : all) quote(paths ? shown(text) : std::string_view(text), items.next());
  }

  void write_inputs(Members& members, const Derivation& d) {
    if (version_ < JsonVersion::Four) {
      write_input_drvs(members.key("inputDrvs"), d);
      texts(members.key("inputSrcs"), d.input_srcs, true);
      return;
    }
    Members inputs(members.key("inputs"), '{');
    write_input_drvs(inputs.key("drvs"), d);
    texts(inputs.key("srcs"), d.input_srcs, true);
  }

  void write_input_drvs(std::string& out, const Derivation& d) {
    Members drvs(out, '{');
    for (auto input = d.input_drvs.begin(); input != d.input_drvs.end();) {
      std::string_view name = known_drv(input->first);
      std::string& value = drvs.key(shown(name));
      if (version_ == JsonVersion::One) texts(value, is_dynamic(input->first) ? std::set<std::string>() : input->second);
      input = write_used_outputs(version_ == JsonVersion::One ? nullptr : &value, input, d.input_drvs.end(), name);
    }
  }

  // From `input` on: what is used of the input `name`, and of its outputs that are derivations, to `out` if there is one.
  // Returns the next input.
  using Input = DrvInputs::const_iterator;
  Input write_used_outputs(std::string* out, Input input, Input end, std::string_view name) {
    static const std::set<std::string> kNone;
    const std::set<std::string>* outputs = &kNone;
    if (input->first == name) outputs = &(input++)->second;
    auto inside = [&] { return input != end && input->first.starts_with(name) && input->first.substr(name.size()).starts_with('!'); };
    std::string unused;
    Members one(out ? *out : unused, '{');
    {
      Members dynamic(one.key("dynamicOutputs"), '{');
      while (inside()) {
        std::string_view inner = std::string_view(input->first).substr(0, input->first.find('!', name.size() + 1));
        std::string& value = dynamic.key(inner.substr(name.size() + 1));
        input = write_used_outputs(&value, input, end, inner);
      }
    }
    texts(one.key("outputs"), *outputs);
    return input;
  }

  void write_output(const DerivationOutput& output) {
    Members members(out_, '{');
    std::string_view algorithm = output.method_and_algorithm, method = "flat";
    if (algorithm.starts_with("r:")) {
      method = "nar";
      algorithm.remove_prefix(2);
    } else if (algorithm.starts_with("text:")) {
      method = "text";
      algorithm.remove_prefix(5);
    } else if (algorithm.starts_with("git:")) {
      method = "git";
      algorithm.remove_prefix(4);
    }
    bool content = !algorithm.empty();
    if (version_ == JsonVersion::Four && output.is_fixed()) {
      auto known = base::algorithm_of(algorithm);
      auto hash = base::parse_hash(output.hash, known);
      members.text("hash", hash ? hash->sri() : output.hash);
      members.text("method", method);
      return;
    }
    if (output.is_fixed()) members.text("hash", output.hash);
    if (content) members.text("hashAlgo", version_ == JsonVersion::One ? std::string_view(output.method_and_algorithm) : algorithm);
    if (output.is_impure()) members.key("impure") += "true";
    if (content && version_ != JsonVersion::One) members.text("method", method);
    if (!output.path.empty()) members.text("path", shown(output.path));
  }

  JsonVersion version_;
  std::string& out_;
};

bool is_root(const Graph& graph, std::uint32_t node) { return std::find(graph.roots.begin(), graph.roots.end(), node) != graph.roots.end(); }

}  // namespace

std::string graph_json(const Graph& graph, JsonVersion version, bool roots_only) {
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].is_derivation && (!roots_only || is_root(graph, i))) wanted.push_back(i);
  }
  std::sort(wanted.begin(), wanted.end(), [&](auto a, auto b) { return graph.nodes[a].path < graph.nodes[b].path; });
  std::string out;
  JsonWriter writer(version, out);
  if (version == JsonVersion::Four) out += "{\"derivations\":";
  {
    Members all(out, '{');
    for (std::uint32_t i : wanted) {
      all.key(writer.shown(graph.nodes[i].path));
      writer.write(graph.nodes[i]);
    }
  }
  if (version == JsonVersion::Four) out += ",\"version\":4}";
  return out + "\n";
}

std::string graph_dot(const Graph& graph, const GraphView& view) {
  std::vector<bool> drawn = select_nodes(graph, view, graph.nodes.size());
  std::string out = "digraph derivations {\n  rankdir = LR;\n  node [shape = box, style = \"rounded,filled\", fontname = \"sans-serif\"];\n";
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    if (!drawn[i]) continue;
    const GraphNode& node = graph.nodes[i];
    std::string_view color = !node.is_derivation ? "#eeeeee" : node.derivation.is_fixed() ? "#d9ead3" : is_root(graph, i) ? "#f9cb9c" : "#cfe2f3";
    out += "  ";
    quote(node.path, out);
    out += " [label = ";
    quote(name_of_object(node.path), out);
    out += fmt::format(", fillcolor = \"{}\"];\n", color);
  }
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    for (std::uint32_t input : graph.nodes[i].inputs) {
      if (!drawn[i] || !drawn[input]) continue;
      out += "  ";
      quote(graph.nodes[i].path, out);
      out += " -> ";
      quote(graph.nodes[input].path, out);
      out += ";\n";
    }
  }
  return out + "}\n";
}

base::Result<void> graph_export(const Graph& graph, Backend& store, const NarSink& sink) {
  auto number = [&](std::uint64_t value) {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
    sink({bytes, 8});
  };
  auto text = [&](std::string_view value) {
    number(value.size());
    sink(value);
    sink(std::string_view("\0\0\0\0\0\0\0", (8 - value.size() % 8) % 8));
  };
  constexpr std::uint64_t kMagic = 0x4558494e;
  for (const GraphNode& node : graph.nodes) {
    number(1);
    if (node.is_derivation) {
      sink(nar_of_text(node.text));
    } else if (auto dumped = store.dump(node.path, sink); !dumped) {
      return dumped;
    }
    number(kMagic);
    text(node.path);
    number(node.inputs.size());
    std::vector<std::string> references;
    for (std::uint32_t input : node.inputs) references.push_back(graph.nodes[input].path);
    std::sort(references.begin(), references.end());
    for (const std::string& reference : references) text(reference);
    text("");  // deriver
    number(0);
  }
  number(0);
  return {};
}

}  // namespace evalctl::store
