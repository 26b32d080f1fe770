// Compiled code and what all code of a Vm shares.
//
// An operand is 32 bits: the two highest say where (register, captured word, constant), the rest which. A frame is the
// registers of one Code; each instruction runs at most once in a frame, since the language has no loops.
#pragma once
#include <atomic>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "evaluator/attrs.h"
#include "evaluator/value.h"
#include "evaluator/vm.h"
#include "parser/parse.h"

namespace evalctl::evaluator {

enum class Op : std::uint16_t {
#define OP(name) name,
#include "evaluator/ops.def"
};

struct Instruction {
  Op op;
  std::uint16_t n;
  std::uint32_t d, a, b;
};
static_assert(sizeof(Instruction) == 16);

using Operand = std::uint32_t;
constexpr Operand kRegister = 0u << 30, kCapture = 1u << 30, kConstant = 2u << 30, kOperandMask = (1u << 30) - 1;

struct FormalInfo {
  Symbol name;
  bool has_default;
  Position position;
};

// A select site: name and inline cache (shape id << 32 | index).
struct Site {
  Symbol name;
  std::uint32_t target = 0;  // where TrySelect jumps
  mutable std::atomic<std::uint64_t> cache{0};
  Site(Symbol name) : name(name) {}
  Site(const Site& other) : name(other.name), target(other.target) {}
};

struct Code {
  std::vector<Instruction> instructions;
  std::vector<std::uint32_t> offsets;  // of each instruction, in bytes of the file
  std::vector<Value> constants;
  std::vector<const Code*> children;
  std::vector<std::vector<Operand>> lists;
  std::vector<Site> sites;
  std::vector<const Shape*> shapes;
  std::vector<FormalInfo> formal_infos;
  std::uint32_t registers = 0;
  std::uint32_t captures = 0;
  std::uint32_t file = 0;
  std::uint32_t offset = 0;  // of the expression
  Symbol name;               // of a function, where known
  Symbol parameter;          // the identifier or @name; id 0 when there is none
  bool is_lambda = false;
  bool has_formals = false;
  bool ellipsis = false;

  std::span<const FormalInfo> formals() const { return formal_infos; }
  Position position() const { return {file, offset}; }
};

struct SourceFile {
  std::string path;
  std::string_view text;
  std::string directory;
  std::unique_ptr<parser::LineIndex> lines;
};

struct Vm::Program {
  std::deque<SourceFile> files;  // index 0 is nowhere
  std::deque<Code> codes;
  std::unordered_map<std::uint32_t, Value> globals;  // by symbol id
  // The builtins that operators stand for, when nothing shadows them: define_global fills them in.
  // Search path look-up: __findFile and __nixPath.
};

// Compiles a file. Returns null after vm.fail when there are static errors. `scope`: see Vm::evaluate_text.
const Code* compile(Vm& vm, const parser::Tree& tree, std::uint32_t file, Value scope);

// Runs `code` with the captured words of `self`. Returns a forced value.
Value run(Vm& vm, const Code* code, Value* captures, Value argument);

}  // namespace evalctl::evaluator
