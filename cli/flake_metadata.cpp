// `evalctl flake metadata`: where a flake and its inputs come from.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "cli/flake_commands.h"
#include "store/git.h"
#include "store/nar.h"

namespace evalctl::cli {
namespace {

using nlohmann::json;
using stdlib::Input;
using stdlib::LockNode;

std::string bold(const std::string& text) { return isatty(STDOUT_FILENO) ? "\x1b[1m" + text + "\x1b[0m" : text; }

std::string local_time(std::uint64_t seconds) {
  auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  localtime_r(&time, &parts);
  char buffer[64];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M:%S", &parts);
  return buffer;
}

json parsed(const stdlib::FlakeReference& reference) {
  return json::parse(base::as_utf8(stdlib::attributes_to_json(reference.to_attributes())));
}

// What the changes of a working tree hash to; none where it has submodules.
std::optional<std::string> changes_of(const std::string& folder, std::string& revision) {
  auto repository = store::GitRepository::open(folder);
  if (!repository) return std::nullopt;
  auto worktree = repository->worktree();
  if (!worktree || !worktree->submodules.empty()) return std::nullopt;
  revision = worktree->head.value_or(std::string(40, '0'));
  // By their parts: a folder stands before its neighbours whose names go on with a smaller character than '/'.
  auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  auto less = [&](const std::string& a, const std::string& b) { return std::ranges::lexicographical_compare(a, b, {}, rank, rank); };
  std::ranges::sort(worktree->changed, less);
  std::ranges::sort(worktree->deleted, less);
  base::HashSink sink(base::HashAlgorithm::Sha512);
  auto write = [&](std::string_view text) {
    std::uint64_t size = text.size();
    sink.write({reinterpret_cast<const char*>(&size), sizeof size});
    sink.write(text);
    sink.write(std::string_view("\0\0\0\0\0\0\0", -size % 8));
  };
  for (const std::string& file : worktree->changed) {
    write("modified:");
    write("/" + file);
    if (!store::dump_nar(folder + "/" + file, [&](std::string_view bytes) { sink.write(bytes); })) return std::nullopt;
  }
  for (const std::string& file : worktree->deleted) {
    write("deleted:");
    write("/" + file);
  }
  return sink.finish().base16();
}

// What tells the contents of a tree; none where nothing does.
std::optional<std::string> contents_of(const Input& input) {
  auto hash = input.nar_hash(), revision = input.text("rev");
  std::string type = input.type();
  if (type == "path") return hash ? std::optional("path:" + *hash) : std::nullopt;
  if ((type == "tarball" || type == "file") && hash) return hash;
  std::string traits = std::string(input.flag("submodules") ? ";s" : "") + (input.flag("exportIgnore") ? ";e" : "") + (input.flag("lfs") ? ";l" : "");
  if (revision) return *revision + traits;
  auto folder = type == "git" ? input.source_path() : std::nullopt;
  std::string head;
  auto changes = folder ? changes_of(*folder, head) : std::nullopt;
  return changes ? std::optional(head + traits + ";d=" + *changes) : std::nullopt;
}

// By which Nix knows a flake whose inputs are locked, as its cache of evaluations does.
std::optional<std::string> fingerprint(const stdlib::LockedFlake& locked) {
  const Input& input = locked.flake.locked.input;
  auto contents = locked.lock_file.unlocked_input(true) ? std::nullopt : contents_of(input);
  if (!contents) return std::nullopt;
  std::string text = fmt::format("{};{};{}", *contents, locked.flake.locked.folder, locked.lock_file.to_string());
  if (auto count = input.number("revCount")) text += fmt::format(";revCount={}", *count);
  if (auto time = input.number("lastModified")) text += fmt::format(";lastModified={}", *time);
  return base::hash_bytes(base::HashAlgorithm::Sha256, text).base16();
}

std::string store_path(Session& session, const stdlib::Flake& flake) {
  return session.world.is_in_store(flake.folder) ? session.world.store_object(flake.folder) : flake.folder;
}

void print_json(Session& session, const stdlib::LockedFlake& locked) {
  const stdlib::Flake& flake = locked.flake;
  const Input& input = flake.locked.input;
  json out;
  if (flake.description) out["description"] = *flake.description;
  out["originalUrl"] = flake.original.to_string();
  out["original"] = parsed(flake.original);
  out["resolvedUrl"] = flake.resolved.to_string();
  out["resolved"] = parsed(flake.resolved);
  out["url"] = flake.locked.to_string();
  out["locked"] = parsed(flake.locked);
  // All that fetching tells is there.
  out["locked"]["__final"] = true;
  if (auto revision = input.text("rev")) out["revision"] = *revision;
  if (auto revision = input.text("dirtyRev")) out["dirtyRevision"] = *revision;
  if (auto count = input.number("revCount")) out["revCount"] = *count;
  if (auto time = input.number("lastModified")) out["lastModified"] = *time;
  out["path"] = store_path(session, flake);
  out["locks"] = json::parse(locked.lock_file.to_string());
  if (auto known = fingerprint(locked)) out["fingerprint"] = *known;
  fmt::print("{}\n", out.dump(isatty(STDOUT_FILENO) ? 2 : -1, ' ', false, json::error_handler_t::replace));
}

class InputPrinter {
 public:
  void print(const LockNode& node, const std::string& prefix) {
    std::size_t left = node.inputs.size();
    for (const auto& [name, edge] : node.inputs) {
      bool last = --left == 0;
      std::string line = prefix + (last ? "└───" : "├───") + bold(name);
      if (auto* follows = std::get_if<stdlib::InputPath>(&edge)) {
        fmt::print("{} follows input '{}'\n", line, stdlib::to_string(*follows));
        continue;
      }
      const LockNode& child = *std::get<std::shared_ptr<LockNode>>(edge);
      const stdlib::FlakeReference& locked = child.lock->locked;
      auto time = locked.input.number("lastModified");
      fmt::print("{}: {}{}\n", line, locked.to_string(), time ? fmt::format(" ({})", stdlib::format_time(*time, "%Y-%m-%d %H:%M:%S")) : "");
      if (visited_.insert(&child).second) print(child, prefix + (last ? "    " : "│   "));
    }
  }

