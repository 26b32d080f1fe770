// What follows a position of a document, measured without printing it.
#pragma once
#include <cstdint>

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
  explicit Lookahead(const Document& document) : elements_(document.data()), size_(document.size()), document_(document) {}

  // Of [begin, end), which begins at the start of the document, behind the Begin of a group, or behind an End, and ends at
  // the end of the document, at a Begin or at an End: columns on one line, comments left out, and the number of elements that
  // cannot be on one line with the rest. Cost O(1).
  Document::Measure measure(std::uint32_t begin, std::uint32_t end) const;
  // Columns from the cursor to the first place where the line may break. Cost: as far as that.
  std::uint32_t first_line_width(Cursor cursor) const;
  // Whether what follows up to the first line break that is needed fits `target` columns, on a line of `maximum`.
  bool first_line_fits(std::int64_t target, std::int64_t maximum, Cursor cursor) const;
  // Nesting and offset of the first text at or after `index`, zero when there is none.
  Document::Indent next_indent(std::uint32_t index) const;

 private:
  // Steps into or over the beginning of a group at the cursor, as the compact range demands.
  static void enter_group(Cursor& cursor, const Element& element);
  static void update_range(Cursor& cursor);
  // The columns of [index, end) up to the first place where the line may break, and that place or `end`.
  struct Stretch { std::uint32_t width, end; };
  Stretch unbroken(std::uint32_t index, std::uint32_t end) const;
  SpacingKind spacing_at(const Cursor& cursor) const;
  // With comments, as the text would be printed.
  std::uint32_t text_width(std::uint32_t begin, std::uint32_t end) const;

  const Element* elements_;
  std::uint32_t size_;
  const Document& document_;
};

}  // namespace evalctl::formatter
