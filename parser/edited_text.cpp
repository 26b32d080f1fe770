#include "parser/edited_text.h"

#include <algorithm>

namespace evalctl::parser {
namespace {

// What begins at or behind `place` moves by `length`; what reaches over it grows.
void move_ranges(std::vector<Range>& ranges, std::uint32_t place, std::uint32_t length) {
  for (Range& range : ranges) {
    if (range.begin >= place) range.begin += length;
    if (range.end > place) range.end += length;
  }
}

void add_range(std::vector<Range>& ranges, Range range) {
  if (range.begin != range.end) ranges.insert(std::ranges::upper_bound(ranges, range), range);
}

}  // namespace

void EditedText::apply(const Edit& edit) {
  std::fill(current_.begin() + edit.begin, current_.begin() + edit.end, ' ');
  add_range(removed_, {edit.begin, edit.end});
  current_.insert(edit.begin, edit.inserted);
  auto length = static_cast<std::uint32_t>(edit.inserted.size());
  bool within = std::ranges::any_of(inserted_, [&](Range r) { return r.begin < edit.begin && edit.begin < r.end; });
  move_ranges(inserted_, edit.begin, length);
  move_ranges(removed_, edit.begin, length);
  if (!within) add_range(inserted_, {edit.begin, edit.begin + length});
}

std::uint32_t EditedText::original(std::uint32_t place) const {
  std::uint32_t moved = 0;
  for (Range range : inserted_) {
    if (range.begin >= place) break;
    moved += std::min(place, range.end) - range.begin;
  }
  return place - moved;
}

// `firsts`: for each old token the number of the new one at its beginning.
Tokens EditedText::restored(const Tokens& tokens, std::vector<std::uint32_t>& firsts) const {
  Tokens out;
  out.reserve(tokens.size() + removed_.size() * 2);
  auto removed = removed_.begin();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    firsts.push_back(static_cast<std::uint32_t>(out.size()));
    std::uint32_t end = original(tokens[i + 1].offset);
    std::uint32_t at = original(tokens[i].offset);
    while (removed != removed_.end() && removed->end <= tokens[i].offset) ++removed;
    for (; at < end && is_trivia(tokens[i].kind) && removed != removed_.end() && removed->begin < tokens[i + 1].offset; ++removed) {
      std::uint32_t begin = std::max(at, original(removed->begin));
      std::uint32_t behind = std::min(end, original(removed->end));
      if (begin < behind) {
        if (begin > at) out.push_back({at, tokens[i].kind});
        out.push_back({begin, TokenKind::Invalid});
        at = behind;
      }
      if (removed->end > tokens[i + 1].offset) break;
    }
    if (at < end) out.push_back({at, tokens[i].kind});
  }
  firsts.push_back(static_cast<std::uint32_t>(out.size()));
  out.push_back({static_cast<std::uint32_t>(original_.size()), tokens.back().kind});
  firsts.push_back(static_cast<std::uint32_t>(out.size()));
  return out;
}

void EditedText::restore(Tokens& tokens, Nodes& nodes) const {
  std::vector<std::uint32_t> firsts;
  firsts.reserve(tokens.size() + 1);
  tokens = restored(tokens, firsts);
  for (Node& node : nodes) {
    std::uint32_t first = firsts[node.first_token];
    std::uint32_t end = firsts[node.end_token];
    if (node.kind != NodeKind::Root) {
      while (is_trivia(tokens[first].kind)) ++first;
      while (end > first && is_trivia(tokens[end - 1].kind)) --end;
      end = std::max(first, end);
    }
    if (first == end && node.size == 1 && node.first_token != node.end_token) node.kind = NodeKind::Error;
    node.first_token = first;
    node.end_token = end;
  }
}

}  // namespace evalctl::parser
