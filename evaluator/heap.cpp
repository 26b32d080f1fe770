#include "evaluator/heap.h"

#include <alloca.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "evaluator/dependencies.h"
#include "evaluator/marker.h"
#include "evaluator/page_ahead.h"
#include "evaluator/profiler.h"
#include "evaluator/shared_heap.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// The heap grows by so much, for each thread that evaluates, before the first collection, and after each, or by a part of what it
// left if that is more. All threads stand still for a collection: with several, each is dear.
constexpr std::size_t kFirstBudget = std::size_t{128} << 20, kGrowthPart = 8;
// A full collection has to pay: what is left has grown to so many times as much since the last one.
constexpr std::size_t kFullGrowth = 4;
// Who works ahead adds the two chunks that it fills: else there are collections while the chunks of others have room.
constexpr std::size_t kRoomAhead = std::size_t{64} << 20;

// After this part of the first budget others begin to mark. They take about half of the time in which the rest is filled.
constexpr std::size_t before_marking(std::size_t budget) { return budget / 4 * 3; }

// Fresh memory is touched by other threads ahead of where it is filled, once so much has been allocated.
constexpr std::size_t kAlone = std::size_t{1} << 19;

// An early collection comes after so many bytes. What it leaves has to be a small part of them: then it takes less time than the system
// to clear pages, and what it left is soon at hand again.
constexpr std::size_t kNursery = std::size_t{4} << 20, kNurseryPart = 8;
// Each chunk costs a collection some time. There is a second one for objects larger than a line.
constexpr std::ptrdiff_t kNurseryChunks = 3;
// To find out costs an evaluation that keeps what it makes a few hundred microseconds, once: words that are followed at most, and bytes of
// stack that are looked through.
constexpr std::size_t kLittleWords = std::size_t{1} << 15, kLittleStack = std::size_t{1} << 20;

[[noreturn]] void out_of_memory() {
  static const char text[] = "error: out of memory\n";
  std::fwrite(text, 1, sizeof text - 1, stderr);
  std::_Exit(1);
}

}  // namespace

SharedHeap::SharedHeap() : threshold_(kFirstBudget), nursery_(kNursery) {
  // Address space costs nothing; where it is limited, less will do.
  for (std::size_t bytes = std::size_t{1} << 42; bytes >= kFirstBudget; bytes /= 2) {
    void* p = mmap(nullptr, bytes + kChunkBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) continue;
    base_ = chunk_of(static_cast<char*>(p) + kChunkBytes - 1);
    reserved_chunks_ = bytes / kChunkBytes;
    return;
  }
  out_of_memory();
}

// The index of the first of `count` neighbouring chunks that are now readable, writable and zero. None where the system has no room for
// more than one.
std::size_t SharedHeap::take_chunks(std::size_t count) {
  std::size_t first = uses_.size();
  for (std::size_t i = 0, free = 0; i < uses_.size(); ++i) {
    free = uses_[i] == Use::Free ? free + 1 : 0;
    if (free == count) {
      first = i + 1 - count;
      break;
    }
  }
  bool is_there = first + count <= reserved_chunks_ && mprotect(chunk_at(first), count * kChunkBytes, PROT_READ | PROT_WRITE) == 0;
  if (!is_there && count > 1) return kNoChunk;
  if (!is_there) out_of_memory();
  if (first + count > uses_.size()) uses_.resize(first + count, Use::Free);
  // An evaluation that needs little gets it page by page.
  std::size_t small = first == 0 ? base::kHugePage : 0;
  base::use_huge_pages(chunk_at(first) + small, count * kChunkBytes - small);
  mapped_ += count * kChunkBytes;
  return first;
}

char* SharedHeap::prepare_chunk() {
  std::lock_guard lock(mutex_);
  if (prepared_ == kNoChunk && stress_ == 0 && mapped_ + kChunkBytes <= threshold_) {
    prepared_ = take_chunks(1);
    uses_[prepared_] = Use::Objects;
  }
  return prepared_ == kNoChunk ? nullptr : chunk_at(prepared_);
}

