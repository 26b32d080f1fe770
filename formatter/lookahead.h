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
  // Memory to use.
  struct Workspace {
    // Columns from the start of the document to each element, and from there to the next place where a line may break.
    struct Mark { std::uint32_t width, rest; };
    base::UninitializedVector<Mark> marks;
    // A bit for each element: whether it cannot be on one line with others; whether a line may break there.
    base::UninitializedVector<std::uint64_t> breaks, stops;
  };

  Lookahead(const Document& document, Workspace& workspace)
      : elements_(document.data()), size_(document.size()), document_(document), workspace_(workspace) {}
  // Measures the document. Cost O(n).
  void measure();

  // Columns of [begin, end) on one line, comments left out.
  std::uint32_t compact_width(std::uint32_t begin, std::uint32_t end) const;
  // Whether [begin, end) holds something that cannot be on one line with the rest. Cost O(end - begin) at worst, for 64
  // elements at a time: to be asked where the width has been found to fit.
  bool breaks_line(std::uint32_t begin, std::uint32_t end) const;
  // Columns from the cursor to the first place where the line may break.
  std::uint32_t first_line_width(Cursor cursor) const;
  // Whether what follows up to the first line break that is needed fits `target` columns, on a line of `maximum`.
  bool first_line_fits(std::int64_t target, std::int64_t maximum, Cursor cursor) const;
  // Nesting and offset of the first text at or after `index`, zero when there is none.
  Document::Indent next_indent(std::uint32_t index) const;

 private:
  void measure_forward();
  void measure_backward();
  // Steps into or over the beginning of a group at the cursor, as the compact range demands.
  static void enter_group(Cursor& cursor, const Element& element);
  static void update_range(Cursor& cursor);
  // Whether a line may break at or after `index` before `end`.
  bool may_break(std::uint32_t index, std::uint32_t end) const;
  SpacingKind spacing_at(const Cursor& cursor) const;
  std::uint32_t text_width(std::uint32_t begin, std::uint32_t end) const;

  const Element* elements_;
  std::uint32_t size_;
  const Document& document_;
  Workspace& workspace_;
  const Workspace::Mark* marks_ = nullptr;
};

}  // namespace evalctl::formatter
