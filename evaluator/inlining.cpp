#include "evaluator/inlining.h"

#include <algorithm>

#include "evaluator/early.h"
#include "evaluator/native.h"
#include "evaluator/native_key.h"

namespace evalctl::evaluator {
namespace {

// The captured words of `code` that what it folds with calls.
std::vector<Operand> called_words(const Code& code) {
  std::vector<Operand> called;
  const Body& body = *code.body;
  for (std::uint32_t k = 0; k < body.instruction_count; ++k) {
    const Instruction* made = folded_closure(body, code_table, k);
    const Body* inner = made ? body_if_made(code_table[body.first_child + made->a]) : nullptr;
    for (std::uint32_t n = 0; inner && n < inner->instruction_count; ++n) {
      if (!calls_captured(inner->instructions[n])) continue;
      Operand around = captured_around(body, *made, inner->instructions[n].a);
      if (around != kRegister) called.push_back(around);
    }
  }
  std::ranges::sort(called);
  called.erase(std::ranges::unique(called).begin(), called.end());
  return called;
}

}  // namespace

std::vector<Callee> known_callees(Vm& vm, const Code& code, const Value* captures) {
  std::vector<Callee> known;
  for (Operand operand : called_words(code)) {
    const Value* words = (operand & ~kOperandMask) == kOuter ? outer_words(captures) : captures;
    Value called = at_hand(Value::read_word(words[operand & kOperandMask]));
    if (!called || !called.is(Kind::Closure)) continue;
    const Code& callee = code_of(called.object());
    if (!body_if_made(callee)) generate(vm, callee);
    if (!may_be_inlined(callee)) continue;
    prepare_native(vm, callee);
    known.push_back({operand, &callee, native_id(native_key(callee))});
  }
  return known;
}

}  // namespace evalctl::evaluator
