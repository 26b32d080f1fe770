// Messages between the server and its workers: numbers, texts and lists one after the other, in frames of a stream socket.
//
// Both ends are the same program, so that nothing is versioned; what comes in short or garbled reads as zeros and empty
// texts with ok() false.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evalctl::lsp {

class Writer {
 public:
  void number(std::uint64_t n) {
    for (; n >= 0x80; n >>= 7) bytes_ += static_cast<char>(n | 0x80);
    bytes_ += static_cast<char>(n);
  }
  void text(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  template <class List, class Write>
  void list(const List& list, Write write) {
    number(list.size());
    for (const auto& item : list) write(item);
  }
  void texts(const std::vector<std::string>& list) {
    this->list(list, [&](const std::string& one) { text(one); });
  }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads `bytes`, which the views that it returns point into.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      auto byte = static_cast<unsigned char>(bytes_[0]);
      bytes_.remove_prefix(1);
      n |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return n;
    }
    ok_ = false;
    return 0;
  }
  std::string_view view() {
    std::uint64_t size = number();
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }
  std::string text() { return std::string(view()); }
  // The length of a list; at most what the rest could hold.
  std::size_t count() {
    std::uint64_t n = number();
    if (n <= bytes_.size()) return n;
    ok_ = false;
    return 0;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out(count());
    for (std::string& one : out) one = text();
    return out;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

// One end of a connection. Closing it ends a process at the other end that is at work.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  int descriptor() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }
  void close();
  // Gives up ownership.
  int release() { return std::exchange(descriptor_, -1); }
  // Two connected ends.
  static std::pair<Socket, Socket> pair();

  // False when the other end is gone.
  bool send(std::string_view frame);
  // Hands `other` over to the process at the other end. False when that is gone.
  bool send_socket(const Socket& other);
  // Waits for a socket that send_socket sent; none at the end of the connection.
  std::optional<Socket> receive_socket();
  using Deadline = std::chrono::steady_clock::time_point;
  // The next frame; none at the end of the connection, at the deadline, or once `cancel` is set.
  std::optional<std::string> receive(Deadline deadline = Deadline::max(), const std::atomic<bool>* cancel = nullptr);

 private:
  bool read_exactly(char* to, std::size_t size, Deadline deadline, const std::atomic<bool>* cancel);

  int descriptor_ = -1;
};

}  // namespace evalctl::lsp
