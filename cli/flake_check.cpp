// `evalctl flake check`: every output is what its name promises, and the checks build.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/configurations.h"
#include "cli/flake_commands.h"
#include "cli/progress.h"
#include "stdlib/diagnose.h"
#include "cli/realise.h"
#include "evaluator/name_order.h"
#include "evaluator/program.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

class Check {
 public:
  explicit Check(FlakeCommand& command) : command_(command), vm_(command.session.vm), world_(command.session.world) {}

  bool run(Value outputs) {
    // Hydra evaluates its jobs without building anything on the way.
    AttrsObject* set = as_attrs(outputs);
    bool allowed = world_.allow_import_from_derivation;
    if (Attr jobs = find(set, intern("hydraJobs"))) {
      world_.allow_import_from_derivation = false;
      if (!output(jobs)) return false;
      world_.allow_import_from_derivation = allowed;
    }
    return visit_in_order(vm_, set, [&](const Attr& attribute) { return text_of(attribute.name) == "hydraJobs" || output(attribute); });
  }

  std::set<std::string> omitted_systems;
  // The derivations of checks for this system.
  std::vector<std::string> to_build;
  std::size_t failures = 0;
  std::size_t checked = 0;

 private:
  using Checker = bool (Check::*)(const std::string& path, const Attr& attribute);

  // How an output is laid out: itself one thing, a set of things, by system, or by system and name.
  enum class Shape { One, Named, System, SystemNamed, Unchecked };
  struct OutputKind {
    std::string_view name;
    Shape shape;
    Checker check;
    std::string_view replacement = "";
  };

  static const OutputKind* kind_of(std::string_view name) {
    static constexpr OutputKind kKinds[] = {
        {"checks", Shape::SystemNamed, &Check::check_to_build},
        {"packages", Shape::SystemNamed, &Check::derivation},
        {"devShells", Shape::SystemNamed, &Check::derivation},
        {"formatter", Shape::System, &Check::derivation},
        {"apps", Shape::SystemNamed, &Check::app},
        {"bundlers", Shape::SystemNamed, &Check::bundler},
        {"overlays", Shape::Named, &Check::overlay},
        {"nixosModules", Shape::Named, &Check::anything},
        {"nixosConfigurations", Shape::Named, &Check::configuration},
        {"templates", Shape::Named, &Check::one_template},
        {"hydraJobs", Shape::One, &Check::jobs},
        {"legacyPackages", Shape::System, &Check::nothing},
        {"defaultPackage", Shape::System, &Check::derivation, "packages.<system>.default"},
        {"devShell", Shape::System, &Check::derivation, "devShells.<system>.default"},
        {"defaultApp", Shape::System, &Check::app, "apps.<system>.default"},
        {"defaultBundler", Shape::System, &Check::bundler, "bundlers.<system>.default"},
        {"defaultTemplate", Shape::One, &Check::one_template, "templates.default"},
        {"overlay", Shape::One, &Check::overlay, "overlays.default"},
        {"nixosModule", Shape::One, &Check::anything, "nixosModules.default"},
    };
    for (const OutputKind& kind : kKinds) {
      if (kind.name == name) return &kind;
    }
    return nullptr;
  }

  static bool is_known_elsewhere(std::string_view name) {
    constexpr std::string_view kNames[] = {"lib",         "darwinConfigurations", "darwinModules", "flakeModule", "flakeModules",
                                           "herculesCI",  "homeConfigurations",   "homeModule",    "homeModules", "nixopsConfigurations"};
    return std::ranges::find(kNames, name) != std::end(kNames);
  }

  // With --keep-going an error is shown and the next thing is checked.
  bool failed(const std::string& while_doing) {
    vm_.add_frame(while_doing);
    if (!command_.keep_going) return false;
    ++failures;
    std::fflush(stdout);
    if (world_.before_message) world_.before_message();
    fmt::print(stderr, "{}", render_error(vm_, stdlib::diagnose(vm_), command_.session.show_trace));
    vm_.error.reset();
    return true;
  }

  bool output(const Attr& attribute) {
    std::string name(text_of(attribute.name));
    world_.activity(fmt::format("checking flake output '{}'", name));
    std::string doing = fmt::format("while checking flake output '{}'", name);
    Value value = vm_.force(*attribute.slot);
    if (!value) return failed(doing);
    const OutputKind* kind = kind_of(name);
    if (!kind) {
      if (!is_known_elsewhere(name)) world_.message(fmt::format("warning: unknown flake output '{}'", name));
      return true;
    }
    if (!kind->replacement.empty()) {
      world_.message(fmt::format("warning: flake output attribute '{}' is deprecated; use '{}' instead", name, kind->replacement));
    }
    return contents(*kind, name, attribute) || failed(doing);
  }

