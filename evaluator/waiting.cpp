#include "evaluator/waiting.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "evaluator/vm.h"

namespace evalctl::evaluator {

std::atomic<std::uint32_t> waiting_threads{0};

namespace {

struct Waiting {
  std::mutex mutex;
  struct Waiter {
    const Object* object = nullptr;
    bool works_ahead = false, has_to_give_up = false;
    std::condition_variable given_up;
  };
  // What each thread waits for, by its number.
  std::array<Waiter, kMostThreads + 1> threads{};
  // How many wait for objects of a hash: most of what is given up nobody waits for.
  std::array<std::atomic<std::uint32_t>, 1024> by_hash{};

  std::atomic<std::uint32_t>& count_of(const Object* object) {
    return by_hash[reinterpret_cast<std::uintptr_t>(object) >> 4 & (by_hash.size() - 1)];
  }
};

Waiting& waiting() {
  static Waiting* instance = new Waiting;
  return *instance;
}

bool is_claimed(const Object* object, std::uint8_t& owner) {
  ThunkState state = ThunkState::of(object);
  owner = state.owner();
  return state.kind == Kind::Claimed;
}

// Whether the threads that wait for each other from `object` on lead back to `thread`. `ahead` becomes one of them that works
// ahead of others, where there is one.
bool leads_back(Waiting& w, const Object* object, std::uint8_t thread, Waiting::Waiter*& ahead) {
  std::uint8_t owner = 0;
  // There may be a circle of others of which one was told to give up.
  for (std::uint32_t steps = 0; object && steps <= kMostThreads && is_claimed(object, owner); ++steps) {
    if (owner == thread) return true;
    if (w.threads[owner].works_ahead) ahead = &w.threads[owner];
    object = w.threads[owner].object;
  }
  return false;
}

// Who gives up a claim looks without a barrier whether somebody waits; this makes all threads of the process go through one.
// False where the system has no such thing.
bool let_all_see() {
  static const bool can = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return can && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

// Until the claim is given up. False when this thread has to give up what it is doing.
bool wait_until_free(Waiting& w, std::unique_lock<std::mutex>& lock, const Object* object, std::uint8_t thread) {
  Waiting::Waiter& self = w.threads[thread];
  w.count_of(object).fetch_add(1);
  waiting_threads.fetch_add(1);
  auto look = std::chrono::milliseconds(let_all_see() ? 1000 : 2);
  std::uint8_t owner = 0;
  while (is_claimed(object, owner) && owner != thread && !self.has_to_give_up) self.given_up.wait_for(lock, look);
  waiting_threads.fetch_sub(1);
  w.count_of(object).fetch_sub(1);
  self.object = nullptr;
  return !std::exchange(self.has_to_give_up, false);
}

}  // namespace

void wake_waiting(const Object* object) {
  Waiting& w = waiting();
  if (w.count_of(object).load(std::memory_order_relaxed) == 0) return;
  std::lock_guard lock(w.mutex);
  for (Waiting::Waiter& waiter : w.threads)
    if (waiter.object == object) waiter.given_up.notify_one();
}

bool wait_for_claim(Vm& vm, Object* object) {
  bool goes_on = false;
  vm.heap.while_away([&] {
    Waiting& w = waiting();
    std::unique_lock lock(w.mutex);
    Waiting::Waiter* ahead = nullptr;
    bool is_circle = leads_back(w, object, vm.number, ahead);
    if (is_circle && (vm.works_ahead || !ahead)) return;
    if (is_circle) {
      ahead->has_to_give_up = true;
      ahead->given_up.notify_one();
    }
    w.threads[vm.number].object = object;
    w.threads[vm.number].works_ahead = vm.works_ahead;
    goes_on = wait_until_free(w, lock, object, vm.number);
  });
  if (!goes_on) vm.fail(ErrorKind::Abandoned, "two threads wait for each other");
  return goes_on;
}

bool abandoned(const Vm& vm) { return vm.error && vm.error->kind == ErrorKind::Abandoned; }

}  // namespace evalctl::evaluator
