// From the bytecode of one function to LLVM IR.
//
// Registers become allocas, which LLVM turns into machine registers; each instruction becomes a call of a function of
// runtime.cpp, which is inlined. So the meaning of instructions stands there, and here stands what goes where.
//
// A failure goes to one block at the end with the number of the instruction.
#pragma once
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <string>
#include <vector>

#include "evaluator/jit/jit.h"

namespace evalctl::evaluator::jit {

class Translator {
 public:
  // What code stands in: a machine code function of its own, the loop of a caller that goes through a list and finds out before what the
  // callees are, one of those, or what is computed at once in a caller.
  enum class Inside : std::uint8_t { Nothing, Loop, CalledInLoop, Early };
  // `known_captures`: the captured words that are no thunks.
  Translator(llvm::Module& module, const Unit& unit, const Code* codes, const std::string& name, Inside inside, std::vector<bool> known_captures = {});
  // Null when an instruction has no translation.
  llvm::Function* translate();

 private:
  // Places, words
  llvm::Value* place(Operand o);
  llvm::Value* word_of_object(llvm::Value* object, std::uint32_t index);
  // What is computed at once has the words that it captures in registers behind its own.
  Operand here(Operand o) const {
    return inside_ == Inside::Early && (o & ~kOperandMask) == kCapture ? kRegister | (body_.registers + (o & kOperandMask)) : o;
  }
  // Whether an operand stands in memory that others see.
  bool is_in_object(Operand o) const { return (o & ~kOperandMask) != kRegister && !is_immediate(o); }
  bool is_immediate(Operand o) const;
  llvm::Value* word(Operand o);
  llvm::Value* changeable(Operand o);
  llvm::Value* boolean(bool b) { return b_.getInt64(evaluator::Value::boolean(b).bits()); }
  // The value of an operand, forced in place.
  llvm::Value* forced(Operand o);
  void set(std::uint32_t r, llvm::Value* value, bool is_value);
  // The same where no value means failure.
  void set_checked(std::uint32_t r, llvm::Value* value);
  llvm::Value* array(const Operand* operands, std::uint32_t count);
  llvm::Value* array_of_registers(std::uint32_t first, std::uint32_t count);

  // Control
  llvm::Value* number(std::uint32_t n) { return b_.getInt32(n); }
  llvm::Value* call(const char* name, std::vector<llvm::Value*> arguments);
  llvm::BasicBlock* block(const char* name = "");
  // Goes to `likely` nearly always when the condition holds.
  void branch_likely(llvm::Value* condition, llvm::BasicBlock* likely, llvm::BasicBlock* other);
  void fail_unless(llvm::Value* condition);
  void fail_if_none(llvm::Value* value);
  void leave(llvm::Value* result);
  // How deep this is, its own level included.
  llvm::Value* depth() { return inside_ == Inside::Nothing ? b_.CreateAdd(depth_, repeats()) : depth_; }
  void count_lookup() { b_.CreateStore(b_.CreateAdd(b_.CreateLoad(b_.getInt64Ty(), lookups_), b_.getInt64(1)), lookups_); }
  llvm::Value* captures() { return b_.CreateLoad(b_.getPtrTy(), captures_); }
  llvm::Value* repeats() { return b_.CreateLoad(b_.getInt32Ty(), repeats_); }
  // Whether the word is known to be no thunk.
  bool is_value(Operand o) const;
  void jump(std::uint32_t target);
  void jump_if(llvm::Value* condition, std::uint32_t target);
  void merge_into(std::uint32_t target);
  void begin_instruction();
  void entry_block();
  void enter();
  void failure_block();
  void find_targets();
  bool may_be_own(const Instruction& i) const;
  bool is_own_tail_call(std::uint32_t instruction) const;

