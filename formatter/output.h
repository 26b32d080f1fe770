// A growing text to which short pieces are appended all the time.
#pragma once
#include <cstring>
#include <string_view>

#include "base/uninitialized.h"

namespace evalctl::formatter {

class Output {
 public:
  std::size_t size() const { return size_; }
  std::string_view text() const { return {bytes_.data(), size_}; }
  void clear() { size_ = 0; }
  // Only to a size it has had.
  void shrink(std::size_t size) { size_ = size; }
  void reserve(std::size_t size) {
    if (bytes_.size() < size) bytes_.resize(size);
  }
  void append(std::string_view text) {
    if (bytes_.size() - size_ < text.size()) grow(text.size());
    char* at = bytes_.data() + size_;
    size_ += text.size();
    // Most pieces are a few bytes long: two copies that may overlap.
    if (text.size() > 16) std::memcpy(at, text.data(), text.size());
    else if (text.size() >= 8) copy_ends<8>(at, text);
    else if (text.size() >= 4) copy_ends<4>(at, text);
    else if (!text.empty()) copy_few(at, text);
  }
  void append(std::size_t count, char c) {
    if (bytes_.size() - size_ < count) grow(count);
    std::memset(bytes_.data() + size_, c, count);
    size_ += count;
  }
  void append(char c) {
    if (bytes_.size() == size_) grow(1);
    bytes_[size_++] = c;
  }

 private:
  template <std::size_t N>
  static void copy_ends(char* at, std::string_view text) {
    std::memcpy(at, text.data(), N);
    std::memcpy(at + text.size() - N, text.data() + text.size() - N, N);
  }
  // One to three bytes.
  static void copy_few(char* at, std::string_view text) {
    at[0] = text[0];
    at[text.size() / 2] = text[text.size() / 2];
    at[text.size() - 1] = text.back();
  }
  [[gnu::noinline]] void grow(std::size_t count) { bytes_.resize((size_ + count) * 2); }

  base::UninitializedVector<char> bytes_;
  std::size_t size_ = 0;
};

}  // namespace evalctl::formatter
