// Threads that need what another thread is making.
//
// A thunk that is evaluated is claimed by a thread. Another one that needs it waits here until the claim is given up,
// unless that would make a circle: then the thunks need each other, but on no thread alone, so that neither can tell how the
// error reads where it would be met first. A thread of the circle that only works ahead of others gives up all that it was
// doing (ErrorKind::Abandoned, which nothing in the language catches). Where there is none the thread that closes the circle
// does, and does it again once no other thread runs (see abandoned()).
#pragma once
#include <atomic>

#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

// Waits while another thread than that of `vm` has claimed the object. False when that thread waits for this one: the
// pending error is then ErrorKind::Abandoned.
bool wait_for_claim(Vm& vm, Object* object);

extern std::atomic<std::uint32_t> waiting_threads;
void wake_waiting(const Object* object);

// To be called when the claim of an object was given up.
inline void claim_given_up(const Object* object) {
  // The machine may look before others see that it was given up (see let_all_see), but not the compiler.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (waiting_threads.load(std::memory_order_relaxed) != 0) [[unlikely]] wake_waiting(object);
}

// Whether the pending error says that the work is to be done again, alone.
bool abandoned(const Vm& vm);

}  // namespace evalctl::evaluator
