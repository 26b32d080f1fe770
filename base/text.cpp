#include "base/text.h"

#include <algorithm>

namespace evalctl::base {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text.substr(i).starts_with("\x1b[")) {
      out += text[i];
      continue;
    }
    // Parameters, then one letter.
    for (i += 2; i < text.size() && text[i] >= 0x20 && text[i] < 0x40;) ++i;
  }
  return out;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
  }
  return out;
}

// Whether it is canonical, or false where that is not seen at once: a name begins with a dot.
static bool is_plainly_canonical(std::string_view path) {
  if (path.size() < 2 || path.front() != '/' || path.back() == '/') return false;
  bool found = false;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) found |= (path[i] == '/') & ((path[i + 1] == '/') | (path[i + 1] == '.'));
  return !found;
}

std::string canonical_path(std::string_view path) {
  if (is_plainly_canonical(path)) return std::string(path);
  std::string out;
  out.resize_and_overwrite(path.size() + 1, [&](char* begin, std::size_t) {
    char* end = begin;
    for (std::size_t at = 0, next; at < path.size(); at = next + 1) {
      next = std::min(path.find('/', at), path.size());
      std::string_view name = path.substr(at, next - at);
      if (name == "..") {
        if (end > begin)
          while (*--end != '/') {}
      } else if (!name.empty() && name != ".") {
        *end++ = '/';
        end = std::copy(name.begin(), name.end(), end);
      }
    }
    if (end == begin) *end++ = '/';
    return static_cast<std::size_t>(end - begin);
  });
  return out;
}

}  // namespace evalctl::base
