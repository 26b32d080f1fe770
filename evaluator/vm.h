// The virtual machine: what evaluation needs at run time, and the interface that builtins are written against.
//
// No C++ exception crosses evaluation. A function that fails sets the pending error (vm.fail) and returns no value (an
// empty Value, false, nullptr); its callers return at once. NIX_TRY does that.
#pragma once
#include <fmt/core.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/attrs.h"
#include "evaluator/context.h"
#include "evaluator/heap.h"
#include "evaluator/host.h"
#include "evaluator/native_table.h"
#include "evaluator/value.h"

// Declares `name` and leaves the function with no value if it failed.
#define NIX_TRY(name, ...)   \
  auto name = (__VA_ARGS__); \
  if (!name) return {}

namespace evalctl::evaluator {

enum class ErrorKind : std::uint8_t {
  Throw,               // caught by tryEval
  Assertion,           // caught by tryEval
  SearchPath,          // caught by tryEval
  Abort, Type, Undefined, MissingAttribute, InfiniteRecursion, StackOverflow, Other,
  Call,                // of what is no function
  MissingArgument, UnexpectedArgument,
  Coercion,            // to a string
  Syntax,
  // Two threads waited for each other (see evaluator/waiting.h), or another one has to do it (see Vm::may_act).
  Abandoned,
  // Of builtins, and of what they ask the machine for.
  DivisionByZero, Overflow,
  Index, EmptyList,
  Json, Toml, Regex,   // a text that should be one
  Context,             // a string that refers to a derivation where it must not
  FileContext,         // the same in a file that evaluation writes
  ImportFromDerivation,
  StoreName, Hash, HashAlgorithm, Impure, MissingFile, Fetch, Flake,
};

// A place that evaluation was at. Those without a text are the expressions around the failure, of interest to what looks
// for the user's own line only.
struct Frame {
  Position position;
  std::string text;
  // What the function had at hand, for whoever asks where a wrong value came from.
  ValueVector words;
};

struct EvalError {
  ErrorKind kind = ErrorKind::Other;
  std::string message;
  Position position;
  std::vector<Frame> frames;  // innermost first
  std::size_t dropped_frames = 0;  // further out, of a very deep recursion
  // The message shows what parts of a value were evaluated so far, or how deep the recursion was.
  bool depends_on_order = false;
  // Which operand of an operator, or which part of a string, was wrong; -1 when that is not what failed.
  int part = -1;
  // The part is an argument of a builtin's call; if that is a list: which of its elements.
  bool is_argument = false;
  int element = -1;
  // The value that is not what it should be, where there is one.
  ValueVector culprit{};
  // Of an undefined variable, a missing attribute or a wrong argument: its name, and those that would have been right.
  Symbol name;
  std::vector<Symbol> known;
  // What to do about it, where whoever fails knows that best.
  std::string help;
};

// What happens to literals that Nix discourages: the settings lint-*-literals.
struct Lints {
  enum Level : std::uint8_t { Ignore, Warn, Fatal };
  Level absolute_paths = Ignore, short_paths = Ignore, urls = Ignore;
};

// Symbols that the evaluator and builtins ask for all the time.
struct CommonSymbols {
  Symbol functor, to_string, out_path, drv_path, type, name, value, body, overrides, system, recurse, key, file, line,
      column, success, right, wrong, outputs, output_name, operator_, start_set, path, prefix, meta, args;
  CommonSymbols();
};

class Dependencies;
class NativeTier;
class Offers;

// The Vm of the running thread.
extern thread_local Vm* current_vm;

class Vm {
 public:
  // ---- What machine code reads and writes. It stands first, where instructions reach it by short addresses.
  std::uint32_t depth = 0, max_call_depth = 1'000'000;
  // The lowest address that frames may reach, unless another thread wants this one to stand still: see stack_floor.
  std::atomic<char*> stack_limit{nullptr};
  const NativeTable native_table = evaluator::native_table();

