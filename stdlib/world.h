// The world as evaluation sees it: settings, the file system, the store. Builtins reach it through World::of(vm). Threads of
// an evaluation share it; settings do not change while they run.
//
// Pure and restricted evaluation are enforced in one place, check_access; whoever opens a file asks it first.
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/observations.h"
#include "base/result.h"
#include "base/text.h"
#include "evaluator/dependencies.h"
#include "evaluator/host.h"
#include "evaluator/vm.h"
#include "store/backend.h"
#include "store/hash_modulo.h"
#include "store/tree_hash.h"

namespace evalctl::stdlib {

// One entry of NIX_PATH or -I: `prefix=path`, or a plain path (prefix empty).
struct SearchEntry {
  std::string prefix;
  std::string path;
};

enum class FileType : std::uint8_t { Missing, Regular, Directory, Symlink, Unknown };
// "regular", "directory", "symlink" or "unknown".
std::string_view name_of(FileType type);

struct StoredTree;
class LoweredFiles;
class FilesAhead;

// The files of a tree, by their paths below its root: what of a working folder belongs to a commit or an index.
class TrackedFiles {
 public:
  explicit TrackedFiles(std::set<std::string, std::less<>> files) : files_(std::move(files)) {}
  // True for a file, and for a folder with a file below it. "" is the root.
  bool contains(std::string_view path) const;
  // Those below the folder `path`, by their paths below it.
  TrackedFiles below(std::string_view path) const;

 private:
  std::set<std::string, std::less<>> files_;
};

// Where a store object is read from when it is not in the store.
struct Mount {
  std::string disk;
  // Null: all that stands there.
  std::shared_ptr<const TrackedFiles> files;
};

// Tells whether the entry at an absolute path, of a type as name_of gives it, belongs to the copy.
using PathFilter = store::NarFilter;

// Where the contents of a store object are: a file or folder, or a text.
struct SourceCopy {
  std::optional<std::string> path;
  std::string text;
};

class World : public evaluator::Host {
 public:
  World();
  ~World() override;
  static World& of(evaluator::Vm& vm) { return static_cast<World&>(vm.host); }

  // ---- Settings. To be made before define_builtins.
  bool pure = false;
  bool restricted = false;
  // No object is written to the store; paths are computed only.
  bool read_only = true;
  bool allow_import_from_derivation = true;
  // Names of the experimental features that are on.
  std::set<std::string, std::less<>> features;
  bool abort_on_warn = false;
  bool trace_verbose = false;
  std::string system;
  std::string store_dir = "/nix/store";
  // In order: the first that has the file wins.
  std::vector<SearchEntry> search_path;
  // Builtins of whoever embeds the evaluator: the name, and what makes the value.
  std::vector<std::pair<std::string, std::function<evaluator::Value(evaluator::Vm&)>>> own_builtins;
  // Texts that stand for files: what an editor has not saved yet. By absolute path.
  std::map<std::string, std::string, std::less<>> buffers;
  // Where it is set, receives the path of every file that is imported, also of those that were imported before.
  std::set<std::string>* imported = nullptr;

  std::unique_ptr<store::Backend> store;
  std::unique_ptr<store::DerivationHashes> hashes;
  // Of files and folders on disk; kept between runs.
  store::TreeHashes tree_hashes;

  // URIs that restricted evaluation may fetch: those that begin with one of these.
  std::vector<std::string> allowed_uris;
  // Host -> token, for forges.
  std::map<std::string, std::string> access_tokens;
  // Where the global registry of flakes is: a URL, a file, or "" for none.
  std::optional<std::string> global_registry;
  // How old an answer about what may change (a branch, a download without a hash) may be.
  std::uint64_t refresh_seconds = 3600;
  // Flake references that stand for others, before any registry is asked.
  std::vector<std::pair<std::string, std::string>> registry_overrides;

  // ---- Host
  base::Result<std::string> copy_to_store(const std::string& path) override;
  void message(std::string_view text) override;
  // Tells who watches what takes long now.
  void activity(const std::string& text) const {
    if (on_activity) on_activity(text);
  }
  std::function<void(const std::string&)> on_activity;
  // How far evaluation is, for who watches.
  std::atomic<std::uint32_t> files_read = 0, derivations_made = 0;
  // Called before something is written to standard error.
  std::function<void()> before_message;
  // Shows a message in another way; false leaves it to the standard one.
  std::function<bool(std::string_view)> on_message;
  // Where this thread's messages are kept, to be shown later; null: they are shown at once.
  static thread_local std::vector<std::string>* held_messages;

