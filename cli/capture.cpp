#include "cli/capture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace evalctl::cli {

Capture::Capture() : kept_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)), memory_(memfd_create("output", MFD_CLOEXEC)) {
  if (works()) dup2(memory_, STDOUT_FILENO);
}

std::string Capture::finish() {
  std::fflush(stdout);
  if (!works()) return "";
  dup2(kept_, STDOUT_FILENO);
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, lseek(memory_, 0, SEEK_END))), '\0');
  for (std::size_t done = 0; done < text.size();) {
    ssize_t got = pread(memory_, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  close(kept_);
  close(memory_);
  return text;
}

}  // namespace evalctl::cli
