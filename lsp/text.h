// The text of one version of a document, and how positions of the protocol map to byte offsets.
//
// A position is a line and a count of code units of the negotiated encoding. Positions behind the end of a line mean its
// end, lines behind the last mean the end of the text: whatever a client sends maps to an offset in [0, size].
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::lsp {

enum class Encoding : std::uint8_t { Utf8, Utf16, Utf32 };

// Both count from 0.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  auto operator<=>(const Position&) const = default;
};

class Text {
 public:
  // "\n", "\r\n" and "\r" end lines. Cost O(n).
  explicit Text(std::string bytes);

  std::string_view bytes() const { return bytes_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(starts_.size()); }
  // Line `line` without what ends it.
  std::string_view line(std::uint32_t line) const;
  std::uint32_t line_start(std::uint32_t line) const { return starts_[line]; }
  // The line that holds the byte at `offset`. Cost O(log lines).
  std::uint32_t line_of(std::uint32_t offset) const;

  std::uint32_t offset(Position position, Encoding encoding) const;
  Position position(std::uint32_t offset, Encoding encoding) const;

 private:
  std::string bytes_;
  std::vector<std::uint32_t> starts_;
};

// The number of code units of `bytes`. A byte that is no valid UTF-8 counts as one.
std::uint32_t count_units(std::string_view bytes, Encoding encoding);

}  // namespace evalctl::lsp
