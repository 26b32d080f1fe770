// Attribute sets: a shape (sorted symbols and positions, both shared) and a vector of words.
//
//   flat     AttrsObject: Shape, items[size]
//   layered  extra = number of layers: items[0..extra) = flat sets, of which an earlier one wins
//   delayed  flat, and stands as a layer only: a word is made when it is asked for. The words stand in pages, which are lists
//            that are made likewise; behind the pages stands what words are made of
//
// Layers keep `//` on package sets (27,000 names) from copying. Delayed words keep mapAttrs from delaying a call for each name,
// and large literals from a thunk for each: of most variants of a package set little is ever asked for. Readers use find()
// and the ranges below and see no difference.
#pragma once
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "evaluator/heap.h"
#include "evaluator/permanent.h"
#include "evaluator/positions.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

// Where something stands: a file of the process's file table and a byte offset. file 0: nowhere.
struct Position {
  std::uint32_t file : 31 = 0;
  // What stands there is not this but what this was made of (by mapAttrs): to be shown in messages, never told to programs.
  std::uint32_t derived : 1 = 0;
  std::uint32_t offset = 0;

  constexpr Position() = default;
  constexpr Position(std::uint32_t file, std::uint32_t offset) : file(file), offset(offset) {}
  bool operator==(const Position&) const = default;
};

// The names of sets, sorted by symbol id, without duplicates. Immutable, in permanent memory; the same names are the same object.
struct Names {
  std::uint32_t count;
  // Permutation of 0..count-1 that sorts the names by text, and the hash index of many; made on first use.
  mutable std::atomic<const std::uint32_t*> by_text, index;
  Symbol list[];
  // Index of `name`, or -1.
  int find(Symbol name) const;
};

// The names and positions of a set, by their numbers, for which nothing has to be read: inline caches keep that of the names.
struct alignas(8) Shape {
  std::uint32_t names = 0;      // 0: of a layered set whose layers have no number yet (see shape_number)
  std::uint32_t positions = 0;  // see evaluator/positions.h
  const Names& operator*() const { return *permanent_at<const Names>(names); }
  const Names* operator->() const { return &**this; }
  Position position(std::uint32_t i) const { return position_at(positions, i); }
  bool operator==(const Shape&) const = default;
};

constexpr std::uint32_t kMaximumLayers = 8;
constexpr std::uint32_t kUncounted = UINT32_MAX;  // `size` of a layered set whose names nobody has counted

// Object::flags of a delayed set: of mapAttrs, with the function and the set that it was given behind the pages; or of a
// literal, with what evaluator/literal_set.h says.
constexpr std::uint8_t kMappedFlag = 1, kLiteralFlag = 2;
// Of any set that somebody looked through and found all attributes of evaluated.
constexpr std::uint8_t kEvaluatedFlag = 4;
// Words of a delayed set in a page, and those behind its pages.
constexpr std::uint32_t kPageWords = 16, kSourceWords = 2;

struct AttrsObject : Object {
  Shape shape;  // of a layered set: what numbers its layers, once that is known
  Value items[];
  bool layered() const { return extra != 0; }
  bool delayed() const { return has(kMappedFlag | kLiteralFlag); }
  // Whether it has one of the flags.
  bool has(std::uint8_t wanted) const { return __atomic_load_n(&flags, __ATOMIC_RELAXED) & wanted; }
  // What several threads may find out at once.
  void note(std::uint8_t flag) { __atomic_fetch_or(&flags, flag, __ATOMIC_RELAXED); }
  // All words, also those that stand for no attribute.
  std::uint32_t words() const { return extra != 0 ? extra : delayed() ? page_count(size) + kSourceWords : size; }
  static constexpr std::uint32_t page_count(std::uint32_t size) { return (size + kPageWords - 1) / kPageWords; }
  // Of a delayed set, what its words are made of.
  Value* source() { return items + page_count(size); }
  // The word of attribute `i` of a flat set, which is made if need be.
  Value* slot(std::uint32_t i) { return delayed() ? delayed_slot(i) : &items[i]; }
  bool empty() const { return !layered() && size == 0; }
  // Number of names. The first time, linear in the names of a layered set.
  std::uint32_t count() {
    std::uint32_t known = known_count();
    return known == kUncounted ? count_layers() : known;
  }
  // At least count(), at no cost.
  inline std::size_t bound();
  // The flat sets, the one that wins first.
  inline AttrsObject* layer(std::uint32_t i);
  std::uint32_t layer_count() const { return layered() ? extra : 1; }

