// Builtins on paths and files.
#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/diagnostic.h"
#include "base/observations.h"
#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/lowered_files.h"
#include "stdlib/registry.h"
#include "stdlib/sources.h"
#include "stdlib/world.h"
#include "store/store_path.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// The references of the store object of `path` whose hash part occurs in `text`.
const Context* scan_references(World& world, const std::string& path, std::string_view text) {
  if (!world.is_in_store(path)) return nullptr;
  std::vector<ContextElement> found;
  std::vector<std::string> references = world.references_of(world.store_object(path));
  for (const std::string& reference : references) {
    std::string_view hash = std::string_view(reference).substr(world.store_dir.size() + 1, 32);
    if (text.contains(hash)) found.push_back({ContextElement::Kind::Opaque, reference, ""});
  }
  return make_context(std::move(found));
}

Value read_file(Vm& vm, Value* arguments) {
  std::string path;
  if (!readable_path(vm, arguments[0], path, "the argument of 'readFile'")) return {};
  World& world = World::of(vm);
  auto text = world.read_file(path);
  if (!text) return vm.fail(text.error());
  if (text->contains('\0')) return vm.fail_other("the contents of the file '{}' cannot be represented as a Nix string", path);
  return vm.string(*text, scan_references(world, path, *text));
}

// ---- readDir
//
// A listing is the entries of a folder, each a letter for its type, its name and a zero byte.

FileType type_of(World& world, const std::string& folder, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG: return FileType::Regular;
    case DT_DIR: return FileType::Directory;
    case DT_LNK: return FileType::Symlink;
    case DT_UNKNOWN: return world.file_type(folder + "/" + entry.d_name);
    default: return FileType::Unknown;
  }
}

struct Listing {
  std::string text;
  // Folders that the system makes up have no stamp that tells of a change; file systems that have no size are such, or may be.
  bool stamp_tells;
};

// The folder at `path`, which stands at `disk`. Nothing, with errno set, where it cannot be opened.
std::optional<Listing> read_listing(World& world, const std::string& path, const std::string& disk) {
  DIR* folder = opendir(disk.c_str());
  if (!folder) return std::nullopt;
  struct statfs system;
  bool is_told = fstatfs(dirfd(folder), &system) == 0;
  if (is_told && (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC)) base::saw_what_changes();
  Listing listing{"", is_told && system.f_blocks != 0};
  while (dirent* entry = readdir(folder)) {
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    listing.text += static_cast<char>('a' + static_cast<int>(type_of(world, path, *entry)));
    listing.text.append(name).push_back('\0');
  }
  closedir(folder);
  return listing;
}

// Nothing for what is no listing. `path` has no links in it unless it is plain.
std::optional<Value> entries_of(Vm& vm, std::string_view listing, const std::string& path, bool plain) {
  World& world = World::of(vm);
  // One string for each type, made when it is first met.
  Value types[static_cast<int>(FileType::Unknown) + 1];
  AttrsBuilder entries;
  while (!listing.empty()) {
    std::size_t end = listing.find('\0');
    int type = listing[0] - 'a';
    if (end == listing.npos || type < 0 || type >= static_cast<int>(std::size(types))) return std::nullopt;
    std::string_view name = listing.substr(1, end - 1);
    listing.remove_prefix(end + 1);
    if (!plain && !world.is_visible(path + "/" + std::string(name))) continue;
    if (!types[type]) types[type] = vm.string(name_of(static_cast<FileType>(type)));
    entries.add(name, types[type]);
  }
  return entries.build(vm);
}

// Those that an earlier run found, if the folder has been as it is since then.
std::optional<Value> known_entries(Vm& vm, const base::Stamp& stamp, const std::string& path, bool plain) {
  auto listing = World::of(vm).lowered->find_listing(stamp);
  auto entries = listing ? entries_of(vm, *listing, path, plain) : std::nullopt;
  if (entries) ++vm.statistics.known_folders;
  return entries;
}

// Nothing, with errno set, where the folder cannot be opened.
std::optional<Value> entries_at(Vm& vm, const std::string& path, const std::string& disk, bool plain) {
  World& world = World::of(vm);
  base::saw(base::Seen::Folder, disk);
  std::optional<base::Stamp> stamp;
  if (struct stat status; world.lowered && stat(disk.c_str(), &status) == 0) stamp = base::stamp_of(status);
  if (auto known = stamp ? known_entries(vm, *stamp, path, plain) : std::nullopt) return known;
  std::optional<Listing> listing = read_listing(world, path, disk);
  if (!listing) return std::nullopt;
  if (stamp && listing->stamp_tells) world.lowered->add_listing(*stamp, listing->text);
  return entries_of(vm, listing->text, path, plain);
}

