// Attribute sets: a shared shape (sorted symbols and positions) and a vector of words.
//
//   flat     AttrsObject -> Shape, items[size]
//   layered  extra == 1: items[0] = base set, items[1] = overlay set (flat, small); `size` is the number of names.
//
// Layers keep `//` on package sets (27,000 names) from copying. Readers use find() and AttrsIterator and see no difference.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

// Where something stands: a file of the process's file table and a byte offset. file 0: nowhere.
struct Position {
  std::uint32_t file = 0;
  std::uint32_t offset = 0;
  bool operator==(const Position&) const = default;
};

// Immutable, shared, never freed. `names` is sorted by symbol id, without duplicates.
struct Shape {
  std::uint32_t count;
  // Number of the shape, from 1; inline caches keep it.
  std::uint32_t id;
  std::uint64_t hash;
  const Symbol* names;
  const Position* positions;
  // Permutation of 0..count-1 that sorts the names by text, and the hash index of a large shape; made on first use.
  mutable std::atomic<const std::uint32_t*> by_text{nullptr}, index{nullptr};
  // Index of `name`, or -1.
  int find(Symbol name) const;
};

struct AttrsObject : Object {
  const Shape* shape;  // null when layered
  Value items[];
  bool layered() const { return extra != 0; }
};
inline AttrsObject* as_attrs(Value v) { return static_cast<AttrsObject*>(v.object()); }

// A found attribute: `slot` points at its word.
struct Attr {
  Symbol name;
  Position position;
  Value* slot;
  explicit operator bool() const { return slot != nullptr; }
};

Attr find(AttrsObject* attrs, Symbol name);

// The attributes ordered by symbol id: no order that users may see, but without cost. Iterates over Attr.
class Attributes {
 public:
  class Iterator {
   public:
    Iterator(AttrsObject* base, AttrsObject* over, std::uint32_t i, std::uint32_t j) : base_(base), over_(over), i_(i), j_(j) {}
    Attr operator*() const { return from_over() ? at(over_, j_) : at(base_, i_); }
    Iterator& operator++() {
      if (!over_) {
        ++i_;
      } else if (from_over()) {
        if (i_ < base_->size && base_->shape->names[i_] == over_->shape->names[j_]) ++i_;
        ++j_;
      } else {
        ++i_;
      }
      return *this;
    }
    bool operator==(const Iterator& other) const { return i_ == other.i_ && j_ == other.j_; }

   private:
    static Attr at(AttrsObject* set, std::uint32_t k) { return {set->shape->names[k], set->shape->positions[k], &set->items[k]}; }
    bool from_over() const {
      return over_ && j_ < over_->size && (i_ == base_->size || over_->shape->names[j_] <= base_->shape->names[i_]);
    }
    AttrsObject *base_, *over_;
    std::uint32_t i_, j_;
  };
  explicit Attributes(AttrsObject* attrs)
      : base_(attrs->layered() ? as_attrs(attrs->items[0]) : attrs), over_(attrs->layered() ? as_attrs(attrs->items[1]) : nullptr) {}
  Iterator begin() const { return {base_, over_, 0, 0}; }
  Iterator end() const { return {base_, over_, base_->size, over_ ? over_->size : 0}; }

 private:
  AttrsObject *base_, *over_;
};
inline Attributes attributes(AttrsObject* attrs) { return Attributes(attrs); }

// The attributes ordered by text: what users see. A flat set's order is kept with its shape.
class AttributesByText {
 public:
  class Iterator {
   public:
    Iterator(const AttributesByText* all, std::size_t i) : all_(all), i_(i) {}
    Attr operator*() const { return (*all_)[i_]; }
    Iterator& operator++() { ++i_; return *this; }
    bool operator==(const Iterator& other) const { return i_ == other.i_; }

   private:
    const AttributesByText* all_;
    std::size_t i_;
  };
  explicit AttributesByText(AttrsObject* attrs);
  std::size_t size() const { return attrs_->size; }
  bool empty() const { return attrs_->size == 0; }
  Attr operator[](std::size_t i) const {
    if (!order_) return sorted_[i];
    std::uint32_t k = order_[i];
    return {attrs_->shape->names[k], attrs_->shape->positions[k], &attrs_->items[k]};
  }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  AttrsObject* attrs_;
  const std::uint32_t* order_ = nullptr;
  std::vector<Attr, TracedAllocator<Attr>> sorted_;  // of a layered set
};
inline AttributesByText attributes_by_text(AttrsObject* attrs) { return AttributesByText(attrs); }

// Collects attributes and makes a set. Names may come in any order; a later one of the same name wins (use contains()).
class AttrsBuilder {
 public:
  explicit AttrsBuilder(std::size_t expected = 0) { entries_.reserve(expected); }
  void add(Symbol name, Value value, Position position = {}) { entries_.push_back({name, position, value}); }
  void add(std::string_view name, Value value, Position position = {}) { add(intern(name), value, position); }
  // `first_wins` keeps the first of equal names instead (listToAttrs).
  Value build(Vm& vm, bool first_wins = false);

 private:
  struct Entry { Symbol name; Position position; Value value; };
  std::vector<Entry, TracedAllocator<Entry>> entries_;
};

// A set of the same names and positions as `attrs` (flat), with words to be filled in by the caller in the order of
// attributes(attrs).
AttrsObject* same_shape(Vm& vm, AttrsObject* attrs);

// `left // right`; see the Nix manual, "Update". Values are not forced. Shares one side when the other is empty.
Value update(Vm& vm, Value left, Value right);

}  // namespace evalctl::evaluator
