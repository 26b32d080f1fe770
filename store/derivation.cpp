#include "store/derivation.h"

#include <fmt/core.h>

#include "base/escape.h"
#include "store/aterm.h"
#include "store/dynamic_inputs.h"

namespace evalctl::store {
namespace {

// What a string has to escape.
struct Special {
  static bool is(unsigned char c) { return c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t'; }
  // Other control characters are rare.
  static auto marks(base::Bytes16 b) { return (b == '"') | (b == '\\') | (b < 0x20); }
};

void quote(std::string& out, std::string_view text) {
  base::append_escaped(out, text, Special(), [](char c, char* end) {
    *end++ = '\\';
    *end++ = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;
    return end;
  });
}

// "[item,item]", each written by `write`.
template <class Items, class Write>
void write_list(std::string& out, const Items& items, Write write) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    write(item);
  }
  out += ']';
}

// Buffers of derivations that are done. Attributes of one may be made of others: they are taken and given back like a stack.
thread_local std::vector<std::string> spare_buffers;

std::string take_buffer() {
  if (spare_buffers.empty()) return {};
  std::string buffer = std::move(spare_buffers.back());
  spare_buffers.pop_back();
  buffer.clear();
  return buffer;
}

void give_back(std::string&& buffer) {
  constexpr std::size_t kMostBuffers = 64, kLargest = 1 << 16;
  if (buffer.capacity() <= kLargest && spare_buffers.size() < kMostBuffers) spare_buffers.push_back(std::move(buffer));
}

// A cursor over the text; the first failure sticks.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool starts_with(std::string_view token) const { return text_.substr(at_).starts_with(token); }

  void expect(std::string_view token) {
    if (!failure_.empty()) return;
    if (starts_with(token)) at_ += token.size();
    else fail(fmt::format("'{}' is expected", token));
  }

  std::string string() {
    std::string out;
    expect("\"");
    while (failure_.empty()) {
      std::size_t end = text_.find_first_of("\"\\", at_);
      if (end == text_.npos || (text_[end] == '\\' && end + 1 == text_.size())) {
        at_ = text_.size();
        fail("a string does not end");
        break;
      }
      out += text_.substr(at_, end - at_);
      at_ = end + 1;
      if (text_[end] == '"') break;
      out += unescape(text_[at_++]);
    }
    return out;
  }

  template <class Item>
  void list(Item item) {
    expect("[");
    for (bool first = true; failure_.empty(); first = false) {
      if (text_.substr(at_).starts_with(']')) {
        ++at_;
        return;
      }
      if (!first) expect(",");
      if (failure_.empty()) item();
    }
  }

  // What is read must be the whole text.
  base::Result<void> finish() {
    if (failure_.empty() && at_ < text_.size()) fail("something follows its end");
    if (failure_.empty()) return {};
    return base::fail(failure_);
  }

  void fail(std::string_view what) {
    if (!failure_.empty()) return;
    failure_ = at_ >= text_.size() ? fmt::format("malformed derivation: it ends too early, at byte {}: {}", at_, what)
                                   : fmt::format("malformed derivation: at byte {}: {}", at_, what);
  }

 private:
  static char unescape(char c) { return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c; }
  std::string_view text_;
  std::size_t at_ = 0;
  std::string failure_;
};

void read_output(Reader& in, Derivation& d) {
  in.expect("(");
  std::string name = in.string();
  if (name.empty() || d.outputs.contains(name)) return in.fail("an output without a name of its own");
  DerivationOutput& output = d.outputs[name];
  in.expect(",");
  output.path = in.string();
  in.expect(",");
  output.method_and_algorithm = in.string();
  in.expect(",");
  output.hash = in.string();
  in.expect(")");
}

