// What formatting changes in a text: lines, and edits of byte ranges.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::formatter {

// Replaces the bytes of `range` by `text`.
struct Edit {
  parser::Range range;
  std::string text;
};

// Lines [old_begin, old_end) of the old text became lines [new_begin, new_end) of the new one. Both count from 0.
struct LineChange {
  std::uint32_t old_begin, old_end;
  std::uint32_t new_begin, new_end;
};

using Lines = std::vector<std::string_view>;

// The lines of `text`, each with its line end.
Lines split_into_lines(std::string_view text);

// In order, never touching each other. As few lines as possible, unless the texts differ very much.
// Cost O(n d) for n lines of which d differ.
std::vector<LineChange> changed_lines(const Lines& before, const Lines& after);

// The same as edits of whole lines; their ranges are those of `before`.
std::vector<Edit> edits_between(std::string_view before, std::string_view after);

// `text` with `edits`, which are in order and do not overlap.
std::string apply_edits(std::string_view text, const std::vector<Edit>& edits);

}  // namespace evalctl::formatter
