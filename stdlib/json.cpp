#include "stdlib/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "base/escape.h"
#include "base/text.h"
#include "evaluator/builtin.h"
#include "evaluator/offers.h"
#include "stdlib/registry.h"
#include "stdlib/text_checks.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// Shortest text that reads back as `d`, with a point or exponent so that it stays a float.
void append_float(double d, std::string& out) {
  if (!std::isfinite(d)) {
    out += "null";
    return;
  }
  char buffer[40];
  double size = std::fabs(d);
  bool plain = size == 0 || (size >= 1e-4 && size < 1e15);
  auto end = std::to_chars(buffer, buffer + sizeof buffer, d, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  out += text;
  if (plain && text.find('.') == std::string_view::npos) out += ".0";
}

constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t", kEscapeLetters = "\"\\bfnrt";

// Behind the backslash; 0 for all else.
constexpr std::array<char, 256> kLetterOf = [] {
  std::array<char, 256> letters{};
  for (std::size_t i = 0; i < kEscaped.size(); ++i) letters[static_cast<unsigned char>(kEscaped[i])] = kEscapeLetters[i];
  return letters;
}();

// The string of a text that has control characters that JSON has no letter for.
void append_with_codes(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    if (char letter = kLetterOf[static_cast<unsigned char>(c)]) {
      out += '\\';
      out += letter;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// The first byte from `at` on that is not ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  struct Foreign {
    static auto marks(base::Bytes16 b) { return b & 0x80; }
  };
  return base::find_special(text, at, Foreign());
}

bool check_utf8(Vm& vm, std::string_view text) {
  for (std::size_t i = skip_ascii(text, 0); i < text.size(); i = skip_ascii(text, i)) {
    std::size_t length = base::utf8_length(text.substr(i));
    if (length == 0) {
      vm.fail_other("JSON serialization error: [json.exception.type_error.316] invalid UTF-8 byte at index {}: 0x{:02X}", i,
                    static_cast<unsigned char>(text[i]));
      return false;
    }
    i += length;
  }
  return true;
}

// How deep the value that is being written nests. Far deeper than any document is meant to be read.
constexpr std::uint32_t kMaximumNesting = 10'000;
thread_local std::uint32_t nesting = 0;

struct Nesting {
  Nesting() { ++nesting; }
  ~Nesting() { --nesting; }
};

// What stands for a set in JSON: the result of __toString, else outPath, and so on until one has neither. `through_to_string`
// becomes true when some __toString was called. No value on failure.
Value peel(Vm& vm, Value set, bool& through_to_string) {
  Value v = set;
  for (std::uint32_t steps = 0; steps < kMaximumNesting; ++steps) {
    if (!v || !v.is(Kind::Attrs)) return v;
    if (Attr to_string = find(as_attrs(v), vm.symbols.to_string)) {
      through_to_string = true;
      v = vm.call(*to_string.slot, v);
      if (!v) return vm.add_frame("while calling the `__toString` attribute", to_string.position());
    } else if (Attr out_path = find(as_attrs(v), vm.symbols.out_path)) {
      v = vm.force(*out_path.slot);
      if (!v) return vm.add_frame("while evaluating the `outPath` attribute", out_path.position());
    } else {
      return v;
    }
  }
  return vm.too_deep();
}

bool attrs_to_json(Vm& vm, Value set, std::string& out, const Context*& context, bool copy) {
  bool through_to_string = false;
  Value peeled = peel(vm, set, through_to_string);
  if (!peeled) return false;
  if (through_to_string && !peeled.is(Kind::String) && !peeled.is(Kind::Path)) {
    vm.fail_type("`__toString` {} return a string, but got {}: {}", peeled.is(Kind::Attrs) ? "must" : "should", Vm::describe_type(peeled),
                 vm.show(peeled));
    return false;
  }
  // A path that __toString returns is not copied to the store.
  if (!peeled.is(Kind::Attrs)) return to_json(vm, peeled, out, context, copy && !through_to_string);
  AttrsObject* attrs = as_attrs(peeled);
  out += '{';
  bool first = true;
  Ahead ahead(vm);
  if (ahead && copy) ahead.offer(attrs, Wanted::Json);
  for (const Attr& a : attributes_by_text(attrs)) {
    if (!first) out += ',';
    first = false;
    append_json_string(text_of(a.name), out);
    out += ':';
    if (to_json(vm, *a.slot, out, context, copy)) continue;
    vm.add_frame(fmt::format("while evaluating attribute '{}'", text_of(a.name)), a.position());
    return false;
  }
  out += '}';
  return true;
}

bool path_to_json(Vm& vm, Value path, std::string& out, const Context*& context, bool copy) {
  std::string text;
  if (!vm.coerce_to_string(path, text, context, false, copy)) return false;
  append_json_string(text, out);
  return true;
}

// What does not stand for itself in a string of JSON, or may not stand there at all.
struct NotPlain {
  static auto marks(base::Bytes16 b) { return (b < 0x20) | (b == '"') | (b == '\\') | (b >= 0x80); }
};

// A recursive-descent reader; nesting is counted.
class Reader {
 public:
  Reader(Vm& vm, std::string_view text) : vm_(vm), text_(text) {}

  Value read() {
    take("\xef\xbb\xbf");  // a byte order mark
    NIX_TRY(v, value());
    space();
    return at_ == text_.size() ? v : fail("unexpected text after the value");
  }

 private:
  Value fail(std::string_view what) { return vm_.fail_as(ErrorKind::Json, "failed to parse JSON at byte {}: {}", at_, what); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void space() { while (at_ < text_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r')) ++at_; }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Value value() {
    Vm::Depth level(vm_);
    if (!level) return {};
    space();
    switch (peek()) {
      case '{': return object();
      case '[': return array();
      case '"': {
        std::string s;
        return string(s) ? vm_.string(s) : Value();
      }
      case 't': return take("true") ? Value::boolean(true) : fail("invalid literal");
      case 'f': return take("false") ? Value::boolean(false) : fail("invalid literal");
      case 'n': return take("null") ? Value::null() : fail("invalid literal");
      default: return number();
    }
  }

  Value object() {
    ++at_;
    AttrsBuilder attrs;
    for (bool first = true;; first = false) {
      space();
      if (first && take("}")) break;
      std::string key;
      if (peek() != '"') return fail("expected a string as key");
      if (!string(key)) return {};
      space();
      if (!take(":")) return fail("expected ':'");
      NIX_TRY(v, value());
      attrs.add(key, v);
      space();
      if (take("}")) break;
      if (!take(",")) return fail("expected ',' or '}'");
    }
    return attrs.build(vm_);
  }

  Value array() {
    ++at_;
    ValueVector items;
    for (bool first = true;; first = false) {
      space();
      if (first && take("]")) break;
      NIX_TRY(v, value());
      items.push_back(v);
      space();
      if (take("]")) break;
      if (!take(",")) return fail("expected ',' or ']'");
    }
    return vm_.list(items);
  }

  bool string(std::string& out) {
    ++at_;
    for (;;) {
      std::size_t plain = base::find_special(text_, at_, NotPlain());
      out += text_.substr(at_, plain - at_);
      at_ = plain;
      if (at_ >= text_.size() || text_[at_] == '"') break;
      unsigned char c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20) return bool(fail("control character in a string"));
      if (c == '\\') {
        if (!escape(out)) return false;
        continue;
      }
      std::size_t length = base::utf8_length(text_.substr(at_));
      if (length == 0) return bool(fail("invalid UTF-8"));
      out += text_.substr(at_, length);
      at_ += length;
    }
    if (at_ >= text_.size()) return bool(fail("unterminated string"));
    ++at_;
    return check_no_nul(vm_, out);
  }

  bool hex(unsigned& out) {
    if (at_ + 4 > text_.size()) return false;
    auto [end, code] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, out, 16);
    if (end != text_.data() + at_ + 4) return false;
    at_ += 4;
    return true;
  }

  bool escape(std::string& out) {
    static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ += 2;
    if (std::size_t i = from.find(c); c && i != std::string_view::npos) {
      out += to[i];
      return true;
    }
    unsigned point = 0, low = 0;
    if (c != 'u' || !hex(point)) return bool(fail("invalid escape"));
    if (point >= 0xd800 && point < 0xdc00) {
      if (!take("\\u") || !hex(low) || low < 0xdc00 || low > 0xdfff) return bool(fail("surrogate without its partner"));
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point >= 0xdc00 && point < 0xe000) {
      return bool(fail("surrogate without its partner"));
    }
    append_utf8(point, out);
    return true;
  }

  static void append_utf8(unsigned p, std::string& out) {
    auto add = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (p < 0x80) return add(p);
    if (p < 0x800) add(0xc0 | p >> 6);
    else if (p < 0x10000) { add(0xe0 | p >> 12); add(0x80 | (p >> 6 & 63)); }
    else { add(0xf0 | p >> 18); add(0x80 | (p >> 12 & 63)); add(0x80 | (p >> 6 & 63)); }
    add(0x80 | (p & 63));
  }

  Value number() {
    std::size_t start = at_;
    auto digits = [&] {
      std::size_t from = at_;
      while (peek() >= '0' && peek() <= '9') ++at_;
      return at_ > from;
    };
    if (peek() == '-') ++at_;
    bool zero = peek() == '0';
    std::size_t first = at_;
    if (!digits() || (zero && at_ - first > 1)) return fail("invalid value");
    bool whole = true;
    if (peek() == '.') { ++at_; whole = false; if (!digits()) return fail("invalid number"); }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      whole = false;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return fail("invalid number");
    }
    std::string text(text_.substr(start, at_ - start));
    std::int64_t i = 0;
    if (whole && std::from_chars(text.data(), text.data() + text.size(), i).ec == std::errc()) return vm_.integer(i);
    std::uint64_t large = 0;
    if (whole && std::from_chars(text.data(), text.data() + text.size(), large).ec == std::errc())
      return vm_.fail_other("unsigned json number {} outside of Nix integer range", text);
    double d = std::strtod(text.c_str(), nullptr);
    return std::isfinite(d) ? vm_.floating(d) : fail("the number is out of range");
  }

  Vm& vm_;
  std::string_view text_;
  std::size_t at_ = 0;
};

