#include "evaluator/marker.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// Thunks may be claimed and get their results meanwhile.
bool is_apply(const Object* object) { return __atomic_load_n(&object->flags, __ATOMIC_RELAXED) & kApplyFlag; }

Kind kind_of(const Object* object) { return object->kind.load(std::memory_order_acquire); }

}  // namespace

std::size_t size_of(const Object* object) {
  std::size_t size = object->size;
  switch (kind_of(object)) {
    case Kind::Thunk:
    case Kind::Closure: return sizeof(Object) + object->extra * sizeof(Value);
    case Kind::Apply: return sizeof(ApplyObject) + size * sizeof(Value);
    case Kind::Claimed:
    case Kind::Tracked:
      return is_apply(object) ? sizeof(ApplyObject) + size * sizeof(Value) : sizeof(Object) + object->extra * sizeof(Value);
    case Kind::List: return sizeof(ListObject) + static_cast<const ListObject*>(object)->words() * sizeof(Value);
    case Kind::Attrs: return sizeof(AttrsObject) + static_cast<const AttrsObject*>(object)->words() * sizeof(Value);
    case Kind::String:
    case Kind::Path: return sizeof(StringObject) + size + 1;
    case Kind::PartialApplication: return sizeof(PartialObject) + size * sizeof(Value);
    default: return sizeof(Object) + sizeof(Value);
  }
}

std::span<Value> words_of(Object* object) {
  switch (kind_of(object)) {
    case Kind::Forced: return {static_cast<CodeObject*>(object)->words, 1};
    case Kind::Thunk:
    case Kind::Closure: return {static_cast<CodeObject*>(object)->words, object->extra};
    case Kind::Apply:
    case Kind::Claimed:
    case Kind::Tracked:
      if (!is_apply(object)) return {static_cast<CodeObject*>(object)->words, object->extra};
      return {&static_cast<ApplyObject*>(object)->function_or_result, object->size + std::size_t{1}};
    case Kind::List: return {static_cast<ListObject*>(object)->items, static_cast<ListObject*>(object)->words()};
    case Kind::Attrs: return {static_cast<AttrsObject*>(object)->items, static_cast<AttrsObject*>(object)->words()};
    case Kind::PartialApplication: return {&static_cast<PartialObject*>(object)->function, object->size + std::size_t{1}};
    default: return {};
  }
}

inline bool Marker::set_mark(char* chunk, std::size_t at) {
  std::uint64_t& marks = SharedHeap::marks(chunk)[at >> 9];
  std::uint64_t bit = std::uint64_t{1} << (at >> 3 & 63);
  if (__atomic_load_n(&marks, __ATOMIC_RELAXED) & bit) return false;
  if (pool_) return !(__atomic_fetch_or(&marks, bit, __ATOMIC_RELAXED) & bit);
  marks |= bit;
  return true;
}

// Marks those lines of one word of them as live.
inline void Marker::set_lines(std::uint64_t& word, std::uint64_t bits) {
  std::uint64_t known = __atomic_load_n(&word, __ATOMIC_RELAXED);
  // Neighbours mostly share a line.
  if (!(bits & ~known)) return;
  if (pool_) __atomic_fetch_or(&word, bits, __ATOMIC_RELAXED);
  else word = known | bits;
}

// The same for all up to `last`, which is of another word.
[[gnu::noinline]] void Marker::set_many_lines(char* chunk, std::size_t first, std::size_t last) {
  std::uint64_t* words = SharedHeap::live_lines(chunk);
  set_lines(words[first >> 6], ~std::uint64_t{0} << (first & 63));
  for (std::size_t i = (first >> 6) + 1; i < last >> 6; ++i) set_lines(words[i], ~std::uint64_t{0});
  set_lines(words[last >> 6], ~std::uint64_t{0} >> (63 - (last & 63)));
}

void Marker::object(Object* found) {
  char* chunk = SharedHeap::chunk_of(found);
  std::size_t at = reinterpret_cast<char*>(found) - chunk;
  if (!set_mark(chunk, at)) return;
  std::span<Value> words = words_of(found);
  // An object ends with its words, if it has any.
  std::size_t size = words.empty() ? size_of(found) : reinterpret_cast<char*>(words.data() + words.size()) - reinterpret_cast<char*>(found);
  std::size_t first = at / SharedHeap::kLineBytes;
  std::size_t last = std::min(at + size - 1, SharedHeap::kChunkBytes - 1) / SharedHeap::kLineBytes;
  if (first >> 6 != last >> 6) [[unlikely]] set_many_lines(chunk, first, last);
  else set_lines(SharedHeap::live_lines(chunk)[first >> 6], ~std::uint64_t{0} << (first & 63) & ~std::uint64_t{0} >> (63 - (last & 63)));
  if (!words.empty()) push(words);
}