// Outputs of an input that are used, or "(outputs,[(output,…),…])" where some are derivations themselves, that outputs are used of.
void read_used_outputs(Reader& in, Derivation& d, const std::string& input) {
  bool nested = in.starts_with("("), has_inner = false;
  if (nested && dynamic_outputs_of(input) == kMostDynamicOutputs) return in.fail("outputs of outputs, too deep");
  if (nested) in.expect("(");
  std::set<std::string> outputs;
  in.list([&] { outputs.insert(in.string()); });
  if (nested) {
    in.expect(",");
    in.list([&] {
      in.expect("(");
      std::string output = in.string(), inner = dynamic_input(input, output);
      if (is_dynamic(output) || d.input_drvs.contains(inner)) return in.fail("an output without a name of its own");
      in.expect(",");
      read_used_outputs(in, d, inner);
      in.expect(")");
      has_inner = true;
    });
    in.expect(")");
  }
  if (!outputs.empty() || !has_inner) d.input_drvs[input] = std::move(outputs);
}

void read_input(Reader& in, Derivation& d) {
  in.expect("(");
  std::string path = in.string();
  if (d.input_drvs.contains(path)) return in.fail("an input that is named twice");
  if (is_dynamic(path)) return in.fail("an input that is no store path");
  in.expect(",");
  read_used_outputs(in, d, path);
  in.expect(")");
}

// From `inputs[at]` on: the outputs of the input `name` that are used, and what is used of those that are derivations. Returns
// where the next input stands.
std::size_t write_used_outputs(std::string& out, const NamedInputs& inputs, std::size_t at, std::string_view name) {
  std::size_t own = out.size();
  out += '[';
  bool first = true;
  for (; at < inputs.size() && inputs[at].first == name; ++at) {
    if (!inputs[at].second.data()) continue;
    if (!first) out += ',';
    first = false;
    quote(out, inputs[at].second);
  }
  out += ']';
  auto inside = [&] {
    std::string_view input = at < inputs.size() ? inputs[at].first : std::string_view();
    return input.size() > name.size() && input.starts_with(name) && input[name.size()] == '!';
  };
  if (!inside()) return at;
  out.insert(own, 1, '(');
  for (first = true; inside(); first = false) {
    std::string_view input = inputs[at].first;
    std::string_view inner = input.substr(0, input.find('!', name.size() + 1));
    out += first ? ",[(" : ",(";
    quote(out, inner.substr(name.size() + 1));
    out += ',';
    at = write_used_outputs(out, inputs, at, inner);
    out += ')';
  }
  out += "])";
  return at;
}

}  // namespace

std::string aterm_outputs(const DrvOutputs& outputs, bool mask) {
  std::string out;
  out.reserve(160 * outputs.size() + 64);
  write_list(out, outputs, [&](const auto& entry) {
    out += '(';
    quote(out, entry.first);
    out += ',';
    quote(out, mask ? std::string_view() : std::string_view(entry.second.path));
    out += ',';
    quote(out, entry.second.method_and_algorithm);
    out += ',';
    quote(out, entry.second.hash);
    out += ')';
  });
  return out += ',';
}

NamedInputs named_inputs(const DrvInputs& inputs) {
  NamedInputs named;
  for (const auto& [name, outputs] : inputs) {
    if (outputs.empty()) named.emplace_back(name, std::string_view());
    for (const std::string& output : outputs) named.emplace_back(name, output);
  }
  return named;
}

std::string aterm_inputs(const NamedInputs& inputs) {
  std::string out;
  out.reserve(120 * inputs.size() + 256);
  out += '[';
  for (std::size_t i = 0; i < inputs.size();) {
    std::string_view name = known_drv(inputs[i].first);
    out += i ? ",(" : "(";
    quote(out, name);
    out += ',';
    i = write_used_outputs(out, inputs, i, name);
    out += ')';
  }
  return out += "],";
}

std::string aterm_sources(const std::vector<std::string_view>& sources) {
  std::string out;
  out.reserve(100 * sources.size() + 256);
  write_list(out, sources, [&](std::string_view source) { quote(out, source); });
  return out += ',';
}

TailWriter::TailWriter() : arguments_(take_buffer()), variables_(take_buffer()) {
  constexpr std::size_t kUsualVariables = 48;
  starts_.reserve(kUsualVariables);
}

TailWriter::~TailWriter() {
  give_back(std::move(variables_));
  give_back(std::move(arguments_));
}

void TailWriter::add_argument(std::string_view text) {
  if (!arguments_.empty()) arguments_ += ',';
  quote(arguments_, text);
}

