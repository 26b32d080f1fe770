// The intermediate representation of one file: names resolved to places, laziness explicit, bindings grouped and sorted.
//
// A function is what runs in one frame: a lambda, or a delayed expression (arity 0). It is a tree of nodes; a Lambda or
// Thunk node leads to another function of the same file. Every variable is a slot of its own function or a word captured
// from the function around. Bytecode is made from a function when it first runs, so an unused one costs its bytes only.
//
// Depends on nothing but the text of the file and the set of global names, and holds neither addresses nor symbols of the
// process, so that another one can use it (ir_record.h). A name is an index into `names`; 0 is none.
//
// All functions stand in one text of bytes, those inside of others before them. A function is one stretch, so that making its
// bytecode looks at few lines of memory:
//
//   node | node ... | body | head
//
// Its number is where its head begins. Numbers stand in groups of 7 bits, the lowest first, all but the last with the eighth
// bit; a node is named by where it begins in the stretch, and stands behind its parts. `?` marks what is 0 or a node + 1, a
// place is slot * 2 or captured word * 2 + 1, offsets count from that of the function.
//
//   head         traits, captured words, offset in the file, bytes of nodes, body, slots; of a lambda also its name,
//                (name, offset) of each parameter; with a pattern how many formals, and (name, offset, default?) of each
//   node         kind, offset, what ir.def says
//   traits       arity, kHasPattern, kHasEllipsis, leaf * kLeafUnit
//   group        count, flags; slot of the first binding, where it is recursive; how many sources there are, and (slot, word)
//                of each source of `inherit (e)`; how many dynamic attributes; (name, offset, word) of each binding, in no
//                order that means anything; (name node, offset, word) of each dynamic attribute
//   path         elements, default?, of each its offset and name; where that is computed, 0 and a node
//   child        traits, captured words; of a delayed expression its hints; the places of the captured words; with
//                kLazySelect, which has one of those, how many names, which follow
#pragma once
#include <cstdint>
#include <cstdlib>
#include <cstring>
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
#define IR(name, numbers) name,
#include "evaluator/ir.def"
};

constexpr std::uint32_t kNone = UINT32_MAX;

// Reads one number after the other.
class IrReader {
 public:
  explicit IrReader(const std::uint8_t* at) : at_(at) {}
  std::uint32_t number() {
    std::uint32_t value = *at_++;
    return value < 0x80 ? value : longer(value & 0x7f);
  }
  std::uint64_t long_number();
  std::uint8_t byte() { return *at_++; }
  // Of what is 0 or a node + 1; kNone for 0.
  std::uint32_t optional() { return number() - 1; }
  std::string_view text(std::size_t bytes) const { return {reinterpret_cast<const char*>(at_), bytes}; }
  const std::uint8_t* at() const { return at_; }

 private:
  std::uint32_t longer(std::uint32_t value) {
    for (unsigned shift = 7;; shift += 7) {
      std::uint32_t byte = *at_++;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  const std::uint8_t* at_;
};

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

// Bytes that are written one after the other.
class IrWriter {
 public:
  static constexpr std::size_t kMostOfNumber = 10;  // bytes
  std::uint32_t size() const { return static_cast<std::uint32_t>(end_ - bytes_.get()); }
  const std::uint8_t* data() const { return bytes_.get(); }
  void clear() { end_ = bytes_.get(); }
  void shrink();
  // Room for so many bytes more.
  void reserve(std::size_t count) {
    if (static_cast<std::size_t>(limit_ - end_) < count) grow(count);
  }
  // There must be room.
  void byte(std::uint8_t byte) { *end_++ = byte; }
  void number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) byte(static_cast<std::uint8_t>(number | 0x80));
    byte(static_cast<std::uint8_t>(number));
  }
  // Make room themselves.
  void add_number(std::uint64_t added) {
    reserve(kMostOfNumber);
    number(added);
  }
  void add(const void* bytes, std::size_t count) {
    reserve(count);
    if (count > 0) std::memcpy(end_, bytes, count);
    end_ += count;
  }

 private:
  void grow(std::size_t count);
  void resize(std::size_t wanted);

  std::unique_ptr<std::uint8_t, FreeMemory> bytes_;
  std::uint8_t *end_ = nullptr, *limit_ = nullptr;
};

struct IrNode {
  IrKind kind;
  std::uint32_t offset;  // in the file
  std::uint32_t a, b;
  IrReader rest;
};

// Where the word of a variable is: a slot of the function, or kCapturedWord | index.
using Place = std::uint32_t;
constexpr Place kCapturedWord = 1u << 31;

inline Place read_place(IrReader& in) {
  std::uint32_t number = in.number();
  return number >> 1 | number << 31;
}
inline std::uint32_t number_of_place(Place place) { return place << 1 | place >> 31; }

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

