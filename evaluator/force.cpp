// Forcing thunks and calling functions.
#include <algorithm>
#include <cstddef>

#include "evaluator/dependencies.h"
#include "evaluator/native.h"
#include "evaluator/native_helpers.h"
#include "evaluator/operations.h"
#include "evaluator/profiler.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"
#include "evaluator/waiting.h"

namespace evalctl::evaluator {
namespace {

// Whoever mostly calls functions written in Nix needs no frame that catches exceptions.
[[gnu::noinline]] Value run_builtin_apart(Vm& vm, const BuiltinRow* row, Value* arguments) { return run_builtin(vm, row, arguments); }

// Most have one or two arguments and machine code.
inline Value call_delayed(Vm& vm, ApplyObject* delayed) {
  Value function = delayed->function_or_result;
  if (!function.is(Kind::Closure)) return vm.call(function, delayed->arguments, delayed->size);
  const Code& code = code_of(function.object());
  if (code.arity != delayed->size || heat_of(code) != kMachineCode || delayed->size > 2) return vm.call(function, delayed->arguments, delayed->size);
  ++vm.statistics.calls;
  if (delayed->size == 1) return run_native_words(vm, code, function, delayed->arguments[0]);
  return run_native_words(vm, code, function, delayed->arguments[0], delayed->arguments[1]);
}

Value run_apply(Vm& vm, ApplyObject* delayed) {
  Vm::Depth level(vm);
  if (!level) return {};
  Value result = call_delayed(vm, delayed);
  // Nothing in a text is this call, so none of its parts is to blame.
  if (!result && vm.error && vm.error->position.file == 0) vm.error->part = vm.error->element = -1;
  return result;
}

Position thunk_position(Vm& vm, Object* object, Kind kind) {
  return kind == Kind::Thunk ? position_of(vm, code_of(object)) : Position{};
}

// A call that is all that is left to do leaves no frame: then the delayed expression that it stands in does.
[[gnu::noinline, gnu::cold]] void note_thunk(Vm& vm, Object* object, Kind kind) {
  EvalError& error = *vm.error;
  Position position = thunk_position(vm, object, kind);
  if (error.position.file == 0) {
    if (error.kind == ErrorKind::InfiniteRecursion) error.position = position;
    return;
  }
  bool inside = !error.frames.empty() && error.frames.back().position.file == position.file;
  if (position.file && position.file != error.position.file && !inside) vm.add_frame("", position);
}

Value forced_value(Value word) {
  if (!word || !word.is_thunk()) return word;
  return word.kind() == Kind::Forced ? static_cast<CodeObject*>(word.object())->words[0] : Value();
}

// Says which of a builtin's arguments was of the wrong type, or has an element that is, when the builtin itself failed.
[[gnu::noinline, gnu::cold]] void blame_argument(Vm& vm, const BuiltinRow* row, const Value* arguments) {
  EvalError& error = *vm.error;
  bool own = error.position.file == 0 && std::none_of(error.frames.begin(), error.frames.end(), [](const Frame& f) { return f.position.file != 0; });
  if (!own) return;
  error.part = error.element = -1;
  error.is_argument = true;
  if (error.culprit.empty()) return;
  Value culprit = error.culprit.front();
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(row->arity()); ++i) {
    Value argument = forced_value(arguments[i]);
    if (argument == culprit) error.part = static_cast<int>(i);
    if (!argument || !argument.is(Kind::List) || error.part >= 0) continue;
    for (std::uint32_t k = 0; k < argument.object()->size; ++k) {
      if (forced_value(as_list(argument)->items[k]) != culprit) continue;
      error.part = static_cast<int>(i);
      error.element = static_cast<int>(k);
      break;
    }
  }
}

[[gnu::noinline]] Value make_partial(Vm& vm, Value function, const Value* arguments, std::uint32_t count) {
  auto* partial = static_cast<PartialObject*>(vm.allocate(sizeof(PartialObject) + count * sizeof(Value)));
  partial->kind.store(Kind::PartialApplication, std::memory_order_relaxed);
  partial->size = count;
  partial->function = function;
  copy_few(partial->arguments, arguments, count);
  return Value(partial);
}

// How many arguments a closure or a builtin takes.
std::uint32_t arity_of(Value function) {
  return function.is(Kind::Closure) ? code_of(function.object()).arity : function.object()->extra;
}

// Applies a builtin, a closure or a partial application to at most as many arguments as it has parameters left; sets
// `used` to the number taken.
Value apply(Vm& vm, Value function, Value* arguments, std::uint32_t count, std::uint32_t& used) {
  alignas(Value) std::byte room[kMaximumArguments * sizeof(Value)];
  auto* gathered = reinterpret_cast<Value*>(room);
  std::uint32_t have = 0;
  if (function.is(Kind::PartialApplication)) {
    PartialObject* partial = as_partial(function);
    function = partial->function;
    have = partial->size;
    copy_few(gathered, partial->arguments, have);
  }
  std::uint32_t arity = arity_of(function);
  used = std::min(count, arity - have);
  if (have > 0) {
    copy_few(gathered + have, arguments, used);
    arguments = gathered;
  }
  if (have + used < arity) return make_partial(vm, function, arguments, have + used);
  if (!function.is(Kind::Closure)) return run_builtin_apart(vm, builtin_row(function), arguments);
  ++vm.statistics.calls;
  return run(vm, code_of(function.object()), as_code(function)->words, arguments);
}

// Claims a thunk that is in this state. Where nobody works ahead of it, the first thread evaluates only while there is no other
// one (run_on_threads): nobody can come between, and a plain store does, which takes a tenth of the time.
inline bool claim(Vm& vm, Object* object, ThunkState& state) {
  bool is_alone = (reinterpret_cast<std::uintptr_t>(vm.offers) | vm.number) == 0;
  if (!is_alone) [[unlikely]] return state.claim(object, vm.number);
  ThunkState claimed{Kind::Claimed, static_cast<std::uint8_t>(state.flags & kApplyFlag)};
  __atomic_store(reinterpret_cast<ThunkState*>(object), &claimed, __ATOMIC_RELAXED);
  return true;
}

// Its code and words are still there: a later look at it fails again in the same way.
[[gnu::noinline, gnu::cold]] Value unclaim(Vm& vm, Object* object, Kind kind) {
  object->kind.store(kind, std::memory_order_release);
  claim_given_up(object);
  if (vm.error) note_thunk(vm, object, kind);
  return {};
}

// Of a claimed thunk of that kind.
inline Value finish(Vm& vm, Object* object, Kind kind, Value result) {
  if (!result) [[unlikely]] return unclaim(vm, object, kind);
  static_cast<CodeObject*>(object)->words[0] = result;  // the same place in ApplyObject
  object->kind.store(Kind::Forced, std::memory_order_release);
  vm.heap.keep_for(object, result);
  claim_given_up(object);
  return result;
}

[[gnu::noinline]] Value force_apply(Vm& vm, Object* object) {
  return finish(vm, object, Kind::Apply, run_apply(vm, static_cast<ApplyObject*>(object)));
}

[[gnu::noinline, gnu::cold]] Value fail_thunk(Vm& vm, CodeObject* thunk) {
  note_words(vm, code_of(thunk), thunk->words, nullptr);
  return unclaim(vm, thunk, Kind::Thunk);
}

// Machine code is called from here, since most of it is short.
[[gnu::noinline]] Value force_thunk(Vm& vm, Object* object) {
  auto* thunk = static_cast<CodeObject*>(object);
  const Code& code = code_of(thunk);
  if (heat_of(code) != kMachineCode) return finish(vm, object, Kind::Thunk, run(vm, code, thunk->words, nullptr));
  Value result = run_native_thunk(vm, code, thunk->words);
  return result ? finish(vm, object, Kind::Thunk, result) : fail_thunk(vm, thunk);
}

// Of machine code with two or three parameters, which are not gathered in memory.
inline Value complete_few(Vm& vm, PartialObject* partial, const Value* arguments) {
  auto word = [&](std::uint32_t k) { return *(k < partial->size ? &partial->arguments[k] : &arguments[k - partial->size]); };
  ++vm.statistics.calls;
  const Code& code = code_of(partial->function.object());
  if (code.arity == 2) return run_native_words(vm, code, partial->function, word(0), word(1));
  return run_native_words(vm, code, partial->function, word(0), word(1), word(2));
}

// A partial application that gets all that it lacks.
[[gnu::noinline]] Value complete(Vm& vm, PartialObject* partial, Value* arguments, std::uint32_t count) {
  Vm::Depth level(vm);
  if (!level) return {};
  Value function = partial->function;
  if (function.is(Kind::Closure) && heat_of(code_of(function.object())) == kMachineCode && partial->size + count <= 3)
    return complete_few(vm, partial, arguments);
  alignas(Value) std::byte room[kMaximumArguments * sizeof(Value)];
  auto* gathered = reinterpret_cast<Value*>(room);
  copy_few(gathered, partial->arguments, partial->size);
  copy_few(gathered + partial->size, arguments, count);
  if (function.is(Kind::Builtin)) return run_builtin_apart(vm, static_cast<const BuiltinObject*>(function.object())->row, gathered);
  ++vm.statistics.calls;
  const Code& code = code_of(function.object());
  return run(vm, code, as_code(function)->words, gathered);
}

}  // namespace