 private:
  std::set<const LockNode*> visited_;
};

void print_text(Session& session, const stdlib::LockedFlake& locked) {
  const stdlib::Flake& flake = locked.flake;
  const Input& input = flake.locked.input;
  auto line = [](const char* title, const std::string& text) { fmt::print("{}{:{}}{}\n", bold(title), "", 15 - std::string_view(title).size(), text); };
  line("Resolved URL:", flake.resolved.to_string());
  if (input.is_locked()) line("Locked URL:", flake.locked.to_string());
  if (flake.description) line("Description:", *flake.description);
  line("Path:", store_path(session, flake));
  if (auto revision = input.text("rev")) line("Revision:", *revision);
  if (auto revision = input.text("dirtyRev")) line("Revision:", *revision);
  if (auto count = input.number("revCount")) line("Revisions:", fmt::format("{}", *count));
  if (auto time = input.number("lastModified")) line("Last modified:", local_time(*time));
  if (auto known = fingerprint(locked)) line("Fingerprint:", *known);
  if (locked.lock_file.root->inputs.empty()) return;
  fmt::print("{}\n", bold("Inputs:"));
  InputPrinter().print(*locked.lock_file.root, "");
}

}  // namespace

bool show_flake_metadata(FlakeCommand& command) {
  command.options.lock.apply_config = {};
  stdlib::LockedFlake locked;
  if (!lock_flake(command, locked)) return false;
  Input& input = locked.flake.locked.input;
  if (input.count_revisions && !input.has("revCount")) {
    auto count = input.count_revisions();
    if (!count) return command.session.vm.fail(count.error()), false;
    input.attributes["revCount"] = *count;
  }
  command.json ? print_json(command.session, locked) : print_text(command.session, locked);
  return true;
}

}  // namespace evalctl::cli
