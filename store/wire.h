// The bytes of Nix's worker protocol over a pair of file descriptors.
//
// Integers are 8 bytes, little endian; strings are their length, the bytes, and zeros up to a multiple of 8. The first
// failure sticks: from then on writes do nothing, reads give zeros and empty strings, and `failure` says what happened.
// So a message is read or written as a whole, and checked once.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evalctl::store {

class Wire {
 public:
  // Takes the descriptors, which may be the same.
  Wire(int input, int output) : input_(input), output_(output) {}
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // ---- Writing. Bytes leave when the buffer is full and by `flush`.
  void put(std::uint64_t number);
  void put(std::string_view text);
  void put_all(const std::set<std::string>& texts);
  void put_raw(std::string_view bytes);
  void flush();

  // ---- Reading
  std::uint64_t number();
  // At most `limit` bytes.
  std::string text(std::size_t limit = kLongestText);
  std::vector<std::string> texts();
  void read_raw(char* to, std::size_t size);

  bool ok() const { return failure_.empty(); }
  const std::string& failure() const { return failure_; }
  void fail(std::string message);

  static constexpr std::size_t kLongestText = std::size_t{64} << 20;

 private:
  static constexpr std::size_t kBuffer = std::size_t{1} << 16;
  void write_out(std::string_view bytes);

  int input_, output_;
  std::string out_;
  std::string in_;
  std::size_t in_at_ = 0;
  std::string failure_;
};

// A stream of unknown length within a message: pieces with their lengths, and a zero at the end.
class FramedWriter {
 public:
  explicit FramedWriter(Wire& wire) : wire_(wire) {}
  void put_raw(std::string_view bytes);
  void put(std::uint64_t number);
  void put(std::string_view text);
  void put_all(const std::set<std::string>& texts);
  void finish();

 private:
  void send();
  Wire& wire_;
  std::string piece_;
};

}  // namespace evalctl::store
