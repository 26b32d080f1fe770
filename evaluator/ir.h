// The intermediate representation of one file: names resolved to places, laziness explicit, bindings grouped and sorted.
//
// A function is what runs in one frame: a lambda, or a delayed expression (arity 0). It is a tree of nodes; a Lambda or
// Thunk node leads to another function of the same file. Every variable is a slot of its own function or a word captured
// from the function around. Bytecode is made from a function when it first runs, so an unused one costs its nodes only.
//
// Depends on nothing but the text of the file and the set of global names. Lists stand in `extra`:
//   words        nodes
//   group        count, slot of the first binding, flags, sources, dynamics; then (name, offset, word) by name;
//                (slot, word) of each source of `inherit (e)`; (name node, offset, word) of each dynamic attribute
//   path         elements, default (node or kNone); then (offset, name or 0, node or kNone) of each
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "evaluator/symbol.h"
#include "evaluator/value.h"
#include "parser/tree.h"

namespace evalctl::evaluator {

class Vm;

enum class IrKind : std::uint8_t {
#define IR(name) name,
#include "evaluator/ir.def"
};

constexpr std::uint32_t kNone = UINT32_MAX;

struct IrNode {
  IrKind kind;
  std::uint16_t n;
  std::uint32_t offset;  // in the file
  std::uint32_t a, b;
};
static_assert(sizeof(IrNode) == 16);

// Where the word of a variable is: a slot of the function, or kCapturedWord | index.
using Place = std::uint32_t;
constexpr Place kCapturedWord = 1u << 31;

struct IrFormal {
  Symbol name;
  std::uint32_t offset;
  std::uint32_t fallback;  // node of the default's word, or kNone
};

struct IrParameter {
  Symbol name;  // id 0: a pattern without @
  std::uint32_t offset;  // of the lambda
};

struct IrFunction {
  std::uint32_t body = 0;
  std::uint32_t offset = 0;
  Symbol name;                       // of a lambda, where it is bound to one
  std::uint32_t captures = 0;        // extra: places in the function around
  std::uint32_t parameters = 0;      // Ir::parameters
  std::uint32_t formals = 0;         // Ir::formals; their slots follow those of the parameters
  std::uint32_t formal_count = 0;
  std::uint32_t slots = 0;
  std::uint16_t capture_count = 0;
  std::uint8_t arity = 0;            // x: y: z is one function of arity 3
  bool has_pattern = false;          // of the one parameter
  bool ellipsis = false;
};

// Group flags.
constexpr std::uint32_t kRecursive = 1, kHasOverrides = 2;

struct Ir {
  std::vector<IrNode> nodes;
  std::vector<std::uint32_t> extra;
  std::vector<IrFunction> functions;  // the last one is the file
  std::vector<IrFormal> formals;
  std::vector<IrParameter> parameters;
  std::string text;

  std::uint32_t file_function() const { return static_cast<std::uint32_t>(functions.size() - 1); }
};

// Lowers a file without syntax errors. Null after vm.fail when a variable is undefined or nesting is too deep.
std::unique_ptr<Ir> lower(Vm& vm, const parser::Tree& tree, std::uint32_t file);

// The text form: one function after the other, one node a line.
std::string dump_ir(const Ir& ir);

}  // namespace evalctl::evaluator
