// What evaluated expressions have read, so that after an edit only those are evaluated again whose results it may change.
//
// The files that a user edits are followed: lowering marks their leaves, the expressions with no set and no function in them
// that an attribute or a variable is bound to, and keeps each of them delayed. While a thunk is forced, everything is noted
// that its evaluation reads and that depends on a leaf. One that has read such keeps its code and its words (Kind::Tracked), and has a node
// here, which says what it read. What reads no leaf is evaluated as ever, and at no cost.
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
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

class Dependencies {
 public:
  Dependencies();

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
  // `thunk`, which is claimed, has this result, and read something. May collect.
  void finish(Vm& vm, Frame frame, Object* thunk, Value result);
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
    else if (!end_unless_read(frame)) memo.node = add(frame, nullptr);
    return value;
  }
  void read(const Memo& memo) {
    if (memo.node) note(memo.node);
  }
  bool is_stale(const Memo& memo) const { return memo.node && is_stale(memo.node); }

  // Which files are followed.
  std::function<bool(std::string_view path)> follows;
  // What is evaluated again may differ from what is evaluated from the beginning: somebody has asked for a place in a file where
  // an edit moved it, or has shown which parts of a value are evaluated.
  bool is_uncertain = false;
  // The leaves with these codes have changed: everything that read them is as if it had never been evaluated.
  void forget(const std::vector<std::uint32_t>& codes);
  // Whether most of what is noted here is of no use any more, and still takes its place: time to begin anew.
  bool is_worn() const { return gone_ > nodes_.size() / 2 + kMostGone; }

  // For the collector, when it has marked: of thunks that nobody can reach any more it is kept what they read, for who read them. `all`: not
  // only of those that came since the last time.
  template <class IsAlive>
  void drop_dead(bool all, IsAlive is_alive) {
    for (std::size_t i = all ? 0 : old_nodes_; i < nodes_.size(); ++i) {
      if (!nodes_[i].thunk || is_alive(nodes_[i].thunk)) continue;
      nodes_[i].thunk = nullptr;
      ++gone_;
    }
    old_nodes_ = nodes_.size();
  }

 private:
  static constexpr std::size_t kMostGone = std::size_t{1} << 20;

  // A nixpkgs is a million of them.
  struct Node {
    Object* thunk;             // of a leaf, a memo or a message: none
    std::uint32_t reads;       // in all_reads_, up to those of the next node
    std::uint32_t reader = 0;  // the frame that read it last
  };
  static_assert(sizeof(Node) == 16);
  // What stands in the first word of a Kind::Tracked, as a list.
  enum Noted : std::uint8_t { kFirstWord, kResult, kNode, kNotedWords };

  void note(std::uint32_t node) {
    if (nodes_[node].reader == frame_) return;
    nodes_[node].reader = frame_;
    read_.push_back(node);
  }
  std::span<const std::uint32_t> reads_of(std::size_t node) const {
    std::size_t end = node + 1 < nodes_.size() ? nodes_[node + 1].reads : all_reads_.size();
    return {all_reads_.data() + nodes_[node].reads, all_reads_.data() + end};
  }
  bool is_stale(std::size_t node) const { return node < is_stale_.size() && is_stale_[node]; }
  std::uint32_t add(Object* thunk, std::size_t reads);
  std::uint32_t add(Frame frame, Object* thunk);

  std::vector<Node> nodes_;  // each reads earlier ones only
  std::vector<bool> is_stale_;
  std::size_t old_nodes_ = 0, gone_ = 0;
  std::vector<std::uint32_t> read_, all_reads_;        // of the frames that are open; of the nodes
  std::unordered_map<std::uint32_t, std::uint32_t> leaves_;  // code -> node
  std::unordered_map<std::uint32_t, std::string> messages_;  // by their nodes
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
