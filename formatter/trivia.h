// The comments and blank lines of a file, each attached to a token.
//
// A token (or a literal of several, such as a string) has trivia before it, and at most one comment behind it on its
// line. Trivia between the members of a list, a set or a `let` belongs to no token but stands as a member of its own;
// it is kept with the token that follows, apart from that token's own.
//
// The formatter moves comments from token to token while it works; undo_to takes such moves back.
#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::formatter {

struct Trivium {
  enum Kind : std::uint8_t {
    EmptyLine,
    LineComment,         // `text` with its `#`
    BlockComment,        // `text` is `/*` or `/**`; `lines`
    LanguageAnnotation,  // `text` with its delimiters
    Disable,             // the start of a region that is not formatted
    Enable,              // its end; `text` is all of the region, from the start of the first line to the end of the last
    LoneEnable,          // ends nothing
    DisabledToEnd,       // the region reaches to the end of the file, and so does `text`
  };
  Kind kind;
  std::string_view text;
  std::span<const std::string> lines;
};

using Trivia = std::span<const Trivium>;

class TriviaTable {
 public:
  void clear(std::size_t tokens);

  // Trivia before a token.
  Trivia before(std::uint32_t token) const { return entry(token).before; }
  // Trivia before a token that stands as a member of the list, set or `let` around.
  Trivia member(std::uint32_t token) const { return entry(token).member; }
  // The comment behind a token with its `# `, empty when there is none.
  std::string_view behind(std::uint32_t token) const { return entry(token).behind; }
  // Whether there has ever been trivia at a token: false for most.
  bool is_known(std::uint32_t token) const { return index_[token] != 0; }
  bool has_any(std::uint32_t token) const { return index_[token] != 0 && (!before(token).empty() || !behind(token).empty()); }
  // Whether lines of the input count for nothing at a token: everywhere in strict mode but in interpolations.
  bool ignores_lines(std::uint32_t token) const { return !ignores_lines_.empty() && ignores_lines_[token]; }
  void set_ignores_lines(std::vector<bool> tokens) { ignores_lines_ = std::move(tokens); }

  void set_before(std::uint32_t token, Trivia trivia);
  void set_behind(std::uint32_t token, std::string_view comment);
  void prepend(std::uint32_t token, Trivia trivia) { set_before(token, join(trivia, before(token))); }
  // Makes what stands before `token` a member.
  void make_member(std::uint32_t token);

  // The sequence `left right`, kept as long as the table.
  Trivia join(Trivia left, Trivia right);
  Trivia keep(std::vector<Trivium> trivia) { return kept_.emplace_back(std::move(trivia)); }
  std::string_view keep(std::string text) { return kept_texts_.emplace_back(std::move(text)); }
  std::span<const std::string> keep(std::vector<std::string> lines) { return kept_lines_.emplace_back(std::move(lines)); }

  // Regions that are not formatted begin or end at these tokens: the region in force from the token on.
  struct RegionChange { std::uint32_t token; bool inside; std::uint32_t begin; };
  std::vector<RegionChange> region_changes;

  std::size_t changes() const { return undo_.size(); }
  void undo_to(std::size_t changes);
  void forget_changes() { undo_.clear(); }

 private:
  struct Entry { Trivia before; Trivia member; std::string_view behind; };
  struct Change { std::uint32_t entry; Entry old; };

  const Entry& entry(std::uint32_t token) const { return entries_[index_[token]]; }
  Entry& change(std::uint32_t token);

  // For each token its entry; 0, an empty one, for most.
  std::vector<std::uint32_t> index_;
  std::vector<Entry> entries_;
  std::vector<bool> ignores_lines_;
  std::deque<std::vector<Trivium>> kept_;
  std::deque<std::vector<std::string>> kept_lines_;
  std::deque<std::string> kept_texts_;
  std::vector<Change> undo_;
};

// Fills the table for a tree without errors.
void attach_trivia(const parser::Tree& tree, bool strict, TriviaTable& table);

}  // namespace evalctl::formatter
