// A text with small changes, and the way back: which place of the original a place of the changed text is.
//
// What is removed is overwritten with blanks, so that only insertions move what is behind them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::parser {

// Takes out [begin, end) and puts `inserted`, which outlives it, in its place.
struct Edit {
  std::uint32_t begin;
  std::uint32_t end;
  std::string_view inserted;
};

class EditedText {
 public:
  explicit EditedText(std::string_view original) : original_(original), current_(original) {}

  std::string_view original() const { return original_; }
  const std::string& current() const { return current_; }

  // `edit` is in places of the current text.
  void apply(const Edit& edit);

  std::uint32_t original(std::uint32_t place) const;
  Range original(Range range) const { return {original(range.begin), original(range.end)}; }

  // Turns the tokens and nodes of the current text into such of the original. A token that was inserted is gone, one that
  // was removed is Invalid. A name that was inserted is an Error node without tokens.
  void restore(Tokens& tokens, Nodes& nodes) const;

 private:
  Tokens restored(const Tokens& tokens, std::vector<std::uint32_t>& firsts) const;

  std::string_view original_;
  std::string current_;
  // In places of the current text, in order, without overlap.
  std::vector<Range> inserted_;
  std::vector<Range> removed_;
};

}  // namespace evalctl::parser