[[gnu::noinline, gnu::cold]] Value run_builtin_profiled(Vm& vm, const BuiltinRow* row, Value* arguments) {
  Profiler::Frame frame(vm, nullptr, row);
  Value result = row->run(vm, arguments);
  return result ? vm.force(result) : result;
}

[[gnu::noinline, gnu::cold]] Value fail_builtin(Vm& vm, const BuiltinRow* row, const Value* arguments) {
  if (!vm.error) return vm.fail_other("the builtin '{}' failed without saying why", row->name);
  blame_argument(vm, row, arguments);
  return {};
}

[[gnu::noinline]] Value Vm::call_builtin(Value function, Value* arguments) {
  Depth level(*this);
  return level ? run_builtin(*this, static_cast<const BuiltinObject*>(function.object())->row, arguments) : Value();
}

// Without a frame of its own: what it has to do besides looking is done by those that it ends with.
Value Vm::force_slow(Value v) {
  Object* object = v.object();
  // Most read what stands behind the first word at once, and have to fetch code before.
  __builtin_prefetch(Value::read_word(static_cast<CodeObject*>(object)->words[0]).object());
  ThunkState state = ThunkState::of(object);
  if (state.kind == Kind::Forced) return static_cast<CodeObject*>(object)->words[0];
  if (dependencies) [[unlikely]] return force_noting(object, state.kind);
  if (state.kind == Kind::Claimed || !claim(*this, object, state)) [[unlikely]] return force_claimed(object);
  ++statistics.thunks_forced;
  heap.will_keep_for(object);
  return state.kind == Kind::Thunk ? force_thunk(*this, object) : force_apply(*this, object);
}

