// String contexts: what of the store a string refers to.
#pragma once
#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace evalctl::evaluator {

struct ContextElement {
  enum class Kind : unsigned char { Opaque, DrvDeep, Built } kind;
  // Full store path: of the object (Opaque) or of the .drv (DrvDeep, Built). In a Context, both texts live as long as the
  // process; while one is made they are the maker's.
  std::string_view path;
  // Built only.
  std::string_view output;
  auto operator<=>(const ContextElement&) const = default;
};

// A set of elements. Immutable, never freed. Null stands for the empty one.
//
// Small sets are interned: the same elements, the same pointer. A large one is the union of two others, so that joining
// many strings with large contexts costs no copies; its elements are gathered when they are asked for.
class alignas(8) Context {
 public:
  // Of sorted numbers of elements, one at least; and of two others. Not interned.
  static const Context* of(std::span<const std::uint32_t> ids);
  static const Context* union_of(const Context* left, const Context* right);
  Context(const Context&) = delete;
  // Sorted, without duplicates. Cost: linear in the elements and unions inside.
  std::vector<ContextElement> elements() const;
  // The sorted numbers of its elements, unless it is a union.
  std::span<const std::uint32_t> ids() const { return {reinterpret_cast<const std::uint32_t*>(this + 1), count_}; }

 private:
  friend const Context* merge(const Context* a, const Context* b);
  friend std::vector<ContextElement> elements_of(std::span<const Context* const> contexts);
  explicit Context(std::uint32_t count) : count_(count) {}
  void gather(std::vector<std::uint32_t>& ids) const;
  bool is_union() const { return count_ == 0; }
  // Of a union.
  std::span<const Context* const, 2> sides() const {
    return std::span<const Context* const, 2>(reinterpret_cast<const Context* const*>(this + 1), 2);
  }
  // Behind it stand so many numbers of elements, or the two contexts of a union.
  std::uint32_t count_;
};

// Those of all contexts together, each once, in no order that means anything. Cheaper than to ask one after the other.
std::vector<ContextElement> elements_of(std::span<const Context* const> contexts);

// Thread-safe.
const Context* make_context(const std::vector<ContextElement>& elements);
// Of one element.
const Context* context_of(const ContextElement& element);
// Union. O(1) when one side is null or both are the same; remembered otherwise.
const Context* merge(const Context* a, const Context* b);

}  // namespace evalctl::evaluator