std::size_t SharedHeap::next_used_chunk(bool for_lines) {
  if (for_lines && !searched_.empty()) {
    std::size_t chunk = searched_.back();
    searched_.pop_back();
    return chunk;
  }
  if (next_used_ == kNoChunk) return kNoChunk;
  while (next_used_ < uses_.size() && uses_[next_used_] != Use::Objects) ++next_used_;
  if (next_used_ < uses_.size()) return next_used_++;
  return next_used_ = kNoChunk;
}

Heap::Heap(Vm& vm) : vm_(vm), ahead_at_(before_marking(kFirstBudget)), shared_(std::make_shared<SharedHeap>()) {
  shared_->heaps_.push_back(this);
  shared_->running_ = 1;
}

// Those that evaluate something of their own have a budget each; the first thread does not, when it waits for the others.
std::size_t SharedHeap::budget() const {
  std::size_t own = 0, ahead = 0;
  for (const Heap* heap : heaps_) (heap->vm_.works_ahead ? ahead : own) += heap->vm_.number != 0;
  return kFirstBudget * std::max<std::size_t>(own, 1) + kRoomAhead * ahead;
}

Heap::Heap(Vm& vm, Heap& first) : vm_(vm), shared_(first.shared_) {
  std::unique_lock lock(shared_->mutex_);
  shared_->changed_.wait(lock, [&] { return !shared_->stopping_; });
  shared_->heaps_.push_back(this);
  has_old_ = shared_->collections_ != 0 || shared_->ahead_;
  ahead_end_ = shared_->ahead_end_;
  ++shared_->running_;
  shared_->threshold_ = std::max(shared_->threshold_, shared_->budget());
  if (shared_->maximum_ != 0) shared_->threshold_ = std::min(shared_->threshold_, shared_->maximum_);
}

void Heap::set_limit(std::size_t bytes) {
  shared_->maximum_ = bytes;
  base::limit_blocks(bytes);
  if (bytes < shared_->threshold_) shared_->threshold_ = bytes;
}
std::size_t Heap::limit() const { return shared_->maximum_; }
void Heap::collect_every(std::size_t bytes) {
  shared_->stress_ = bytes;
  std::size_t ahead = before_marking(bytes);
  ahead_at_ = allocated_bytes() + ahead;
  // The run at hand was begun without that.
  if (static_cast<std::size_t>(limit_ - next_) > ahead) limit_ = next_ + ahead;
}
bool Heap::exhausted() const { return shared_->exhausted_.load(std::memory_order_relaxed); }
std::size_t Heap::mapped_bytes() const { return shared_->mapped_.load(std::memory_order_relaxed); }
std::uint32_t Heap::collections() const { return shared_->collections_; }

void Heap::keep(Object* object) {
  if (!ChunkLayout::is_marked(object)) kept_.push_back(object);
}

void Heap::end_run() {
  allocated_ += static_cast<std::size_t>(next_ - run_begin_);
  next_ = limit_ = run_begin_ = nullptr;
}

void Heap::forget_runs() {
  end_run();
  large_next_ = large_limit_ = nullptr;
  fresh_ = large_fresh_ = {};
  lines_ = large_ = {};
  own_lines_ = {};
}

void Heap::set_run(char* begin, char* end) {
  end_run();
  next_ = run_begin_ = begin;
  std::size_t stress = shared_->stress_;
  limit_ = stress != 0 && static_cast<std::size_t>(end - begin) > stress ? begin + stress : end;
}

