// Builtins that steer evaluation: errors, messages, order of evaluation, closures of a relation.
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/builtin.h"
#include "evaluator/normal_form.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

Value throw_(Vm& vm, Value* arguments) {
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(arguments[0], text, context, false, true, "the error message passed to builtins.throw")) {
    return {};
  }
  return vm.fail(ErrorKind::Throw, std::move(text));
}

Value abort(Vm& vm, Value* arguments) {
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(arguments[0], text, context, false, true, "the error message passed to builtins.abort")) {
    return {};
  }
  return vm.fail(ErrorKind::Abort,
                 fmt::format("evaluation aborted with the following error message: '{}'", text));
}

Value trace(Vm& vm, Value* arguments) {
  NIX_TRY(message, vm.force(arguments[0]));
  std::string text = "trace: ";
  if (message.is(Kind::String)) text += as_string(message)->view();
  else if (!vm.show_all(message, text)) return {};
  if (!vm.may_act()) return {};
  vm.host.message(text);
  return vm.force(arguments[1]);
}

Value trace_verbose(Vm& vm, Value* arguments) {
  return world_of(vm).trace_verbose ? trace(vm, arguments) : vm.force(arguments[1]);
}

Value warn(Vm& vm, Value* arguments) {
  NIX_TRY(message, vm.force_string(arguments[0], "the first argument; the message passed to builtins.warn"));
  if (!vm.may_act()) return {};
  vm.host.message(fmt::format("evaluation warning: {}", message->view()));
  if (World::of(vm).abort_on_warn) {
    return vm.fail(ErrorKind::Abort, "aborting to reveal stack trace of warning, as abort-on-warn is set");
  }
  return vm.force(arguments[1]);
}

// The message is evaluated only when there is an error to add it to.
Value add_error_context(Vm& vm, Value* arguments) {
  Value result = vm.force(arguments[1]);
  if (result) return result;
  std::unique_ptr<EvalError> pending = std::move(vm.error);
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(arguments[0], text, context, false, false,
                           "the error message passed to builtins.addErrorContext")) {
    return {};
  }
  vm.error = std::move(pending);
  return vm.add_frame(std::move(text));
}

bool can_be_caught(ErrorKind kind) {
  return kind == ErrorKind::Throw || kind == ErrorKind::Assertion || kind == ErrorKind::SearchPath;
}

Value try_eval(Vm& vm, Value* arguments) {
  bool success = bool(vm.force_slot(arguments[0]));
  if (!success) {
    if (!vm.error || !can_be_caught(vm.error->kind)) return {};
    vm.error.reset();
  }
  AttrsBuilder result(2);
  result.add(vm.symbols.success, Value::boolean(success));
  result.add(vm.symbols.value, success ? arguments[0] : Value::boolean(false));
  return result.build(vm);
}

Value seq(Vm& vm, Value* arguments) {
  if (!vm.force(arguments[0])) return {};
  return vm.force(arguments[1]);
}

Value deep_seq(Vm& vm, Value* arguments) {
  if (!vm.force_deep(arguments[0])) return {};
  return vm.force(arguments[1]);
}

Value break_(Vm& vm, Value* arguments) { return vm.force(arguments[0]); }

// The keys that a genericClosure has seen, which must be comparable with each other.
class KeySet {
 public:
  explicit KeySet(Vm& vm) : vm_(vm), others_(Less{this}) {}

  // 1 when `key` (forced) is new, 0 when it is known, -1 when it cannot be compared.
  int insert(Value key) {
    if (!first_) {
      first_ = key;
      strings_only_ = key.is(Kind::String);
    }
    if (strings_only_) {
      // Comparing anything else with a string fails, with the right message.
      if (!key.is(Kind::String)) return vm_.less_than(key, first_) < 0 ? -1 : 0;
      return insert_string(as_string(key)->view());
    }
    bool inserted = others_.insert(key).second;
    return failed_ ? -1 : inserted;
  }

 private:
  // After a failure everything is equal, so that the tree's search ends soon.
  struct Less {
    KeySet* set;
    bool operator()(Value a, Value b) const {
      if (set->failed_) return false;
      int less = set->vm_.less_than(a, b);
      set->failed_ = less < 0;
      return less > 0;
    }
  };

  // By open addressing, at most half full. The texts are those of string values; a free place has none.
  using Texts = std::vector<std::string_view, TracedAllocator<std::string_view>>;

  static std::string_view& place_of(Texts& texts, std::string_view text) {
    std::size_t mask = texts.size() - 1, i = std::hash<std::string_view>()(text) & mask;
    while (texts[i].data() && texts[i] != text) i = (i + 1) & mask;
    return texts[i];
  }

  bool insert_string(std::string_view text) {
    std::string_view* place = &place_of(strings_, text);
    if (place->data()) return false;
    if (++string_count_ * 2 > strings_.size()) {
      Texts larger(strings_.size() * 2);
      for (std::string_view known : strings_)
        if (known.data()) place_of(larger, known) = known;
      strings_.swap(larger);
      place = &place_of(strings_, text);
    }
    *place = text;
    return true;
  }

  Vm& vm_;
  Value first_;
  bool strings_only_ = false;
  bool failed_ = false;
  Texts strings_ = Texts(16);
  std::size_t string_count_ = 0;
  std::set<Value, Less, TracedAllocator<Value>> others_;
};