  bool contents(const OutputKind& kind, const std::string& name, const Attr& attribute) {
    if (kind.shape == Shape::One) return one(kind, name, attribute);
    AttrsObject* set = vm_.force_attrs(*attribute.slot, fmt::format("the flake output '{}'", name));
    if (!set) return false;
    return visit_in_order(vm_, set, [&](const Attr& member) { return part(kind, fmt::format("{}.{}", name, text_of(member.name)), member); });
  }

  // What an output has by name or by system.
  bool part(const OutputKind& kind, const std::string& path, const Attr& member) {
    bool by_system = kind.shape == Shape::System || kind.shape == Shape::SystemNamed;
    if (by_system && !check_system(text_of(member.name), member.position())) return false;
    if (by_system && !is_wanted(text_of(member.name))) return true;
    if (kind.shape != Shape::SystemNamed) return one(kind, path, member);
    AttrsObject* inner = vm_.force_attrs(*member.slot, fmt::format("the flake output '{}'", path));
    if (!inner) return failed(fmt::format("while checking '{}'", path));
    return visit_in_order(vm_, inner, [&](const Attr& thing) { return one(kind, fmt::format("{}.{}", path, text_of(thing.name)), thing); });
  }

  bool one(const OutputKind& kind, const std::string& path, const Attr& attribute) {
    ++checked;
    return (this->*kind.check)(path, attribute) || failed(fmt::format("while checking '{}'", path));
  }

  bool check_system(std::string_view system, Position position) {
    if (system.contains('-')) return true;
    vm_.fail(ErrorKind::Other, fmt::format("'{}' is not a valid system type", system), position);
    return failed("while checking the systems of an output");
  }

  bool is_wanted(std::string_view system) {
    if (command_.all_systems || system == world_.system) return true;
    omitted_systems.emplace(system);
    return false;
  }

  // ---- What things have to be. All return false with vm.error set.

  bool nothing(const std::string&, const Attr&) { return true; }
  bool anything(const std::string&, const Attr& attribute) { return bool(vm_.force(*attribute.slot)); }

  bool drv_path(const std::string& path, const Attr& attribute, std::string& out) {
    Value value = vm_.force(*attribute.slot);
    if (!value) return false;
    bool is = is_derivation(vm_, value);
    if (vm_.error) return false;
    if (!is) return vm_.fail(ErrorKind::Type, fmt::format("flake attribute '{}' is not a derivation", path), attribute.position()), false;
    Attr found = find(as_attrs(value), vm_.symbols.drv_path);
    if (!found) return vm_.fail(ErrorKind::MissingAttribute, fmt::format("'{}.drvPath' does not exist", path), attribute.position()), false;
    const Context* context = nullptr;
    return vm_.coerce_to_path(*found.slot, out, context, "the 'drvPath' attribute of a derivation");
  }

  bool derivation(const std::string& path, const Attr& attribute) {
    std::string ignored;
    return drv_path(path, attribute, ignored);
  }

  bool check_to_build(const std::string& path, const Attr& attribute) {
    std::string drv;
    if (!drv_path(path, attribute, drv)) return false;
    if (path.starts_with(fmt::format("checks.{}.", world_.system))) to_build.push_back(drv);
    return true;
  }

  // Forces attribute `name` to a string. False when it is missing or something else.
  bool has_string(AttrsObject* set, std::string_view what, const std::string& path, std::string_view name) {
    Attr found = find(set, intern(name));
    if (!found) return vm_.fail(ErrorKind::MissingAttribute, fmt::format("{} '{}' lacks attribute '{}'", what, path, name)), false;
    return vm_.force_string(*found.slot, fmt::format("the attribute '{}'", name)) != nullptr;
  }

  bool has_only(AttrsObject* set, std::string_view what, const std::string& path, std::initializer_list<std::string_view> names) {
    for (const Attr& attribute : attributes_by_text(set)) {
      if (std::ranges::find(names, text_of(attribute.name)) != names.end()) continue;
      vm_.fail(ErrorKind::Other, fmt::format("{} '{}' has unsupported attribute '{}'", what, path, text_of(attribute.name)), attribute.position());
      return false;
    }
    return true;
  }

  bool app(const std::string& path, const Attr& attribute) {
    AttrsObject* set = vm_.force_attrs(*attribute.slot, "an app");
    if (!set || !has_string(set, "app", path, "type") || !has_string(set, "app", path, "program")) return false;
    Attr meta = find(set, vm_.symbols.meta);
    AttrsObject* about = meta ? vm_.force_attrs(*meta.slot, "the attribute 'meta' of an app") : nullptr;
    if (meta && !about) return false;
    if (!meta) {
      world_.message(fmt::format("warning: app '{}' lacks attribute 'meta'", path));
    } else if (Attr description = find(about, intern("description")); !description) {
      world_.message(fmt::format("warning: app '{}' lacks attribute 'meta.description'", path));
    } else if (!vm_.force_string(*description.slot)) {
      return false;
    }
    return has_only(set, "app", path, {"type", "program", "meta"});
  }

