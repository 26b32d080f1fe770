// A document: what the formatter wants to print, before it is known where lines break.
//
// A Document is a flat sequence of elements; a group is everything between its Begin and its End. It is always in
// normal form:
//   - no two spacings stand side by side in a group;
//   - hard spacings, comments and verbatim texts do not begin a group, and hard spacings do not end one: they move out;
//   - a blank before a group moves into it and is merged with the spacing that begins it;
//   - a group is never empty, and its sole member is neither a text nor a group of its own kind;
//   - texts side by side in a group have the nesting and offset of the first.
// The layout depends on this form; DocumentBuilder makes it while the elements arrive, and measures them too, so that a
// document is never walked before it is laid out.
#pragma once
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/uninitialized.h"
#include "formatter/spacing.h"

namespace evalctl::formatter {

enum class TextKind : std::uint8_t {
  Regular,
  Comment,          // does not count for the width
  TrailingComment,  // the same, at the end of a line
  Trailing,         // printed only where its group is expanded: the comma behind the last parameter
  DisableMarker,    // nothing is printed from here to the next verbatim text
  Verbatim,         // printed as it is
  VerbatimToEnd,    // the same, and it ends the file
  Raw,              // printed as it is, in place of the indentation
};

enum class GroupKind : std::uint8_t {
  Regular,
  Priority,     // is expanded alone if that lets the rest of the parent stay on one line
  Transparent,  // its Priority children belong to the group around it
};

struct Element {
  enum Kind : std::uint8_t { Text, Space, Begin, End, Nothing };
  // The kind, and which kind of text, spacing or group: a table has a row for each pair.
  std::uint32_t code : 8;
  // Text: the nesting, and the columns added to the indentation; Document::indent knows both.
  std::uint32_t indent : 24;
  // Text: code points. Space: number of line breaks of Newlines. Begin: index of the End. End: index of the Begin.
  std::uint32_t width;
  // Text: where it is, see Document::text. Space: columns on one line, in `length`. Begin and End: Document::Measure of what stands before a Begin, up to an End.
  std::uint32_t length;
  std::uint32_t place;

  static constexpr std::uint32_t kVariants = 16;
  static constexpr std::uint32_t code_of(Kind kind, std::uint32_t variant) { return kind * kVariants + variant; }
  static constexpr std::uint32_t code_of(TextKind kind) { return code_of(Text, static_cast<std::uint32_t>(kind)); }
  static constexpr std::uint32_t code_of(SpacingKind kind) { return code_of(Space, static_cast<std::uint32_t>(kind)); }

  Kind kind() const { return static_cast<Kind>(code / kVariants); }
  bool is_text(TextKind kind) const { return code == code_of(kind); }
  TextKind text_kind() const { return static_cast<TextKind>(code % kVariants); }
  SpacingKind spacing() const { return static_cast<SpacingKind>(code % kVariants); }
  GroupKind group() const { return static_cast<GroupKind>(code % kVariants); }
};
static_assert(sizeof(Element) == 16);

// The elements, and what their texts are parts of: the source, and a store of the texts that are not in it.
class Document {
 public:
  struct Indent { std::uint32_t nest; std::uint32_t offset; };
  // Of the elements from the start: columns on one line, comments left out; how many cannot be on one line with others.
  struct Measure { std::uint32_t columns = 0, breaks = 0; };

  // Sources are shorter than this: places behind it are in the store.
  static constexpr std::uint32_t kStored = std::uint32_t{1} << 31;
  // Offsets, and depths of nesting, are less than this.
  static constexpr std::uint32_t kOffsets = std::uint32_t{1} << 23;

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Element* data() const { return elements_.data(); }
  const Element& operator[](std::uint32_t i) const { return elements_[i]; }
  std::string_view text(const Element& element) const {
    const char* begin = element.place < kStored ? source_ : stored_.data() - kStored;
    return {begin + element.place, element.length};
  }
  // Whether `padding` bytes can be read from the start of the text.
  bool is_padded(const Element& element, std::uint32_t padding) const { return element.place + std::uint64_t{padding} <= source_size_; }
  const char* source() const { return source_; }
  Indent indent(const Element& element) const {
    return element.indent < kOffsets ? Indent{element.indent, 0} : indents_[element.indent - kOffsets];
  }
  // Of all elements before the Begin, or up to the End, at `index`, or of the whole document.
  Measure measure(std::uint32_t index) const { return index == size_ ? total_ : Measure{elements_[index].length, elements_[index].place}; }
  // Gives the memory of the elements and the store back.
  void release() { *this = {}; }

 private:
  friend class DocumentBuilder;

  base::UninitializedVector<Element> elements_;
  std::uint32_t size_ = 0;
  Measure total_;
  const char* source_ = nullptr;
  std::uint32_t source_size_ = 0;
  std::vector<char> stored_;
  std::vector<Indent> indents_;
};

// Number of code points.
[[gnu::noinline]] std::uint32_t width_of(std::string_view text);

class DocumentBuilder {
 public:
  // A new document of parts of `source`, shorter than Document::kStored, with room for so many elements. Keeps the memory.
  void begin(std::string_view source, std::size_t elements);
  // The document, complete once every group is closed.
  Document& finish();