Value read_dir(Vm& vm, Value* arguments) {
  std::string path;
  if (!readable_path(vm, arguments[0], path, "the argument of 'readDir'")) return {};
  World& world = World::of(vm);
  if (path == world.store_dir) return vm.fail(world.not_listed());
  // The system follows links by itself; where that fails, what follows says why.
  if (world.is_plain(path)) {
    base::saw_links(path);
    if (auto entries = entries_at(vm, path, path, true)) return *entries;
  }
  auto target = world.resolve_links(path);
  if (!target) return vm.fail(target.error());
  if (auto entries = entries_at(vm, *target, world.on_disk(*target), false)) return *entries;
  if (errno == ENOENT) return vm.fail_as(ErrorKind::MissingFile, "path '{}' does not exist", path);
  if (errno == ENOTDIR) return vm.fail_other("'{}' is not a directory", path);
  return vm.fail_other("opening directory '{}': {}", path, std::strerror(errno));
}

Value path_exists(Vm& vm, Value* arguments) {
  NIX_TRY(forced, vm.force(arguments[0]));
  bool must_be_folder = false;
  if (forced.is(Kind::String)) {
    std::string_view text = as_string(forced)->view();
    must_be_folder = text.ends_with('/') || text.ends_with("/.");
  }
  std::string path;
  const Context* context = nullptr;
  if (!vm.coerce_to_path(forced, path, context, "the argument of 'pathExists'")) return {};
  World& world = World::of(vm);
  path = canonical_path(path);
  if (auto realised = world.realise(context, &path); !realised) return vm.fail(realised.error());
  if (!world.check_access(path)) return Value::boolean(false);
  if (!must_be_folder) return Value::boolean(world.exists(path));
  auto target = world.resolve_links(path);
  return Value::boolean(target && world.file_type(*target) == FileType::Directory);
}

Value read_file_type(Vm& vm, Value* arguments) {
  std::string path;
  if (!readable_path(vm, arguments[0], path, "the argument of 'readFileType'")) return {};
  FileType type = World::of(vm).file_type(path);
  if (type == FileType::Missing) return vm.fail_as(ErrorKind::MissingFile, "the path '{}' does not exist", path);
  return vm.string(name_of(type));
}

Value base_name_of(Vm& vm, Value* arguments) {
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(arguments[0], text, context, false, false, "the argument of 'baseNameOf'")) return {};
  std::string_view path = text;
  // Exactly one slash at the end is ignored.
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::size_t slash = path.rfind('/');
  return vm.string(slash == path.npos ? path : path.substr(slash + 1), context);
}

Value dir_of(Vm& vm, Value* arguments) {
  NIX_TRY(forced, vm.force(arguments[0]));
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(forced, text, context, false, false, "the argument of 'dirOf'")) return {};
  std::size_t slash = text.rfind('/');
  std::string_view parent = slash == text.npos ? "." : slash == 0 ? "/" : std::string_view(text).substr(0, slash);
  return forced.is(Kind::Path) ? vm.path(parent) : vm.string(parent, context);
}

Value to_path(Vm& vm, Value* arguments) {
  std::string path;
  const Context* context = nullptr;
  if (!vm.coerce_to_path(arguments[0], path, context, "the argument of 'toPath'")) return {};
  return vm.string(canonical_path(path), context);
}

Value to_file(Vm& vm, Value* arguments) {
  NIX_TRY(name, vm.force_string_no_context(arguments[0], "the first argument of 'toFile'"));
  NIX_TRY(text, vm.force_string(arguments[1], "the second argument of 'toFile'"));
  std::vector<std::string> references;
  if (text->context) {
    for (const ContextElement& element : text->context->elements()) {
      if (element.kind != ContextElement::Kind::Opaque) {
        return vm.fail_as(ErrorKind::FileContext, "files created by 'toFile' may not reference derivations, but '{}' references '{}'", name->view(),
                             element.path);
      }
      references.emplace_back(element.path);
    }
  }
  auto path = World::of(vm).add_text(std::string(name->view()), text->view(), references);
  if (!path) return vm.fail(path.error());
  return vm.string(*path, context_of({ContextElement::Kind::Opaque, *path, ""}));
}