// Whether there is nothing to do for a word. Two of three words point to what is marked already: their targets, which are mostly
// far from anything at hand, are not looked at. A word may thus go on pointing to a thunk with a result that is marked itself.
inline bool Marker::is_done(Value v) const {
  if (!v || !v.is_object()) return true;
  if (ahead_end_ && v.object() >= ahead_end_) return true;
  return SharedHeap::is_marked(v.object());
}

// Follows a word that pointed to an object; it is replaced by the result of a thunk that has one.
inline void Marker::follow(Value& v) {
  Value seen = Value::read_word(v);
  if (is_done(seen)) return;
  if (kind_of(seen.object()) == Kind::Forced) {
    Value result = Value::read_word(static_cast<CodeObject*>(seen.object())->words[0]);
    if (!keeps_its_word(result)) {
      if (ahead_end_) Value::replace_word(v, seen, result);
      else v = result;
      if (is_done(result)) return;
      seen = result;
    }
  }
  object(seen.object());
}

void Marker::word(Value& v) { follow(v); }

// A little later: the machine fetches several targets at once.
inline void Marker::words(std::span<Value> all) {
  for (Value& v : all) {
    Value seen = Value::read_word(v);
    if (is_done(seen)) continue;
    __builtin_prefetch(seen.object());
    if (Value* due = std::exchange(ahead_[next_ahead_++ % kAhead], &v)) follow(*due);
  }
}

// What other threads wrote before they stopped is read here as plain memory.
__attribute__((no_sanitize("address", "thread"))) void Marker::conservative(const void* begin, const void* end) {
  auto first = (reinterpret_cast<std::uintptr_t>(begin) + 7) & ~std::uintptr_t{7};
  for (auto* p = reinterpret_cast<const std::uintptr_t*>(first); p + 1 <= static_cast<const std::uintptr_t*>(end); ++p)
    if (Object* found = heap_.object_at(*p)) {
      if (!words_of(found).empty()) on_stacks_.push_back(found);
      object(found);
    }
}

void Marker::roots_of(Vm& vm) {
  for (Value* v : {&vm.empty_list, &vm.empty_attrs, &vm.empty_string}) word(*v);
  vm.visit_shared_strings([&](Value& v) { word(v); });
}

// Those of bodies that are older than the last collection are old themselves.
void Marker::constants(Vm::Program& program, bool anew) {
  constexpr std::size_t kBodyAhead = 16, kConstantsAhead = 8;
  const auto& bodies = program.bodies;
  for (std::size_t i = anew ? 0 : program.old_bodies; i < bodies.size(); ++i) {
    if (i + kBodyAhead < bodies.size()) __builtin_prefetch(bodies[i + kBodyAhead]);
    if (i + kConstantsAhead < bodies.size()) __builtin_prefetch(bodies[i + kConstantsAhead]->constants);
    words({bodies[i]->constants, bodies[i]->constant_count});
  }
  program.old_bodies = program.bodies.size();
}

void Marker::roots(Heap& own, bool anew) {
  for (Heap* heap : heap_.heaps_) roots_of(heap->vm_);
  own.vm_.program().visit_words([&](Value& v) { word(v); });
  constants(own.vm_.program(), anew);
  each_traced_block([](void* marker, const void* begin, const void* end) { static_cast<Marker*>(marker)->conservative(begin, end); }, this);
}

// Of the innermost stack of a thread, what is in use.
void Marker::stacks() {
  for (Heap* heap : heap_.heaps_) {
    for (std::size_t i = 0; i < heap->stacks_.size(); ++i) {
      const Heap::Stack& stack = heap->stacks_[i];
      bool current = i + 1 == heap->stacks_.size();
      conservative(current ? heap->stopped_at_ : stack.bottom, stack.top);
    }
  }
}

void Marker::old() {
  for (Object* found : heap_.on_stacks_) words(words_of(found));
  for (Heap* heap : heap_.heaps_) {
    const auto& kept = heap->kept_;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (i + kAhead < kept.size()) __builtin_prefetch(kept[i + kAhead]);
      object(kept[i]);
    }
    heap->kept_.clear();
  }
}

