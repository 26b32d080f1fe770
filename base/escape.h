// Texts with escapes: everything is copied but a few special bytes, 16 bytes at a time.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace evalctl::base {

using Bytes16 = unsigned char __attribute__((vector_size(16)));

// The index of the first byte of `marks`, a vector of 16, whose highest bit is set; 16 when there is none. The others are 0.
template <class Marks>
unsigned first_mark(Marks marks) {
  static_assert(sizeof marks == 16);
#ifdef __SSE2__
  __m128i bytes;
  std::memcpy(&bytes, &marks, sizeof marks);
  return static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(_mm_movemask_epi8(bytes)) | 1u << 16));
#endif
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

// Less than 16 bytes, and zeros behind them. Nothing behind the text is read.
inline Bytes16 load_last(const char* at, std::size_t count) {
  std::uint64_t words[2] = {0, 0}, end;
  if (count >= 8) {
    std::memcpy(&words[0], at, 8);
    std::memcpy(&end, at + count - 8, 8);
    words[1] = count == 8 ? 0 : end >> (8 * (16 - count));
  } else if (count >= 4) {
    std::uint32_t first, last;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + count - 4, 4);
    words[0] = first | std::uint64_t{last} << (8 * (count - 4));
  } else {
    for (std::size_t i = 0; i < count; ++i) words[0] |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  }
  Bytes16 bytes;
  std::memcpy(&bytes, words, sizeof bytes);
  return bytes;
}

// The first place from `at` on whose byte is special, or text.size(). `special.marks(b)` gives the marks of 16 bytes.
template <class Special>
std::size_t find_special(std::string_view text, std::size_t at, Special special) {
  for (; at + 16 <= text.size(); at += 16)
    if (unsigned first = first_mark(special.marks(load16(text.data() + at))); first < 16) return at + first;
  if (at >= text.size()) return text.size();
  std::size_t left = text.size() - at;
  return at + std::min<std::size_t>(first_mark(special.marks(load_last(text.data() + at, left))), left);
}

// Appends `text` between quotation marks; `escape(byte, end)` writes what stands for a special byte to `end`, at most two
// bytes, and returns where they end. More may be marked than is special, which special.is(byte) tells.
template <class Special, class Escape>
void append_escaped(std::string& out, std::string_view text, Special special, Escape escape) {
  // The marks around it, and what is written of the last block behind its end.
  constexpr std::size_t kSlack = 18;
  std::size_t from = out.size();
  out.resize_and_overwrite(from + 2 * text.size() + kSlack, [&](char* bytes, std::size_t) {
    auto copy = [&](char c, char* to) {
      if (special.is(static_cast<unsigned char>(c))) [[likely]] return escape(c, to);
      *to = c;
      return to + 1;
    };
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
      if (first < 16) end = copy(*at++, end);
    }
    while (at < last) {
      auto left = static_cast<unsigned>(last - at);
      Bytes16 block = load_last(at, left);
      std::memcpy(end, &block, sizeof block);
      unsigned first = std::min(first_mark(special.marks(block)), left);
      at += first;
      end += first;
      if (first < left) end = copy(*at++, end);
    }
    *end++ = '"';
    return static_cast<std::size_t>(end - bytes);
  });
}

}  // namespace evalctl::base
