// Words, control flow, calls.
#include "evaluator/jit/translator.h"

namespace evalctl::evaluator::jit {

Translator::Translator(llvm::Module& module, const Unit& unit, const Code* codes, const std::string& name, Inside inside,
                       std::vector<bool> known_captures)
    : module_(module), context_(module.getContext()), b_(context_), unit_(unit), body_(*unit.body), codes_(codes), inside_(inside),
      known_captures_(std::move(known_captures)) {
  function_ = llvm::Function::Create(entry_type(), llvm::Function::ExternalLinkage, name, module_);
  function_->setVisibility(llvm::GlobalValue::HiddenVisibility);
  function_->setDSOLocal(true);
  function_->setUWTableKind(llvm::UWTableKind::Async);
  function_->addFnAttr("no-builtins");
  if (unit.id) function_->setPrefixData(b_.getInt64(unit.id));
  vm_ = function_->getArg(0);
  code_ = function_->getArg(1);
}

// What stands in a caller also gets its depth, unless it is computed at once, and what it calls.
llvm::FunctionType* Translator::entry_type() {
  llvm::Type* pointer = b_.getPtrTy();
  std::vector<llvm::Type*> types = {pointer, pointer, pointer};
  types.resize(3 + unit_.code->arity, b_.getInt64Ty());
  if (counts_levels()) types.push_back(b_.getInt32Ty());
  for (std::size_t k = 0; inside_ != Inside::Nothing && k < unit_.callees.size(); ++k) types.insert(types.end(), {b_.getInt64Ty(), pointer});
  return llvm::FunctionType::get(b_.getInt64Ty(), types, false);
}

// ---- Places and words

llvm::Value* Translator::place(Operand o) {
  o = here(o);
  std::uint32_t index = o & kOperandMask;
  switch (o & ~kOperandMask) {
    case kRegister: return registers_[index];
    case kCapture: return b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), captures(), index);
    case kOuter: return word_of_object(b_.CreateLoad(b_.getInt64Ty(), captures()), index);
    default: return b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), constants_, index);
  }
}

// The place of a word behind the header of an object.
llvm::Value* Translator::word_of_object(llvm::Value* object, std::uint32_t index) {
  if (!object->getType()->isPointerTy()) object = b_.CreateIntToPtr(object, b_.getPtrTy());
  return b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), object, 1 + index);
}

// Numbers, null and truth values are part of the code.
bool Translator::is_immediate(Operand o) const {
  return (o & ~kOperandMask) == kConstant && !body_.constants[o & kOperandMask].is_object();
}

llvm::Value* Translator::word(Operand o) {
  if (is_immediate(o)) return b_.getInt64(body_.constants[o & kOperandMask].bits());
  return b_.CreateLoad(b_.getInt64Ty(), place(o));
}

bool Translator::is_value(Operand o) const {
  o = here(o);
  return is_immediate(o) || ((o & ~kOperandMask) == kRegister && is_value_[o & kOperandMask]);
}

llvm::Value* Translator::forced(Operand o) {
  if (is_value(o)) return word(o);
  if (inside_ == Inside::Early) {
    llvm::Value* at_hand = call("rt_at_hand", {word(o)});
    fail_if_none(at_hand);
    if (Operand local = here(o); (local & ~kOperandMask) == kRegister) set(local & kOperandMask, at_hand, true);
    return at_hand;
  }
  llvm::Value* value = call(is_in_object(o) ? "rt_force_word" : "rt_force", {vm_, place(o)});
  fail_if_none(value);
  return value;
}

// A place that holds the word and may be overwritten with its value.
llvm::Value* Translator::changeable(Operand o) {
  if (!is_immediate(o)) return place(o);
  llvm::IRBuilder<> top(&function_->getEntryBlock(), function_->getEntryBlock().begin());
  llvm::Value* copy = top.CreateAlloca(b_.getInt64Ty());
  b_.CreateStore(word(o), copy);
  return copy;
}

