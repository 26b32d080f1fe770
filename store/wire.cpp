#include "store/wire.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace evalctl::store {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 16;

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(number >> shift);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out += text;
  out.append((8 - text.size() % 8) % 8, '\0');
}

}  // namespace

Wire::~Wire() {
  close(input_);
  if (output_ != input_) close(output_);
}

void Wire::fail(std::string message) {
  if (ok()) failure_ = std::move(message);
}

void Wire::write_out(std::string_view bytes) {
  while (ok() && !bytes.empty()) {
    ssize_t put = write(output_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(fmt::format("cannot write to the Nix daemon: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Wire::put_raw(std::string_view bytes) {
  if (out_.size() + bytes.size() > kBuffer) flush();
  if (bytes.size() > kBuffer) {
    write_out(bytes);
  } else {
    out_ += bytes;
  }
}

void Wire::put(std::uint64_t number) {
  std::string bytes;
  append_number(bytes, number);
  put_raw(bytes);
}

void Wire::put(std::string_view text) {
  put(std::uint64_t{text.size()});
  put_raw(text);
  put_raw(std::string_view("\0\0\0\0\0\0\0", (8 - text.size() % 8) % 8));
}

void Wire::put_all(const std::set<std::string>& texts) {
  put(std::uint64_t{texts.size()});
  for (const std::string& text : texts) put(std::string_view(text));
}

void Wire::flush() {
  std::string bytes = std::move(out_);
  out_.clear();
  write_out(bytes);
}

void Wire::read_raw(char* to, std::size_t size) {
  std::memset(to, 0, size);
  while (ok() && size > 0) {
    std::size_t have = std::min(size, in_.size() - in_at_);
    std::memcpy(to, in_.data() + in_at_, have);
    in_at_ += have;
    to += have;
    size -= have;
    if (size == 0) return;
    in_.resize(kBuffer);
    in_at_ = 0;
    ssize_t got = read(input_, in_.data(), in_.size());
    in_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (got < 0 && errno != EINTR) fail(fmt::format("cannot read from the Nix daemon: {}", std::strerror(errno)));
    if (got == 0) fail("the Nix daemon closed the connection");
  }
}

std::uint64_t Wire::number() {
  unsigned char bytes[8];
  read_raw(reinterpret_cast<char*>(bytes), sizeof bytes);
  std::uint64_t result = 0;
  for (int i = 7; i >= 0; --i) result = result << 8 | bytes[i];
  return result;
}

std::string Wire::text(std::size_t limit) {
  std::uint64_t size = number();
  if (size > limit) {
    fail(fmt::format("the Nix daemon sent a string of {} bytes where at most {} are expected", size, limit));
    return {};
  }
  std::string result(size, '\0');
  read_raw(result.data(), size);
  char padding[8];
  read_raw(padding, (8 - size % 8) % 8);
  return ok() ? result : std::string();
}

std::vector<std::string> Wire::texts() {
  std::vector<std::string> result;
  for (std::uint64_t count = number(); count > 0 && ok(); --count) result.push_back(text());
  return result;
}

void FramedWriter::put_raw(std::string_view bytes) {
  piece_ += bytes;
  if (piece_.size() >= kPiece) send();
}

void FramedWriter::put(std::uint64_t number) {
  append_number(piece_, number);
  if (piece_.size() >= kPiece) send();
}

void FramedWriter::put(std::string_view text) {
  append_text(piece_, text);
  if (piece_.size() >= kPiece) send();
}

void FramedWriter::put_all(const std::set<std::string>& texts) {
  put(std::uint64_t{texts.size()});
  for (const std::string& text : texts) put(std::string_view(text));
}

void FramedWriter::send() {
  wire_.put(std::uint64_t{piece_.size()});
  wire_.put_raw(piece_);
  piece_.clear();
}

void FramedWriter::finish() {
  if (!piece_.empty()) send();
  wire_.put(std::uint64_t{0});
}

}  // namespace evalctl::store
