// Evaluators: made, called, taken down.
#include "cli/c_api/handles.h"

#include "cli/realise.h"
#include "evaluator/attrs.h"
#include "nix_api_flake.h"

using namespace evalctl;
using evaluator::Kind;
using evaluator::Value;
using evaluator::Vm;

struct nix_eval_state_builder {
  Store* store;
  bool takes_environment = false;
  std::vector<std::string> lookup_path;
  std::vector<std::pair<std::string, std::string>> settings;
};

namespace {

// All that live, for nix_gc_now.
std::mutex states_mutex;
std::vector<EvalState*> states;

}  // namespace

thread_local EvalState* c_api::here = nullptr;

bool EvalState::start(bool takes_environment) {
  if (!takes_environment) session.takes_search_path = false;
  if (c_api::is_quiet()) session.world.on_message = [](std::string_view) { return true; };
  session.nix_errors = true;
  // The compiler is looked for beside evalctl.
  session.tier = stdlib::TierMode::Interpreter;
  c_api::add_registered(session.world);
  thread_ = std::thread([this] {
    session.run([this] { return serve(); });
    std::lock_guard lock(mutex_);
    phase_ = Phase::Ended;
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return phase_ != Phase::Starting; });
  if (phase_ == Phase::Ended) return false;
  std::lock_guard listed(states_mutex);
  states.push_back(this);
  return true;
}

