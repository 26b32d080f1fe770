// Values: one 8-byte word each.
//
//   ...xxxx1  integer of 63 bits (larger ones are boxed)
//   ...000    pointer to a heap object with an 8-byte header (all zero: no value, an error is pending)
//   0x02 null, 0x0a false, 0x12 true
//
// A heap object that is a thunk stands for its result; Vm::force gives the result. Words that hold a thunk may be
// replaced by its result where may_replace says so.
//
// Several threads may read one object. Once others can reach it, nothing in it changes but this: a thunk gets its result,
// and a word that holds a thunk becomes that result (replace_word). Who reads a word twice may thus find two values that
// stand for the same; so it is read once.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "evaluator/symbol.h"

namespace evalctl::evaluator {

enum class Kind : std::uint8_t {
  // Not evaluated, or stands for its result. Everything below Integer is such.
  Thunk, Apply, Claimed, Tracked, Forced,
  Integer, Float, Null, Bool, String, Path, List, Attrs, Closure, Builtin, PartialApplication,
};

struct alignas(8) Object {
  std::atomic<Kind> kind;
  std::uint8_t flags;
  std::uint16_t extra;
  std::uint32_t size;
};
static_assert(sizeof(Object) == 8);

// ThreadSanitizer is told what machines give for free: words are written and read at once, and what a word points to was
// written before it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EVALCTL_CHECKED_WORDS 1
#endif
#endif

#ifdef EVALCTL_CHECKED_WORDS
class [[clang::trivial_abi]] Value {
 public:
  constexpr Value(const Value& other) : bits_(other.read()) {}
  constexpr Value& operator=(const Value& other) {
    if consteval {
      bits_ = other.bits_;
    } else {
      __atomic_store_n(&bits_, other.read(), __ATOMIC_RELEASE);
    }
    return *this;
  }
  constexpr std::uint64_t read() const {
    if consteval {
      return bits_;
    } else {
      return __atomic_load_n(&bits_, __ATOMIC_ACQUIRE);
    }
  }
#else
class Value {
 public:
#endif
  constexpr Value() = default;
  constexpr explicit Value(std::uint64_t bits) : bits_(bits) {}
  explicit Value(const Object* object) : bits_(reinterpret_cast<std::uint64_t>(object)) {}
  static constexpr Value null() { return Value(0x02); }
  static constexpr Value boolean(bool b) { return Value(std::uint64_t(b ? 0x12 : 0x0a)); }
  // What stands in a word that other threads may replace, and the replacement.
  static Value read_word(const Value& word) { return Value(__atomic_load_n(&word.bits_, __ATOMIC_ACQUIRE)); }
  static void replace_word(Value& word, Value result) { __atomic_store_n(&word.bits_, result.bits_, __ATOMIC_RELEASE); }
  // The same unless the word holds something else than `old` by now.
  static void replace_word(Value& word, Value old, Value result) {
    __atomic_compare_exchange_n(&word.bits_, &old.bits_, result.bits_, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
  }
  // Sets a word that is empty, unless another thread has done so meanwhile.
  static void set_empty_word(Value& word, Value first) { replace_word(word, Value(), first); }
  // False when this is no value: evaluation failed and Vm::error is set.
  explicit operator bool() const { return bits_ != 0; }
  std::uint64_t bits() const { return bits_; }
  bool operator==(const Value&) const = default;  // Same word. Not Nix's ==.

  bool is_small_integer() const { return bits_ & 1; }
  bool is_object() const { return (bits_ & 7) == 0; }
  Object* object() const { return reinterpret_cast<Object*>(bits_); }
  Kind kind() const {
    if (bits_ & 1) return Kind::Integer;
    if (bits_ & 7) return bits_ == 0x02 ? Kind::Null : Kind::Bool;
    return object()->kind.load(std::memory_order_acquire);
  }
  bool is_thunk() const { return (bits_ & 7) == 0 && object()->kind.load(std::memory_order_acquire) < Kind::Integer; }
  bool is_null() const { return bits_ == 0x02; }
  bool is_true() const { return bits_ == 0x12; }
  bool is_false() const { return bits_ == 0x0a; }
  bool is_function() const { return kind() >= Kind::Closure; }
  bool is(Kind k) const { return kind() == k; }

  // Each of these needs a forced value of that kind.
  inline std::int64_t integer() const;
  inline double floating() const;
  inline bool boolean() const { return bits_ == 0x12; }

 private:
  std::uint64_t bits_ = 0;
};
static_assert(sizeof(Value) == 8);

struct BoxedInteger : Object { std::int64_t value; };
struct BoxedFloat : Object { double value; };

class Context;  // evaluator/context.h: an interned sorted set of store references; null means none.

// Kind::String and Kind::Path. `size` is the length in bytes; a zero byte follows. A path is absolute and canonical.
struct StringObject : Object {
  const Context* context;
  char bytes[];
  std::string_view view() const { return {bytes, size}; }
};

// Flat, or joined (`extra` is 1): what `++` gave of many items, none of which was asked for yet. In a joined one stand its two sides, which
// go when the flat list is made, and that list. `size` is the number of items in any case.
struct ListObject : Object {
  Value items[];
  bool joined() const { return extra != 0; }
  static constexpr std::uint32_t kLeft = 0, kRight = 1, kFlat = 2, kJoinedWords = 3;
  // All words.
  std::uint32_t words() const { return joined() ? kJoinedWords : size; }
};

// Object::flags of an ApplyObject: it tells it from a CodeObject when the kind is Claimed or Forced. The other bits are those
// of the thread that claimed the thunk last.
constexpr std::uint8_t kApplyFlag = 1;
constexpr std::uint32_t kMostThreads = 127;

// Kind and flags of a thunk, which are claimed at once.
struct alignas(2) ThunkState {
  Kind kind;
  std::uint8_t flags;

