// Typed forcing, coercion to strings, and how values are shown in messages.
#include <charconv>
#include <iterator>

#include "evaluator/builtin.h"
#include "evaluator/offers.h"
#include "evaluator/program.h"
#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

void frame(Vm& vm, std::string_view what) {
  if (!what.empty()) vm.add_frame(fmt::format("while evaluating {}", what));
}

}  // namespace

[[gnu::noinline, gnu::cold]] Value Vm::wrong_kind(Value forced, std::string_view expected, std::string_view what) {
  if (forced) fail_expected(expected, forced);
  frame(*this, what);
  return {};
}

bool Vm::force_float(Value v, double& out, std::string_view what) {
  Value forced = force(v);
  if (forced && forced.is(Kind::Integer)) {
    out = static_cast<double>(forced.integer());
    return true;
  }
  forced = force_kind(v, Kind::Float, "a float", what);
  if (forced) out = forced.floating();
  return bool(forced);
}

bool Vm::force_bool(Value v, bool& out, std::string_view what) {
  Value forced = force_kind(v, Kind::Bool, "a Boolean", what);
  if (forced) out = forced.boolean();
  return bool(forced);
}

[[gnu::noinline, gnu::cold]] const StringObject* Vm::has_context(const StringObject* s, std::string_view what) {
  fail_as(ErrorKind::Context, "the string '{}' is not allowed to refer to a store path (such as '{}')", s->view(),
          s->context->elements().front().path);
  frame(*this, what);
  return nullptr;
}

[[gnu::noinline]] Value Vm::functor_or_fail(Value forced, std::string_view what) {
  if (!forced) {
    frame(*this, what);
    return {};
  }
  if (forced.is(Kind::Attrs) && find(as_attrs(forced), symbols.functor)) return forced;
  fail_expected("a function", forced);
  frame(*this, what);
  return {};
}

static bool coerce_attrs(Vm& vm, Value forced, std::string& out, const Context*& context, bool more, bool copy) {
  AttrsObject* attrs = as_attrs(forced);
  if (Value* to_string = known_word(attrs, vm.symbols.to_string)) {
    Value text = vm.call(*to_string, forced);
    return text && vm.coerce_to_string(text, out, context, more, copy);
  }
  if (Value* out_path = known_word(attrs, vm.symbols.out_path)) return vm.coerce_to_string(*out_path, out, context, more, copy);
  vm.fail_coercion(forced);
  return false;
}

static bool coerce_list(Vm& vm, ListObject* list, std::string& out, const Context*& context, bool copy) {
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, copy ? Wanted::StoredText : Wanted::Text);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    if (!vm.coerce_to_string(list->items[i], out, context, true, copy)) return false;
    // No separator follows an element that is itself an empty list.
    Value item = vm.force(list->items[i]);
    bool empty_list = item.is(Kind::List) && as_list(item)->size == 0;
    if (i + 1 < list->size && !empty_list) out += ' ';
  }
  return true;
}

static bool coerce_path(Vm& vm, std::string_view path, std::string& out, const Context*& context, bool copy) {
  if (!copy) {
    out += path;
    return true;
  }
  auto copied = vm.host.copy_to_store(std::string(path));
  if (!copied) {
    vm.fail(copied.error());
    return false;
  }
  out += *copied;
  context = merge(context, context_of({ContextElement::Kind::Opaque, *copied, ""}));
  return true;
}

bool Vm::coerce_to_string(Value v, std::string& out, const Context*& context, bool more, bool copy, std::string_view what) {
  Depth level(*this);
  if (!level) return false;
  Value forced = force(v);
  bool ok = false;
  if (!forced) {
  } else if (forced.is(Kind::String)) {
    out += as_string(forced)->view();
    context = merge(context, as_string(forced)->context);
    return true;
  } else if (forced.is(Kind::Path)) {
    ok = coerce_path(*this, as_string(forced)->view(), out, context, copy);
  } else if (forced.is(Kind::Attrs)) {
    ok = coerce_attrs(*this, forced, out, context, more, copy);
  } else if (!more) {
    fail_coercion(forced);
  } else {
    switch (forced.kind()) {
      case Kind::Bool:
        if (forced.boolean()) out += '1';
        return true;
      case Kind::Null: return true;
      case Kind::Integer: {
        char digits[24];
        out.append(digits, std::to_chars(digits, std::end(digits), forced.integer()).ptr);
        return true;
      }
      case Kind::Float: out += fmt::format("{:f}", forced.floating()); return true;
      case Kind::List: ok = coerce_list(*this, as_list(forced), out, context, copy); break;
      default: fail_coercion(forced);
    }
  }
  if (!ok) frame(*this, what);
  return ok;
}

bool Vm::coerce_to_path(Value v, std::string& out, const Context*& context, std::string_view what) {
  if (!coerce_to_string(v, out, context, false, false, what)) return false;
  if (out.empty() || out[0] != '/') {
    fail_type("string '{}' doesn't represent an absolute path", out);
    frame(*this, what);
    return false;
  }
  return true;
}

std::string_view Vm::type_name(Value v) {
  switch (v.kind()) {
    case Kind::Integer: return "int";
    case Kind::Float: return "float";
    case Kind::Null: return "null";
    case Kind::Bool: return "bool";
    case Kind::String: return "string";
    case Kind::Path: return "path";
    case Kind::List: return "list";
    case Kind::Attrs: return "set";
    case Kind::Closure:
    case Kind::Builtin:
    case Kind::PartialApplication: return "lambda";
    default: return "thunk";
  }
}

std::string Vm::describe_type(Value v) {
  switch (v.kind()) {
    case Kind::Integer: return "an integer";
    case Kind::Float: return "a float";
    case Kind::Null: return "null";
    case Kind::Bool: return "a Boolean";
    case Kind::String: return as_string(v)->context ? "a string with context" : "a string";
    case Kind::Path: return "a path";
    case Kind::List: return "a list";
    case Kind::Attrs: return "a set";
    case Kind::Closure: return "a function";
    case Kind::Builtin: return fmt::format("the built-in function '{}'", builtin_row(v)->name);
    case Kind::PartialApplication:
      return is_lambda(v) ? "a function" : fmt::format("the partially applied built-in function '{}'", builtin_row(v)->name);
    default: return "a thunk";
  }
}

}  // namespace evalctl::evaluator
