#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/observations.h"
#include "cli/capture.h"
#include "cli/watch.h"
#include "evaluator/dependencies.h"
#include "evaluator/edits.h"
#include "evaluator/program.h"

namespace evalctl::cli {

using namespace evaluator;

// Whoever has more is no user's project.
static constexpr std::size_t kMostFollowed = 1000;

Standing* standing = nullptr;

Standing::Standing(Session& session, bool follows) : session_(session) {
  standing = this;
  if (!follows) return;
  session_.tier = stdlib::TierMode::Interpreter;
  session_.vm.dependencies = new Dependencies;
  session_.vm.dependencies->follows = [this](std::string_view path) { return is_followed(path); };
}

bool Standing::is_followed(std::string_view path) {
  if (followed_.contains(path)) return true;
  std::string folder = base::working_folder() + "/";
  auto named = [&](const stdlib::SearchEntry& entry) { return entry.path == path; };
  bool mine = path.starts_with(folder) || std::ranges::any_of(session_.world.search_path, named);
  if (!mine || session_.world.is_in_store(path) || followed_.size() >= kMostFollowed) return false;
  followed_.emplace(path);
  return true;
}

bool Standing::has_changed(std::string seen) {
  std::map<std::uint32_t, std::string> texts;
  const SourceFiles& files = session_.vm.program().files;
  for (std::uint32_t number = 1; number < files.size(); ++number)
    if (files[number].is_followed && !files[number].is_version) texts[number] = base::read_file(files[number].path).value_or("");
  if (texts_.empty())
    for (const auto& [number, text] : texts) texts_[number] = files[number].text();
  bool edited = texts != texts_, refreshed = false;
  texts_ = std::move(texts);
  return edited || !base::Observations::hold(seen, refreshed, false);
}

// False when evaluation has to begin anew.
bool Standing::take_edits() {
  Vm& vm = session_.vm;
  std::vector<std::uint32_t> codes;
  for (const auto& [number, text] : texts_) {
    const SourceFile& file = vm.program().files[number];
    if (text == vm.program().files[file.last_version ? file.last_version : number].text()) continue;
    // Positions point into it.
    auto leaves = edit_leaves(vm, number, *new std::string(text));
    if (!leaves) return false;
    codes.insert(codes.end(), leaves->begin(), leaves->end());
  }
  vm.dependencies->forget(codes);
  return true;
}

bool Standing::again() {
  if (!session_.vm.dependencies || !evaluate || !take_edits()) return false;
  std::vector<std::string> messages;
  stdlib::World::held_messages = &messages;
  Capture output;
  bool evaluated = session_.run_again(evaluate);
  std::string answer = output.finish();
  stdlib::World::held_messages = nullptr;
  if (!evaluated || session_.vm.dependencies->place_is_unknown) return false;
  for (const std::string& message : messages) session_.world.message(message);
  std::fwrite(answer.data(), 1, answer.size(), stdout);
  return std::fflush(stdout) == 0;
}

}  // namespace evalctl::cli
