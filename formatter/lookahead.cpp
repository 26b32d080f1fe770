#include "formatter/lookahead.h"

#include <array>

namespace evalctl::formatter {
namespace {

bool is_comment(const Element& element) { return element.is_text(TextKind::Comment) || element.is_text(TextKind::TrailingComment); }

// What an element does to the width up to the next place where a line may break. As a table, since which kinds follow which
// cannot be foreseen by a processor.
struct Rule {
  std::uint32_t width_mask = 0;  // all ones where the element's own width counts
  std::uint32_t blank = 0;       // columns of a spacing
  bool stops = false;            // a line may break
};

constexpr auto kRules = [] {
  std::array<Rule, 5 * Element::kVariants> rules{};
  for (std::uint32_t variant = 0; variant < Element::kVariants; ++variant) {
    auto text = static_cast<TextKind>(variant);
    bool comment = text == TextKind::Comment || text == TextKind::TrailingComment;
    bool hard = static_cast<SpacingKind>(variant) == SpacingKind::Hardspace;
    rules[Element::code_of(Element::Text, variant)] = {comment ? 0 : ~0u, 0, false};
    rules[Element::code_of(Element::Space, variant)] = {0, hard, !hard};
  }
  return rules;
}();

}  // namespace

Document::Measure Lookahead::measure(std::uint32_t begin, std::uint32_t end) const {
  Document::Measure measure = document_.measure(end);
  if (begin == 0) return measure;
  Document::Measure before = document_.measure(begin - 1);
  measure.columns -= before.columns;
  measure.breaks -= before.breaks;
  // A spacing at the start of the range has nothing before it that could swallow it.
  const Element& last = elements_[begin - 1];
  if (last.kind() == Element::End && last.indent != 0 && begin < end && elements_[begin].kind() == Element::Space) {
    SpacingKind kind = elements_[begin].spacing();
    if (!breaks_line(kind)) measure.columns += compact_width(kind);
  }
  return measure;
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
  if (!compact || breaks_line(kind)) return kind;
  return compact_width(kind) != 0 ? SpacingKind::Hardspace : SpacingKind::None;
}

Lookahead::Stretch Lookahead::unbroken(std::uint32_t index, std::uint32_t end) const {
  std::uint32_t width = 0;
  for (; index < end; ++index) {
    const Element& element = elements_[index];
    const Rule& rule = kRules[element.code];
    if (rule.stops) break;
    width += (element.width & rule.width_mask) + rule.blank;
  }
  return {width, index};
}

std::uint32_t Lookahead::first_line_width(Cursor cursor) const {
  update_range(cursor);
  if (!cursor.range) return unbroken(cursor.index, size_).width;
  std::uint32_t width = 0;
  if (cursor.index < cursor.range->begin) {
    Stretch before = unbroken(cursor.index, cursor.range->begin);
    if (before.end < cursor.range->begin) return before.width;
    width = before.width;
    cursor.index = before.end;
  }
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

std::uint32_t Lookahead::text_width(std::uint32_t begin, std::uint32_t end) const {
  std::uint32_t width = measure(begin, end).columns;
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
        Document::Measure inner = measure(begin, element.width);
        if (inner.breaks == 0 && inner.columns <= left && inner.columns + std::int64_t{first_line_width(behind)} <= left) {
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
