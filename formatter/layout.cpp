#include "formatter/layout.h"

namespace evalctl::formatter {

void Layout::print(Output& out) {
  out_ = &out;
  column_ = 0;
  suppressed_ = false;
  levels_.assign(1, {0, 0, 0});
  members_.clear();
  level_ = nest_ = 0;
  std::uint32_t end = document_.size();
  if (!compact(0, end, {end, nullptr}, false)) expand(0, end, nullptr);
}

void Layout::restore(const State& state) {
  out_->shrink(state.length);
  column_ = state.column;
  level_ = state.level;
  levels_.resize(state.levels);
  nest_ = levels_[level_].nest;
  suppressed_ = state.suppressed;
}

void Layout::expand(std::uint32_t begin, std::uint32_t end, const CompactRange* range) {
  for (std::uint32_t i = begin; i < end; ++i) {
    const Element& element = elements_[i];
    switch (element.kind()) {
      case Element::Text:
        if (element.is_text(TextKind::Regular)) put_text(element);
        else put_special_text(element, i);
        break;
      case Element::Space: put_spacing(i, range); break;
      case Element::Begin:
        if (compact(i + 1, element.width, {element.width + 1, range}, false) ||
            (element.group() != GroupKind::Transparent && try_priority_members(i, range))) {
          i = element.width;
        }
        break;
      default: break;
    }
  }
}

// At the start of a line the spacing that begins a group is dropped, and so is one that begins its first member.
// In a flattened range Transparent groups and one Priority group around the start do not count. Returns the place behind that
// spacing, or `begin`.
std::uint32_t Layout::skip_leading_spacing(std::uint32_t begin, std::uint32_t end, bool flattened) const {
  bool in_group = false;
  bool in_priority = false;
  for (std::uint32_t i = begin; i < end; ++i) {
    const Element& element = elements_[i];
    if (element.kind() == Element::Space) return i + 1;
    if (element.kind() == Element::Text) return begin;
    if (element.kind() != Element::Begin) continue;
    if (flattened && !in_priority && element.group() == GroupKind::Transparent) continue;
    if (flattened && !in_priority && element.group() == GroupKind::Priority) {
      in_priority = true;
      continue;
    }
    if (in_group) return begin;
    in_group = true;
  }
  return begin;
}

// Prints [begin, end) on the line if it fits together with what follows up to the next possible line break.
bool Layout::compact(std::uint32_t begin, std::uint32_t end, Cursor rest, bool flattened) {
  Document::Measure measure = lookahead_.measure(begin, end);
  std::uint32_t start = column_ == 0 ? skip_leading_spacing(begin, end, flattened) : begin;
  if (start != begin) {
    // A line break that the start of the line swallows does not count.
    SpacingKind skipped = elements_[start - 1].spacing();
    if (breaks_line(skipped)) --measure.breaks;
    else measure.columns -= compact_width(skipped);
  }
  std::int64_t left = static_cast<std::int64_t>(target_) - column_ - measure.columns;
  if (measure.breaks != 0 || left < 0 || left < lookahead_.first_line_width(rest)) return false;
  column_ += print_compact(begin, start, end, rest.index);
  return true;
}

// Prints the elements of [start, end); [begin, start) is a spacing that is dropped. Returns the columns printed.
std::uint32_t Layout::print_compact(std::uint32_t begin, std::uint32_t start, std::uint32_t end, std::uint32_t rest) {
  std::uint32_t outer_nest = nest_;
  if (column_ == 0) {
    auto [nest, offset] = lookahead_.next_indent(begin);
    if (nest > outer_nest) outer_nest += step_;
    set_level(nest);
    put_indentation(offset);
  }
  std::uint32_t width = 0;
  // What of the width are comments.
  std::uint32_t comments = 0;
  for (std::uint32_t i = start; i < end; ++i) {
    const Element& element = elements_[i];
    if (element.is_text(TextKind::Regular)) {
      put(element);
      width += element.width;
    } else if (element.kind() == Element::Space) {
      // The first spacing has nothing before it that could swallow it.
      if ((i == start ? compact_width(element.spacing()) : element.length) == 0) continue;
      put_blank();
      ++width;
    } else if (element.kind() == Element::Text && !element.is_text(TextKind::Trailing)) {
      if (element.is_text(TextKind::TrailingComment)) {
        // The comment would be read as belonging to the line below; the second blank says that it does not.
        std::uint32_t growth = lookahead_.next_indent(rest).nest > outer_nest ? step_ : 0;
        if (growth == column_ + width - comments) {
          put_blank();
          ++width;
          ++comments;
        }
      }
      put(document_.text(element));
      width += element.width;
      comments += element.width;
    }
  }
  return width;
}

bool Layout::try_priority_members(std::uint32_t group, const CompactRange* range) {
  std::size_t first = members_.size();
  for (std::uint32_t i = group + 1; i < elements_[group].width; ++i) {
    if (elements_[i].kind() != Element::Begin || elements_[i].group() == GroupKind::Transparent) continue;
    if (elements_[i].group() == GroupKind::Priority) members_.push_back(i);
    i = elements_[i].width;
  }
  bool done = false;
  for (std::size_t i = members_.size(); i-- > first && !done;) done = try_priority(group, members_[i], range);
  members_.resize(first);
  return done;
}

bool Layout::try_priority(std::uint32_t group, std::uint32_t member, const CompactRange* range) {
  auto is_empty = [&](std::uint32_t begin, std::uint32_t end) {
    while (begin < end && elements_[begin].kind() != Element::Text && elements_[begin].kind() != Element::Space) ++begin;
    return begin == end;
  };
  std::uint32_t end = elements_[group].width;
  std::uint32_t behind = elements_[member].width + 1;
  bool nothing_behind = is_empty(behind, end);
  // Cheap to know now, expensive to find out after the member has been printed.
  Document::Measure measure = lookahead_.measure(behind, end);
  if (!nothing_behind && (measure.columns > target_ || measure.breaks != 0)) return false;
  State state = save();
  if (!is_empty(group + 1, member) && !compact(group + 1, member, {member, range}, true)) return false;
  CompactRange compact_behind{behind, end, range};
  expand(member + 1, behind - 1, nothing_behind ? range : &compact_behind);
  if (nothing_behind || compact(behind, end, {end + 1, range}, true)) return true;
  restore(state);
  return false;
}

void Layout::put_indentation(std::uint32_t offset) {
  std::int64_t columns = std::int64_t{levels_[level_].columns} + offset + shift_;
  if (!suppressed_ && columns > 0) out_->append_blanks(static_cast<std::size_t>(columns));
}

void Layout::put_text(const Element& element) {
  auto [nest, offset] = document_.indent(element);
  set_level(nest);
  if (column_ == 0) put_indentation(offset);
  put(element);
  column_ += element.width;
}

void Layout::put_special_text(const Element& element, std::uint32_t index) {
  switch (element.text_kind()) {
    case TextKind::TrailingComment:
      if (column_ == 2 && lookahead_.next_indent(index + 1).nest > nest_) {
        put_blank();
        put(document_.text(element));
        column_ += element.width + 1;
        return;
      }
      break;
    case TextKind::DisableMarker: suppressed_ = true; return;
    case TextKind::Verbatim:
    case TextKind::VerbatimToEnd: return put_verbatim(element);
    default: break;
  }
  auto [nest, offset] = document_.indent(element);
  set_level(nest);
  bool raw = element.is_text(TextKind::Raw);
  if (column_ == 0 && !raw) put_indentation(offset);
  put(document_.text(element));
  column_ += element.width;
  if (raw && column_ == 0) column_ = 1;
}

void Layout::put_verbatim(const Element& element) {
  bool at_start = column_ == 0 || suppressed_;
  suppressed_ = false;
  if (!at_start) put("\n");
  put(document_.text(element));
  std::string_view text = document_.text(element);
  column_ = width_of(text.substr(text.rfind('\n') + 1));
}

void Layout::change_level(std::uint32_t nest) {
  while (nest < levels_[level_].nest) level_ = levels_[level_].outer;
  nest_ = nest;
  if (nest == levels_[level_].nest) return;
  std::uint32_t columns = levels_[level_].columns + (column_ == 0 ? step_ : 0);
  levels_.push_back({columns, nest, level_});
  level_ = static_cast<std::uint32_t>(levels_.size()) - 1;
}

void Layout::put_spacing(std::uint32_t index, const CompactRange* range) {
  if (column_ == 0) return;
  const Element& element = elements_[index];
  Cursor next{index + 1, range};
  switch (element.spacing()) {
    case SpacingKind::Hardspace:
      put_blank();
      ++column_;
      return;
    case SpacingKind::Softbreak:
      if (!lookahead_.first_line_fits(static_cast<std::int64_t>(target_) - column_, target_, next)) break_line(1);
      return;
    case SpacingKind::Softspace:
      if (!lookahead_.first_line_fits(static_cast<std::int64_t>(target_) - column_ - 1, target_, next)) return break_line(1);
      put_blank();
      ++column_;
      return;
    case SpacingKind::Emptyline: return break_line(2);
    case SpacingKind::Newlines: return break_line(element.width);
    default: return break_line(1);
  }
}

void Layout::break_line(std::uint32_t count) {
  column_ = 0;
  if (suppressed_) return;
  while (count-- > 0) out_->append('\n');
}

}  // namespace evalctl::formatter