  std::uint8_t owner() const { return flags >> 1; }
  static ThunkState of(const Object* object) {
    ThunkState state;
    __atomic_load(reinterpret_cast<const ThunkState*>(object), &state, __ATOMIC_ACQUIRE);
    return state;
  }
  // Claims the thunk for `thread`, if it still is in this state. Otherwise this becomes the state that it is in.
  bool claim(Object* object, std::uint8_t thread) {
    ThunkState claimed{Kind::Claimed, static_cast<std::uint8_t>((flags & kApplyFlag) | thread << 1)};
    return __atomic_compare_exchange(reinterpret_cast<ThunkState*>(object), this, &claimed, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
  }
};
static_assert(sizeof(ThunkState) == 2 && offsetof(Object, flags) == 1);

// A delayed `function argument...`: result of builtins such as map. size = number of arguments.
struct ApplyObject : Object {
  Value function_or_result;
  Value arguments[];
};

// Kind::Thunk and Kind::Closure: `size` is the number of the code (evaluator/program.h), `extra` that of its words,
// which are those captured. A thunk has one at least.
// Once Forced, words[0] is the value (never itself a thunk). Once Tracked, it is a list: see evaluator/dependencies.h.
struct CodeObject : Object {
  Value words[];
};

struct BuiltinRow;  // evaluator/builtin.h
// `extra` is the number of parameters.
struct BuiltinObject : Object { const BuiltinRow* row; };

// A builtin or closure with too few arguments so far; size = how many.
struct PartialObject : Object {
  Value function;
  Value arguments[];
};

// Whether a word that holds a thunk must go on holding it when this is the result. `==` tells the same function from an
// equal one; and Nix's printer tells the same list of one or two elements from an equal one, but not an empty one.
inline bool keeps_its_word(Value result) {
  Kind kind = result.kind();
  return kind >= Kind::Closure || (kind == Kind::List && result.object()->size - 1 < 2);
}

// Whether a word may be replaced by the result of what it holds.
inline bool may_replace(Value word, Value result) { return !keeps_its_word(result) && word.object()->kind.load(std::memory_order_relaxed) != Kind::Tracked; }
// A thunk that has its result.
inline bool is_evaluated(Value v) {
  Kind kind = v.kind();
  return kind == Kind::Forced || kind == Kind::Tracked;
}

// A word as it is to be handed on: if it holds a thunk with a result, that becomes its place.
inline Value settled(Value& slot) {
  Value word = Value::read_word(slot);
  if (word.kind() != Kind::Forced) return word;
  Value result = static_cast<const CodeObject*>(word.object())->words[0];
  if (keeps_its_word(result)) return word;
  Value::replace_word(slot, result);
  return result;
}

inline std::int64_t Value::integer() const {
  return (bits_ & 1) ? static_cast<std::int64_t>(bits_) >> 1 : static_cast<const BoxedInteger*>(object())->value;
}
inline double Value::floating() const { return static_cast<const BoxedFloat*>(object())->value; }
inline const StringObject* as_string(Value v) { return static_cast<const StringObject*>(v.object()); }
// The flat list, which has to be allocated the first time where many were joined.
ListObject* flat_list(ListObject* joined);
inline ListObject* as_list(Value v) {
  auto* list = static_cast<ListObject*>(v.object());
  return list->joined() ? flat_list(list) : list;
}
inline PartialObject* as_partial(Value v) { return static_cast<PartialObject*>(v.object()); }
// The row of a builtin or of a partial application of one; null for other functions.
inline const BuiltinRow* builtin_row(Value v) {
  if (v.is(Kind::PartialApplication)) v = as_partial(v)->function;
  return v.is(Kind::Builtin) ? static_cast<const BuiltinObject*>(v.object())->row : nullptr;
}
// A function written in Nix, or a partial application of one: a lambda all the same.
inline bool is_lambda(Value v) {
  if (v.is(Kind::PartialApplication)) v = as_partial(v)->function;
  return v.is(Kind::Closure);
}
inline CodeObject* as_code(Value v) { return static_cast<CodeObject*>(v.object()); }

}  // namespace evalctl::evaluator
