// What may be computed at once instead of being delayed: see evaluator/early.h. Its code stands in that of the function around, as a copy
// that gives no value where something is not at hand.
#include "evaluator/early.h"

#include "evaluator/jit/translator.h"

namespace evalctl::evaluator::jit {

// Words that a delayed expression captures are registers here, behind its own, so that what they are is found out once.
void Translator::captures_as_registers() {
  for (std::uint32_t k = 0; k < unit_.code->captures; ++k) {
    llvm::Value* slot = b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), function_->getArg(2), k);
    llvm::AllocaInst* local = b_.CreateAlloca(b_.getInt64Ty());
    b_.CreateStore(b_.CreateLoad(b_.getInt64Ty(), slot), local);
    registers_.push_back(local);
    is_value_.push_back(k < known_captures_.size() && known_captures_[k]);
  }
}

bool Translator::early_instruction(const Instruction& i) {
  auto one = [&](const char* name) { set_checked(i.d, call(name, {forced(i.a)})); return true; };
  auto binary = [&](const char* name) {
    llvm::Value* left = forced(i.a);
    set_checked(i.d, call(name, {vm_, left, forced(i.b)}));
    return true;
  };
  switch (i.op) {
    case Op::Move: set(i.d, word(i.a), is_value(i.a)); return true;
    case Op::Force: set(i.d, forced(i.a), true); return true;
    case Op::Return: b_.CreateRet(forced(i.a)); return true;
    case Op::Jump: jump(i.a); return true;
    case Op::JumpFalse:
    case Op::JumpTrue: {
      llvm::Value* truth = call("rt_early_truth", {forced(i.a)});
      fail_if_none(truth);
      jump_if(b_.CreateICmpEQ(truth, boolean(i.op == Op::JumpTrue)), i.b);
      return true;
    }
    case Op::CoerceLeft: return one("rt_early_left");
    case Op::CheckBool: return one("rt_early_truth");
    case Op::Not: return one("rt_early_not");
    case Op::Add: return binary("rt_early_add");
    case Op::Subtract: return binary("rt_early_subtract");
    case Op::Multiply: return binary("rt_early_multiply");
    case Op::Equal: return binary("rt_early_equal");
    case Op::NotEqual: return binary("rt_early_not_equal");
    case Op::Less: return binary("rt_early_less");
    case Op::NotLess: return binary("rt_early_not_less");
    case Op::Select: set_checked(i.d, call(unit_.code->arity != 0 ? "rt_step_in_loop" : "rt_step", {vm_, forced(i.a), site(i.b)})); return true;
    case Op::TrySelect: try_select(i, call("rt_try_step", {vm_, forced(i.a), site(i.b)}), body_.sites[i.b].target); return true;
    case Op::MakeClosure: return true;  // which only foldl' calls
    case Op::Call: return early_call(i);
    default: return false;
  }
}

// A call of what a captured word is known to be, or one that looks like one of foldl'.
bool Translator::early_call(const Instruction& i) {
  std::vector<llvm::Value*> words;
  for (std::uint32_t k = 0; k < i.n; ++k) words.push_back(word(body_.operands[i.b + k]));
  if (const Instruction* made = folded_closure(body_, codes_, at_)) return early_fold(i, *made, words);
  const Callee* callee = known_callee(i);
  llvm::Function* copy = callee ? copy_of(*callee->code, {}, Inside::Early) : nullptr;
  if (!copy) return false;
  Closure closure = callee_given(*callee);
  set_checked(i.d, call_early(copy, closure.code, call("rt_captures", {closure.word}), words, {}));
  return true;
}

llvm::Value* Translator::call_early(llvm::Function* copy, llvm::Value* code, llvm::Value* captures, const std::vector<llvm::Value*>& words,
                                    const std::vector<Closure>& callees) {
  std::vector<llvm::Value*> arguments = {vm_, code, captures};
  arguments.insert(arguments.end(), words.begin(), words.end());
  for (const Closure& callee : callees) arguments.insert(arguments.end(), {callee.word, callee.code});
  return b_.CreateCall(copy->getFunctionType(), copy, arguments);
}

