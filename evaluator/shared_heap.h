// What the heaps of all threads of one evaluation share. Only Heap and Marker look inside. See evaluator/heap.h.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class MarkPool;

class SharedHeap : private ChunkLayout {
 public:
  SharedHeap();
  SharedHeap(const SharedHeap&) = delete;

 private:
  friend class Heap;
  friend class Marker;
  static constexpr std::size_t kLineBytes = 32;
  static constexpr std::size_t kLines = kChunkBytes / kLineBytes;
  static constexpr std::size_t kHeaderBytes = 2 * kStartBytes + 2 * (kLines / 8);
  // Larger objects get chunks of their own.
  static constexpr std::size_t kLargeBytes = kChunkBytes / 4;
  // What such an object counts for: the rest of its chunks is never touched.
  static std::size_t pages_of(std::size_t bytes) { return (bytes + 4095) & ~std::size_t{4095}; }

  // What a chunk-sized stretch of addresses is used for.
  enum class Use : std::uint8_t { Free, Objects, Large, LargeTail };

  // By line, whether it holds what a collection left, and whether it is part of a run that was handed out since.
  static std::uint64_t* live_lines(char* chunk) { return reinterpret_cast<std::uint64_t*>(chunk + 2 * kStartBytes); }
  static std::uint64_t* taken_lines(char* chunk) { return live_lines(chunk) + kLines / 64; }
  char* chunk_at(std::size_t index) const { return base_ + index * kChunkBytes; }

  // The functions without a Heap& run with `mutex_` held, those of a collection while all threads stand still.
  std::size_t take_chunks(std::size_t count);
  // The chunk that is filled next, which may be touched now; null when a collection comes first. Takes the lock itself.
  char* prepare_chunk();
  // The next chunk with room left by the last collection, or kNoChunk. For runs of single lines, also one in which there are
  // no longer ones left.
  std::size_t next_used_chunk(bool for_lines);
  // Start of the object that contains the address, or null.
  Object* object_at(std::uintptr_t address) const;
  // Forgets what is old.
  void clear_marks();
  // The same of what stands below `end`, which is in the first chunk; there is no other one with objects but those with large ones.
  void clear_marks_below(const char* end);
  // Takes back the runs that were handed out.
  void clear_runs();
  void sweep();
  bool finish_ahead();
  static void spoil_dead(char* chunk);
  void set_threshold(std::size_t live);
  // The least that the heap grows to before a collection.
  std::size_t budget() const;

  std::mutex mutex_;
  // Told when a thread stands still, and when a collection is over.
  std::condition_variable changed_;
  std::vector<Heap*> heaps_;  // of each thread
  std::uint32_t running_ = 0;  // threads that do not stand still
  std::atomic<bool> stopping_{false};  // a collection waits for the others, or is under way

  char* base_ = nullptr;
  std::size_t reserved_chunks_ = 0;
  std::vector<Use> uses_;  // by chunk index; of those taken so far
  // Where the search for free runs stands; none before the first collection.
  std::size_t next_used_ = kNoChunk;
  // A chunk that was taken for whoever needs one next, or none.
  std::size_t prepared_ = kNoChunk;
  // Chunks that the search for runs of more than a line has done with.
  std::vector<std::size_t> searched_;
  std::atomic<std::size_t> mapped_{0};
  std::size_t threshold_, maximum_ = 0;
  std::uint32_t collections_ = 0;
  // Bytes of lines that the last collection left, and the last full one.
  std::size_t live_ = 0, live_after_full_ = 0;
  bool next_is_full_ = true;
  bool begins_anew_ = false;  // what was marked ahead is of no use
  // How much a thread may allocate after a collection before there is another one.
  std::size_t pause_ = 0;
  // What the last collection found on stacks and in containers, and may be filled since.
  std::vector<Object*> on_stacks_;
  // Whose threads mark ahead, until the first collection, in which process, and what they do not look at begins where; else null.
  MarkPool* ahead_ = nullptr;
  pid_t ahead_in_ = 0;
  const Object* ahead_end_ = nullptr;
  std::size_t stress_ = 0;
  // How much is allocated before there is an early collection; 0 where that is not worth while.
  std::size_t nursery_;
  std::atomic<bool> exhausted_{false};
};

}  // namespace evalctl::evaluator
