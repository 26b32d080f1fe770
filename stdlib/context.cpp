// Looking at and changing what strings refer to.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "evaluator/builtin.h"
#include "evaluator/name_order.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"
#include "store/dynamic_inputs.h"
#include "store/hash_modulo.h"
#include "store/store_path.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// The text of an argument that is coerced as an interpolation is, with its context.
bool text_of_argument(Vm& vm, Value v, std::string& text, const Context*& context) {
  return vm.coerce_to_string(v, text, context, false, true);
}

Value discard_context(Vm& vm, Value* arguments) {
  std::string text;
  const Context* context = nullptr;
  return text_of_argument(vm, arguments[0], text, context) ? vm.string(text) : Value();
}

Value discard_output_dependency(Vm& vm, Value* arguments) {
  std::string text;
  const Context* context = nullptr;
  if (!text_of_argument(vm, arguments[0], text, context)) return {};
  std::vector<ContextElement> elements;
  if (context) elements = context->elements();
  for (ContextElement& e : elements)
    if (e.kind == ContextElement::Kind::DrvDeep) e.kind = ContextElement::Kind::Opaque;
  return vm.string(text, make_context(std::move(elements)));
}

Value has_context(Vm& vm, Value* arguments) {
  const StringObject* text = vm.force_string(arguments[0], "the argument passed to builtins.hasContext");
  return text ? Value::boolean(text->context != nullptr) : Value();
}

// The path of an output, or what stands for it while it is not known. Nothing after a failure.
std::optional<std::string> output_text(Vm& vm, const std::string& input, std::string_view output) {
  if (store::is_dynamic(input)) return store::output_placeholder(input, output);
  auto fail = [&](std::string_view message) { return vm.fail_other("{}", message), std::nullopt; };
  if (!input.ends_with(".drv")) {
    return fail(fmt::format("error parsing derivation '{}': store path '{}' is not a valid derivation path", input, input.substr(input.rfind('/') + 1)));
  }
  auto known = World::of(vm).hashes->find(input);
  if (!known) return fail(known.error().message);
  const std::string* path = (*known)->output(output);
  if (!path) return fail(fmt::format("derivation '{}' does not have output '{}'", input, output));
  return path->empty() ? store::output_placeholder(input, output) : *path;
}

// Of a derivation that is built by another, the path that it will have, where that is known. Nothing after a failure.
std::optional<std::string> path_in_store(Vm& vm, const ContextElement& element) {
  std::string path(element.path);
  std::size_t last = path.rfind('!');
  if (last == path.npos) return path;
  std::string of = path.substr(0, last), output = path.substr(last + 1);
  auto known = output_text(vm, of, output);
  if (known && store::is_store_path(*known)) return known;
  std::ranges::replace(of, '!', '^');
  if (known) vm.fail_other("cannot operate on output '{}' of the unbuilt derivation '{}'", output, of);
  return std::nullopt;
}

Value get_context(Vm& vm, Value* arguments) {
  const StringObject* text = vm.force_string(arguments[0], "the argument passed to builtins.getContext");
  if (!text) return {};
  struct Entry { bool path = false, all = false; ValueVector outputs; };
  std::map<std::string, Entry> entries;
  if (text->context) {
    for (const ContextElement& e : text->context->elements()) {
      auto path = path_in_store(vm, e);
      if (!path) return {};
      Entry& entry = entries[*path];
      if (e.kind == ContextElement::Kind::Opaque) entry.path = true;
      else if (e.kind == ContextElement::Kind::DrvDeep) entry.all = true;
      else entry.outputs.push_back(vm.string(e.output));
    }
  }
  AttrsBuilder result;
  for (auto& [path, entry] : entries) {
    AttrsBuilder one;
    if (entry.path) one.add("path", Value::boolean(true));
    if (entry.all) one.add("allOutputs", Value::boolean(true));
    if (!entry.outputs.empty()) one.add("outputs", vm.list(entry.outputs));
    result.add(path, one.build(vm));
  }
  return result.build(vm);
}

bool append_entry(Vm& vm, std::string_view path, AttrsObject* entry, std::vector<ContextElement>& out) {
  bool flag = false;
  if (Attr a = find(entry, intern("path"))) {
    if (!vm.force_bool(*a.slot, flag)) return false;
    if (flag) out.push_back({ContextElement::Kind::Opaque, path, ""});
  }
  if (Attr a = find(entry, intern("allOutputs"))) {
    if (!vm.force_bool(*a.slot, flag)) return false;
    if (flag && !path.ends_with(".drv")) {
      vm.fail_other("tried to add all-outputs context of {}, which is not a derivation, to a string", path);
      return false;
    }
    if (flag) out.push_back({ContextElement::Kind::DrvDeep, path, ""});
  }
  Attr outputs = find(entry, vm.symbols.outputs);
  if (!outputs) return true;
  ListObject* list = vm.force_list(*outputs.slot);
  if (!list) return false;
  if (list->size && !path.ends_with(".drv")) {
    vm.fail_other("tried to add derivation output context of {}, which is not a derivation, to a string", path);
    return false;
  }
  for (std::uint32_t i = 0; i < list->size; ++i) {
    const StringObject* output = vm.force_string_no_context(list->items[i]);
    if (!output) return false;
    // The text of the string itself may be gone when the next one has been evaluated.
    out.push_back({ContextElement::Kind::Built, path, text_of(intern(output->view()))});
  }
  return true;
}

