// What may stand between two texts, from weak to strong.
#pragma once
#include <cstdint>

namespace evalctl::formatter {

enum class SpacingKind : std::uint8_t {
  None,       // no spacing at all: the neutral element of `merge`
  Softbreak,  // nothing, or a line break if what follows would not fit
  Break,      // nothing, or a line break where the group is expanded
  Hardspace,  // always a blank
  Softspace,  // a blank, or a line break if what follows would not fit
  Space,      // a blank, or a line break where the group is expanded
  Hardline,   // always a line break
  Emptyline,  // always two
  Newlines,   // always `count`
};

struct Spacing {
  SpacingKind kind = SpacingKind::None;
  // Only with Newlines.
  std::uint32_t count = 0;
};

// Two spacings, neither of them None, in sequence are one: mostly the stronger.
Spacing merge_two(Spacing left, Spacing right);
inline Spacing merge(Spacing left, Spacing right) {
  if (left.kind == SpacingKind::None) return right;
  if (right.kind == SpacingKind::None) return left;
  return merge_two(left, right);
}

// Whether the spacing looks the same in any group, so that it may move out of one.
constexpr bool is_hard(SpacingKind kind) { return kind == SpacingKind::Hardspace || kind >= SpacingKind::Hardline; }
constexpr bool breaks_line(SpacingKind kind) { return kind >= SpacingKind::Hardline; }
// Columns in a group that is on one line. Only for kinds that do not break the line.
constexpr std::uint32_t compact_width(SpacingKind kind) {
  return kind == SpacingKind::Hardspace || kind == SpacingKind::Softspace || kind == SpacingKind::Space ? 1 : 0;
}

}  // namespace evalctl::formatter
