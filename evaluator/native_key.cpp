#include "evaluator/native_key.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "evaluator/inlining.h"

namespace evalctl::evaluator {
namespace {

class KeyWriter {
 public:
  void function(const Code& code) {
    number(code.arity);
    const Body& body = *code.body;
    number(body.registers);
    number(body.instruction_count);
    text_.append(reinterpret_cast<const char*>(body.instructions), body.instruction_count * sizeof(Instruction));
    number(body.constant_count);
    // What is no object stands in the code itself.
    for (std::uint32_t k = 0; k < body.constant_count; ++k) number(body.constants[k].is_object() ? 0 : body.constants[k].bits());
    for (std::uint32_t k = 0; k < body.instruction_count; ++k) {
      instruction(body, body.instructions[k]);
      folded(body, k);
    }
  }
  const std::string& text() const { return text_; }

 private:
  void number(std::uint64_t n) { text_.append(reinterpret_cast<const char*>(&n), sizeof n); }
  void operands(const Body& body, std::uint32_t first, std::uint32_t count) {
    number(count);
    text_.append(reinterpret_cast<const char*>(body.operands + first), count * sizeof(Operand));
  }

  // What an instruction refers to beside its own words.
  void instruction(const Body& body, const Instruction& i) {
    switch (i.op) {
      case Op::LazySelect: {
        std::uint32_t captures = child(body, i.a).captures;
        operands(body, i.b, captures + 1 + body.operands[i.b + captures]);
        break;
      }
      case Op::MakeThunk:
      case Op::MakeClosure:
      case Op::LazyCompute: {
        const Code& made = child(body, i.a);
        operands(body, i.b, made.captures);
        const Body* early = i.op == Op::LazyCompute && i.n == 0 ? body_if_made(made) : nullptr;
        number(early != nullptr);
        if (early) function(made);
        break;
      }
      case Op::Allocate:
      case Op::DefaultAllocate: child(body, i.a); break;
      case Op::Fill:
      case Op::DefaultFill:
      case Op::Call:
      case Op::WithLookup: operands(body, i.b, i.n); break;
      case Op::JoinString:
      case Op::JoinPath: operands(body, i.a, i.n); break;
      case Op::MakeList: operands(body, i.b, i.a); break;
      case Op::MakeSet:
      case Op::Overrides:
        number(body.shapes[i.a].count);
        if (i.op == Op::MakeSet) operands(body, i.b, body.shapes[i.a].count);
        break;
      case Op::TrySelect: number(body.sites[i.b].target); break;
      case Op::TrySelectDynamic: number(body.sites[i.n].target); break;
      default: break;
    }
  }

  // What a call may go through a list with, which stands in the same machine code then.
  void folded(const Body& body, std::uint32_t k) {
    const Instruction* made = folded_closure(body, code_table, k);
    if (!made) return;
    const Code& code = code_table[body.first_child + made->a];
    bool is_inlined = may_be_inlined(code);
    number(is_inlined);
    if (is_inlined) function(code);
  }

  const Code& child(const Body& body, std::uint32_t index) {
    const Code& code = code_table[body.first_child + index];
    number(code.arity);
    number(code.captures);
    return code;
  }

  std::string text_;
};

}  // namespace

std::uint64_t native_id(const std::string& key) {
  std::uint64_t id = 0;
  std::memcpy(&id, key.data(), std::min(sizeof id, key.size()));
  return id;
}

std::string native_key(const Code& code) {
  KeyWriter writer;
  writer.function(code);
  return base::hash_bytes(base::HashAlgorithm::Sha256, writer.text()).bytes.substr(0, kNativeKeyBytes);
}

}  // namespace evalctl::evaluator
