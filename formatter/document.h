// A document: what the formatter wants to print, before it is known where lines break.
//
// A Document is a flat sequence of elements; a group is everything between its Begin and its End. It is always in
// normal form:
//   - no two spacings stand side by side in a group;
//   - hard spacings, comments and verbatim texts do not begin a group, and hard spacings do not end one: they move out;
//   - a blank before a group moves into it and is merged with the spacing that begins it;
//   - a group is never empty, and its sole member is neither a text nor a group of its own kind;
//   - texts side by side in a group have the nesting and offset of the first.
// The layout depends on this form; DocumentBuilder makes it while the elements arrive, so that a document is never
// walked twice.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

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
  Kind kind;
  union {
    TextKind text_kind;
    SpacingKind spacing;
    GroupKind group;
  };
  // Text: columns added to the indentation, up to kMostOffset.
  std::uint16_t offset;
  // Text: code points. Space: number of line breaks of Newlines. Begin: index of the End. End: index of the Begin.
  std::uint32_t width;
  // Text: depth of nesting.
  std::uint32_t nest;
  std::uint32_t length;
  const char* data;

  static constexpr std::uint32_t kMostOffset = UINT16_MAX;

  std::string_view text() const { return {data, length}; }
};
static_assert(sizeof(Element) == 24);

using Document = std::vector<Element>;

// Number of code points.
std::uint32_t width_of(std::string_view text);

class DocumentBuilder {
 public:
  // Forgets all but the memory.
  void clear();
  // Room for the document of a file with this many tokens.
  void reserve(std::size_t tokens) { elements_.reserve(tokens); }
  // The document, complete once every group is closed.
  Document& finish();

  void text(std::string_view text, TextKind kind = TextKind::Regular);
  void spacing(SpacingKind kind) { spacing(Spacing{kind, kind == SpacingKind::Newlines ? 1u : 0u}); }
  void spacing(Spacing spacing);
  void open(GroupKind kind = GroupKind::Regular);
  void close();
  // Texts between these have one more level of nesting. What that means in columns the layout decides.
  void indent() { ++nest_; }
  void dedent() { --nest_; }
  // Texts between these are `columns` further right.
  void add_offset(std::uint32_t columns) { offset_ += columns; }
  void remove_offset(std::uint32_t columns) { offset_ -= columns; }
  // Keeps a text that is not part of the source for as long as the document.
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

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

  void add_text(const Element& element);
  void add_spacing(Spacing spacing);
  void compact_text(const Element& element);
  void compact_spacing(Spacing spacing);
  void land(bool may_move_out);
  void open_levels(std::size_t innermost);
  void write_spacing(Level& level);
  bool has_sole_child(std::uint32_t begin, GroupKind kind) const;

  Document elements_;
  std::vector<Level> levels_;
  // True when something invisible stands between the last element and what comes, so that texts stay apart.
  bool apart_ = true;
  std::uint32_t nest_ = 0;
  std::uint32_t offset_ = 0;
  std::deque<std::string> kept_;
  bool compact_ = false;
  bool compact_failed_ = false;
  std::uint32_t compact_left_ = 0;
  Document compact_elements_;
};

}  // namespace evalctl::formatter