namespace {

// As Vm::force_slow, with machine code called from here: values that need each other nest deeply, and processors foresee only the
// innermost returns.
[[gnu::always_inline]] inline Value force_here(Vm& vm, Value word) {
  Object* object = word.object();
  auto* thunk = static_cast<CodeObject*>(object);
  __builtin_prefetch(Value::read_word(thunk->words[0]).object());
  ThunkState state = ThunkState::of(object);
  if (state.kind != Kind::Thunk || vm.dependencies) return vm.force_slow(word);
  const Code& code = code_of(thunk);
  if (heat_of(code) != kMachineCode || !claim(vm, object, state)) return vm.force_slow(word);
  ++vm.statistics.thunks_forced;
  vm.heap.will_keep_for(object);
  Value result = run_native_thunk(vm, code, thunk->words);
  return result ? finish(vm, object, Kind::Thunk, result) : fail_thunk(vm, thunk);
}

}  // namespace

namespace native {

[[gnu::noinline]] SELDOM Forced force_delayed(Vm& vm, Value word) {
  Value value = force_here(vm, word);
  return {value, value && may_replace(word, value) ? value : word};
}

[[gnu::noinline]] SELDOM Value force_delayed_slot(Vm& vm, Value* slot) {
  Value word = Value::read_word(*slot);
  // Another thread may have put the value there since the caller looked.
  if (!word.is_thunk()) [[unlikely]] return word;
  Value value = force_here(vm, word);
  if (value && may_replace(word, value)) Value::replace_word(*slot, value);
  return value;
}

}  // namespace native

