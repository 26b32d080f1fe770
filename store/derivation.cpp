#include "store/derivation.h"

#include <fmt/core.h>

namespace evalctl::store {
namespace {

void quote(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    char escaped = c == '"' || c == '\\' ? c : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : '\0';
    if (!escaped) continue;
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
  std::size_t at() const { return at_; }
  bool whole() const { return ok_ && at_ == text_.size(); }

  void expect(std::string_view token) {
    if (ok_ && text_.substr(at_).starts_with(token)) at_ += token.size();
    else ok_ = false;
  }

  std::string string() {
    std::string out;
    expect("\"");
    while (ok_) {
      if (at_ >= text_.size()) {
        ok_ = false;
      } else if (text_[at_] == '"') {
        ++at_;
        break;
      } else if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        out += unescape(text_[at_ + 1]);
        at_ += 2;
      } else {
        out += text_[at_++];
      }
    }
    return out;
  }

  template <class Item>
  void list(Item item) {
    expect("[");
    for (bool first = true; ok_; first = false) {
      if (at_ < text_.size() && text_[at_] == ']') {
        ++at_;
        return;
      }
      if (!first) expect(",");
      item();
    }
  }

 private:
  static char unescape(char c) { return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c; }
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

void read_output(Reader& in, Derivation& d) {
  in.expect("(");
  DerivationOutput& output = d.outputs[in.string()];
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
  auto& outputs = d.input_drvs[in.string()];
  in.expect(",");
  in.list([&] { outputs.insert(in.string()); });
  in.expect(")");
}

}  // namespace

std::string to_aterm(const Derivation& d, bool mask, const DrvInputs* inputs) {
  std::string out;
  out.reserve(4096);
  out += "Derive(";
  write_list(out, d.outputs, [&](const auto& entry) {
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
  out += ',';
  write_list(out, inputs ? *inputs : d.input_drvs, [&](const auto& entry) {
    out += '(';
    quote(out, entry.first);
    out += ',';
    quote_list(out, entry.second);
    out += ')';
  });
  out += ',';
  quote_list(out, d.input_srcs);
  out += ',';
  quote(out, d.system);
  out += ',';
  quote(out, d.builder);
  out += ',';
  quote_list(out, d.args);
  out += ',';
  write_list(out, d.env, [&](const auto& entry) {
    out += '(';
    quote(out, entry.first);
    out += ',';
    quote(out, mask && d.outputs.contains(entry.first) ? std::string_view() : std::string_view(entry.second));
    out += ')';
  });
  out += ')';
  return out;
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
  if (!in.whole()) return base::fail(fmt::format("malformed derivation at byte {}", in.at()));
  return d;
}

}  // namespace evalctl::store