 private:
  // Another thread may count at the same time, with the same result.
  std::uint32_t known_count() const { return __atomic_load_n(&size, __ATOMIC_RELAXED); }
  std::uint32_t count_layers();
  Value* delayed_slot(std::uint32_t i) {
    Value page = Value::read_word(items[i / kPageWords]);
    Value* word = page ? &as_list(page)->items[i % kPageWords] : nullptr;
    return word && Value::read_word(*word) ? word : make_word(i);
  }
  Value* make_word(std::uint32_t i);
};
inline AttrsObject* as_attrs(Value v) { return static_cast<AttrsObject*>(v.object()); }
// Whether a word is a flat set: what is neither layered nor delayed has a header of nothing but its kind, its size and what was noted of it.
inline bool is_flat_set(Value word) {
  static_assert(offsetof(Object, kind) == 0 && offsetof(Object, flags) == 1 && offsetof(Object, size) == 4);
  constexpr std::uint32_t kNoted = std::uint32_t{kEvaluatedFlag} << 8;
  return word.is_object() && (*reinterpret_cast<const std::uint32_t*>(word.object()) & ~kNoted) == static_cast<std::uint32_t>(Kind::Attrs);
}
inline std::size_t AttrsObject::bound() {
  if (std::uint32_t known = known_count(); known != kUncounted) return known;
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < extra; ++i) sum += as_attrs(items[i])->size;
  return sum;
}
inline AttrsObject* AttrsObject::layer(std::uint32_t i) { return layered() ? as_attrs(items[i]) : this; }

// Where a name was found lately in sets of a shape (see find_place), for sites that see many shapes: Vm::known_places.
struct KnownPlace {
  std::uint64_t key = 0;  // number of the shape << 32 | name
  std::uint32_t place = 0;
  static constexpr std::size_t kCount = 1 << 14;
  static std::uint64_t key_of(std::uint32_t shape, Symbol name) { return std::uint64_t{shape} << 32 | name.id; }
  static std::size_t index_of(std::uint64_t key) { return key * 0x9e3779b97f4a7c15ull >> 50; }
};

// How the sets on the two sides of `//` were merged lately, by a hash of their names; see update(). Of two pairs of names in one
// place a third one replaces the older. Each thread has its own.
struct alignas(32) KnownUpdate {
  std::uint32_t left, right;  // numbers of names
  std::uint32_t plan;         // number of their UpdatePlan; 0: not known yet
  // The last positions that were merged by that plan, and the outcome.
  std::uint32_t left_positions, right_positions, positions;
};
class KnownUpdates {
 public:
  KnownUpdates();
  ~KnownUpdates();
  KnownUpdates(const KnownUpdates&) = delete;
  KnownUpdate& at(std::uint32_t left, std::uint32_t right) {
    std::uint64_t key = std::uint64_t{left} << 32 | right;
    KnownUpdate* two = &all_[(key * 0x9e3779b97f4a7c15ull >> (64 - kBits)) & ~std::size_t{1}];
    if (two[0].left == left && two[0].right == right) return two[0];
    if (two[1].left == left && two[1].right == right) return two[1];
    two[1] = two[0];
    two[0] = {left, right, 0, 0, 0, 0};
    return two[0];
  }

