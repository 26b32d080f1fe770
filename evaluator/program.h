// Compiled code and what all code of a Vm shares.
//
// A Code stands for one IR function and has a number, which closures and thunks keep in their header. Its Body, the
// bytecode, is made when it first runs.
//
// An operand is 32 bits: the two highest say where (register, captured word, constant, word of the outer closure), the rest
// which. A frame is the registers of one Body: the slots of the IR function, then temporaries. Each instruction runs at most once in a frame,
// since the language has no loops.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/light_mutex.h"
#include "evaluator/attrs.h"
#include "evaluator/ir.h"
#include "evaluator/shared_calls.h"
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
constexpr Operand kRegister = 0u << 30, kCapture = 1u << 30, kConstant = 2u << 30, kOuter = 3u << 30, kOperandMask = (1u << 30) - 1;

// Longer calls are made in several steps; functions have at most as many parameters.
constexpr std::uint32_t kMaximumArguments = 8;

// A place where a name is looked up, with an inline cache: number of a shape << 32 | place of the name (see shape.h).
struct Site {
  Symbol name;
  std::uint32_t target = 0;  // where TrySelect jumps; of the first site of a LazySelect, how often it was in vain
  mutable std::atomic<std::uint64_t> cache{0};
};

// How the formals of a function were found in the last argument: the number of its shape and the place of each formal
// (kNoPlace: the default applies).
struct FormalPlan {
  std::uint32_t shape;
  std::uint32_t places[];
};

// The shape of a literal, and how many names it has.
struct LiteralShape {
  Shape shape;
  std::uint32_t count;
};

// Machine code of a body: see evaluator/native.h.
using NativeEntry = void (*)();

// Bytecode of one function. Never freed. What each run needs stands last, beside the instructions, which follow.
struct Body {
  const std::uint32_t* offsets;    // of each instruction, in bytes of the file
  std::span<const IrFormal> formal_list;
  std::uint32_t registers, instruction_count, constant_count;
  // Number of the shape of the last argument there was no plan for.
  mutable std::atomic<std::uint32_t> missed_shape{0};
  mutable std::atomic<bool> was_looked_up{false};  // in the cache of machine code
  bool is_early;                   // may be computed at once: see evaluator/early.h
  mutable std::atomic<const FormalPlan*> formals{nullptr};
  mutable std::atomic<NativeEntry> native{nullptr};
  const Instruction* instructions;
  Value* constants;
  Site* sites;
  const Operand* operands;
  const LiteralShape* shapes;
  // Where the words are that the IR function captures; null: each is captured. Otherwise several of them stand in a closure
  // around, the outer one, which is captured word 0.
  const Operand* captured = nullptr;
  std::uint32_t first_child;       // children have consecutive numbers
  std::uint32_t frame_pairs;       // of registers
};

struct Code {
  const Body* body;        // null until it first runs; other threads may set it: see body_if_made
  // Runs that are left until the native tier is asked; kMachineCode once there is machine code. Beside `body`, so that a run
  // writes where it has read.
  mutable std::int32_t heat;
  std::uint32_t file;
  std::uint32_t function;  // of the file's IR
  std::uint16_t captures;
  std::uint8_t arity;      // 0: a thunk
  bool has_pattern : 1;
  bool ellipsis : 1;
  bool is_leaf : 1;        // of a followed file: its runs are noted
  bool is_file : 1;        // the function that a file is: see evaluator/shared_calls.h
};
static_assert(sizeof(Code) == 24);

// The words of the outer closure.
inline Value* outer_words(const Value* captures) { return as_code(Value::read_word(captures[0]))->words; }

// Of the closures or thunks of a code. A thunk needs room for its result.
inline std::uint32_t words_of(const Code& code) { return code.arity == 0 && code.captures == 0 ? 1 : code.captures; }

// Copies what is nearly always one to three words: a call of memcpy, which compilers make of a loop, takes longer.
inline void copy_few(Value* to, const Value* from, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) to[i] = Value::read_word(from[i]);
}

