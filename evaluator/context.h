// String contexts: what of the store a string refers to.
#pragma once
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

// Sorted, without duplicates, interned: equal contexts are the same pointer. Never freed. Null stands for the empty one.
class Context {
 public:
  explicit Context(std::vector<ContextElement> elements) : elements_(std::move(elements)) {}
  const std::vector<ContextElement>& elements() const { return elements_; }

 private:
  std::vector<ContextElement> elements_;
};

// Thread-safe.
const Context* make_context(std::vector<ContextElement> elements);
// Union. O(1) when one side is null or both are the same; remembered otherwise.
const Context* merge(const Context* a, const Context* b);

}  // namespace evalctl::evaluator
