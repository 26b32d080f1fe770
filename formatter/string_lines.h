// The content of a string literal as lines of text and interpolations, raw: escapes stay as they are written.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::formatter {

// Text, or an Interpolation node where `interpolation` is not 0.
struct LinePart {
  std::string_view text;
  std::uint32_t interpolation = 0;
};

class StringLines {
 public:
  // The lines of a String or, as a single line, the pieces of a Path.
  void split(const parser::Tree& tree, parser::NodeId node);
  // The lines of an IndentedString without a blank first line, the blanks of a blank last line, and the indentation.
  void split_indented(const parser::Tree& tree, parser::NodeId node);

  std::size_t count() const { return ends_.size() - first_; }
  std::span<const LinePart> line(std::size_t i) const;
  // Blanks taken from the start of the lines.
  std::uint32_t indentation() const { return indentation_; }

 private:
  std::span<LinePart> mutable_line(std::size_t i);
  void strip_indentation();

  std::vector<LinePart> parts_;
  // Where each line ends in `parts_`.
  std::vector<std::uint32_t> ends_;
  // 1 where the first line is dropped.
  std::size_t first_ = 0;
  std::uint32_t indentation_ = 0;
};

// Whether an IndentedString has more than one line once a blank first one is dropped. Cost: up to its second line.
bool has_several_lines(const parser::Tree& tree, parser::NodeId node);

}  // namespace evalctl::formatter
