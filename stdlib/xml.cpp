#include "stdlib/xml.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/appender.h"
#include "base/escape.h"
#include "evaluator/builtin.h"
#include "evaluator/page_ahead.h"
#include "evaluator/program.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

constexpr std::size_t kMaximumNesting = 10'000;

// What does not stand for itself in an XML attribute.
struct Markup {
  static auto marks(base::Bytes16 b) { return (b == '"') | (b == '<') | (b == '>') | (b == '&') | (b == '\n'); }
};

std::string_view stand_in(char c) {
  switch (c) {
    case '"': return "&quot;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    default: return "&#xA;";
  }
}

// Appends `text` as it may stand in an XML attribute.
void escape(base::Appender& out, std::string_view text) {
  for (std::size_t plain = 0;;) {
    std::size_t special = base::find_special(text, plain, Markup());
    out += text.substr(plain, special - plain);
    if (special == text.size()) return;
    out += stand_in(text[special]);
    plain = special + 1;
  }
}

class Writer {
 public:
  Writer(Vm& vm, base::Appender& out, const Context*& context, bool strict, bool locations)
      : vm_(vm), out_(out), context_(context), strict_(strict), locations_(locations) {}

  bool write(Value v) {
    // Each line is indented by its depth, so that deep documents would grow with its square.
    if (indent > 2 * kMaximumNesting) return bool(vm_.too_deep());
    Vm::Depth level(vm_);
    if (!level) return false;
    if (strict_ || is_evaluated(v)) v = vm_.force(v);
    if (!v) return false;
    switch (v.kind()) {
      case Kind::Integer: leaf("int", fmt::format("{}", v.integer())); return true;
      case Kind::Float: leaf("float", fmt::format("{:g}", v.floating())); return true;
      case Kind::Bool: leaf("bool", v.boolean() ? "true" : "false"); return true;
      case Kind::Null: line("<null />"); return true;
      case Kind::String:
        context_ = merge(context_, as_string(v)->context);
        leaf("string", as_string(v)->view());
        return true;
      case Kind::Path: leaf("path", as_string(v)->view()); return true;
      case Kind::List: return list(as_list(v));
      case Kind::Attrs: return attrs(as_attrs(v));
      case Kind::Closure:
      case Kind::PartialApplication:
        if (is_lambda(v)) function(v);
        else line("<unevaluated />");
        return true;
      default: line("<unevaluated />"); return true;
    }
  }

  std::size_t indent = 2;

 private:
  template <class... Parts>
  void line(Parts... parts) {
    out_.fill(indent, ' ');
    ((out_ += std::string_view(parts)), ...);
    out_ += '\n';
  }

  void leaf(std::string_view tag, std::string_view value) {
    out_.fill(indent, ' ');
    out_ += '<';
    out_ += tag;
    out_ += " value=\"";
    escape(out_, value);
    out_ += "\" />\n";
  }

  void named_leaf(std::string_view tag, Symbol name) {
    out_.fill(indent, ' ');
    out_ += '<';
    out_ += tag;
    attribute("name", text_of(name));
    out_ += " />\n";
  }

  // The XML attributes of a position, with ` name="..."` in its alphabetical place.
  void location(Position position, std::optional<std::string_view> name) {
    Vm::Where where = locations_ && !position.derived ? vm_.where(position) : Vm::Where{"", 0, 0};
    if (where.line != 0) out_ += fmt::format(" column=\"{}\" line=\"{}\"", where.column, where.line);
    if (name) attribute("name", *name);
    if (where.line != 0 && !where.file.starts_with("«")) attribute("path", where.file);
  }

