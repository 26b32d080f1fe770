#include "evaluator/dependencies.h"

#include <algorithm>

namespace evalctl::evaluator {

// Takes what the frame read; the frame around it has read the node.
std::uint32_t Dependencies::add(Frame frame, Node node) {
  node.reads = static_cast<std::uint32_t>(all_reads_.size());
  node.count = static_cast<std::uint32_t>(read_.size()) - frame.first;
  all_reads_.insert(all_reads_.end(), read_.begin() + frame.first, read_.end());
  read_.resize(frame.first);
  nodes_.push_back(node);
  auto number = static_cast<std::uint32_t>(nodes_.size() - 1);
  note(number);
  return number;
}

void Dependencies::finish(Frame frame, Object* thunk, Kind kind, Value result) {
  Value& word = static_cast<CodeObject*>(thunk)->words[0];  // the same place in ApplyObject
  std::uint32_t node = add(frame, {.thunk = thunk, .first_word = word, .result = result, .is_apply = kind == Kind::Apply});
  // A number is no object: collections pass it over.
  Value::replace_word(word, Value(std::uint64_t{node} << 1 | 1));
  thunk->kind.store(Kind::Tracked, std::memory_order_release);
}

Value Dependencies::read(Object* thunk) {
  auto node = static_cast<std::uint32_t>(static_cast<CodeObject*>(thunk)->words[0].bits() >> 1);
  note(node);
  return nodes_[node].result;
}

void Dependencies::ran(std::uint32_t code) {
  auto [place, is_new] = leaves_.try_emplace(code, static_cast<std::uint32_t>(nodes_.size()));
  if (is_new) nodes_.emplace_back();
  note(place->second);
}

void Dependencies::said(std::string_view message) {
  messages_.emplace_back(message);
  nodes_.push_back({.message = static_cast<std::uint32_t>(messages_.size())});
  note(static_cast<std::uint32_t>(nodes_.size() - 1));
}

// Each node is evaluated when it is read first; what it reads comes before what its reader reads next.
std::vector<std::string> Dependencies::end_with_messages(Frame frame) {
  std::vector<std::string> out;
  std::vector<bool> visited(nodes_.size());
  std::vector<std::uint32_t> left(read_.rbegin(), read_.rend() - frame.first);
  while (!left.empty()) {
    std::uint32_t number = left.back();
    left.pop_back();
    if (visited[number]) continue;
    visited[number] = true;
    const Node& node = nodes_[number];
    if (node.message) out.push_back(messages_[node.message - 1]);
    for (std::uint32_t i = node.count; i-- > 0;) left.push_back(all_reads_[node.reads + i]);
  }
  read_.resize(frame.first);
  frame_ = frame.outer;
  return out;
}

void Dependencies::forget(const std::vector<std::uint32_t>& codes) {
  std::vector<std::uint32_t> changed;
  for (std::uint32_t code : codes)
    if (auto leaf = leaves_.find(code); leaf != leaves_.end()) changed.push_back(leaf->second);
  for (std::uint32_t leaf : changed) nodes_[leaf].is_stale = true;
  for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    const std::uint32_t* reads = all_reads_.data() + node.reads;
    if (node.is_stale || std::none_of(reads, reads + node.count, [&](std::uint32_t r) { return nodes_[r].is_stale; })) continue;
    node.is_stale = true;
    if (!node.thunk) continue;
    static_cast<CodeObject*>(node.thunk)->words[0] = node.first_word;
    node.thunk->kind.store(node.is_apply ? Kind::Apply : Kind::Thunk, std::memory_order_release);
    node = {.is_stale = true};
  }
  // A leaf that runs again is another one.
  for (std::uint32_t code : codes) leaves_.erase(code);
}

}  // namespace evalctl::evaluator
