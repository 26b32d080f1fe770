#include "formatter/trivia.h"

namespace evalctl::formatter {

void TriviaTable::clear(std::size_t tokens) {
  index_.assign(tokens, 0);
  entries_.clear();
  entries_.emplace_back();
  ignores_lines_.clear();
  kept_.clear();
  kept_lines_.clear();
  kept_texts_.clear();
  undo_.clear();
  region_changes.clear();
}

TriviaTable::Entry& TriviaTable::change(std::uint32_t token) {
  if (index_[token] == 0) {
    index_[token] = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  }
  undo_.push_back({index_[token], entries_[index_[token]]});
  return entries_[index_[token]];
}

void TriviaTable::set_before(std::uint32_t token, Trivia trivia) {
  if (trivia.empty() && before(token).empty()) return;
  change(token).before = trivia;
}

void TriviaTable::set_behind(std::uint32_t token, std::string_view comment) {
  if (comment.empty() && behind(token).empty()) return;
  change(token).behind = comment;
}

void TriviaTable::make_member(std::uint32_t token) {
  if (before(token).empty()) return;
  Entry& entry = change(token);
  std::swap(entry.before, entry.member);
}

Trivia TriviaTable::join(Trivia left, Trivia right) {
  if (left.empty()) return right;
  if (right.empty()) return left;
  std::vector<Trivium> both(left.begin(), left.end());
  both.insert(both.end(), right.begin(), right.end());
  return keep(std::move(both));
}

void TriviaTable::undo_to(std::size_t changes) {
  while (undo_.size() > changes) {
    entries_[undo_.back().entry] = undo_.back().old;
    undo_.pop_back();
  }
}

}  // namespace evalctl::formatter
