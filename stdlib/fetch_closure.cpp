// `fetchClosure`: a store object and all that it needs, from a binary cache.
#include <cstdlib>

#include "base/observations.h"
#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/binary_cache.h"
#include "stdlib/flakes/url.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"
#include "store/cache.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using store::ObjectInfo;

struct ClosureRequest {
  std::string from_store, from_path;
  // Where the object goes that has been rewritten so that its path comes from its contents; "" asks for that path.
  std::optional<std::string> to_path;
  bool input_addressed = false;
};

bool read_store_path(Vm& vm, const Attr& attribute, std::string& path) {
  const Context* context = nullptr;
  std::string what = fmt::format("the attribute '{}' passed to builtins.fetchClosure", text_of(attribute.name));
  if (!vm.coerce_to_string(*attribute.slot, path, context, false, false, what)) return false;
  if (!store::is_store_path(path)) vm.fail_other("path '{}' is not in the Nix store", path);
  return store::is_store_path(path);
}

bool read_to_path(Vm& vm, const Attr& attribute, ClosureRequest& request) {
  Value value = vm.force(*attribute.slot);
  if (!value) return false;
  std::string& path = request.to_path.emplace();
  return (value.is(Kind::String) && value.object()->size == 0) || read_store_path(vm, attribute, path);
}

bool read_attribute(Vm& vm, const Attr& attribute, ClosureRequest& request) {
  std::string_view name = text_of(attribute.name);
  if (name == "fromPath") return read_store_path(vm, attribute, request.from_path);
  if (name == "toPath") return read_to_path(vm, attribute, request);
  if (name == "inputAddressed") return vm.force_bool(*attribute.slot, request.input_addressed);
  if (name != "fromStore") {
    vm.fail_other("attribute '{}' isn't supported in call to 'fetchClosure'", name);
    return false;
  }
  const StringObject* text = vm.force_string_no_context(*attribute.slot, "the attribute 'fromStore' passed to builtins.fetchClosure");
  if (text) request.from_store = text->view();
  return text;
}

base::Result<void> check_request(const ClosureRequest& request) {
  if (request.from_path.empty()) return base::fail("attribute 'fromPath' is missing in call to 'fetchClosure'");
  if (request.input_addressed && request.to_path) {
    return base::fail("attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove one of them");
  }
  if (request.from_store.empty()) return base::fail("attribute 'fromStore' is missing in call to 'fetchClosure'");
  auto url = parse_url(request.from_store, false);
  if (!url || (url->scheme != "http" && url->scheme != "https")) return base::fail("'fetchClosure' only supports http:// and https:// stores");
  if (!url->query.empty()) return base::fail(fmt::format("'fetchClosure' does not support URL query parameters (in '{}')", request.from_store));
  return {};
}

// Puts an object into the store; where nothing is written there, into the cache, from where it is read in its place.
base::Result<void> add_object(World& world, const ObjectInfo& info, std::string_view archive) {
  if (!world.read_only) return world.store->add_object(info, archive);
  std::string entry = "objects/" + info.path.substr(store::kStoreDir.size() + 1);
  auto unpacked = store::cached(entry, [&](const std::string& target) {
    store::NarRestorer restorer(target);
    restorer.write(archive);
    return restorer.finish();
  });
  if (!unpacked) return std::unexpected(unpacked.error());
  return world.mount(info.path, {*unpacked, nullptr});
}

base::Result<void> copy_closure(World& world, BinaryCache& cache, const std::string& path) {
  auto objects = cache.closure(path, [&](const std::string& object) { return world.is_valid(object); });
  if (!objects) return std::unexpected(objects.error());
  for (const ObjectInfo* info : *objects) {
    world.activity(fmt::format("fetching '{}'", info->path));
    auto archive = cache.archive(*info);
    if (!archive) return std::unexpected(archive.error());
    if (auto added = add_object(world, *info, *archive); !added) return added;
  }
  return {};
}

// Rewrites the object and all that it needs; returns where it went.
base::Result<std::string> copy_rewritten(World& world, BinaryCache& cache, const std::string& path) {
  auto objects = cache.closure(path, [](const std::string&) { return false; });
  if (!objects) return std::unexpected(objects.error());
  std::map<std::string, std::string> replacements;
  for (const ObjectInfo* info : *objects) {
    world.activity(fmt::format("fetching '{}'", info->path));
    auto archive = cache.archive(*info);
    if (!archive) return std::unexpected(archive.error());
    ObjectInfo addressed = store::address_by_content(*info, replacements, *archive);
    replacements[info->path] = addressed.path;
    if (world.is_valid(addressed.path)) continue;
    if (auto added = add_object(world, addressed, *archive); !added) return std::unexpected(added.error());
  }
  return replacements[path];
}

