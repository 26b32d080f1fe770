#include "lsp/worker_machine.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/files.h"
#include "evaluator/normal_form.h"
#include "stdlib/json.h"
#include "stdlib/lowered_files.h"
#include "stdlib/registry.h"

namespace evalctl::lsp {

using namespace evaluator;

namespace {

std::string nix_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    out += c;
  }
  return out + "\"";
}

// A flake in its folder instead of a copy in the store: what it imports are the files that are being edited. Inputs that
// are paths are taken where they are; others are fetched as they are locked.
constexpr std::string_view kFlakeInPlace = R"nix(
folder: system:
let
  file = import (/. + folder + "/flake.nix");
  lock =
    if builtins.pathExists (/. + folder + "/flake.lock")
    then builtins.fromJSON (builtins.readFile (/. + folder + "/flake.lock"))
    else { nodes.root = { }; root = "root"; };
  resolve = reference:
    if builtins.isList reference then builtins.foldl' (node: name: resolve (lock.nodes.${node}.inputs.${name})) lock.root reference
    else reference;
  source = name:
    let
      locked = lock.nodes.${name}.locked;
    in
    if name == lock.root then /. + folder
    else if locked.type or "" == "path" then
      (if builtins.substring 0 1 locked.path == "/" then /. + locked.path
       else source (resolve (lock.nodes.${name}.parent or [ ])) + ("/" + locked.path))
    else builtins.fetchTree locked;
  asPath = tree: if builtins.isPath tree then tree else /. + builtins.unsafeDiscardStringContext tree.outPath;
  call = name:
    let
      node = lock.nodes.${name};
      tree = source name;
      place = if name == lock.root then /. + folder else asPath tree + (if node.locked ? dir then "/" + node.locked.dir else "");
      inputs = builtins.mapAttrs (_: reference: nodes.${resolve reference}) (node.inputs or { });
      flake = import (place + "/flake.nix");
      outputs = flake.outputs (inputs // { inherit self; });
      sourceInfo = (if builtins.isAttrs tree then tree else { }) // { outPath = place; };
      self = outputs // sourceInfo // { inherit inputs outputs sourceInfo; _type = "flake"; };
    in
    if node.flake or true then self else sourceInfo;
  nodes = builtins.mapAttrs (name: _: call name) lock.nodes;
in
nodes.${lock.root} // { description = file.description or ""; }
)nix";

// The flake's outputs with `mkFlake` as a function that gives the evaluated modules instead of the outputs that these say.
// Nothing is looked at that the outputs do not look at.
constexpr std::string_view kFlakeModules = R"nix(
flake:
let
  modular = library:
    if library ? mkFlake && library ? evalFlakeModule then
      library // {
        mkFlake = arguments:
          library.evalFlakeModule ({ moduleLocation = toString flake.outPath + "/flake.nix"; } // arguments);
      }
    else library;
  inputs = builtins.mapAttrs (_: input: input // { lib = modular (input.lib or { }); }) flake.inputs;
in
(import (flake.outPath + "/flake.nix")).outputs (inputs // { self = flake; })
)nix";

// What a system is evaluated with where the user's own flake or default.nix says nothing.
constexpr std::string_view kSystem = R"nix(
{ nixpkgs, module, system }:
let
  modules = if module == null then [ ] else [ module ];
  old = /. + nixpkgs + "/nixos/lib/eval-config.nix";
  own = /. + nixpkgs + "/nixos/system.nix";
in
if builtins.pathExists old then import old { inherit system modules; }
else import own { lib = import (/. + nixpkgs + "/lib"); } { inherit system modules; }
)nix";

}  // namespace

void write(Writer& out, const WorkerSetup& setup) {
  out.text(setup.nixpkgs);
  out.text(setup.flake);
  out.text(setup.system);
  out.number(setup.load_modules ? 1 : 0);
  out.number(setup.memory_bytes);
}