Value append_context(Vm& vm, Value* arguments) {
  const StringObject* text = vm.force_string(arguments[0], "the first argument passed to builtins.appendContext");
  AttrsObject* more = text ? vm.force_attrs(arguments[1], "the second argument passed to builtins.appendContext") : nullptr;
  if (!more) return {};
  std::vector<ContextElement> elements;
  if (text->context) elements = text->context->elements();
  bool all = visit_in_order(vm, more, [&](const Attr& a) {
    std::string_view path = text_of(a.name);
    if (!store::is_store_path(path)) return bool(vm.fail_other("context key '{}' is not a store path", path));
    AttrsObject* entry = vm.force_attrs(*a.slot, "an entry of a context");
    return entry && append_entry(vm, path, entry, elements);
  });
  if (!all) return {};
  return vm.string(text->view(), make_context(std::move(elements)));
}

Value add_output_dependencies(Vm& vm, Value* arguments) {
  std::string text;
  const Context* context = nullptr;
  if (!text_of_argument(vm, arguments[0], text, context)) return {};
  std::size_t size = context ? context->elements().size() : 0;
  if (size != 1) return vm.fail_other("context of string '{}' must have exactly one element, but has {}", text, size);
  ContextElement element = context->elements().front();
  if (element.kind == ContextElement::Kind::Built) {
    return vm.fail_other("`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{}'", element.output);
  }
  if (!element.path.ends_with(".drv")) return vm.fail_other("path '{}' is not a derivation", element.path);
  element.kind = ContextElement::Kind::DrvDeep;
  return vm.string(text, make_context({element}));
}

// The derivation that `text` stands for, by its context: a .drv, or an output that will be one (store/dynamic_inputs.h). Nothing
// after a failure.
std::optional<std::string> derivation_of_text(Vm& vm, std::string_view text, const Context* context) {
  std::vector<ContextElement> elements;
  if (context) elements = context->elements();
  auto fail = [&](std::string_view message) { return vm.fail_other("{}", message), std::nullopt; };
  if (elements.size() != 1)
    return fail(fmt::format("string '{}' has {} entries in its context. It should only have exactly one entry", text, elements.size()));
  const ContextElement& element = elements[0];
  if (element.kind == ContextElement::Kind::DrvDeep)
    return fail(fmt::format("string '{}' has a context which refers to a complete source and binary closure. This is not supported at this time", text));
  std::string path(element.path);
  if (element.kind == ContextElement::Kind::Opaque) {
    if (path != text) return fail(fmt::format("path string '{}' has context with the different path '{}'", text, path));
    return path;
  }
  auto expected = output_text(vm, path, element.output);
  if (!expected) return std::nullopt;
  if (*expected != text) {
    std::ranges::replace(path, '!', '^');
    return fail(fmt::format("string '{}' has context with the output '{}' from derivation '{}', but the string is not the right placeholder for "
                            "this derivation output. It should be '{}'", text, element.output, path, *expected));
  }
  if (store::dynamic_outputs_of(path) == store::kMostDynamicOutputs) return fail("too many derivations that are built by derivations");
  return store::dynamic_input(path, element.output);
}

Value output_of(Vm& vm, Value* arguments) {
  const StringObject* text = vm.force_string(arguments[0], "the first argument to builtins.outputOf");
  auto derivation = text ? derivation_of_text(vm, text->view(), text->context) : std::nullopt;
  const StringObject* name = derivation ? vm.force_string_no_context(arguments[1], "the second argument to builtins.outputOf") : nullptr;
  if (!name) return {};
  auto path = output_text(vm, *derivation, name->view());
  return path ? vm.string(*path, make_context({{ContextElement::Kind::Built, *derivation, name->view()}})) : Value();
}

constexpr BuiltinRow kTable[] = {
    {.name = "unsafeDiscardStringContext", .params = "s", .type = "string -> string",
     .doc = "Returns *s* without its context.", .run = discard_context},
    {.name = "unsafeDiscardOutputDependency", .params = "s", .type = "string -> string",
     .doc = "Turns references to derivations with all outputs into references to the .drv files.", .run = discard_output_dependency},
    {.name = "addDrvOutputDependencies", .params = "s", .type = "string -> string",
     .doc = "Turns the one reference of *s*, to a .drv file, into one to the derivation with all outputs.", .run = add_output_dependencies},
    {.name = "hasContext", .params = "s", .type = "string -> bool", .doc = "Returns true if *s* refers to the store.", .run = has_context},
    {.name = "getContext", .params = "s", .type = "string -> set",
     .doc = "Returns what *s* refers to: store paths with `path`, `allOutputs` or `outputs`.", .run = get_context},
    {.name = "appendContext", .params = "s context", .type = "string -> set -> string",
     .doc = "Returns *s* with *context*, in the form of getContext, added.", .run = append_context},
    {.name = "outputOf", .params = "derivation output", .type = "string -> string -> string",
     .doc = "Returns the path of an output of a .drv file, or what stands for it while it is not known. *derivation* is such a file, "
            "as `builtins.unsafeDiscardOutputDependency x.drvPath`, or an output that will be one.",
     .run = output_of, .feature = "dynamic-derivations"},
};

}  // namespace

std::span<const BuiltinRow> context_builtins() { return kTable; }

}  // namespace evalctl::stdlib