// All codes by number; one reserved stretch of address space, so that it never moves.
extern Code* const code_table;
inline const Code& code_of(const Object* object) { return code_table[object->size]; }
inline const Body* body_if_made(const Code& code) { return __atomic_load_n(&code.body, __ATOMIC_ACQUIRE); }

// A text that is read when somebody asks for it. Thread-safe.
class UnreadText {
 public:
  virtual ~UnreadText() = default;
  // It lives as long as the process.
  virtual std::string_view text() const = 0;
  virtual parser::LineIndex lines() const = 0;
};

// What a text is to the program.
enum class TextRole : std::uint8_t {
  Part,
  // What the program begins with.
  Main,
  // The same, and what it comes to is printed as far as it is evaluated.
  ShownMain,
};

struct SourceFile {
  std::string path;
  std::string_view known_text;
  const UnreadText* unread = nullptr;  // where it is set, known_text is empty
  std::string_view text() const { return unread ? unread->text() : known_text; }
  std::string directory;
  std::unique_ptr<parser::LineIndex> lines;
  std::unique_ptr<const Ir> ir;
  Value scope;  // of scopedImport, or no value
  // In a group of bindings, one that names one before it is the same word, as in Nix.
  bool shares_words = false;
  // All is delayed that Nix delays: which of it is evaluated will be seen.
  bool shows_delays = false;
  bool is_followed = false;      // see evaluator/dependencies.h
  bool place_was_asked = false;  // where something in it stands
  bool has_moved = false;        // what stands in it, by an edit that is not in `text`
  bool is_version = false;       // of an earlier file
  std::uint32_t last_version = 0;  // the number of what it was edited to; 0: it was not
  std::unordered_map<std::uint32_t, std::uint32_t> last_leaves;  // functions of leaves -> those in the last version
};

// The files of a program by number, from 0, which is nowhere. Files are added by any thread, and never move.
class SourceFiles {
 public:
  SourceFiles() { add({}); }
  ~SourceFiles();
  SourceFiles(const SourceFiles&) = delete;
  // Returns the number. Its IR may follow, and has to be told of before any of its code is known.
  std::uint32_t add(SourceFile file);
  void tell_ir(std::uint32_t number);
  // What bytecode is made of. Those of all files take few lines of memory.
  const IrView& ir_of(std::size_t i) const { return page_of(i).irs[i & (kPageFiles - 1)]; }
  std::uint32_t size() const { return count_.load(std::memory_order_acquire); }
  SourceFile& operator[](std::size_t i) const { return page_of(i).files[i & (kPageFiles - 1)]; }

  class Iterator {
   public:
    Iterator(const SourceFiles& files, std::uint32_t i) : files_(files), i_(i) {}
    SourceFile& operator*() const { return files_[i_]; }
    Iterator& operator++() { ++i_; return *this; }
    bool operator!=(const Iterator& other) const { return i_ != other.i_; }

   private:
    const SourceFiles& files_;
    std::uint32_t i_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  static constexpr std::uint32_t kPageBits = 8, kPageFiles = 1 << kPageBits, kPages = 1 << 16;
  struct Page {
    SourceFile files[kPageFiles];
    IrView irs[kPageFiles];
  };
  Page& page_of(std::size_t i) const { return *pages_[i >> kPageBits].load(std::memory_order_acquire); }
  std::mutex mutex_;
  std::atomic<std::uint32_t> count_{0};
  // Zeroed memory that is touched when it is used.
  const std::unique_ptr<std::atomic<Page*>[], FreeMemory> pages_{static_cast<std::atomic<Page*>*>(std::calloc(kPages, sizeof(std::atomic<Page*>)))};
};

struct NumberRange { std::uint32_t first, last; };

struct Vm::Program {
  SourceFiles files;
  // Symbols of what the program begins with: see evaluator/name_order.h. Complete before there is a second thread.
  std::vector<NumberRange> main_names;
  // By symbol id; complete before there is a second thread.
  std::unordered_map<std::uint32_t, Value, std::hash<std::uint32_t>, std::equal_to<std::uint32_t>,
                     TracedAllocator<std::pair<const std::uint32_t, Value>>>
      globals;
  SharedCalls shared_calls;
  bool shares_calls = false;
  // Held while bytecode is made by one of several threads, and while lines of a file are counted.
  base::LightMutex generating;
  std::mutex counting;
  // All bodies, and how many of them the last collection has seen; with `generating` held.
  std::vector<const Body*> bodies;
  std::size_t old_bodies = 0;
  // Body::captured of codes that have no body yet, where it is not null; with `generating` held.
  std::unordered_map<std::uint32_t, const Operand*> captured;