  void text(std::string_view text, TextKind kind = TextKind::Regular);
  // The same for a part of the source that is not empty, for whatever is one token.
  void source_text(std::uint32_t begin, std::uint32_t end);
  // The same as a group of its own: it does not join texts beside it.
  void lone_source_text(std::uint32_t begin, std::uint32_t end) {
    apart_ = true;
    source_text(begin, end);
    apart_ = true;
  }
  void spacing(SpacingKind kind) { spacing(Spacing{kind, kind == SpacingKind::Newlines ? 1u : 0u}); }
  void spacing(Spacing spacing) {
    if (compact_) [[unlikely]] compact_spacing(spacing);
    else add_spacing(spacing);
  }
  void open(GroupKind kind = GroupKind::Regular);
  void close();
  // Texts between these have one more level of nesting. What that means in columns the layout decides.
  void indent() { ++nest_; }
  void dedent() { --nest_; }
  // Texts between these are `columns` further right.
  void add_offset(std::uint32_t columns) { offset_ += columns; }
  void remove_offset(std::uint32_t columns) { offset_ -= columns; }
  // Between begin_compact and end_compact groups are dropped and all spacings take their compact form. end_compact
  // says whether that was possible within `limit` columns; if not, nothing has been added. May nest; an inner limit
  // does not bind, as what fails is only that inner form.
  static constexpr std::uint32_t kNoLimit = UINT32_MAX;
  bool begin_compact(std::uint32_t limit);
  bool end_compact();
  bool is_compact() const { return compact_; }
  // True when end_compact is going to fail: whatever is added is lost.
  bool has_failed() const { return compact_failed_; }

 private:
  struct Level {
    GroupKind kind;
    // A group is written once its first member is known to stay in it.
    bool opened;
    Spacing pending;
    std::uint32_t begin;
  };

  // What is rare is not inlined: the paths that most elements take stay short.
  [[gnu::noinline]] void add_text(const Element& element);
  // Writes what waits before a text.
  void arrive(bool may_move_out) {
    if (!top_->opened) land(may_move_out);
    else if (top_->pending.kind != SpacingKind::None) write_spacing(*top_);
  }
  void add_spacing(Spacing spacing) { top_->pending = merge(top_->pending, spacing); }
  [[gnu::noinline]] void compact_text(const Element& element);
  [[gnu::noinline]] void compact_spacing(Spacing spacing);
  [[gnu::noinline]] void land(bool may_move_out);
  void open_levels(Level* innermost);
  void write_spacing(Level& level);
  [[gnu::noinline]] bool close_empty(Level& level);
  bool has_sole_child(const Element* begin) const;

  std::uint32_t number_of_indent() { return offset_ == 0 ? nest_ : number_of_offset(); }
  [[gnu::noinline]] std::uint32_t store(std::string_view text);
  [[gnu::noinline]] std::uint32_t number_of_offset();
  std::uint32_t index_of(const Element* element) const { return static_cast<std::uint32_t>(element - document_.elements_.data()); }
  Element& last() { return next_[-1]; }
  // Field by field: an element that is put together elsewhere would have to be waited for.
  void append(std::uint32_t code, std::uint32_t indent, std::uint32_t width, std::uint32_t length, std::uint32_t place) {
    if (next_ == limit_) [[unlikely]] grow();
    Element& element = *next_++;
    element.code = code;
    element.indent = indent;
    element.width = width;
    element.length = length;
    element.place = place;
  }
  void append_bracket(Element::Kind kind, GroupKind group, std::uint32_t begin);
  [[gnu::noinline]] void grow();
  [[gnu::noinline]] void grow_levels();

  Document document_;
  // In the memory of the document: where the next element goes, and the end.
  Element* next_ = nullptr;
  Element* limit_ = nullptr;
  // Up to here the source is ASCII: width is length.
  std::uint32_t ascii_end_ = 0;
  // Of the elements so far.
  Document::Measure measure_;
  // 1 behind a blank, which swallows a blank that follows it.
  std::uint32_t swallowing_ = 0;
  // The numbers of Document::indents_, by nesting and offset.
  std::unordered_map<std::uint64_t, std::uint32_t> indent_numbers_;
  std::vector<Level> levels_;
  Level* top_ = nullptr;
  // True when something invisible stands between the last element and what comes, so that texts stay apart.
  bool apart_ = true;
  std::uint32_t nest_ = 0;
  std::uint32_t offset_ = 0;
  bool compact_ = false;
  bool compact_failed_ = false;
  std::uint32_t compact_left_ = 0;
  std::vector<Element> compact_elements_;
};

}  // namespace evalctl::formatter