  explicit Vm(Host& host);
  // Of another thread of the same evaluation; made on that thread, by run_on_other_thread. `number` is its own, from 1.
  // With `offers` it works ahead on them.
  Vm(Vm& first, std::uint8_t number, Offers* offers = nullptr);
  ~Vm();

  Host& host;
  CommonSymbols symbols;
  Lints lints;

  // ---- Errors
  std::unique_ptr<EvalError> error;  // pending
  // Sets the pending error. Returns no value, so that `return vm.fail(...)` reads well.
  Value fail(ErrorKind kind, std::string message, Position position = {});
  template <class... A>
  Value fail_type(fmt::format_string<A...> format, A&&... arguments) {
    return fail(ErrorKind::Type, fmt::format(format, std::forward<A>(arguments)...));
  }
  template <class... A>
  Value fail_as(ErrorKind kind, fmt::format_string<A...> format, A&&... arguments) {
    return fail(kind, fmt::format(format, std::forward<A>(arguments)...));
  }
  template <class... A>
  Value fail_other(fmt::format_string<A...> format, A&&... arguments) {
    return fail(ErrorKind::Other, fmt::format(format, std::forward<A>(arguments)...));
  }
  // What the machine, the store or the network could not do.
  Value fail(const base::Error& failure);
  // "expected a list but found a set: …", and the same for what cannot be made a string. They keep the value for whoever
  // asks where it came from.
  Value fail_expected(std::string_view expected, Value found);
  Value fail_coercion(Value found);
  Value fail_string_length(std::size_t bytes);
  // The same for a name that is not there; `known` are those that are.
  Value fail_name(ErrorKind kind, std::string message, Symbol name, std::vector<Symbol> known, Position position = {});
  // Adds a frame to the pending error. Returns no value.
  Value add_frame(std::string text, Position position = {}, ValueVector words = {});

  // ---- Evaluation. All return no value on failure.
  // Weak head normal form. Inline for what is not a thunk, and for one that has its result, as nearly half of them do.
  Value force(Value v) {
    if (!v.is_object()) return v;
    Kind kind = v.object()->kind.load(std::memory_order_acquire);
    if (kind >= Kind::Integer) return v;
    return kind == Kind::Forced ? as_code(v)->words[0] : force_slow(v);
  }
  // Forces in place: the slot is replaced by the result unless keeps_its_word(result).
  Value force_slot(Value& slot) {
    Value word = Value::read_word(slot);
    if (!word.is_object()) return word;
    Kind kind = word.object()->kind.load(std::memory_order_acquire);
    if (kind >= Kind::Integer) return word;
    Value result = kind == Kind::Forced ? as_code(word)->words[0] : force_slow(word);
    if (result && may_replace(word, result)) Value::replace_word(slot, result);
    return result;
  }
  Value call(Value function, Value argument) { return call(function, &argument, 1); }
  Value call(Value function, Value* arguments, std::uint32_t count);
  // A thunk of `function arguments...`.
  Value delay_call(Value function, std::initializer_list<Value> arguments);
  // Whether its `type` is "derivation". False with vm.error set when that fails.
  bool is_derivation(AttrsObject* attrs);
  // Forces everything inside; copes with cycles.
  bool force_deep(Value v);
  // Nix's ==. -1 on failure.
  int equal(Value a, Value b);
  // The same of elements of lists: a function is equal to itself.
  int equal_elements(Value& a, Value& b);
  // Nix's < (`lessThan`) on numbers, strings, paths, lists. -1 on failure.
  int less_than(Value a, Value b);
  // functor- and auto-call-aware: calls `v` with arguments from `args` (an attribute set or no value) when it is a lambda with formals.
  Value auto_call(Value v, Value args);

