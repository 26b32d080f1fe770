#include "evaluator/dependencies.h"

#include <algorithm>
#include <new>
#include <ranges>
#include <utility>

#include "base/huge_pages.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

namespace {

// Addresses cost nothing; copying a table to grow does. Where so much may not be had, as with a small --max-heap, it has to grow.
template <class T>
void reserve_addresses(std::vector<T>& table) try {
  constexpr std::size_t kRoom = std::size_t{1} << 21;
  table.reserve(kRoom);
  base::use_huge_pages(table.data(), kRoom * sizeof(T));
} catch (const std::bad_alloc&) {}

}  // namespace

Dependencies::Dependencies() {
  reserve_addresses(nodes_);
  reserve_addresses(all_reads_);
  nodes_.emplace_back(nullptr, 0);
}

// A node, which the frame at hand has read. Its own reads stand in all_reads_ from there on.
std::uint32_t Dependencies::add(Object* thunk, std::size_t reads) {
  auto number = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({thunk, static_cast<std::uint32_t>(reads)});
  note(number);
  return number;
}

// Takes what the frame read; the frame around it has read the node.
std::uint32_t Dependencies::add(Frame frame, Object* thunk) {
  std::size_t reads = all_reads_.size();
  all_reads_.insert(all_reads_.end(), read_.begin() + frame.first, read_.end());
  read_.resize(frame.first);
  return add(thunk, reads);
}

void Dependencies::finish(Vm& vm, Frame frame, Object* thunk, Value result) {
  ListObject* noted = vm.new_list(kNotedWords);
  Value& word = static_cast<CodeObject*>(thunk)->words[0];  // the same place in ApplyObject
  noted->items[kFirstWord] = word;
  noted->items[kResult] = result;
  noted->items[kNode] = Value(std::uint64_t{add(frame, thunk)} << 1 | 1);
  Value::replace_word(word, Value(noted));
  thunk->kind.store(Kind::Tracked, std::memory_order_release);
  vm.heap.keep_for(thunk, Value(noted));
}

Value Dependencies::read(Object* thunk) {
  const Value* noted = as_list(static_cast<CodeObject*>(thunk)->words[0])->items;
  note(static_cast<std::uint32_t>(noted[kNode].integer()));
  return noted[kResult];
}

void Dependencies::ran(std::uint32_t code) {
  auto [place, is_new] = leaves_.try_emplace(code, static_cast<std::uint32_t>(nodes_.size()));
  if (is_new) add(nullptr, all_reads_.size());
  else note(place->second);
}

void Dependencies::said(std::string_view message) { messages_.emplace(add(nullptr, all_reads_.size()), message); }

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
    if (auto message = messages_.find(number); message != messages_.end()) out.push_back(message->second);
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
  is_stale_.resize(nodes_.size());
  for (std::uint32_t leaf : changed) is_stale_[leaf] = true;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    if (is_stale_[i] || std::ranges::none_of(reads_of(i), [&](std::uint32_t r) { return is_stale_[r]; })) continue;
    is_stale_[i] = true;
    Object* thunk = std::exchange(nodes_[i].thunk, nullptr);
    if (!thunk) continue;
    ++gone_;
    Value& word = static_cast<CodeObject*>(thunk)->words[0];
    word = as_list(word)->items[kFirstWord];
    thunk->kind.store(thunk->flags & kApplyFlag ? Kind::Apply : Kind::Thunk, std::memory_order_release);
  }
  // A leaf that runs again is another one.
  for (std::uint32_t code : codes) leaves_.erase(code);
}

}  // namespace evalctl::evaluator