// For all objects, or for allocate_between. False when there has to be a collection first.
bool Heap::fresh_chunk(bool must, bool between) {
  SharedHeap& shared = *shared_;
  std::lock_guard lock(shared.mutex_);
  // Free lines may be too short for what is wanted; a collection so soon after the last one would not find more.
  must |= allocated_bytes() - allocated_before_ < shared.pause_ && shared.maximum_ == 0;
  bool is_prepared = shared.prepared_ != SharedHeap::kNoChunk;
  if (!must && !is_prepared && shared.mapped_ + SharedHeap::kChunkBytes > shared.threshold_) return false;
  std::size_t index = is_prepared ? std::exchange(shared.prepared_, SharedHeap::kNoChunk) : shared.take_chunks(1);
  shared.uses_[index] = SharedHeap::Use::Objects;
  char *begin = shared.chunk_at(index) + SharedHeap::kHeaderBytes, *end = shared.chunk_at(index) + SharedHeap::kChunkBytes;
  if (between) {
    large_next_ = large_limit_ = begin;
    large_fresh_ = {end};
    lengthen(large_limit_, large_fresh_);
  } else if (shared.stress_ != 0) {
    set_run(begin, end);
  } else {
    set_run(begin, begin);
    fresh_ = {end};
    lengthen(limit_, fresh_);
  }
  return true;
}

bool Heap::lengthen(char*& limit, const Fresh& fresh) {
  if (limit == fresh.end || !fresh.end) return false;
  constexpr std::size_t kStretch = PageAhead::kStretch;
  limit += std::min<std::size_t>(kStretch - reinterpret_cast<std::uintptr_t>(limit) % kStretch, static_cast<std::size_t>(fresh.end - limit));
  // Short evaluations do not start a thread.
  if (allocated_bytes() < kAlone) return true;
  PageAhead* helper = PageAhead::of_process();
  if (!helper) return true;
  std::size_t left = static_cast<std::size_t>(fresh.end - limit);
  // As much again as there is at most.
  std::size_t reach = std::min(PageAhead::kReach, (allocated_bytes() + kStretch - 1) / kStretch * kStretch);
  bool goes_on = left < reach && shared_->prepare_chunk() == fresh.end;
  helper->touch(limit, limit + (goes_on ? reach : std::min(left, reach)));
  return true;
}

namespace {

// The first line from `line` on that is free, or is not; `lines` if there is none. Looks at 64 lines at once.
std::size_t next_line(const std::uint64_t* live, const std::uint64_t* taken, std::size_t line, std::size_t lines, bool is_free) {
  std::uint64_t flip = is_free ? ~std::uint64_t{0} : 0, mask = ~std::uint64_t{0} << (line & 63);
  for (std::size_t word = line >> 6; word < lines / 64; ++word, mask = ~std::uint64_t{0})
    if (std::uint64_t found = ((live[word] | taken[word]) ^ flip) & mask) return word << 6 | static_cast<std::size_t>(__builtin_ctzll(found));
  return lines;
}

void set_lines(std::uint64_t* lines, std::size_t begin, std::size_t end) {
  for (std::size_t word = begin >> 6; word << 6 < end; ++word) {
    std::uint64_t bits = ~std::uint64_t{0};
    if (word == begin >> 6) bits <<= begin & 63;
    if (end - (word << 6) < 64) bits &= ~(~std::uint64_t{0} << (end & 63));
    lines[word] |= bits;
  }
}

// Free lines that will be filled soon are on their way to the processor's cache by then: a line that was not looked at since it
// was last written is far away.
void fetch_lines(const char* first, std::uint64_t free, std::size_t line_bytes) {
  constexpr std::uint64_t kOfBoth = 3;  // lines of the heap in one of the cache
  for (; free != 0; free &= ~(kOfBoth << (std::countr_zero(free) & ~1)))
    __builtin_prefetch(first + static_cast<std::size_t>(std::countr_zero(free)) * line_bytes, 1);
}

}  // namespace

// Goes on to another chunk. False when there is none.
bool Heap::next_chunk(RunSearch& at) {
  std::lock_guard lock(shared_->mutex_);
  bool for_lines = &at == &lines_;
  if (!for_lines && at.chunk != SharedHeap::kNoChunk) shared_->searched_.push_back(at.chunk);
  at = {shared_->next_used_chunk(for_lines), SharedHeap::kHeaderBytes / SharedHeap::kLineBytes};
  return at.chunk != SharedHeap::kNoChunk;
}

