// Names that are not there: variables and attributes.
#include <fmt/ranges.h>

#include <algorithm>

#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::SourceRange;

// Writes another name in place of the one that is wrong, where the primary range begins with that.
void offer(Diagnosis& d, std::string_view wanted, const std::string& better) {
  d.out.help = fmt::format("did you mean `{}`?", better);
  if (!d.out.primary) return;
  SourceRange r = d.out.primary->range;
  if (!r.text.substr(r.begin).starts_with(wanted)) return;
  r.end = r.begin + static_cast<std::uint32_t>(wanted.size());
  d.add_fix(r, better, fmt::format("write `{}`", better));
}

// What brings the names that people take for granted.
struct Origin { std::string_view name, help; };
constexpr Origin kOrigins[] = {
    {"lib", "add it to the function's arguments: `{ lib, ... }:`"},
    {"pkgs", "add it to the function's arguments: `{ pkgs, ... }:`"},
    {"config", "add it to the function's arguments: `{ config, ... }:`"},
    {"options", "add it to the function's arguments: `{ options, ... }:`"},
    {"modulesPath", "add it to the function's arguments: `{ modulesPath, ... }:`"},
    {"inputs", "pass it as an argument: `{ inputs, ... }:` and, for modules, `specialArgs = { inherit inputs; };`"},
    {"self", "add it to the arguments of the flake's `outputs`, or pass it as an argument: `{ self, ... }:`"},
    {"stdenv", "add it to the function's arguments: `{ stdenv, ... }:`, or write `pkgs.stdenv`"},
    {"fetchFromGitHub", "add it to the function's arguments: `{ fetchFromGitHub, ... }:`, or write `pkgs.fetchFromGitHub`"},
    {"callPackage", "write `pkgs.callPackage`"},
    {"mkShell", "write `pkgs.mkShell`"},
    {"mkDerivation", "write `stdenv.mkDerivation`"},
    {"types", "write `lib.types`"},
};

std::string undefined_help(Diagnosis& d, std::string_view wanted) {
  for (const Origin& o : kOrigins)
    if (o.name == wanted) return std::string(o.help);
  Value builtins = d.vm.global(intern("builtins"), 0);
  if (builtins && builtins.is(Kind::Attrs) && find(as_attrs(builtins), d.error.name)) return fmt::format("write `builtins.{}`", wanted);
  static constexpr std::string_view kPrefixes[] = {"mk", "optional", "concat", "strings", "has", "filterAttrs", "mapAttrs", "getExe", "recursiveUpdate", "flatten"};
  for (std::string_view prefix : kPrefixes)
    if (wanted.starts_with(prefix)) return fmt::format("write `lib.{}`", wanted);
  static constexpr std::string_view kWriters[] = {"writeShellScript", "writeText", "runCommand", "symlinkJoin", "fetch", "build"};
  for (std::string_view prefix : kWriters)
    if (wanted.starts_with(prefix)) return fmt::format("write `pkgs.{}`", wanted);
  return "bind it with `let`, take it as an argument, or give the set it comes from: `set.name`";
}

// A set around the variable that binds the name for others only, since it is not recursive.
bool bound_beside(Diagnosis& d, std::string_view wanted) {
  std::uint32_t file = d.out.primary ? d.file_number(d.out.primary->range.file) : 0;
  if (file == 0) return false;
  const parser::Tree& t = d.tree(file);
  std::uint32_t at = d.out.primary->range.begin;
  for (parser::NodeId set : d.around(file, at)) {
    if (t.kind(set) != parser::NodeKind::AttrSet || t.text(set).starts_with("rec")) continue;
    for (parser::NodeId binding : t.children(set)) {
      // Of its own value a name would be no better with `rec`.
      bool is_own = t.range(binding).begin <= at && at < t.range(binding).end;
      if (is_own || t.kind(binding) != parser::NodeKind::Binding) continue;
      std::vector<parser::NodeId> path = children_of(t, children_of(t, binding)[0]);
      if (path.size() != 1 || parser::static_name(t, path[0]) != wanted) continue;
      d.out.labels.push_back({d.range_of(file, path[0]), "bound here for others than this set"});
      d.out.help = "begin the set with `rec`, or bind the name with `let`";
      return true;
    }
  }
  return false;
}

