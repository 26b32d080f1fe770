#include "evaluator/inlining.h"

#include "evaluator/early.h"
#include "evaluator/native.h"
#include "evaluator/native_key.h"

namespace evalctl::evaluator {

std::vector<Callee> known_callees(Vm& vm, const Code& code, const Value* captures) {
  std::vector<Callee> known;
  for (Operand operand : words_called_in_folds(*code.body, code_table)) {
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