  void attribute(std::string_view name, std::string_view value) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    escape(out_, value);
    out_ += '"';
  }

  bool list(ListObject* list) {
    fetch({list->items, list->size});
    line("<list>");
    indent += 2;
    for (std::uint32_t i = 0; i < list->size; ++i)
      if (!write(list->items[i])) return false;
    indent -= 2;
    line("</list>");
    return true;
  }

  // Of words that are looked at one after the other, so that they come from memory together.
  static void fetch(std::span<const Value> words) {
    for (Value v : words)
      if (v && v.is_object()) __builtin_prefetch(v.object());
  }

  bool members(AttrsObject* attrs) {
    if (!attrs->layered()) fetch({attrs->items, attrs->words()});
    for (const Attr& a : attributes_by_text(attrs)) {
      out_.fill(indent, ' ');
      out_ += "<attr";
      location(a.position(), text_of(a.name));
      out_ += ">\n";
      indent += 2;
      if (!write(*a.slot)) return false;
      indent -= 2;
      line("</attr>");
    }
    return true;
  }

  // Writes a string attribute as an XML attribute; its text goes to `path`.
  bool string_attribute(AttrsObject* attrs, Symbol name, std::string& path) {
    Attr a = find(attrs, name);
    if (!a) return true;
    Value v = strict_ ? vm_.force(*a.slot) : *a.slot;
    if (!v) return false;
    if (!v.is(Kind::String)) return true;
    path = as_string(v)->view();
    attribute(text_of(name), path);
    return true;
  }

  bool attrs(AttrsObject* attrs) {
    Attr type = find(attrs, vm_.symbols.type);
    Value kind = type ? (strict_ ? vm_.force(*type.slot) : *type.slot) : Value::null();
    if (!kind) return false;
    if (!kind.is(Kind::String) || as_string(kind)->view() != "derivation") {
      line("<attrs>");
      indent += 2;
      if (!members(attrs)) return false;
      indent -= 2;
      line("</attrs>");
      return true;
    }
    std::string drv_path, out_path;
    out_.fill(indent, ' ');
    out_ += "<derivation";
    if (!string_attribute(attrs, vm_.symbols.drv_path, drv_path) || !string_attribute(attrs, vm_.symbols.out_path, out_path)) return false;
    out_ += ">\n";
    indent += 2;
    if (drv_path.empty() || !seen_.insert(drv_path).second) line("<repeated />");
    else if (!members(attrs)) return false;
    indent -= 2;
    line("</derivation>");
    return true;
  }

  void function(Value lambda) {
    const IrParameter& parameter = parameter_of(vm_, lambda);
    bool partial = lambda.is(Kind::PartialApplication);
    const Code& code = code_of(partial ? as_partial(lambda)->function.object() : lambda.object());
    out_.fill(indent, ' ');
    out_ += "<function";
    location({code.file, parameter.offset}, std::nullopt);
    out_ += ">\n";
    indent += 2;
    if (code.has_pattern) {
      out_.fill(indent, ' ');
      out_ += "<attrspat";
      if (code.ellipsis) attribute("ellipsis", "1");
      if (parameter.name.id) attribute("name", text_of(parameter.name));
      out_ += ">\n";
      indent += 2;
      std::vector<Symbol> names;
      for (const IrFormal& formal : formals_of(vm_, code)) names.push_back(formal.name);
      std::sort(names.begin(), names.end(), text_less);
      for (Symbol name : names) named_leaf("attr", name);
      indent -= 2;
      line("</attrspat>");
    } else {
      named_leaf("varpat", parameter.name);
    }
    indent -= 2;
    line("</function>");
  }

  Vm& vm_;
  base::Appender& out_;
  const Context*& context_;
  bool strict_, locations_;
  std::set<std::string> seen_;
};

bool document(Vm& vm, Value v, base::Appender& out, const Context*& context, bool strict, bool locations) {
  out += "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n";
  if (!Writer(vm, out, context, strict, locations).write(v)) return false;
  out += "</expr>\n";
  return true;
}

Value to_xml_builtin(Vm& vm, Value* arguments) {
  base::Appender out([](char* begin, std::size_t bytes) {
    if (PageAhead* helper = PageAhead::of_process()) helper->touch(begin, begin + bytes);
  });
  const Context* context = nullptr;
  if (!document(vm, arguments[0], out, context, true, false)) return {};
  if (out.size() >= UINT32_MAX) return vm.fail_string_length(out.size());
  StringObject* text = vm.new_string(out.size(), context);
  out.move_to(text->bytes);
  return Value(text);
}

constexpr BuiltinRow kTable[] = {
    {.name = "toXML", .params = "e", .type = "a -> string", .doc = "Returns *e* as XML.", .run = to_xml_builtin},
};

}  // namespace

bool to_xml(Vm& vm, Value v, std::string& out, const Context*& context, bool strict, bool locations) {
  base::Appender text;
  if (!document(vm, v, text, context, strict, locations)) return false;
  out.resize_and_overwrite(out.size() + text.size(), [&, before = out.size()](char* bytes, std::size_t whole) {
    text.move_to(bytes + before);
    return whole;
  });
  return true;
}

std::span<const BuiltinRow> xml_builtins() { return kTable; }

}  // namespace evalctl::stdlib
