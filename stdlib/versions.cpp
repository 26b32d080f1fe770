// Builtins on version strings.
//
// A version is a row of components: the longest runs of digits, and of characters that are neither digits nor one of
// the separators `.` and `-`.
#include <charconv>
#include <optional>
#include <vector>

#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_separator(char c) { return c == '.' || c == '-'; }

// Takes the next component off `rest`. Empty at the end.
std::string_view next_component(std::string_view& rest) {
  while (!rest.empty() && is_separator(rest.front())) rest.remove_prefix(1);
  std::size_t size = 0;
  if (!rest.empty() && is_digit(rest.front())) {
    while (size < rest.size() && is_digit(rest[size])) ++size;
  } else {
    while (size < rest.size() && !is_digit(rest[size]) && !is_separator(rest[size])) ++size;
  }
  std::string_view component = rest.substr(0, size);
  rest.remove_prefix(size);
  return component;
}

// A number beyond 32 bits counts as text, as in Nix.
std::optional<int> number(std::string_view component) {
  int result;
  const char* end = component.data() + component.size();
  auto [stop, error] = std::from_chars(component.data(), end, result);
  if (error != std::errc() || stop != end) return std::nullopt;
  return result;
}

bool component_less(std::string_view a, std::string_view b) {
  std::optional<int> n = number(a), m = number(b);
  if (n && m) return *n < *m;
  if (a.empty() && m) return true;
  if (a == "pre" && b != "pre") return true;
  if (b == "pre") return false;
  // `2.3a` is less than `2.3.1`.
  if (m) return true;
  if (n) return false;
  return a < b;
}

Value compare_versions(Vm& vm, Value* arguments) {
  NIX_TRY(first, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.compareVersions"));
  NIX_TRY(second, vm.force_string_no_context(arguments[1], "the second argument passed to builtins.compareVersions"));
  std::string_view a = first->view(), b = second->view();
  while (!a.empty() || !b.empty()) {
    std::string_view x = next_component(a), y = next_component(b);
    if (component_less(x, y)) return vm.integer(-1);
    if (component_less(y, x)) return vm.integer(1);
  }
  return vm.integer(0);
}

Value split_version(Vm& vm, Value* arguments) {
  NIX_TRY(version, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.splitVersion"));
  std::string_view rest = version->view();
  ValueVector components;
  for (;;) {
    std::string_view component = next_component(rest);
    if (component.empty()) break;
    components.push_back(vm.string(component));
  }
  return vm.list(components);
}

Value parse_drv_name(Vm& vm, Value* arguments) {
  NIX_TRY(full, vm.force_string_no_context(arguments[0], "the first argument passed to builtins.parseDrvName"));
  std::string_view name = full->view(), version;
  for (std::size_t i = 0; i + 1 < name.size(); ++i) {
    if (name[i] != '-' || is_letter(name[i + 1])) continue;
    version = name.substr(i + 1);
    name = name.substr(0, i);
    break;
  }
  AttrsBuilder result(2);
  result.add(vm.symbols.name, vm.string(name));
  result.add("version", vm.string(version));
  return result.build(vm);
}

constexpr BuiltinRow kRows[] = {
    {.name = "parseDrvName", .params = "s", .type = "string -> { name : string; version : string; }",
     .doc = "Splits *s* into a package name and a version, which starts after the first dash that no letter follows.",
     .run = parse_drv_name},
    {.name = "compareVersions", .params = "s1 s2", .type = "string -> string -> int",
     .doc = "Compares two versions: -1 when *s1* is older than *s2*, 0 when they are equal, 1 when it is newer.",
     .run = compare_versions},
    {.name = "splitVersion", .params = "s", .type = "string -> [string]",
     .doc = "Splits a version into its components, as `compareVersions` does.", .run = split_version},
};

}  // namespace

std::span<const BuiltinRow> versions_builtins() { return kRows; }

}  // namespace evalctl::stdlib