WorkerSetup read_setup(Reader& in) {
  WorkerSetup setup;
  setup.nixpkgs = in.text();
  setup.flake = in.text();
  setup.system = in.text();
  setup.load_modules = in.number() != 0;
  setup.memory_bytes = in.number();
  return setup;
}

bool Machine::start() {
  if (!setup.system.empty()) world.system = setup.system;
  if (const char* path = std::getenv("NIX_PATH")) world.add_search_path(path);
  if (!setup.nixpkgs.empty()) world.add_search_entry("nixpkgs=" + setup.nixpkgs);
  world.allow_import_from_derivation = false;
  world.read_only = true;
  // Build graphs are drawn of derivations that no store has.
  world.hashes->keep_texts = true;
  world.features.insert({"flakes", "nix-command"});
  if (setup.memory_bytes != 0) vm.heap.set_limit(setup.memory_bytes);
  stdlib::define_builtins(vm);
  world.lowered = stdlib::LoweredFiles::attach(vm);
  bool good = !vm.error;
  forget_error();
  return good;
}

void Machine::load() {
  if (setup.nixpkgs.empty() && !setup.flake.empty()) find_nixpkgs_of_flake();
  if (setup.nixpkgs.empty()) return;
  library();
  forget_error();
  packages();
  forget_error();
  std::string list = setup.nixpkgs + "/nixos/modules/module-list.nix";
  if (setup.load_modules && base::exists(list)) {
    Value modules = import_file(list);
    if (modules && modules.is(Kind::List)) {
      for (std::uint32_t i = 0; i < as_list(modules)->size; ++i) {
        forget_error();
        Value path = vm.force(as_list(modules)->items[i]);
        if (path && path.is(Kind::Path)) import_file(std::string(as_string(path)->view()));
      }
    }
  }
  forget_error();
}

// The input of that name; what the user's own files were for it is forgotten, as they will change.
void Machine::find_nixpkgs_of_flake() {
  Value input = select(flake(), {"inputs", "nixpkgs", "outPath"});
  if (input && (input.is(Kind::Path) || input.is(Kind::String))) setup.nixpkgs = as_string(input)->view();
  if (!setup.nixpkgs.empty()) world.add_search_entry("nixpkgs=" + setup.nixpkgs);
  forget_error();
  flake_ = {};
  world.forget_imports();
}

Value Machine::keep(Value value) {
  if (value) vm.kept.push_back(value);
  return value;
}

Value Machine::expression(const std::string& text) {
  // Positions point into the text, so it lives as long as the process.
  auto* kept = new std::string(text);
  return vm.evaluate_text(*kept, "«evalctl»", "/");
}

Value Machine::import_file(const std::string& path) {
  NIX_TRY(import, vm.global(intern("import"), 0));
  return vm.call(import, vm.path(path));
}

Value Machine::packages() {
  if (packages_) return packages_;
  if (setup.nixpkgs.empty()) return vm.fail_other("no nixpkgs is known");
  std::string text = fmt::format("import (/. + {}) {{ system = {}; config = {{ }}; overlays = [ ]; }}", nix_string(setup.nixpkgs), nix_string(world.system));
  return packages_ = keep(expression(text));
}

Value Machine::library() {
  if (library_) return library_;
  if (setup.nixpkgs.empty()) return vm.fail_other("no nixpkgs is known");
  return library_ = keep(import_file(setup.nixpkgs + "/lib"));
}

Value Machine::flake() {
  if (setup.flake.empty()) return vm.fail_other("there is no flake");
  return flake_.get(vm.dependencies, [&]() -> Value {
    NIX_TRY(function, expression(std::string(kFlakeInPlace)));
    Value arguments[] = {vm.string(setup.flake), vm.string(world.system)};
    return keep(vm.call(function, arguments, 2));
  });
}

Value Machine::flake_modules() {
  NIX_TRY(own, flake());
  return flake_modules_.get(vm.dependencies, [&]() -> Value {
    NIX_TRY(function, expression(std::string(kFlakeModules)));
    return keep(vm.call(function, own));
  });
}