Value store_path(Vm& vm, Value* arguments) {
  World& world = World::of(vm);
  if (world.pure) return vm.fail_as(ErrorKind::Impure, "'builtins.storePath' is not allowed in pure evaluation mode");
  std::string path;
  const Context* context = nullptr;
  if (!vm.coerce_to_path(arguments[0], path, context, "the argument of 'storePath'")) return {};
  path = canonical_path(path);
  if (!world.is_in_store(path)) {
    if (auto target = world.resolve_links(path)) path = *target;
  }
  if (!world.is_in_store(path)) return vm.fail_other("path '{}' is not in the Nix store", path);
  std::string object = world.store_object(path);
  if (!store::is_store_path(object)) return vm.fail_other("'{}' is not a store path", object);
  return vm.string(path, merge(context, context_of({ContextElement::Kind::Opaque, object, ""})));
}

// What remains of `name` below an entry with `prefix`; false when the entry is not about it.
bool search_suffix(std::string_view prefix, std::string_view name, std::string& suffix) {
  if (prefix.empty()) {
    suffix = "/" + std::string(name);
    return true;
  }
  if (!name.starts_with(prefix) || (name.size() > prefix.size() && name[prefix.size()] != '/')) return false;
  suffix = name.substr(prefix.size());
  return true;
}

// One entry of the search path; `found` stays empty when the file is not there.
bool search_entry(Vm& vm, Value entry, std::string_view name, std::string& found) {
  AttrsObject* attrs = vm.force_attrs(entry, "an element of the list given to 'findFile'");
  if (!attrs) return false;
  std::string prefix_text, path, suffix;
  const Context* context = nullptr;
  if (Attr prefix = find(attrs, vm.symbols.prefix)) {
    const StringObject* text = vm.force_string_no_context(*prefix.slot, "the prefix of an element of the search path");
    if (!text) return false;
    prefix_text = text->view();
  }
  if (!search_suffix(prefix_text, name, suffix)) return true;
  Attr where = find(attrs, vm.symbols.path);
  if (!where) {
    vm.fail(ErrorKind::MissingAttribute, "attribute 'path' missing in an element of the search path");
    return false;
  }
  if (!vm.coerce_to_string(*where.slot, path, context, false, false, "the path of an element of the search path")) return false;
  World& world = World::of(vm);
  if (auto realised = world.realise(context, &path); !realised) {
    vm.fail(realised.error());
    return false;
  }
  auto local = search_path_folder(world, path);
  if (!local) return true;
  std::string candidate = canonical_path(*local + suffix);
  if (world.exists(candidate)) found = candidate;
  return true;
}

// Which entry of the search path was probably meant by a `name` that none of them has; all were looked at.
std::string near_entry(Vm& vm, const ListObject* entries, std::string_view name) {
  std::vector<std::string_view> known;
  for (std::uint32_t i = 0; i < entries->size; ++i) {
    Attr prefix = find(as_attrs(vm.force(entries->items[i])), vm.symbols.prefix);
    if (prefix) known.push_back(as_string(vm.force(*prefix.slot))->view());
  }
  auto near = base::near_names(name.substr(0, name.find('/')), known);
  return near.empty() ? "" : fmt::format("did you mean `<{}>`?", near[0]);
}

Value find_file(Vm& vm, Value* arguments) {
  NIX_TRY(entries, vm.force_list(arguments[0], "the first argument of 'findFile'"));
  NIX_TRY(name, vm.force_string_no_context(arguments[1], "the second argument of 'findFile'"));
  for (std::uint32_t i = 0; i < entries->size; ++i) {
    std::string found;
    if (!search_entry(vm, entries->items[i], name->view(), found)) return {};
    if (!found.empty()) return vm.path(found);
  }
  if (name->view().starts_with("nix/")) {
    std::string embedded = std::string(kEmbeddedPrefix) + std::string(name->view().substr(4));
    if (World::of(vm).exists(embedded)) return vm.path(embedded);
  }
  if (World::of(vm).pure) {
    vm.fail(ErrorKind::SearchPath, fmt::format("cannot look up '<{}>' in pure evaluation mode (use '--impure' to override)", name->view()));
    vm.error->help = "make it an input of the flake and use that; `--impure` allows it nevertheless";
    return {};
  }
  std::string help = near_entry(vm, entries, name->view());
  vm.fail(ErrorKind::SearchPath, fmt::format("file '{}' was not found in the Nix search path (add it using $NIX_PATH or -I)", name->view()));
  vm.error->help = std::move(help);
  return {};
}