  // ---- Typed forcing; `what` completes "while evaluating <what>" ("" for none). nullptr/no value on failure.
  // In line where the value is at hand and as it should be, which it mostly is.
  bool force_integer(Value v, std::int64_t& out, std::string_view what = "") {
    Value forced = force_kind(v, Kind::Integer, "an integer", what);
    if (forced) out = forced.integer();
    return bool(forced);
  }
  bool force_float(Value v, double& out, std::string_view what = "");  // accepts integers
  bool force_bool(Value v, bool& out, std::string_view what = "");
  const StringObject* force_string(Value v, std::string_view what = "") { return as_string(force_kind(v, Kind::String, "a string", what)); }
  const StringObject* force_string_no_context(Value v, std::string_view what = "") {
    const StringObject* s = force_string(v, what);
    return s && s->context ? has_context(s, what) : s;
  }
  ListObject* force_list(Value v, std::string_view what = "") {
    Value list = force_kind(v, Kind::List, "a list", what);
    return list ? as_list(list) : nullptr;
  }
  AttrsObject* force_attrs(Value v, std::string_view what = "") { return as_attrs(force_kind(v, Kind::Attrs, "a set", what)); }
  // Closures, builtins, functors.
  Value force_function(Value v, std::string_view what = "") {
    Value forced = force(v);
    return forced && forced.is_function() ? forced : functor_or_fail(forced, what);
  }

  // ---- Coercion to a string: adds to `context` (start with nullptr). false on failure.
  // coerce_more: bools, null, numbers and lists too. copy_to_store: paths become store paths, else their text.
  bool coerce_to_string(Value v, std::string& out, const Context*& context, bool coerce_more, bool copy_to_store,
                        std::string_view what = "");
  // A string or path, or a set with outPath/__toString, as an absolute path text with its context.
  bool coerce_to_path(Value v, std::string& out, const Context*& context, std::string_view what = "");
  // "an integer", "a set", "the built-in function 'map'", ... for messages; typeOf's names by type_name.
  static std::string describe_type(Value forced);
  static std::string_view type_name(Value forced);
  // Text of a value for messages, as Nix writes it there: never forces; what is deep, long or large is elided.
  std::string show(Value v);
  // Whether the last text of `show` tells which parts of a value were evaluated.
  bool showed_parts = false;
  // The same in at most about three lines, derivations by their names.
  std::string show_briefly(Value v);
  // The same without limits: what `trace` writes. False when it nests too deeply.
  bool show_all(Value v, std::string& out);

  // ---- Making values
  Value integer(std::int64_t i) {
    std::int64_t shifted = static_cast<std::int64_t>(static_cast<std::uint64_t>(i) << 1);
    return (shifted >> 1) == i ? Value(static_cast<std::uint64_t>(shifted) | 1) : boxed_integer(i);
  }
  Value boxed_integer(std::int64_t i);
  Value floating(double d);
  Value string(std::string_view text, const Context* context = nullptr);
  // A string of at least two bytes, to be filled in.
  StringObject* new_string(std::size_t size, const Context* context);
  Value path(std::string_view absolute);
  // The string that is the text of `name`; always the same object.
  Value name_string(Symbol name);
  ListObject* new_list(std::size_t size);  // fill all items
  ListObject* begin_list(void* room, std::size_t size);
  Value list(std::span<const Value> items);
  Value list(std::initializer_list<Value> items) { return list(std::span(items.begin(), items.size())); }
  Value builtin(const BuiltinRow* row);
  Value empty_list, empty_attrs, empty_string;

  // The thread's number: 0 of the first one.
  const std::uint8_t number = 0;
  // Where this thread offers values that it will force, when others work ahead; see evaluator/offers.h.
  Offers* offers = nullptr;
  // The first thread, and nobody works ahead of it: no other thread evaluates meanwhile (run_on_threads).
  bool is_alone() const { return (reinterpret_cast<std::uintptr_t>(offers) | number) == 0; }
  // This thread does so, and nobody may notice.
  const bool works_ahead = false;
  // Notes what results depend on, for who evaluates again after an edit; null: nobody does.
  Dependencies* dependencies = nullptr;

