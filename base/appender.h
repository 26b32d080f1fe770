// A text that is made of many short ones, most of them appended without a call.
//
// It stands in pieces of half a megabyte: a large text is not copied to grow, and never in memory twice.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::base {

class Appender {
 public:
  void operator+=(std::string_view text) {
    make_room(text.size());
    std::memcpy(next_, text.data(), text.size());
    next_ += text.size();
  }
  void operator+=(char c) {
    make_room(1);
    *next_++ = c;
  }
  void fill(std::size_t count, char c) {
    make_room(count);
    std::memset(next_, c, count);
    next_ += count;
  }

  // In bytes.
  std::size_t size() const { return full_ + used(); }
  // Copies all to `out`, which has room for size() bytes; nothing is left here.
  void move_to(char* out) {
    if (!pieces_.empty()) pieces_.back().bytes = used();
    for (Piece& piece : pieces_) {
      std::memcpy(out, piece.text.get(), piece.bytes);
      out += piece.bytes;
      piece.text.reset();
    }
    pieces_.clear();
    next_ = last_ = nullptr;
    full_ = 0;
  }

 private:
  static constexpr std::size_t kFirst = 1024, kPiece = std::size_t{1} << 19;
  struct Piece {
    std::unique_ptr<char[]> text;
    std::size_t bytes;  // of text, once another piece follows
  };

  std::size_t used() const { return pieces_.empty() ? 0 : static_cast<std::size_t>(next_ - pieces_.back().text.get()); }
  void make_room(std::size_t bytes) {
    if (static_cast<std::size_t>(last_ - next_) < bytes) [[unlikely]] grow(bytes);
  }
  [[gnu::noinline]] void grow(std::size_t bytes) {
    if (!pieces_.empty()) pieces_.back().bytes = used();
    full_ += used();
    std::size_t size = std::max(bytes, std::clamp(full_, kFirst, kPiece));
    pieces_.push_back({std::make_unique_for_overwrite<char[]>(size), 0});
    next_ = pieces_.back().text.get();
    last_ = next_ + size;
  }

  std::vector<Piece> pieces_;
  std::size_t full_ = 0;  // bytes in all pieces but the last
  char *next_ = nullptr, *last_ = nullptr;
};

}  // namespace evalctl::base
