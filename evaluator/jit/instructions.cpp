// Instructions, by groups.
#include "evaluator/jit/translator.h"

namespace evalctl::evaluator::jit {

bool Translator::instruction(const Instruction& i) {
  switch (i.op) {
    case Op::Move: set(i.d, word(i.a), false); return true;
    case Op::Force: set(i.d, forced(i.a), true); return true;
    case Op::Call: call_function(i); return true;
    case Op::Return: leave(forced(i.a)); return true;
    case Op::Jump: jump(i.a); return true;
    case Op::JumpFalse:
    case Op::JumpTrue: branch(i); return true;
    case Op::Assert: assertion(i); return true;
    case Op::Position: set_checked(i.d, call("rt_position", {vm_, code_, number(at_)})); return true;
    case Op::Error:
      call("rt_unreadable", {vm_});
      fail_unless(b_.getFalse());
      return true;
    default: return object_instruction(i) || operator_instruction(i) || set_instruction(i);
  }
}

// ---- Objects

// A thunk or closure without its words.
llvm::Value* Translator::make(std::uint32_t child) {
  const Code& code = codes_[body_.first_child + child];
  std::uint32_t words = code.arity == 0 && code.captures == 0 ? 1 : code.captures;
  llvm::Value* made = call("rt_object", {vm_, call("rt_child", {code_, number(child)}), number(words), b_.getInt1(code.arity != 0)});
  return made;
}

// `object` is the word of an object whose words follow its header.
void Translator::fill(llvm::Value* object, const Operand* operands, std::uint32_t count) {
  for (std::uint32_t k = 0; k < count; ++k) b_.CreateStore(word(operands[k]), word_of_object(object, k));
}

bool Translator::object_instruction(const Instruction& i) {
  const Operand* operands = body_.operands + i.b;
  switch (i.op) {
    case Op::LazySelect: lazy_select(i); return true;
    case Op::LazyCompute: lazy_compute(i); return true;
    case Op::Self: set(i.d, b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), captures(), static_cast<unsigned>(-1)), true); return true;
    case Op::MakeThunk:
    case Op::MakeClosure: {
      llvm::Value* object = make(i.a);
      fill(object, operands, codes_[body_.first_child + i.a].captures);
      set(i.d, object, i.op == Op::MakeClosure);
      return true;
    }
    case Op::Allocate: set(i.d, make(i.a), false); return true;
    case Op::Fill: fill(word(kRegister | i.d), operands, i.n); return true;
    case Op::BindFormals: bind_formals(i); return true;
    case Op::DefaultMove: {
      llvm::Value* given = word(kRegister | i.d);
      set(i.d, b_.CreateSelect(b_.CreateIsNotNull(given), given, word(i.a)), false);
      return true;
    }
    case Op::DefaultAllocate: default_allocate(i); return true;
    case Op::DefaultFill: default_fill(i); return true;
    case Op::MakeList: {
      llvm::Value* list = call("rt_list", {vm_, number(i.a)});
      fill(list, operands, i.a);
      set(i.d, list, true);
      return true;
    }
    default: return false;
  }
}

void Translator::lazy_select(const Instruction& i) {
  const Operand* operands = body_.operands + i.b;
  llvm::Value* value = call("rt_at_hand_along", {vm_, code_, number(i.b + 1), word(operands[0])});
  llvm::BasicBlock *at_hand = block("at_hand"), *delay = block("delay"), *done = block("done");
  b_.CreateCondBr(b_.CreateIsNotNull(value), at_hand, delay);
  b_.SetInsertPoint(at_hand);
  set(i.d, value, false);
  b_.CreateBr(done);
  b_.SetInsertPoint(delay);
  llvm::Value* object = make(i.a);
  fill(object, operands, 1);
  set(i.d, object, false);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

void Translator::bind_formals(const Instruction& i) {
  llvm::IRBuilder<> top(&function_->getEntryBlock(), function_->getEntryBlock().begin());
  llvm::Value* words = top.CreateAlloca(b_.getInt64Ty(), number(std::max(i.b, 1u)));
  fail_unless(call("rt_bind_formals", {vm_, code_, word(i.a), words}));
  for (std::uint32_t k = 0; k < i.b; ++k)
    set(i.d + k, b_.CreateLoad(b_.getInt64Ty(), b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), words, k)), false);
}

