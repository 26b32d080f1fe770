#include "lsp/transport.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace evalctl::lsp {
namespace {

constexpr std::size_t kLargestMessage = std::size_t{1} << 30;
constexpr std::size_t kLongestHeader = 1 << 16;

}  // namespace

bool Transport::fill() {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  char chunk[1 << 16];
  ssize_t count;
  do count = ::read(input_, chunk, sizeof chunk); while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> Transport::read_line() {
  std::size_t from = begin_;
  for (;;) {
    std::size_t end = buffer_.find('\n', from);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(begin_, end - begin_);
      begin_ = end + 1;
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (buffer_.size() - begin_ > kLongestHeader) begin_ = buffer_.size();
    std::size_t seen = buffer_.size() - begin_;
    if (!fill()) return std::nullopt;
    from = seen;
  }
}

std::optional<std::string> Transport::read() {
  constexpr std::string_view kName = "content-length:";
  std::size_t length = 0;
  for (bool known = false;;) {
    auto line = read_line();
    if (!line) return std::nullopt;
    if (line->empty()) {
      if (known) break;
      continue;
    }
    std::string lower = *line;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
    if (!lower.starts_with(kName)) continue;
    std::size_t digits = lower.find_first_not_of(" \t", kName.size());
    if (digits == std::string::npos) continue;
    auto [end, error] = std::from_chars(lower.data() + digits, lower.data() + lower.size(), length);
    known = error == std::errc{} && length <= kLargestMessage;
  }
  while (buffer_.size() - begin_ < length) {
    if (!fill()) return std::nullopt;
  }
  std::string body = buffer_.substr(begin_, length);
  begin_ += length;
  return body;
}

bool Transport::write(std::string_view body) {
  std::string message = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  message += body;
  std::lock_guard lock(mutex_);
  for (std::size_t done = 0; done < message.size();) {
    ssize_t count = ::write(output_, message.data() + done, message.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace evalctl::lsp
