#include "parser/repair.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "parser/changes.h"
#include "parser/diagnostics.h"
#include "parser/edited_text.h"
#include "parser/lexer.h"
#include "parser/parser.h"
#include "parser/stretch.h"

namespace evalctl::parser {
namespace {

constexpr std::size_t kLargestText = 512 << 10;
// Bytes to be parsed in all trials of one file, where each trial counts for some more, and mistakes to be cured.
constexpr std::size_t kBudget = 2 << 20;
constexpr std::size_t kTrialCost = 1024;
constexpr int kMostMistakes = 20;
// Tokens behind an error that a change must make readable.
constexpr std::size_t kLeastGain = 3;

std::size_t position_of(const Diagnostic& diagnostic) { return diagnostic.range.begin; }

class Repair {
 public:
  Repair(const ParseOptions& options, Reading first) : text_(first.text), options_(options), first_(std::move(first)) {}

  ParseResult run() {
    find_error(first_);
    bool cured = false;
    for (int mistake = 0; !cured && mistake < kMostMistakes && budget_ > 0; ++mistake) {
      Reading reading = mistake == 0 ? std::move(first_) : read(text_.current());
      if (!reading.error) break;
      // The parser understands what only lacks parentheses.
      if (reading.diagnostics[reading.message].code == code_of(Code::NeedsParentheses)) {
        settled_ = *reading.error + 1;
        continue;
      }
      std::size_t left = text_.current().size() - *reading.error + 1;
      Trial best = best_trial(reading);
      if (best.left == kUnread || best.left + least_gain(reading) > left) {
        settled_ = *reading.error + 1;
        continue;
      }
      note(reading, best.change);
      text_.apply(best.change.edit);
      cured = best.left == 0 && settled_ == 0;
    }
    return finish(cured);
  }

 private:
  static constexpr std::size_t kUnread = SIZE_MAX;
  struct Trial {
    Change change;
    // Bytes between the next error and the end of the text.
    std::size_t left = kUnread;
  };

  // Reads `text` up to its first syntax error behind what is settled.
  Reading read(std::string_view text) {
    budget_ -= std::min(budget_, text.size() + kTrialCost);
    Reading out;
    out.text = text;
    out.tokens = Lexer(text, out.diagnostics).run(out.significant);
    out.nodes = Parser(text, out.tokens, out.significant, options_, out.diagnostics).stop_behind(settled_).run();
    find_error(out);
    return out;
  }

  void find_error(Reading& reading) const {
    for (std::size_t i = 0; i < reading.diagnostics.size(); ++i) {
      std::size_t at = position_of(reading.diagnostics[i]);
      if (at < settled_ || !is_syntax_error(reading.diagnostics[i]) || (reading.error && *reading.error <= at)) continue;
      reading.error = at;
      reading.message = i;
    }
    if (reading.error) reading.error_token = reading.token_at(*reading.error);
  }

  // The bytes of the first few tokens behind the error: less than that is no gain.
  static std::size_t least_gain(const Reading& reading) {
    std::size_t end = std::min(reading.error_token + kLeastGain, reading.count());
    return std::max<std::size_t>(1, reading.begin(end) - *reading.error);
  }

  // The change that leaves the least of the text unread. Of equals, the first that was tried. A quote turns code into text
  // and text into code, so that nothing is known from how far it leads, unless to the end.
  Trial best_trial(const Reading& reading) {
    Trial best;
    auto stretch = Stretch::around(reading, settled_);
    for (const Change& change : changes(reading)) {
      if (budget_ == 0 || best.left == 0) break;
      if (change.edit.begin < settled_) continue;
      std::size_t left = left_unread(change.edit, stretch);
      if (left != 0 && change.is_quote()) continue;
      if (left < best.left) best = {change, left};
    }
    return best;
  }

  // The bytes of the changed text from its next error on. The whole of it is read only where the stretch does not tell.
  std::size_t left_unread(const Edit& edit, const std::optional<Stretch>& stretch) {
    if (stretch) {
      budget_ -= std::min(budget_, stretch->size() + kTrialCost);
      if (auto error = stretch->first_error(text_.current(), edit, options_)) return text_.current().size() + edit.inserted.size() - *error + 1;
    }
    EditedText edited = text_;
    edited.apply(edit);
    Reading next = read(edited.current());
    if (next.error) return edited.current().size() - *next.error + 1;
    cured_ = std::move(next);
    return 0;
  }

  // Keeps the message of the error; where a quote is missing far before it, that is the error.
  void note(const Reading& reading, const Change& change) {
    Diagnostic found = reading.diagnostics[reading.message];
    found.range = text_.original(found.range);
    if (change.culprit) {
      found_.clear();
      report(found_, Code::UnclosedString, text_.original(*change.culprit));
      return;
    }
    bool known = std::ranges::any_of(found_, [&](const Diagnostic& other) { return other.range == found.range; });
    if (!known) found_.push_back(std::move(found));
  }

  ParseResult finish(bool cured);

  EditedText text_;
  const ParseOptions& options_;
  Reading first_;
  // The last text that was read without an error.
  Reading cured_;
  std::vector<Diagnostic> found_;
  // Errors before this place are the parser's own to recover from.
  std::size_t settled_ = 0;
  std::size_t budget_ = kBudget;
};

// Reads the text as it is changed by now, with all of its messages, unless that was just done, and takes everything back to the
// places of the original.
ParseResult Repair::finish(bool cured) {
  std::vector<Diagnostic> diagnostics = std::move(cured_.diagnostics);
  Tokens tokens = std::move(cured_.tokens);
  Nodes nodes = std::move(cured_.nodes);
  if (!cured) {
    Significant significant;
    diagnostics.clear();
    tokens = Lexer(text_.current(), diagnostics).run(significant);
    nodes = Parser(text_.current(), tokens, significant, options_, diagnostics).run();
  }
  for (Diagnostic& diagnostic : diagnostics) {
    diagnostic.range = text_.original(diagnostic.range);
    bool known = std::ranges::any_of(found_, [&](const Diagnostic& other) { return other.range == diagnostic.range; });
    if (!known || !is_syntax_error(diagnostic)) found_.push_back(std::move(diagnostic));
  }
  text_.restore(tokens, nodes);
  return {Tree(text_.original(), std::move(tokens), std::move(nodes)), std::move(found_)};
}

}  // namespace

bool is_syntax_error(const Diagnostic& diagnostic) {
  constexpr Code kCodes[] = {Code::UnexpectedToken, Code::InvalidCharacter, Code::UnclosedString,
                             Code::UnclosedComment, Code::TrailingSlash,    Code::NeedsParentheses};
  return std::ranges::any_of(kCodes, [&](Code code) { return diagnostic.code == code_of(code); });
}

bool is_repaired(std::string_view text) { return text.size() <= kLargestText; }

ParseResult repair(const ParseOptions& options, Reading reading) { return Repair(options, std::move(reading)).run(); }

}  // namespace evalctl::parser
