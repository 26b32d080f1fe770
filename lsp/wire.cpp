#include "lsp/wire.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace evalctl::lsp {
namespace {

constexpr std::uint64_t kLargestFrame = std::uint64_t{1} << 30;
// How often a waiting reader looks whether it is cancelled.
constexpr std::chrono::milliseconds kPatience{10};

}  // namespace

void Socket::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

std::pair<Socket, Socket> Socket::pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
  return {Socket(ends[0]), Socket(ends[1])};
}

bool Socket::send(std::string_view frame) {
  std::uint64_t size = frame.size();
  std::string all(reinterpret_cast<const char*>(&size), sizeof size);
  all += frame;
  for (std::size_t done = 0; done < all.size();) {
    ssize_t sent = ::send(descriptor_, all.data() + done, all.size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

bool Socket::send_socket(const Socket& other) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  int descriptor = other.descriptor();
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t sent;
  do sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL); while (sent < 0 && errno == EINTR);
  return sent == 1;
}

std::optional<Socket> Socket::receive_socket() {
  for (;;) {
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t got;
    do got = recvmsg(descriptor_, &message, MSG_CMSG_CLOEXEC); while (got < 0 && errno == EINTR);
    if (got <= 0) return std::nullopt;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS) continue;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return Socket(descriptor);
  }
}

bool Socket::read_exactly(char* to, std::size_t size, Deadline deadline, const std::atomic<bool>* cancel) {
  bool bounded = cancel != nullptr || deadline != Deadline::max();
  for (std::size_t done = 0; done < size;) {
    if (bounded) {
      if (cancel != nullptr && *cancel) return false;
      auto now = std::chrono::steady_clock::now();
      if (now >= deadline) return false;
      auto wait = std::min<std::chrono::nanoseconds>(deadline - now, kPatience);
      pollfd ready{descriptor_, POLLIN, 0};
      int milliseconds = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(wait).count()) + 1;
      if (poll(&ready, 1, milliseconds) == 0) continue;
    }
    ssize_t got = ::recv(descriptor_, to + done, size - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<std::string> Socket::receive(Deadline deadline, const std::atomic<bool>* cancel) {
  std::uint64_t size = 0;
  if (!read_exactly(reinterpret_cast<char*>(&size), sizeof size, deadline, cancel) || size > kLargestFrame) return std::nullopt;
  std::string frame(size, '\0');
  if (!read_exactly(frame.data(), size, deadline, cancel)) return std::nullopt;
  return frame;
}

}  // namespace evalctl::lsp
