// `import` and `scopedImport`.
#include <optional>

#include "evaluator/builtin.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"
#include "evaluator/waiting.h"
#include "stdlib/files_ahead.h"
#include "stdlib/forgotten_text.h"
#include "stdlib/lowered_files.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"
#include "store/derivation.h"
#include "store/store_path.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// Makes of a .drv's set the value that its derivation call gave.
constexpr std::string_view kDerivationToAttrs = R"nix(
attrs@{ drvPath, outputs, name, ... }:
let
  common = builtins.listToAttrs list // {
    all = map (x: x.value) list;
    inherit drvPath name;
    type = "derivation";
  };
  element = outputName: {
    name = outputName;
    value = common // { outPath = builtins.getAttr outputName attrs; inherit outputName; };
  };
  list = map element outputs;
in
(builtins.head list).value
)nix";

Value import_derivation(Vm& vm, const std::string& path, const std::string& text) {
  auto parsed = store::parse_aterm(text);
  if (!parsed) return vm.fail_other("cannot read the derivation '{}': {}", path, parsed.error().message);
  AttrsBuilder attrs;
  attrs.add(vm.symbols.drv_path, vm.string(path, make_context({{ContextElement::Kind::DrvDeep, path, ""}})));
  std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  name = name.substr(std::min<std::size_t>(33, name.size()));
  auto variable = parsed->env.find("name");
  attrs.add(vm.symbols.name, vm.string(variable != parsed->env.end() ? std::string_view(variable->second) : name));
  ValueVector outputs;
  for (const auto& [output, where] : parsed->outputs) {
    outputs.push_back(vm.string(output));
    attrs.add(output, vm.string(where.path.empty() ? store::output_placeholder(path, output) : where.path, make_context({{ContextElement::Kind::Built, path, output}})));
  }
  attrs.add(vm.symbols.outputs, vm.list(outputs));
  Value wrapper = vm.evaluate_text(kDerivationToAttrs, "«imported-drv-to-derivation»", "/");
  return wrapper ? vm.call(wrapper, attrs.build(vm)) : Value();
}

// Gives back the text of a file that was lowered.
void forget_text(World& world, SourceFile& source, const std::string* text, std::optional<TextDigest> digest) {
  source.unread = new ForgottenText(world, source.path, digest ? std::move(*digest) : TextDigest(*text));
  source.known_text = {};
  delete text;
}

// The code of a file: from an earlier run, or read and compiled. Null after vm.fail.
// `seen`: of the file, where that is known.
const Code* code_of_file(Vm& vm, const std::string& file, Value scope, const std::optional<base::Sighting>& seen) {
  World& world = World::of(vm);
  std::size_t slash = file.rfind('/');
  std::string directory = slash == 0 ? "/" : file.substr(0, slash);
  bool followed = vm.dependencies && vm.dependencies->follows(file);
  std::optional<base::Stamp> stamp;
  if (world.lowered && !scope && !followed) {
    if (seen) base::saw_file(file, *seen);
    stamp = seen ? seen->stamp : world.stamp_of(file);
  }
  const Code* code = stamp ? world.lowered->find(vm, *stamp, file, directory) : nullptr;
  if (code) {
    ++vm.statistics.known_files;
    return code;
  }
  auto text = world.read_source(vm, file);
  if (!text) {
    vm.fail(text.error());
    return nullptr;
  }
  FilesAhead* ahead = scope || followed ? nullptr : world.files_ahead.get();
  FilesAhead::Ready ready;
  if (ahead) ready = ahead->take(file, *text);
  // Positions point into the text.
  auto* kept = new std::string(std::move(*text));
  if (stamp) code = world.lowered->find(vm, *stamp, *kept, file, directory);
  if (code) return code;
  code = compile(vm, *kept, file, directory, scope, std::move(ready.ir));
  if (code && ahead) ahead->expect_named(*vm.program().files[code->file].ir, directory, world.on_disk(directory));
  if (code && stamp) world.lowered->add(*stamp, code->file);
  if (code && world.forgets_texts) forget_text(world, vm.program().files[code->file], kept, std::move(ready.digest));
  return code;
}

Value evaluate_file(Vm& vm, const std::string& file, Value scope, const std::optional<base::Sighting>& seen) {
  const Code* code = code_of_file(vm, file, scope, seen);
  return code ? run(vm, *code, nullptr, nullptr) : Value();
}

