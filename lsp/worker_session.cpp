#include "lsp/worker_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "evaluator/assertion.h"
#include "evaluator/edits.h"
#include "evaluator/program.h"
#include "lsp/modules.h"
#include "stdlib/diagnose.h"

namespace evalctl::lsp {

using namespace evaluator;

namespace {

// `nix-build` and friends look no deeper into nested sets.
constexpr unsigned kDeepest = 5;
constexpr std::uint32_t kMostElements = 2000;

bool is_flake_file(const std::string& path) { return path.ends_with("/flake.nix"); }

// Outputs of a flake that are checked whoever made the sets that they are in: flake-utils, flake-parts and the like make them
// of what the user says. Packages are two sets deep, by system and by name.
bool is_checked_output(const std::vector<std::string>& names, std::string_view next) {
  constexpr std::size_t kDepth = 2;
  constexpr std::string_view kOutputs[] = {"packages", "devShells", "checks", "apps", "formatter", "defaultPackage", "devShell",
                                           "nixosConfigurations", "homeConfigurations", "darwinConfigurations"};
  return names.size() <= kDepth && std::ranges::find(kOutputs, names.empty() ? next : std::string_view(names[0])) != std::end(kOutputs);
}

// What every configuration gives its modules.
bool is_given_argument(std::string_view name) {
  constexpr std::string_view kGiven[] = {"config", "options", "lib", "pkgs", "modulesPath", "specialArgs", "utils", "baseModules",
                                         "extraModules", "modules", "noUserModules", "extendModules", "_class", "_prefix"};
  return std::ranges::find(kGiven, name) != std::end(kGiven);
}

Problem::Place place_of(const base::SourceRange& range) { return {range.file, range.begin, range.end, ""}; }

Problem problem_of(const base::Diagnostic& diagnostic) {
  Problem problem;
  problem.code = diagnostic.code;
  problem.message = diagnostic.message;
  problem.warning = diagnostic.severity != base::Diagnostic::Severity::Error;
  for (const std::string& note : diagnostic.notes) problem.message += "\n" + note;
  if (!diagnostic.help.empty()) problem.message += "\nhelp: " + diagnostic.help;
  if (diagnostic.primary) {
    problem.primary = place_of(diagnostic.primary->range);
    problem.primary.text = diagnostic.primary->text;
  }
  for (const base::Label& label : diagnostic.labels) {
    problem.related.push_back(place_of(label.range));
    problem.related.back().text = label.text.empty() ? "see here" : label.text;
  }
  for (const base::Fix& fix : diagnostic.fixes) {
    problem.fixes.push_back(place_of(fix.range));
    problem.fixes.back().text = fix.replacement;
    problem.fix_titles.push_back(fix.title);
  }
  return problem;
}

}  // namespace

void write(Writer& out, const SessionSetup& setup) {
  out.texts(setup.entries);
  out.texts(setup.modules);
  out.texts(setup.files);
  out.list(setup.buffers, [&](const auto& buffer) {
    out.text(buffer.first);
    out.text(buffer.second);
  });
}

SessionSetup read_session_setup(Reader& in) {
  SessionSetup setup;
  setup.entries = in.texts();
  setup.modules = in.texts();
  setup.files = in.texts();
  setup.buffers.resize(in.count());
  for (auto& [path, text] : setup.buffers) {
    path = in.text();
    text = in.text();
  }
  return setup;
}

Session::Session(Machine& machine, SessionSetup setup) : machine_(machine), setup_(std::move(setup)) {
  for (const auto& [path, text] : setup_.buffers) machine_.world.buffers[path] = text;
  machine_.world.imported = &imported_;
  machine_.vm.dependencies = new Dependencies;
  machine_.vm.dependencies->follows = [](std::string_view path) { return path.starts_with('/') && !stdlib::is_library_file(std::string(path)); };
  base::observations = &observations_;
}

bool Session::run_again(const SessionSetup& setup) {
  bool same = setup.entries == setup_.entries && setup.modules == setup_.modules && setup.files == setup_.files;
  if (!same || !observations_.hold_still()) return false;
  machine_.world.buffers.clear();
  for (const auto& [path, text] : setup.buffers) machine_.world.buffers[path] = text;
  setup_ = setup;
  auto read = [&](const std::string& path) -> std::optional<std::string> {
    auto text = machine_.world.read_file(path);
    return text ? std::optional(std::move(*text)) : std::nullopt;
  };
  if (!take_edits(machine_.vm, read)) return false;
  before_ = std::exchange(configurations_, {});
  reported_.clear();
  all_imported_.clear();
  bool wrong = false;
  run([&](const std::vector<Problem>&) { wrong = true; });
  return !wrong && !machine_.vm.dependencies->is_uncertain;
}

// What a configuration that was there before imported.
std::set<std::string> Session::files_before(const std::string& entry, const std::vector<std::string>& names) const {
  auto same = [&](const Configuration& one) { return one.entry == entry && one.names == names; };
  auto found = std::ranges::find_if(before_, same);
  return found == before_.end() ? std::set<std::string>() : found->files;
}

bool Session::has_buffer(const std::string& path) const {
  return std::ranges::any_of(setup_.buffers, [&](const auto& buffer) { return buffer.first == path; });
}

void Session::run(const Found& found) {
  auto step = [&](auto action, const std::string& path) {
    problems_.clear();
    imported_ = imported_by_[path];
    (this->*action)(path);
    if (!problems_.empty()) found(problems_);
    all_imported_.insert(imported_.begin(), imported_.end());
    imported_by_[path] = std::exchange(imported_, {});
  };
  for (const std::string& path : setup_.entries) step(&Session::entry, path);
  for (const std::string& path : setup_.modules) {
    if (!all_imported_.contains(path)) step(&Session::module, path);
  }
  for (const std::string& path : setup_.files) {
    if (!all_imported_.contains(path)) step(&Session::single_file, path);
  }
}

Value Session::entry_value(const std::string& path) {
  if (is_flake_file(path)) {
    NIX_TRY(flake, machine_.flake());
    return machine_.select(flake, {"outputs"});
  }
  NIX_TRY(value, machine_.import_file(path));
  return machine_.call_once(value, [&] { return machine_.vm.auto_call(value, machine_.vm.empty_attrs); });
}

void Session::entry(const std::string& path) {
  if (!is_flake_file(path)) {
    Value file = machine_.import_file(path);
    if (file && needs_arguments(file)) return single_file(path);
    if (!file) {
      imported_.insert(path);
      return report(path);
    }
  }
  Value value = entry_value(path);
  imported_.insert(path);
  std::vector<std::string> names;
  if (value) explore(value, path, names, 0);
  else report(path);
  if (is_flake_file(path)) flake_modules(path);
}

// The configuration of which a flake makes its outputs (flake-parts). What is wrong with it was found with the outputs.
void Session::flake_modules(const std::string& path) {
  auto text = machine_.world.read_file(path);
  if (!text || !text->contains("mkFlake")) return;
  std::set<std::string> outer = std::exchange(imported_, {});
  Value value = machine_.flake_modules();
  machine_.forget_error();
  if (value && value.is(Kind::Attrs) && is_configuration(value)) {
    machine_.vm.kept.push_back(value);
    machine_.member(value, "config");
    std::set<std::string> files = files_before(path, {"«flake»"});
    files.insert(path);
    for (const std::string& file : imported_) {
      if (!stdlib::is_library_file(file)) files.insert(file);
    }
    configurations_.push_back({path, {"«flake»"}, files, value});
  }
  imported_.insert(outer.begin(), outer.end());
}

// Whether a value is a function of a set that has an argument without a default.
bool Session::needs_arguments(Value value) {
  if (!value.is(Kind::Closure)) return false;
  const Code& code = evaluator::code_of(value.object());
  return code.has_pattern && std::ranges::any_of(formals_of(machine_.vm, code), [](const IrFormal& formal) { return formal.fallback == kNone; });
}

// An expression of its own: a package is called with packages, anything else is evaluated as it is.
void Session::single_file(const std::string& path) {
  Vm& vm = machine_.vm;
  Value value = machine_.import_file(path);
  imported_.insert(path);
  std::vector<std::string> names;
  if (!value) return report(path);
  Value called = value;
  if (!needs_arguments(value)) {
    called = machine_.call_once(value, [&] { return vm.auto_call(value, vm.empty_attrs); });
  } else {
    if (machine_.setup.nixpkgs.empty()) return;
    Value packages = machine_.packages();
    Value call = machine_.member(packages, "callPackage");
    if (!call) return machine_.forget_error();
    // Arguments that no package set gives say that the file is called by one of the user's own.
    for (const IrFormal& formal : formals_of(vm, evaluator::code_of(value.object()))) {
      if (formal.fallback == kNone && packages.is(Kind::Attrs) && !find(as_attrs(packages), formal.name)) return;
    }
    called = machine_.call_once(value, [&] {
      Value arguments[] = {value, vm.empty_attrs};
      return vm.call(call, arguments, 2);
    });
  }
  if (called) explore(called, path, names, 0);
  else report(path);
}

void Session::module(const std::string& path) {
  auto text = machine_.world.read_file(path);
  if (!text || machine_.setup.nixpkgs.empty()) return;
  Value value = machine_.system_with(path);
  Value options = machine_.member(value, "options");
  if (!options || !options.is(Kind::Attrs)) return machine_.forget_error();
  // A module of another system (home-manager, say) has names that this one does not know.
  Analysis analysis(*text);
  for (const OptionBinding& binding : option_bindings(analysis)) {
    if (!binding.path.empty() && !find(as_attrs(options), intern(binding.path[0]))) return;
  }
  imported_.insert(path);
  if (!has_unknown_arguments(value)) configuration(value, path, {}, false);
}

// Whether a module that was read for a configuration made up here wants what only the true configuration gives (specialArgs):
// then all that fails may fail for that.
bool Session::has_unknown_arguments(Value configuration) {
  Value own = machine_.member(machine_.member(configuration, "_module"), "args");
  if (!own) own = machine_.member(machine_.member(machine_.member(configuration, "config"), "_module"), "args");
  for (const std::string& file : imported_) {
    if (stdlib::is_library_file(file)) continue;
    auto text = machine_.world.read_file(file);
    if (!text) continue;
    Analysis analysis(*text);
    if (!is_module(analysis)) continue;
    for (const std::string& name : arguments_of_file(analysis.tree)) {
      bool given = is_given_argument(name) || (own && own.is(Kind::Attrs) && find(as_attrs(own), intern(name)));
      if (!given) return true;
    }
  }
  return false;
}

bool Session::is_user_file(std::uint32_t file) {
  return file != 0 && !stdlib::is_library_file(machine_.vm.program().files[file].path);
}

// Meanwhile imported_ has what this value alone takes: a configuration may read its modules before it shows what it is.
void Session::explore(Value value, const std::string& entry, std::vector<std::string>& names, unsigned depth) {
  std::set<std::string> outer = std::exchange(imported_, {});
  explore_value(value, entry, names, depth);
  imported_.insert(outer.begin(), outer.end());
}

void Session::explore_value(Value value, const std::string& entry, std::vector<std::string>& names, unsigned depth) {
  Value forced = machine_.vm.force(value);
  if (!forced) return report(entry);
  if (depth > kDeepest) return;
  if (forced.is(Kind::List)) {
    for (std::uint32_t i = 0; i < std::min(as_list(forced)->size, kMostElements); ++i) {
      names.push_back(std::to_string(i));
      explore(as_list(forced)->items[i], entry, names, depth + 1);
      names.pop_back();
    }
  }
  if (!forced.is(Kind::Attrs)) return;
  if (machine_.is_derivation(forced)) {
    Attr path = find(as_attrs(forced), machine_.vm.symbols.drv_path);
    if (path && !machine_.vm.force_slot(*path.slot)) report(entry);
  } else if (is_configuration(forced)) {
    configuration(forced, entry, names, true);
  } else {
    explore_set(forced, entry, names, depth);
  }
}

void Session::explore_set(Value set, const std::string& entry, std::vector<std::string>& names, unsigned depth) {
  std::uint32_t count = 0;
  for (Attr attribute : attributes_by_text(as_attrs(set))) {
    if (++count > kMostElements) return;
    std::string name(text_of(attribute.name));
    // What others wrote is theirs to check; other machines' packages say nothing new.
    bool other_system = name.ends_with("-linux") || name.ends_with("-darwin");
    bool others = attribute.position().file != 0 && !is_user_file(attribute.position().file);
    if (others && !(is_flake_file(entry) && is_checked_output(names, name))) continue;
    if (other_system && name != machine_.world.system) continue;
    names.push_back(name);
    explore(*attribute.slot, entry, names, depth + 1);
    names.pop_back();
  }
}

bool Session::is_configuration(Value value) {
  AttrsObject* set = as_attrs(value);
  if (!find(set, intern("options")) || !find(set, intern("config"))) return false;
  return machine_.text(value, "_type") == "configuration" || find(set, intern("extendModules")) || find(set, intern("_module"));
}

void Session::configuration(Value value, const std::string& entry, const std::vector<std::string>& names, bool whole) {
  Vm& vm = machine_.vm;
  vm.kept.push_back(value);
  std::size_t before = problems_.size();
  Attr config = find(as_attrs(value), intern("config"));
  if (!vm.force_slot(*config.slot)) report(entry);
  std::set<std::string> files = files_before(entry, names);
  for (const std::string& file : imported_) {
    if (!stdlib::is_library_file(file)) files.insert(file);
  }
  if (!whole) files.insert(entry);
  configurations_.push_back({entry, names, files, value});
  for (const std::string& file : files) {
    if (whole || file == entry) check_definitions(value, file);
  }
  if (whole && problems_.size() == before) {
    for (const std::vector<std::string>& goal : {std::vector<std::string>{"system", "build", "toplevel", "drvPath"}, {"home", "activationPackage", "drvPath"}}) {
      Value set = machine_.member(value, "config");
      for (std::size_t i = 0; i + 2 < goal.size() && set; ++i) set = machine_.member(set, goal[i]);
      Attr product = set && set.is(Kind::Attrs) ? find(as_attrs(set), intern(goal[goal.size() - 2])) : Attr{};
      if (product && !machine_.select(*product.slot, {"drvPath"})) report(entry);
    }
  }
}

void Session::check_definitions(Value value, const std::string& file) {
  auto text = machine_.world.read_file(file);
  Value options = machine_.member(value, "options");
  if (!text || !options) return;
  Analysis analysis(*text);
  if (!is_module(analysis)) return;
  for (const OptionBinding& binding : option_bindings(analysis)) {
    bool leaf = std::ranges::none_of(binding.values, [&](NodeId node) { return analysis.tree.kind(node) == NodeKind::AttrSet; });
    if (!leaf) continue;
    check_option(options, binding.path);
    if (machine_.vm.error) report(file);
  }
}

// Evaluates the value of the option that `path` is or lies in, and in it what `path` says. Leaves the error pending.
void Session::check_option(Value options, const std::vector<std::string>& path) {
  Vm& vm = machine_.vm;
  Value at = options;
  std::size_t i = 0;
  for (; i < path.size() && at && at.is(Kind::Attrs) && machine_.text(at, "_type") != "option"; ++i) at = machine_.member(at, path[i]);
  if (!at || !at.is(Kind::Attrs) || machine_.text(at, "_type") != "option") return;
  Attr slot = find(as_attrs(at), vm.symbols.value);
  if (!slot) return;
  Value value = vm.force_slot(*slot.slot);
  for (; i < path.size() && value && value.is(Kind::Attrs); ++i) {
    if (path[i] == "*" || path[i].starts_with('<')) break;
    Attr inner = find(as_attrs(value), intern(path[i]));
    if (!inner) return;
    value = vm.force_slot(*inner.slot);
  }
  if (value && i == path.size()) force_inside(value, 0);
}

// Lists and their elements; sets are left to the definitions inside them.
void Session::force_inside(Value value, unsigned depth) {
  Vm& vm = machine_.vm;
  if (depth > 3 || !value.is(Kind::List)) return;
  for (std::uint32_t i = 0; i < std::min(as_list(value)->size, kMostElements); ++i) {
    Value element = vm.force(as_list(value)->items[i]);
    if (!element) return;
    force_inside(element, depth + 1);
  }
}

void Session::report(const std::string& fallback) {
  Vm& vm = machine_.vm;
  if (!vm.error) return;
  // Nothing is built while somebody types.
  bool needs_build = vm.error->message.contains("allow-import-from-derivation");
  if (needs_build) return machine_.forget_error();
  complete_assertion(vm);
  Problem problem = problem_of(stdlib::diagnose(vm));
  machine_.forget_error();
  auto is_own = [](const Problem::Place& place) { return place.path.starts_with('/') && !stdlib::is_library_file(place.path); };
  if (!is_own(problem.primary)) {
    auto own = std::ranges::find_if(problem.related, is_own);
    if (problem.primary.path.starts_with('/')) {
      Problem::Place reported = problem.primary;
      reported.text = "reported here";
      problem.related.push_back(reported);
      own = std::ranges::find_if(problem.related, is_own);
    }
    problem.primary = own != problem.related.end() ? *own : Problem::Place{fallback, 0, 0, ""};
  }
  std::string key = fmt::format("{}:{}:{}", problem.primary.path, problem.primary.begin, problem.message);
  if (reported_.insert(key).second) problems_.push_back(std::move(problem));
}

const Session::Configuration* Session::own_configuration_of(const std::string& file) const {
  for (const Configuration& one : configurations_) {
    if (one.files.contains(file)) return &one;
  }
  for (const Configuration& one : configurations_) {
    if (one.entry == file) return &one;
  }
  return nullptr;
}

const Session::Configuration* Session::configuration_of(const std::string& file) const {
  const Configuration* own = own_configuration_of(file);
  return own || configurations_.empty() ? own : &configurations_[0];
}

void Session::write_summary(Writer& out) const {
  out.list(configurations_, [&](const Configuration& one) {
    out.text(one.entry);
    out.texts(one.names);
    out.texts({one.files.begin(), one.files.end()});
  });
  std::vector<std::string> files;
  for (const std::string& file : all_imported_) {
    if (!stdlib::is_library_file(file)) files.push_back(file);
  }
  out.texts(files);
}

}  // namespace evalctl::lsp
