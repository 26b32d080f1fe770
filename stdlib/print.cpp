#include "stdlib/print.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

bool is_identifier(std::string_view name) {
  static constexpr std::string_view keywords[] = {"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit"};
  if (name.empty() || std::ranges::find(keywords, name) != std::end(keywords)) return false;
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (!letter(name[0])) return false;
  return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '\'' || c == '-'; });
}

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (c == '$' && i + 1 < text.size() && text[i + 1] == '{') out += "\\$";
    else out += c;
  }
  out += '"';
}

class Printer {
 public:
  Printer(Vm& vm, std::string& out, bool deep) : vm_(vm), out_(out), deep_(deep) {}

  bool print(Value v) {
    Vm::Depth level(vm_);
    if (!level) return false;
    if (deep_ || v.kind() == Kind::Forced) v = vm_.force(v);
    if (!v) return false;
    switch (v.kind()) {
      case Kind::Integer: out_ += fmt::format("{}", v.integer()); return true;
      case Kind::Float: out_ += fmt::format("{:g}", v.floating()); return true;
      case Kind::Null: out_ += "null"; return true;
      case Kind::Bool: out_ += v.boolean() ? "true" : "false"; return true;
      case Kind::String: append_quoted(as_string(v)->view(), out_); return true;
      case Kind::Path: out_ += as_string(v)->view(); return true;
      case Kind::Closure: out_ += "<LAMBDA>"; return true;
      case Kind::Builtin: out_ += "<PRIMOP>"; return true;
      case Kind::PartialApplication: out_ += is_lambda(v) ? "<LAMBDA>" : "<PRIMOP-APP>"; return true;
      case Kind::List: return list(as_list(v));
      case Kind::Attrs: return attrs(as_attrs(v));
      default: out_ += "<CODE>"; return true;
    }
  }

 private:
  bool repeated(Object* object, std::uint32_t size) {
    if (size == 0 || seen_.insert(object).second) return false;
    out_ += "«repeated»";
    return true;
  }

  bool list(ListObject* list) {
    if (repeated(list, list->size)) return true;
    out_ += "[ ";
    for (std::uint32_t i = 0; i < list->size; ++i) {
      if (!print(list->items[i])) return false;
      out_ += ' ';
    }
    out_ += ']';
    return true;
  }

  bool attrs(AttrsObject* attrs) {
    if (repeated(attrs, attrs->count())) return true;
    out_ += "{ ";
    for (const Attr& a : attributes_by_text(attrs)) {
      std::string_view name = text_of(a.name);
      if (is_identifier(name)) out_ += name;
      else append_quoted(name, out_);
      out_ += " = ";
      if (!print(*a.slot)) {
        vm_.add_frame(fmt::format("while evaluating the attribute '{}'", name), a.position);
        return false;
      }
      out_ += "; ";
    }
    out_ += '}';
    return true;
  }

  Vm& vm_;
  std::string& out_;
  bool deep_;
  std::unordered_set<const Object*> seen_;
};

}  // namespace

bool print_value(Vm& vm, Value v, std::string& out, bool deep) { return Printer(vm, out, deep).print(v); }

}  // namespace evalctl::stdlib