// They may be filled until the next collection.
void Marker::remember_stacks() {
  std::sort(on_stacks_.begin(), on_stacks_.end());
  on_stacks_.erase(std::unique(on_stacks_.begin(), on_stacks_.end()), on_stacks_.end());
  heap_.on_stacks_ = std::move(on_stacks_);
}

// Calls for others, where there are processors for them.
void Marker::share() {
  pool_ = MarkPool::of_process();
  if (pool_ && !pool_->open(heap_)) pool_ = nullptr;
}

// Of what this thread has found first, which leads to most.
void Marker::give_half() {
  auto middle = pending_.begin() + static_cast<std::ptrdiff_t>(top_ / 2);
  pool_->give({pending_.begin(), middle});
  std::copy(middle, pending_.begin() + static_cast<std::ptrdiff_t>(top_), pending_.begin());
  top_ -= top_ / 2;
}

// All that this thread has found; gives of it to those that have nothing.
void Marker::trace_own() {
  constexpr std::size_t kLeastToGive = 32;
  for (;;) {
    while (top_ != 0) {
      MarkedWords next = pending_[--top_];
      if (next.count > words_left_) {
        words_left_ = 0;
        return;
      }
      words_left_ -= next.count;
      // What was pushed long ago has left the cache meanwhile.
      if (top_ > 1) __builtin_prefetch(pending_[top_ - 2].first);
      words({next.first, next.count});
      if (pool_) {
        if (top_ >= kLeastToGive && pool_->is_short_of_work()) give_half();
      } else if (++traced_ == alone_) {
        share();
      }
    }
    trace_due();
    if (top_ == 0) return;
  }
}

// The words whose targets are on their way.
void Marker::trace_due() {
  for (Value*& v : ahead_)
    if (Value* due = std::exchange(v, nullptr)) follow(*due);
}

void Marker::help() {
  for (;;) {
    pending_ = pool_->take();
    top_ = pending_.size();
    if (top_ == 0) return;
    trace_own();
  }
}

void Marker::mark_ahead(Heap& own) {
  constexpr std::size_t kParts = 16;
  stacks();
  roots(own, true);
  trace_due();
  remember_stacks();
  for (std::size_t i = 0; i < kParts; ++i) {
    auto part = [&](std::size_t k) { return pending_.begin() + static_cast<std::ptrdiff_t>(top_ * k / kParts); };
    if (part(i) != part(i + 1)) pool_->give({part(i), part(i + 1)});
  }
  pool_->leave_to_others();
}

void Marker::mark_all(Heap& own, bool anew) {
  // Waking others pays when there is much to mark; tests have it now and then.
  constexpr std::size_t kAlone = 50'000;
  alone_ = heap_.stress_ != 0 && heap_.collections_ % 16 == 0 ? 1 : kAlone;
  old();
  stacks();
  roots(own, anew);
  remember_stacks();
  trace_own();
  if (!pool_) return;
  help();
  pool_->close();
}

bool Marker::is_little(Heap& own, std::size_t words) {
  alone_ = SIZE_MAX;
  words_left_ = words;
  stacks();
  roots(own, true);
  trace_own();
  return words_left_ != 0;
}

void Marker::check(const SharedHeap& heap) {
  auto fails = [](Value v) {
    return v && v.is_object() && !SharedHeap::is_marked(v.object());
  };
  for (std::size_t i = 0; i < heap.uses_.size(); ++i) {
    if (heap.uses_[i] != SharedHeap::Use::Objects && heap.uses_[i] != SharedHeap::Use::Large) continue;
    char* chunk = heap.chunk_at(i);
    for (std::size_t word = 0; word < SharedHeap::kStartBytes / 8; ++word) {
      for (std::uint64_t bits = SharedHeap::marks(chunk)[word]; bits != 0; bits &= bits - 1) {
        auto* object = reinterpret_cast<Object*>(chunk + ((word << 6 | static_cast<std::size_t>(__builtin_ctzll(bits))) << 3));
        for (Value v : words_of(object)) {
          if (!fails(v)) continue;
          std::fprintf(stderr, "a collection lost what an object of kind %d points to\n", static_cast<int>(kind_of(object)));
          std::abort();
        }
      }
    }
  }
}

}  // namespace evalctl::evaluator
