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
  const Symbol* names;
  const Position* positions;
  // Permutation of 0..count-1 that sorts the names by text; made on first use.
  mutable std::atomic<const std::uint32_t*> by_text;
  // Index of `name`, or -1. O(log count).
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

// All attributes, ordered by text (what users see) or by symbol id (faster). The vector is a snapshot of slots.
std::vector<Attr> attributes_by_text(AttrsObject* attrs);
std::vector<Attr> attributes(AttrsObject* attrs);

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
  std::vector<Entry> entries_;
};

// A set of the same names and positions as `attrs` (flat), with words to be filled in by the caller in the order of
// attributes(attrs).
AttrsObject* same_shape(Vm& vm, AttrsObject* attrs);

// `left // right`; see the Nix manual, "Update". Values are not forced. Shares one side when the other is empty.
Value update(Vm& vm, Value left, Value right);

}  // namespace evalctl::evaluator
