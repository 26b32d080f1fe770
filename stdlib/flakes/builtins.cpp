// Builtins on flake references.
#include "evaluator/builtin.h"
#include "evaluator/name_order.h"
#include "stdlib/flakes/flake.h"
#include "stdlib/flakes/reference.h"
#include "stdlib/flakes/tree_value.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

Value parse_flake_ref(Vm& vm, Value* arguments) {
  NIX_TRY(text, vm.force_string_no_context(arguments[0], "the argument passed to builtins.parseFlakeRef"));
  auto reference = parse_reference(std::string(text->view()), {});
  if (!reference) return vm.fail(reference.error());
  return attributes_value(vm, reference->to_attributes());
}

Value flake_ref_to_string(Vm& vm, Value* arguments) {
  NIX_TRY(set, vm.force_attrs(arguments[0], "the argument passed to builtins.flakeRefToString"));
  InputAttributes attributes;
  if (!visit_in_order(vm, set, [&](const Attr& a) { return read_attribute(vm, a, "flake ref attr", attributes); })) return {};
  auto reference = FlakeReference::from_attributes(std::move(attributes));
  if (!reference) return vm.fail(reference.error());
  return vm.string(reference->to_string());
}

Value get_flake(Vm& vm, Value* arguments) {
  if (!vm.may_act()) return {};
  World& world = World::of(vm);
  NIX_TRY(forced, vm.force(arguments[0]));
  std::string text;
  if (forced.is(Kind::Path)) {
    const Context* context = nullptr;
    if (!vm.coerce_to_path(forced, text, context, "the argument passed to builtins.getFlake")) return {};
    text = "path:" + text;
  } else {
    const StringObject* string = vm.force_string_no_context(forced, "the argument passed to builtins.getFlake");
    if (!string) return {};
    text = string->view();
  }
  auto reference = parse_reference(text, {.base_folder = std::nullopt, .search_upwards = false});
  if (!reference) return vm.fail(reference.error());
  bool mounted = reference->input.type() == "path" && world.is_in_store(*reference->input.text("path")) &&
                 world.check_access(*reference->input.text("path"));
  if (world.pure && !reference->input.is_locked() && !mounted) {
    return vm.fail_as(ErrorKind::Impure, "cannot call 'getFlake' on unlocked flake reference '{}' (use --impure to override)", text);
  }
  LockOptions options;
  options.write = options.update = false;
  options.allow_unlocked = !world.pure;
  options.use_registries = !world.pure;
  auto locked = lock_flake(vm, *reference, options);
  if (!locked) return vm.error ? Value() : vm.fail(locked.error());
  return call_flake(vm, *locked);
}

constexpr BuiltinRow kRows[] = {
    {.name = "parseFlakeRef", .params = "reference", .type = "string -> { type; ... }",
     .doc = "Takes a flake reference apart: `\"github:NixOS/nixpkgs/23.05?dir=lib\"` is `{ dir = \"lib\"; owner = \"NixOS\"; ref = \"23.05\"; "
            "repo = \"nixpkgs\"; type = \"github\"; }`.",
     .run = parse_flake_ref},
    {.name = "flakeRefToString", .params = "attrs", .type = "{ type; ... } -> string",
     .doc = "Puts together the flake reference of which *attrs* are the parts, as `parseFlakeRef` returns them.", .run = flake_ref_to_string},
    {.name = "getFlake", .params = "reference", .type = "string | path -> { outputs; ... }",
     .doc = "Fetches a flake and returns its outputs, inputs and source. In pure evaluation the reference must be locked.", .run = get_flake,
     .effect = Effect::ReadsWorld},
};

}  // namespace

std::span<const BuiltinRow> flake_builtins() { return kRows; }

}  // namespace evalctl::stdlib
