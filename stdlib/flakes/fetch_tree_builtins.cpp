// `fetchTree`, `fetchGit`, `fetchMercurial`: inputs fetched by an expression.
#include "evaluator/builtin.h"
#include "evaluator/name_order.h"
#include "stdlib/flakes/registry.h"
#include "stdlib/flakes/tree_value.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// A path or string as an attribute of an input; other kinds as read_attribute takes them.
bool read_argument(Vm& vm, const Attr& attribute, std::string_view who, InputAttributes& attributes) {
  Value value = vm.force(*attribute.slot);
  if (!value) return false;
  if (!value.is(Kind::String) && !value.is(Kind::Path)) {
    return read_attribute(vm, {attribute.name, &value, attribute.shape, attribute.index}, fmt::format("argument of '{}'", who), attributes);
  }
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(value, text, context, false, false)) return false;
  if (auto realised = World::of(vm).realise(context); !realised) {
    vm.fail(realised.error());
    return false;
  }
  attributes[std::string(text_of(attribute.name))] = text;
  return true;
}

// The arguments of `fetchGit` and `fetchTree`, a set or a URL, as attributes. `type`: "git", or "" where it is an argument.
bool read_arguments(Vm& vm, Value argument, std::string_view who, std::string_view type, InputAttributes& attributes) {
  Value forced = vm.force(argument);
  if (!forced) return false;
  if (forced.is(Kind::Attrs)) {
    if (!visit_in_order(vm, as_attrs(forced), [&](const Attr& a) { return read_argument(vm, a, who, attributes); })) return false;
    if (!type.empty() && attributes.contains("type")) return vm.fail_other("unexpected argument 'type'"), false;
    if (type.empty() && !attributes.contains("type")) return vm.fail_other("argument 'type' is missing in call to '{}'", who), false;
  } else {
    std::string text;
    const Context* context = nullptr;
    if (!vm.coerce_to_string(forced, text, context, false, false, "the URL to fetch")) return false;
    attributes["url"] = text;
  }
  if (!type.empty()) attributes["type"] = std::string(type);
  return true;
}

Value fetch_value(Vm& vm, base::Result<Input> input, std::string_view who, const TreeValueOptions& options) {
  World& world = World::of(vm);
  if (!input) return vm.fail(input.error());
  if (!vm.may_act()) return {};
  if (!world.pure && input->type() == "indirect") {
    auto resolved = resolve_input(world, *input, Registries::Limited);
    if (!resolved) return vm.fail(resolved.error());
    input = resolved->input;
  }
  if (world.pure && !input->is_locked()) {
    if (!input->has("narHash")) return vm.fail_as(ErrorKind::Impure, "in pure evaluation mode, '{}' doesn't fetch unlocked input '{}'", who, input->to_string());
    world.message(fmt::format("warning: Input '{}' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. This is not reproducible and "
                              "will break after garbage collection or when shared.",
                              input->to_string()));
  }
  if (auto allowed = world.check_uri(input->to_string()); !allowed) return vm.fail(allowed.error());
  auto stored = fetch_input(world, *input);
  if (!stored) return vm.fail(stored.error());
  return tree_value(vm, *stored, options);
}

Value fetch_tree(Vm& vm, Value* arguments) {
  NIX_TRY(forced, vm.force(arguments[0]));
  if (!forced.is(Kind::Attrs)) {
    std::string text;
    const Context* context = nullptr;
    if (!vm.coerce_to_string(forced, text, context, false, false, "the first argument passed to 'fetchTree'")) return {};
    auto url = parse_url(text, false);
    if (!url) return vm.fail(url.error());
    return fetch_value(vm, Input::from_url(*url), "fetchTree", {});
  }
  InputAttributes attributes;
  if (!read_arguments(vm, forced, "fetchTree", "", attributes)) return {};
  if (attributes.contains("name")) return vm.fail_other("argument 'name' isn’t supported in call to 'fetchTree'");
  const std::string* type = std::get_if<std::string>(&attributes["type"]);
  if (type && *type == "git" && !attributes.contains("shallow")) attributes["shallow"] = true;
  return fetch_value(vm, Input::from_attributes(std::move(attributes)), "fetchTree", {});
}

