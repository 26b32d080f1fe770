// Bytecode as text: of a function and, indented by nothing, of those inside it.
#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

constexpr std::string_view kNames[] = {
#define OP(name) #name,
#include "evaluator/ops.def"
};

std::string operand(Operand o) { return fmt::format("{}{}", "rcko"[o >> 30], o & kOperandMask); }

}  // namespace

std::string dump_code(Vm& vm, const Code& code) {
  const Body* body = body_if_made(code);
  if (!body) body = generate(vm, code);
  auto number = static_cast<std::uint32_t>(&code - code_table);
  std::string out = fmt::format("code {}: arity {}, {} captured, {} registers\n", number, code.arity, code.captures, body->registers);
  for (std::uint32_t k = 0; k < body->constant_count; ++k) out += fmt::format("  k{} = {}\n", k, vm.show(body->constants[k]));
  std::uint32_t children = 0;
  for (std::uint32_t i = 0; i < body->instruction_count; ++i) {
    const Instruction& at = body->instructions[i];
    out += fmt::format("  {:3} {:16} r{} {} {} {} @{}\n", i, kNames[static_cast<int>(at.op)], at.d, operand(at.a), operand(at.b), at.n, body->offsets[i]);
    bool makes = at.op == Op::MakeThunk || at.op == Op::LazySelect || at.op == Op::MakeClosure || at.op == Op::Allocate || at.op == Op::DefaultAllocate;
    if (makes) children = std::max(children, at.a + 1);
  }
  for (std::uint32_t c = 0; c < children; ++c) out += dump_code(vm, code_table[body->first_child + c]);
  return out;
}

}  // namespace evalctl::evaluator