  // Raw memory for an object, 8-byte aligned, zeroed.
  void* allocate(std::size_t bytes) { return heap.allocate(bytes); }
  Heap heap;
  // Words that a collection must keep and that stand neither on a native stack nor in a Traced container.
  ValueVector kept;

  // ---- Files: text of positions. File 0 is nowhere.
  // Registers a source (path as shown; text must live on) and returns its number.
  std::uint32_t add_file(std::string path, std::string_view text);
  struct Where { std::string_view file; std::uint32_t line, column; };  // 1-based, columns in bytes
  Where where(Position position) const;

  // Parses and evaluates `text` as file `file_name`; relative paths are resolved against `directory`. Static errors
  // (syntax, undefined variables) fail. `scope`: extra variables (scopedImport), or no value.
  Value evaluate_text(std::string_view text, const std::string& file_name, const std::string& directory, Value scope = {});

  // The names every expression sees: builtins, true, map, __add, ...
  void define_global(Symbol name, Value value);
  // What `name` means in `file` where nothing binds it; no value when it is unknown.
  Value global(Symbol name, std::uint32_t file);

  struct Statistics {
    std::uint64_t calls = 0, builtin_calls = 0, thunks = 0, thunks_forced = 0, avoided = 0, lookups = 0, updates = 0, update_copied = 0,
        cached_code = 0, known_files = 0, known_folders = 0, sets = 0, set_elements = 0, lists = 0, list_elements = 0, strings = 0;
    void add(const Statistics& other);
  } statistics;

  // Counts one level of nesting for as long as it lives; converts to false when too deep (the error is set).
  class Depth;

  // Places of names that were looked up lately, each where its key says. Zeroed memory that is touched when it is used.
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  const std::unique_ptr<KnownPlace[], Free> known_places{static_cast<KnownPlace*>(std::calloc(KnownPlace::kCount, sizeof(KnownPlace)))};

  KnownUpdates known_updates;

  // What makes machine code (evaluator/native.h), where there is such, and how often a function runs before it is asked.
  NativeTier* native_tier = nullptr;
  std::int32_t native_heat = INT32_MAX;

  struct Program;  // code, globals, files: evaluator/program.h
  Program& program() { return *program_; }
  // The lowest address that frames may reach.
  char* stack_floor = nullptr;
  void set_stack_floor(char* floor) {
    stack_floor = floor;
    stack_limit.store(floor, std::memory_order_relaxed);
  }
  // Whether the depth that was just counted is allowed, for what is below stack_limit. May stand still before.
  bool may_go_deeper();
  // To be asked before anything that is seen outside of evaluation or changes the world. False when another thread has to do
  // it: the pending error is then ErrorKind::Abandoned.
  bool may_act() {
    if (works_ahead) [[unlikely]] fail(ErrorKind::Abandoned, "to be done by the thread that needs the value");
    return !works_ahead;
  }
  // The forced value if it is of that kind; otherwise fails.
  Value force_kind(Value v, Kind kind, std::string_view expected, std::string_view what) {
    Value forced = force(v);
    return forced && forced.is(kind) ? forced : wrong_kind(forced, expected, what);
  }
  // The value, if it is a set that may be called.
  Value functor_or_fail(Value forced, std::string_view what);
  // Without any value: evaluation has failed. Both return none.
  Value wrong_kind(Value forced, std::string_view expected, std::string_view what);
  const StringObject* has_context(const StringObject* s, std::string_view what);
  Value force_slow(Value v);
  Value force_claimed(Object* object);
  Value force_noting(Object* object, Kind kind);
  // Of as many arguments as the builtin takes.
  Value call_builtin(Value function, Value* arguments);
  Value call_slow(Value function, Value* arguments, std::uint32_t count);
  // Sets the error of too deep recursion, or of an exhausted heap.
  Value too_deep();
  // Sets the error of memory that cannot be had. To be called where an exception of what makes large objects must go no further.
  Value out_of_memory(const std::bad_alloc& why);
  template <class Visit>
  void visit_shared_strings(Visit visit) {
    for (Value& v : byte_strings_) visit(v);
  }

