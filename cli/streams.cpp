#include "cli/streams.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace evalctl::cli {
namespace {

// Why standard output did not take something; 0 if it did.
int output_error = 0;

// 0, or why not all was written.
int write_all(int stream, const char* text, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    ssize_t written = write(stream, text + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    done += static_cast<std::size_t>(written);
  }
  return 0;
}

ssize_t write_output(void*, const char* text, std::size_t size) {
  if (!output_error) output_error = write_all(STDOUT_FILENO, text, size);
  return static_cast<ssize_t>(size);
}

ssize_t write_message(void*, const char* text, std::size_t size) {
  (void)write_all(STDERR_FILENO, text, size);
  return static_cast<ssize_t>(size);
}

void replace(std::FILE*& stream, cookie_write_function_t* write, int buffering) {
  std::FILE* replacement = fopencookie(nullptr, "w", {.read = nullptr, .write = write, .seek = nullptr, .close = nullptr});
  if (!replacement) return;
  setvbuf(replacement, nullptr, buffering, BUFSIZ);
  stream = replacement;
}

}  // namespace

void prepare_streams() {
  // Open for the other direction. Numbers are given out from the lowest on.
  constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", kModes[stream]) != stream) return;
  }
  replace(stdout, write_output, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
  replace(stderr, write_message, _IONBF);
}

bool output_failed() {
  std::fflush(stdout);
  return output_error != 0;
}

void output_was_replaced() { output_error = 0; }

int flush_output(int status) {
  if (!output_failed()) return status;
  fmt::print(stderr, "error: cannot write to standard output: {}\n", std::strerror(output_error));
  return std::max(status, 1);
}

}  // namespace evalctl::cli