// The same where it is noted what results depend on.
[[gnu::noinline, gnu::cold]] Value Vm::force_noting(Object* object, Kind kind) {
  if (kind == Kind::Tracked) return dependencies->read(object);
  ThunkState state = ThunkState::of(object);
  if (kind == Kind::Claimed || !claim(*this, object, state)) return force_claimed(object);
  ++statistics.thunks_forced;
  Dependencies::Frame frame = dependencies->begin();
  auto* thunk = static_cast<CodeObject*>(object);
  Value result = kind == Kind::Thunk ? run(*this, code_of(thunk), thunk->words, nullptr) : run_apply(*this, static_cast<ApplyObject*>(object));
  if (!result) {
    dependencies->fail(frame);
    object->kind.store(kind, std::memory_order_release);
    if (error) note_thunk(*this, object, kind);
  } else if (dependencies->end_unless_read(frame)) {
    thunk->words[0] = result;
    object->kind.store(Kind::Forced, std::memory_order_release);
    heap.keep_for(object, result);
  } else {
    dependencies->finish(*this, frame, object, result);
  }
  return result;
}

// Of a thunk that was claimed, by this thread or another one.
[[gnu::noinline, gnu::cold]] Value Vm::force_claimed(Object* object) {
  ThunkState state = ThunkState::of(object);
  if (state.kind == Kind::Claimed) {
    if (state.owner() == number) return fail(ErrorKind::InfiniteRecursion, "infinite recursion encountered");
    if (!wait_for_claim(*this, object)) return {};
  }
  return force_slow(Value(object));
}

// Without a frame of its own, likewise.
Value Vm::call(Value function, Value* arguments, std::uint32_t count) {
  if (!function.is_object()) return call_slow(function, arguments, count);
  Object* object = function.object();
  switch (object->kind.load(std::memory_order_acquire)) {
    case Kind::Closure: {
      const Code& code = code_of(object);
      if (code.arity > count) return make_partial(*this, function, arguments, count);
      if (code.arity < count) break;
      ++statistics.calls;
      return run(*this, code, static_cast<CodeObject*>(object)->words, arguments);
    }
    case Kind::Builtin:
      if (object->extra == count) return call_builtin(function, arguments);
      if (object->extra > count) return make_partial(*this, function, arguments, count);
      break;
    case Kind::PartialApplication: {
      PartialObject* partial = as_partial(function);
      if (arity_of(partial->function) == partial->size + count) return complete(*this, partial, arguments, count);
      break;
    }
    default: break;
  }
  return call_slow(function, arguments, count);
}

[[gnu::noinline]] Value Vm::call_slow(Value function, Value* arguments, std::uint32_t count) {
  Value current = force(function);
  std::uint32_t done = 0;
  Depth level(*this);
  if (!level) return {};
  while (current && done < count) {
    switch (current.kind()) {
      case Kind::Closure:
      case Kind::Builtin:
      case Kind::PartialApplication: {
        std::uint32_t used = 0;
        current = apply(*this, current, arguments + done, count - done, used);
        done += used;
        break;
      }
      case Kind::Attrs: {
        if (Attr functor = find(as_attrs(current), symbols.functor)) {
          current = call(*functor.slot, current);
          break;
        }
        [[fallthrough]];
      }
      default:
        fail(ErrorKind::Call, fmt::format("attempt to call something which is not a function but {}: {}", describe_type(current), show(current)));
        error->culprit.push_back(current);
        return {};
    }
  }
  return current;
}

Value Vm::auto_call(Value v, Value args) {
  NIX_TRY(function, force(v));
  if (function.is(Kind::Attrs)) {
    if (Attr functor = find(as_attrs(function), symbols.functor)) {
      NIX_TRY(applied, call(*functor.slot, function));
      return auto_call(applied, args);
    }
    return function;
  }
  if (!function.is(Kind::Closure) || !code_of(function.object()).has_pattern) return function;
  const Code& code = code_of(function.object());
  AttrsBuilder chosen;
  if (args && code.ellipsis)
    for (const Attr& a : attributes(as_attrs(args))) chosen.add(a.name, *a.slot, a.position());
  for (const IrFormal& formal : formals_of(*this, code)) {
    Attr given = args ? find(as_attrs(args), formal.name) : Attr{formal.name, nullptr, {}, 0};
    if (given) {
      chosen.add(formal.name, *given.slot, given.position());
    } else if (formal.fallback == kNone) {
      return fail(ErrorKind::MissingAttribute,
                  fmt::format("cannot evaluate a function that has an argument without a value ('{}')", text_of(formal.name)),
                  {code.file, formal.offset});
    }
  }
  return call(function, chosen.build(*this));
}

}  // namespace evalctl::evaluator