Value attribute(Vm& vm, AttrsObject* attrs, Symbol name, std::string_view where) {
  Attr attr = find(attrs, name);
  if (attr) return *attr.slot;
  vm.fail(ErrorKind::MissingAttribute, fmt::format("attribute '{}' missing", name_as_written(name)));
  return vm.add_frame(std::string(where));
}

// The key of an element, forced.
Value closure_key(Vm& vm, Value element) {
  AttrsObject* attrs = vm.force_attrs(element);
  Value key;
  if (attrs && (key = attribute(vm, attrs, vm.symbols.key, "in an element of builtins.genericClosure"))) {
    key = vm.force(key);
  }
  if (!key) return vm.add_frame(fmt::format("in genericClosure element {}", vm.show(element)));
  return key;
}

bool expand(Vm& vm, Value function, Value element, std::deque<Value, TracedAllocator<Value>>& work) {
  Value answer = vm.call(function, element);
  ListObject* found = nullptr;
  constexpr std::string_view kWhat = "the return value of the `operator` passed to builtins.genericClosure";
  if (answer) found = vm.force_list(answer, kWhat);
  bool ok = found != nullptr;
  for (std::uint32_t i = 0; ok && i < found->size; ++i) {
    ok = bool(vm.force_slot(found->items[i]));
    if (ok) work.push_back(found->items[i]);
  }
  if (!ok) vm.add_frame(fmt::format("while calling operator on genericClosure element {}", vm.show(element)));
  return ok;
}

// Breadth first; of elements with equal keys the first one stays.
Value generic_closure(Vm& vm, Value* arguments) {
  constexpr std::string_view kWhere = "in the attrset passed as argument to builtins.genericClosure";
  NIX_TRY(input, vm.force_attrs(arguments[0], "the first argument passed to builtins.genericClosure"));
  NIX_TRY(start, attribute(vm, input, vm.symbols.start_set, kWhere));
  NIX_TRY(list, vm.force_list(
                    start, "the 'startSet' attribute passed as argument to builtins.genericClosure"));
  if (list->size == 0) return Value(list);
  NIX_TRY(step, attribute(vm, input, vm.symbols.operator_, kWhere));
  NIX_TRY(function, vm.force_function(
                        step, "the 'operator' attribute passed as argument to builtins.genericClosure"));
  std::deque<Value, TracedAllocator<Value>> work(list->items, list->items + list->size);
  ValueVector result;
  KeySet seen(vm);
  while (!work.empty()) {
    Value element = work.front();
    work.pop_front();
    NIX_TRY(key, closure_key(vm, element));
    int added = seen.insert(key);
    if (added < 0) return vm.add_frame(fmt::format("while checking key of element {}", vm.show(element)));
    if (!added) continue;
    result.push_back(element);
    if (!expand(vm, function, element, work)) return {};
  }
  return vm.list(result);
}

constexpr BuiltinRow kRows[] = {
    {.name = "throw", .params = "s", .type = "string -> never",
     .doc = "Fails with the message *s*. `tryEval` can catch it.", .run = throw_, .effect = Effect::Fails,
     .global = true},
    {.name = "abort", .params = "s", .type = "string -> never",
     .doc = "Ends evaluation with the message *s*. Nothing can catch it.", .run = abort, .effect = Effect::Fails,
     .global = true},
    {.name = "trace", .params = "e1 e2", .type = "a -> b -> b",
     .doc = "Writes *e1* to standard error and returns *e2*. For debugging.", .run = trace, .effect = Effect::Traces},
    {.name = "traceVerbose", .params = "e1 e2", .type = "a -> b -> b",
     .doc = "Like `trace` when the setting `trace-verbose` is on; else returns *e2* and leaves *e1* alone.",
     .run = trace_verbose, .effect = Effect::Traces},
    {.name = "warn", .params = "e1 e2", .type = "string -> a -> a",
     .doc = "Writes the string *e1* as a warning to standard error and returns *e2*.", .run = warn,
     .effect = Effect::Traces},
    {.name = "addErrorContext", .params = "context e", .type = "string -> a -> a",
     .doc = "Returns *e*. When its evaluation fails, adds *context* to the trace of the error.",
     .run = add_error_context},
    {.name = "tryEval", .params = "e", .type = "a -> { success : bool; value : a; }",
     .doc = "Evaluates *e* shallowly and tells whether that succeeded. Catches `throw`, failed assertions and failed "
            "search path look-ups only; `value` is then `false`.",
     .run = try_eval},
    {.name = "seq", .params = "e1 e2", .type = "a -> b -> b", .doc = "Evaluates *e1* shallowly, then returns *e2*.",
     .run = seq},
    {.name = "deepSeq", .params = "e1 e2", .type = "a -> b -> b",
     .doc = "Evaluates *e1* with all that is inside it, then returns *e2*.", .run = deep_seq},
    {.name = "break", .params = "v", .type = "a -> a",
     .doc = "Returns *v*. A debugger would stop here.", .run = break_, .global = true},
    {.name = "genericClosure", .params = "attrset",
     .type = "{ startSet : [{ key : a; }]; operator : { key : a; } -> [{ key : a; }]; } -> [{ key : a; }]",
     .doc = "Returns the elements of `startSet` and all that `operator` leads to from them, each `key` once.",
     .run = generic_closure},
};

}  // namespace

std::span<const BuiltinRow> control_builtins() { return kRows; }

}  // namespace evalctl::stdlib