Value Machine::system_with(const std::string& module) {
  if (setup.nixpkgs.empty()) return vm.fail_other("no nixpkgs is known");
  return systems_[module].get(vm.dependencies, [&]() -> Value {
    NIX_TRY(function, expression(std::string(kSystem)));
    AttrsBuilder arguments(3);
    arguments.add("nixpkgs", vm.string(setup.nixpkgs));
    arguments.add("module", module.empty() ? Value::null() : vm.path(module));
    arguments.add("system", vm.string(world.system));
    return vm.call(function, arguments.build(vm));
  });
}

Value Machine::select(Value root, const std::vector<std::string>& names) {
  // What fails to be there leaves its own error pending.
  if (!root) return {};
  Value value = vm.force(root);
  for (const std::string& name : names) {
    if (!value) return {};
    NIX_TRY(called, vm.auto_call(value, vm.empty_attrs));
    NIX_TRY(set, vm.force_attrs(called));
    Attr found = find(set, intern(name));
    if (!found) return vm.fail(ErrorKind::MissingAttribute, fmt::format("attribute '{}' missing", name));
    value = vm.force_slot(*found.slot);
  }
  return value;
}

Value Machine::member(Value set, std::string_view name) {
  if (!set || !set.is(Kind::Attrs)) return {};
  Attr found = find(as_attrs(set), intern(name));
  Value value = found ? vm.force_slot(*found.slot) : Value();
  forget_error();
  return value;
}

std::string Machine::text(Value set, std::string_view name) {
  Value value = member(set, name);
  return value && (value.is(Kind::String) || value.is(Kind::Path)) ? std::string(as_string(value)->view()) : std::string();
}

std::optional<bool> Machine::flag(Value set, std::string_view name) {
  Value value = member(set, name);
  return value && value.is(Kind::Bool) ? std::optional(value.boolean()) : std::nullopt;
}

bool Machine::is_derivation(Value forced) { return text(forced, "type") == "derivation"; }

std::string Machine::brief(Value value, std::size_t width) {
  std::string out;
  append_brief(value, out, width, 0);
  forget_error();
  return out;
}

void Machine::append_brief(Value value, std::string& out, std::size_t width, unsigned depth) {
  constexpr unsigned kDeepest = 4;
  if (out.size() >= width || depth > kDeepest) {
    out += "…";
    return;
  }
  Value forced = value ? vm.force(value) : Value();
  forget_error();
  if (!forced) {
    out += "«error»";
  } else if (forced.is(Kind::String)) {
    std::string_view text = as_string(forced)->view();
    std::size_t size = std::min(text.size(), width - out.size());
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    append_quoted(text.substr(0, size), out);
    if (size < text.size()) out += "…";
  } else if (forced.is(Kind::List)) {
    out += "[";
    ListObject* list = as_list(forced);
    for (std::uint32_t i = 0; i < list->size && out.size() < width; ++i) {
      out += " ";
      append_brief(list->items[i], out, width, depth + 1);
      if (i + 1 < list->size && out.size() >= width) out += " …";
    }
    out += list->size == 0 ? " ]" : " ]";
  } else if (forced.is(Kind::Attrs) && is_derivation(forced)) {
    out += "«derivation " + text(forced, "name") + "»";
  } else if (forced.is(Kind::Attrs)) {
    out += "{";
    for (Attr attribute : attributes_by_text(as_attrs(forced))) {
      if (out.size() >= width) {
        out += " …";
        break;
      }
      out += " " + std::string(text_of(attribute.name)) + " = ";
      append_brief(*attribute.slot, out, width, depth + 1);
      out += ";";
    }
    out += " }";
  } else if (forced.is_function()) {
    out += "«function»";
  } else {
    out += vm.show(forced);
  }
}

std::string Machine::documentation_text(Value value, std::size_t width) {
  if (!value) return "";
  if (value.is(Kind::String)) return std::string(as_string(value)->view());
  if (value.is(Kind::Attrs) && member(value, "text") && !text(value, "_type").empty()) return text(value, "text");
  return brief(value, width);
}

}  // namespace evalctl::lsp
