// Values: made. Functions of one's own.
#include <fmt/format.h>

#include <map>

#include "cli/c_api/handles.h"
#include "evaluator/attrs.h"
#include "evaluator/builtin.h"

using namespace evalctl;
using evaluator::BuiltinRow;
using evaluator::Value;
using evaluator::Vm;

// The members keep the words of places that may be gone when the value is made.
struct ListBuilder {
  EvalState* state;
  std::vector<nix_value*> members;
};

struct BindingsBuilder {
  EvalState* state;
  std::map<std::string, nix_value*, std::less<>> members;
};

struct PrimOp {
  PrimOpFun function;
  void* user_data;
  int arity;
  std::string name, parameters, documentation;
  BuiltinRow row;
};

namespace {

std::vector<PrimOp*> registered;

void replace(nix_value*& member, EvalState* state, nix_value* value) {
  if (member) nix_value_decref(nullptr, member);
  state->run([&] { member = c_api::new_place(state, value->word()); });
}

// The first argument is the function's address as a number; its own follow.
Value run_primop(Vm& vm, Value* arguments) {
  auto* primop = reinterpret_cast<PrimOp*>(arguments[0].integer());
  EvalState* state = c_api::here;
  std::vector<nix_value*> places;
  for (int i = 1; i <= primop->arity; ++i) places.push_back(c_api::new_place(state, arguments[i]));
  nix_value* result = c_api::new_place(state, Value());
  nix_c_context context;
  primop->function(primop->user_data, &context, state, places.data(), result);
  Value word = result->word();
  for (nix_value* place : places) nix_value_decref(nullptr, place);
  nix_value_decref(nullptr, result);
  if (context.code != NIX_OK) return vm.fail_other("{}", context.sentence);
  return word ? vm.force(word) : vm.fail_other("the function '{}' has set no result", primop->name);
}

Value function_of(Vm& vm, PrimOp* primop) {
  return vm.call(vm.builtin(&primop->row), vm.integer(reinterpret_cast<std::int64_t>(primop)));
}

// Sets a place to a word that needs no evaluation.
template <class Make>
nix_err init(nix_c_context* context, nix_value* value, Make make) {
  return c_api::evaluate(context, value->state, [&](Vm& vm) { return c_api::set(value, make(vm)); });
}

}  // namespace

void c_api::add_registered(stdlib::World& world) {
  for (PrimOp* primop : registered) {
    world.own_builtins.emplace_back(primop->name, [primop](Vm& vm) { return function_of(vm, primop); });
  }
}

PrimOp* nix_alloc_primop(nix_c_context* context, PrimOpFun fun, int arity, const char* name, const char** args, const char* doc, void* user_data) {
  c_api::clear(context);
  // As many words as the evaluator hands over at once.
  constexpr int kMostArguments = 16;
  if (arity < 1 || arity > kMostArguments) {
    c_api::fail(context, NIX_ERR_UNKNOWN, fmt::format("a function has 1 to {} arguments, not {}", kMostArguments, arity));
    return nullptr;
  }
  auto* primop = new PrimOp{fun, user_data, arity, name, "itself", doc ? doc : "", {}};
  for (int i = 0; i < arity; ++i) primop->parameters += args && args[i] ? fmt::format(" {}", args[i]) : fmt::format(" x{}", i + 1);
  primop->row = {.name = primop->name, .params = primop->parameters, .type = "", .doc = primop->documentation, .run = run_primop, .effect = evaluator::Effect::ReadsWorld};
  return primop;
}

nix_err nix_register_primop(nix_c_context* context, PrimOp* primop) {
  c_api::clear(context);
  registered.push_back(primop);
  return NIX_OK;
}

nix_err nix_init_primop(nix_c_context* context, nix_value* value, PrimOp* op) {
  return init(context, value, [&](Vm& vm) { return function_of(vm, op); });
}

nix_err nix_init_bool(nix_c_context* context, nix_value* value, bool b) {
  return init(context, value, [&](Vm&) { return Value::boolean(b); });
}
nix_err nix_init_string(nix_c_context* context, nix_value* value, const char* str) {
  return init(context, value, [&](Vm& vm) { return vm.string(str); });
}
nix_err nix_init_path_string(nix_c_context* context, EvalState*, nix_value* value, const char* str) {
  if (*str != '/') return c_api::fail(context, NIX_ERR_NIX_ERROR, fmt::format("'{}' is no absolute path", str));
  return init(context, value, [&](Vm& vm) { return vm.path(stdlib::canonical_path(str)); });
}
nix_err nix_init_float(nix_c_context* context, nix_value* value, double d) {
  return init(context, value, [&](Vm& vm) { return vm.floating(d); });
}
nix_err nix_init_int(nix_c_context* context, nix_value* value, int64_t i) {
  return init(context, value, [&](Vm& vm) { return vm.integer(i); });
}
nix_err nix_init_null(nix_c_context* context, nix_value* value) {
  return init(context, value, [](Vm&) { return Value::null(); });
}
nix_err nix_init_apply(nix_c_context* context, nix_value* value, nix_value* fn, nix_value* arg) {
  return init(context, value, [&](Vm& vm) { return vm.delay_call(fn->word(), {arg->word()}); });
}
nix_err nix_copy_value(nix_c_context* context, nix_value* value, const nix_value* source) {
  return init(context, value, [&](Vm&) { return source->word(); });
}

ListBuilder* nix_make_list_builder(nix_c_context* context, EvalState* state, size_t capacity) {
  c_api::clear(context);
  return new ListBuilder{state, std::vector<nix_value*>(capacity)};
}

nix_err nix_list_builder_insert(nix_c_context* context, ListBuilder* builder, unsigned int index, nix_value* value) {
  c_api::clear(context);
  if (index >= builder->members.size()) return c_api::fail(context, NIX_ERR_OVERFLOW, fmt::format("the list has room for {} elements only", builder->members.size()));
  replace(builder->members[index], builder->state, value);
  return NIX_OK;
}

nix_err nix_make_list(nix_c_context* context, ListBuilder* builder, nix_value* value) {
  for (nix_value* member : builder->members) {
    if (!member) return c_api::fail(context, NIX_ERR_UNKNOWN, "an element of the list is not set");
  }
  return init(context, value, [&](Vm& vm) {
    evaluator::ValueVector words;
    for (nix_value* member : builder->members) words.push_back(member->word());
    return vm.list(words);
  });
}

void nix_list_builder_free(ListBuilder* builder) {
  for (nix_value* member : builder->members) {
    if (member) nix_value_decref(nullptr, member);
  }
  delete builder;
}

BindingsBuilder* nix_make_bindings_builder(nix_c_context* context, EvalState* state, size_t) {
  c_api::clear(context);
  return new BindingsBuilder{state, {}};
}

nix_err nix_bindings_builder_insert(nix_c_context* context, BindingsBuilder* builder, const char* name, nix_value* value) {
  c_api::clear(context);
  replace(builder->members[name], builder->state, value);
  return NIX_OK;
}

nix_err nix_make_attrs(nix_c_context* context, nix_value* value, BindingsBuilder* builder) {
  return init(context, value, [&](Vm& vm) {
    evaluator::AttrsBuilder set(builder->members.size());
    for (const auto& [name, member] : builder->members) set.add(name, member->word());
    return set.build(vm);
  });
}

void nix_bindings_builder_free(BindingsBuilder* builder) {
  for (const auto& [name, member] : builder->members) nix_value_decref(nullptr, member);
  delete builder;
}