  // ---- Search path
  // Adds one entry as NIX_PATH and -I write it.
  void add_search_entry(std::string_view text);
  // Adds all entries of a `:`-separated NIX_PATH.
  void add_search_path(std::string_view text);
  // `builtins.nixPath`: a list of { path; prefix; }.
  evaluator::Value nix_path(evaluator::Vm& vm);

  // ---- Files. Paths are absolute and canonical.
  // An error when pure or restricted evaluation forbids `path`.
  base::Result<void> check_access(const std::string& path);
  // An error when restricted evaluation forbids fetching from `uri`.
  base::Result<void> check_uri(const std::string& uri);
  // Where `path` is really kept: store objects may lie below the folder of --store.
  // Empty for what a mount leaves out.
  std::string on_disk(const std::string& path);
  // Makes `object` readable, also in pure evaluation, as the tree at `mount`; writes it to the store unless read_only.
  base::Result<void> mount(const std::string& object, Mount mount, store::FileMethod method = store::FileMethod::Nar);
  // How what stands at `path`, which may be below a mount, can be mounted elsewhere.
  Mount mount_at(const std::string& path);
  bool is_mounted(const std::string& object) const {
    std::lock_guard lock(caches_);
    return mounts_.contains(object);
  }
  // Lets pure evaluation read the store object.
  void allow_object(const std::string& object) {
    std::lock_guard lock(caches_);
    allowed_objects_.insert(object);
  }
  // `filter`, which takes paths as evaluation sees them, for those of the disk below `path`.
  PathFilter disk_filter(const std::string& path, const PathFilter& filter);
  // Whether what stands at `path`, by whichever links, is read just there: nothing is forbidden, mounted or kept elsewhere.
  bool is_plain(std::string_view path) const;
  // Whether `path` can be seen: false for what a mount leaves out.
  bool is_visible(const std::string& path) const;
  // The type of what stands at `path`; a symbolic link is not followed.
  FileType file_type(const std::string& path);
  // Follows all symbolic links, also in parent folders.
  base::Result<std::string> resolve_links(const std::string& path);
  // The file that `import path` means: links resolved, `default.nix` appended to a folder. Sets `seen` where its stamp is found on
  // the way and is that of stamp_of, but for whoever reads the file to tell of it (base::saw_file).
  base::Result<std::string> resolve_import(const std::string& path, std::optional<base::Sighting>* seen = nullptr);
  // The whole file; also the virtual ones below kEmbeddedPrefix.
  base::Result<std::string> read_file(const std::string& path);
  // The same of a file that is to be evaluated, which may be followed: see evaluator/dependencies.h.
  base::Result<std::string> read_source(const evaluator::Vm& vm, const std::string& path);
  // Of a regular file on disk, which counts as read; nothing for other files and those that are not there.
  std::optional<base::Stamp> stamp_of(const std::string& path);
  bool is_in_store(std::string_view path) const;
  // The store object that `path`, which is in the store, belongs to: "/nix/store/<hash>-<name>".
  std::string store_object(std::string_view path) const;
  // Makes sure that what `context` names can be read: outputs of derivations are built. Where the path of one was not known
  // before, what stands for it in `text` is replaced.
  base::Result<void> realise(const evaluator::Context* context, std::string* text = nullptr);

  // Says which store is meant, as Nix's --store and NIX_REMOTE do: "daemon", "unix://SOCKET", "local" (the machine's, by a
  // daemon of our own), "auto" or "" (the first of these that there is), or a folder that is a store of its own. Nothing is
  // opened before it is needed.
  base::Result<void> open_store(const std::string& location);
  // In a process that was forked: connections belong to the other one, so the store is opened anew.
  base::Result<void> reopen_store_after_fork();
  // True when a Nix daemon runs on this machine, or NIX_REMOTE says where the store is.
  static bool has_machine_store();

  // ---- Store. Each returns the store path, and writes the object unless read_only.
  // What is said of the folder with all objects: what is in it by chance is nothing that evaluation may depend on.
  base::Error not_listed() const;
  // Fails unless the experimental feature is on.
  base::Result<void> require_feature(std::string_view feature) const;
  // As base::parse_hash, of a hash that a program names, which needs a feature for some algorithms.
  base::Result<base::Hash> read_hash(std::string_view text, std::optional<base::HashAlgorithm> algorithm) const;
  // The file or folder at `path`. Flat (`recursive` false) only for a regular file.
  base::Result<std::string> add_source(const std::string& name, const std::string& path, bool recursive, const PathFilter& filter = {});
  base::Result<std::string> add_text(const std::string& name, std::string_view text, const std::vector<std::string>& references);
  // Where content with the given SHA-256 (any notation) goes, whether it is there or not.
  base::Result<std::string> fixed_path(const std::string& name, bool recursive, std::string_view sha256) const;
  // True when the object is in the store.
  bool is_valid(const std::string& object) {
    note_object(object);
    return store->is_valid(object) || (!has_daemon_ && exists(object));
  }
  // To be called for what this run finds in the store or adds to it: its answer is of use only as long as that is there.
  void note_object(const std::string& object);
  // What the store object refers to; empty when it is not known.
  std::vector<std::string> references_of(const std::string& object);
  // With keep_sources: where the contents of each source are, to be shown later. Without, only those in the store are known.
  bool keep_sources = false;
  std::optional<SourceCopy> find_source(const std::string& object);
  // The derivations of which `object` is an output, where a Nix daemon knows.
  base::Result<std::vector<std::string>> derivers_of(const std::string& object);
  bool exists(const std::string& path) { return file_type(path) != FileType::Missing; }

