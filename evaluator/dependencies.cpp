#include "evaluator/dependencies.h"

#include <algorithm>
#include <ranges>

#include "base/huge_pages.h"

namespace evalctl::evaluator {

// Addresses cost nothing; copying the tables to grow does.
Dependencies::Dependencies() {
  constexpr std::size_t kRoom = std::size_t{1} << 21;
  nodes_.reserve(kRoom);
  all_reads_.reserve(kRoom);
  base::use_huge_pages(nodes_.data(), kRoom * sizeof(Node));
  base::use_huge_pages(all_reads_.data(), kRoom * sizeof(std::uint32_t));
  nodes_.emplace_back();
}

// The node, which the frame at hand has read, with what is behind in all_reads_ as its reads.
std::uint32_t Dependencies::add(Node node) {
  auto number = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(node);
  note(number);
  return number;
}

// Takes what the frame read; the frame around it has read the node.
std::uint32_t Dependencies::add(Frame frame, Node node) {
  node.reads = static_cast<std::uint32_t>(all_reads_.size());
  all_reads_.insert(all_reads_.end(), read_.begin() + frame.first, read_.end());
  read_.resize(frame.first);
  return add(node);
}

void Dependencies::finish(Frame frame, Object* thunk, Value result) {
  Value& word = static_cast<CodeObject*>(thunk)->words[0];  // the same place in ApplyObject
  std::uint32_t node = add(frame, {.thunk = Value(thunk), .first_word = word, .result = result});
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
  if (is_new) add(Node{.reads = static_cast<std::uint32_t>(all_reads_.size())});
  else note(place->second);
}

void Dependencies::said(std::string_view message) {
  Node node = Node::message(messages_.size());
  node.reads = static_cast<std::uint32_t>(all_reads_.size());
  messages_.emplace_back(message);
  add(node);
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
    if (node.is_message()) out.push_back(messages_[static_cast<std::size_t>(node.result.integer())]);
    for (std::uint32_t read : std::views::reverse(reads_of(number))) left.push_back(read);
  }
  read_.resize(frame.first);
  frame_ = frame.outer;
  return out;
}

void Dependencies::forget(const std::vector<std::uint32_t>& codes) {
  std::vector<std::uint32_t> changed;
  for (std::uint32_t code : codes)
    if (auto leaf = leaves_.find(code); leaf != leaves_.end()) changed.push_back(leaf->second);
  for (std::uint32_t leaf : changed) nodes_[leaf].make_stale();
  for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.is_stale() || std::ranges::none_of(reads_of(i), [&](std::uint32_t r) { return nodes_[r].is_stale(); })) continue;
    if (node.thunk) {
      Object* thunk = node.thunk.object();
      static_cast<CodeObject*>(thunk)->words[0] = node.first_word;
      thunk->kind.store(thunk->flags & kApplyFlag ? Kind::Apply : Kind::Thunk, std::memory_order_release);
    }
    node.make_stale();
  }
  // A leaf that runs again is another one.
  for (std::uint32_t code : codes) leaves_.erase(code);
}

}  // namespace evalctl::evaluator
