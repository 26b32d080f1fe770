// `evalctl flake init` and `flake new`: the files of a template, copied into a folder.
#include <fmt/core.h>

#include <filesystem>

#include "base/files.h"
#include "base/process.h"
#include "cli/flake_commands.h"
#include "cli/installables.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;
namespace fs = std::filesystem;

// What a folder without a template gets.
constexpr std::string_view kFirstFlake = R"({
  description = "A very basic flake";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }: {
    packages.x86_64-linux.hello = nixpkgs.legacyPackages.x86_64-linux.hello;
    packages.x86_64-linux.default = self.packages.x86_64-linux.hello;
  };
}
)";

class Copy {
 public:
  explicit Copy(Session& session) : session_(session) {}

  // False on failure (vm.error is set). Files that are there already stay.
  bool folder(const std::string& from, const fs::path& to) {
    std::error_code error;
    fs::create_directories(to, error);
    std::string disk = session_.world.on_disk(from);
    auto names = base::list_folder(disk);
    if (error || !names) return failed(error ? error.message() : names.error().message);
    for (const std::string& name : *names) {
      if (session_.world.is_visible(from + "/" + name) && !entry(from + "/" + name, to / name)) return false;
    }
    return true;
  }

  std::vector<std::string> written;
  std::size_t conflicts = 0;

 private:
  bool failed(const std::string& message) {
    session_.vm.fail_other("{}", message);
    return false;
  }

  bool entry(const std::string& from, const fs::path& to) {
    std::string disk = session_.world.on_disk(from);
    stdlib::FileType type = session_.world.file_type(from);
    if (type == stdlib::FileType::Directory) return folder(from, to);
    bool is_link = type == stdlib::FileType::Symlink;
    auto contents = is_link ? base::read_link(disk) : base::read_file(disk);
    if (!contents) return failed(contents.error().message);
    std::error_code error;
    if (fs::exists(fs::symlink_status(to, error))) {
      auto there = is_link ? base::read_link(to) : base::read_file(to);
      if (there && *there == *contents) return true;
      session_.world.message(fmt::format("refusing to overwrite existing file '{}'\n please merge it manually with '{}'", to.string(), from));
      ++conflicts;
      return true;
    }
    if (is_link) {
      fs::create_symlink(*contents, to, error);
      if (error) return failed(fmt::format("cannot make the link '{}': {}", to.string(), error.message()));
    } else {
      bool runs = (fs::status(disk, error).permissions() & fs::perms::owner_exec) != fs::perms::none;
      if (auto done = base::write_file_atomically(to, *contents, runs ? 0755 : 0644); !done) return failed(done.error().message);
    }
    session_.world.message(fmt::format("wrote: '{}'", to.string()));
    written.push_back(to.string());
    return true;
  }

  Session& session_;
};

bool tell_git(Session& session, const std::string& folder, const std::vector<std::string>& files) {
  if (files.empty() || !fs::exists(folder + "/.git")) return true;
  std::vector<std::string> words = {"git", "-C", folder, "add", "--intent-to-add", "--force", "--"};
  words.insert(words.end(), files.begin(), files.end());
  auto done = base::run_program(words);
  if (done && done->status == 0) return true;
  session.vm.fail_other("{}", done ? done->errors : done.error().message);
  return false;
}

// The template of the command line as a value: a set with `path`.
Value find_template(FlakeCommand& command) {
  InstallableOptions options;
  options.no_files = true;
  options.flakes.lock = command.options.lock;
  options.flakes.lock.write = false;
  options.search = {{"templates.default", "defaultTemplate"}, {"templates."}};
  std::vector<Selected> found;
  if (!Installables(command.session, options).select(command.template_reference, found)) return {};
  return found[0].value;
}

}  // namespace

bool init_flake(FlakeCommand& command, const std::string& folder) {
  Session& session = command.session;
  Vm& vm = session.vm;
  Copy copy(session);
  std::string welcome;
  if (command.template_reference.empty()) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (fs::exists(folder + "/flake.nix", error)) return vm.fail_other("'{}/flake.nix' is there already", folder), false;
    if (auto done = base::write_file_atomically(folder + "/flake.nix", kFirstFlake); !done) return vm.fail(done.error()), false;
    session.world.message(fmt::format("wrote: '{}/flake.nix'", folder));
    copy.written.push_back(folder + "/flake.nix");
  } else {
    Value value = find_template(command);
    AttrsObject* set = value ? vm.force_attrs(value, "a template") : nullptr;
    if (!set) return false;
    Attr path = find(set, vm.symbols.path);
    if (!path) return vm.fail(ErrorKind::MissingAttribute, fmt::format("template '{}' lacks attribute 'path'", command.template_reference)), false;
    std::string from;
    const Context* context = nullptr;
    if (!vm.coerce_to_path(*path.slot, from, context, "the path of a template") || !copy.folder(from, folder)) return false;
    if (Attr text = find(set, intern("welcomeText"))) {
      const StringObject* forced = vm.force_string(*text.slot, "the welcome text of a template");
      if (!forced) return false;
      welcome = forced->view();
    }
  }
  if (!tell_git(session, folder, copy.written)) return false;
  if (!welcome.empty()) session.world.message("\n" + welcome);
  if (copy.conflicts > 0) return vm.fail_other("encountered {} conflicts - see above", copy.conflicts), false;
  return true;
}

}  // namespace evalctl::cli