void Translator::set(std::uint32_t r, llvm::Value* value, bool is_value) {
  if (value->getType()->isPointerTy()) value = b_.CreatePtrToInt(value, b_.getInt64Ty());
  b_.CreateStore(value, registers_[r]);
  is_value_[r] = is_value;
}

void Translator::set_checked(std::uint32_t r, llvm::Value* value) {
  fail_if_none(value);
  set(r, value, true);
}

// A copy of words in memory.
llvm::Value* Translator::array(const Operand* operands, std::uint32_t count) {
  llvm::IRBuilder<> top(&function_->getEntryBlock(), function_->getEntryBlock().begin());
  llvm::Value* words = top.CreateAlloca(b_.getInt64Ty(), number(std::max(count, 1u)));
  for (std::uint32_t k = 0; k < count; ++k) b_.CreateStore(word(operands[k]), b_.CreateConstInBoundsGEP1_32(b_.getInt64Ty(), words, k));
  return words;
}

llvm::Value* Translator::array_of_registers(std::uint32_t first, std::uint32_t count) {
  std::vector<Operand> operands(count);
  for (std::uint32_t k = 0; k < count; ++k) operands[k] = kRegister | (first + k);
  return array(operands.data(), count);
}

// ---- Control

llvm::Value* Translator::call(const char* name, std::vector<llvm::Value*> arguments) {
  return b_.CreateCall(module_.getFunction(name), arguments);
}

llvm::BasicBlock* Translator::block(const char* name) { return llvm::BasicBlock::Create(context_, name, function_); }

void Translator::branch_likely(llvm::Value* condition, llvm::BasicBlock* likely, llvm::BasicBlock* other) {
  auto* branch = b_.CreateCondBr(condition, likely, other);
  branch->setMetadata(llvm::LLVMContext::MD_prof, llvm::MDNode::get(context_, {
      llvm::MDString::get(context_, "branch_weights"), llvm::ConstantAsMetadata::get(b_.getInt32(2000)),
      llvm::ConstantAsMetadata::get(b_.getInt32(1))}));
}

void Translator::fail_unless(llvm::Value* condition) {
  llvm::BasicBlock* next = block();
  failed_at_->addIncoming(number(at_), b_.GetInsertBlock());
  branch_likely(condition, next, failure_);
  b_.SetInsertPoint(next);
}

void Translator::fail_if_none(llvm::Value* value) { fail_unless(b_.CreateICmpNE(value, b_.getInt64(0))); }

void Translator::leave(llvm::Value* result) {
  if (has_selections_) call("rt_count_lookups", {vm_, b_.CreateLoad(b_.getInt64Ty(), lookups_)});
  if (inside_ == Inside::Nothing) call("rt_leave", {vm_, b_.CreateAdd(repeats(), number(1))});
  else call("rt_set_depth", {vm_, b_.CreateSub(depth_, number(1))});
  b_.CreateRet(result);
}

// Registers that hold values on every way to `target`.
void Translator::merge_into(std::uint32_t target) {
  if (!reached_[target]) {
    reached_[target] = true;
    values_at_[target] = is_value_;
    return;
  }
  for (std::size_t r = 0; r < is_value_.size(); ++r) values_at_[target][r] = values_at_[target][r] && is_value_[r];
}

void Translator::jump(std::uint32_t target) {
  merge_into(target);
  b_.CreateBr(blocks_[target]);
}

// Goes on after the instruction at hand otherwise.
void Translator::jump_if(llvm::Value* condition, std::uint32_t target) {
  llvm::BasicBlock* next = block();
  merge_into(target);
  b_.CreateCondBr(condition, blocks_[target], next);
  b_.SetInsertPoint(next);
}

void Translator::find_targets() {
  blocks_.assign(body_.instruction_count, nullptr);
  values_at_.resize(body_.instruction_count);
  reached_.assign(body_.instruction_count, false);
  auto mark = [&](std::uint32_t target) { if (!blocks_[target]) blocks_[target] = block(); };
  for (std::uint32_t k = 0; k < body_.instruction_count; ++k) {
    const Instruction& i = body_.instructions[k];
    if (i.op == Op::Jump) mark(i.a);
    if (i.op == Op::JumpFalse || i.op == Op::JumpTrue) mark(i.b);
    if (i.op == Op::TrySelect) mark(body_.sites[i.b].target);
    if (i.op == Op::TrySelectDynamic) mark(body_.sites[i.n].target);
  }
  for (std::uint32_t k = 0; k < body_.instruction_count; ++k)
    if (is_own_tail_call(k)) repeated_ = k;
}

