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
class Context {
 public:
  explicit Context(std::vector<std::uint32_t> ids) : ids_(std::move(ids)) {}
  Context(const Context* left, const Context* right) : left_(left), right_(right) {}
  // Sorted, without duplicates. Cost: linear in the elements and unions inside.
  std::vector<ContextElement> elements() const;
  // The sorted numbers of its elements, unless it is a union.
  std::span<const std::uint32_t> ids() const { return ids_; }

 private:
  friend const Context* merge(const Context* a, const Context* b);
  friend std::vector<ContextElement> elements_of(std::span<const Context* const> contexts);
  void gather(std::vector<std::uint32_t>& ids) const;
  std::vector<std::uint32_t> ids_;  // sorted numbers of interned elements
  const Context* left_ = nullptr;
  const Context* right_ = nullptr;
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