  // Seconds since 1970, the same for the whole evaluation.
  std::int64_t current_time() const { return current_time_; }

  // ---- Caches
  // Numbers that take long to compute, each until its value is forced.
  using DelayedNumber = std::function<base::Result<std::uint64_t>()>;
  std::size_t delay_number(DelayedNumber number);
  base::Result<std::uint64_t> delayed_number(std::size_t index);
  // Held while something is fetched, or `fetched` used: inputs fetched in this process, by their attributes.
  std::recursive_mutex fetching;
  std::unordered_map<std::string, std::shared_ptr<const StoredTree>> fetched;
  // Files lowered in earlier runs; null: each is read.
  std::unique_ptr<LoweredFiles> lowered;
  // Texts of files are not kept once they are lowered; where nothing else needs them.
  bool forgets_texts = false;
  // Files that other threads lower before they are imported; null: there are none.
  std::unique_ptr<FilesAhead> files_ahead;

  // A file that is or was imported. The claim is that of a thunk: Forced once `value` is there, which stays the same from
  // then on; Thunk after a failure, which is not kept.
  struct Import {
    evaluator::Object claim;
    evaluator::Value* value;
    evaluator::Dependencies::Memo memo;
  };
  // By resolved file.
  Import& import_of(evaluator::Vm& vm, const std::string& file);
  // The files whose values are known.
  std::vector<std::string> imported_files();
  void forget_imports();

 private:
  FileType file_type(const std::string& path, std::optional<base::Sighting>& seen);
  bool is_plain_folder(std::string_view path) const;
  void note_plain_folder(std::string path);
  void keep_source(const std::string& object, SourceCopy source);
  bool is_allowed_object(const std::string& object) const;
  base::Result<void> open_folder(const std::string& folder);
  base::Result<void> build_missing(const std::map<std::string, std::set<std::string>>& wanted);
  base::Result<void> replace_placeholders(const std::map<std::string, std::set<std::string>>& outputs, std::string& text);

  std::string location_;                                           // as open_store was told
  bool has_daemon_ = false;                                        // `store` is a daemon
  std::unique_ptr<store::Backend> machine_store_;                  // asked for references when `store` is not
  const Mount* mount_of(std::string_view path) const;
  // True where links are followed step by step, so that they lead neither out of a mount nor around check_access.
  bool is_guarded(std::string_view path) const { return pure || restricted || mount_of(path); }
  // `path` with the links in its parent folders resolved; unchanged where nothing is guarded or something is missing.
  std::string real_parents(const std::string& path);
  base::Result<std::string> follow_links(std::string path, bool last);
  // Why there is nothing at `path`.
  base::Error missing(const std::string& path) const;
  std::int64_t current_time_;
  // Held to look into what follows, and for nothing else.
  mutable std::mutex caches_;
  std::unordered_map<std::string, std::unique_ptr<Import>> imports_;
  std::deque<DelayedNumber> delayed_numbers_;
  std::unordered_map<std::string, std::vector<std::string>> references_;  // of store objects
  std::unordered_map<std::string, Mount> mounts_;  // by store object; none is changed or taken away
  std::set<std::string, std::less<>> allowed_objects_;
  std::set<std::string, std::less<>> plain_folders_;  // known to be no links, like their parents
  std::string store_root_;                                         // of --store; empty: the file system itself
  std::unordered_map<std::string, SourceCopy> sources_;            // of store objects; with keep_sources
  std::unordered_map<std::string, std::string> copied_;           // source path -> store path
  std::unordered_map<std::string, std::string> resolved_imports_;  // path -> file
};

inline World& world_of(evaluator::Vm& vm) { return World::of(vm); }

// Where embedded files such as `<nix/fetchurl.nix>` stand.
constexpr std::string_view kEmbeddedPrefix = "/__corepkgs__/";

using base::canonical_path;

}  // namespace evalctl::stdlib
