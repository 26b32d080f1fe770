// A text that is made of many short ones, most of them appended without a call.
//
// It stands in pieces: a large text is not copied to grow, and never in memory twice.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "base/huge_pages.h"

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
  static constexpr std::size_t kFirst = 1024;
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  struct Piece {
    std::unique_ptr<char, Free> text;
    std::size_t bytes;  // of text, once another piece follows
  };

  std::size_t used() const { return pieces_.empty() ? 0 : static_cast<std::size_t>(next_ - pieces_.back().text.get()); }
  void make_room(std::size_t bytes) {
    if (static_cast<std::size_t>(last_ - next_) < bytes) [[unlikely]] grow(bytes);
  }
  [[gnu::noinline]] void grow(std::size_t bytes) {
    if (!pieces_.empty()) pieces_.back().bytes = used();
    full_ += used();
    std::size_t size = std::max(bytes, std::clamp(full_, kFirst, kHugePage));
    next_ = static_cast<char*>(size == kHugePage ? std::aligned_alloc(size, size) : std::malloc(size));
    if (!next_) throw std::bad_alloc();
    if (size == kHugePage) use_huge_pages(next_, size);
    pieces_.push_back({std::unique_ptr<char, Free>(next_), 0});
    last_ = next_ + size;
  }

  std::vector<Piece> pieces_;
  std::size_t full_ = 0;  // bytes in all pieces but the last
  char *next_ = nullptr, *last_ = nullptr;
};

}  // namespace evalctl::base
