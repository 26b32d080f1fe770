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
#include <string_view>
#include <vector>

#include "base/huge_pages.h"
#include "base/memory.h"

namespace evalctl::base {

class Appender {
 public:
  // `soon` is told of memory that will be filled a little later; null: nobody is.
  explicit Appender(void (*soon)(char* begin, std::size_t bytes) = nullptr) : soon_(soon) {}

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
    following_.reset();
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
    // There has to be as much again each time that there is twice as much.
    if (full_ >= ask_at_) {
      require_memory_for(full_);
      ask_at_ = 2 * full_;
    }
    std::size_t size = std::max(bytes, std::clamp(full_, kFirst, kHugePage));
    pieces_.push_back({size == kHugePage ? large_piece() : some(std::malloc(size)), 0});
    next_ = pieces_.back().text.get();
    last_ = next_ + size;
  }
  // A large piece. The next one is there already where somebody is told of it.
  std::unique_ptr<char, Free> large_piece() {
    auto make = [] {
      auto made = some(std::aligned_alloc(kHugePage, kHugePage));
      use_huge_pages(made.get(), kHugePage);
      return made;
    };
    auto piece = following_ ? std::move(following_) : make();
    if (soon_) soon_((following_ = make()).get(), kHugePage);
    return piece;
  }
  static std::unique_ptr<char, Free> some(void* room) {
    if (!room) throw std::bad_alloc();
    return std::unique_ptr<char, Free>(static_cast<char*>(room));
  }

  void (*soon_)(char* begin, std::size_t bytes);
  std::vector<Piece> pieces_;
  std::unique_ptr<char, Free> following_;
  std::size_t full_ = 0;  // bytes in all pieces but the last
  std::size_t ask_at_ = kAskedFor;
  char *next_ = nullptr, *last_ = nullptr;
};

}  // namespace evalctl::base