Value to_json_builtin(Vm& vm, Value* arguments) {
  std::string out;
  const Context* context = nullptr;
  return to_json(vm, arguments[0], out, context, true) ? vm.string(out, context) : Value();
}

Value from_json(Vm& vm, Value* arguments) {
  const StringObject* text = vm.force_string_no_context(arguments[0], "the argument passed to builtins.fromJSON");
  return text ? Reader(vm, text->view()).read() : Value();
}

constexpr BuiltinRow kTable[] = {
    {.name = "toJSON", .params = "e", .type = "a -> string", .doc = "Returns *e* as JSON.", .run = to_json_builtin},
    {.name = "fromJSON", .params = "e", .type = "string -> a", .doc = "Returns the value that the JSON text *e* stands for.", .run = from_json},
};

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  struct Special {
    static bool is(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }
    static auto marks(base::Bytes16 b) { return (b < 0x20) | (b == '"') | (b == '\\'); }
  };
  std::size_t before = out.size();
  bool has_codes = false;
  base::append_escaped(out, text, Special(), [&](char c, char* end) {
    char letter = kLetterOf[static_cast<unsigned char>(c)];
    has_codes |= letter == 0;
    *end++ = '\\';
    *end++ = letter;
    return end;
  });
  if (!has_codes) return;
  out.resize(before);
  append_with_codes(text, out);
}

