#include "stdlib/print.h"

#include "evaluator/normal_form.h"
#include "evaluator/object_set.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

class Printer {
 public:
  Printer(Vm& vm, std::string& out, const PrintOptions& options) : vm_(vm), out_(out), options_(options) {}

  bool print(Value v) {
    Vm::Depth level(vm_);
    if (!level) return false;
    Value word = v;
    if (options_.deep || is_evaluated(v)) v = vm_.force(v);
    if (!v) return false;
    switch (v.kind()) {
      case Kind::Integer: out_ += fmt::format("{}", v.integer()); return true;
      case Kind::Float: out_ += fmt::format("{:g}", v.floating()); return true;
      case Kind::Null: out_ += "null"; return true;
      case Kind::Bool: out_ += v.boolean() ? "true" : "false"; return true;
      case Kind::String: append_quoted(as_string(v)->view(), out_); return true;
      case Kind::Path: out_ += as_string(v)->view(); return true;
      case Kind::Closure:
      case Kind::Builtin:
      case Kind::PartialApplication: function(v); return true;
      // Of a list of one or two elements the word counts, of a longer one the list: so Nix keeps them.
      case Kind::List: return list(as_list(v), keeps_its_word(v) ? word.object() : v.object());
      case Kind::Attrs: return attrs(as_attrs(v));
      case Kind::Claimed: out_ += "«potential infinite recursion»"; return true;
      default: out_ += "<CODE>"; return true;
    }
  }

 private:
  void function(Value v) {
    if (options_.by_name) out_ += vm_.show(v);
    else out_ += is_lambda(v) ? "<LAMBDA>" : v.is(Kind::Builtin) ? "<PRIMOP>" : "<PRIMOP-APP>";
  }

  bool repeated(const Object* object, std::uint32_t size) {
    if (size == 0 || seen_.insert(object)) return false;
    out_ += "«repeated»";
    return true;
  }

  bool element(Value v) {
    if (print(v)) return true;
    if (!options_.errors_inside || !vm_.error || vm_.error->kind == ErrorKind::StackOverflow || vm_.error->kind == ErrorKind::Abandoned) return false;
    out_ += fmt::format("«error: {}»", vm_.error->message);
    vm_.error.reset();
    return true;
  }

  bool list(ListObject* list, const Object* identity) {
    if (repeated(identity, list->size)) return true;
    out_ += "[ ";
    for (std::uint32_t i = 0; i < list->size; ++i) {
      if (!element(list->items[i])) return false;
      out_ += ' ';
    }
    out_ += ']';
    return true;
  }

  bool derivation(AttrsObject* attrs) {
    std::string text;
    const Context* context = nullptr;
    Attr path = find(attrs, vm_.symbols.drv_path);
    if (path && !vm_.coerce_to_path(*path.slot, text, context, "the 'drvPath' attribute of a derivation")) return false;
    out_ += path ? fmt::format("«derivation {}»", text) : "«derivation»";
    return true;
  }

  bool attrs(AttrsObject* attrs) {
    if (options_.by_name) {
      if (vm_.is_derivation(attrs)) return derivation(attrs);
      if (vm_.error) return false;
    }
    if (repeated(attrs, attrs->count())) return true;
    out_ += "{ ";
    for (const Attr& a : attributes_by_text(attrs)) {
      std::string_view name = text_of(a.name);
      append_name(name, out_);
      out_ += " = ";
      if (!element(*a.slot)) {
        vm_.add_frame(fmt::format("while evaluating the attribute '{}'", name), a.position());
        return false;
      }
      out_ += "; ";
    }
    out_ += '}';
    return true;
  }

  Vm& vm_;
  std::string& out_;
  const PrintOptions& options_;
  ObjectSet seen_;
};

}  // namespace

bool print_value(Vm& vm, Value v, std::string& out, const PrintOptions& options) { return Printer(vm, out, options).print(v); }

}  // namespace evalctl::stdlib
