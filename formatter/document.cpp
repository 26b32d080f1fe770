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

namespace {

bool is_ascii(std::string_view text) {
  // All bits of all bytes: no way out early, so that many bytes are looked at together.
  unsigned char bits = 0;
  for (char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

}  // namespace

void DocumentBuilder::begin(std::string_view source, std::size_t elements) {
  if (document_.elements_.size() < elements) document_.elements_.resize(elements);
  document_.size_ = 0;
  document_.source_ = source.data();
  document_.stored_.clear();
  document_.indents_.clear();
  measure_ = {};
  swallowing_ = 0;
  indent_numbers_.clear();
  source_size_ = static_cast<std::uint32_t>(source.size());
  is_ascii_ = is_ascii(source);
  levels_.clear();
  levels_.push_back({GroupKind::Regular, true, {}, 0});
  apart_ = true;
  nest_ = 0;
  offset_ = 0;
  compact_ = compact_failed_ = false;
}

void DocumentBuilder::grow() { document_.elements_.resize(document_.elements_.size() * 2 + 64); }

Document& DocumentBuilder::finish() {
  write_spacing(levels_[0]);
  document_.total_ = measure_;
  return document_;
}

// Where the text is; one that is no part of the source is stored.
std::uint32_t DocumentBuilder::place(std::string_view text) {
  std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(text.data()) - reinterpret_cast<std::uintptr_t>(document_.source_);
  if (offset <= source_size_) return static_cast<std::uint32_t>(offset);
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
  Element element{Element::code_of(kind), offset_ == 0 ? nest_ : number_of_offset(), width(text), static_cast<std::uint32_t>(text.size()), place(text)};
  if (compact_) [[unlikely]] compact_text(element);
  else add_text(element);
}

void DocumentBuilder::add_text(const Element& element) {
  const Level& top = levels_.back();
  if (!top.opened || top.pending.kind != SpacingKind::None) {
    if (top.opened) write_spacing(levels_.back());
    else land(is_comment(element.text_kind()) || is_verbatim(element.text_kind()));
  }
  bool beside = !apart_ && !document_.empty() && last().code == element.code;
  apart_ = false;
  if (!beside) return append_text(element);
  Element& before = last();
  if (element.is_text(TextKind::Regular) && before.place + before.length == element.place) {
    // One text of the source after the other is one text.
    before.width += element.width;
    before.length += element.length;
    measure_.columns += element.width;
    return;
  }
  std::uint32_t indent = before.indent;
  append_text(element);
  last().indent = indent;
}

void DocumentBuilder::append_text(const Element& element) {
  if (element.is_text(TextKind::Regular)) measure_.columns += element.width;
  else measure_.breaks += element.text_kind() >= TextKind::DisableMarker;
  swallowing_ = 0;
  append(element);
}

// The Begin of a group, or the End of the group that begins at `begin`.
void DocumentBuilder::append_bracket(Element::Kind kind, GroupKind group, std::uint32_t begin) {
  append({Element::code_of(kind, static_cast<std::uint32_t>(group)), swallowing_, begin, measure_.columns, measure_.breaks});
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
    level.begin = document_.size_;
    append_bracket(Element::Begin, level.kind, 0);
    swallowing_ = 0;
    write_spacing(level);
  }
}

void DocumentBuilder::write_spacing(Level& level) {
  if (level.pending.kind == SpacingKind::None) return;
  append({Element::code_of(level.pending.kind), 0, level.pending.count, 0, 0});
  if (breaks_line(level.pending.kind)) {
    ++measure_.breaks;
    swallowing_ = 0;
  } else {
    std::uint32_t blank = compact_width(level.pending.kind);
    measure_.columns += blank & ~swallowing_;
    swallowing_ = blank;
  }
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
  Element& first = document_.elements_[begin];
  if (document_.size_ == begin + 2 && last().is_text(TextKind::Regular)) {
    // A text is laid out alike without a group of its own.
    first = last();
    --document_.size_;
  } else if (has_sole_child(begin, first.code)) {
    // The child takes the place of its parent.
    first.code = Element::code_of(Element::Nothing, 0);
  } else {
    first.width = document_.size_;
    append_bracket(Element::End, level.kind, begin);
  }
  if (hard) levels_.back().pending = level.pending;
}

bool DocumentBuilder::has_sole_child(std::uint32_t begin, std::uint32_t code) const {
  const Element* elements = document_.data();
  if (elements[document_.size_ - 1].kind() != Element::End) return false;
  std::uint32_t child = begin + 1;
  while (elements[child].kind() == Element::Nothing) ++child;
  return elements[child].code == code && elements[child].width == document_.size_ - 1;
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
