// Fetchers. Files of this machine can be fetched; the net cannot yet.
#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/unpack.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

struct FetchRequest {
  std::string url;
  std::string name;
  std::string sha256;
};

bool read_request(Vm& vm, Value argument, std::string_view who, FetchRequest& request) {
  Value forced = vm.force(argument);
  if (!forced) return false;
  if (!forced.is(Kind::Attrs)) {
    const Context* context = nullptr;
    return vm.coerce_to_string(forced, request.url, context, false, false, "the URL to fetch");
  }
  for (const Attr& attribute : attributes_by_text(as_attrs(forced))) {
    std::string_view name = text_of(attribute.name);
    std::string* target = name == "url" ? &request.url : name == "name" ? &request.name : name == "sha256" ? &request.sha256 : nullptr;
    if (!target) {
      vm.fail_other("unsupported argument '{}' to '{}'", name, who);
      return false;
    }
    const StringObject* text = vm.force_string(*attribute.slot, fmt::format("the attribute '{}' of the argument of '{}'", name, who));
    if (!text) return false;
    *target = text->view();
  }
  if (request.url.empty()) vm.fail_other("'url' argument required");
  return !request.url.empty();
}

Value stored(Vm& vm, const std::string& path) {
  return vm.string(path, make_context({{ContextElement::Kind::Opaque, path, ""}}));
}

// Stores the file, or the folder that the archive holds.
base::Result<std::string> fetch_local(World& world, const FetchRequest& request, bool unpack) {
  std::string_view url = request.url;
  if (url.starts_with("file://")) url.remove_prefix(7);
  if (!url.starts_with('/')) return base::fail(fmt::format("cannot fetch '{}': only file:// URLs can be fetched", request.url));
  std::string path = canonical_path(url);
  if (auto allowed = world.check_access(path); !allowed) return std::unexpected(allowed.error());
  if (!unpack) return world.add_source(request.name, path, false);
  auto folder = unpack_archive(path);
  if (!folder) return std::unexpected(folder.error());
  return world.add_source(request.name, folder->content, true);
}

Value fetch(Vm& vm, Value argument, std::string_view who, bool unpack) {
  FetchRequest request;
  if (!read_request(vm, argument, who, request)) return {};
  World& world = World::of(vm);
  if (request.name.empty()) request.name = unpack ? "source" : request.url.substr(request.url.rfind('/') + 1);
  if (world.pure && request.sha256.empty()) return vm.fail_other("in pure evaluation mode, '{}' requires a 'sha256' argument", who);
  std::string expected;
  if (!request.sha256.empty()) {
    auto path = world.fixed_path(request.name, unpack, request.sha256);
    if (!path) return vm.fail_other("{}", path.error().message);
    if (world.is_valid(*path)) return stored(vm, *path);
    expected = *path;
  }
  auto path = fetch_local(world, request, unpack);
  if (!path) return vm.fail_other("{}", path.error().message);
  if (!expected.empty() && *path != expected) {
    return vm.fail_other("hash mismatch in file downloaded from '{}': expected the path '{}', got '{}'", request.url, expected, *path);
  }
  return stored(vm, *path);
}

Value fetch_url(Vm& vm, Value* arguments) { return fetch(vm, arguments[0], "fetchurl", false); }
Value fetch_tarball(Vm& vm, Value* arguments) { return fetch(vm, arguments[0], "fetchTarball", true); }

Value fetch_git(Vm& vm, Value*) { return vm.fail_other("'fetchGit' is not supported yet"); }
Value fetch_mercurial(Vm& vm, Value*) { return vm.fail_other("'fetchMercurial' is not supported"); }
Value fetch_tree(Vm& vm, Value*) { return vm.fail_other("'fetchTree' is not supported yet"); }
Value get_flake(Vm& vm, Value*) { return vm.fail_other("'getFlake' is not supported yet"); }

constexpr BuiltinRow kRows[] = {
    {.name = "fetchurl", .params = "request", .type = "string | { url; ... } -> string",
     .doc = "Stores the file at `url` and returns its store path. With `sha256`, nothing is read when it is there already.",
     .run = fetch_url, .effect = Effect::ReadsWorld},
    {.name = "fetchTarball", .params = "request", .type = "string | { url; ... } -> string",
     .doc = "Unpacks the archive at `url` and stores the single folder in it. `sha256` is that of the unpacked folder.",
     .run = fetch_tarball, .effect = Effect::ReadsWorld, .global = true},
    {.name = "fetchGit", .params = "request", .type = "string | { url; ... } -> { outPath; rev; ... }",
     .doc = "Stores a revision of a Git repository.", .run = fetch_git, .effect = Effect::ReadsWorld, .global = true},
    {.name = "fetchMercurial", .params = "request", .type = "string | { url; ... } -> { outPath; rev; ... }",
     .doc = "Stores a revision of a Mercurial repository.", .run = fetch_mercurial, .effect = Effect::ReadsWorld, .global = true},
    {.name = "fetchTree", .params = "request", .type = "string | { type; ... } -> { outPath; ... }",
     .doc = "Stores the tree that a flake input names.", .run = fetch_tree, .effect = Effect::ReadsWorld, .global = true},
    {.name = "getFlake", .params = "reference", .type = "string -> { outputs; ... }", .doc = "Returns the outputs of a flake.",
     .run = get_flake, .effect = Effect::ReadsWorld},
};

}  // namespace

std::span<const BuiltinRow> fetch_builtins() { return kRows; }

}  // namespace evalctl::stdlib
