// Runs of bytes of one class, sixteen at a time.
//
// A class is a function from Bytes to a mask: all bits of a lane are set where the byte belongs. Most tokens are shorter
// than sixteen bytes, so one step without a loop finds their end.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace evalctl::parser {

using Bytes = unsigned char __attribute__((vector_size(16)));

inline Bytes every(char c) {
  auto byte = static_cast<unsigned char>(c);
  return Bytes{} + byte;
}

[[gnu::noinline, gnu::cold]] inline Bytes load_last_bytes(std::string_view text, std::size_t from) {
  Bytes bytes{};
  std::memcpy(&bytes, text.data() + from, text.size() - from);
  return bytes;
}

// Sixteen bytes of `text` from `from` on, with zeros behind the end.
inline Bytes load_bytes(std::string_view text, std::size_t from) {
  if (text.size() - from < sizeof(Bytes)) [[unlikely]] return load_last_bytes(text, from);
  Bytes bytes;
  std::memcpy(&bytes, text.data() + from, sizeof bytes);
  return bytes;
}

// Bit i is set where lane i of a mask is.
template <class Mask>
std::uint32_t bits_of(Mask mask) {
  using Flags = bool __attribute__((ext_vector_type(16)));
  return __builtin_bit_cast(std::uint16_t, __builtin_convertvector(mask != 0, Flags));
}

// The end of the run of bytes of a class that begins at `from` (which may be the end of the text).
template <class Class>
inline std::size_t skip_while(std::string_view text, std::size_t from, Class belongs) {
  for (;; from += sizeof(Bytes)) {
    std::uint32_t others = ~bits_of(belongs(load_bytes(text, from))) & 0xFFFF;
    if (others != 0) [[likely]] return std::min(from + static_cast<std::size_t>(std::countr_zero(others)), text.size());
    if (text.size() - from <= sizeof(Bytes)) return text.size();
  }
}

inline auto is_blank(Bytes c) {
  return (c == every(' ')) | (c == every('\n')) | (c == every('\t')) | (c == every('\r'));
}

inline auto is_alphanumeric(Bytes c) {
  return (((c | every(0x20)) - every('a')) < every(26)) | ((c - every('0')) < every(10));
}

inline auto continues_identifier(Bytes c) {
  return is_alphanumeric(c) | (c == every('_')) | (c == every('-')) | (c == every('\''));
}

// The bytes of a segment of a path.
inline auto continues_path(Bytes c) {
  return is_alphanumeric(c) | (c == every('_')) | (((c - every('+')) < every(4)) & (c != every(',')));
}

inline auto is_line(Bytes c) { return (c != every('\n')) & (c != every('\r')); }

// What needs no look inside a string, and inside an indented one.
inline auto is_plain(Bytes c) {
  return (c != every('"')) & (c != every('\\')) & (c != every('$')) & (c != every('\0'));
}
inline auto is_plain_indented(Bytes c) { return (c != every('\'')) & (c != every('$')) & (c != every('\0')); }

}  // namespace evalctl::parser
