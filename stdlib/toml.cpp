// fromTOML, on toml++.
#include <sstream>
#include <toml++/toml.h>

#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

Value convert(Vm& vm, const toml::node& node) {
  Vm::Depth level(vm);
  if (!level) return {};
  if (const auto* table = node.as_table()) {
    AttrsBuilder attrs(table->size());
    for (const auto& [key, item] : *table) {
      NIX_TRY(v, convert(vm, item));
      attrs.add(key.str(), v);
    }
    return attrs.build(vm);
  }
  if (const auto* array = node.as_array()) {
    ValueVector items;
    for (const toml::node& item : *array) {
      NIX_TRY(v, convert(vm, item));
      items.push_back(v);
    }
    return vm.list(items);
  }
  if (const auto* s = node.as_string()) return vm.string(s->get());
  if (const auto* i = node.as_integer()) return vm.integer(i->get());
  if (const auto* d = node.as_floating_point()) return vm.floating(d->get());
  if (const auto* b = node.as_boolean()) return Value::boolean(b->get());
  return vm.fail_other("while parsing TOML: Dates and times are not supported");
}

Value from_toml(Vm& vm, Value* arguments) {
  const StringObject* text = vm.force_string_no_context(arguments[0], "the argument passed to builtins.fromTOML");
  if (!text) return {};
  try {
    return convert(vm, toml::parse(text->view()));
  } catch (const toml::parse_error& error) {
    return vm.fail_other("while parsing TOML: {} (line {}, column {})", error.description(), error.source().begin.line,
                         error.source().begin.column);
  }
}

constexpr BuiltinRow kTable[] = {
    {.name = "fromTOML", .params = "e", .type = "string -> set", .doc = "Returns the value that the TOML text *e* stands for.",
     .run = from_toml, .global = true},
};

}  // namespace

std::span<const BuiltinRow> toml_builtins() { return kTable; }

}  // namespace evalctl::stdlib