// The next free run with room for `bytes` in the chunk of the search for large ones, zeroed and no longer free; empty when there
// is none.
std::span<char> Heap::next_run_of_chunk(std::size_t bytes) {
  constexpr std::size_t kLines = SharedHeap::kLines, kLineBytes = SharedHeap::kLineBytes;
  std::size_t wanted = (bytes + kLineBytes - 1) / kLineBytes;
  char* chunk = shared_->chunk_at(large_.chunk);
  std::uint64_t *live = SharedHeap::live_lines(chunk), *taken = SharedHeap::taken_lines(chunk);
  while (large_.line < kLines) {
    std::size_t begin = next_line(live, taken, large_.line, kLines, true);
    large_.line = next_line(live, taken, begin, kLines, false);
    if (large_.line - begin < wanted) continue;
    set_lines(taken, begin, large_.line);
    std::span<char> run(chunk + begin * kLineBytes, (large_.line - begin) * kLineBytes);
    std::memset(run.data(), 0, run.size());
    return run;
  }
  return {};
}

// The same in the chunks behind it as well.
std::span<char> Heap::next_run(std::size_t bytes) {
  do {
    if (large_.chunk == SharedHeap::kNoChunk) continue;
    std::span<char> run = next_run_of_chunk(bytes);
    if (!run.empty()) return run;
  } while (next_chunk(large_));
  return {};
}

// Makes the free ones of the next 64 lines that have such this thread's own. False when there are none.
bool Heap::take_lines() {
  do {
    if (lines_.chunk == SharedHeap::kNoChunk) continue;
    char* chunk = shared_->chunk_at(lines_.chunk);
    std::uint64_t *live = SharedHeap::live_lines(chunk), *taken = SharedHeap::taken_lines(chunk);
    for (; lines_.line < SharedHeap::kLines; lines_.line += 64) {
      std::size_t word = lines_.line / 64;
      std::uint64_t free = ~(live[word] | taken[word]);
      if (free == 0) continue;
      taken[word] = ~live[word];
      own_lines_ = {chunk + lines_.line * SharedHeap::kLineBytes, free};
      lines_.line += 64;
      if (word + 1 < SharedHeap::kLines / 64) fetch_lines(chunk + lines_.line * SharedHeap::kLineBytes, ~(live[word + 1] | taken[word + 1]), SharedHeap::kLineBytes);
      return true;
    }
  } while (next_chunk(lines_));
  return false;
}

// Goes on in the next run of lines that are this thread's own, with an object of at most a line. A run is cleared line by
// line: nearly all are of one or two, for which a call takes longer.
inline void* Heap::begin_run(std::size_t bytes) {
  constexpr std::size_t kLineBytes = SharedHeap::kLineBytes;
  auto first = static_cast<std::size_t>(std::countr_zero(own_lines_.free));
  auto count = static_cast<std::size_t>(std::countr_one(own_lines_.free >> first));
  char* begin = own_lines_.first + first * kLineBytes;
  // A carry goes through the lowest ones.
  own_lines_.free &= own_lines_.free + (std::uint64_t{1} << first);
  end_run();
  run_begin_ = begin;
  next_ = begin + bytes;
  char* end = limit_ = begin + count * kLineBytes;
  for (char* line = begin; line != end; line += kLineBytes) {
    std::memset(line, 0, kLineBytes);
    asm volatile("" : "+r"(line));
  }
  SharedHeap::set_start(begin);
  return begin;
}

// An object of the run for those that are larger than a line, where there is room.
inline void* Heap::take_large(std::size_t bytes) {
  char* p = large_next_;
  large_next_ += bytes;
  allocated_ += bytes;
  SharedHeap::set_start(p);
  return p;
}