Value get_env(Vm& vm, Value* arguments) {
  NIX_TRY(name, vm.force_string_no_context(arguments[0], "the argument of 'getEnv'"));
  World& world = World::of(vm);
  if (world.pure || world.restricted) return vm.empty_string;
  std::string variable(name->view());
  base::saw(base::Seen::Environment, variable);
  const char* text = std::getenv(variable.c_str());
  return vm.string(text ? text : "");
}

Value placeholder(Vm& vm, Value* arguments) {
  NIX_TRY(output, vm.force_string_no_context(arguments[0], "the argument of 'placeholder'"));
  return vm.string(store::placeholder(output->view()));
}

constexpr BuiltinRow kRows[] = {
    {.name = "placeholder", .params = "output", .type = "string -> string",
     .doc = "Returns a string that the builder finds replaced by the path of *output*.", .run = placeholder, .global = true},
    {.name = "readFile", .params = "path", .type = "path -> string",
     .doc = "Returns the contents of the file *path*. Text read from the store refers to what the stored object refers to.",
     .run = read_file, .effect = Effect::ReadsWorld},
    {.name = "readDir", .params = "path", .type = "path -> { string }",
     .doc = "Returns the entries of the folder *path*: name to `regular`, `directory`, `symlink` or `unknown`.",
     .run = read_dir, .effect = Effect::ReadsWorld},
    {.name = "pathExists", .params = "path", .type = "path -> bool",
     .doc = "Tells whether something stands at *path*. A string that ends in `/` must name a folder.",
     .run = path_exists, .effect = Effect::ReadsWorld},
    {.name = "readFileType", .params = "path", .type = "path -> string",
     .doc = "Returns `regular`, `directory`, `symlink` or `unknown`, for what stands at *path*.",
     .run = read_file_type, .effect = Effect::ReadsWorld},
    {.name = "baseNameOf", .params = "path", .type = "path | string -> string",
     .doc = "Returns what follows the last slash of *path*; one slash at the end is ignored.", .run = base_name_of, .global = true},
    {.name = "dirOf", .params = "path", .type = "a -> a",
     .doc = "Returns what precedes the last slash of *path*: a path for a path, a string for a string.", .run = dir_of,
     .global = true},
    {.name = "toPath", .params = "path", .type = "path | string -> string",
     .doc = "Checks that *path* is absolute and returns it as a string. Deprecated: use `/. + \"/path\"`.", .run = to_path},
    {.name = "toFile", .params = "name text", .type = "string -> string -> string",
     .doc = "Stores *text* in a file of the store called *name* and returns its path.", .run = to_file,
     .effect = Effect::ReadsWorld},
    {.name = "storePath", .params = "path", .type = "path | string -> string",
     .doc = "Returns *path*, which stands in the store, as a string that refers to its store object.", .run = store_path,
     .effect = Effect::ReadsWorld},
    {.name = "findFile", .params = "entries name", .type = "[{ path; prefix; }] -> string -> path",
     .doc = "Looks *name* up in the search path *entries*; `<name>` does this with `builtins.nixPath`.", .run = find_file,
     .effect = Effect::ReadsWorld},
    {.name = "path", .params = "request", .type = "{ path; ... } -> string",
     .doc = "Copies `path` to the store and returns its store path. Optional: `name`, `filter` (called with path and type), "
            "`recursive` (default true), `sha256` (when given and present in the store, nothing is read).",
     .run = path_builtin, .effect = Effect::ReadsWorld},
    {.name = "filterSource", .params = "filter path", .type = "(string -> string -> bool) -> path -> string",
     .doc = "Copies *path* to the store without the entries for which *filter* (called with path and type) is false.",
     .run = filter_source_builtin, .effect = Effect::ReadsWorld},
    {.name = "getEnv", .params = "name", .type = "string -> string",
     .doc = "Returns the environment variable *name*, or `\"\"` when it is not set and in pure evaluation.", .run = get_env,
     .effect = Effect::ReadsWorld},
};

}  // namespace

bool readable_path(Vm& vm, Value v, std::string& path, std::string_view what) {
  const Context* context = nullptr;
  if (!vm.coerce_to_path(v, path, context, what)) return false;
  World& world = World::of(vm);
  auto checked = world.realise(context, &path);
  if (checked) checked = world.check_access(path = canonical_path(path));
  if (!checked) vm.fail(checked.error());
  return checked.has_value();
}

std::span<const BuiltinRow> paths_builtins() { return kRows; }

}  // namespace evalctl::stdlib
