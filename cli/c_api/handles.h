// What stands behind the handles of the C interface, and how a call reaches the evaluator.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "cli/session.h"
#include "nix_api_value.h"

struct nix_c_context {
  nix_err code = NIX_OK;
  std::string message, sentence, kind;
};

struct StorePath {
  std::string path;  // "/nix/store/<hash>-<name>"
};

struct Store {
  std::string uri;
  evalctl::stdlib::World world;
};

// The evaluator lives on a thread of its own, since values are looked for on its stack. Calls from outside wait for it.
struct EvalState {
  EvalState() = default;
  ~EvalState();

  evalctl::cli::Session session;
  evalctl::evaluator::Vm& vm() { return session.vm; }

  // Begins the thread. False when there is no evaluator, for example for want of a store.
  bool start(bool takes_environment);
  // Runs `body` on the evaluator's thread, at once where this is it.
  void run(const std::function<void()>& body);

  // A word that collections keep, by its number. On the evaluator's thread.
  std::size_t keep(evalctl::evaluator::Value word);
  void release(std::size_t slot) { free_.push_back(slot); }
  evalctl::evaluator::Value& word(std::size_t slot) { return session.vm.kept[slot]; }
  // The same text, for as long as the evaluator lives.
  const char* keep_text(std::string_view text) { return texts_.emplace(text).first->c_str(); }

 private:
  int serve();

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* body_ = nullptr;
  enum class Phase { Starting, Serving, Ended } phase_ = Phase::Starting;
  bool stopping_ = false;
  std::vector<std::size_t> free_;
  std::unordered_set<std::string> texts_;
};

struct nix_value {
  EvalState* state;
  std::size_t slot;
  unsigned references = 1;

  evalctl::evaluator::Value word() const { return state->word(slot); }
};

namespace evalctl::c_api {

// Each begins with a context without an error; `context` may be null.
void clear(nix_c_context* context);
nix_err fail(nix_c_context* context, nix_err code, std::string_view message, std::string_view kind = "nix::Error");
inline nix_err fail(nix_c_context* context, const base::Error& error) { return fail(context, NIX_ERR_NIX_ERROR, error.message); }
// Hands a text over. Always NIX_OK.
inline nix_err give(std::string_view text, nix_get_string_callback callback, void* user_data) {
  callback(text.data(), static_cast<unsigned>(text.size()), user_data);
  return NIX_OK;
}
// The evaluator whose thread this is; null on other threads.
extern thread_local EvalState* here;
// Moves the pending error of the machine to the context.
nix_err fail_pending(nix_c_context* context, EvalState& state);

// Runs `body(vm)` on the evaluator's thread; it gives false with a pending error.
template <class Body>
nix_err evaluate(nix_c_context* context, EvalState* state, Body body) {
  clear(context);
  nix_err result = NIX_OK;
  state->run([&] {
    if (!body(state->vm())) result = fail_pending(context, *state);
  });
  return result;
}

// Sets a place. False without a value.
inline bool set(nix_value* place, evaluator::Value word) {
  if (word) place->state->word(place->slot) = word;
  return static_cast<bool>(word);
}
// A new place with a word in it. On the evaluator's thread.
inline nix_value* new_place(EvalState* state, evaluator::Value word) { return new nix_value{state, state->keep(word)}; }

// The functions that were registered; World::own_builtins for each evaluator.
void add_registered(stdlib::World& world);
// nix_setting_set's, in the order in which they were set.
const std::vector<std::pair<std::string, std::string>>& settings();
bool is_quiet();

}  // namespace evalctl::c_api
