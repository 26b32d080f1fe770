#include "evaluator/literal_set.h"

#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

Value integer_of(const Operand* recipe) { return Value(static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(recipe)) << 1 | 1); }
const Operand* recipe_of(Value integer) { return reinterpret_cast<const Operand*>(integer.bits() >> 1); }

}  // namespace

Value literal_set(Vm& vm, Shape shape, const Operand* recipe, ListObject* words) {
  ++vm.statistics.sets;
  return delayed_set(vm, shape, kLiteralFlag, integer_of(recipe), Value(words));
}

Value literal_word(Vm& vm, AttrsObject* attrs, std::uint32_t i) {
  const Operand* recipe = recipe_of(attrs->source()[0]);
  const Body& body = *body_if_made(code_table[recipe[0]]);
  auto word = [&](Operand o) {
    const Value* words = (o & ~kOperandMask) == kConstant ? body.constants : as_list(attrs->source()[1])->items;
    return Value::read_word(words[o & kOperandMask]);
  };
  const Operand* part = body.operands + kept_operands(recipe)[kept_words(recipe) + i];
  if (part[0] == 0) return word(part[1]);
  std::uint32_t number = body.first_child + part[0] - 1;
  const Code& code = code_table[number];
  std::uint32_t words = words_of(code);
  auto* object = static_cast<CodeObject*>(vm.allocate(sizeof(Object) + words * sizeof(Value)));
  object->kind.store(code.arity ? Kind::Closure : Kind::Thunk, std::memory_order_relaxed);
  object->extra = static_cast<std::uint16_t>(words);
  object->size = number;
  for (std::uint32_t k = 0; k < code.captures; ++k) object->words[k] = word(part[1 + k]);
  vm.statistics.thunks += code.arity == 0;
  return Value(object);
}

}  // namespace evalctl::evaluator
