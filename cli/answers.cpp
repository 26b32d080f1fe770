#include "cli/answers.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <optional>

#include "base/diagnostic.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/observations.h"
#include "cli/capture.h"
#include "cli/flake_options.h"
#include "store/cache.h"

namespace evalctl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "evalctl answer 2\n";
constexpr std::size_t kChecked = 16;  // bytes of cache_hash
// A shorter run is not worth a file.
constexpr auto kMinimumTime = std::chrono::milliseconds(50);
constexpr std::size_t kMaximumAnswers = 256;
// What commands ask of the environment without evaluating anything. (What builtins.getEnv reads is observed.)
constexpr const char* kVariables[] = {"HOME",       "NIX_CONF_DIR",      "NIX_CONFIG",     "NIX_DAEMON_SOCKET_PATH", "NIX_PATH",       "NIX_REMOTE",
                                      "NIX_STORE_DIR", "NIX_STATE_DIR",     "NIX_USER_CONF_FILES", "NIX_ABORT_ON_WARN", "XDG_CACHE_HOME", "XDG_CONFIG_DIRS",
                                      "XDG_CONFIG_HOME", "XDG_DATA_HOME",   "_NIX_FORCE_HTTP"};

struct Answer {
  std::string messages, output, observations;
};

enum class Use { Never, WorthIt, Always };

Use wanted_use(Words words) {
  Use use = Use::WorthIt;
  for (std::size_t i = 0; i < words.size(); ++i) {
    constexpr std::string_view kWithout[] = {"--no-eval-cache", "--show-stats", "--profile", "--help", "-h"};
    if (std::ranges::find(kWithout, words[i]) != std::end(kWithout)) return Use::Never;
    if (words[i] != "--option" || i + 2 >= words.size() || words[i + 1] != "eval-cache") continue;
    use = words[i + 2] == "always" ? Use::Always : words[i + 2] == "false" ? Use::Never : Use::WorthIt;
  }
  const char* statistics = std::getenv("NIX_SHOW_STATS");
  return statistics && std::string_view(statistics) != "0" ? Use::Never : use;
}

// How messages look, whose machine this is taken to be, and who may read files.
std::string circumstances() {
  base::RenderOptions shown = base::render_options_for(STDERR_FILENO);
  utsname machine{};
  uname(&machine);
  return fmt::format("{} {} {} {} {} {} {}", isatty(STDERR_FILENO), shown.color, shown.unicode, shown.hyperlinks, shown.width, machine.machine, geteuid());
}

std::string path_of(std::string_view command, Words words) {
  std::string text(command);
  auto add = [&](std::string_view part) { text.append(1, '\0').append(part); };
  for (const std::string& word : words) add(word);
  add("");
  add(base::working_folder());
  for (const char* name : kVariables) {
    const char* value = std::getenv(name);
    add(value ? fmt::format("{}={}", name, value) : name);
  }
  add(circumstances());
  // The same program: another one may answer otherwise.
  struct stat program;
  if (stat("/proc/self/exe", &program) != 0) return "";
  base::Stamp stamp = base::stamp_of(program);
  add(fmt::format("{} {} {} {}", stamp.device, stamp.inode, stamp.size, stamp.modified));
  return store::cache_folder() + "/answers/" + base::to_base32(base::cache_hash(text));
}

void append_field(std::string& out, std::string_view field) { out.append(fmt::format("{}:", field.size())).append(field); }

bool take_field(std::string_view& text, std::string& field) {
  std::size_t size = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  if (size > text.size()) return false;
  field = text.substr(0, size);
  text.remove_prefix(size);
  return true;
}

void write_answer(const std::string& path, const Answer& answer) try {
  std::string body;
  for (const std::string* field : {&answer.messages, &answer.output, &answer.observations}) append_field(body, *field);
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  // Without room on the disk, or in memory, there is no cache, which is no error.
  (void)base::write_cache_file(path, std::string(kFormat) + base::cache_hash(body) + body);
} catch (const std::bad_alloc&) {}

// Not what another user has put there, or could have.
bool is_own(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 022) == 0;
}

std::optional<Answer> read_answer(const std::string& path) {
  if (!is_own(path)) return std::nullopt;
  auto text = base::read_file(path);
  if (!text || !text->starts_with(kFormat) || text->size() < kFormat.size() + kChecked) return std::nullopt;
  std::string_view digest = std::string_view(*text).substr(kFormat.size(), kChecked);
  std::string_view body = std::string_view(*text).substr(kFormat.size() + kChecked);
  if (base::cache_hash(body) != digest) return std::nullopt;
  Answer answer;
  if (!take_field(body, answer.messages) || !take_field(body, answer.output) || !take_field(body, answer.observations)) return std::nullopt;
  return answer;
}

void print(const std::string& text, std::FILE* file) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

bool replay(const std::string& path) {
  auto answer = read_answer(path);
  bool refreshed = false;
  if (!answer || !base::Observations::hold(answer->observations, refreshed)) return false;
  if (refreshed) write_answer(path, *answer);
  else utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  print(answer->messages, stderr);
  print(answer->output, stdout);
  return true;
}

}  // namespace

std::string answer_file(std::string_view command, Words words) {
  return wanted_use(words) == Use::Never ? "" : path_of(command, words);
}

bool replay_answer(std::string_view command, Words words) {
  std::string path = answer_file(command, words);
  return !path.empty() && replay(path);
}

int run_remembered(std::string_view command, Words words, int (*run)(Words), bool* repeats) {
  Use use = wanted_use(words);
  std::string path = answer_file(command, words);
  if (path.empty()) return run(words);
  if (replay(path)) return 0;
  auto begin = std::chrono::steady_clock::now();
  base::Observations observations;
  base::observations = &observations;
  Capture capture;
  int status = run(words);
  std::string output = capture.finish();
  base::observations = nullptr;
  if (repeats) *repeats = !observations.is_forgotten();
  print(output, stdout);
  bool worth = use == Use::Always || std::chrono::steady_clock::now() - begin >= kMinimumTime;
  if (status != 0 || !worth || !capture.works()) return status;
  auto earlier = read_answer(path);
  auto observed = observations.to_text(earlier ? earlier->observations : "");
  if (!observed) return status;
  write_answer(path, {observations.messages(), output, *observed});
  base::forget_oldest(fs::path(path).parent_path(), "", kMaximumAnswers);
  return status;
}

}  // namespace evalctl::cli
