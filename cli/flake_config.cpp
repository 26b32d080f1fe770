#include "cli/flake_config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/observations.h"

namespace evalctl::cli {
namespace {

using Json = nlohmann::json;

// What a flake may say without being trusted, and what is settled before a flake is read.
constexpr std::string_view kHarmless[] = {"bash-prompt", "bash-prompt-prefix", "bash-prompt-suffix", "commit-lock-file-summary", "commit-lockfile-summary", "flake-registry"};
constexpr std::string_view kSettled[] = {"store", "system", "eval-system", "pure-eval", "restrict-eval"};

std::string trusted_file() {
  const char* data = std::getenv("XDG_DATA_HOME");
  return (data && *data ? std::string(data) : base::home_folder() + "/.local/share") + "/nix/trusted-settings.json";
}

// { NAME: { VALUE: whether it is trusted } }; an empty set where there is no such file, or no such text in it.
Json read_trusted() {
  auto text = base::read_file(trusted_file());
  Json value = text ? Json::parse(*text, nullptr, false) : Json::object();
  return value.is_object() ? value : Json::object();
}

void remember(const std::string& name, const std::string& value, bool trusted) {
  Json all = read_trusted();
  all[name][value] = trusted;
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(trusted_file()).parent_path(), failed);
  if (auto written = base::write_file_atomically(trusted_file(), all.dump()); !written) fmt::print(stderr, "warning: {}\n", written.error().message);
}

bool answers_yes(const std::string& question) {
  base::saw_what_changes();
  fmt::print(stderr, "{} ", question);
  std::fflush(stderr);
  int first = std::getchar();
  for (int c = first; c != '\n' && c != EOF;) c = std::getchar();
  return first == 'y' || first == 'Y';
}

// A value as it may be shown on a terminal.
std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; }, '?');
  return text;
}

bool is_trusted(Session& session, const std::string& name, const std::string& value) {
  Json all = read_trusted();
  auto of_name = all.find(name);
  if (of_name != all.end() && of_name->is_object()) {
    auto of_value = of_name->find(value);
    if (of_value != of_name->end() && of_value->is_boolean()) return of_value->get<bool>();
  }
  bool asks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && !session.json_errors && !session.sarif_errors;
  if (!asks) return false;
  bool trusted = answers_yes(fmt::format("do you want to allow configuration setting '{}' to be set to '{}' (y/N)?", printable(name), printable(value)));
  if (answers_yes(fmt::format("do you want to permanently mark this value as {} (y/N)?", trusted ? "trusted" : "untrusted"))) remember(name, value, trusted);
  return trusted;
}

}  // namespace

void apply_flake_config(Session& session, const stdlib::FlakeConfig& config) {
  for (const auto& [name, value] : config) {
    std::string_view base = name;
    if (base.starts_with("extra-")) base.remove_prefix(6);
    bool harmless = std::ranges::find(kHarmless, base) != std::end(kHarmless);
    if (!harmless && !session.accept_flake_config && !is_trusted(session, name, value)) {
      session.world.message(fmt::format("warning: ignoring untrusted flake configuration setting '{}'.\nPass '--accept-flake-config' to trust it", printable(name)));
      continue;
    }
    if (std::ranges::find(kSettled, base) != std::end(kSettled)) continue;
    if (auto set = session.set_option(name, value); !set) session.world.message("warning: " + set.error().message);
  }
}

}  // namespace evalctl::cli