// What is larger than a line has a search and a run of its own, so as not to pass over the short runs. Null when there is no
// room.
void* Heap::allocate_between(std::size_t bytes) {
  while (bytes > static_cast<std::size_t>(large_limit_ - large_next_)) {
    if (lengthen(large_limit_, large_fresh_)) continue;
    large_fresh_ = {};
    // Gone from the chunk at hand, which another thread may take now.
    large_next_ = large_limit_ = nullptr;
    std::span<char> run = next_run(bytes);
    if (run.empty()) return nullptr;
    large_next_ = run.data();
    large_limit_ = run.data() + run.size();
  }
  return take_large(bytes);
}

// What is nearly always so comes first, and needs no frame.
void* Heap::allocate_slow(std::size_t bytes) {
  bool is_usual = !shared_->stopping_.load(std::memory_order_relaxed) && shared_->stress_ == 0;
  if (is_usual && bytes <= SharedHeap::kLineBytes && own_lines_.free != 0) return begin_run(bytes);
  if (is_usual && bytes > SharedHeap::kLineBytes && bytes <= static_cast<std::size_t>(large_limit_ - large_next_)) return take_large(bytes);
  return find_room(bytes);
}

[[gnu::noinline]] void* Heap::find_room(std::size_t bytes) {
  if (shared_->stopping_.load(std::memory_order_relaxed)) [[unlikely]] pause();
  if (bytes >= SharedHeap::kLargeBytes) return allocate_large(bytes, false);
  if (allocated_bytes() >= ahead_at_) [[unlikely]] mark_ahead();
  if (shared_->stress_ != 0 && allocated_bytes() - allocated_before_ >= shared_->stress_) collect();
  if (std::size_t nursery = shared_->nursery_; nursery != 0 && allocated_bytes() - allocated_before_ >= nursery) [[unlikely]] collect_early();
  while (lengthen(limit_, fresh_))
    if (void* p = try_allocate(bytes)) return p;
  fresh_ = {};
  for (bool must = false;; must = true) {
    // Once there are free lines, those are for small objects, and new chunks are not.
    bool between = bytes > SharedHeap::kLineBytes && shared_->collections_ != 0;
    if (between) {
      if (void* p = allocate_between(bytes)) return p;
    } else if (own_lines_.free != 0 || take_lines()) {
      void* p = begin_run(bytes);
      if (std::size_t stress = shared_->stress_) limit_ = std::clamp(run_begin_ + stress, next_, limit_);
      return p;
    }
    if (!fresh_chunk(must, between)) collect();
    else if (!between) break;
  }
  return allocate(bytes);
}

Object* SharedHeap::object_at(std::uintptr_t address) const {
  auto base = reinterpret_cast<std::uintptr_t>(base_);
  if (address < base || address >= base + uses_.size() * kChunkBytes) return nullptr;
  std::size_t index = (address - base) / kChunkBytes;
  while (uses_[index] == Use::LargeTail) --index;
  if (uses_[index] == Use::Free) return nullptr;
  char* chunk = chunk_at(index);
  if (uses_[index] == Use::Large) return reinterpret_cast<Object*>(chunk + kHeaderBytes);
  std::size_t bit = (address & (kChunkBytes - 1)) >> 3;
  const std::uint64_t* words = starts(chunk);
  std::size_t word = bit >> 6;
  std::uint64_t bits = words[word] & (~std::uint64_t{0} >> (63 - (bit & 63)));
  while (bits == 0) {
    if (word == 0) return nullptr;
    bits = words[--word];
  }
  auto* object = reinterpret_cast<Object*>(chunk + ((word << 6 | (63 - static_cast<std::size_t>(__builtin_clzll(bits)))) << 3));
  return address < reinterpret_cast<std::uintptr_t>(object) + size_of(object) ? object : nullptr;
}

// Overwrites what is dead with words that are addresses of nothing: who still reads it is found out.
void SharedHeap::spoil_dead(char* chunk) {
  for (std::size_t word = 0; word < kStartBytes / 8; ++word) {
    for (std::uint64_t dead = starts(chunk)[word] & ~marks(chunk)[word]; dead != 0; dead &= dead - 1) {
      char* object = chunk + ((word << 6 | static_cast<std::size_t>(std::countr_zero(dead))) << 3);
      std::memset(object, 0xa8, size_of(reinterpret_cast<const Object*>(object)));
    }
  }
}

