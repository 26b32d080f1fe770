// Bytecode as text: of a function and, indented by nothing, of those inside it.
#include <algorithm>

#include "evaluator/literal_set.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

constexpr std::string_view kNames[] = {
#define OP(name) #name,
#include "evaluator/ops.def"
};

std::string operand(Operand o) { return fmt::format("{}{}", "rcko"[o >> 30], o & kOperandMask); }

// How many children there are up to the last that the recipe of a set with `count` attributes tells of.
std::uint32_t children_of(const Operand* operands, const Operand* recipe, std::uint32_t count) {
  std::uint32_t children = 0;
  for (Operand part : std::span(kept_operands(recipe) + kept_words(recipe), count)) children = std::max(children, operands[part]);
  return children;
}

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
    bool makes = at.op == Op::MakeThunk || at.op == Op::LazySelect || at.op == Op::LazyCompute || at.op == Op::MakeClosure ||
                 at.op == Op::Allocate || at.op == Op::DefaultAllocate;
    if (makes) children = std::max(children, at.a + 1);
    if (at.op == Op::MakeLiteralSet) children = std::max(children, children_of(body->operands, body->operands + at.b, body->shapes[at.a].count));
  }
  for (std::uint32_t c = 0; c < children; ++c) out += dump_code(vm, code_table[body->first_child + c]);
  return out;
}

}  // namespace evalctl::evaluator