// Whether a call may be one of the function itself, by a variable from outside.
bool Translator::may_be_own(const Instruction& i) const {
  Operand from = i.a & ~kOperandMask;
  return i.op == Op::Call && i.n == unit_.code->arity && (from == kCapture || from == kOuter);
}

// Whether it gives the result as well.
bool Translator::is_own_tail_call(std::uint32_t k) const {
  const Instruction& i = body_.instructions[k];
  if (!may_be_own(i) || k + 1 == body_.instruction_count) return false;
  const Instruction& next = body_.instructions[k + 1];
  return next.op == Op::Return && next.a == (kRegister | i.d) && !blocks_[k + 1];
}

void Translator::entry_block() {
  b_.SetInsertPoint(block("entry"));
  for (std::uint32_t r = 0; r < body_.registers; ++r) registers_.push_back(b_.CreateAlloca(b_.getInt64Ty()));
  is_value_.assign(body_.registers, false);
  captures_ = b_.CreateAlloca(b_.getPtrTy());
  repeats_ = b_.CreateAlloca(b_.getInt32Ty());
  b_.CreateStore(function_->getArg(2), captures_);
  b_.CreateStore(number(0), repeats_);
  lookups_ = b_.CreateAlloca(b_.getInt64Ty());
  b_.CreateStore(b_.getInt64(0), lookups_);
  for (std::uint32_t k = 0; k < body_.instruction_count; ++k) has_selections_ |= body_.instructions[k].op == Op::Select;
  const std::uint32_t arity = unit_.code->arity;
  for (std::uint32_t k = 0; k < arity; ++k) b_.CreateStore(function_->getArg(3 + k), registers_[k]);
  if (inside_ == Inside::Early) captures_as_registers();
  else enter();
  constants_ = call("rt_constants", {code_});
  sites_ = call("rt_sites", {code_});
  again_ = block("again");
  b_.CreateBr(again_);
  b_.SetInsertPoint(again_);
}

// Counts its level.
void Translator::enter() {
  const std::uint32_t arity = unit_.code->arity;
  llvm::BasicBlock *deep = block("deep"), *next = block();
  if (inside_ != Inside::Nothing) depth_ = b_.CreateAdd(function_->getArg(3 + arity), number(1));
  branch_likely(inside_ != Inside::Nothing ? call("rt_enter_at", {vm_, depth_}) : call("rt_enter", {vm_}), next, deep);
  b_.SetInsertPoint(deep);
  leave(b_.getInt64(0));
  b_.SetInsertPoint(next);
  if (inside_ == Inside::Nothing) depth_ = call("rt_depth", {vm_});
}

void Translator::failure_block() {
  if (failed_at_->getNumIncomingValues() == 0) {
    failed_at_->eraseFromParent();
    failure_->eraseFromParent();
    return;
  }
  b_.SetInsertPoint(failure_);
  if (inside_ == Inside::Early) {
    b_.CreateRet(b_.getInt64(0));
    return;
  }
  call("rt_note", {vm_, code_, failed_at_});
  if (repeated_ != kDeclined) call("rt_note_repeated", {vm_, code_, number(repeated_), repeats()});
  leave(b_.getInt64(0));
}

// Ways that meet here have to agree on what is known.
void Translator::begin_instruction() {
  llvm::BasicBlock* here = blocks_[at_];
  if (!here) return;
  if (!b_.GetInsertBlock()->getTerminator()) jump(at_);
  b_.SetInsertPoint(here);
  if (reached_[at_]) is_value_ = values_at_[at_];
}