bool Translator::early_fold(const Instruction& i, const Instruction& made, const std::vector<llvm::Value*>& words) {
  const Code& code = codes_[body_.first_child + made.a];
  // What has parameters goes through a list itself, or is called by what does.
  if (unit_.code->arity != 0 || !may_be_inlined(code)) return false;
  std::vector<Callee> callees = callees_inside(made, called_words(*body_if_made(code)));
  llvm::Function* copy = copy_of(code, callees, Inside::Early);
  if (!copy) return false;
  std::vector<Closure> given;
  for (const Callee& callee : callees) given.push_back(callee_given(*known_callee(captured_around(body_, made, callee.operand))));
  llvm::Value* code_of_copy = call("rt_code_of", {vm_, call("rt_child", {code_, number(made.a)})});
  llvm::Value* list = call("rt_early_folded", {forced(i.a), code_of_copy, words[2]});
  fail_unless(b_.CreateIsNotNull(list));
  llvm::Value *items = call("rt_items", {list}), *size = call("rt_size", {list});
  llvm::Value* captures = array(body_.operands + made.b, code.captures);
  llvm::BasicBlock *before = b_.GetInsertBlock(), *next = block("next"), *over = block("over");
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
  llvm::PHINode *index = b_.CreatePHI(b_.getInt32Ty(), 2), *accumulator = b_.CreatePHI(b_.getInt64Ty(), 2);
  index->addIncoming(number(0), before);
  accumulator->addIncoming(words[1], before);
  llvm::Value* item = call("rt_word", {b_.CreateInBoundsGEP(b_.getInt64Ty(), items, {b_.CreateZExt(index, b_.getInt64Ty())})});
  llvm::Value* reduced = call_early(copy, code_of_copy, captures, {accumulator, item}, given);
  fail_if_none(reduced);
  llvm::Value* following = b_.CreateAdd(index, number(1));
  index->addIncoming(following, b_.GetInsertBlock());
  accumulator->addIncoming(reduced, b_.GetInsertBlock());
  b_.CreateCondBr(b_.CreateICmpULT(following, size), next, over);
  b_.SetInsertPoint(over);
  set(i.d, reduced, true);
  return true;
}

// What a delayed expression calls is looked at first: another function than the known one is left to the interpreter.
llvm::Value* Translator::compute_early(const Instruction& i, llvm::BasicBlock* other) {
  const Code& child = codes_[body_.first_child + i.a];
  if (i.n != 0 || !body_if_made(child)) return nullptr;
  const Operand* operands = body_.operands + i.b;
  std::vector<bool> known(child.captures);
  for (std::uint32_t k = 0; k < child.captures; ++k) known[k] = is_value(operands[k]);
  std::vector<Callee> callees = callees_inside(i, words_called_in_folds(*body_if_made(child), codes_));
  llvm::Function* copy = copy_of(child, callees, Inside::Early, std::move(known));
  if (!copy) return nullptr;
  std::vector<Closure> given;
  for (const Callee& callee : callees) {
    given.push_back(find_callee(callee, word(captured_around(body_, i, callee.operand))));
    llvm::BasicBlock* next = block();
    branch_likely(b_.CreateIsNotNull(given.back().code), next, other);
    b_.SetInsertPoint(next);
  }
  llvm::Value* code = call("rt_code_of", {vm_, call("rt_child", {code_, number(i.a)})});
  return call_early(copy, code, array(operands, child.captures), {}, given);
}

void Translator::lazy_compute(const Instruction& i) {
  const Code& child = codes_[body_.first_child + i.a];
  const Operand* operands = body_.operands + i.b;
  llvm::BasicBlock *other = block("other"), *delay = block("delay"), *done = block("done");
  auto finish = [&](llvm::Value* word) {
    set(i.d, word, false);
    b_.CreateBr(done);
  };
  auto finish_unless = [&](llvm::Value* has_result, llvm::Value* result) {
    llvm::BasicBlock* computed = block();
    b_.CreateCondBr(has_result, computed, delay);
    b_.SetInsertPoint(computed);
    finish(result);
  };
  llvm::Value* early = compute_early(i, other);
  if (early) finish_unless(call("rt_may_stand", {vm_, early}), early);
  else b_.CreateBr(other);
  b_.SetInsertPoint(other);
  llvm::Value* result = call("rt_known_early", {vm_, call("rt_child", {code_, number(i.a)}), array(operands, child.captures)});
  finish_unless(b_.CreateIsNotNull(result), result);
  b_.SetInsertPoint(delay);
  llvm::Value* object = make(i.a);
  fill(object, operands, child.captures);
  finish(object);
  b_.SetInsertPoint(done);
}

}  // namespace evalctl::evaluator::jit
