// Locking: which revision each input of a flake, and of its inputs, stands for.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/files.h"
#include "stdlib/flakes/flake.h"
#include "stdlib/world.h"
#include "store/git.h"

namespace evalctl::stdlib {
namespace {

using evaluator::Vm;
using NodePointer = std::shared_ptr<LockNode>;

InputPath appended(InputPath path, const std::string& name) {
  path.push_back(name);
  return path;
}

// An input replaced by one that a flake further up, or the command line, gives.
struct Override {
  FlakeInput input;
  // Folder of the flake that says so: what a relative path is relative to.
  std::string folder;
  std::optional<InputPath> parent;
};

base::Result<LockFile> read_lock_file(World& world, const std::string& path) {
  if (!world.is_visible(path) || !world.exists(path)) return LockFile();
  auto text = world.read_file(path);
  if (!text) return std::unexpected(text.error());
  return LockFile::parse(*text, path);
}

class Locker {
 public:
  Locker(Vm& vm, const LockOptions& options, LockedFlake& result)
      : vm_(vm), options_(options), registries_(options.use_registries ? Registries::Limited : Registries::None), result_(result) {}

  base::Result<void> run(const LockFile& old) {
    for (const auto& [path, reference] : options_.overrides) {
      overrides_[path] = {{.reference = reference, .follows = {}, .overrides = {}}, result_.flake.folder, InputPath{}};
    }
    result_.folders[result_.lock_file.root] = result_.flake.folder;
    Level top{{}, {}, result_.flake.folder, false};
    auto done = inputs(result_.flake.inputs, result_.lock_file.root, options_.recreate ? nullptr : old.root, top);
    if (!done) return done;
    warn_of_unused();
    return result_.lock_file.check_follows();
  }

 private:
  // Where in the graph inputs are locked.
  struct Level {
    InputPath path;
    // What the follows of the old lock are relative to.
    InputPath follows_prefix;
    // The folder of the flake that has the inputs.
    std::string folder;
    // The inputs come from the lock file, not from a flake.nix.
    bool trust_lock;
  };

  void warn(const std::string& text) { World::of(vm_).message("warning: " + text); }

  void warn_of_unused() {
    for (const auto& [path, reference] : options_.overrides) {
      if (!used_overrides_.contains(path)) {
        warn(fmt::format("the flag '--override-input {} {}' does not match any input", to_string(path), reference.to_string()));
      }
    }
    for (const InputPath& path : options_.updates) {
      if (!used_updates_.contains(path)) warn(fmt::format("'{}' does not match any input of this flake", to_string(path)));
    }
  }

  // Overrides of flakes further up came first and win.
  void add_overrides(const FlakeInput& input, const InputPath& path, const Level& level) {
    for (const auto& [name, inside] : input.overrides) {
      InputPath below = appended(path, name);
      if (inside.reference || inside.follows) overrides_.emplace(below, Override{inside, level.folder, level.path});
      add_overrides(inside, below, level);
    }
  }

  base::Result<void> inputs(const FlakeInputs& inputs, const NodePointer& node, const NodePointer& old, const Level& level) {
    for (const auto& [name, input] : inputs) add_overrides(input, appended(level.path, name), level);
    for (const auto& [path, unused] : overrides_) {
      InputPath parent(path.begin(), path.end() - 1);
      if (parent == level.path && !inputs.contains(path.back())) {
        warn(fmt::format("input '{}' has an override for a non-existent input '{}'", to_string(parent), path.back()));
      }
    }
    for (const auto& [name, input] : inputs) {
      auto done = one(name, input, node, old, level);
      if (!done) {
        if (vm_.error) return done;
        return base::fail(fmt::format("{}\n       … while updating the flake input '{}'", done.error().message, to_string(appended(level.path, name))), done.error().kind);
      }
    }
    return {};
  }

  // An input with all that decides how it is locked.
  struct Wanted {
    std::string name;
    InputPath path;
    FlakeInput input;
    // What the flake itself says, whatever overrides it.
    const FlakeInput* declared;
    bool from_command_line = false;
    std::string base_folder;
    std::optional<InputPath> parent;
  };

  base::Result<Wanted> wanted(const std::string& name, const FlakeInput& declared, const Level& level) {
    Wanted w{name, appended(level.path, name), declared, &declared, false, level.folder, level.path};
    if (auto found = overrides_.find(w.path); found != overrides_.end()) {
      used_overrides_.insert(w.path);
      w.input = found->second.input;
      w.input.is_flake = declared.is_flake;
      w.base_folder = found->second.folder;
      w.parent = found->second.parent;
      w.from_command_line = options_.overrides.contains(w.path);
    }
    if (!w.input.follows && !w.input.reference) {
      auto reference = FlakeReference::from_attributes({{"type", "indirect"}, {"id", name}});
      if (!reference) return std::unexpected(reference.error());
      w.input.reference = std::move(*reference);
    }
    if (w.input.reference && !w.input.reference->input.relative_path()) w.parent.reset();
    return w;
  }

