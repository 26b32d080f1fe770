#include "formatter/document.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace evalctl::formatter {
namespace {

bool is_comment(TextKind kind) { return kind == TextKind::Comment || kind == TextKind::TrailingComment; }
bool is_verbatim(TextKind kind) { return kind == TextKind::Verbatim || kind == TextKind::VerbatimToEnd; }

constexpr std::uint64_t kHighBits = 0x8080808080808080;

std::uint64_t load_word(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Length of the text before the first bytes that are not ASCII, or a little less.
std::size_t ascii_length(std::string_view text) {
  constexpr std::size_t kBlock = 64;
  std::size_t at = 0;
  for (; text.size() - at >= kBlock; at += kBlock) {
    // All bits of all bytes: no way out early, so that many bytes are looked at together.
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kBlock; i += sizeof bits) bits |= load_word(text.data() + at + i);
    if (bits & kHighBits) return at;
  }
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    if (load_word(text.data() + at) & kHighBits) return at;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace

std::uint32_t width_of(std::string_view text) {
  // Eight bytes at a time: most text is ASCII.
  const char* at = text.data();
  std::size_t left = text.size();
  auto width = static_cast<std::uint32_t>(left);
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += sizeof(std::uint64_t)) {
    std::uint64_t word = load_word(at);
    // The bytes 10xxxxxx go on with a character.
    width -= static_cast<std::uint32_t>(std::popcount(word & ~(word << 1) & kHighBits));
  }
  for (; left > 0; --left, ++at) width -= (static_cast<unsigned char>(*at) & 0xC0) == 0x80;
  return width;
}

void DocumentBuilder::begin(std::string_view source, std::size_t elements) {
  if (document_.elements_.size() < elements) document_.elements_.resize(elements);
  next_ = document_.elements_.data();
  limit_ = next_ + document_.elements_.size();
  document_.source_ = source.data();
  document_.stored_.clear();
  document_.indents_.clear();
  document_.source_size_ = static_cast<std::uint32_t>(source.size());
  ascii_end_ = static_cast<std::uint32_t>(ascii_length(source));
  measure_ = {};
  swallowing_ = 0;
  indent_numbers_.clear();
  constexpr std::size_t kUsualLevels = 64;
  if (levels_.size() < kUsualLevels) levels_.resize(kUsualLevels);
  top_ = levels_.data();
  *top_ = {GroupKind::Regular, true, {}, 0};
  apart_ = true;
  nest_ = 0;
  offset_ = 0;
  compact_ = compact_failed_ = false;
}

void DocumentBuilder::grow() {
  std::size_t size = document_.elements_.size();
  document_.elements_.resize(size * 2 + 64);
  next_ = document_.elements_.data() + size;
  limit_ = document_.elements_.data() + document_.elements_.size();
}

void DocumentBuilder::grow_levels() {
  std::size_t level = static_cast<std::size_t>(top_ - levels_.data());
  levels_.resize(levels_.size() * 2);
  top_ = levels_.data() + level;
}

Document& DocumentBuilder::finish() {
  write_spacing(levels_[0]);
  document_.size_ = index_of(next_);
  document_.total_ = measure_;
  return document_;
}

// A text that is no part of the source. Returns its place.
std::uint32_t DocumentBuilder::store(std::string_view text) {
  std::vector<char>& stored = document_.stored_;
  auto begin = static_cast<std::uint32_t>(stored.size());
  stored.insert(stored.end(), text.begin(), text.end());
  return Document::kStored + begin;
}

// The number of the nesting and offset at hand: mostly there is no offset, and it is the nesting itself. Numbers do not run
// out: a file with so many pairs that differ would be larger than files can be that nest no deeper than the formatter goes.
std::uint32_t DocumentBuilder::number_of_offset() {
  std::uint64_t key = std::uint64_t{nest_} << 32 | offset_;
  auto [at, is_new] = indent_numbers_.try_emplace(key, Document::kOffsets + static_cast<std::uint32_t>(document_.indents_.size()));
  if (is_new) document_.indents_.push_back({nest_, offset_});
  return at->second;
}

void DocumentBuilder::text(std::string_view text, TextKind kind) {
  if (text.empty() && kind <= TextKind::Trailing) return;
  std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(text.data()) - reinterpret_cast<std::uintptr_t>(document_.source_);
  std::uint32_t place = offset <= document_.source_size_ ? static_cast<std::uint32_t>(offset) : store(text);
  auto length = static_cast<std::uint32_t>(text.size());
  if (kind == TextKind::Regular && place < Document::kStored) return source_text(place, place + length);
  Element element{Element::code_of(kind), number_of_indent(), width_of(text), length, place};
  if (compact_) [[unlikely]] compact_text(element);
  else add_text(element);
}

// Most elements come this way: they are written once, where they belong.
void DocumentBuilder::source_text(std::uint32_t begin, std::uint32_t end) {
  std::uint32_t length = end - begin;
  std::uint32_t width = end > ascii_end_ ? width_of({document_.source_ + begin, length}) : length;
  if (compact_) [[unlikely]] return compact_text({Element::code_of(TextKind::Regular), number_of_indent(), width, length, begin});
  arrive(false);
  std::uint32_t indent = number_of_indent();
  bool beside = !apart_ && last().is_text(TextKind::Regular);
  apart_ = false;
  measure_.columns += width;
  if (beside) {
    Element& before = last();
    if (before.place + before.length == begin) {
      // One text of the source after the other is one text.
      before.width += width;
      before.length += length;
      return;
    }
    indent = before.indent;
  }
  swallowing_ = 0;
  append(Element::code_of(TextKind::Regular), indent, width, length, begin);
}

void DocumentBuilder::add_text(const Element& element) {
  arrive(is_comment(element.text_kind()) || is_verbatim(element.text_kind()));
  bool beside = !apart_ && last().code == element.code;
  apart_ = false;
  if (element.is_text(TextKind::Regular)) measure_.columns += element.width;
  else measure_.breaks += element.text_kind() >= TextKind::DisableMarker;
  swallowing_ = 0;
  append(element.code, beside ? last().indent : element.indent, element.width, element.length, element.place);
}

// The Begin of a group, or the End of the group that begins at `begin`.
void DocumentBuilder::append_bracket(Element::Kind kind, GroupKind group, std::uint32_t begin) {
  append(Element::code_of(kind, static_cast<std::uint32_t>(group)), swallowing_, begin, measure_.columns, measure_.breaks);
}

// Writes what waits before the text at hand: spacings and the beginnings of groups. A text that may move out of the
// groups it begins leaves those unopened.
void DocumentBuilder::land(bool may_move_out) {
  for (Level* level = top_; !level->opened; --level) {
    if (!is_hard(level->pending.kind)) continue;
    level[-1].pending = merge(level[-1].pending, level->pending);
    level->pending = {};
  }
  Level* innermost = top_;
  if (may_move_out) {
    while (!innermost->opened && innermost->pending.kind == SpacingKind::None) --innermost;
  }
  open_levels(innermost);
}

void DocumentBuilder::open_levels(Level* innermost) {
  Level* level = innermost;
  while (!level->opened) --level;
  write_spacing(*level);
  while (level++ < innermost) {
    level->opened = true;
    level->begin = index_of(next_);
    append_bracket(Element::Begin, level->kind, 0);
    swallowing_ = 0;
    write_spacing(*level);
  }
}

void DocumentBuilder::write_spacing(Level& level) {
  Spacing spacing = level.pending;
  if (spacing.kind == SpacingKind::None) return;
  level.pending = {};
  std::uint32_t breaks = breaks_line(spacing.kind);
  std::uint32_t blank = breaks ? 0 : compact_width(spacing.kind);
  std::uint32_t columns = blank & ~swallowing_;
  append(Element::code_of(spacing.kind), 0, spacing.count, columns, 0);
  measure_.columns += columns;
  measure_.breaks += breaks;
  swallowing_ = blank;
}

void DocumentBuilder::open(GroupKind kind) {
  if (compact_) return;
  Spacing carried;
  if (top_->pending.kind == SpacingKind::Hardspace) std::swap(carried, top_->pending);
  if (top_ + 1 == levels_.data() + levels_.size()) [[unlikely]] grow_levels();
  *++top_ = {kind, false, carried, 0};
  apart_ = true;
}

// A group without texts is dropped, or else opened for the spacing that is all of it. Returns whether it was dropped.
bool DocumentBuilder::close_empty(Level& level) {
  if (is_hard(level.pending.kind) || level.pending.kind == SpacingKind::None) {
    --top_;
    top_->pending = merge(top_->pending, level.pending);
    return true;
  }
  open_levels(&level);
  return false;
}

void DocumentBuilder::close() {
  if (compact_) return;
  apart_ = true;
  Level& level = *top_;
  if (!level.opened && close_empty(level)) return;
  Spacing moved_out;
  if (is_hard(level.pending.kind)) moved_out = level.pending;
  else write_spacing(level);
  Element* first = document_.elements_.data() + level.begin;
  if (next_ == first + 2 && last().is_text(TextKind::Regular)) {
    // A text is laid out alike without a group of its own.
    *first = *--next_;
  } else if (last().kind() == Element::End && has_sole_child(first)) {
    // The child takes the place of its parent.
    first->code = Element::code_of(Element::Nothing, 0);
  } else {
    first->width = index_of(next_);
    append_bracket(Element::End, level.kind, level.begin);
  }
  --top_;
  if (moved_out.kind != SpacingKind::None) top_->pending = moved_out;
}

// Whether all between `begin` and the End that is the last element is a group of the same kind.
bool DocumentBuilder::has_sole_child(const Element* begin) const {
  const Element* child = begin + 1;
  while (child->kind() == Element::Nothing) ++child;
  return child->code == begin->code && child->width == index_of(next_) - 1;
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
    if (element.kind() == Element::Text) add_text(element);
    else add_spacing({element.spacing(), element.width});
  }
  return true;
}

void DocumentBuilder::compact_text(const Element& element) {
  if (element.text_kind() >= TextKind::DisableMarker) compact_failed_ = true;
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
  compact_elements_.push_back({Element::code_of(SpacingKind::Hardspace), 0, 0, 0, 0});
}

}  // namespace evalctl::formatter
