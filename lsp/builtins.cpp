#include "lsp/builtins.h"

#include <fmt/format.h>

#include <algorithm>

#include "stdlib/registry.h"

namespace evalctl::lsp {
namespace {

struct Constant { std::string_view name, type, doc; bool global; };

// What the registry defines without a row.
constexpr Constant kConstants[] = {
    {"true", "bool", "The boolean value *true*.", true},
    {"false", "bool", "The boolean value *false*.", true},
    {"null", "null", "The value *null*.", true},
    {"builtins", "{ ... }", "The set of all built-in functions and constants.", true},
    {"derivation", "{ name, system, builder, ... } -> derivation",
     "Describes a single build step as a derivation and returns the set of its outputs.", true},
    {"langVersion", "int", "The version of the language.", false},
    {"nixVersion", "string", "The release of Nix whose behaviour this is.", false},
    {"storeDir", "string", "The folder of the store.", false},
    {"nixPath", "[{ path, prefix }]", "The search path that `<name>` is looked up in.", false},
    {"currentSystem", "string", "The system that evaluates, as `x86_64-linux`. Missing in pure evaluation.", false},
    {"currentTime", "int", "Seconds since 1970 at the start of the evaluation. Missing in pure evaluation.", false},
};

const Constant* find_constant(std::string_view name) {
  for (const Constant& constant : kConstants) {
    if (constant.name == name) return &constant;
  }
  return nullptr;
}

std::vector<BuiltinName> collect() {
  std::vector<BuiltinName> names;
  for (const evaluator::BuiltinRow* row : stdlib::all_builtins()) names.push_back({row->name, row, row->global});
  for (const Constant& constant : kConstants) names.push_back({constant.name, nullptr, constant.global});
  std::ranges::sort(names, {}, &BuiltinName::name);
  return names;
}

}  // namespace

std::span<const BuiltinName> builtin_names() {
  static const std::vector<BuiltinName> names = collect();
  return names;
}

std::span<const std::string_view> global_names() {
  static const std::vector<std::string> kept = [] {
    std::vector<std::string> names;
    for (const BuiltinName& builtin : builtin_names()) {
      names.push_back(builtin.global ? std::string(builtin.name) : "__" + std::string(builtin.name));
    }
    return names;
  }();
  static const std::vector<std::string_view> views(kept.begin(), kept.end());
  return views;
}

const BuiltinName* find_builtin(std::string_view name) {
  auto names = builtin_names();
  auto found = std::ranges::lower_bound(names, name, {}, &BuiltinName::name);
  return found != names.end() && found->name == name ? &*found : nullptr;
}

const BuiltinName* find_global(std::string_view name) {
  bool hidden = name.starts_with("__");
  const BuiltinName* found = find_builtin(hidden ? name.substr(2) : name);
  return found && found->global != hidden ? found : nullptr;
}

std::string documentation(const BuiltinName& builtin) {
  std::string_view type, doc, params;
  if (builtin.row) {
    type = builtin.row->type;
    doc = builtin.row->doc;
    params = builtin.row->params;
  } else if (const Constant* constant = find_constant(builtin.name)) {
    type = constant->type;
    doc = constant->doc;
  }
  std::string call = fmt::format("builtins.{}{}{}", builtin.name, params.empty() ? "" : " ", params);
  std::string out = fmt::format("```nix\n{}\n```\n", call);
  if (!type.empty()) out += fmt::format("`{} :: {}`\n\n", builtin.name, type);
  out += doc;
  if (builtin.row && !builtin.row->feature.empty()) {
    out += fmt::format("\n\nNeeds the experimental feature `{}`.", builtin.row->feature);
  }
  return out;
}

}  // namespace evalctl::lsp
