// Formatting of a part of a text, also where other parts are broken. What an editor asks for.
#pragma once
#include <string_view>
#include <vector>

#include "formatter/edits.h"
#include "formatter/format.h"

namespace evalctl::formatter {

struct FormattedRange {
  // In order, not overlapping; none where nothing changes.
  std::vector<Edit> edits;
  // The edits are those of the whole text.
  bool whole = false;
  // The syntax errors of the text. They do not keep its healthy parts from being formatted.
  std::vector<parser::Diagnostic> diagnostics;
};

// Formats the parts of `text` that `range` touches: the smallest bindings, `inherit`s and elements of lists that have their
// lines to themselves, indented as they stand. What lies in no such part has the whole text formatted, provided it is
// free of errors. An empty range is a cursor.
//
// A part is formatted as it is in the whole, so that formatting all parts or the whole gives the same, but for the
// indentation. In a text with errors a part counts as healthy when none of them is in it; behind a string or comment that
// is not closed nothing does, as what is code there is not known.
// Cost O(n).
FormattedRange format_range(std::string_view text, parser::Range range, const Options& options = {});

}  // namespace evalctl::formatter