bool is_stored_derivation(World& world, const std::string& path) {
  return path.ends_with(".drv") && store::is_store_path(path) && world.exists(path);
}

Value evaluate_noting(Vm& vm, const std::string& file, World::Import& import) {
  import.memo = {};
  return vm.dependencies->remember(import.memo, [&] { return evaluate_file(vm, file, {}, {}); });
}

Value known_import(Vm& vm, const World::Import& import) {
  if (vm.dependencies) vm.dependencies->read(import.memo);
  return *import.value;
}

// Of several threads one evaluates the file, and the others wait for it as for a thunk.
Value import_once(Vm& vm, World& world, const std::string& file, const std::optional<base::Sighting>& seen) {
  World::Import& import = world.import_of(vm, file);
  for (;;) {
    ThunkState state = ThunkState::of(&import.claim);
    if (state.kind == Kind::Forced && vm.dependencies && vm.dependencies->is_stale(import.memo)) import.claim.kind.store(Kind::Thunk);
    else if (state.kind == Kind::Forced) return known_import(vm, import);
    if (state.kind == Kind::Claimed && state.owner() == vm.number)
      return vm.fail(ErrorKind::InfiniteRecursion, fmt::format("infinite recursion encountered: '{}' imports itself", file));
    if (state.kind == Kind::Claimed) {
      if (!wait_for_claim(vm, &import.claim)) return {};
    } else if (state.claim(&import.claim, vm.number)) {
      break;
    }
  }
  world.files_read.fetch_add(1, std::memory_order_relaxed);
  Value value = vm.dependencies ? evaluate_noting(vm, file, import) : evaluate_file(vm, file, {}, seen);
  if (value) *import.value = value;
  import.claim.kind.store(value ? Kind::Forced : Kind::Thunk, std::memory_order_release);
  claim_given_up(&import.claim);
  return value;
}

// Evaluates what stands at `path`. An unscoped import gives the same value each time.
Value import_path(Vm& vm, const std::string& path, Value scope) {
  World& world = World::of(vm);
  if (auto allowed = world.check_access(path); !allowed) return vm.fail(allowed.error());
  if (is_stored_derivation(world, path)) {
    auto text = world.read_file(path);
    if (!text) return vm.fail(text.error());
    return import_derivation(vm, path, *text);
  }
  std::optional<base::Sighting> seen;
  auto file = world.resolve_import(path, &seen);
  if (!file) return vm.fail(file.error());
  if (world.imported) world.imported->insert(*file);
  if (scope) return evaluate_file(vm, *file, scope, {});
  return import_once(vm, world, *file, seen);
}

// Where `argument` points to, built if need be. False on failure.
bool import_target(Vm& vm, Value argument, std::string& path) {
  const Context* context = nullptr;
  if (!vm.coerce_to_path(argument, path, context, "the argument of 'import'")) return false;
  if (auto realised = World::of(vm).realise(context, &path); !realised) return vm.fail(realised.error()), false;
  path = canonical_path(path);
  return true;
}

Value import(Vm& vm, Value* arguments) {
  std::string path;
  return import_target(vm, arguments[0], path) ? import_path(vm, path, {}) : Value();
}

Value scoped_import(Vm& vm, Value* arguments) {
  std::string path;
  if (!import_target(vm, arguments[1], path)) return {};
  NIX_TRY(scope, vm.force_attrs(arguments[0], "the first argument of 'scopedImport'"));
  return import_path(vm, path, Value(static_cast<Object*>(scope)));
}

constexpr BuiltinRow kRows[] = {
    {.name = "import", .params = "path", .type = "path -> a",
     .doc = "Evaluates the file *path*, or `default.nix` in the folder *path*. Each file is evaluated once.", .run = import,
     .effect = Effect::ReadsWorld, .global = true},
    {.name = "scopedImport", .params = "scope path", .type = "{ a } -> path -> b",
     .doc = "Evaluates the file *path* with the attributes of *scope* as variables, which may replace builtins.",
     .run = scoped_import, .effect = Effect::ReadsWorld, .global = true},
};

}  // namespace

std::span<const BuiltinRow> import_builtins() { return kRows; }

}  // namespace evalctl::stdlib
