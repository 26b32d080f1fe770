// Calls whose callee stands in the machine code of its caller.
#include "evaluator/inlining.h"

#include "evaluator/jit/translator.h"

namespace evalctl::evaluator::jit {

const Callee* Translator::known_callee(Operand operand) const {
  for (const Callee& callee : unit_.callees)
    if (callee.operand == operand) return &callee;
  return nullptr;
}

const Callee* Translator::known_callee(const Instruction& i) const {
  if (!calls_captured(i) || (inside_ != Inside::Loop && inside_ != Inside::Early)) return nullptr;
  const Callee* callee = known_callee(i.a);
  return callee && callee->code->arity == i.n ? callee : nullptr;
}

// What the caller has found out of one.
Translator::Closure Translator::callee_given(const Callee& callee) {
  auto k = static_cast<unsigned>(&callee - unit_.callees.data());
  llvm::Argument* word = function_->getArg(3 + unit_.code->arity + counts_levels() + 2 * k);
  return {word, function_->getArg(word->getArgNo() + 1)};
}

// A function that LLVM puts in the place of its calls. Null when it has no translation.
llvm::Function* Translator::copy_of(const Code& code, std::vector<Callee> callees, Inside inside, std::vector<bool> known_captures) {
  Unit unit{&code, body_if_made(code), 0, std::move(callees)};
  std::string name = function_->getName().str() + "." + std::to_string(copies_++);
  llvm::Function* copy = Translator(module_, unit, codes_, name, inside, std::move(known_captures)).translate();
  if (!copy) {
    module_.getFunction(name)->eraseFromParent();
    return nullptr;
  }
  copy->setLinkage(llvm::GlobalValue::InternalLinkage);
  copy->setVisibility(llvm::GlobalValue::DefaultVisibility);
  copy->addFnAttr(llvm::Attribute::AlwaysInline);
  return copy;
}

// `levels`: how many there are between.
llvm::Value* Translator::call_copy(llvm::Function* copy, Closure closure, std::vector<llvm::Value*> words, std::uint32_t levels,
                                   const std::vector<Closure>& callees) {
  std::vector<llvm::Value*> arguments = {vm_, closure.code, call("rt_captures", {closure.word})};
  arguments.insert(arguments.end(), words.begin(), words.end());
  arguments.push_back(b_.CreateAdd(depth(), number(levels)));
  for (const Closure& callee : callees) arguments.insert(arguments.end(), {callee.word, callee.code});
  call("rt_count_call", {vm_});
  return b_.CreateCall(copy->getFunctionType(), copy, arguments);
}

// A call of what a captured word probably is, in a loop, which has found out whether it is. Null when that has no translation.
llvm::Value* Translator::call_known(const Callee& callee, const Instruction& i, const std::vector<llvm::Value*>& words) {
  llvm::Function* copy = copy_of(*callee.code, {}, Inside::CalledInLoop);
  if (!copy) return nullptr;
  llvm::BasicBlock *known = block("known"), *other = block("other"), *done = block("done");
  Closure closure = callee_given(callee);
  branch_likely(b_.CreateIsNotNull(closure.code), known, other);
  b_.SetInsertPoint(known);
  llvm::Value* inlined = call_copy(copy, closure, words, 0, {});
  known = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(other);
  llvm::Value* called = call_other(forced(i.a), words, body_.operands + i.b);
  other = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  llvm::PHINode* result = b_.CreatePHI(b_.getInt64Ty(), 2);
  result->addIncoming(inlined, known);
  result->addIncoming(called, other);
  return result;
}

// What the code of an object that is made here calls of its captured words, as far as it is known here.
std::vector<Callee> Translator::callees_inside(const Instruction& made, const std::vector<Operand>& called) const {
  std::vector<Callee> inside;
  for (Operand operand : called)
    if (const Callee* callee = known_callee(captured_around(body_, made, operand))) inside.push_back({operand, callee->code, callee->id});
  return inside;
}

// A call that goes through a list here if it is one of foldl'. Null when it is none by its look.
llvm::Value* Translator::fold(llvm::Value* function, const std::vector<llvm::Value*>& words, const Operand* operands) {
  const Instruction* made = inside_ == Inside::Nothing ? folded_closure(body_, codes_, at_) : nullptr;
  if (!made || !may_be_inlined(codes_[body_.first_child + made->a])) return nullptr;
  const Code& code = codes_[body_.first_child + made->a];
  std::vector<Callee> callees = callees_inside(*made, called_words(*body_if_made(code)));
  llvm::Function* copy = copy_of(code, callees, Inside::Loop);
  if (!copy) return nullptr;
  llvm::BasicBlock *folds = block("folds"), *other = block("other"), *done = block("done");
  llvm::Value* list = call("rt_folded", {vm_, function, words[0], words[2]});
  b_.CreateCondBr(b_.CreateIsNotNull(list), folds, other);
  b_.SetInsertPoint(done);
  llvm::PHINode* result = b_.CreatePHI(b_.getInt64Ty(), 4);
  b_.SetInsertPoint(folds);
  fold_here(copy, callees, list, function, words, result);
  b_.SetInsertPoint(other);
  llvm::Value* called = call_other(function, words, operands);
  result->addIncoming(called, b_.GetInsertBlock());
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  return result;
}

llvm::Value* Translator::word_of_closure(llvm::Value* closure, Operand operand) {
  llvm::Value* words = call("rt_captures", {closure});
  std::uint32_t index = operand & kOperandMask;
  if ((operand & ~kOperandMask) == kOuter) {
    words = word_of_object(b_.CreateLoad(b_.getInt64Ty(), words), index);
  } else {
    words = b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), words, index);
  }
  return b_.CreateLoad(b_.getInt64Ty(), words);
}