 private:
  ValueVector name_strings_;  // by symbol id
  Value byte_strings_[256];   // of one byte each
  std::shared_ptr<Program> program_;
};

// In line, since `map` and its like make one after the other.
inline Value Vm::delay_call(Value function, std::initializer_list<Value> arguments) {
  auto* object = static_cast<ApplyObject*>(allocate(sizeof(ApplyObject) + arguments.size() * sizeof(Value)));
  object->kind.store(Kind::Apply, std::memory_order_relaxed);
  object->flags = kApplyFlag;
  object->size = static_cast<std::uint32_t>(arguments.size());
  object->function_or_result = function;
  std::size_t i = 0;
  for (const Value& argument : arguments) object->arguments[i++] = Value::read_word(argument);
  ++statistics.thunks;
  return Value(object);
}

inline ListObject* Vm::new_list(std::size_t size) { return begin_list(allocate(sizeof(ListObject) + size * sizeof(Value)), size); }

inline ListObject* Vm::begin_list(void* room, std::size_t size) {
  auto* object = static_cast<ListObject*>(room);
  object->kind.store(Kind::List, std::memory_order_relaxed);
  object->size = static_cast<std::uint32_t>(size);
  ++statistics.lists;
  statistics.list_elements += size;
  return object;
}

// Every recursion through values (calls, equality, coercion, JSON, printing) holds one.
class Vm::Depth {
 public:
  explicit Depth(Vm& vm) : vm_(vm) {
    ++vm.depth;
    ok_ = vm.depth <= vm.max_call_depth &&
          static_cast<char*>(__builtin_frame_address(0)) > vm.stack_limit.load(std::memory_order_relaxed);
    if (!ok_) [[unlikely]] {
      ok_ = vm.may_go_deeper();
      if (!ok_) vm.too_deep();
    }
  }
  ~Depth() { --vm_.depth; }
  explicit operator bool() const { return ok_; }

 private:
  Vm& vm_;
  bool ok_;
};

// Address space for the stack of a command's evaluation; only what is touched takes memory.
inline constexpr std::size_t kStackBytes = std::size_t{16} << 30;

// Runs `body` on a thread whose stack is `bytes` of reserved address space; sets vm.stack_limit for it.
void run_on_large_stack(Vm& vm, std::size_t bytes, void (*body)(void*), void* argument);
// Runs `body` on `count` threads at once, each with a Vm and such a stack of its own; gives back once all have ended. With
// fewer threads than wanted when the machine has no more. What the Vms counted is added to that of `first`.
void run_on_threads(Vm& first, std::uint32_t count, std::size_t bytes, const std::function<void(Vm&)>& body);

// Runs `body` on this thread, while `helpers` others work ahead (evaluator/offers.h).
void run_with_helpers(Vm& vm, std::uint32_t helpers, std::size_t bytes, const std::function<void()>& body);

// Runs `body`, which may take long and touches no value; other threads may collect meanwhile.
template <class Body>
void while_away(Body&& body) {
  if (current_vm) current_vm->heap.while_away(body);
  else body();
}

// Locks a mutex whose holder may allocate or take long. None is held while Nix code is evaluated: it could need what
// another thread evaluates, which waits for the mutex.
template <class Mutex>
std::unique_lock<Mutex> lock_away(Mutex& mutex) {
  std::unique_lock lock(mutex, std::try_to_lock);
  if (!lock) while_away([&] { lock.lock(); });
  return lock;
}

}  // namespace evalctl::evaluator