void undefined(Diagnosis& d, std::string_view wanted) {
  if (bound_beside(d, wanted)) return;
  std::vector<std::string_view> known;
  for (Symbol s : d.error.known) known.push_back(text_of(s));
  for (const auto& [id, value] : d.vm.program().globals)
    if (!text_of({id}).starts_with("__")) known.push_back(text_of({id}));
  auto near = base::near_names(wanted, known);
  if (!near.empty()) return offer(d, wanted, std::string(near[0]));
  d.out.help = undefined_help(d, wanted);
  std::size_t quote = d.out.help.find("write `");
  if (quote != 0 || !d.out.primary) return;
  std::string better = d.out.help.substr(7, d.out.help.size() - 8);
  SourceRange r = d.out.primary->range;
  if (r.text.substr(r.begin).starts_with(wanted)) {
    r.end = r.begin + static_cast<std::uint32_t>(wanted.size());
    d.add_fix(r, better, d.out.help);
  }
}

// The one of the known sets inside of the set at fault that has the name: `pkgs.x` may have moved to `pkgs.y.x`. Looks at
// what is evaluated already.
void missing_attribute(Diagnosis& d, std::string_view wanted) {
  std::vector<std::string_view> known;
  for (Symbol s : d.error.known) known.push_back(text_of(s));
  bool builtins = std::find(known.begin(), known.end(), "derivationStrict") != known.end();
  if (builtins && (wanted == "currentSystem" || wanted == "currentTime")) {
    d.out.help = fmt::format("pure evaluation does not know it: {}; `--impure` allows it", wanted == "currentSystem" ? "write the system, or take `system` as an argument" : "`self.lastModified` is the time of a flake");
    return;
  }
  auto near = base::near_names(wanted, known);
  if (!near.empty()) return offer(d, wanted, std::string(near[0]));
  // The package sets of nixpkgs as a flake.
  if (wanted == "packages" && std::find(known.begin(), known.end(), "legacyPackages") != known.end()) return offer(d, wanted, "legacyPackages");
  if (known.empty()) {
    d.out.notes.push_back("the set is empty");
  } else if (known.size() <= 8) {
    std::sort(known.begin(), known.end());
    d.out.notes.push_back(fmt::format("the set has: {}", fmt::join(known, ", ")));
  }
  d.out.help = fmt::format("look for the name in the set, or give a default: `{} or …`", wanted);
}

}  // namespace

// Of an attribute path in which the name of an attribute stands, that name.
static void narrow_to(Diagnosis& d, std::string_view name) {
  std::uint32_t file = d.file_number(d.out.primary->range.file);
  if (file == 0) return;
  const parser::Tree& t = d.tree(file);
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    if (t.kind({i}) != parser::NodeKind::AttrPath || t.range({i}).begin != d.out.primary->range.begin) continue;
    for (parser::NodeId element : t.children({i}))
      if (parser::static_name(t, element) == name) return d.set_primary(d.range_of(file, element), "");
  }
}

void diagnose_names(Diagnosis& d) {
  if (d.error.name.id == 0) {
    if (d.error.known.size() == 1 && d.out.primary) narrow_to(d, text_of(d.error.known[0]));
    // What was asked for on the command line.
    if (d.out.help.empty() && d.out.primary) d.out.help = "correct the name that was asked for, or add it to what is marked";
    return;
  }
  std::string_view wanted = text_of(d.error.name);
  return d.error.kind == ErrorKind::Undefined ? undefined(d, wanted) : missing_attribute(d, wanted);
}

}  // namespace evalctl::stdlib
