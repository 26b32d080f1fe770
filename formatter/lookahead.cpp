#include "formatter/lookahead.h"

#include <array>

namespace evalctl::formatter {
namespace {

bool is_comment(const Element& element) { return element.is_text(TextKind::Comment) || element.is_text(TextKind::TrailingComment); }

// Whether a bit of [begin, end) is set.
bool any_bit(const std::uint64_t* words, std::uint32_t begin, std::uint32_t end) {
  if (begin >= end) return false;
  std::uint32_t word = begin / 64, last = (end - 1) / 64;
  std::uint64_t first_mask = ~std::uint64_t{0} << begin % 64;
  std::uint64_t last_mask = ~std::uint64_t{0} >> (63 - (end - 1) % 64);
  if (word == last) return (words[word] & first_mask & last_mask) != 0;
  if (words[word] & first_mask) return true;
  while (++word < last) {
    if (words[word]) return true;
  }
  return (words[last] & last_mask) != 0;
}

// What an element adds to the sums, by its kind and what kind of text or spacing it is. As tables, since which kinds follow
// which cannot be foreseen by a processor.
struct Rule {
  std::uint32_t width_mask = 0;  // all ones where the element's own width counts
  std::uint32_t blank = 0;       // columns of a spacing
  std::uint32_t keeps = 1;       // 1 where a blank before the element still swallows one behind it
  std::uint32_t swallows = 0;    // 1 where the element is such a blank
};

// What an element does to the width up to the next place where a line may break.
struct RestRule {
  std::uint32_t keeps = ~0u;  // 0 where a line may break
  std::uint32_t width_mask = 0;
  std::uint32_t blank = 0;
  std::uint32_t stops = 0;    // 1 where a line may break
  std::uint32_t breaks = 0;   // 1 where it must
};

constexpr std::uint32_t kCodes = 5 * Element::kVariants;

constexpr auto kRules = [] {
  std::array<Rule, kCodes> rules{};
  for (std::uint32_t variant = 0; variant < Element::kVariants; ++variant) {
    auto text = static_cast<TextKind>(variant);
    auto spacing = static_cast<SpacingKind>(variant);
    bool breaks = formatter::breaks_line(spacing);
    std::uint32_t blank = breaks ? 0 : formatter::compact_width(spacing);
    rules[Element::code_of(Element::Text, variant)] = {text == TextKind::Regular ? ~0u : 0, 0, 0, 0};
    rules[Element::code_of(Element::Space, variant)] = {0, blank, 0, blank};
    rules[Element::code_of(Element::Begin, variant)] = {0, 0, 0, 0};
  }
  return rules;
}();

constexpr auto kRestRules = [] {
  std::array<RestRule, kCodes> rules{};
  for (std::uint32_t variant = 0; variant < Element::kVariants; ++variant) {
    auto text = static_cast<TextKind>(variant);
    bool comment = text == TextKind::Comment || text == TextKind::TrailingComment;
    auto spacing = static_cast<SpacingKind>(variant);
    bool hard = spacing == SpacingKind::Hardspace;
    rules[Element::code_of(Element::Text, variant)] = {~0u, comment ? 0 : ~0u, 0, 0, text >= TextKind::DisableMarker};
    rules[Element::code_of(Element::Space, variant)] = {hard ? ~0u : 0, 0, hard, !hard, formatter::breaks_line(spacing)};
  }
  return rules;
}();

}  // namespace

void Lookahead::measure() {
  workspace_.marks.resize(size_ + 1);
  workspace_.breaks.resize(size_ / 64 + 1);
  workspace_.stops.resize(size_ / 64 + 1);
  marks_ = workspace_.marks.data();
  measure_forward();
  measure_backward();
}

void Lookahead::measure_forward() {
  std::uint32_t width = 0;
  // 1 behind a blank, which swallows the next one.
  std::uint32_t swallowing = 0;
  Workspace::Mark* mark = workspace_.marks.data();
  const Element* element = elements_;
  for (std::uint32_t left = size_; left > 0; --left, ++element, ++mark) {
    mark->width = width;
    const Rule& rule = kRules[element->code];
    width += (element->width & rule.width_mask) + (rule.blank & ~swallowing);
    swallowing = (swallowing & rule.keeps) | rule.swallows;
  }
  mark->width = width;
}

void Lookahead::measure_backward() {
  std::uint32_t rest = 0;
  Workspace::Mark* marks = workspace_.marks.data();
  marks[size_].rest = 0;
  std::uint64_t breaks = 0, stops = 0;
  workspace_.breaks[size_ / 64] = workspace_.stops[size_ / 64] = 0;
  for (std::uint32_t i = size_; i-- > 0;) {
    const Element& element = elements_[i];
    const RestRule& rule = kRestRules[element.code];
    rest = (rest & rule.keeps) + (element.width & rule.width_mask) + rule.blank;
    marks[i].rest = rest;
    breaks = breaks << 1 | rule.breaks;
    stops = stops << 1 | rule.stops;
    if (i % 64 != 0) continue;
    workspace_.breaks[i / 64] = breaks;
    workspace_.stops[i / 64] = stops;
  }
}

bool Lookahead::breaks_line(std::uint32_t begin, std::uint32_t end) const { return any_bit(workspace_.breaks.data(), begin, end); }
bool Lookahead::may_break(std::uint32_t index, std::uint32_t end) const { return any_bit(workspace_.stops.data(), index, end); }

std::uint32_t Lookahead::compact_width(std::uint32_t begin, std::uint32_t end) const {
  std::uint32_t width = marks_[end].width - marks_[begin].width;
  // A spacing at the start of the range has nothing before it that could swallow it.
  if (begin < end && elements_[begin].kind() == Element::Space && marks_[begin + 1].width == marks_[begin].width &&
      !formatter::breaks_line(elements_[begin].spacing())) {
    width += formatter::compact_width(elements_[begin].spacing());
  }
  return width;
}

void Lookahead::update_range(Cursor& cursor) {
  while (cursor.range && cursor.index >= cursor.range->end) cursor.range = cursor.range->outer;
}

void Lookahead::enter_group(Cursor& cursor, const Element& element) {
  bool at_top = cursor.range && cursor.index >= cursor.range->begin && cursor.index >= cursor.inner_end;
  if (!at_top) return;
  bool in_priority = cursor.index < cursor.priority_end;
  if (in_priority || element.group() == GroupKind::Regular) cursor.inner_end = element.width;
  else if (element.group() == GroupKind::Priority) cursor.priority_end = element.width;
}

// The spacing as it is or, in a compact range, as it is going to be: Hardspace or None.
SpacingKind Lookahead::spacing_at(const Cursor& cursor) const {
  SpacingKind kind = elements_[cursor.index].spacing();
  bool compact = cursor.range && cursor.index >= cursor.range->begin && cursor.index >= cursor.inner_end;
  if (!compact || formatter::breaks_line(kind)) return kind;
  return formatter::compact_width(kind) != 0 ? SpacingKind::Hardspace : SpacingKind::None;
}

std::uint32_t Lookahead::first_line_width(Cursor cursor) const {
  update_range(cursor);
  if (!cursor.range || may_break(cursor.index, cursor.range->begin)) return marks_[cursor.index].rest;
  std::uint32_t width = 0;
  bool after_blank = false;
  for (; cursor.index < size_; ++cursor.index) {
    update_range(cursor);
    const Element& element = elements_[cursor.index];
    if (element.kind() == Element::Text) {
      if (!is_comment(element)) width += element.width;
      after_blank = false;
    } else if (element.kind() == Element::Begin) {
      enter_group(cursor, element);
    } else if (element.kind() == Element::Space) {
      SpacingKind kind = spacing_at(cursor);
      if (kind == SpacingKind::None) continue;
      if (kind != SpacingKind::Hardspace) return width;
      if (!after_blank) ++width;
      after_blank = true;
    }
  }
  return width;
}

// With comments, as the text would be printed.
std::uint32_t Lookahead::text_width(std::uint32_t begin, std::uint32_t end) const {
  std::uint32_t width = compact_width(begin, end);
  for (std::uint32_t i = begin; i < end; ++i) {
    if (elements_[i].kind() == Element::Text && is_comment(elements_[i])) width += elements_[i].width;
  }
  return width;
}

bool Lookahead::first_line_fits(std::int64_t target, std::int64_t maximum, Cursor cursor) const {
  std::int64_t left = maximum;
  while (left >= 0 && cursor.index < size_) {
    update_range(cursor);
    const Element& element = elements_[cursor.index];
    switch (element.kind()) {
      case Element::Text:
        if (element.is_text(TextKind::Regular)) left -= element.width;
        if (element.text_kind() >= TextKind::Verbatim && element.text_kind() <= TextKind::VerbatimToEnd) {
          return maximum - left <= target;
        }
        break;
      case Element::Space: {
        SpacingKind kind = spacing_at(cursor);
        if (kind == SpacingKind::Hardspace) --left;
        else if (kind != SpacingKind::None) return maximum - left <= target;
        break;
      }
      case Element::Begin: {
        Cursor behind = cursor;
        behind.index = element.width + 1;
        std::uint32_t begin = cursor.index + 1;
        if (compact_width(begin, element.width) <= left - static_cast<std::int64_t>(first_line_width(behind)) &&
            !breaks_line(begin, element.width)) {
          left -= text_width(begin, element.width);
          cursor.index = element.width;
        } else {
          enter_group(cursor, element);
        }
        break;
      }
      default: break;
    }
    ++cursor.index;
  }
  return left >= 0 && maximum - left <= target;
}

Document::Indent Lookahead::next_indent(std::uint32_t index) const {
  for (; index < size_; ++index) {
    const Element& element = elements_[index];
    if (element.kind() == Element::Text) return document_.indent(element);
  }
  return {0, 0};
}

}  // namespace evalctl::formatter
