#include "lsp/text.h"

#include <algorithm>
#include <cstring>

namespace evalctl::lsp {
namespace {

// Length in bytes of the character that begins at `at`; 1 for a byte that begins none.
std::size_t character_length(std::string_view bytes, std::size_t at) {
  auto lead = static_cast<unsigned char>(bytes[at]);
  std::size_t length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
  if (at + length > bytes.size()) return 1;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(bytes[at + i]) & 0xc0) != 0x80) return 1;
  }
  return length;
}

std::uint32_t units_of(std::size_t length, Encoding encoding) {
  if (encoding == Encoding::Utf8) return static_cast<std::uint32_t>(length);
  return encoding == Encoding::Utf16 && length == 4 ? 2 : 1;
}

// Bytes of `line` that make up `units` code units. A position inside a character means its beginning.
std::size_t bytes_of(std::string_view line, std::uint32_t units, Encoding encoding) {
  std::size_t at = 0;
  while (at < line.size()) {
    std::size_t length = character_length(line, at);
    std::uint32_t width = units_of(length, encoding);
    if (width > units) break;
    units -= width;
    at += length;
  }
  return at;
}

}  // namespace

Text::Text(std::string bytes) : bytes_(std::move(bytes)) {
  starts_.push_back(0);
  bool has_return = std::memchr(bytes_.data(), '\r', bytes_.size()) != nullptr;
  const char* begin = bytes_.data();
  const char* end = begin + bytes_.size();
  for (const char* at = begin; at < end;) {
    const char* stop;
    if (has_return) {
      stop = std::find_if(at, end, [](char c) { return c == '\n' || c == '\r'; });
    } else {
      stop = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      if (!stop) stop = end;
    }
    if (stop == end) break;
    at = stop + (*stop == '\r' && stop + 1 < end && stop[1] == '\n' ? 2 : 1);
    starts_.push_back(static_cast<std::uint32_t>(at - begin));
  }
}

std::string_view Text::line(std::uint32_t line) const {
  std::uint32_t begin = starts_[line];
  std::uint32_t end = line + 1 < starts_.size() ? starts_[line + 1] : size();
  std::string_view text = bytes().substr(begin, end - begin);
  if (line + 1 < starts_.size()) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  }
  return text;
}

std::uint32_t Text::line_of(std::uint32_t offset) const {
  auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  return static_cast<std::uint32_t>(after - starts_.begin()) - 1;
}

std::uint32_t Text::offset(Position position, Encoding encoding) const {
  if (position.line >= starts_.size()) return size();
  return starts_[position.line] + static_cast<std::uint32_t>(bytes_of(line(position.line), position.character, encoding));
}

Position Text::position(std::uint32_t offset, Encoding encoding) const {
  offset = std::min(offset, size());
  std::uint32_t line = line_of(offset);
  return {line, count_units(bytes().substr(starts_[line], offset - starts_[line]), encoding)};
}

std::uint32_t count_units(std::string_view bytes, Encoding encoding) {
  if (encoding == Encoding::Utf8) return static_cast<std::uint32_t>(bytes.size());
  std::uint32_t units = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t length = character_length(bytes, at);
    units += units_of(length, encoding);
    at += length;
  }
  return units;
}

}  // namespace evalctl::lsp
