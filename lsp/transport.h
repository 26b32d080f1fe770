// Messages on a pair of file descriptors: `Content-Length: N`, an empty line, N bytes.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace evalctl::lsp {

class Transport {
 public:
  Transport(int input, int output) : input_(input), output_(output) {}

  // The body of the next message; nothing at the end of input. Headers that make no sense are skipped.
  std::optional<std::string> read();
  // Thread-safe. False when the client is gone.
  bool write(std::string_view body);

 private:
  bool fill();
  std::optional<std::string> read_line();

  int input_, output_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::mutex mutex_;
};

}  // namespace evalctl::lsp
