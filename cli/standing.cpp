#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/observations.h"
#include "cli/capture.h"
#include "cli/streams.h"
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

bool Standing::was_edited() {
  std::map<std::string, std::string> texts;
  for (const SourceFile& file : session_.vm.program().files) {
    if (!file.is_followed || file.is_version) continue;
    texts[file.path] = base::read_file(file.path).value_or("");
    if (!looked_) texts_[file.path] = file.text();
  }
  looked_ = true;
  return texts != std::exchange(texts_, texts);
}

bool Standing::takes_edits() {
  return session_.vm.dependencies && evaluate && take_edits(session_.vm, [&](const std::string& path) { return texts_.at(path); });
}

bool Standing::holds() {
  bool refreshed = false;
  return seen && base::Observations::hold(*seen, refreshed, false);
}

bool Standing::again() {
  // Those of what is evaluated again are among those that are told below.
  std::vector<std::string> held, messages;
  base::Observations observations;
  base::observations = &observations;
  Capture output;
  bool evaluated = session_.run_again([&] {
    stdlib::World::held_messages = &held;
    Dependencies::Frame frame = session_.vm.dependencies->begin();
    bool done = evaluate();
    messages = session_.vm.dependencies->end_with_messages(frame);
    return done;
  });
  std::string answer = output.finish();
  base::observations = nullptr;
  if (!evaluated || session_.vm.dependencies->is_uncertain) return false;
  // Edited leaves may read what nothing has read before.
  auto more = observations.to_text();
  if (!more) seen.reset();
  if (seen) *seen += *more;
  folders.merge(observations.folders());
  session_.forget_warnings();
  for (const std::string& message : messages) session_.world.message(message);
  std::fwrite(answer.data(), 1, answer.size(), stdout);
  return !output_failed();
}

// Most collections look at what is new alone, and leave what an edit has made garbage of.
void Standing::rest() {
  constexpr std::uint64_t kRest = 64 << 20;
  Heap& heap = session_.vm.heap;
  if (heap.allocated_bytes() < allocated_ + kRest) return;
  allocated_ = heap.allocated_bytes();
  session_.run_again([&] { return heap.collect_all(), true; });
}

}  // namespace evalctl::cli
