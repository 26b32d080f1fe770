// What follows a position of a document, measured without printing it.
#pragma once
#include <cstdint>
#include <vector>

#include "base/uninitialized.h"
#include "formatter/document.h"

namespace evalctl::formatter {

// A range that is going to be printed on one line: the spacings at its top level are already compact for whoever looks
// ahead. Ranges nest: the outer one lies further right.
struct CompactRange {
  std::uint32_t begin;
  std::uint32_t end;
  const CompactRange* outer;
};

// A place in a document while looking ahead. Knows which spacings the compact ranges apply to.
struct Cursor {
  std::uint32_t index;
  const CompactRange* range;
  // Inside a range: elements before these indices lie in a group of their own, or in a priority group.
  std::uint32_t inner_end = 0;
  std::uint32_t priority_end = 0;
};

class Lookahead {
 public:
  // What is known of each place of the document. `width` and `breaks` count from the start of the document; `rest` counts up
  // to the element `stop`.
  struct Mark { std::uint32_t width, breaks, rest, stop; };
  using Marks = base::UninitializedVector<Mark>;

  // `marks` is memory to use.
  Lookahead(const Document& document, Marks& marks) : document_(document), marks_(marks) {}
  // Measures the document. Cost O(n).
  void measure();

  // Columns of [begin, end) on one line, comments left out.
  std::uint32_t compact_width(std::uint32_t begin, std::uint32_t end) const;
  // Whether [begin, end) holds something that cannot be on one line with the rest.
  bool breaks_line(std::uint32_t begin, std::uint32_t end) const { return marks_[begin].breaks != marks_[end].breaks; }
  // Columns from the cursor to the first place where the line may break.
  std::uint32_t first_line_width(Cursor cursor) const;
  // Whether what follows up to the first line break that is needed fits `target` columns, on a line of `maximum`.
  bool first_line_fits(std::int64_t target, std::int64_t maximum, Cursor cursor) const;
  // Nesting and offset of the first text at or after `index`, zero when there is none.
  struct Indent { std::uint32_t nest; std::uint32_t offset; };
  Indent next_indent(std::uint32_t index) const;

 private:
  void measure_forward();
  void measure_backward();
  // Steps into or over the beginning of a group at the cursor, as the compact range demands.
  static void enter_group(Cursor& cursor, const Element& element);
  static void update_range(Cursor& cursor);
  SpacingKind spacing_at(const Cursor& cursor) const;
  std::uint32_t text_width(std::uint32_t begin, std::uint32_t end) const;

  const Document& document_;
  Marks& marks_;
};

}  // namespace evalctl::formatter
