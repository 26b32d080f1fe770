// Values as messages show them: `{ a = 1; f = «lambda f @ file:1:2»; }`. Nothing is evaluated for it.

#include "evaluator/builtin.h"
#include "evaluator/dependencies.h"
#include "evaluator/heap.h"
#include "evaluator/normal_form.h"
#include "evaluator/object_set.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// What is shown at most; the rest is counted as elided. Attributes and elements are counted over the whole value.
struct Limits {
  std::size_t depth = SIZE_MAX, attributes = SIZE_MAX, elements = SIZE_MAX, characters = SIZE_MAX;
  bool names_derivations = false;
};
constexpr Limits kMessage = {.depth = 10, .attributes = 10, .elements = 10, .characters = 1024};
constexpr Limits kBrief = {.depth = 3, .attributes = 6, .elements = 4, .characters = 100, .names_derivations = true};

class Shower {
 public:
  Shower(Vm& vm, std::string& out, const Limits& limits) : vm_(vm), out_(out), limits_(limits) {}

  bool show(Value v, std::size_t depth) {
    Vm::Depth level(vm_);
    if (!level) return false;
    const Object* word = v.is_object() ? v.object() : nullptr;
    if (is_evaluated(v)) v = vm_.force(v);
    switch (v.kind()) {
      case Kind::Integer: out_ += fmt::format("{}", v.integer()); return true;
      case Kind::Float: out_ += fmt::format("{:g}", v.floating()); return true;
      case Kind::Null: out_ += "null"; return true;
      case Kind::Bool: out_ += v.boolean() ? "true" : "false"; return true;
      case Kind::String: string(as_string(v)->view()); return true;
      case Kind::Path: out_ += as_string(v)->view(); return true;
      case Kind::List: return list(as_list(v), keeps_its_word(v) ? word : v.object(), depth);
      case Kind::Attrs: return attrs(as_attrs(v), depth);
      case Kind::Closure:
      case Kind::Builtin:
      case Kind::PartialApplication: function(v); return true;
      case Kind::Claimed: out_ += "«potential infinite recursion»"; return true;
      default: out_ += "«thunk»"; return true;
    }
  }

 private:
  void elided(std::size_t count, std::string_view single, std::string_view plural) {
    out_ += fmt::format("«{} {} elided»", count, count == 1 ? single : plural);
  }

  void string(std::string_view text) {
    append_quoted(text.substr(0, limits_.characters), out_);
    if (text.size() <= limits_.characters) return;
    out_ += ' ';
    elided(text.size() - limits_.characters, "byte", "bytes");
  }

  bool repeated(const Object* object) {
    if (seen_.insert(object)) return false;
    out_ += "«repeated»";
    return true;
  }

  bool list(ListObject* list, const Object* identity, std::size_t depth) {
    if (list->size > 0 && repeated(identity)) return true;
    if (depth >= limits_.depth) {
      out_ += "[ ... ]";
      return true;
    }
    out_ += '[';
    for (std::uint32_t i = 0; i < list->size; ++i) {
      out_ += ' ';
      if (elements_ >= limits_.elements) {
        elided(list->size - i, "item", "items");
        break;
      }
      if (!show(list->items[i], depth + 1)) return false;
      ++elements_;
    }
    out_ += " ]";
    return true;
  }

  // When not all attributes can be shown, those that say what the set is come first.
  std::vector<Attr, TracedAllocator<Attr>> ordered(AttrsObject* attrs) {
    auto says_what = [](const Attr& a) { return text_of(a.name) == "type" || text_of(a.name) == "_type"; };
    bool all = limits_.attributes == SIZE_MAX;
    std::vector<Attr, TracedAllocator<Attr>> out;
    for (const Attr& a : attributes_by_text(attrs))
      if (all || says_what(a)) out.push_back(a);
    if (all) return out;
    for (const Attr& a : attributes_by_text(attrs)) {
      if (out.size() > limits_.attributes) break;
      if (!says_what(a)) out.push_back(a);
    }
    return out;
  }

  // «derivation hello-2.12»
  bool derivation(AttrsObject* attrs) {
    Attr type = find(attrs, vm_.symbols.type), name = find(attrs, vm_.symbols.name);
    auto known = [&](Attr a) { return a && is_evaluated(*a.slot) ? vm_.force(*a.slot) : a ? *a.slot : Value(); };
    Value is = known(type), called = known(name);
    if (!is || !is.is(Kind::String) || as_string(is)->view() != "derivation") return false;
    out_ += "«derivation";
    if (called && called.is(Kind::String)) (out_ += ' ') += as_string(called)->view();
    out_ += "»";
    return true;
  }

  bool attrs(AttrsObject* attrs, std::size_t depth) {
    if (limits_.names_derivations && derivation(attrs)) return true;
    if (repeated(attrs)) return true;
    if (depth >= limits_.depth) {
      out_ += "{ ... }";
      return true;
    }
    out_ += '{';
    std::size_t left = attrs->count();
    for (const Attr& a : ordered(attrs)) {
      out_ += ' ';
      if (attributes_ >= limits_.attributes) {
        elided(left, "attribute", "attributes");
        break;
      }
      append_name(text_of(a.name), out_);
      out_ += " = ";
      if (!show(*a.slot, depth + 1)) return false;
      out_ += ';';
      ++attributes_;
      --left;
    }
    out_ += " }";
    return true;
  }

  void function(Value v) {
    if (!is_lambda(v)) {
      out_ += v.is(Kind::Builtin) ? "«primop " : "«partially applied primop ";
      Value builtin = v.is(Kind::Builtin) ? v : as_partial(v)->function;
      out_ += builtin_row(builtin)->name;
      out_ += "»";
      return;
    }
    Value closure = v.is(Kind::Closure) ? v : as_partial(v)->function;
    const Code& code = code_of(closure.object());
    out_ += "«lambda";
    if (Symbol name = name_of(vm_, code); name.id != 0) out_ += fmt::format(" {}", text_of(name));
    Vm::Where where = vm_.where({code.file, parameter_of(vm_, v).offset});
    out_ += fmt::format(" @ {}:{}:{}»", where.file, where.line, where.column);
  }

  Vm& vm_;
  std::string& out_;
  const Limits& limits_;
  std::size_t attributes_ = 0, elements_ = 0;
  ObjectSet seen_;
};

}  // namespace

static std::string show_within(Vm& vm, Value v, const Limits& limits) {
  std::string out;
  std::uint32_t outer = vm.depth;
  // A message is wanted also where evaluation is at its deepest; the limits keep this shallow.
  vm.depth = 0;
  if (v) Shower(vm, out, limits).show(v, 0);
  vm.depth = outer;
  vm.showed_parts = v && (v.is_thunk() || v.is(Kind::List) || v.is(Kind::Attrs));
  return out;
}

std::string Vm::show(Value v) { return show_within(*this, v, kMessage); }
std::string Vm::show_briefly(Value v) { return show_within(*this, v, kBrief); }

bool Vm::show_all(Value v, std::string& out) {
  if (dependencies && (v.is(Kind::List) || v.is(Kind::Attrs))) dependencies->is_uncertain = true;
  return Shower(*this, out, {}).show(v, 0);
}

}  // namespace evalctl::evaluator