  base::Result<void> one(const std::string& name, const FlakeInput& declared, const NodePointer& node, const NodePointer& old, const Level& level) {
    auto w = wanted(name, declared, level);
    if (!w) return std::unexpected(w.error());
    if (w->input.follows) {
      node->inputs[name] = *w->input.follows;
      return {};
    }
    used_updates_.insert(w->path);
    if (NodePointer kept = old_node(*w, old)) return keep(*w, kept, node, level);
    return lock_new(*w, node);
  }

  // The node of the old lock file that can stay.
  NodePointer old_node(const Wanted& w, const NodePointer& old) {
    if (!old || options_.updates.contains(w.path) || w.from_command_line) return nullptr;
    auto edge = old->inputs.find(w.name);
    if (edge == old->inputs.end() || !std::holds_alternative<NodePointer>(edge->second)) return nullptr;
    NodePointer node = std::get<NodePointer>(edge->second);
    bool same = node->lock->original.canonical() == w.input.reference->canonical() && node->lock->parent == w.parent;
    return same ? node : nullptr;
  }

  // Whether an input inside of this one is to be updated, for which its flake.nix is needed.
  bool has_update_inside(const InputPath& path) const {
    auto next = options_.updates.lower_bound(path);
    return next != options_.updates.end() && next->size() > path.size() && std::equal(path.begin(), path.end(), next->begin());
  }

  base::Result<void> keep(const Wanted& w, const NodePointer& kept, const NodePointer& node, const Level& level) {
    auto child = std::make_shared<LockNode>();
    child->lock = kept->lock;
    node->inputs[w.name] = child;
    bool fetch = has_update_inside(w.path);
    FlakeInputs inside;
    for (const auto& [name, edge] : kept->inputs) {
      if (fetch) break;
      if (auto* locked = std::get_if<NodePointer>(&edge)) {
        inside[name] = {.reference = (*locked)->lock->original, .is_flake = (*locked)->lock->is_flake, .follows = {}, .overrides = {}};
        continue;
      }
      // A follows that no flake asks for any more: what the input is instead stands in its flake.nix.
      if (!level.trust_lock && !overrides_.contains(appended(w.path, name))) fetch = true;
      InputPath follows = level.follows_prefix;
      const InputPath& below = std::get<InputPath>(edge);
      follows.insert(follows.end(), below.begin(), below.end());
      inside[name] = {.reference = {}, .follows = std::move(follows), .overrides = {}};
    }
    if (!fetch) return inputs(inside, child, kept, {w.path, level.follows_prefix, level.folder, true});
    auto flake = input_flake(w, kept->lock->locked, registries_);
    if (!flake) return std::unexpected(flake.error());
    result_.folders[child] = flake->folder;
    return inputs(flake->inputs, child, kept, {w.path, level.follows_prefix, flake->folder, false});
  }

  // The folder that a relative path means; none for other inputs. It must stay inside of the tree.
  base::Result<std::optional<std::string>> relative_folder(const Wanted& w) {
    auto relative = w.input.reference->input.relative_path();
    if (!relative) return std::nullopt;
    World& world = World::of(vm_);
    std::string folder = canonical_path(w.base_folder + "/" + *relative);
    std::string tree = world.is_in_store(w.base_folder) ? world.store_object(w.base_folder) : w.base_folder;
    if (folder != tree && !folder.starts_with(tree + "/")) {
      return base::fail(fmt::format("relative path '{}' points outside of its parent's store path '{}'", *relative, tree));
    }
    return folder;
  }

  base::Result<Flake> input_flake(const Wanted& w, const FlakeReference& reference, Registries registries) {
    auto folder = relative_folder(w);
    if (!folder) return std::unexpected(folder.error());
    if (*folder) return read_flake(vm_, reference, reference, reference, **folder, w.path);
    return get_flake(vm_, reference, registries, w.path);
  }