// Live objects keep their lines; all others are free. Marks become the starts.
void SharedHeap::sweep() {
  std::size_t live = 0;
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    char* chunk = chunk_at(i);
    if (uses_[i] == Use::Objects) {
      if (stress_ != 0) spoil_dead(chunk);
      std::memcpy(starts(chunk), marks(chunk), kStartBytes);
      for (std::uint64_t word : std::span(live_lines(chunk), kLines / 64)) live += kLineBytes * static_cast<std::size_t>(std::popcount(word));
    } else if (uses_[i] == Use::Large) {
      std::size_t count = 1, bytes = pages_of(size_of(reinterpret_cast<const Object*>(chunk + kHeaderBytes)));
      while (i + count < uses_.size() && uses_[i + count] == Use::LargeTail) ++count;
      bool marked = marks(chunk)[kHeaderBytes >> 9] >> (kHeaderBytes >> 3 & 63) & 1;
      if (marked) {
        live += bytes;
      } else {
        madvise(chunk, count * kChunkBytes, MADV_DONTNEED);
        std::fill_n(uses_.begin() + i, count, Use::Free);
        mapped_ -= bytes;
      }
      i += count - 1;
    }
  }
  set_threshold(live);
}

// Also decides what the next collection is.
void SharedHeap::set_threshold(std::size_t live) {
  bool full = next_is_full_;
  live_ = live;
  if (full) live_after_full_ = live;
  std::size_t growth = std::max(budget(), live / kGrowthPart);
  threshold_ = live + growth;
  pause_ = stress_ != 0 ? 0 : growth / heaps_.size();
  next_is_full_ = stress_ != 0 ? collections_ % 8 == 0 : live > kFullGrowth * live_after_full_;
  if (maximum_ == 0) return;
  threshold_ = std::min(threshold_, std::max(maximum_, mapped_.load()));
  bool short_of_memory = live + live / 8 > maximum_;
  exhausted_ = full && short_of_memory;
  next_is_full_ |= short_of_memory;
}

void SharedHeap::clear_marks() {
  on_stacks_.clear();
  for (Heap* heap : heaps_) heap->kept_.clear();
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    if (uses_[i] != Use::Objects && uses_[i] != Use::Large) continue;
    std::memset(marks(chunk_at(i)), 0, kStartBytes);
    std::memset(live_lines(chunk_at(i)), 0, 2 * (kLines / 8));
  }
}

void SharedHeap::clear_marks_below(const char* end) {
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    char* chunk = chunk_at(i);
    std::size_t bytes = uses_[i] == Use::Objects ? static_cast<std::size_t>(end - chunk) : kHeaderBytes;
    if (uses_[i] != Use::Objects && uses_[i] != Use::Large) continue;
    std::memset(marks(chunk), 0, bytes / 64 + 8);
    std::memset(live_lines(chunk), 0, bytes / (8 * kLineBytes) + 8);
  }
}

void SharedHeap::clear_runs() {
  for (std::size_t i = 0; i < uses_.size(); ++i)
    if (uses_[i] == Use::Objects) std::memset(taken_lines(chunk_at(i)), 0, kLines / 8);
}

// Lets others mark what there is before the first collection. Not where other threads or a limit would have to be thought of, or values
// depend on what may change.
[[gnu::noinline]] void Heap::mark_ahead() {
  ahead_at_ = UINT64_MAX;
  __builtin_unwind_init();
  SharedHeap& shared = *shared_;
  std::lock_guard lock(shared.mutex_);
  if (shared.collections_ != 0 || shared.heaps_.size() != 1 || shared.maximum_ != 0 || vm_.dependencies) return;
  MarkPool* pool = MarkPool::of_process();
  // What its threads look at as soon as they begin.
  shared.ahead_end_ = reinterpret_cast<const Object*>(next_);
  if (!pool || !pool->open(shared)) return shared.ahead_end_ = nullptr, void();
  shared.ahead_ = pool;
  shared.ahead_in_ = getpid();
  ahead_end_ = shared.ahead_end_;
  has_old_ = true;
  // What has chunks of its own may stand above, although it is not new.
  for (std::size_t i = 0; i < shared.uses_.size(); ++i)
    if (shared.uses_[i] == SharedHeap::Use::Large) kept_.push_back(reinterpret_cast<Object*>(shared.chunk_at(i) + SharedHeap::kHeaderBytes));
  stopped_at_ = alloca(1);
  Marker(shared, *pool).mark_ahead(*this);
  stopped_at_ = nullptr;
}