// What is known of an object that is in the store or was fetched just now.
base::Result<ObjectInfo> info_of(World& world, BinaryCache& cache, const std::string& path) {
  if (auto known = world.store->info(path); known && *known) return **known;
  auto told = cache.info(path);
  if (!told) return std::unexpected(told.error());
  return **told;
}

base::Result<std::string> fetch_rewritten(World& world, BinaryCache& cache, const ClosureRequest& request) {
  const std::string& wanted = *request.to_path;
  if (wanted.empty() || !world.is_valid(wanted)) {
    auto made = copy_rewritten(world, cache, request.from_path);
    if (!made) return made;
    if (wanted.empty()) {
      return base::fail(fmt::format("rewriting '{}' to content-addressed form yielded '{}'\n"
                                    "Use this value for the 'toPath' attribute passed to 'fetchClosure'", request.from_path, *made));
    }
    if (*made != wanted) {
      return base::fail(fmt::format("rewriting '{}' to content-addressed form yielded '{}', while '{}' was expected", request.from_path, *made, wanted));
    }
    return wanted;
  }
  auto known = world.store->info(wanted);
  if (known && *known && !store::is_content_addressed(**known)) {
    return base::fail(fmt::format("The 'toPath' value '{}' is input-addressed, so it can't possibly be the result of rewriting to a "
                                  "content-addressed path.\n\nSet 'toPath' to an empty string to make Nix report the correct "
                                  "content-addressed path.", wanted));
  }
  return wanted;
}

base::Result<std::string> fetch_plain(World& world, BinaryCache& cache, const ClosureRequest& request) {
  const std::string& path = request.from_path;
  if (!world.is_valid(path)) {
    if (auto copied = copy_closure(world, cache, path); !copied) return std::unexpected(copied.error());
  }
  auto info = info_of(world, cache, path);
  if (!info) return std::unexpected(info.error());
  bool is_addressed = store::is_content_addressed(*info);
  if (is_addressed == !request.input_addressed) return path;
  if (is_addressed) {
    return base::fail(fmt::format("The store object referred to by 'fromPath' at '{}' is not input-addressed, but 'inputAddressed' is set to "
                                  "'true'.\n\nRemove the 'inputAddressed' attribute (it defaults to 'false') to expect 'fromPath' to be "
                                  "content-addressed", path));
  }
  return base::fail(fmt::format("The 'fromPath' value '{}' is input-addressed, but 'inputAddressed' is set to 'false' (default).\n\n"
                                "If you do intend to fetch an input-addressed store path, add\n\n    inputAddressed = true;\n\n"
                                "to the 'fetchClosure' arguments.\n\nNote that to ensure authenticity input-addressed store paths, users must "
                                "configure a trusted binary cache public key on their systems. This is not needed for content-addressed paths.",
                                path));
}

Value fetch_closure(Vm& vm, Value* arguments) {
  AttrsObject* attributes = vm.force_attrs(arguments[0], "the argument passed to builtins.fetchClosure");
  if (!attributes) return {};
  ClosureRequest request;
  for (const Attr& attribute : attributes_by_text(attributes)) {
    if (!read_attribute(vm, attribute, request)) return {};
  }
  if (!vm.may_act()) return {};
  World& world = World::of(vm);
  if (auto checked = check_request(request); !checked) return vm.fail(checked.error());
  if (auto allowed = world.check_uri(request.from_store); !allowed) return vm.fail(allowed.error());
  BinaryCache cache(request.from_store);
  auto path = request.to_path ? fetch_rewritten(world, cache, request) : fetch_plain(world, cache, request);
  if (!path) return vm.fail(path.error());
  world.allow_object(*path);
  return vm.string(*path, make_context({{ContextElement::Kind::Opaque, *path, ""}}));
}

constexpr BuiltinRow kRows[] = {
    {.name = "fetchClosure", .params = "request", .type = "{ fromStore; fromPath; ... } -> string",
     .doc = "Fetches the store object `fromPath` and all that it needs from the binary cache `fromStore`. Its path has to come from its "
            "contents, unless `inputAddressed` is true; with `toPath`, it is rewritten so that it does.",
     .run = fetch_closure, .effect = Effect::ReadsWorld, .feature = "fetch-closure"},
};

}  // namespace

std::span<const BuiltinRow> fetch_closure_builtins() { return kRows; }

}  // namespace evalctl::stdlib