  base::Result<void> lock_new(const Wanted& w, const NodePointer& node) {
    const FlakeReference& reference = *w.input.reference;
    if (!options_.allow_unlocked && !reference.input.is_locked() && !reference.input.relative_path()) {
      return base::fail(fmt::format("cannot update unlocked flake input '{}' in pure mode", to_string(w.path)));
    }
    auto child = std::make_shared<LockNode>();
    // What the command line overrides stays asked for: the override holds until the next update.
    child->lock = Lock{.locked = {},
                       .original = w.from_command_line && w.declared->reference ? *w.declared->reference : reference,
                       .is_flake = w.input.is_flake,
                       .parent = w.parent};
    return w.input.is_flake ? lock_flake_input(w, child, node) : lock_tree(w, child, node);
  }

  base::Result<void> lock_flake_input(const Wanted& w, const NodePointer& child, const NodePointer& node) {
    const FlakeReference& reference = *w.input.reference;
    auto flake = input_flake(w, reference, w.from_command_line && options_.use_registries ? Registries::All : registries_);
    if (!flake) return std::unexpected(flake.error());
    child->lock->locked = flake->locked;
    if (auto counted = fix_revision_count(child->lock->locked.input); !counted) return counted;
    node->inputs[w.name] = child;
    for (const FlakeReference& parent : parents_) {
      if (parent == reference && !reference.input.relative_path()) return base::fail(fmt::format("found circular import of flake '{}'", parent.to_string()));
    }
    if (parents_.size() > 200) return base::fail(fmt::format("found circular import of flake '{}'", reference.to_string()));
    parents_.push_back(reference);
    result_.folders[child] = flake->folder;
    auto own = read_lock_file(World::of(vm_), flake->folder + "/flake.lock");
    if (!own) return std::unexpected(own.error());
    auto done = inputs(flake->inputs, child, own->root, {w.path, w.path, flake->folder, false});
    parents_.pop_back();
    return done;
  }

  base::Result<void> lock_tree(const Wanted& w, const NodePointer& child, const NodePointer& node) {
    auto folder = relative_folder(w);
    if (!folder) return std::unexpected(folder.error());
    if (*folder) {
      child->lock->locked = *w.input.reference;
      result_.folders[child] = **folder;
    } else {
      auto resolved = resolve_input(World::of(vm_), w.input.reference->input, registries_);
      if (!resolved) return std::unexpected(resolved.error());
      auto stored = fetch_input(World::of(vm_), resolved->input);
      if (!stored) return std::unexpected(stored.error());
      child->lock->locked = {stored->locked, w.input.reference->folder};
      if (auto counted = fix_revision_count(child->lock->locked.input); !counted) return counted;
      result_.folders[child] = stored->store_path;
    }
    node->inputs[w.name] = child;
    return {};
  }

  // A lock file has the number itself.
  static base::Result<void> fix_revision_count(Input& input) {
    if (!input.count_revisions || input.has("revCount")) return {};
    auto count = input.count_revisions();
    if (!count) return std::unexpected(count.error());
    input.attributes["revCount"] = *count;
    input.count_revisions = {};
    return {};
  }

  Vm& vm_;
  const LockOptions& options_;
  Registries registries_;
  LockedFlake& result_;
  std::map<InputPath, Override> overrides_;
  std::set<InputPath> used_overrides_, used_updates_;
  std::vector<FlakeReference> parents_;
};

// Writes the new lock file where it belongs, if it may and must be written.
class LockWriter {
 public:
  LockWriter(Vm& vm, const LockOptions& options, LockedFlake& locked) : vm_(vm), world_(World::of(vm)), options_(options), locked_(locked) {}

  base::Result<void> write_if_changed(const LockFile& old, const FlakeReference& reference) {
    std::string text = locked_.lock_file.to_string();
    if (text == old.to_string() && !options_.output_file) return {};
    std::string difference = lock_difference(old, locked_.lock_file);
    std::string shown = reference.to_string();
    if (!options_.write) {
      world_.message(fmt::format("warning: not writing modified lock file of flake '{}':\n{}", shown, difference));
      locked_.flake.dirty = true;
      return {};
    }
    auto source = reference.input.source_path();
    if (!source && !options_.output_file) {
      return base::fail(fmt::format("cannot write modified lock file of flake '{}' (use '--no-write-lock-file' to ignore)", shown));
    }
    if (auto unlocked = locked_.lock_file.unlocked_input(options_.allow_dirty_locks)) {
      if (options_.fail_on_unlocked) {
        return base::fail(fmt::format("Not writing lock file of flake '{}' because it has an unlocked input ('{}'). Use '--allow-dirty-locks' to allow this anyway.",
                                      shown, unlocked->to_string()));
      }
      world_.message(fmt::format("warning: not writing lock file of flake '{}' because it has an unlocked input ('{}')", shown, unlocked->to_string()));
      return {};
    }
    if (!options_.update) {
      return base::fail(fmt::format("flake '{}' requires lock file changes but they're not allowed due to '--no-update-lock-file'", shown));
    }
    text += '\n';
    if (options_.output_file) return base::write_file_atomically(*options_.output_file, text);
    return write(reference, *source, text, difference);
  }