// Whether what was in use below `ahead_end_` is marked, since others have done it. Waits for them. They are not here in a process
// that was forked meanwhile.
bool SharedHeap::finish_ahead() {
  MarkPool* pool = std::exchange(ahead_, nullptr);
  bool are_here = pool && ahead_in_ == getpid();
  if (are_here) {
    pool->come_back();
    Marker(*this, *pool).help();
    pool->close();
  }
  ahead_end_ = nullptr;
  for (Heap* heap : heaps_) heap->ahead_end_ = nullptr;
  return are_here && !begins_anew_;
}

// With all other threads standing still and the lock held.
void Heap::collect_now() {
  SharedHeap& shared = *shared_;
  std::optional<Profiler::Frame> frame;
  if (profiler) frame.emplace(vm_, nullptr, &kCollection);
  bool has_begun = shared.finish_ahead();
  for (Heap* heap : shared.heaps_) {
    heap->forget_runs();
    heap->has_old_ = true;
    heap->allocated_before_ = heap->allocated_;
  }
  for (bool again = true; again;) {
    ++shared.collections_;
    bool full = shared.next_is_full_, anew = full && !std::exchange(has_begun, false);
    if (anew) shared.clear_marks();
    else shared.clear_runs();
    Marker(shared).mark_all(*this, anew);
    if (vm_.dependencies) vm_.dependencies->drop_dead(anew, SharedHeap::is_marked);
    if (shared.stress_ != 0) Marker::check(shared);
    shared.sweep();
    // Before memory counts as exhausted.
    again = !full && shared.maximum_ != 0 && shared.next_is_full_;
  }
  shared.next_used_ = 0;
  shared.searched_.clear();
  // It has free lines now, as others have.
  shared.prepared_ = SharedHeap::kNoChunk;
}

// Where one thread evaluates and has allocated so much since the last time. The first time it finds out whether that is worth while.
[[gnu::noinline]] void Heap::collect_early() {
  SharedHeap& shared = *shared_;
  std::size_t nursery = std::exchange(shared.nursery_, 0);
  bool is_first = shared.collections_ == 0;
  auto chunks = std::ranges::count(shared.uses_, SharedHeap::Use::Objects);
  if (shared.heaps_.size() != 1 || shared.maximum_ != 0 || shared.stress_ != 0 || chunks > (is_first ? 1 : kNurseryChunks)) return;
  if (is_first && !is_little()) return;
  std::size_t live = shared.live_;
  collect();
  if (is_first || shared.live_ <= live + nursery / kNurseryPart) shared.nursery_ = nursery;
}

// Whether what can be reached is little, of the only thread.
[[gnu::noinline]] bool Heap::is_little() {
  __builtin_unwind_init();
  stopped_at_ = alloca(1);
  std::size_t stack = 0;
  for (std::size_t i = 0; i < stacks_.size(); ++i)
    stack += static_cast<std::size_t>(static_cast<const char*>(stacks_[i].top) - static_cast<const char*>(i + 1 == stacks_.size() ? stopped_at_ : stacks_[i].bottom));
  bool is_little = stack <= kLittleStack && Marker(*shared_).is_little(*this, kLittleWords);
  stopped_at_ = nullptr;
  shared_->clear_marks_below(limit_);
  return is_little;
}

}  // namespace evalctl::evaluator
