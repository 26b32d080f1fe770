#include "stdlib/sources.h"

#include <filesystem>

#include "evaluator/builtin.h"
#include "evaluator/name_order.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// What `path` and `filterSource` ask for.
struct SourceRequest {
  std::string path;
  std::string name;
  Value filter;
  bool recursive = true;
  std::string sha256;
};

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

PathFilter filter_of(Vm& vm, Value function) {
  if (!function) return {};
  return [&vm, function](const std::string& path, std::string_view type) -> base::Result<bool> {
    Value arguments[] = {vm.string(path), vm.string(type)};
    Value verdict = vm.call(function, arguments, 2);
    bool keep = false;
    if (!verdict || !vm.force_bool(verdict, keep, "the result of the filter function")) return base::fail("the filter function failed");
    return keep;
  };
}

Value store_source(Vm& vm, SourceRequest request) {
  World& world = World::of(vm);
  auto fail = [&](const base::Error& error) { return vm.error ? Value() : vm.fail_other("{}", error.message); };
  auto result = [&](const std::string& path) {
    return vm.string(path, make_context({{ContextElement::Kind::Opaque, path, ""}}));
  };
  if (auto allowed = world.check_access(request.path); !allowed) return fail(allowed.error());
  std::string expected;
  if (!request.sha256.empty()) {
    auto path = world.fixed_path(request.name, request.recursive, request.sha256);
    if (!path) return fail(path.error());
    if (world.is_valid(*path)) return result(*path);
    expected = *path;
  }
  auto resolved = world.resolve_links(request.path);
  if (!resolved) return fail(resolved.error());
  auto stored = world.add_source(request.name, *resolved, request.recursive, filter_of(vm, request.filter));
  if (!stored) return fail(stored.error());
  if (!expected.empty() && *stored != expected) {
    return vm.fail_other("store path mismatch in (possibly filtered) path added from '{}': expected '{}', got '{}'", request.path,
                         expected, *stored);
  }
  return result(*stored);
}

// Reads one attribute of the argument of `path`.
bool read_attribute(Vm& vm, const Attr& attribute, SourceRequest& request) {
  std::string_view name = text_of(attribute.name);
  if (name == "path") {
    const Context* context = nullptr;
    if (!vm.coerce_to_path(*attribute.slot, request.path, context, "the 'path' attribute passed to 'builtins.path'")) return false;
    request.path = canonical_path(request.path);
    auto realised = World::of(vm).realise(context, &request.path);
    if (!realised) vm.fail(realised.error());
    return realised.has_value();
  }
  if (name == "name" || name == "sha256") {
    const StringObject* text = vm.force_string_no_context(*attribute.slot, fmt::format("the '{}' attribute passed to 'builtins.path'", name));
    if (text) (name == "name" ? request.name : request.sha256) = text->view();
    return text != nullptr;
  }
  if (name == "filter") {
    request.filter = vm.force_function(*attribute.slot, "the 'filter' attribute passed to 'builtins.path'");
    return bool(request.filter);
  }
  if (name == "recursive") {
    return vm.force_bool(*attribute.slot, request.recursive, "the 'recursive' attribute passed to 'builtins.path'");
  }
  vm.fail_other("unsupported argument '{}' to 'builtins.path'", name);
  return false;
}

}  // namespace

Value path_builtin(Vm& vm, Value* arguments) {
  NIX_TRY(attrs, vm.force_attrs(arguments[0], "the argument passed to 'builtins.path'"));
  SourceRequest request;
  if (!visit_in_order(vm, attrs, [&](const Attr& a) { return read_attribute(vm, a, request); })) return {};
  if (request.path.empty()) return vm.fail_other("missing required 'path' attribute in the first argument to 'builtins.path'");
  if (request.name.empty()) request.name = base_name(request.path);
  return store_source(vm, std::move(request));
}

Value filter_source_builtin(Vm& vm, Value* arguments) {
  SourceRequest request;
  const Context* context = nullptr;
  if (!vm.coerce_to_path(arguments[1], request.path, context, "the second argument (the path to filter) passed to 'filterSource'")) return {};
  request.path = canonical_path(request.path);
  if (auto realised = World::of(vm).realise(context, &request.path); !realised) return vm.fail(realised.error());
  request.filter = vm.force_function(arguments[0], "the first argument passed to 'filterSource'");
  if (!request.filter) return {};
  request.name = base_name(request.path);
  return store_source(vm, std::move(request));
}

std::optional<std::string> local_folder(std::string_view entry) {
  if (entry.starts_with("file://")) entry.remove_prefix(7);
  // Entries such as channels of the net are not fetched.
  if (entry.contains("://") || entry.starts_with("channel:") || entry.starts_with("flake:")) return std::nullopt;
  std::error_code error;
  std::string absolute = std::filesystem::absolute(std::string(entry), error).string();
  if (error) return std::nullopt;
  return canonical_path(absolute);
}

std::optional<std::string> search_path_folder(World& world, std::string_view entry) {
  auto folder = local_folder(entry);
  return folder && world.check_access(*folder) ? folder : std::nullopt;
}

}  // namespace evalctl::stdlib