 private:
  base::Result<void> write(const FlakeReference& reference, const std::string& source, const std::string& text, const std::string& difference) {
    std::string name = (reference.folder.empty() ? "" : reference.folder + "/") + "flake.lock";
    std::string path = source + "/" + name;
    bool is_there = base::exists(path);
    world_.message(fmt::format("warning: {} lock file '{}'{}{}", is_there ? "updating" : "creating", path, difference.empty() ? "" : ":\n", difference));
    if (auto written = base::write_file_atomically(path, text); !written) return written;
    if (reference.input.type() == "git") {
      if (auto added = store::add_intent(source, name); !added) return added;
      if (options_.commit) {
        std::string message = fmt::format("{}: {}\n\nFlake lock file updates:\n\n{}\n", name, is_there ? "Update" : "Add", difference);
        if (auto committed = store::commit_file(source, name, message); !committed) return committed;
      }
    }
    // The tree is another one now.
    {
      auto lock = evaluator::lock_away(world_.fetching);
      world_.fetched.clear();
    }
    auto again = get_flake(vm_, reference, options_.use_registries ? Registries::All : Registries::None, {});
    if (!again) return std::unexpected(again.error());
    locked_.flake = std::move(*again);
    locked_.folders[locked_.lock_file.root] = locked_.flake.folder;
    return {};
  }

  Vm& vm_;
  World& world_;
  const LockOptions& options_;
  LockedFlake& locked_;
};

// What `inputs.self` asks for changes how the flake is fetched.
base::Result<FlakeReference> with_self_attributes(const FlakeReference& reference, const Flake& flake) {
  FlakeReference result = reference;
  for (const auto& [name, value] : flake.self_attributes) {
    if (name != "submodules" && name != "lfs") return base::fail(fmt::format("flake 'self' attribute '{}' is not supported", name));
    result.input.attributes[name] = value;
  }
  return result;
}

}  // namespace

base::Result<Flake> get_flake(Vm& vm, const FlakeReference& reference, Registries registries, const InputPath& path) {
  World& world = World::of(vm);
  auto resolved = resolve_input(world, reference.input, registries);
  if (!resolved) return std::unexpected(resolved.error());
  std::string folder = resolved->folder.empty() ? reference.folder : resolved->folder;
  auto stored = fetch_input(world, resolved->input);
  if (!stored) return std::unexpected(stored.error());
  FlakeReference direct{resolved->input, folder};
  auto flake = read_flake(vm, reference, direct, {stored->locked, folder}, stored->store_path, path);
  if (!flake || flake->self_attributes.empty()) return flake;
  auto wanted = with_self_attributes(direct, *flake);
  if (!wanted) return std::unexpected(wanted.error());
  if (wanted->input == direct.input) return flake;
  wanted->input.attributes.erase("narHash");
  auto again = fetch_input(world, wanted->input);
  if (!again) return std::unexpected(again.error());
  return read_flake(vm, reference, direct, {again->locked, folder}, again->store_path, path);
}

base::Result<LockedFlake> lock_flake(Vm& vm, const FlakeReference& reference, const LockOptions& options) {
  auto flake = get_flake(vm, reference, options.use_registries ? Registries::All : Registries::None, {});
  if (!flake) return std::unexpected(flake.error());
  if (options.apply_config) options.apply_config(flake->config);
  LockedFlake locked{std::move(*flake), {}, {}};
  World& world = World::of(vm);
  base::Result<LockFile> old = LockFile();
  if (options.reference_file) {
    auto text = base::read_file(*options.reference_file);
    if (!text) return std::unexpected(text.error());
    old = LockFile::parse(*text, *options.reference_file);
  } else {
    old = read_lock_file(world, locked.flake.folder + "/flake.lock");
  }
  if (!old) return std::unexpected(old.error());
  auto done = Locker(vm, options, locked).run(*old);
  if (done) done = LockWriter(vm, options, locked).write_if_changed(*old, locked.flake.resolved);
  if (done) return locked;
  if (vm.error) return std::unexpected(done.error());
  return base::fail(fmt::format("{}\n       … while updating the lock file of flake '{}'", done.error().message, locked.flake.locked.to_string()), done.error().kind);
}

}  // namespace evalctl::stdlib
