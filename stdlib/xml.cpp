#include "stdlib/xml.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "evaluator/builtin.h"
#include "evaluator/program.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

constexpr std::size_t kMaximumNesting = 10'000;

class Writer {
 public:
  Writer(Vm& vm, std::string& out, const Context*& context, bool strict, bool locations)
      : vm_(vm), out_(out), context_(context), strict_(strict), locations_(locations) {}

  bool write(Value v) {
    // Each line is indented by its depth, so that deep documents would grow with its square.
    if (indent > 2 * kMaximumNesting) return bool(vm_.too_deep());
    Vm::Depth level(vm_);
    if (!level) return false;
    if (strict_ || v.kind() == Kind::Forced) v = vm_.force(v);
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
  void line(std::string_view text) {
    out_.append(indent, ' ');
    out_ += text;
    out_ += '\n';
  }

  static std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
      switch (c) {
        case '"': out += "&quot;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '\n': out += "&#xA;"; break;
        default: out += c;
      }
    }
    return out;
  }

  void leaf(std::string_view tag, std::string_view value) { line(fmt::format("<{} value=\"{}\" />", tag, escaped(value))); }

  // The XML attributes of a position, with `name` (itself one, or empty) in its alphabetical place.
  std::string location(Position position, const std::string& name = "") {
    auto where = vm_.where(position);
    if (!locations_ || where.line == 0 || position.derived) return name;
    return fmt::format(" column=\"{}\" line=\"{}\"{} path=\"{}\"", where.column, where.line, name, escaped(where.file));
  }

  bool list(ListObject* list) {
    line("<list>");
    indent += 2;
    for (std::uint32_t i = 0; i < list->size; ++i)
      if (!write(list->items[i])) return false;
    indent -= 2;
    line("</list>");
    return true;
  }

  bool members(AttrsObject* attrs) {
    for (const Attr& a : attributes_by_text(attrs)) {
      line(fmt::format("<attr{}>", location(a.position, fmt::format(" name=\"{}\"", escaped(text_of(a.name))))));
      indent += 2;
      if (!write(*a.slot)) return false;
      indent -= 2;
      line("</attr>");
    }
    return true;
  }

  // The text of a string attribute as an XML attribute, and as such in `path`.
  bool string_attribute(AttrsObject* attrs, Symbol name, std::string& tag, std::string& path) {
    Attr a = find(attrs, name);
    if (!a) return true;
    Value v = strict_ ? vm_.force(*a.slot) : *a.slot;
    if (!v) return false;
    if (!v.is(Kind::String)) return true;
    path = as_string(v)->view();
    tag += fmt::format(" {}=\"{}\"", text_of(name), escaped(path));
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
    std::string tag = "<derivation", drv_path, out_path;
    if (!string_attribute(attrs, vm_.symbols.drv_path, tag, drv_path) ||
        !string_attribute(attrs, vm_.symbols.out_path, tag, out_path))
      return false;
    line(tag + ">");
    indent += 2;
    if (!drv_path.empty() && !seen_.insert(drv_path).second) line("<repeated />");
    else if (!drv_path.empty() && !members(attrs)) return false;
    indent -= 2;
    line("</derivation>");
    return true;
  }

  void function(Value lambda) {
    const IrParameter& parameter = parameter_of(vm_, lambda);
    bool partial = lambda.is(Kind::PartialApplication);
    const Code& code = code_of(partial ? as_partial(lambda)->function.object() : lambda.object());
    line(fmt::format("<function{}>", location({code.file, parameter.offset})));
    indent += 2;
    if (code.has_pattern) {
      std::string tag = "<attrspat";
      if (code.ellipsis) tag += " ellipsis=\"1\"";
      if (parameter.name.id) tag += fmt::format(" name=\"{}\"", escaped(text_of(parameter.name)));
      line(tag + ">");
      indent += 2;
      std::vector<Symbol> names;
      for (const IrFormal& formal : formals_of(vm_, code)) names.push_back(formal.name);
      std::sort(names.begin(), names.end(), text_less);
      for (Symbol name : names) line(fmt::format("<attr name=\"{}\" />", escaped(text_of(name))));
      indent -= 2;
      line("</attrspat>");
    } else {
      line(fmt::format("<varpat name=\"{}\" />", escaped(text_of(parameter.name))));
    }
    indent -= 2;
    line("</function>");
  }

  Vm& vm_;
  std::string& out_;
  const Context*& context_;
  bool strict_, locations_;
  std::set<std::string> seen_;
};

Value to_xml_builtin(Vm& vm, Value* arguments) {
  std::string out;
  const Context* context = nullptr;
  return to_xml(vm, arguments[0], out, context, true, false) ? vm.string(out, context) : Value();
}

constexpr BuiltinRow kTable[] = {
    {.name = "toXML", .params = "e", .type = "a -> string", .doc = "Returns *e* as XML.", .run = to_xml_builtin},
};

}  // namespace

bool to_xml(Vm& vm, Value v, std::string& out, const Context*& context, bool strict, bool locations) {
  out += "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n";
  if (!Writer(vm, out, context, strict, locations).write(v)) return false;
  out += "</expr>\n";
  return true;
}

std::span<const BuiltinRow> xml_builtins() { return kTable; }

}  // namespace evalctl::stdlib
