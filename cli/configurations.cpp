#include "cli/configurations.h"

#include <fmt/format.h>

#include "stdlib/json.h"

namespace evalctl::cli {

using namespace evaluator;

namespace {

// Follows attribute names; no value with `missing` set where one is not there, and without it on failure.
Value follow(Vm& vm, Value value, std::initializer_list<std::string_view> names, bool& missing) {
  missing = false;
  for (std::string_view name : names) {
    NIX_TRY(forced, vm.force(value));
    Attr next = forced.is(Kind::Attrs) ? find(as_attrs(forced), intern(name)) : Attr{};
    if (!next) {
      missing = true;
      return {};
    }
    value = *next.slot;
  }
  return vm.force(value);
}

Value images(Vm& vm, const Selected& selected) {
  bool missing = false;
  Value found = follow(vm, selected.value, {"config", "system", "build", "images"}, missing);
  if (missing) return vm.fail_other("'{}' has no 'config.system.build.images': it is no NixOS configuration, or one too old for it", show_attribute_path(selected.names));
  return found;
}

bool append_text(Vm& vm, AttrsObject* set, std::string_view name, std::string& out) {
  Attr attribute = find(set, intern(name));
  if (!attribute) return out += "null", true;
  const Context* context = nullptr;
  return stdlib::to_json(vm, *attribute.slot, out, context, false);
}

}  // namespace

Value built_of(Vm& vm, const Selected& selected) {
  bool missing = false;
  if (selected.names.size() == 2) {
    const std::string& kind = selected.names[0];
    Value built;
    if (kind == "nixosConfigurations") {
      built = follow(vm, selected.value, {"config", "system", "build", "toplevel"}, missing);
    } else if (kind == "darwinConfigurations") {
      built = follow(vm, selected.value, {"system"}, missing);
    } else if (kind == "homeConfigurations") {
      built = follow(vm, selected.value, {"activationPackage"}, missing);
    } else {
      return vm.force(selected.value);
    }
    if (!missing) return built;
  }
  return vm.force(selected.value);
}

Value image_of(Vm& vm, const Selected& selected, const std::string& variant) {
  NIX_TRY(all, images(vm, selected));
  bool missing = false;
  Value image = follow(vm, all, {variant}, missing);
  if (!missing) return image;
  std::string known;
  if (all.is(Kind::Attrs)) {
    for (const Attr& attribute : attributes_by_text(as_attrs(all))) known += (known.empty() ? "" : ", ") + std::string(text_of(attribute.name));
  }
  return vm.fail_other("'{}' has no image '{}'; there are: {}", show_attribute_path(selected.names), variant, known);
}

Value image_names(Vm& vm, const Selected& selected) {
  NIX_TRY(all, images(vm, selected));
  NIX_TRY(set, vm.force_attrs(all, "the images of the configuration"));
  ValueVector names;
  for (const Attr& attribute : attributes_by_text(set)) names.push_back(vm.name_string(attribute.name));
  return vm.list(names);
}

bool is_derivation(Vm& vm, Value forced) {
  return forced.is(Kind::Attrs) && vm.is_derivation(as_attrs(forced));
}

bool show_derivation(Vm& vm, Value derivation, bool json, std::string& out) {
  AttrsObject* set = as_attrs(derivation);
  Attr attribute = find(set, vm.symbols.drv_path);
  if (!attribute) return vm.fail(ErrorKind::MissingAttribute, "derivation does not contain a 'drvPath' attribute"), false;
  std::string path;
  const Context* context = nullptr;
  if (!vm.coerce_to_path(*attribute.slot, path, context, "the 'drvPath' attribute of a derivation")) return false;
  if (!json) return out += path + "\n", true;
  out += fmt::format("{{\"drvPath\":{},\"name\":", json_string(path));
  if (!append_text(vm, set, "name", out)) return false;
  out += ",\"outputs\":{";
  ListObject* outputs = nullptr;
  if (Attr names = find(set, vm.symbols.outputs)) outputs = vm.force_list(*names.slot, "the outputs of a derivation");
  for (std::uint32_t i = 0; outputs && i < outputs->size; ++i) {
    const StringObject* name = vm.force_string(outputs->items[i], "the name of an output");
    if (!name) return false;
    out += fmt::format("{}{}:", i ? "," : "", json_string(name->view()));
    Attr output = find(set, intern(name->view()));
    if (!output) out += "null";
    if (output && !stdlib::to_json(vm, *output.slot, out, context, false)) return false;
  }
  if (vm.error) return false;
  out += "},\"system\":";
  if (!append_text(vm, set, "system", out)) return false;
  out += "}";
  return true;
}

}  // namespace evalctl::cli