void TailWriter::add_variable(std::string_view name, std::string_view value) {
  starts_.push_back({name, variables_.size()});
  variables_ += '(';
  quote(variables_, name);
  variables_ += ',';
  quote(variables_, value);
  variables_ += ')';
}

AtermTail TailWriter::finish(std::string_view system, std::string_view builder, const std::vector<OutputVariable>& outputs) const {
  AtermTail tail;
  std::string& text = tail.text;
  text.reserve(arguments_.size() + variables_.size() + starts_.size() + 2 * (system.size() + builder.size()) + 128 * outputs.size() + 64);
  // As it is, whatever is in it: this is what Nix hashes.
  ((text += '"') += system) += "\",";
  quote(text, builder);
  text += ",[";
  text += arguments_;
  text += "],[";
  auto output = outputs.begin();
  bool first = true;
  auto separate = [&] {
    if (!first) text += ',';
    first = false;
  };
  auto write_outputs_before = [&](const std::string_view* name) {
    for (; output != outputs.end() && (!name || output->name < *name); ++output) {
      separate();
      text += '(';
      quote(text, output->name);
      text += ',';
      quote(text, output->value.value_or(""));
      if (!output->value) tail.gaps.emplace_back(text.size() - 1, output->name);
      text += ')';
    }
  };
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    write_outputs_before(&starts_[i].name);
    if (output != outputs.end() && output->name == starts_[i].name) continue;
    separate();
    std::size_t end = i + 1 < starts_.size() ? starts_[i + 1].from : variables_.size();
    text.append(variables_, starts_[i].from, end - starts_[i].from);
  }
  write_outputs_before(nullptr);
  text += "])";
  return tail;
}

std::string AtermTail::filled(const DrvOutputs& outputs) const {
  std::string out;
  out.reserve(text.size() + 128 * gaps.size());
  std::size_t from = 0;
  for (auto [at, name] : gaps) {
    out.append(text, from, at - from);
    out += outputs.find(std::string(name))->second.path;
    from = at;
  }
  return out.append(text, from);
}

std::string to_aterm(const Derivation& d, bool mask) {
  Draft draft = draft_of(d, "", mask);
  return std::string(aterm_opening(has_dynamic(draft.inputs))) + aterm_outputs(d.outputs, mask) + aterm_inputs(draft.inputs) + aterm_sources(draft.sources) + draft.tail.text;
}

Draft draft_of(const Derivation& d, std::string name, bool mask) {
  Draft draft;
  draft.name = std::move(name);
  draft.outputs = d.outputs;
  draft.inputs = named_inputs(d.input_drvs);
  draft.sources.assign(d.input_srcs.begin(), d.input_srcs.end());
  TailWriter tail;
  for (const std::string& argument : d.args) tail.add_argument(argument);
  for (const auto& [variable, value] : d.env) tail.add_variable(variable, value);
  std::vector<OutputVariable> masked;
  if (mask)
    for (const auto& [output, unused] : d.outputs)
      if (d.env.contains(output)) masked.push_back({output, std::nullopt});
  draft.tail = tail.finish(d.system, d.builder, masked);
  return draft;
}

base::Result<Derivation> parse_aterm(std::string_view text) {
  Reader in(text);
  Derivation d;
  bool dynamic = in.starts_with("DrvWithVersion(");
  in.expect(dynamic ? "DrvWithVersion(\"xp-dyn-drv\"," : "Derive(");
  in.list([&] { read_output(in, d); });
  in.expect(",");
  in.list([&] { read_input(in, d); });
  in.expect(",");
  in.list([&] { d.input_srcs.insert(in.string()); });
  in.expect(",");
  d.system = in.string();
  in.expect(",");
  d.builder = in.string();
  in.expect(",");
  in.list([&] { d.args.push_back(in.string()); });
  in.expect(",");
  in.list([&] {
    in.expect("(");
    std::string key = in.string();
    in.expect(",");
    d.env[key] = in.string();
    in.expect(")");
  });
  in.expect(")");
  if (auto whole = in.finish(); !whole) return std::unexpected(whole.error());
  return d;
}

}  // namespace evalctl::store