bool to_json(Vm& vm, Value v, std::string& out, const Context*& context, bool copy) {
  Vm::Depth level(vm);
  if (!level) return false;
  Nesting deeper;
  if (nesting > kMaximumNesting) {
    vm.too_deep();
    return false;
  }
  Value forced = vm.force(v);
  if (!forced) return false;
  switch (forced.kind()) {
    case Kind::Integer: {
      char digits[24];
      out.append(digits, std::to_chars(digits, std::end(digits), forced.integer()).ptr);
      return true;
    }
    case Kind::Float: append_float(forced.floating(), out); return true;
    case Kind::Bool: out += forced.boolean() ? "true" : "false"; return true;
    case Kind::Null: out += "null"; return true;
    case Kind::String:
      if (!check_utf8(vm, as_string(forced)->view())) return false;
      append_json_string(as_string(forced)->view(), out);
      context = merge(context, as_string(forced)->context);
      return true;
    case Kind::Path: return path_to_json(vm, forced, out, context, copy);
    case Kind::Attrs: return attrs_to_json(vm, forced, out, context, copy);
    case Kind::List: {
      out += '[';
      ListObject* list = as_list(forced);
      for (std::uint32_t i = 0; i < list->size; ++i) {
        if (i) out += ',';
        if (to_json(vm, list->items[i], out, context, copy)) continue;
        vm.add_frame(fmt::format("while evaluating list element at index {}", i));
        return false;
      }
      out += ']';
      return true;
    }
    default: 
      vm.fail_type("cannot convert {} to JSON", Vm::describe_type(forced));
      vm.error->culprit.push_back(forced);
      return false;
  }
}

std::span<const BuiltinRow> json_builtins() { return kTable; }

}  // namespace evalctl::stdlib
