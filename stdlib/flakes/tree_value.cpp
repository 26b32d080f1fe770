#include "stdlib/flakes/tree_value.h"

#include "evaluator/builtin.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

constexpr std::string_view kNoRevision = "0000000000000000000000000000000000000000";

Value force_number(Vm& vm, Value* arguments) {
  std::int64_t index = 0;
  if (!vm.force_integer(arguments[0], index)) return {};
  auto number = World::of(vm).delayed_number(static_cast<std::size_t>(index));
  if (!number) return vm.fail(number.error());
  return vm.integer(static_cast<std::int64_t>(*number));
}

// Not a name of the language: it only stands in delayed calls.
constexpr BuiltinRow kForceNumber = {
    .name = "forceNumber", .params = "index", .type = "int -> int", .doc = "Computes a number that was put off.", .run = force_number,
    .effect = Effect::ReadsWorld};

void add_revision(Vm& vm, const Input& input, const TreeValueOptions& options, AttrsBuilder& set) {
  if (options.dirty) return;
  auto rev = input.text("rev");
  if (!rev && options.zero_revision) rev = std::string(kNoRevision);
  if (rev) {
    set.add("rev", vm.string(*rev));
    set.add("shortRev", vm.string(std::string_view(*rev).substr(0, 7)));
  }
  if (input.count_revisions) {
    std::size_t index = World::of(vm).delay_number(input.count_revisions);
    set.add("revCount", vm.delay_call(vm.builtin(&kForceNumber), {vm.integer(static_cast<std::int64_t>(index))}));
  } else if (auto count = input.number("revCount")) {
    set.add("revCount", vm.integer(static_cast<std::int64_t>(*count)));
  } else if (options.zero_revision) {
    set.add("revCount", vm.integer(0));
  }
}

}  // namespace

Value tree_value(Vm& vm, const StoredTree& tree, const TreeValueOptions& options) {
  const Input& input = tree.locked;
  AttrsBuilder set(12);
  set.add(vm.symbols.out_path, vm.string(tree.store_path, make_context({{ContextElement::Kind::Opaque, tree.store_path, ""}})));
  if (auto hash = input.nar_hash()) set.add("narHash", vm.string(*hash));
  if (input.type() == "git") set.add("submodules", Value::boolean(input.flag("submodules")));
  add_revision(vm, input, options, set);
  for (const char* name : {"dirtyRev", "dirtyShortRev"}) {
    if (auto text = input.text(name)) set.add(name, vm.string(*text));
  }
  if (auto time = input.number("lastModified")) {
    set.add("lastModified", vm.integer(static_cast<std::int64_t>(*time)));
    set.add("lastModifiedDate", vm.string(format_time(*time, "%Y%m%d%H%M%S")));
  }
  return set.build(vm);
}

Value attributes_value(Vm& vm, const InputAttributes& attributes) {
  AttrsBuilder set(attributes.size());
  for (const auto& [name, value] : attributes) {
    if (const std::string* text = std::get_if<std::string>(&value)) {
      set.add(name, vm.string(*text));
    } else if (const bool* flag = std::get_if<bool>(&value)) {
      set.add(name, Value::boolean(*flag));
    } else {
      set.add(name, vm.integer(static_cast<std::int64_t>(std::get<std::uint64_t>(value))));
    }
  }
  return set.build(vm);
}

bool read_attribute(Vm& vm, const Attr& attribute, std::string_view what, InputAttributes& attributes) {
  Value value = vm.force(*attribute.slot);
  if (!value) return false;
  std::string name(text_of(attribute.name));
  switch (value.kind()) {
    case Kind::String: attributes[name] = std::string(as_string(value)->view()); return true;
    case Kind::Bool: attributes[name] = value.boolean(); return true;
    case Kind::Integer:
      if (value.integer() < 0) {
        vm.fail_other("negative value given for {} {}: {}", what, name, value.integer());
        return false;
      }
      attributes[name] = static_cast<std::uint64_t>(value.integer());
      return true;
    default: break;
  }
  vm.fail_type("{} '{}' is {} while a string, Boolean, or integer is expected", what, name, Vm::describe_type(value));
  return false;
}

}  // namespace evalctl::stdlib