// What the prelude of flakes calls: the attributes come from a lock file.
Value fetch_final_tree(Vm& vm, Value* arguments) {
  InputAttributes attributes;
  if (!read_arguments(vm, arguments[0], "fetchTree", "", attributes)) return {};
  auto input = Input::from_attributes(std::move(attributes));
  if (input) input->final = true;
  return fetch_value(vm, std::move(input), "fetchTree", {});
}

Value fetch_git(Vm& vm, Value* arguments) {
  InputAttributes attributes;
  if (!read_arguments(vm, arguments[0], "fetchGit", "git", attributes)) return {};
  auto submodules = attributes.find("submodules");
  bool with_submodules = submodules != attributes.end() && std::holds_alternative<bool>(submodules->second) && std::get<bool>(submodules->second);
  if (!attributes.contains("exportIgnore") && !with_submodules) attributes["exportIgnore"] = true;
  return fetch_value(vm, Input::from_attributes(std::move(attributes)), "fetchGit", {.zero_revision = true});
}

// Its revision goes by the name of a branch or of a commit, and what it returns has names of its own.
Value fetch_mercurial(Vm& vm, Value* arguments) {
  InputAttributes attributes;
  if (!read_arguments(vm, arguments[0], "fetchMercurial", "hg", attributes)) return {};
  auto url = attributes.find("url");
  if (url == attributes.end()) return vm.fail_other("'url' argument required");
  std::string* text = std::get_if<std::string>(&url->second);
  if (text && text->starts_with('/')) *text = "file://" + *text;
  auto rev = attributes.find("rev");
  if (rev != attributes.end()) {
    const std::string* name = std::get_if<std::string>(&rev->second);
    if (name && name->find_first_not_of("0123456789abcdef") != name->npos) {
      attributes["ref"] = *name;
      attributes.erase("rev");
    }
  }
  World& world = World::of(vm);
  auto input = Input::from_attributes(std::move(attributes));
  if (!input) return vm.fail(input.error());
  if (world.pure && !input->is_locked()) return vm.fail_as(ErrorKind::Impure, "in pure evaluation mode, 'fetchMercurial' requires a Mercurial revision");
  if (auto allowed = world.check_uri(input->to_string()); !allowed) return vm.fail(allowed.error());
  if (!vm.may_act()) return {};
  auto stored = fetch_input(world, *input);
  if (!stored) return vm.fail(stored.error());
  AttrsBuilder set(5);
  set.add(vm.symbols.out_path, vm.string(stored->store_path, make_context({{ContextElement::Kind::Opaque, stored->store_path, ""}})));
  if (auto branch = stored->locked.text("ref")) set.add("branch", vm.string(*branch));
  std::string revision = stored->locked.text("rev").value_or(std::string(40, '0'));
  set.add("rev", vm.string(revision));
  set.add("shortRev", vm.string(std::string_view(revision).substr(0, 12)));
  if (auto count = stored->locked.number("revCount")) set.add("revCount", vm.integer(static_cast<std::int64_t>(*count)));
  return set.build(vm);
}

constexpr BuiltinRow kRows[] = {
    {.name = "fetchTree", .params = "request", .type = "string | { type; ... } -> { outPath; narHash; ... }",
     .doc = "Stores the tree that *request* names, as inputs of flakes are written, and returns its path and what is known of it.",
     .run = fetch_tree, .effect = Effect::ReadsWorld, .global = true},
    {.name = "fetchGit", .params = "request", .type = "string | { url; ... } -> { outPath; rev; ... }",
     .doc = "Stores a revision of a Git repository, or the tracked files of a working tree.", .run = fetch_git, .effect = Effect::ReadsWorld,
     .global = true},
    {.name = "fetchMercurial", .params = "request", .type = "string | { url; ... } -> { outPath; rev; ... }",
     .doc = "Stores a revision of a Mercurial repository.", .run = fetch_mercurial, .effect = Effect::ReadsWorld, .global = true},
};

constexpr BuiltinRow kFetchFinalTree = {
    .name = "fetchFinalTree", .params = "input", .type = "{ type; ... } -> { outPath; ... }", .doc = "Fetches a locked input.",
    .run = fetch_final_tree, .effect = Effect::ReadsWorld};

}  // namespace

std::span<const BuiltinRow> fetch_tree_builtins() { return kRows; }
const BuiltinRow* fetch_final_tree_builtin() { return &kFetchFinalTree; }

}  // namespace evalctl::stdlib
