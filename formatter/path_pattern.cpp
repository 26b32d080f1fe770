#include "formatter/path_pattern.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace evalctl::formatter {
namespace {

// Matches the `[...]` that begins `pattern` and returns its length; 0 when it does not close.
std::size_t match_set(std::string_view pattern, char c, bool& matched) {
  std::size_t i = 1;
  bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  matched = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false, ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    char low = pattern[i], high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') high = pattern[i += 2];
    matched |= low <= c && c <= high;
  }
  if (i >= pattern.size()) return 0;
  matched = matched != negated && c != '/';
  return i + 1;
}

// Matches one element of the pattern that is no `*`, and moves both on.
bool match_one(std::string_view pattern, std::string_view path, std::size_t& p, std::size_t& t) {
  if (p >= pattern.size() || t >= path.size()) return false;
  bool matched = false;
  std::size_t length = 1;
  if (pattern[p] == '?') {
    matched = path[t] != '/';
  } else if (pattern[p] == '[' && (length = match_set(pattern.substr(p), path[t], matched)) > 0) {
  } else if (pattern[p] == '\\' && p + 1 < pattern.size()) {
    length = 2;
    matched = pattern[p + 1] == path[t];
  } else {
    length = 1;
    matched = pattern[p] == path[t];
  }
  if (!matched) return false;
  p += length;
  ++t;
  return true;
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  std::size_t p = 0, t = 0;
  // Where to take up again: the last `*`, and the last `**`.
  std::size_t star = pattern.npos, star_at = 0, deep = pattern.npos, deep_at = 0;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      std::size_t end = std::min(pattern.find_first_not_of('*', p), pattern.size());
      bool starts = p == 0 || pattern[p - 1] == '/';
      bool is_deep = end - p >= 2 && starts && (end == pattern.size() || pattern[end] == '/');
      if (is_deep) {
        // `**/` stands for no folder too.
        deep = end == pattern.size() ? end : end + 1;
        deep_at = t;
        star = pattern.npos;
        p = deep;
      } else {
        star = p = end;
        star_at = t;
      }
      continue;
    }
    if (p == pattern.size() && t == path.size()) return true;
    if (p == pattern.size() && deep == p) return true;
    if (match_one(pattern, path, p, t)) continue;
    if (star != pattern.npos && star_at < path.size() && path[star_at] != '/') {
      p = star;
      t = ++star_at;
    } else if (deep != pattern.npos && deep_at < path.size()) {
      std::size_t slash = path.find('/', deep_at);
      if (slash == path.npos) return false;
      p = deep;
      t = deep_at = slash + 1;
      star = pattern.npos;
    } else {
      return false;
    }
  }
}

void IgnorePatterns::add(std::string_view text) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    add_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void IgnorePatterns::add_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
  if (line.empty() || line.starts_with('#')) return;
  Pattern pattern{{}, line.starts_with('!'), false, false};
  if (pattern.negated) line.remove_prefix(1);
  pattern.folders_only = line.ends_with('/');
  if (pattern.folders_only) line.remove_suffix(1);
  pattern.by_name = !line.contains('/');
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty()) return;
  pattern.glob = line;
  patterns_.push_back(std::move(pattern));
}

IgnorePatterns::Verdict IgnorePatterns::judge(std::string_view path, bool is_folder) const {
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->folders_only && !is_folder) continue;
    if (!matches_glob(pattern->glob, pattern->by_name ? name_of(path) : path)) continue;
    return pattern->negated ? Verdict::Kept : Verdict::Ignored;
  }
  return Verdict::None;
}

namespace {

constexpr std::size_t kMostPatterns = 1000;

// The parts between the commas of `{...}` at the top level, or the numbers of a range.
std::vector<std::string> alternatives(std::string_view inner) {
  std::vector<std::string> out;
  if (std::size_t dots = inner.find(".."); dots != inner.npos && !inner.contains(',')) {
    std::int64_t low = 0, high = 0;
    const char* end = inner.data() + inner.size();
    bool numbers = std::from_chars(inner.data(), inner.data() + dots, low).ptr == inner.data() + dots &&
                   std::from_chars(inner.data() + dots + 2, end, high).ptr == end;
    if (numbers && high - low < static_cast<std::int64_t>(kMostPatterns)) {
      for (; low <= high; ++low) out.push_back(std::to_string(low));
    }
    return out;
  }
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= inner.size(); ++i) {
    if (i == inner.size() || (inner[i] == ',' && depth == 0)) {
      out.emplace_back(inner.substr(begin, i - begin));
      begin = i + 1;
    } else if (inner[i] == '{') {
      ++depth;
    } else if (inner[i] == '}') {
      --depth;
    }
  }
  // `{name}` is no choice.
  if (out.size() == 1) out.clear();
  return out;
}

std::size_t closing_brace(std::string_view pattern, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '{') ++depth;
    else if (pattern[i] == '}' && --depth == 0) return i;
  }
  return pattern.npos;
}

}  // namespace

std::vector<std::string> expand_braces(std::string_view pattern) {
  std::vector<std::string> waiting{std::string(pattern)};
  std::vector<std::string> out;
  while (!waiting.empty() && out.size() + waiting.size() < kMostPatterns) {
    std::string current = std::move(waiting.back());
    waiting.pop_back();
    std::vector<std::string> choices;
    std::size_t open = current.find('{'), close = current.npos;
    for (; open != current.npos; open = current.find('{', open + 1)) {
      close = closing_brace(current, open);
      if (close == current.npos) break;
      choices = alternatives(std::string_view(current).substr(open + 1, close - open - 1));
      if (!choices.empty()) break;
    }
    if (choices.empty()) out.push_back(std::move(current));
    for (const std::string& choice : choices) waiting.push_back(current.substr(0, open) + choice + current.substr(close + 1));
  }
  return out;
}

}  // namespace evalctl::formatter
