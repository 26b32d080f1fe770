// Appends many short texts to a string, most of them without a call.
//
// While an Appender lives, the string's own size means nothing; afterwards the string ends where the last text does.
#pragma once
#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace evalctl::base {

class Appender {
 public:
  explicit Appender(std::string& out) : out_(out), next_(out.data() + out.size()), last_(next_) {}
  ~Appender() { resize(used()); }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

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

 private:
  std::size_t used() const { return static_cast<std::size_t>(next_ - out_.data()); }
  void resize(std::size_t size) {
    out_.resize_and_overwrite(size, [](char*, std::size_t whole) { return whole; });
  }
  void make_room(std::size_t bytes) {
    if (static_cast<std::size_t>(last_ - next_) < bytes) [[unlikely]] grow(bytes);
  }
  [[gnu::noinline]] void grow(std::size_t bytes) {
    constexpr std::size_t kLeast = 256;
    std::size_t size = used();
    resize(std::max({size + bytes, 2 * size, kLeast}));
    next_ = out_.data() + size;
    last_ = out_.data() + out_.size();
  }

  std::string& out_;
  char *next_, *last_;
};

}  // namespace evalctl::base
