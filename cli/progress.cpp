#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace evalctl::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kFirst = std::chrono::milliseconds(500), kStep = std::chrono::milliseconds(100);

bool is_wanted() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) && terminal && std::string_view(terminal) != "dumb";
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// At most `width` bytes, cut in the middle and never inside of a character.
std::string shortened(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  std::size_t left = width / 2, right = text.size() - (width - left - 3);
  while (left > 0 && (text[left] & 0xc0) == 0x80) --left;
  while (right < text.size() && (text[right] & 0xc0) == 0x80) ++right;
  return text.substr(0, left) + "..." + text.substr(right);
}

const Clock::time_point kStarted = Clock::now();

}  // namespace

Progress::Progress(Session& session) : session_(session), activity_("evaluating") {
  if (!is_wanted()) return;
  session.world.on_activity = [this](const std::string& text) {
    std::lock_guard lock(mutex_);
    activity_ = text;
  };
  session.world.before_message = [this] {
    std::lock_guard lock(mutex_);
    clear();
  };
  thread_ = std::thread([this] { run(); });
}

Progress::~Progress() { stop(); }

void Progress::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    done_ = true;
    wake_.notify_all();
  }
  thread_.join();
  clear();
  session_.world.on_activity = {};
  session_.world.before_message = {};
}

void Progress::run() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kFirst, [this] { return done_; });
  while (!done_) {
    draw();
    wake_.wait_for(lock, kStep, [this] { return done_; });
  }
}

void Progress::draw() {
  double seconds = std::chrono::duration<double>(Clock::now() - kStarted).count();
  std::uint32_t files = session_.world.files_read, derivations = session_.world.derivations_made;
  std::string counts = fmt::format("  {} files, {} derivations, {:.1f} s", files, derivations, seconds);
  std::size_t width = terminal_width() - 1;
  std::string line = shortened(activity_, width > counts.size() + 10 ? width - counts.size() : 10) + counts;
  std::string text = "\r\x1b[K" + shortened(line, width);
  (void)!write(STDERR_FILENO, text.data(), text.size());
  shown_ = true;
}

void Progress::clear() {
  if (!std::exchange(shown_, false)) return;
  (void)!write(STDERR_FILENO, "\r\x1b[K", 4);
}

}  // namespace evalctl::cli
