// Paths, search paths and URIs: the tokens that compete with identifiers, numbers and operators by length.
#include "parser/characters.h"
#include "parser/diagnostics.h"
#include "parser/lexer.h"
#include "parser/scan.h"

namespace evalctl::parser {

// The end of the run of path characters around `from`. Remembered, since every dot of `a.b.c` asks for the same run.
std::size_t Lexer::run_end(std::size_t from) {
  if (from >= run_begin_ && from < run_end_) return run_end_;
  run_begin_ = from;
  return run_end_ = skip_while(text_, from, continues_path);
}

// Matches (/C+)+/? at `slash`; returns its end, or `slash` where there is none.
std::size_t Lexer::segments_end(std::size_t slash) const {
  std::size_t end = slash;
  while (at(end) == '/' && is(at(end + 1), kPathChar)) end = skip_while(text_, end + 1, continues_path);
  return end > slash && at(end) == '/' ? end + 1 : end;
}

bool Lexer::path() {
  std::size_t slash = run_end(out_.position);
  if (at(slash) != '/') return false;
  std::size_t end = segments_end(slash);
  if (end == slash) {
    if (at(slash + 1) != '$' || at(slash + 2) != '{') return false;
    end = slash + 1;
  }
  begin_path(TokenKind::Path, end);
  return true;
}

bool Lexer::home_path() {
  std::size_t slash = out_.position + 1;
  std::size_t end = segments_end(slash);
  if (end == slash) {
    if (at(slash) != '/' || at(slash + 1) != '$' || at(slash + 2) != '{') return false;
    end = slash + 1;
  }
  begin_path(TokenKind::HomePath, end);
  return true;
}

// Emits the first token of a path. A path goes on after `${`, and after `/` with any further piece.
void Lexer::begin_path(TokenKind whole, std::size_t end) {
  std::size_t more = end;
  while (text_[more - 1] == '/') {
    std::size_t next = piece_end(more);
    if (next == more) break;
    more = next;
  }
  if (at(more) == '$' && at(more + 1) == '{') {
    modes_.push_back(Mode::Path);
    return push(TokenKind::PathText, more);
  }
  if (text_[end - 1] == '/') report(diagnostics_, Code::TrailingSlash, range(out_.position, more));
  push(whole, more);
}

// Matches C*(/C+)+/? | C*/ | C+ at `from`, the longest; returns `from` where none fits.
std::size_t Lexer::piece_end(std::size_t from) const {
  std::size_t run = skip_while(text_, from, continues_path);
  std::size_t end = segments_end(run);
  if (end > run) return end;
  return at(run) == '/' ? run + 1 : run;
}

// Inside an interpolated path, after its first token: `${`, or more text, or the end of the path.
void Lexer::path_text() {
  if (at(out_.position) == '$' && at(out_.position + 1) == '{') {
    modes_.push_back(Mode::Code);
    return fixed2(TokenKind::Interpolate);
  }
  std::size_t end = piece_end(out_.position);
  bool slash = end > out_.position && text_[end - 1] == '/';
  while (slash) {
    std::size_t next = piece_end(end);
    if (next == end) break;
    end = next;
    slash = text_[end - 1] == '/';
  }
  bool more = at(end) == '$' && at(end + 1) == '{';
  if (slash && !more) report(diagnostics_, Code::TrailingSlash, range(out_.position, end));
  if (!more) modes_.pop_back();
  if (end > out_.position) push(TokenKind::PathText, end);
}

bool Lexer::search_path() {
  std::size_t end = skip_while(text_, out_.position + 1, continues_path);
  if (end == out_.position + 1) return false;
  while (at(end) == '/' && is(at(end + 1), kPathChar)) end = skip_while(text_, end + 1, continues_path);
  if (at(end) != '>') return false;
  push(TokenKind::SearchPath, end + 1);
  return true;
}

// [a-zA-Z][a-zA-Z0-9+.-]*:U+. The scheme is a run of path characters without an underscore.
bool Lexer::uri() {
  if (!is(text_[out_.position], kLetter)) return false;
  std::size_t colon = run_end(out_.position);
  if (at(colon) != ':' || !is(at(colon + 1), kUriChar)) return false;
  if (underscore_run_end_ != colon) {
    underscore_run_end_ = colon;
    std::size_t underscore = text_.substr(out_.position, colon - out_.position).rfind('_');
    behind_underscore_ = underscore == std::string_view::npos ? 0 : out_.position + underscore + 1;
  }
  if (out_.position < behind_underscore_) return false;
  push(TokenKind::Uri, skip(colon + 1, kUriChar));
  return true;
}

}  // namespace evalctl::parser
