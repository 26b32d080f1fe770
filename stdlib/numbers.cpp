// Builtins on numbers. Integers have 64 bits and are checked: what does not fit is an error.
#include <cmath>
#include <cstdint>

#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// Two numbers: as floats when one of them is a float, else as integers.
struct Operands {
  bool floating = false;
  double f1 = 0, f2 = 0;
  std::int64_t i1 = 0, i2 = 0;
};

bool force_operands(Vm& vm, Value* arguments, Operands& out, std::string_view first, std::string_view second) {
  Value a = vm.force(arguments[0]);
  if (!a) return false;
  Value b = vm.force(arguments[1]);
  if (!b) return false;
  out.floating = a.is(Kind::Float) || b.is(Kind::Float);
  if (out.floating) return vm.force_float(a, out.f1, first) && vm.force_float(b, out.f2, second);
  return vm.force_integer(a, out.i1, first) && vm.force_integer(b, out.i2, second);
}

Value add(Vm& vm, Value* arguments) {
  Operands o;
  if (!force_operands(vm, arguments, o, "the first argument of the addition", "the second argument of the addition")) {
    return {};
  }
  if (o.floating) return vm.floating(o.f1 + o.f2);
  std::int64_t result;
  if (__builtin_add_overflow(o.i1, o.i2, &result)) {
    return vm.fail_as(ErrorKind::Overflow, "integer overflow in adding {} + {}", o.i1, o.i2);
  }
  return vm.integer(result);
}

Value sub(Vm& vm, Value* arguments) {
  Operands o;
  if (!force_operands(vm, arguments, o, "the first argument of the subtraction",
                      "the second argument of the subtraction")) {
    return {};
  }
  if (o.floating) return vm.floating(o.f1 - o.f2);
  std::int64_t result;
  if (__builtin_sub_overflow(o.i1, o.i2, &result)) {
    return vm.fail_as(ErrorKind::Overflow, "integer overflow in subtracting {} - {}", o.i1, o.i2);
  }
  return vm.integer(result);
}

Value mul(Vm& vm, Value* arguments) {
  Operands o;
  if (!force_operands(vm, arguments, o, "the first argument of the multiplication",
                      "the second argument of the multiplication")) {
    return {};
  }
  if (o.floating) return vm.floating(o.f1 * o.f2);
  std::int64_t result;
  if (__builtin_mul_overflow(o.i1, o.i2, &result)) {
    return vm.fail_as(ErrorKind::Overflow, "integer overflow in multiplying {} * {}", o.i1, o.i2);
  }
  return vm.integer(result);
}

// The divisor is looked at first: `"x" / 0` is a division by zero.
Value div(Vm& vm, Value* arguments) {
  if (!vm.force(arguments[0])) return {};
  double divisor;
  if (!vm.force_float(arguments[1], divisor, "the second operand of the division")) return {};
  if (divisor == 0) return vm.fail_as(ErrorKind::DivisionByZero, "division by zero");
  Operands o;
  if (!force_operands(vm, arguments, o, "the first operand of the division", "the second operand of the division")) {
    return {};
  }
  if (o.floating) return vm.floating(o.f1 / o.f2);
  if (o.i1 == INT64_MIN && o.i2 == -1) return vm.fail_as(ErrorKind::Overflow, "integer overflow in dividing {} / {}", o.i1, o.i2);
  return vm.integer(o.i1 / o.i2);
}

Value less_than(Vm& vm, Value* arguments) {
  NIX_TRY(a, vm.force(arguments[0]));
  NIX_TRY(b, vm.force(arguments[1]));
  int truth = vm.less_than(a, b);
  return truth < 0 ? Value() : Value::boolean(truth);
}

template <class Operation>
Value bitwise(Vm& vm, Value* arguments, std::string_view first, std::string_view second, Operation operation) {
  std::int64_t a, b;
  if (!vm.force_integer(arguments[0], a, first) || !vm.force_integer(arguments[1], b, second)) return {};
  return vm.integer(operation(a, b));
}

