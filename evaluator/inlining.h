// Which calls machine code makes in line: the loop of foldl' with a function that is written there, and what that calls. Elsewhere code in
// line only takes room in the processor's cache.
//
// A captured word that was a closure of short code when the function around became hot probably is one again. Machine code of a function
// has its key in front (native_id_of), which stands for the bytecode that it was made of: who has compiled that bytecode into a caller
// compares it, so that any other function is called as ever.
#pragma once
#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "evaluator/program.h"

namespace evalctl::evaluator {

// A captured word (or one of the outer closure), the code of the closure that it was, and the key of that.
struct Callee {
  Operand operand;
  const Code* code;
  std::uint64_t id;
};

// The key in front of machine code.
inline std::uint64_t native_id_of(NativeEntry entry) {
  std::uint64_t id;
  std::memcpy(&id, reinterpret_cast<const char*>(entry) - sizeof id, sizeof id);
  return id;
}

// Whether a call is one of a captured word.
inline bool calls_captured(const Instruction& i) { return i.op == Op::Call && ((i.a & ~kOperandMask) == kCapture || (i.a & ~kOperandMask) == kOuter); }

// Whether code that has a body may stand in that of a caller. `is_leaf` and the like have to be asked for at run time as well.
inline bool may_be_inlined(const Code& code) {
  constexpr std::uint32_t kMostInstructions = 20, kMostParameters = 3;
  const Body* body = body_if_made(code);
  if (!body || body->instruction_count > kMostInstructions || code.arity == 0 || code.arity > kMostParameters) return false;
  if (code.has_pattern || code.is_leaf || code.is_file) return false;
  // What may call itself is a loop of its own.
  for (std::uint32_t k = 0; k < body->instruction_count; ++k)
    if (calls_captured(body->instructions[k]) && body->instructions[k].n == code.arity) return false;
  return true;
}

// What makes the closure that call `k` passes on first, if that is two parameters' and the call one of three arguments, as that of foldl'
// with a function written there is; null otherwise.
inline const Instruction* folded_closure(const Body& body, const Code* codes, std::uint32_t k) {
  const Instruction& call = body.instructions[k];
  if (call.op != Op::Call || call.n != 3 || (body.operands[call.b] & ~kOperandMask) != kRegister) return nullptr;
  std::uint32_t wanted = body.operands[call.b] & kOperandMask;
  while (k-- > 0) {
    const Instruction& i = body.instructions[k];
    bool goes_on = i.op == Op::MakeClosure || i.op == Op::MakeThunk || i.op == Op::MakeList || i.op == Op::MakeSet || i.op == Op::LazySelect;
    if (!goes_on) return nullptr;
    if (i.d == wanted) return i.op == Op::MakeClosure && codes[body.first_child + i.a].arity == 2 ? &i : nullptr;
  }
  return nullptr;
}

// What a captured word of a closure is where it is made, by `made` of `body`: captured there too, or kRegister.
inline Operand captured_around(const Body& body, const Instruction& made, Operand inner) {
  const Operand* words = body.operands + made.b;
  std::uint32_t index = inner & kOperandMask;
  auto is_captured = [](Operand o) { return (o & ~kOperandMask) == kCapture || (o & ~kOperandMask) == kOuter; };
  if ((inner & ~kOperandMask) == kCapture) return is_captured(words[index]) ? words[index] : kRegister;
  if (words[0] == (kCapture | 0)) return kOuter | index;
  for (std::uint32_t k = 0; k < body.instruction_count; ++k)
    if (body.instructions[k].op == Op::Self && words[0] == (kRegister | body.instructions[k].d)) return kCapture | index;
  return kRegister;
}

inline std::vector<Operand> each_once(std::vector<Operand> operands) {
  std::ranges::sort(operands);
  operands.erase(std::ranges::unique(operands).begin(), operands.end());
  return operands;
}

// The captured words that a body calls.
inline std::vector<Operand> called_words(const Body& body) {
  std::vector<Operand> called;
  for (std::uint32_t k = 0; k < body.instruction_count; ++k)
    if (calls_captured(body.instructions[k])) called.push_back(body.instructions[k].a);
  return each_once(std::move(called));
}

// The captured words that what a body folds with calls, or what folds in an expression that it may compute at once.
inline std::vector<Operand> words_called_in_folds(const Body& body, const Code* codes) {
  std::vector<Operand> called;
  auto add = [&](const Instruction& made, const std::vector<Operand>& inside) {
    for (Operand operand : inside)
      if (Operand around = captured_around(body, made, operand); around != kRegister) called.push_back(around);
  };
  auto body_of = [&](const Instruction& made) { return body_if_made(codes[body.first_child + made.a]); };
  for (std::uint32_t k = 0; k < body.instruction_count; ++k) {
    const Instruction& i = body.instructions[k];
    const Instruction* made = folded_closure(body, codes, k);
    if (const Body* inner = made ? body_of(*made) : nullptr) add(*made, called_words(*inner));
    if (const Body* inner = i.op == Op::LazyCompute && i.n == 0 ? body_of(i) : nullptr) add(i, words_called_in_folds(*inner, codes));
  }
  return each_once(std::move(called));
}

// Those of the captured words that what `code` folds with calls. Makes bytecode if need be.
std::vector<Callee> known_callees(Vm& vm, const Code& code, const Value* captures);

}  // namespace evalctl::evaluator
