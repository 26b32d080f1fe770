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
  // Bytes that short pieces are copied with at once.
  static constexpr std::size_t kBlock = 16;
  void append(std::string_view text) {
    if (bytes_.size() - size_ < text.size() + kBlock) [[unlikely]] grow(text.size());
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  // A piece of which kBlock bytes can be read, whatever is behind it: most are that short, and copied with one step.
  void append_padded(const char* text, std::size_t size) {
    if (bytes_.size() - size_ < size + kBlock) [[unlikely]] grow(size);
    char* at = bytes_.data() + size_;
    size_ += size;
    std::memcpy(at, text, kBlock);
    if (size > kBlock) [[unlikely]] std::memcpy(at + kBlock, text + kBlock, size - kBlock);
  }
  void append_blanks(std::size_t count) {
    if (bytes_.size() - size_ < count + kBlock) [[unlikely]] grow(count);
    char* at = bytes_.data() + size_;
    size_ += count;
    std::memset(at, ' ', kBlock);
    if (count > kBlock) [[unlikely]] std::memset(at + kBlock, ' ', count - kBlock);
  }
  void append(char c) {
    if (bytes_.size() == size_) [[unlikely]] grow(1);
    bytes_[size_++] = c;
  }

 private:
  [[gnu::noinline]] void grow(std::size_t count) { bytes_.resize((size_ + count + kBlock) * 2); }

  base::UninitializedVector<char> bytes_;
  std::size_t size_ = 0;
};

}  // namespace evalctl::formatter
