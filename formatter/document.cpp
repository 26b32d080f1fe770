#include "formatter/document.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace evalctl::formatter {
namespace {

bool is_comment(TextKind kind) { return kind == TextKind::Comment || kind == TextKind::TrailingComment; }
bool is_verbatim(TextKind kind) { return kind == TextKind::Verbatim || kind == TextKind::VerbatimToEnd; }

}  // namespace

std::uint32_t width_of(std::string_view text) {
  // Eight bytes at a time: most text is ASCII.
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  const char* at = text.data();
  std::size_t left = text.size();
  auto width = static_cast<std::uint32_t>(left);
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    // The bytes 10xxxxxx go on with a character.
    width -= static_cast<std::uint32_t>(std::popcount(word & ~(word << 1) & kHighBits));
  }
  for (; left > 0; --left, ++at) width -= (static_cast<unsigned char>(*at) & 0xC0) == 0x80;
  return width;
}

void DocumentBuilder::clear() {
  elements_.clear();
  levels_.clear();
  levels_.push_back({GroupKind::Regular, true, {}, 0});
  apart_ = true;
  nest_ = 0;
  offset_ = 0;
  kept_.clear();
  compact_ = compact_failed_ = false;
}

Document& DocumentBuilder::finish() {
  write_spacing(levels_[0]);
  return elements_;
}

void DocumentBuilder::text(std::string_view text, TextKind kind) {
  if (text.empty() && kind <= TextKind::Trailing) return;
  Element element;
  element.kind = Element::Text;
  element.text_kind = kind;
  element.width = width_of(text);
  element.nest = nest_;
  element.offset = static_cast<std::uint16_t>(std::min(offset_, Element::kMostOffset));
  element.data = text.data();
  element.length = static_cast<std::uint32_t>(text.size());
  if (compact_) [[unlikely]] compact_text(element);
  else add_text(element);
}

void DocumentBuilder::spacing(Spacing spacing) {
  if (compact_) compact_spacing(spacing);
  else add_spacing(spacing);
}

void DocumentBuilder::add_spacing(Spacing spacing) {
  Level& top = levels_.back();
  top.pending = merge(top.pending, spacing);
}

void DocumentBuilder::add_text(const Element& element) {
  const Level& top = levels_.back();
  bool may_move_out = is_comment(element.text_kind) || is_verbatim(element.text_kind);
  if (!top.opened || top.pending.kind != SpacingKind::None) {
    if (top.opened) write_spacing(levels_.back());
    else land(may_move_out);
  }
  bool beside = !apart_ && !elements_.empty() && elements_.back().kind == Element::Text && elements_.back().text_kind == element.text_kind;
  apart_ = false;
  if (!beside) {
    elements_.push_back(element);
    return;
  }
  Element& last = elements_.back();
  if (element.text_kind == TextKind::Regular && last.data + last.length == element.data) {
    // One text of the source after the other is one text.
    last.width += element.width;
    last.length += element.length;
    return;
  }
  std::uint32_t nest = last.nest;
  std::uint16_t offset = last.offset;
  elements_.push_back(element);
  elements_.back().nest = nest;
  elements_.back().offset = offset;
}

// Writes what waits before the text at hand: spacings and the beginnings of groups. A text that may move out of the
// groups it begins leaves those unopened.
void DocumentBuilder::land(bool may_move_out) {
  std::size_t level = levels_.size() - 1;
  for (std::size_t i = level; !levels_[i].opened; --i) {
    if (!is_hard(levels_[i].pending.kind)) continue;
    levels_[i - 1].pending = merge(levels_[i - 1].pending, levels_[i].pending);
    levels_[i].pending = {};
  }
  if (may_move_out) {
    while (!levels_[level].opened && levels_[level].pending.kind == SpacingKind::None) --level;
  }
  open_levels(level);
}

