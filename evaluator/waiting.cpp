#include "evaluator/waiting.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

struct Waiting {
  std::mutex mutex;
  std::condition_variable given_up;
  // What each thread waits for, by its number.
  std::array<const Object*, kMostThreads + 1> objects{};
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

// Whether the threads that wait for each other from `object` on lead back to `thread`.
bool leads_back(const Waiting& w, const Object* object, std::uint8_t thread) {
  std::uint8_t owner = 0;
  while (object && is_claimed(object, owner)) {
    if (owner == thread) return true;
    object = w.objects[owner];
  }
  return false;
}

}  // namespace

std::atomic<std::uint32_t> waiting_threads{0};

void wake_waiting(const Object* object) {
  Waiting& w = waiting();
  if (w.count_of(object).load(std::memory_order_relaxed) == 0) return;
  { std::lock_guard lock(w.mutex); }
  w.given_up.notify_all();
}

bool wait_for_claim(Vm& vm, Object* object) {
  // Who gives up a claim looks at the number of those that wait without a barrier, so that this one may be overlooked.
  constexpr auto kLook = std::chrono::milliseconds(2);
  bool circle = false;
  vm.heap.while_away([&] {
    Waiting& w = waiting();
    std::unique_lock lock(w.mutex);
    circle = leads_back(w, object, vm.number);
    if (circle) return;
    w.objects[vm.number] = object;
    w.count_of(object).fetch_add(1);
    waiting_threads.fetch_add(1);
    std::uint8_t owner = 0;
    while (is_claimed(object, owner) && owner != vm.number) w.given_up.wait_for(lock, kLook);
    waiting_threads.fetch_sub(1);
    w.count_of(object).fetch_sub(1);
    w.objects[vm.number] = nullptr;
  });
  if (circle) vm.fail(ErrorKind::Abandoned, "two threads wait for each other");
  return !circle;
}

bool abandoned(const Vm& vm) { return vm.error && vm.error->kind == ErrorKind::Abandoned; }

}  // namespace evalctl::evaluator
