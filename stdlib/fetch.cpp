// `fetchurl` and `fetchTarball`.
#include "base/files.h"
#include "base/hash.h"
#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/flakes/archive.h"
#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/registry.h"
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

// "channel:NAME" is an address of its own.
std::string resolve_channel(const std::string& url) {
  if (!url.starts_with("channel:")) return url;
  return fmt::format("https://channels.nixos.org/{}/nixexprs.tar.xz", url.substr(8));
}

Value fetch_unpacked(Vm& vm, World& world, const FetchRequest& request) {
  InputAttributes attributes{{"type", "tarball"}, {"url", request.url}, {"name", request.name}};
  if (!request.sha256.empty()) {
    auto hash = world.read_hash(request.sha256, base::HashAlgorithm::Sha256);
    if (!hash) return vm.fail(hash.error());
    attributes["narHash"] = hash->sri();
    if (auto named = store::check_name(request.name); !named) return vm.fail(named.error());
    std::string object = store::make_fixed_path(store::FileMethod::Nar, *hash, request.name);
    if (world.is_valid(object)) return stored(vm, object);
  }
  auto input = Input::from_attributes(std::move(attributes));
  if (!input) return vm.fail(input.error());
  auto tree = fetch_input(world, *input);
  if (!tree) return vm.fail(tree.error());
  return stored(vm, tree->store_path);
}

Value fetch_plain(Vm& vm, World& world, const FetchRequest& request) {
  if (auto expected = world.read_hash(request.sha256, base::HashAlgorithm::Sha256); expected && store::check_name(request.name)) {
    std::string object = store::make_fixed_path(store::FileMethod::Flat, *expected, request.name);
    if (world.is_valid(object)) return stored(vm, object);
  }
  auto file = fetch_file(world, request.url);
  if (!file) return vm.fail(file.error());
  auto text = base::read_file(*file);
  if (!text) return vm.fail(text.error());
  base::Hash hash = base::hash_bytes(base::HashAlgorithm::Sha256, *text);
  if (!request.sha256.empty()) {
    auto expected = world.read_hash(request.sha256, base::HashAlgorithm::Sha256);
    if (!expected) return vm.fail(expected.error());
    if (expected->bytes != hash.bytes) {
      return vm.fail_as(ErrorKind::Hash, "hash mismatch in file downloaded from '{}':\n  specified: sha256:{}\n  got:       sha256:{}", request.url, expected->base32(),
                           hash.base32());
    }
  }
  std::string object = store::make_fixed_path(store::FileMethod::Flat, hash, request.name);
  if (auto mounted = world.mount(object, {*file, nullptr}, store::FileMethod::Flat); !mounted) return vm.fail(mounted.error());
  return stored(vm, object);
}

Value fetch(Vm& vm, Value argument, std::string_view who, bool unpack) {
  FetchRequest request;
  if (!read_request(vm, argument, who, request) || !vm.may_act()) return {};
  World& world = World::of(vm);
  if (unpack) request.url = resolve_channel(request.url);
  // A plain path stands for the file there.
  if (request.url.starts_with('/')) request.url = "file://" + request.url;
  if (auto allowed = world.check_uri(request.url); !allowed) return vm.fail(allowed.error());
  if (request.name.empty()) request.name = unpack ? "source" : request.url.substr(request.url.rfind('/') + 1);
  if (auto legal = store::check_name(request.name); !legal) {
    return vm.fail_other("invalid store path name when fetching URL '{}': {}", request.url, legal.error().message);
  }
  if (world.pure && request.sha256.empty()) {
    vm.fail_as(ErrorKind::Impure, "in pure evaluation mode, '{}' requires a 'sha256' argument", who);
    vm.error->help = fmt::format("say what comes: `builtins.{} {{ url = …; sha256 = …; }}`, or make it an input of the flake", who);
    return {};
  }
  if (!request.sha256.empty()) {
    auto path = world.fixed_path(request.name, unpack, request.sha256);
    if (!path) return vm.fail(path.error());
    if (world.is_valid(*path)) {
      world.allow_object(*path);
      return stored(vm, *path);
    }
  }
  return unpack ? fetch_unpacked(vm, world, request) : fetch_plain(vm, world, request);
}

Value fetch_url(Vm& vm, Value* arguments) { return fetch(vm, arguments[0], "fetchurl", false); }
Value fetch_tarball(Vm& vm, Value* arguments) { return fetch(vm, arguments[0], "fetchTarball", true); }

constexpr BuiltinRow kRows[] = {
    {.name = "fetchurl", .params = "request", .type = "string | { url; ... } -> string",
     .doc = "Stores the file at `url` and returns its store path. With `sha256`, nothing is read when it is there already.",
     .run = fetch_url, .effect = Effect::ReadsWorld},
    {.name = "fetchTarball", .params = "request", .type = "string | { url; ... } -> string",
     .doc = "Unpacks the archive at `url` and stores the single folder in it. `sha256` is that of the unpacked folder.",
     .run = fetch_tarball, .effect = Effect::ReadsWorld, .global = true},
};

}  // namespace

std::span<const BuiltinRow> fetch_builtins() { return kRows; }

}  // namespace evalctl::stdlib
