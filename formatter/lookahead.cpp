#include "formatter/lookahead.h"

#include <array>

namespace evalctl::formatter {
namespace {

bool is_comment(const Element& element) {
  return element.text_kind == TextKind::Comment || element.text_kind == TextKind::TrailingComment;
}

}  // namespace

void Lookahead::measure() {
  marks_.resize(document_.size() + 1);
  measure_forward();
  measure_backward();
}

namespace {

// What an element adds to the sums, by its kind and what kind of text or spacing it is. As tables, since which kinds follow
// which cannot be foreseen by a processor.
struct Rule {
  std::uint32_t width_mask = 0;  // all ones where the element's own width counts
  std::uint32_t blank = 0;       // columns of a spacing
  std::uint32_t breaks = 0;
  std::uint32_t keeps = 1;       // 1 where a blank before the element still swallows one behind it
  std::uint32_t swallows = 0;    // 1 where the element is such a blank
};

// What an element does to the width up to the next place where a line may break.
struct RestRule {
  std::uint32_t keeps = ~0u;  // 0 where a line may break
  std::uint32_t width_mask = 0;
  std::uint32_t blank = 0;
};

constexpr std::size_t kVariants = 16;
constexpr std::size_t place(std::uint8_t kind, std::uint8_t variant) { return kind * kVariants + variant; }

constexpr auto kRules = [] {
  std::array<Rule, 5 * kVariants> rules{};
  for (std::uint8_t variant = 0; variant < kVariants; ++variant) {
    auto text = static_cast<TextKind>(variant);
    auto spacing = static_cast<SpacingKind>(variant);
    bool breaks = formatter::breaks_line(spacing);
    std::uint32_t blank = breaks ? 0 : formatter::compact_width(spacing);
    rules[place(Element::Text, variant)] = {text == TextKind::Regular ? ~0u : 0, 0, text >= TextKind::DisableMarker ? 1u : 0u, 0, 0};
    rules[place(Element::Space, variant)] = {0, blank, breaks ? 1u : 0u, 0, blank};
    rules[place(Element::Begin, variant)] = {0, 0, 0, 0, 0};
  }
  return rules;
}();

constexpr auto kRestRules = [] {
  std::array<RestRule, 5 * kVariants> rules{};
  for (std::uint8_t variant = 0; variant < kVariants; ++variant) {
    auto text = static_cast<TextKind>(variant);
    bool comment = text == TextKind::Comment || text == TextKind::TrailingComment;
    bool hard = static_cast<SpacingKind>(variant) == SpacingKind::Hardspace;
    rules[place(Element::Text, variant)] = {~0u, comment ? 0 : ~0u, 0};
    rules[place(Element::Space, variant)] = {hard ? ~0u : 0, 0, hard ? 1u : 0u};
  }
  return rules;
}();

std::size_t place(const Element& element) { return place(element.kind, static_cast<std::uint8_t>(element.spacing)); }

}  // namespace

void Lookahead::measure_forward() {
  std::uint32_t width = 0;
  std::uint32_t breaks = 0;
  // 1 behind a blank, which swallows the next one.
  std::uint32_t swallowing = 0;
  Mark* mark = marks_.data();
  for (const Element& element : document_) {
    mark->width = width;
    mark->breaks = breaks;
    ++mark;
    const Rule& rule = kRules[place(element)];
    width += (element.width & rule.width_mask) + (rule.blank & ~swallowing);
    breaks += rule.breaks;
    swallowing = (swallowing & rule.keeps) | rule.swallows;
  }
  mark->width = width;
  mark->breaks = breaks;
}

void Lookahead::measure_backward() {
  std::uint32_t rest = 0;
  auto stop = static_cast<std::uint32_t>(document_.size());
  marks_[stop].rest = 0;
  marks_[stop].stop = stop;
  for (std::uint32_t i = stop; i-- > 0;) {
    const Element& element = document_[i];
    const RestRule& rule = kRestRules[place(element)];
    rest = (rest & rule.keeps) + (element.width & rule.width_mask) + rule.blank;
    stop = rule.keeps ? stop : i;
    marks_[i].rest = rest;
    marks_[i].stop = stop;
  }
}

std::uint32_t Lookahead::compact_width(std::uint32_t begin, std::uint32_t end) const {
  std::uint32_t width = marks_[end].width - marks_[begin].width;
  // A spacing at the start of the range has nothing before it that could swallow it.
  if (begin < end && document_[begin].kind == Element::Space && marks_[begin + 1].width == marks_[begin].width &&
      !formatter::breaks_line(document_[begin].spacing)) {
    width += formatter::compact_width(document_[begin].spacing);
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
  if (in_priority || element.group == GroupKind::Regular) cursor.inner_end = element.width;
  else if (element.group == GroupKind::Priority) cursor.priority_end = element.width;
}

// The spacing as it is or, in a compact range, as it is going to be: Hardspace or None.
SpacingKind Lookahead::spacing_at(const Cursor& cursor) const {
  SpacingKind kind = document_[cursor.index].spacing;
  bool compact = cursor.range && cursor.index >= cursor.range->begin && cursor.index >= cursor.inner_end;
  if (!compact || formatter::breaks_line(kind)) return kind;
  return formatter::compact_width(kind) != 0 ? SpacingKind::Hardspace : SpacingKind::None;
}

std::uint32_t Lookahead::first_line_width(Cursor cursor) const {
  update_range(cursor);
  if (!cursor.range || marks_[cursor.index].stop < cursor.range->begin) return marks_[cursor.index].rest;
  std::uint32_t width = 0;
  bool after_blank = false;
  for (; cursor.index < document_.size(); ++cursor.index) {
    update_range(cursor);
    const Element& element = document_[cursor.index];
    if (element.kind == Element::Text) {
      if (!is_comment(element)) width += element.width;
      after_blank = false;
    } else if (element.kind == Element::Begin) {
      enter_group(cursor, element);
    } else if (element.kind == Element::Space) {
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
    if (document_[i].kind == Element::Text && is_comment(document_[i])) width += document_[i].width;
  }
  return width;
}

bool Lookahead::first_line_fits(std::int64_t target, std::int64_t maximum, Cursor cursor) const {
  std::int64_t left = maximum;
  while (left >= 0 && cursor.index < document_.size()) {
    update_range(cursor);
    const Element& element = document_[cursor.index];
    switch (element.kind) {
      case Element::Text:
        if (element.text_kind == TextKind::Regular) left -= element.width;
        if (element.text_kind == TextKind::Verbatim || element.text_kind == TextKind::VerbatimToEnd) {
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
        if (!breaks_line(begin, element.width) &&
            compact_width(begin, element.width) <= left - static_cast<std::int64_t>(first_line_width(behind))) {
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

Lookahead::Indent Lookahead::next_indent(std::uint32_t index) const {
  for (; index < document_.size(); ++index) {
    const Element& element = document_[index];
    if (element.kind == Element::Text) return {element.nest, element.offset};
  }
  return {0, 0};
}

}  // namespace evalctl::formatter
