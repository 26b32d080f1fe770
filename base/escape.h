// Texts with escapes: everything is copied but a few special bytes, 16 bytes at a time.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace evalctl::base {

using Bytes16 = unsigned char __attribute__((vector_size(16)));

// The index of the first byte of `marks`, a vector of 16, that is not 0; 16 when all are.
template <class Marks>
unsigned first_mark(Marks marks) {
  static_assert(sizeof marks == 16);
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t halves[2];
  std::memcpy(halves, &marks, sizeof marks);
  if (halves[0]) return static_cast<unsigned>(std::countr_zero(halves[0])) / 8;
  return halves[1] ? 8 + static_cast<unsigned>(std::countr_zero(halves[1])) / 8 : 16;
}

inline Bytes16 load16(const char* at) {
  Bytes16 bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

// The first place from `at` on whose byte is special, or text.size(). `special(b)` is true of such a byte, and gives the marks
// of 16 bytes.
template <class Special>
std::size_t find_special(std::string_view text, std::size_t at, Special special) {
  for (; at + 16 <= text.size(); at += 16)
    if (unsigned first = first_mark(special.marks(load16(text.data() + at))); first < 16) return at + first;
  while (at < text.size() && !special.is(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

// Appends `text` between quotation marks; `escape(byte, end)` writes what stands for a special byte to `end`, at most two
// bytes, and returns where they end.
template <class Special, class Escape>
void append_escaped(std::string& out, std::string_view text, Special special, Escape escape) {
  constexpr std::size_t kSlack = 18;
  std::size_t from = out.size();
  out.resize_and_overwrite(from + 2 * text.size() + kSlack, [&](char* bytes, std::size_t) {
    char* end = bytes + from;
    const char *at = text.data(), *last = at + text.size();
    *end++ = '"';
    while (last - at >= 16) {
      Bytes16 block = load16(at);
      // All of it is written, and what is special overwritten.
      std::memcpy(end, &block, sizeof block);
      unsigned first = first_mark(special.marks(block));
      at += first;
      end += first;
      if (first < 16) end = escape(*at++, end);
    }
    for (; at < last; ++at) {
      if (special.is(static_cast<unsigned char>(*at))) end = escape(*at, end);
      else *end++ = *at;
    }
    *end++ = '"';
    return static_cast<std::size_t>(end - bytes);
  });
}

}  // namespace evalctl::base
