#include "formatter/spacing.h"

#include <utility>

namespace evalctl::formatter {
namespace {

Spacing merge_newlines(Spacing weaker, std::uint32_t count) {
  switch (weaker.kind) {
    case SpacingKind::Newlines: return {SpacingKind::Newlines, weaker.count + count};
    case SpacingKind::Emptyline: return {SpacingKind::Newlines, count + 2};
    case SpacingKind::Hardspace: return {SpacingKind::Newlines, count};
    default: return {SpacingKind::Newlines, count + 1};
  }
}

}  // namespace

Spacing merge_two(Spacing left, Spacing right) {
  if (left.kind > right.kind) std::swap(left, right);
  if (right.kind == SpacingKind::Newlines) return merge_newlines(left, right.count);
  if (left.kind == SpacingKind::Break && (right.kind == SpacingKind::Softspace || right.kind == SpacingKind::Hardspace)) {
    return {SpacingKind::Space};
  }
  if (left.kind == SpacingKind::Softbreak && right.kind == SpacingKind::Hardspace) return {SpacingKind::Softspace};
  return right;
}

}  // namespace evalctl::formatter
