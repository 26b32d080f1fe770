// `evalctl flake lock|update|metadata|show|check|init|new`.
#include <fmt/core.h>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/flake_commands.h"
#include "cli/progress.h"
#include "cli/realise.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

bool lock_only(FlakeCommand& command) {
  command.session.world.refresh_seconds = 0;
  command.options.lock.write = true;
  command.options.lock.fail_on_unlocked = true;
  stdlib::LockedFlake locked;
  return lock_flake(command, locked);
}

// The words are inputs; without any, all are updated.
bool update(FlakeCommand& command) {
  Vm& vm = command.session.vm;
  for (const std::string& word : command.words) {
    auto path = stdlib::parse_input_path(word);
    if (!path || path->empty()) {
      vm.fail_other("'{}' is no input of a flake; another flake than that of this folder is named by --flake", word);
      return false;
    }
    command.options.lock.updates.insert(*path);
  }
  command.options.lock.recreate = command.options.lock.updates.empty();
  command.options.lock.write = true;
  command.session.world.refresh_seconds = 0;
  stdlib::LockedFlake locked;
  return lock_flake(command, locked);
}

bool init_here(FlakeCommand& command) { return init_flake(command, base::working_folder()); }

bool init_new(FlakeCommand& command) {
  if (command.words.size() != 1) {
    command.session.vm.fail_other("'flake new' takes the folder that is to be made");
    return false;
  }
  return init_flake(command, command.words[0].starts_with('/') ? command.words[0] : base::working_folder() + "/" + command.words[0]);
}

struct Subcommand {
  std::string_view name;
  bool (*run)(FlakeCommand& command);
  // The first word is the flake.
  bool takes_flake;
  std::string_view summary;
};

constexpr Subcommand kSubcommands[] = {
    {"lock", lock_only, true, "write the entries that the lock file lacks"},
    {"update", update, false, "lock inputs anew: those that are named, or all"},
    {"metadata", show_flake_metadata, true, "show where a flake and its inputs come from"},
    {"show", show_flake_outputs, true, "show the outputs of a flake"},
    {"check", check_flake, true, "check that the outputs of a flake are what they should be, and build its checks"},
    {"init", init_here, false, "make a flake of a template in this folder"},
    {"new", init_new, false, "make a flake of a template in a new folder"},
};

void print_usage(std::FILE* file) {
  fmt::print(file, "usage: evalctl flake COMMAND [OPTION...] [FLAKE]\n\n");
  for (const Subcommand& subcommand : kSubcommands) fmt::print(file, "  {:<10} {}\n", subcommand.name, subcommand.summary);
}

int run_subcommand(const Subcommand& subcommand, Words words, bool nix_errors) {
  set_command((nix_errors ? "nix flake " : "flake ") + std::string(subcommand.name), subcommand.takes_flake ? "[FLAKE]" : "[NAME...]", subcommand.summary);
  // Never freed: the process ends with it.
  Session& session = *new Session;
  session.nix_errors = nix_errors;
  FlakeCommand& command = *new FlakeCommand{.session = session, .options = {}, .words = {}, .template_reference = {}};
  std::vector<Option> table = {
      text("--flake", command.reference),
      text("-t|--template", command.template_reference),
      flag("--json", command.json),
      flag("--all-systems", command.all_systems),
      flag("--legacy", command.legacy),
      flag("--no-build", command.build, false),
      flag("-k|--keep-going", command.keep_going),
  };
  command.options.add_to(table, session);
  session.add_common_options(table);
  if (!parse_options(words, table, command.words) || !command.options.prepare()) return 2;
  if (subcommand.takes_flake && !command.words.empty()) {
    command.reference = command.words[0];
    if (command.words.size() > 1) {
      fmt::print(stderr, "error: 'flake {}' takes one flake\n", subcommand.name);
      return 2;
    }
  }
  if (!command.options.impure) session.world.pure = true;
  session.world.read_only = session.store.empty() && !stdlib::World::has_machine_store();
  if (subcommand.run == check_flake && command.build) choose_store_for_building(session);
  return session.run([&] { return subcommand.run(command) ? 0 : 1; });
}

}  // namespace

bool lock_flake(FlakeCommand& command, stdlib::LockedFlake& locked) {
  Vm& vm = command.session.vm;
  auto reference = stdlib::parse_reference(command.reference, {.base_folder = base::working_folder()});
  if (!reference) return vm.fail(reference.error()), false;
  Progress progress(command.session);
  auto result = stdlib::lock_flake(vm, *reference, command.options.lock);
  if (!result && !vm.error) vm.fail(result.error());
  if (result) locked = std::move(*result);
  return result.has_value();
}

Value flake_outputs(Session& session, const stdlib::LockedFlake& locked) {
  Vm& vm = session.vm;
  NIX_TRY(flake, stdlib::call_flake(vm, locked));
  AttrsObject* set = vm.force_attrs(flake, "a flake");
  Attr outputs = set ? find(set, vm.symbols.outputs) : Attr{};
  if (!outputs) return {};
  AttrsObject* result = vm.force_attrs(*outputs.slot, "the outputs of a flake");
  if (!result) return {};
  vm.kept.push_back(*outputs.slot);
  return vm.force(*outputs.slot);
}

namespace {

int run_named(Words words, bool nix_errors) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") {
    print_usage(words.empty() ? stderr : stdout);
    return words.empty() ? 2 : 0;
  }
  std::string_view name = words[0] == "info" ? "metadata" : std::string_view(words[0]);
  for (const Subcommand& subcommand : kSubcommands) {
    if (subcommand.name == name) return run_subcommand(subcommand, words.subspan(1), nix_errors);
  }
  fmt::print(stderr, "error: 'flake {}' is no command\n", words[0]);
  print_usage(stderr);
  return 2;
}

}  // namespace

int run_flake(Words words) { return run_named(words, false); }
int run_nix_flake(Words words) { return run_named(words, true); }

}  // namespace evalctl::cli