// What making an object of a function needs.
struct IrTraits {
  std::uint16_t capture_count = 0;
  std::uint8_t arity = 0;            // x: y: z is one function of arity 3
  bool has_pattern = false;          // of the one parameter
  bool ellipsis = false;
  LeafPart leaf = kNoLeaf;
};
constexpr std::uint32_t kArityMask = 15, kHasPattern = 16, kHasEllipsis = 32, kLeafUnit = 64;

inline IrTraits traits_of(std::uint32_t bits, std::uint32_t captures) {
  return {static_cast<std::uint16_t>(captures), static_cast<std::uint8_t>(bits & kArityMask), (bits & kHasPattern) != 0,
          (bits & kHasEllipsis) != 0, static_cast<LeafPart>(bits / kLeafUnit)};
}

struct IrFunction : IrTraits {
  const std::uint8_t* nodes;
  std::uint32_t offset, body, slots;
  std::uint32_t name = 0;            // of a lambda, where it is bound to one
  IrReader parameters;
};

// Group flags.
constexpr std::uint32_t kRecursive = 1, kHasOverrides = 2;

struct IrGroup {
  explicit IrGroup(IrReader in);
  std::uint32_t count, flags, base = 0, source_count, dynamic_count;
  IrReader sources, bindings;
};

// Whether a delayed expression is worth a try to compute it at once: from the first time on, or, where it may well have to be
// delayed all the same, once it has been evaluated.
enum class Worth : std::uint8_t { None, Later, First };
// Hints: a Worth, and whether the expression is `x.a.b` for a captured word x.
constexpr std::uint8_t kWorthMask = 3, kLazySelect = 4;

// What a Lambda or Thunk node makes.
struct IrChild : IrTraits {
  explicit IrChild(const IrNode& node);
  std::uint32_t function;
  Worth worth = Worth::None;
  bool is_lazy_select = false;
  IrReader captures;
};

inline IrChild::IrChild(const IrNode& node) : function(node.a), captures(node.rest) {
  std::uint32_t traits = captures.number();
  static_cast<IrTraits&>(*this) = traits_of(traits, captures.number());
  if (arity > 0) return;
  std::uint8_t hints = captures.byte();
  worth = static_cast<Worth>(hints & kWorthMask);
  is_lazy_select = (hints & kLazySelect) != 0;
}

// What lowering fills.
struct IrParts {
  IrWriter bytes;
  std::vector<Symbol> names;            // the first one is none
  std::vector<std::uint32_t> functions; // as they stand; the last one is the file
  // Of a followed file: the places of the captured words of each function, in the same order.
  std::vector<std::vector<Place>> captures;
  // Paths as written: those that stand in lists, and the first ones of all.
  static constexpr std::size_t kFirstPaths = 64;
  std::vector<std::string> listed_paths, first_paths;
  std::size_t path_count = 0;
};

// Looks at parts, or at a record, that live on.
struct IrView {
  const std::uint8_t* bytes = nullptr;
  std::span<const Symbol> names;
  std::uint32_t file_function = 0;

  IrFunction function(std::uint32_t number) const;
  // Fetches what making bytecode of a function will look at first: its head, and its body in front of that.
  void prefetch(std::uint32_t number) const {
    __builtin_prefetch(bytes + number);
    __builtin_prefetch(bytes + (number > kLine ? number - kLine : 0));
  }
  // The same right before, when all of it is wanted at once; most functions take no more.
  void prefetch_now(std::uint32_t number) const {
    prefetch(number);
    __builtin_prefetch(bytes + (number > 2 * kLine ? number - 2 * kLine : 0));
  }
  static constexpr std::uint32_t kLine = 64;  // of the processor's caches
  IrParameter parameter(const IrFunction& function, std::uint32_t index) const;
  // In the order of the text. `function` has a pattern.
  std::vector<IrFormal> formals(const IrFunction& function) const;
};

struct Ir : IrView {
  std::unique_ptr<const IrParts> parts;  // of what was lowered by this process

  Ir() = default;
  explicit Ir(std::unique_ptr<const IrParts> owned);
};

// How many numbers stand in a node of a kind before the rest.
constexpr std::uint8_t kIrNumbers[] = {
#define IR(name, numbers) numbers,
#include "evaluator/ir.def"
};

inline IrNode node_at(const IrFunction& function, std::uint32_t node) {
  IrReader in(function.nodes + node);
  auto kind = static_cast<IrKind>(in.byte());
  std::uint32_t offset = function.offset + in.number(), a = 0, b = 0;
  std::uint8_t numbers = kIrNumbers[static_cast<std::size_t>(kind)];
  if (numbers > 0) a = in.number();
  if (numbers > 1) b = in.number();
  return {kind, offset, a, b, in};
}

std::int64_t integer_of(const IrNode& node);
double float_of(const IrNode& node);

// Lowers a file without syntax errors. Null after vm.fail when a variable is undefined or nesting is too deep.
std::unique_ptr<Ir> lower(Vm& vm, const parser::Tree& tree, std::uint32_t file);

// The text form: one function after the other, one node a line. Of what was lowered by this process.
std::string dump_ir(const Ir& ir);

}  // namespace evalctl::evaluator