  // A word that lives as long as the program, and keeps what it holds.
  Value* new_word();
  template <class Visit>
  void visit_words(Visit visit) {
    for (SourceFile& file : files) visit(file.scope);
    for (Kept& kept : words_) visit(kept.word);
  }

 private:
  struct Kept { Value word; };
  std::mutex mutex_;
  std::deque<Kept> words_;
};

// What messages and builtins ask about a function.
IrFunction function_of(Vm& vm, const Code& code);
// The name that a lambda is bound to where it is written; id 0: none.
Symbol name_of(Vm& vm, const Code& code);
Position position_of(Vm& vm, const Code& code);
// Whether all that a function comes to, after its last argument, is whether one thing is less than another, or than 0, which is how orders
// are told. Makes the bytecode if need be.
bool is_comparison(Vm& vm, Value function);
// Makes the bytecode if need be.
std::span<const IrFormal> formals_of(Vm& vm, const Code& code);
// Of a closure or a partial application of one: the next parameter and where its lambda stands.
IrParameter parameter_of(Vm& vm, Value function);

// Takes `count` consecutive numbers; returns the first. Thread-safe. Each has to be defined before it is used.
std::uint32_t add_codes(std::uint32_t count);
inline void define_code(std::uint32_t number, std::uint32_t file, std::uint32_t function, const IrTraits& traits, bool is_file = false) {
  code_table[number] = {nullptr, 0, file, function, traits.capture_count, traits.arity, traits.has_pattern, traits.ellipsis, traits.leaf == kLeaf, is_file};
}
// Parses and lowers a file, whose text must live on. Null after vm.fail: syntax errors, undefined variables.
// `ready`: what lower_quietly made of the text.
const Code* compile(Vm& vm, std::string_view text, std::string file_name, std::string directory, Value scope = {},
                    std::unique_ptr<const Ir> ready = {}, TextRole role = TextRole::Part);
// As Vm::evaluate_text, of a text in that role.
Value evaluate_as(Vm& vm, TextRole role, std::string_view text, const std::string& file_name, const std::string& directory);
// Parses and lowers a text on any thread, without lints. Null where compile would have to tell something.
std::unique_ptr<const Ir> lower_quietly(Vm& vm, std::string_view text);
// The same for a file whose IR is there already, with nothing of another file's text in it.
const Code* add_lowered(Vm& vm, std::unique_ptr<const Ir> ir, const UnreadText& text, std::string file_name, std::string directory);
// Makes the bytecode of `code`.
const Body* generate(Vm& vm, const Code& code);
// The text form of the bytecode of `code`, which is made if need be.
std::string dump_code(Vm& vm, const Code& code);

// Code::heat of what has machine code; no other is below zero. Who reads it finds Body::native set.
constexpr std::int32_t kMachineCode = -1;
inline std::int32_t heat_of(const Code& code) { return __atomic_load_n(&code.heat, __ATOMIC_ACQUIRE); }
inline void set_heat(const Code& code, std::int32_t heat) { __atomic_store_n(&code.heat, heat, __ATOMIC_RELEASE); }

// Runs `code` on as many arguments as it has parameters. Returns a forced value.
Value run(Vm& vm, const Code& code, Value* captures, const Value* arguments);

}  // namespace evalctl::evaluator