void DocumentBuilder::open_levels(std::size_t innermost) {
  std::size_t first = innermost;
  while (!levels_[first].opened) --first;
  write_spacing(levels_[first]);
  for (std::size_t i = first + 1; i <= innermost; ++i) {
    Level& level = levels_[i];
    level.opened = true;
    level.begin = static_cast<std::uint32_t>(elements_.size());
    Element element{};
    element.kind = Element::Begin;
    element.group = level.kind;
    elements_.push_back(element);
    write_spacing(level);
  }
}

void DocumentBuilder::write_spacing(Level& level) {
  if (level.pending.kind == SpacingKind::None) return;
  Element element{};
  element.kind = Element::Space;
  element.spacing = level.pending.kind;
  element.width = level.pending.count;
  elements_.push_back(element);
  level.pending = {};
}

void DocumentBuilder::open(GroupKind kind) {
  if (compact_) return;
  Spacing carried;
  Level& outer = levels_.back();
  if (outer.pending.kind == SpacingKind::Hardspace) std::swap(carried, outer.pending);
  levels_.push_back({kind, false, carried, 0});
  apart_ = true;
}

void DocumentBuilder::close() {
  if (compact_) return;
  apart_ = true;
  Level level = levels_.back();
  bool hard = is_hard(level.pending.kind);
  if (!level.opened && (hard || level.pending.kind == SpacingKind::None)) {
    levels_.pop_back();
    levels_.back().pending = merge(levels_.back().pending, level.pending);
    return;
  }
  if (!level.opened) open_levels(levels_.size() - 1);
  if (!hard) write_spacing(levels_.back());
  std::uint32_t begin = levels_.back().begin;
  levels_.pop_back();
  if (elements_.size() == begin + 2 && elements_.back().kind == Element::Text && elements_.back().text_kind == TextKind::Regular) {
    // A text is laid out alike without a group of its own.
    elements_[begin] = elements_.back();
    elements_.pop_back();
  } else if (has_sole_child(begin, level.kind)) {
    // The child takes the place of its parent.
    elements_[begin].kind = Element::Nothing;
  } else {
    elements_[begin].width = static_cast<std::uint32_t>(elements_.size());
    Element element{};
    element.kind = Element::End;
    element.group = level.kind;
    element.width = begin;
    elements_.push_back(element);
  }
  if (hard) levels_.back().pending = level.pending;
}

bool DocumentBuilder::has_sole_child(std::uint32_t begin, GroupKind kind) const {
  std::uint32_t child = begin + 1;
  while (elements_[child].kind == Element::Nothing) ++child;
  return elements_[child].kind == Element::Begin && elements_[child].group == kind &&
         elements_[child].width == elements_.size() - 1 && elements_.back().kind == Element::End;
}

bool DocumentBuilder::begin_compact(std::uint32_t limit) {
  if (compact_) return false;
  compact_ = true;
  compact_failed_ = false;
  compact_left_ = limit;
  compact_elements_.clear();
  return true;
}

bool DocumentBuilder::end_compact() {
  compact_ = false;
  bool done = !compact_failed_;
  compact_failed_ = false;
  if (!done) return false;
  for (const Element& element : compact_elements_) {
    if (element.kind == Element::Text) add_text(element);
    else add_spacing({element.spacing, element.width});
  }
  return true;
}

void DocumentBuilder::compact_text(const Element& element) {
  if (element.text_kind >= TextKind::DisableMarker) compact_failed_ = true;
  if (compact_left_ != kNoLimit) {
    if (element.width > compact_left_) compact_failed_ = true;
    else compact_left_ -= element.width;
  }
  if (!compact_failed_) compact_elements_.push_back(element);
}

void DocumentBuilder::compact_spacing(Spacing spacing) {
  if (breaks_line(spacing.kind)) compact_failed_ = true;
  if (compact_failed_ || compact_width(spacing.kind) == 0) return;
  if (compact_left_ != kNoLimit && compact_left_-- == 0) {
    compact_failed_ = true;
    return;
  }
  Element element{};
  element.kind = Element::Space;
  element.spacing = SpacingKind::Hardspace;
  compact_elements_.push_back(element);
}

}  // namespace evalctl::formatter