EvalState::~EvalState() {
  {
    std::lock_guard listed(states_mutex);
    std::erase(states, this);
  }
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

int EvalState::serve() {
  c_api::here = this;
  std::unique_lock lock(mutex_);
  phase_ = Phase::Serving;
  changed_.notify_all();
  for (;;) {
    changed_.wait(lock, [this] { return body_ || stopping_; });
    if (!body_) return 0;
    lock.unlock();
    (*body_)();
    // What was evaluated may be asked for by other programs at once.
    if (auto written = session.world.store->flush(); !written) session.world.message("error: " + written.error().message);
    lock.lock();
    body_ = nullptr;
    changed_.notify_all();
  }
}

void EvalState::run(const std::function<void()>& body) {
  if (c_api::here == this) return body();
  std::unique_lock lock(mutex_);
  body_ = &body;
  changed_.notify_all();
  changed_.wait(lock, [this] { return body_ == nullptr; });
}

std::size_t EvalState::keep(Value word) {
  if (free_.empty()) {
    session.vm.kept.push_back(word);
    return session.vm.kept.size() - 1;
  }
  std::size_t slot = free_.back();
  free_.pop_back();
  session.vm.kept[slot] = word;
  return slot;
}

nix_eval_state_builder* nix_eval_state_builder_new(nix_c_context* context, Store* store) {
  c_api::clear(context);
  return new nix_eval_state_builder{store};
}

nix_err nix_eval_state_builder_load(nix_c_context* context, nix_eval_state_builder* builder) {
  c_api::clear(context);
  builder->takes_environment = true;
  return NIX_OK;
}

nix_err nix_eval_state_builder_set_lookup_path(nix_c_context* context, nix_eval_state_builder* builder, const char** lookup_path) {
  c_api::clear(context);
  builder->lookup_path.clear();
  for (; lookup_path && *lookup_path; ++lookup_path) builder->lookup_path.emplace_back(*lookup_path);
  return NIX_OK;
}

nix_err nix_eval_state_builder_set_setting(nix_c_context* context, nix_eval_state_builder* builder, const char* key, const char* value) {
  c_api::clear(context);
  builder->settings.emplace_back(key, value);
  return NIX_OK;
}

nix_err nix_flake_settings_add_to_eval_state_builder(nix_c_context* context, nix_flake_settings*, nix_eval_state_builder* builder) {
  return nix_eval_state_builder_set_setting(context, builder, "extra-experimental-features", "flakes");
}

EvalState* nix_eval_state_build(nix_c_context* context, nix_eval_state_builder* builder) {
  c_api::clear(context);
  auto state = std::make_unique<EvalState>();
  cli::Session& session = state->session;
  auto set = session.apply_nix_conf();
  for (const auto* settings : {&c_api::settings(), std::addressof(std::as_const(builder->settings))}) {
    for (const auto& [name, value] : *settings) set = set ? session.set_option(name, value) : set;
  }
  if (!set) {
    c_api::fail(context, NIX_ERR_UNKNOWN, set.error().message);
    return nullptr;
  }
  session.includes = builder->lookup_path;
  if (builder->store) session.store = builder->store->uri;
  cli::choose_store_for_building(session);
  if (!state->start(builder->takes_environment)) {
    c_api::fail(context, NIX_ERR_UNKNOWN, "the evaluator could not be started");
    return nullptr;
  }
  return state.release();
}

void nix_eval_state_builder_free(nix_eval_state_builder* builder) { delete builder; }

EvalState* nix_state_create(nix_c_context* context, const char** lookup_path, Store* store) {
  std::unique_ptr<nix_eval_state_builder> builder(nix_eval_state_builder_new(context, store));
  nix_eval_state_builder_load(context, builder.get());
  nix_eval_state_builder_set_lookup_path(context, builder.get(), lookup_path);
  return nix_eval_state_build(context, builder.get());
}

void nix_state_free(EvalState* state) { delete state; }

nix_err nix_expr_eval_from_string(nix_c_context* context, EvalState* state, const char* expr, const char* path, nix_value* value) {
  return c_api::evaluate(context, state, [&](Vm& vm) { return c_api::set(value, vm.evaluate_text(state->keep_text(expr), "«string»", path)); });
}

nix_err nix_value_call(nix_c_context* context, EvalState* state, nix_value* fn, nix_value* arg, nix_value* value) {
  return nix_value_call_multi(context, state, fn, 1, &arg, value);
}

nix_err nix_value_call_multi(nix_c_context* context, EvalState* state, nix_value* fn, size_t nargs, nix_value** args, nix_value* value) {
  return c_api::evaluate(context, state, [&](Vm& vm) {
    evaluator::ValueVector words;
    for (size_t i = 0; i < nargs; ++i) words.push_back(args[i]->word());
    Value function = vm.force(fn->word());
    if (!function || words.empty()) return c_api::set(value, function);
    return c_api::set(value, vm.call(function, words.data(), static_cast<std::uint32_t>(nargs)));
  });
}

nix_err nix_value_auto_call_function(nix_c_context* context, EvalState* state, nix_value* auto_args, nix_value* fn_val, nix_value* result) {
  return c_api::evaluate(context, state, [&](Vm& vm) {
    Value arguments = vm.force(auto_args->word());
    if (!arguments || !vm.force_attrs(arguments, "the arguments")) return false;
    Value function = vm.force(fn_val->word());
    return function && c_api::set(result, vm.auto_call(function, arguments));
  });
}

nix_err nix_value_force(nix_c_context* context, EvalState* state, nix_value* value) {
  return c_api::evaluate(context, state, [&](Vm& vm) { return c_api::set(value, vm.force(value->word())); });
}

nix_err nix_value_force_deep(nix_c_context* context, EvalState* state, nix_value* value) {
  return c_api::evaluate(context, state, [&](Vm& vm) { return vm.force_deep(value->word()) && c_api::set(value, vm.force(value->word())); });
}

StorePath* nix_get_derivation(nix_c_context* context, EvalState* state, nix_value* value, bool ignore_assertion_failures) {
  StorePath* found = nullptr;
  c_api::evaluate(context, state, [&](Vm& vm) {
    Value forced = vm.force(value->word());
    bool is_one = forced && forced.is(Kind::Attrs) && vm.is_derivation(as_attrs(forced));
    std::string path;
    const evaluator::Context* references = nullptr;
    evaluator::Attr attribute = is_one ? find(as_attrs(forced), vm.symbols.drv_path) : evaluator::Attr{};
    if (attribute && vm.coerce_to_path(*attribute.slot, path, references, "the 'drvPath' attribute of a derivation")) found = new StorePath{path};
    if (vm.error && ignore_assertion_failures && vm.error->kind == evaluator::ErrorKind::Assertion) vm.error.reset();
    return !vm.error;
  });
  return found;
}

nix_value* nix_alloc_value(nix_c_context* context, EvalState* state) {
  nix_value* place = nullptr;
  c_api::evaluate(context, state, [&](Vm&) { return (place = c_api::new_place(state, Value())) != nullptr; });
  return place;
}

nix_err nix_value_incref(nix_c_context* context, nix_value* value) {
  c_api::clear(context);
  ++value->references;
  return NIX_OK;
}

nix_err nix_value_decref(nix_c_context* context, nix_value* value) {
  c_api::clear(context);
  if (--value->references != 0) return NIX_OK;
  value->state->run([&] {
    value->state->word(value->slot) = Value();
    value->state->release(value->slot);
  });
  delete value;
  return NIX_OK;
}

// Values are all that is counted.
nix_err nix_gc_incref(nix_c_context* context, const void* object) {
  return nix_value_incref(context, static_cast<nix_value*>(const_cast<void*>(object)));
}
nix_err nix_gc_decref(nix_c_context* context, const void* object) {
  return nix_value_decref(context, static_cast<nix_value*>(const_cast<void*>(object)));
}

void nix_gc_now(void) {
  std::lock_guard listed(states_mutex);
  for (EvalState* state : states) state->run([state] { state->vm().heap.collect_all(); });
}
