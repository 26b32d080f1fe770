// From a locked flake to its value.
#include "evaluator/builtin.h"
#include "stdlib/flakes/flake.h"
#include "stdlib/flakes/tree_value.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {

using namespace evaluator;

const BuiltinRow* fetch_final_tree_builtin();

namespace {

constexpr std::string_view kCallFlake =
#include "prelude_call_flake.inc"
    ;

}  // namespace

Value call_flake(Vm& vm, const LockedFlake& locked) {
  World& world = World::of(vm);
  std::map<const LockNode*, std::string> keys;
  std::string text = locked.lock_file.to_string(&keys);
  AttrsBuilder fetched(locked.folders.size());
  for (const auto& [node, folder] : locked.folders) {
    auto key = keys.find(node.get());
    if (key == keys.end()) continue;
    std::string object = world.is_in_store(folder) ? world.store_object(folder) : folder;
    const Input& input = node->lock ? node->lock->locked.input : locked.flake.locked.input;
    AttrsBuilder entry(2);
    entry.add("sourceInfo", tree_value(vm, {input, object}, {.zero_revision = false, .dirty = !node->lock && locked.flake.dirty}));
    entry.add("dir", vm.string(folder.size() > object.size() ? folder.substr(object.size() + 1) : ""));
    fetched.add(key->second, entry.build(vm));
  }
  NIX_TRY(function, vm.evaluate_text(kCallFlake, "«flakes-internal»/call-flake.nix", "/"));
  Value arguments[] = {vm.string(text), fetched.build(vm), vm.builtin(fetch_final_tree_builtin())};
  return vm.call(function, arguments, 3);
}

}  // namespace evalctl::stdlib
