// Builtins that tell the type of a value.
#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

template <Kind kind>
Value is_kind(Vm& vm, Value* arguments) {
  NIX_TRY(value, vm.force(arguments[0]));
  return Value::boolean(value.is(kind));
}

template <Kind kind>
Value is_kind_early(Vm&, const Value* arguments) { return Value::boolean(arguments[0].is(kind)); }

Value is_function(Vm& vm, Value* arguments) {
  NIX_TRY(value, vm.force(arguments[0]));
  return Value::boolean(value.is_function());
}

Value is_function_early(Vm&, const Value* arguments) { return Value::boolean(arguments[0].is_function()); }

Value type_of(Vm& vm, Value* arguments) {
  NIX_TRY(value, vm.force(arguments[0]));
  return vm.string(Vm::type_name(value));
}

constexpr BuiltinRow kRows[] = {
    {.name = "isNull", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is `null`.",
     .run = is_kind<Kind::Null>, .early = is_kind_early<Kind::Null>, .global = true},
    {.name = "isFunction", .params = "x", .type = "a -> bool",
     .doc = "Tells whether *x* is a function. A set with `__functor` is none.", .run = is_function,
     .early = is_function_early},
    {.name = "isInt", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is an integer.",
     .run = is_kind<Kind::Integer>, .early = is_kind_early<Kind::Integer>},
    {.name = "isFloat", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is a float.",
     .run = is_kind<Kind::Float>, .early = is_kind_early<Kind::Float>},
    {.name = "isBool", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is `true` or `false`.",
     .run = is_kind<Kind::Bool>, .early = is_kind_early<Kind::Bool>},
    {.name = "isString", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is a string.",
     .run = is_kind<Kind::String>, .early = is_kind_early<Kind::String>},
    {.name = "isPath", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is a path.",
     .run = is_kind<Kind::Path>, .early = is_kind_early<Kind::Path>},
    {.name = "isList", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is a list.",
     .run = is_kind<Kind::List>, .early = is_kind_early<Kind::List>},
    {.name = "isAttrs", .params = "x", .type = "a -> bool", .doc = "Tells whether *x* is an attribute set.",
     .run = is_kind<Kind::Attrs>, .early = is_kind_early<Kind::Attrs>},
    {.name = "typeOf", .params = "x", .type = "a -> string",
     .doc = "Returns the name of the type of *x*: `int`, `bool`, `string`, `path`, `null`, `set`, `list`, `lambda` or "
            "`float`.",
     .run = type_of},
};

}  // namespace

std::span<const BuiltinRow> types_builtins() { return kRows; }

}  // namespace evalctl::stdlib
