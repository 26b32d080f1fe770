#include "cli/realise.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/process.h"

namespace evalctl::cli {

std::string real_program(const std::string& name) {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::filesystem::path program = std::filesystem::path(folder.empty() ? "." : folder) / name;
    if (access(program.c_str(), X_OK) != 0 || std::filesystem::is_directory(program, error)) continue;
    if (!std::filesystem::equivalent(program, self, error)) return program.string();
  }
  return "";
}

void choose_store_for_building(Session& session) {
  if (session.store.empty() && !stdlib::World::has_machine_store() && !real_program("nix-store").empty()) session.store = "local";
  session.world.read_only = session.store.empty() && !stdlib::World::has_machine_store();
}

std::optional<std::vector<std::string>> realise(Session& session, const std::vector<std::string>& wanted, const std::vector<std::string>& options) {
  auto failed = [&](const std::string& message) {
    session.vm.fail_other("{}", message);
    return std::nullopt;
  };
  std::string program = real_program("nix-store");
  if (program.empty()) return failed("building needs Nix, of which there is no 'nix-store' in PATH; evaluation alone does not ('evalctl eval', 'evalctl instantiate')");
  if (session.world.read_only) return failed("building needs a Nix store that can be written to");
  if (auto flushed = session.world.store->flush(); !flushed) return failed(flushed.error().message);
  std::vector<std::string> words = {program, "--realise"};
  if (!session.store.empty() && session.store != "local") words.insert(words.end(), {"--store", session.store});
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), wanted.begin(), wanted.end());
  auto done = base::run_attached_for_output(words);
  if (!done) return failed(done.error().message);
  if (done->status != 0) return failed(fmt::format("the build failed: '{}' returned {}", program, done->status));
  std::vector<std::string> lines;
  std::istringstream output(done->output);
  for (std::string line; std::getline(output, line);) lines.push_back(line);
  return lines;
}

}  // namespace evalctl::cli
