#include "evaluator/offers.h"

#include <algorithm>

#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

bool evaluate(Vm& vm, Value v, Wanted wanted);

bool evaluate_list(Vm& vm, ListObject* list, Wanted wanted) {
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, wanted);
  for (std::uint32_t i = 0; i < list->size; ++i)
    if (!evaluate(vm, Value::read_word(list->items[i]), wanted)) return false;
  return true;
}

// A __toString is called by the thread that needs the text: nobody keeps what it gives.
bool evaluate_set(Vm& vm, AttrsObject* attrs, Wanted wanted) {
  if (find(attrs, vm.symbols.to_string)) return true;
  if (Attr out_path = find(attrs, vm.symbols.out_path)) return evaluate(vm, Value::read_word(*out_path.slot), wanted);
  if (wanted != Wanted::Json) return true;
  Ahead ahead(vm);
  ahead.offer(attrs, wanted);
  for (const Attr& a : attributes_by_text(attrs))
    if (!evaluate(vm, Value::read_word(*a.slot), wanted)) return false;
  return true;
}

// Forces what going through the value will force. False on failure.
bool evaluate(Vm& vm, Value v, Wanted wanted) {
  // Another thread is at it already.
  if (v.is_object() && v.kind() == Kind::Claimed) return true;
  Vm::Depth level(vm);
  if (!level) return false;
  Value forced = vm.force(v);
  if (!forced || wanted == Wanted::Head) return bool(forced);
  switch (forced.kind()) {
    case Kind::Path: return wanted == Wanted::Text || vm.host.copy_to_store(std::string(as_string(forced)->view())).has_value();
    case Kind::List: return evaluate_list(vm, as_list(forced), wanted);
    case Kind::Attrs: return evaluate_set(vm, as_attrs(forced), wanted);
    default: return true;
  }
}

}  // namespace

Offers::Offers() : ring_(kMost) {}

void Offers::close(Vm& vm) {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  vm.heap.interrupt_others();
}

std::uint64_t Offers::add(const Offer& offer) {
  std::lock_guard lock(mutex_);
  if (end_ - first_ == kMost) return end_;
  ring_[end_++ % kMost] = offer;
  count_.store(end_ - first_, std::memory_order_relaxed);
  changed_.notify_one();
  return end_ - 1;
}

void Offers::forget(const Ahead* from, std::uint64_t first) {
  std::lock_guard lock(mutex_);
  for (std::uint64_t i = std::max(first, first_); i < end_; ++i)
    if (ring_[i % kMost].from == from) ring_[i % kMost] = {};
  while (first_ != end_ && !ring_[first_ % kMost].value) ++first_;
  count_.store(end_ - first_, std::memory_order_relaxed);
}

// Waits until there may be an offer. False when there will be none. Nothing is taken here: a collection may be under way.
bool Offers::wait(Vm& vm) {
  vm.heap.while_away([&] {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return first_ != end_ || closed_; });
  });
  return !closed_;
}

bool Offers::take(Offer& offer) {
  std::lock_guard lock(mutex_);
  while (first_ != end_) {
    offer = ring_[first_ % kMost];
    ring_[first_++ % kMost] = {};
    count_.store(end_ - first_, std::memory_order_relaxed);
    if (offer.value) return true;
  }
  return false;
}

void Offers::help(Vm& vm) {
  while (!closed_) {
    Offer offer;
    if (!take(offer)) {
      if (!wait(vm)) return;
      continue;
    }
    vm.depth = offer.depth;
    evaluate(vm, offer.value, offer.wanted);
    vm.error.reset();
  }
}

Ahead::Ahead(Vm& vm) : vm_(vm), offers_(vm.offers) {}

void Ahead::add(Value v, Wanted wanted) {
  if (!v.is_object() || !offers_->have_room()) return;
  // What is a value already is of interest only for what is in it.
  Kind kind = v.kind();
  bool inside = wanted != Wanted::Head && (kind == Kind::List || kind == Kind::Attrs || kind == Kind::Forced);
  if (kind != Kind::Thunk && kind != Kind::Apply && !inside) return;
  std::uint64_t number = offers_->add({v, this, vm_.depth, wanted});
  if (!made_any_) first_ = number;
  made_any_ = true;
}

void Ahead::offer(AttrsObject* attrs, Wanted wanted) {
  bool is_first = true;
  for (const Attr& a : attributes_by_text(attrs)) {
    if (!is_first) add(Value::read_word(*a.slot), wanted);
    is_first = false;
  }
}

ValueVector Ahead::calls(Value function, std::span<const Value> values) {
  ValueVector delayed;
  delayed.reserve(values.size());
  for (const Value& value : values) delayed.push_back(vm_.delay_call(function, {Value::read_word(value)}));
  offer(delayed, Wanted::Head);
  return delayed;
}

void Ahead::take_back() { offers_->forget(this, first_); }

}  // namespace evalctl::evaluator
