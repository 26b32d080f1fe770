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

std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  unsigned c = byte(0);
  if (c < 0x80) return 1;
  std::size_t length = c >= 0xf0 && c <= 0xf4 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  if ((c == 0xe0 && byte(1) < 0xa0) || (c == 0xed && byte(1) > 0x9f) || (c == 0xf0 && byte(1) < 0x90) || (c == 0xf4 && byte(1) > 0x8f)) return 0;
  return length;
}

std::string as_utf8(std::string text) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = static_cast<unsigned char>(text[i]) < 0x80 ? 1 : utf8_length(std::string_view(text).substr(i));
    if (length == 0) {
      out.append(text, copied, i - copied).append("\uFFFD");
      copied = i + 1;
    }
    i += std::max<std::size_t>(length, 1);
  }
  if (copied == 0) return text;
  return out.append(text, copied);
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (char c : as_utf8(std::string(text))) {
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
