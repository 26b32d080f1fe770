#include "store/derivation.h"

#include <fmt/core.h>

#include "store/aterm.h"

namespace evalctl::store {
namespace {

bool is_special(char c) { return c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t'; }

// The first place from `at` on that may have to be escaped. Looks at blocks, which the compiler turns into a few vector
// operations each.
std::size_t next_special(std::string_view text, std::size_t at) {
  constexpr std::size_t kBlock = 32;
  for (; at + kBlock <= text.size(); at += kBlock) {
    bool any = false;
    for (std::size_t i = 0; i < kBlock; ++i) any |= is_special(text[at + i]);
    if (any) break;
  }
  while (at < text.size() && !is_special(text[at])) ++at;
  return at;
}

void quote(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = next_special(text, 0); i < text.size(); i = next_special(text, i + 1)) {
    char c = text[i];
    char escaped = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;
    out += text.substr(from, i - from);
    out += '\\';
    out += escaped;
    from = i + 1;
  }
  out += text.substr(from);
  out += '"';
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

template <class Items>
void quote_list(std::string& out, const Items& items) {
  write_list(out, items, [&](const std::string& item) { quote(out, item); });
}

// A cursor over the text; the first failure sticks.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void expect(std::string_view token) {
    if (!failure_.empty()) return;
    if (text_.substr(at_).starts_with(token)) at_ += token.size();
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

void read_input(Reader& in, Derivation& d) {
  in.expect("(");
  std::string path = in.string();
  if (d.input_drvs.contains(path)) return in.fail("an input that is named twice");
  auto& outputs = d.input_drvs[path];
  in.expect(",");
  in.list([&] { outputs.insert(in.string()); });
  in.expect(")");
}

}  // namespace

std::string aterm_outputs(const DrvOutputs& outputs, bool mask) {
  std::string out = "Derive(";
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
  named.reserve(inputs.size());
  for (const auto& [name, outputs] : inputs) named.emplace_back(name, &outputs);
  return named;
}

std::string aterm_inputs(const NamedInputs& inputs) {
  std::string out;
  out.reserve(100 * inputs.size() + 16);
  write_list(out, inputs, [&](const auto& entry) {
    out += '(';
    quote(out, entry.first);
    out += ',';
    quote_list(out, *entry.second);
    out += ')';
  });
  return out += ',';
}

AtermRest::AtermRest(const Derivation& d, bool mask) {
  text.reserve(4096);
  quote_list(text, d.input_srcs);
  text += ',';
  quote(text, d.system);
  text += ',';
  quote(text, d.builder);
  text += ',';
  quote_list(text, d.args);
  text += ',';
  write_list(text, d.env, [&](const auto& entry) {
    text += '(';
    quote(text, entry.first);
    text += ',';
    bool masked = mask && d.outputs.contains(entry.first);
    quote(text, masked ? std::string_view() : std::string_view(entry.second));
    if (masked) gaps.emplace_back(text.size() - 1, entry.first);
    text += ')';
  });
  text += ')';
}

std::string AtermRest::filled(const DrvOutputs& outputs) const {
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
  return aterm_outputs(d.outputs, mask) + aterm_inputs(named_inputs(d.input_drvs)) + AtermRest(d, mask).text;
}

base::Result<Derivation> parse_aterm(std::string_view text) {
  Reader in(text);
  Derivation d;
  in.expect("Derive(");
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
