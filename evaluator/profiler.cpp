#include "evaluator/profiler.h"

#include <ctime>

#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// Deeper frames, and new paths beyond so many, count as their parents: recursion must not eat the memory.
constexpr std::uint32_t kMaximumDepth = 400;
constexpr std::size_t kMaximumNodes = std::size_t{1} << 22;

std::uint64_t nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

Profiler* profiler = nullptr;
const BuiltinRow kCollection = {"garbage collection", "", "", "", nullptr};

Profiler::Profiler(Vm& vm)
    : vm_(vm), current_(&nodes_.emplace_back()), last_time_(nanoseconds()), last_bytes_(vm.heap.allocated_bytes()) {}

void Profiler::charge(Vm& vm) {
  std::uint64_t time = nanoseconds(), bytes = vm.heap.allocated_bytes();
  current_->self += time - last_time_;
  current_->bytes += bytes - last_bytes_;
  last_time_ = time;
  last_bytes_ = bytes;
}

Profiler::Node* Profiler::child(const Code* code, const BuiltinRow* builtin) {
  for (Node*& known : current_->children) {
    if (known->code != code || known->builtin != builtin) continue;
    // What was found last is likely to be wanted next.
    std::swap(known, current_->children.front());
    return current_->children.front();
  }
  if (current_->depth >= kMaximumDepth || nodes_.size() >= kMaximumNodes) return current_;
  Node& made = nodes_.emplace_back();
  made.code = code;
  made.builtin = builtin;
  made.parent = current_;
  made.depth = current_->depth + 1;
  current_->children.push_back(&made);
  return &made;
}

Profiler::Frame::Frame(Vm& vm, const Code* code, const BuiltinRow* builtin) : vm_(vm), before_(profiler->current_) {
  profiler->charge(vm);
  // A function that calls itself is one frame.
  bool same = before_->code == code && before_->builtin == builtin;
  if (!same) profiler->current_ = profiler->child(code, builtin);
  ++profiler->current_->calls;
}

Profiler::Frame::~Frame() {
  profiler->charge(vm_);
  profiler->current_ = before_;
}

const Profiler::Node& Profiler::root() {
  if (!ended_) charge(vm_);
  ended_ = true;
  return nodes_.front();
}

}  // namespace evalctl::evaluator