  bool overlay(const std::string&, const Attr& attribute) {
    Value value = vm_.force(*attribute.slot);
    if (!value) return false;
    if (!value.is(Kind::Closure)) return vm_.fail_type("overlay is not a function, but {} instead", Vm::describe_type(value)), false;
    std::string_view name = code_of(value.object()).has_pattern ? "" : text_of(parameter_of(vm_, value).name);
    if (name == "final" || name == "_" || name == "_final") return true;
    return vm_.fail(ErrorKind::Type, "overlay does not take an argument named 'final'", attribute.position()), false;
  }

  bool bundler(const std::string&, const Attr& attribute) {
    Value value = vm_.force(*attribute.slot);
    if (value && !value.is(Kind::Closure)) vm_.fail(ErrorKind::Type, "bundler must be a function", attribute.position());
    return !vm_.error;
  }

  bool configuration(const std::string&, const Attr& attribute) {
    Value value = *attribute.slot;
    for (std::string_view name : {"config", "system", "build", "toplevel"}) {
      AttrsObject* set = vm_.force_attrs(value, "a NixOS configuration");
      if (!set) return false;
      Attr next = find(set, intern(name));
      if (!next) return vm_.fail(ErrorKind::MissingAttribute, fmt::format("attribute '{}' in selection path 'config.system.build.toplevel' not found", name), attribute.position()), false;
      value = *next.slot;
    }
    value = vm_.force(value);
    if (!value || is_derivation(vm_, value)) return bool(value);
    if (!vm_.error) vm_.fail_type("attribute 'config.system.build.toplevel' is not a derivation");
    return false;
  }

  bool one_template(const std::string& path, const Attr& attribute) {
    AttrsObject* set = vm_.force_attrs(*attribute.slot, "a template");
    if (!set) return false;
    Attr folder = find(set, vm_.symbols.path);
    if (!folder) return vm_.fail(ErrorKind::MissingAttribute, fmt::format("template '{}' lacks attribute 'path'", path)), false;
    std::string place;
    const Context* context = nullptr;
    if (!vm_.coerce_to_path(*folder.slot, place, context, "the path of a template")) return false;
    if (!world_.is_visible(place) || !world_.exists(place)) return vm_.fail_other("template '{}' refers to a non-existent path '{}'", path, place), false;
    return has_string(set, "template", path, "description") && has_only(set, "template", path, {"path", "description", "welcomeText"});
  }

  bool jobs(const std::string& path, const Attr& attribute) {
    Vm::Depth level(vm_);
    AttrsObject* set = level ? vm_.force_attrs(*attribute.slot, "a jobset") : nullptr;
    if (!set) return false;
    if (is_derivation(vm_, vm_.force(*attribute.slot))) return vm_.fail_other("jobset should not be a derivation at top-level"), false;
    return visit_in_order(vm_, set, [&](const Attr& member) {
      std::string below = fmt::format("{}.{}", path, text_of(member.name));
      Value value = vm_.force(*member.slot);
      bool is = value && is_derivation(vm_, value);
      return !vm_.error && (is ? derivation(below, member) : jobs(below, member));
    });
  }

  FlakeCommand& command_;
  Vm& vm_;
  stdlib::World& world_;
};

bool build_checks(FlakeCommand& command, const std::vector<std::string>& drv_paths) {
  if (!command.build || drv_paths.empty()) return true;
  Session& session = command.session;
  if (session.world.read_only) {
    session.world.message("warning: the checks were evaluated but not built, as this machine has no Nix store");
    return true;
  }
  return realise(session, drv_paths, {}).has_value();
}

}  // namespace

bool check_flake(FlakeCommand& command) {
  if (!command.build) command.session.world.read_only = true;
  stdlib::LockedFlake locked;
  if (!lock_flake(command, locked)) return false;
  Value outputs = flake_outputs(command.session, locked);
  if (!outputs) return false;
  Check check(command);
  Progress progress(command.session);
  if (!check.run(outputs)) return false;
  progress.stop();
  if (!build_checks(command, check.to_build)) return false;
  if (check.failures > 0) return command.session.vm.fail_other("some errors were encountered during the evaluation"), false;
  if (!check.omitted_systems.empty()) {
    command.session.world.message(fmt::format("warning: The check omitted these incompatible systems: {}\nUse '--all-systems' to check all.",
                                              fmt::join(check.omitted_systems, ", ")));
  }
  return true;
}

}  // namespace evalctl::cli