llvm::Function* Translator::translate() {
  failure_ = nullptr;
  entry_block();
  failure_ = block("failure");
  failed_at_ = llvm::PHINode::Create(b_.getInt32Ty(), 4, "at", failure_);
  find_targets();
  for (at_ = 0; at_ < body_.instruction_count; ++at_) {
    begin_instruction();
    // What stands behind a jump and is jumped to by nobody.
    if (b_.GetInsertBlock()->getTerminator()) b_.SetInsertPoint(block("unreachable"));
    const Instruction& i = body_.instructions[at_];
    if (!(inside_ == Inside::Early ? early_instruction(i) : instruction(i))) return nullptr;
  }
  if (!b_.GetInsertBlock()->getTerminator()) b_.CreateUnreachable();
  failure_block();
  return function_;
}

// ---- Calls

// Of a closure of the function itself.
llvm::Value* Translator::call_own(llvm::Value* function, const std::vector<llvm::Value*>& words) {
  std::vector<llvm::Value*> arguments = {vm_, code_, call("rt_captures", {function})};
  arguments.insert(arguments.end(), words.begin(), words.end());
  call("rt_count_call", {vm_});
  return b_.CreateCall(entry_type(), function_, arguments);
}

llvm::Value* Translator::call_other(llvm::Value* function, const std::vector<llvm::Value*>& words, const Operand* operands) {
  static constexpr const char* kByCount[] = {nullptr, "rt_call_1", "rt_call_2", "rt_call_3"};
  auto count = static_cast<std::uint32_t>(words.size());
  if (count == 0 || count > 3) return call("rt_call", {vm_, function, array(operands, count), number(count)});
  std::vector<llvm::Value*> arguments = {vm_, function};
  arguments.insert(arguments.end(), words.begin(), words.end());
  return call(kByCount[count], arguments);
}

// Begins again with `words`, which are arguments of a closure of the same code.
void Translator::repeat(llvm::Value* function, const std::vector<llvm::Value*>& words) {
  call("rt_count_call", {vm_});
  llvm::BasicBlock *deep = block("deep"), *next = block();
  branch_likely(call("rt_enter", {vm_}), next, deep);
  b_.SetInsertPoint(deep);
  call("rt_leave", {vm_, number(1)});
  fail_unless(b_.getFalse());
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
  for (std::size_t k = 0; k < words.size(); ++k) b_.CreateStore(words[k], registers_[k]);
  b_.CreateStore(call("rt_captures", {function}), captures_);
  b_.CreateStore(b_.CreateAdd(repeats(), number(1)), repeats_);
  b_.CreateBr(again_);
}

// A call of the function itself, which is a variable from outside then, or any other.
void Translator::call_function(const Instruction& i) {
  const Operand* operands = body_.operands + i.b;
  std::vector<llvm::Value*> words;
  for (std::uint32_t k = 0; k < i.n; ++k) words.push_back(word(operands[k]));
  if (const Callee* callee = known_callee(i))
    if (llvm::Value* result = call_known(*callee, i, words)) return set_checked(i.d, result);
  llvm::Value* function = forced(i.a);
  if (llvm::Value* result = fold(function, words, operands)) return set_checked(i.d, result);
  if (!may_be_own(i)) return set_checked(i.d, call_other(function, words, operands));
  llvm::BasicBlock *own = block("own"), *other = block("other"), *done = block("done");
  std::vector<std::pair<llvm::Value*, llvm::BasicBlock*>> results;
  auto finish = [&](llvm::Value* result) {
    results.push_back({result, b_.GetInsertBlock()});
    b_.CreateBr(done);
  };
  b_.CreateCondBr(call("rt_is_own", {vm_, code_, function}), own, other);
  b_.SetInsertPoint(own);
  if (at_ == repeated_) repeat(function, words);
  else finish(call_own(function, words));
  b_.SetInsertPoint(other);
  finish(call_other(function, words, operands));
  b_.SetInsertPoint(done);
  llvm::PHINode* result = b_.CreatePHI(b_.getInt64Ty(), static_cast<unsigned>(results.size()));
  for (auto [value, from] : results) result->addIncoming(value, from);
  set_checked(i.d, result);
}

}  // namespace evalctl::evaluator::jit