  // Instructions
  bool instruction(const Instruction& i);
  bool object_instruction(const Instruction& i);
  bool operator_instruction(const Instruction& i);
  bool set_instruction(const Instruction& i);
  void lazy_compute(const Instruction& i);
  void lazy_select(const Instruction& i);
  llvm::Value* make(std::uint32_t child);
  void fill(llvm::Value* object, const Operand* operands, std::uint32_t count);
  void bind_formals(const Instruction& i);
  void default_allocate(const Instruction& i);
  void default_fill(const Instruction& i);
  void call_function(const Instruction& i);
  void repeat(llvm::Value* function, const std::vector<llvm::Value*>& words);
  llvm::Value* call_own(llvm::Value* function, const std::vector<llvm::Value*>& words);
  llvm::Value* call_other(llvm::Value* function, const std::vector<llvm::Value*>& words, const Operand* operands);
  // Calls in line: see inlining.cpp
  bool counts_levels() const { return inside_ == Inside::Loop || inside_ == Inside::CalledInLoop; }
  const Callee* known_callee(Operand operand) const;
  const Callee* known_callee(const Instruction& i) const;
  llvm::Function* copy_of(const Code& code, std::vector<Callee> callees, Inside inside, std::vector<bool> known_captures = {});
  struct Closure { llvm::Value *word, *code; };
  Closure callee_given(const Callee& callee);
  llvm::Value* call_copy(llvm::Function* copy, Closure closure, std::vector<llvm::Value*> words, std::uint32_t levels, const std::vector<Closure>& callees);
  llvm::Value* word_of_closure(llvm::Value* closure, Operand operand);
  Closure find_callee(const Callee& callee, llvm::Value* word);
  llvm::Value* call_known(const Callee& callee, const Instruction& i, const std::vector<llvm::Value*>& words);
  std::vector<Callee> callees_inside(const Instruction& made, const std::vector<Operand>& called) const;
  llvm::Value* fold(llvm::Value* function, const std::vector<llvm::Value*>& words, const Operand* operands);
  void fold_here(llvm::Function* copy, const std::vector<Callee>& callees, llvm::Value* list, llvm::Value* function,
                 const std::vector<llvm::Value*>& words, llvm::PHINode* result);
  // What is computed at once: see early.cpp
  void captures_as_registers();
  bool early_instruction(const Instruction& i);
  bool early_call(const Instruction& i);
  bool early_fold(const Instruction& i, const Instruction& made, const std::vector<llvm::Value*>& words);
  llvm::Value* call_early(llvm::Function* copy, llvm::Value* code, llvm::Value* captures, const std::vector<llvm::Value*>& words,
                          const std::vector<Closure>& callees);
  llvm::Value* compute_early(const Instruction& i, llvm::BasicBlock* other);
  void branch(const Instruction& i);
  void assertion(const Instruction& i);
  void try_select(const Instruction& i, llvm::Value* result, std::uint32_t target);
  void make_set(const Instruction& i);
  llvm::Value* site(llvm::Value* sites, std::uint32_t index) { return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), sites, index * sizeof(Site)); }
  llvm::Value* site(std::uint32_t index) { return site(sites_, index); }
  llvm::FunctionType* entry_type();

  llvm::Module& module_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> b_;
  const Unit& unit_;
  const Body& body_;
  const Code* codes_;
  llvm::Function* function_;
  llvm::Value *vm_, *code_, *constants_, *sites_;
  // A function that ends with a call of itself begins again instead of calling: with other arguments, and captured words if
  // it is another closure, both in memory that LLVM makes registers of. Each time is a level of nesting all the same.
  std::uint32_t repeated_ = kDeclined;             // that call, if there is one
  llvm::AllocaInst *captures_, *repeats_;          // the second: how often
  llvm::AllocaInst* lookups_;                      // selections so far
  llvm::Value* depth_;
  llvm::BasicBlock* again_;
  std::vector<llvm::AllocaInst*> registers_;
  std::vector<llvm::BasicBlock*> blocks_;          // of instructions that are jumped to
  std::vector<std::vector<bool>> values_at_;       // what is known there
  std::vector<bool> reached_;
  std::vector<bool> is_value_;                     // registers that hold no thunk
  bool has_selections_ = false;
  llvm::BasicBlock* failure_ = nullptr;
  llvm::PHINode* failed_at_ = nullptr;
  std::uint32_t at_ = 0;
  std::uint32_t copies_ = 0;
  const Inside inside_;
  const std::vector<bool> known_captures_;
};

}  // namespace evalctl::evaluator::jit