// What a word is, if it is what it probably is; no code otherwise.
Translator::Closure Translator::find_callee(const Callee& callee, llvm::Value* word) {
  word = call("rt_at_hand", {word});
  return {word, call("rt_known_code", {vm_, word, b_.getInt64(callee.id)})};
}

// The builtin is a level of nesting of its own. `result` gets no value where it fails.
void Translator::fold_here(llvm::Function* copy, const std::vector<Callee>& callees, llvm::Value* list, llvm::Value* function,
                           const std::vector<llvm::Value*>& words, llvm::PHINode* result) {
  llvm::BasicBlock *next = block("next"), *failed = block("failed"), *over = block("over"), *leave = block("leave"), *ready = block("ready");
  call("rt_count_builtin", {vm_});
  llvm::Value *items = call("rt_items", {list}), *size = call("rt_size", {list});
  Closure closure{words[0], call("rt_closure_code", {vm_, words[0]})};
  std::vector<Closure> found;
  for (const Callee& callee : callees) found.push_back(find_callee(callee, word_of_closure(words[0], callee.operand)));
  llvm::BasicBlock* before = b_.GetInsertBlock();
  b_.SetInsertPoint(leave);
  llvm::PHINode* outcome = b_.CreatePHI(b_.getInt64Ty(), 3);
  call("rt_set_depth", {vm_, depth()});
  result->addIncoming(outcome, leave);
  b_.CreateBr(result->getParent());
  b_.SetInsertPoint(before);
  outcome->addIncoming(b_.getInt64(0), before);
  branch_likely(call("rt_enter_at", {vm_, b_.CreateAdd(depth(), number(1))}), ready, leave);
  b_.SetInsertPoint(ready);
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
  llvm::PHINode *index = b_.CreatePHI(b_.getInt32Ty(), 2), *accumulator = b_.CreatePHI(b_.getInt64Ty(), 2);
  index->addIncoming(number(0), ready);
  accumulator->addIncoming(words[1], ready);
  llvm::Value* item = call("rt_settled", {b_.CreateInBoundsGEP(b_.getInt64Ty(), items, {b_.CreateZExt(index, b_.getInt64Ty())})});
  llvm::Value* reduced = call_copy(copy, closure, {accumulator, item}, 1, found);
  llvm::BasicBlock* goes_on = block();
  branch_likely(b_.CreateICmpNE(reduced, b_.getInt64(0)), goes_on, failed);
  b_.SetInsertPoint(failed);
  call("rt_fail_fold", {vm_, function, words[0], accumulator, item, words[1], words[2]});
  outcome->addIncoming(b_.getInt64(0), failed);
  b_.CreateBr(leave);
  b_.SetInsertPoint(goes_on);
  llvm::Value* following = b_.CreateAdd(index, number(1));
  index->addIncoming(following, goes_on);
  accumulator->addIncoming(reduced, goes_on);
  b_.CreateCondBr(b_.CreateICmpULT(following, size), next, over);
  b_.SetInsertPoint(over);
  outcome->addIncoming(reduced, over);
  b_.CreateBr(leave);
}

}  // namespace evalctl::evaluator::jit
