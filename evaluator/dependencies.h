// What evaluated expressions have read, so that after an edit only those are evaluated again whose results it may change.
//
// The files that a user edits are followed: lowering marks their leaves, the expressions with no set and no function in them
// that an attribute or a variable is bound to, and keeps each of them delayed. While a thunk is forced, everything is noted
// that its evaluation reads and that depends on a leaf. One that has read such keeps its code and its words (Kind::Tracked);
// its result stands in a node here. What reads no leaf is evaluated as ever, and at no cost.
//
// Messages are noted likewise, so that those of results that are kept can be given again.
//
// A result is reachable only through what computed it: whatever a thunk makes while it is forced is found again by way of
// that thunk, whose read is noted. So a thunk that read nothing noted may be kept after any edit of a leaf.
//
// Belongs to a Vm that is alone and has no machine code.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class Dependencies {
 public:
  // One evaluation that notes what it reads.
  struct Frame { std::uint32_t first, outer; };
  Frame begin() {
    Frame frame{static_cast<std::uint32_t>(read_.size()), frame_};
    frame_ = ++frames_;
    return frame;
  }
  // The evaluation failed: what it read counts for the one around it.
  void fail(Frame frame) { frame_ = frame.outer; }
  // Nothing was read: true, and there is nothing to keep.
  bool end_unless_read(Frame frame) {
    frame_ = frame.outer;
    return read_.size() == frame.first;
  }
  // `thunk`, which is claimed and was of that kind, has this result, and read something.
  void finish(Frame frame, Object* thunk, Kind kind, Value result);
  // The result of a Kind::Tracked.
  Value read(Object* thunk);
  // A leaf is being evaluated.
  void ran(std::uint32_t code);

  // A message for the user, which whoever depends on this evaluation gives.
  void said(std::string_view message);
  // Ends a frame around everything: all messages that evaluating it from the beginning would give, in their order.
  std::vector<std::string> end_with_messages(Frame frame);

  // A value that is made once and belongs to no thunk: of an import, or of a call by the command line.
  struct Memo { std::uint32_t node = 0; };  // 0: it depends on nothing
  template <class Make>
  Value remember(Memo& memo, Make make) {
    Frame frame = begin();
    Value value = make();
    if (!value) fail(frame);
    else if (!end_unless_read(frame)) memo.node = add(frame, {});
    return value;
  }
  void read(const Memo& memo) {
    if (memo.node) note(memo.node);
  }
  bool is_stale(const Memo& memo) const { return memo.node && nodes_[memo.node].is_stale; }

  // Which files are followed.
  std::function<bool(std::string_view path)> follows;
  // What is evaluated again may differ from what is evaluated from the beginning: somebody has asked for a place in a file where
  // an edit moved it, or has shown which parts of a value are evaluated.
  bool is_uncertain = false;
  // The leaves with these codes have changed: everything that read them is as if it had never been evaluated.
  void forget(const std::vector<std::uint32_t>& codes);

 private:
  struct Node {
    Object* thunk = nullptr;
    Value first_word, result;
    std::uint32_t reads = 0, count = 0;  // in all_reads_
    std::uint32_t reader = 0;            // the frame that read it last
    std::uint32_t message = 0;           // in messages_, from 1
    bool is_apply = false, is_stale = false;
  };
  void note(std::uint32_t node) {
    if (nodes_[node].reader == frame_) return;
    nodes_[node].reader = frame_;
    read_.push_back(node);
  }
  std::uint32_t add(Frame frame, Node node);

  std::vector<Node, TracedAllocator<Node>> nodes_{1};  // each reads earlier ones only
  std::vector<std::uint32_t> read_, all_reads_;        // of the frames that are open; of the nodes
  std::unordered_map<std::uint32_t, std::uint32_t> leaves_;  // code -> node
  std::vector<std::string> messages_;
  std::uint32_t frame_ = 0, frames_ = 0;
};

// A value that is made once, and again after an edit of what it depends on. `dependencies` may be null.
struct RememberedValue {
  Value value;
  Dependencies::Memo memo;

  template <class Make>
  Value get(Dependencies* dependencies, Make make) {
    if (!dependencies) return value ? value : value = make();
    if (value && !dependencies->is_stale(memo)) {
      dependencies->read(memo);
    } else {
      memo = {};
      value = dependencies->remember(memo, make);
    }
    return value;
  }
};
template <class Key>
using RememberedValues = std::map<Key, RememberedValue, std::less<>, TracedAllocator<std::pair<const Key, RememberedValue>>>;

}  // namespace evalctl::evaluator
