#include "stdlib/registry.h"

#include <string>

#include "base/observations.h"
#include "evaluator/vm.h"
#include "stdlib/derivation.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

constexpr int kLanguageVersion = 6;

using Domain = std::span<const BuiltinRow> (*)();
constexpr Domain kDomains[] = {
    lists_builtins, attrs_builtins,   numbers_builtins, types_builtins,  control_builtins, strings_builtins,
    versions_builtins, regex_builtins, json_builtins,   toml_builtins,   xml_builtins,     hashing_builtins,
    context_builtins, paths_builtins, import_builtins,  fetch_builtins,  fetch_closure_builtins, derivation_builtins,
    fetch_tree_builtins, flake_builtins,
};

// Collects the set `builtins` and defines the global name of each member.
class Definitions {
 public:
  explicit Definitions(Vm& vm) : vm_(vm) {}

  void add(std::string_view name, Value value, bool global) {
    set_.add(name, value);
    vm_.define_global(intern(global ? std::string(name) : "__" + std::string(name)), value);
  }

  // Makes the set, which contains itself. `derivation` comes last: it is written in Nix and uses all other names.
  void finish() {
    Symbol self = intern("builtins"), derivation = intern("derivation");
    set_.add(self, Value::null());
    set_.add(derivation, Value::null());
    Value builtins = set_.build(vm_);
    *find(as_attrs(builtins), self).slot = builtins;
    vm_.define_global(self, builtins);
    Value wrapper = derivation_function(vm_);
    if (!wrapper) return;
    *find(as_attrs(builtins), derivation).slot = wrapper;
    vm_.define_global(derivation, wrapper);
  }

 private:
  Vm& vm_;
  AttrsBuilder set_;
};

// builtins.currentTime is the result of this on anything, so that it is known when it is used.
Value clock_builtin(Vm& vm, Value*) {
  base::saw_what_changes();
  return vm.integer(world_of(vm).current_time());
}
constexpr BuiltinRow kClock = {"currentTime", "unused", "", "", clock_builtin};

void add_constants(Vm& vm, Definitions& definitions) {
  World& world = world_of(vm);
  definitions.add("true", Value::boolean(true), true);
  definitions.add("false", Value::boolean(false), true);
  definitions.add("null", Value::null(), true);
  definitions.add("langVersion", vm.integer(kLanguageVersion), false);
  definitions.add("nixVersion", vm.string(kNixVersion), false);
  definitions.add("storeDir", vm.string(world.store_dir), false);
  definitions.add("nixPath", world.nix_path(vm), false);
  // What differs from machine to machine does not exist in pure mode.
  if (!world.pure) {
    definitions.add("currentSystem", vm.string(world.system), false);
    definitions.add("currentTime", vm.delay_call(vm.builtin(&kClock), {Value::null()}), false);
  }
}

}  // namespace

std::vector<const BuiltinRow*> all_builtins() {
  std::vector<const BuiltinRow*> rows;
  for (Domain domain : kDomains) {
    for (const BuiltinRow& row : domain()) rows.push_back(&row);
  }
  return rows;
}

void define_builtins(Vm& vm) {
  Definitions definitions(vm);
  for (const BuiltinRow* row : all_builtins()) {
    if (row->feature.empty() || world_of(vm).features.contains(row->feature)) definitions.add(row->name, vm.builtin(row), row->global);
  }
  add_constants(vm, definitions);
  for (const auto& [name, make] : world_of(vm).own_builtins) definitions.add(name, make(vm), true);
  definitions.finish();
}

}  // namespace evalctl::stdlib
