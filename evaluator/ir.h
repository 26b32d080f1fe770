// The intermediate representation of one file: names resolved to places, laziness explicit, bindings grouped and sorted.
//
// A function is what runs in one frame: a lambda, or a delayed expression (arity 0). It is a tree of nodes; a Lambda or
// Thunk node leads to another function of the same file. Every variable is a slot of its own function or a word captured
// from the function around. Bytecode is made from a function when it first runs, so an unused one costs its nodes only.
//
// Depends on nothing but the text of the file and the set of global names, and holds neither addresses nor symbols of the
// process, so that another one can use it (ir_record.h). A name is an index into `names`. Lists stand in `extra`:
//   words        nodes
//   group        count, slot of the first binding, flags, sources, dynamics; then (name, offset, word) of each binding, in
//                no order that means anything; (slot, word) of each source of `inherit (e)`; (name node, offset, word) of
//                each dynamic attribute
//   path         elements, default (node or kNone); then (offset, name or 0, node or kNone) of each
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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

// What a delayed expression of a followed file is: see evaluator/dependencies.h.
enum LeafPart : std::uint8_t { kNoLeaf, kLeaf, kInsideLeaf };

struct IrFunction {
  std::uint32_t body = 0;
  std::uint32_t offset = 0;
  std::uint32_t name = 0;            // of a lambda, where it is bound to one; index in Ir::names
  std::uint32_t captures = 0;        // extra: places in the function around
  std::uint32_t parameters = 0;      // Ir::parameters
  std::uint32_t formals = 0;         // Ir::formals; their slots follow those of the parameters
  std::uint32_t formal_count = 0;
  std::uint32_t slots = 0;
  std::uint16_t capture_count = 0;
  std::uint8_t arity = 0;            // x: y: z is one function of arity 3
  bool has_pattern = false;          // of the one parameter
  bool ellipsis = false;
  LeafPart leaf = kNoLeaf;
};

// Group flags.
constexpr std::uint32_t kRecursive = 1, kHasOverrides = 2;

// What lowering fills.
struct IrParts {
  std::vector<IrNode> nodes;
  std::vector<std::uint32_t> extra;
  std::vector<IrFunction> functions;  // the last one is the file
  std::vector<IrFormal> formals;
  std::vector<IrParameter> parameters;
  std::vector<Symbol> names;          // the first one is none; the others ascend in the process that lowered
  std::string text;
};

// Looks at the parts, or at a record that lives on.
struct Ir {
  std::span<const IrNode> nodes;
  std::span<const std::uint32_t> extra;
  std::span<const IrFunction> functions;
  std::span<const IrFormal> formals;
  std::span<const IrParameter> parameters;
  std::span<const Symbol> names;
  std::string_view text;
  std::unique_ptr<const IrParts> parts;

  Ir() = default;
  explicit Ir(std::unique_ptr<const IrParts> owned);
  std::uint32_t file_function() const { return static_cast<std::uint32_t>(functions.size() - 1); }
};

// Replaces the symbols in nodes, extra and functions by indices into `names`, which it makes.
void number_names(IrParts& parts);

// Lowers a file without syntax errors. Null after vm.fail when a variable is undefined or nesting is too deep.
std::unique_ptr<Ir> lower(Vm& vm, const parser::Tree& tree, std::uint32_t file);

// The text form: one function after the other, one node a line.
std::string dump_ir(const Ir& ir);

}  // namespace evalctl::evaluator