void Translator::default_allocate(const Instruction& i) {
  llvm::BasicBlock *absent = block("absent"), *done = block("done");
  set(i.b, b_.getInt64(0), false);
  b_.CreateCondBr(b_.CreateIsNull(word(kRegister | i.d)), absent, done);
  b_.SetInsertPoint(absent);
  llvm::Value* object = make(i.a);
  set(i.d, object, false);
  set(i.b, object, false);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

void Translator::default_fill(const Instruction& i) {
  llvm::BasicBlock *made = block("made"), *done = block("done");
  llvm::Value* object = word(kRegister | i.d);
  b_.CreateCondBr(b_.CreateIsNotNull(object), made, done);
  b_.SetInsertPoint(made);
  fill(object, body_.operands + i.b, i.n);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

// ---- Truth

void Translator::branch(const Instruction& i) {
  llvm::Value* truth = call("rt_truth", {vm_, changeable(i.a)});
  fail_unless(b_.CreateICmpSGE(truth, b_.getInt32(0)));
  jump_if(b_.CreateICmpEQ(truth, b_.getInt32(i.op == Op::JumpTrue)), i.b);
}

void Translator::assertion(const Instruction& i) {
  llvm::Value* truth = call("rt_truth", {vm_, changeable(i.a)});
  fail_unless(b_.CreateICmpSGE(truth, b_.getInt32(0)));
  llvm::BasicBlock *wrong = block("wrong"), *next = block();
  b_.CreateCondBr(b_.CreateICmpEQ(truth, b_.getInt32(1)), next, wrong);
  b_.SetInsertPoint(wrong);
  if (i.n) {
    const Instruction& equal = body_.instructions[at_ - 1];
    call("rt_fail_assert_equal", {vm_, word(equal.a), word(equal.b)});
  } else {
    call("rt_fail_assert", {vm_});
  }
  fail_unless(b_.getFalse());
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
}

// ---- Operators

bool Translator::operator_instruction(const Instruction& i) {
  auto binary = [&](const char* name) {
    set_checked(i.d, call(name, {vm_, changeable(i.a), changeable(i.b)}));
    return true;
  };
  auto compare = [&](const char* name, bool wanted) {
    llvm::Value* truth = call(name, {vm_, word(i.a), word(i.b)});
    fail_unless(b_.CreateICmpSGE(truth, b_.getInt32(0)));
    llvm::Value* is = b_.CreateICmpEQ(truth, b_.getInt32(wanted));
    set(i.d, b_.CreateSelect(is, boolean(true), boolean(false)), true);
    return true;
  };
  switch (i.op) {
    case Op::Add: return binary("rt_add");
    case Op::Subtract: return binary("rt_subtract");
    case Op::Multiply: return binary("rt_multiply");
    case Op::Divide: return binary("rt_divide");
    case Op::Concat: return binary("rt_concat");
    case Op::Update: return binary("rt_update");
    case Op::Equal: return compare("rt_equal", true);
    case Op::NotEqual: return compare("rt_equal", false);
    case Op::Less: return compare("rt_less", true);
    case Op::NotLess: return compare("rt_less", false);
    case Op::CheckBool:
    case Op::Not: {
      llvm::Value* truth = call("rt_truth", {vm_, changeable(i.a)});
      fail_unless(b_.CreateICmpSGE(truth, b_.getInt32(0)));
      llvm::Value* is = b_.CreateICmpEQ(truth, b_.getInt32(i.op == Op::CheckBool));
      set(i.d, b_.CreateSelect(is, boolean(true), boolean(false)), true);
      return true;
    }
    case Op::Negate:
      forced(i.a);
      set_checked(i.d, call("rt_negate", {vm_, changeable(i.a)}));
      return true;
    case Op::CoerceLeft: set_checked(i.d, call("rt_coerce_left", {vm_, forced(i.a)})); return true;
    case Op::CheckSet: set_checked(i.d, call("rt_check_set", {vm_, forced(i.a)})); return true;
    case Op::CoercePart: set_checked(i.d, call("rt_coerce_part", {vm_, forced(i.a), number(i.n), b_.getInt1(i.b != 0)})); return true;
    case Op::JoinString:
    case Op::JoinPath: {
      llvm::Value* parts = array(body_.operands + i.a, i.n);
      set_checked(i.d, call(i.op == Op::JoinPath ? "rt_join_path" : "rt_join_string", {vm_, parts, number(i.n)}));
      return true;
    }
    default: return false;
  }
}

// ---- Sets

bool Translator::set_instruction(const Instruction& i) {
  switch (i.op) {
    case Op::Select:
      count_lookup();
      set_checked(i.d, call(is_in_object(i.a) ? "rt_select_from" : inside_ != Inside::Nothing ? "rt_select_in_loop" : "rt_select", {vm_, changeable(i.a), site(i.b)}));
      return true;
    case Op::SelectDynamic: set_checked(i.d, call("rt_select_dynamic", {vm_, changeable(i.a), changeable(i.b)})); return true;
    case Op::TrySelect:
      try_select(i, call(inside_ != Inside::Nothing ? "rt_try_select_in_loop" : "rt_try_select", {vm_, word(i.a), site(i.b)}), body_.sites[i.b].target);
      return true;
    case Op::TrySelectDynamic:
      try_select(i, call("rt_try_select_dynamic", {vm_, changeable(i.a), changeable(i.b)}), body_.sites[i.n].target);
      return true;
    case Op::HasAttr: set(i.d, call("rt_has_attr", {vm_, word(i.a), site(i.b)}), true); return true;
    case Op::HasDynamic: set_checked(i.d, call("rt_has_dynamic", {vm_, changeable(i.a), changeable(i.b)})); return true;
    case Op::MakeSet: make_set(i); return true;
    case Op::AddDynamic:
      set_checked(i.d, call("rt_add_dynamic", {vm_, code_, number(at_), word(kRegister | i.d), word(i.a), word(i.b)}));
      return true;
    case Op::Overrides: {
      llvm::Value* words = array_of_registers(i.b, body_.shapes[i.a].count);
      set_checked(i.d, call("rt_overrides", {vm_, word(kRegister | i.d), words, call("rt_shape", {code_, number(i.a)})}));
      return true;
    }
    case Op::WithLookup: {
      llvm::Value* sets = array(body_.operands + i.b, i.n);
      set_checked(i.d, call("rt_with_lookup", {vm_, site(i.a), sets, number(i.n)}));
      return true;
    }
    default: return false;
  }
}

void Translator::try_select(const Instruction& i, llvm::Value* result, std::uint32_t target) {
  jump_if(call("rt_is_missing", {result}), target);
  set_checked(i.d, result);
}

void Translator::make_set(const Instruction& i) {
  llvm::Value* made = call("rt_set", {vm_, call("rt_shape", {code_, number(i.a)})});
  // The words follow the header and the shape.
  llvm::Value* words = b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), made, 1);
  fill(words, body_.operands + i.b, body_.shapes[i.a].count);
  set(i.d, made, true);
}

}  // namespace evalctl::evaluator::jit