 private:
  static constexpr int kBits = 13;
  // Begins at a page, and is touched where it is used.
  KnownUpdate* all_;
};

// A found attribute: `slot` points at its word.
struct Attr {
  Symbol name;
  Value* slot = nullptr;
  // Where it stands.
  Shape shape;
  std::uint32_t index = 0;
  Position position() const { return shape.position(index); }
  explicit operator bool() const { return slot != nullptr; }
};

Attr find(AttrsObject* attrs, Symbol name);

// The attributes ordered by symbol id: no order that users may see, but without cost. Iterates over Attr.
class Attributes {
 public:
  class Iterator {
   public:
    explicit Iterator(AttrsObject* attrs) : attrs_(attrs) { find_next(); }
    Attr operator*() const {
      AttrsObject* layer = attrs_->layer(from_);
      std::uint32_t k = next_[from_];
      return {layer->shape->list[k], layer->slot(k), layer->shape, k};
    }
    Symbol name() const { return attrs_->layer(from_)->shape->list[next_[from_]]; }
    Position position() const { return attrs_->layer(from_)->shape.position(next_[from_]); }
    Iterator& operator++() {
      if (!attrs_->layered()) {
        ++next_[0];
        return *this;
      }
      Symbol name = attrs_->layer(from_)->shape->list[next_[from_]];
      for (std::uint32_t i = 0; i < attrs_->extra; ++i) {
        AttrsObject* layer = attrs_->layer(i);
        if (next_[i] < layer->size && layer->shape->list[next_[i]] == name) ++next_[i];
      }
      find_next();
      return *this;
    }
    bool at_end() const { return next_[from_] >= attrs_->layer(from_)->size; }
    bool operator==(std::nullptr_t) const { return at_end(); }

   private:
    // The layer with the smallest next name; the first of several.
    void find_next() {
      from_ = 0;
      for (std::uint32_t i = 1; i < attrs_->layer_count(); ++i) {
        AttrsObject* layer = attrs_->layer(i);
        if (next_[i] < layer->size && (at_end() || layer->shape->list[next_[i]] < name())) from_ = i;
      }
    }
    AttrsObject* attrs_;
    std::uint32_t next_[kMaximumLayers] = {};
    std::uint32_t from_ = 0;
  };
  explicit Attributes(AttrsObject* attrs) : attrs_(attrs) {}
  Iterator begin() const { return Iterator(attrs_); }
  std::nullptr_t end() const { return nullptr; }

 private:
  AttrsObject* attrs_;
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
  std::size_t size() const { return order_ ? attrs_->size : sorted_.size(); }
  bool empty() const { return size() == 0; }
  Attr operator[](std::size_t i) const {
    if (!order_) return sorted_[i];
    std::uint32_t k = order_[i];
    return {attrs_->shape->list[k], attrs_->slot(k), attrs_->shape, k};
  }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  AttrsObject* attrs_;
  const std::uint32_t* order_ = nullptr;
  std::vector<Attr, TracedAllocator<Attr>> sorted_;  // of a layered set
};
inline AttributesByText attributes_by_text(AttrsObject* attrs) { return AttributesByText(attrs); }
// Their names alone, for which no word has to be made.
std::vector<Symbol> names_by_text(AttrsObject* attrs);

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
  void sort_entries();

  // Mostly on the native stack, like all that has an AttrsBuilder.
  boost::container::small_vector<Entry, 8, TracedAllocator<Entry>> entries_;
};

// A set of that shape whose words are made when they are asked for, of `first` and `second`.
Value delayed_set(Vm& vm, Shape shape, std::uint8_t flag, Value first, Value second);

// A set of the names and positions of `attrs`, each with a delayed `function name value`.
Value map_attributes(Vm& vm, Value function, AttrsObject* attrs);

// `left // right`; see the Nix manual, "Update". Values are not forced. Shares one side when the other is empty.
Value update(Vm& vm, Value left, Value right);

}  // namespace evalctl::evaluator
