// Document to text: decides where lines break.
//
// Greedy: a group that fits on the line is printed on it. Of one that does not, each Priority member is tried, last
// first: the parts before and behind it on one line, it alone expanded. If none will do the group is expanded and its
// members are decided one by one. Indentation does not count for the width of a line.
#pragma once
#include <cstdint>
#include <vector>

#include "formatter/lookahead.h"
#include "formatter/output.h"

namespace evalctl::formatter {

class Layout {
  // The indentation of texts of a nesting depth, and that of the texts around them.
  struct Level { std::uint32_t columns; std::uint32_t nest; std::uint32_t outer; };

 public:
  // Memory to use.
  struct Workspace {
    std::vector<Level> levels;
    std::vector<std::uint32_t> members;
  };

  // Lines are `shift` columns further right than their nesting says, but never left of the first column.
  Layout(const Document& document, Workspace& workspace, std::uint32_t width, std::uint32_t indent, std::int32_t shift)
      : document_(document), elements_(document.data()), lookahead_(document), levels_(workspace.levels), members_(workspace.members), target_(width), step_(indent), shift_(shift) {}

  // Appends the text to `out`. Cost O(n) but for priority groups that fail late.
  void print(Output& out);

 private:
  // All that printing changes, to be able to go back.
  struct State { std::size_t length; std::uint32_t column; std::uint32_t level; std::size_t levels; bool suppressed; };

  State save() const { return {out_->size(), column_, level_, levels_.size(), suppressed_}; }
  void restore(const State& state);

  void expand(std::uint32_t begin, std::uint32_t end, const CompactRange* range);
  bool compact(std::uint32_t begin, std::uint32_t end, Cursor rest, bool flattened);
  bool try_priority_members(std::uint32_t group, const CompactRange* range);
  bool try_priority(std::uint32_t group, std::uint32_t member, const CompactRange* range);
  std::uint32_t skip_leading_spacing(std::uint32_t begin, std::uint32_t end, bool flattened) const;
  std::uint32_t print_compact(std::uint32_t begin, std::uint32_t skipped, std::uint32_t end, std::uint32_t rest);

  void put(std::string_view text) { if (!suppressed_) out_->append(text); }
  void put(const Element& text) {
    if (!suppressed_ && document_.is_padded(text, Output::kBlock)) [[likely]] out_->append_padded(document_.source() + text.place, text.length);
    else put(document_.text(text));
  }
  void put_blank() { if (!suppressed_) out_->append(' '); }
  void put_indentation(std::uint32_t offset);
  void put_text(const Element& element);
  void put_special_text(const Element& element, std::uint32_t index);
  void put_spacing(std::uint32_t index, const CompactRange* range);
  void put_verbatim(const Element& element);
  void break_line(std::uint32_t count);
  void set_level(std::uint32_t nest) {
    if (nest != nest_) change_level(nest);
  }
  [[gnu::noinline]] void change_level(std::uint32_t nest);

  const Document& document_;
  const Element* elements_;
  Lookahead lookahead_;
  std::vector<Level>& levels_;
  // Of the groups that are being tried, the Priority members.
  std::vector<std::uint32_t>& members_;
  std::uint32_t target_;
  std::uint32_t step_;
  std::int32_t shift_;
  Output* out_ = nullptr;
  // Columns since the indentation of the line. 0 at the start of a line.
  std::uint32_t column_ = 0;
  std::uint32_t level_ = 0;
  // Of that level.
  std::uint32_t nest_ = 0;
  bool suppressed_ = false;
};

}  // namespace evalctl::formatter