Value bit_and(Vm& vm, Value* arguments) {
  return bitwise(vm, arguments, "the first argument passed to builtins.bitAnd",
                 "the second argument passed to builtins.bitAnd", [](auto a, auto b) { return a & b; });
}

Value bit_or(Vm& vm, Value* arguments) {
  return bitwise(vm, arguments, "the first argument passed to builtins.bitOr",
                 "the second argument passed to builtins.bitOr", [](auto a, auto b) { return a | b; });
}

Value bit_xor(Vm& vm, Value* arguments) {
  return bitwise(vm, arguments, "the first argument passed to builtins.bitXor",
                 "the second argument passed to builtins.bitXor", [](auto a, auto b) { return a ^ b; });
}

// The integer next to `number`. Integers go through a float as well, as in Nix; one that this would change is an error.
Value round_with(Vm& vm, Value number, double (*rounding)(double), std::string_view what) {
  double input;
  if (!vm.force_float(number, input, what)) return {};
  double rounded = rounding(input);
  bool in_range = rounded >= -0x1p63 && rounded < 0x1p63;
  Value forced = vm.force(number);
  if (forced.is(Kind::Integer)) {
    if (in_range && static_cast<std::int64_t>(rounded) == forced.integer()) return forced;
    return vm.fail_other("integer {} cannot be rounded without loss of precision", forced.integer());
  }
  if (!in_range) return vm.fail_as(ErrorKind::Overflow, "NixFloat argument {:g} is not in the range of NixInt", input);
  return vm.integer(static_cast<std::int64_t>(rounded));
}

Value ceil(Vm& vm, Value* arguments) {
  return round_with(vm, arguments[0], [](double d) { return std::ceil(d); },
                    "the first argument passed to builtins.ceil");
}

Value floor(Vm& vm, Value* arguments) {
  return round_with(vm, arguments[0], [](double d) { return std::floor(d); },
                    "the first argument passed to builtins.floor");
}

constexpr BuiltinRow kRows[] = {
    {.name = "add", .params = "a b", .type = "number -> number -> number", .doc = "Returns the sum of *a* and *b*.",
     .run = add},
    {.name = "sub", .params = "a b", .type = "number -> number -> number", .doc = "Returns *a* minus *b*.", .run = sub},
    {.name = "mul", .params = "a b", .type = "number -> number -> number",
     .doc = "Returns the product of *a* and *b*.", .run = mul},
    {.name = "div", .params = "a b", .type = "number -> number -> number",
     .doc = "Returns *a* divided by *b*. The quotient of two integers is rounded towards zero.", .run = div},
    {.name = "lessThan", .params = "a b", .type = "a -> a -> bool",
     .doc = "Tells whether *a* is less than *b*. Numbers, strings, paths and lists of these can be compared.",
     .run = less_than},
    {.name = "bitAnd", .params = "a b", .type = "int -> int -> int",
     .doc = "Returns the bitwise AND of the integers *a* and *b*.", .run = bit_and},
    {.name = "bitOr", .params = "a b", .type = "int -> int -> int",
     .doc = "Returns the bitwise OR of the integers *a* and *b*.", .run = bit_or},
    {.name = "bitXor", .params = "a b", .type = "int -> int -> int",
     .doc = "Returns the bitwise exclusive OR of the integers *a* and *b*.", .run = bit_xor},
    {.name = "ceil", .params = "x", .type = "number -> int", .doc = "Returns the smallest integer not below *x*.",
     .run = ceil},
    {.name = "floor", .params = "x", .type = "number -> int", .doc = "Returns the largest integer not above *x*.",
     .run = floor},
};

}  // namespace

std::span<const BuiltinRow> numbers_builtins() { return kRows; }

}  // namespace evalctl::stdlib
