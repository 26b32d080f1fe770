// What may be computed at once instead of being delayed: see evaluator/early.h.
#include "evaluator/early.h"

#include "evaluator/jit/translator.h"

namespace evalctl::evaluator::jit {

// Instructions of a delayed expression, in line. Each gives a value or goes to `delay`.
class EarlyTranslator {
 public:
  EarlyTranslator(Translator& outer, const Code& code, llvm::Value* number, const Operand* captures, llvm::BasicBlock* delay)
      : outer_(outer), b_(outer.b_), body_(*code.body), captures_(captures), delay_(delay), registers_(body_.registers) {
    code_ = outer.call("rt_code_of", {outer.vm_, number});
    sites_ = outer.call("rt_sites", {code_});
    is_value_.assign(body_.registers, false);
  }

  // The result, which may stand for the thunk; null when there is an instruction that cannot be done.
  llvm::Value* translate() {
    for (std::uint32_t k = 0; k < body_.instruction_count; ++k) {
      const Instruction& i = body_.instructions[k];
      if (i.op == Op::Return) {
        llvm::Value* result = value(i.a);
        decline_unless(outer_.call("rt_may_stand", {outer_.vm_, result}));
        return result;
      }
      llvm::Value* result = i.op == Op::Move ? word(i.a) : operation(i);
      if (!result) return nullptr;
      registers_[i.d] = result;
      is_value_[i.d] = i.op != Op::Move;
      if (i.op != Op::Move) decline_unless(b_.CreateIsNotNull(result));
    }
    return nullptr;
  }

 private:
  llvm::Value* word(Operand o) {
    std::uint32_t index = o & kOperandMask;
    switch (o & ~kOperandMask) {
      case kRegister: return registers_[index];
      case kCapture: return outer_.word(captures_[index]);
      case kOuter: return b_.CreateLoad(b_.getInt64Ty(), outer_.word_of_object(outer_.word(captures_[0]), index));
      default: break;
    }
    evaluator::Value constant = body_.constants[index];
    if (!constant.is_object()) return b_.getInt64(constant.bits());
    llvm::Value* constants = outer_.call("rt_constants", {code_});
    return b_.CreateLoad(b_.getInt64Ty(), b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), constants, index));
  }

  // The value at hand of an operand; no value where there is none. A captured word is looked at once, since nothing in
  // between can evaluate it.
  llvm::Value* value(Operand o) {
    std::uint32_t index = o & kOperandMask;
    switch (o & ~kOperandMask) {
      case kRegister: return is_value_[index] ? registers_[index] : outer_.call("rt_at_hand", {registers_[index]});
      case kCapture: {
        if (outer_.is_value(captures_[index])) return word(o);
        llvm::Value*& known = known_[index];
        return known ? known : known = outer_.call("rt_at_hand", {word(o)});
      }
      case kOuter: return outer_.call("rt_at_hand", {word(o)});
      default: return word(o);
    }
  }

  llvm::Value* operation(const Instruction& i) {
    auto binary = [&](const char* name) { return outer_.call(name, {outer_.vm_, value(i.a), value(i.b)}); };
    switch (i.op) {
      case Op::Force: return value(i.a);
      case Op::CoerceLeft: return outer_.call("rt_early_left", {value(i.a)});
      case Op::Not: return outer_.call("rt_early_not", {value(i.a)});
      case Op::Add: return binary("rt_early_add");
      case Op::Subtract: return binary("rt_early_subtract");
      case Op::Multiply: return binary("rt_early_multiply");
      case Op::Equal: return binary("rt_early_equal");
      case Op::NotEqual: return binary("rt_early_not_equal");
      case Op::Less: return binary("rt_early_less");
      case Op::NotLess: return binary("rt_early_not_less");
      case Op::Select: return outer_.call("rt_step", {outer_.vm_, value(i.a), outer_.site(sites_, i.b)});
      default: return nullptr;
    }
  }

  void decline_unless(llvm::Value* condition) {
    llvm::BasicBlock* next = outer_.block();
    outer_.branch_likely(condition, next, delay_);
    b_.SetInsertPoint(next);
  }

  Translator& outer_;
  llvm::IRBuilder<>& b_;
  const Body& body_;
  const Operand* captures_;
  llvm::BasicBlock* delay_;
  llvm::Value *code_, *sites_;
  std::vector<llvm::Value*> registers_;
  std::vector<bool> is_value_;  // by register
  llvm::Value* known_[kEarlyCaptures] = {};
};

bool Translator::lazy_compute(const Instruction& i) {
  const Code& child = codes_[body_.first_child + i.a];
  const Operand* operands = body_.operands + i.b;
  llvm::BasicBlock *delay = block("delay"), *done = block("done");
  if (i.n != 0) {
    llvm::Value* result = call("rt_known_early", {vm_, call("rt_child", {code_, number(i.a)}), array(operands, child.captures)});
    llvm::BasicBlock* known = block("known");
    b_.CreateCondBr(b_.CreateIsNotNull(result), known, delay);
    b_.SetInsertPoint(known);
    set(i.d, result, false);
    b_.CreateBr(done);
  } else if (const Body* body = body_if_made(child); body && body->is_early) {
    llvm::Value* result = EarlyTranslator(*this, child, call("rt_child", {code_, number(i.a)}), operands, delay).translate();
    if (!result) return false;
    set(i.d, result, false);
    b_.CreateBr(done);
  } else {
    b_.CreateBr(delay);
  }
  b_.SetInsertPoint(delay);
  llvm::Value* object = make(i.a);
  fill(object, operands, child.captures);
  set(i.d, object, false);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  return true;
}

}  // namespace evalctl::evaluator::jit
