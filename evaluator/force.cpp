// Forcing thunks and calling functions.
#include <algorithm>

#include "evaluator/builtin.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

Value run_thunk(Vm& vm, CodeObject* thunk) { return run(vm, thunk->code, thunk->captures, Value()); }

Value run_apply(Vm& vm, ApplyObject* delayed) {
  return vm.call(delayed->function_or_result, delayed->arguments, delayed->size);
}

Position position_of(Object* object, Kind kind) {
  return kind == Kind::Thunk ? static_cast<CodeObject*>(object)->code->position() : Position{};
}

// Calls a builtin with exactly its arity.
Value run_builtin(Vm& vm, const BuiltinRow* row, Value* arguments) {
  ++vm.statistics.builtin_calls;
  Value result = row->run(vm, arguments);
  if (!result && !vm.error) return vm.fail_other("the builtin '{}' failed without saying why", row->name);
  return result && result.is_thunk() ? vm.force_slow(result) : result;
}

// `function` is a builtin or a partial application of one. Sets `used` to the number of arguments taken.
Value apply_builtin(Vm& vm, Value function, Value* arguments, std::uint32_t count, std::uint32_t& used) {
  const BuiltinRow* row;
  Value gathered[8];
  std::uint32_t have = 0;
  if (function.is(Kind::Builtin)) {
    row = static_cast<BuiltinObject*>(function.object())->row;
  } else {
    auto* partial = static_cast<PartialObject*>(function.object());
    row = partial->row;
    have = partial->size;
    std::copy(partial->arguments, partial->arguments + have, gathered);
  }
  auto arity = static_cast<std::uint32_t>(row->arity());
  used = std::min(count, arity - have);
  if (have == 0 && used == arity) return run_builtin(vm, row, arguments);
  std::copy(arguments, arguments + used, gathered + have);
  if (have + used == arity) return run_builtin(vm, row, gathered);
  auto* partial = static_cast<PartialObject*>(vm.allocate(sizeof(PartialObject) + (have + used) * sizeof(Value)));
  partial->kind.store(Kind::PartialApplication, std::memory_order_relaxed);
  partial->size = have + used;
  partial->row = row;
  std::copy(gathered, gathered + have + used, partial->arguments);
  return Value(partial);
}

}  // namespace

Value Vm::force_slow(Value v) {
  Object* object = v.object();
  Kind kind = object->kind.load(std::memory_order_acquire);
  auto& slot = static_cast<CodeObject*>(object)->result;  // the same place in ApplyObject
  if (kind == Kind::Forced) return slot;
  Depth level(*this);
  if (!level) return {};
  if (kind == Kind::Claimed || !object->kind.compare_exchange_strong(kind, Kind::Claimed, std::memory_order_acquire)) {
    if (kind == Kind::Forced) return slot;
    return fail(ErrorKind::InfiniteRecursion, "infinite recursion encountered");
  }
  ++statistics.thunks_forced;
  Value result = kind == Kind::Thunk ? run_thunk(*this, static_cast<CodeObject*>(object))
                                     : run_apply(*this, static_cast<ApplyObject*>(object));
  if (!result) [[unlikely]] {
    // Its code and words are still there: a later look at it fails again in the same way.
    object->kind.store(kind, std::memory_order_release);
    if (error && error->kind == ErrorKind::InfiniteRecursion && error->position.file == 0)
      error->position = position_of(object, kind);
    return {};
  }
  slot = result;
  object->kind.store(Kind::Forced, std::memory_order_release);
  return result;
}

Value Vm::call(Value function, Value* arguments, std::uint32_t count) {
  Value current = force(function);
  std::uint32_t done = 0;
  Depth level(*this);
  if (!level) return {};
  while (current && done < count) {
    switch (current.kind()) {
      case Kind::Closure: {
        CodeObject* closure = as_code(current);
        ++statistics.calls;
        current = run(*this, closure->code, closure->captures, arguments[done++]);
        break;
      }
      case Kind::Builtin:
      case Kind::PartialApplication: {
        std::uint32_t used = 0;
        current = apply_builtin(*this, current, arguments + done, count - done, used);
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
        return fail_type("attempt to call something which is not a function but {}", describe_type(current));
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
  if (!function.is(Kind::Closure) || !as_code(function)->code->has_formals) return function;
  const Code* code = as_code(function)->code;
  AttrsBuilder chosen;
  if (args && code->ellipsis)
    for (const Attr& a : attributes(as_attrs(args))) chosen.add(a.name, *a.slot, a.position);
  for (const FormalInfo& formal : code->formals()) {
    Attr given = args ? find(as_attrs(args), formal.name) : Attr{formal.name, {}, nullptr};
    if (given) {
      chosen.add(formal.name, *given.slot, given.position);
    } else if (!formal.has_default) {
      return fail(ErrorKind::MissingAttribute,
                  fmt::format("cannot evaluate a function that has an argument without a value ('{}')", text_of(formal.name)),
                  formal.position);
    }
  }
  return call(function, chosen.build(*this));
}

}  // namespace evalctl::evaluator
