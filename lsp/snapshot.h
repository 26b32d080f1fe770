// What features look at: the files of the workspace at one moment.
//
//   Workspace (input thread) ── snapshot() ──► Snapshot ──► Document ──► Analysis (made when first asked for)
//
// A Document is one version of one file and never changes; a Snapshot is a map from paths to open Documents, and reads
// other files from disk. Both are shared between the input thread, the running features and the next snapshots, which
// end in any order: hence the shared_ptr.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/observations.h"
#include "lsp/text.h"
#include "parser/parse.h"
#include "parser/reparse.h"
#include "parser/scopes.h"

namespace evalctl::lsp {

using parser::NodeId;
using parser::NodeKind;
using parser::Range;
using parser::TokenId;
using parser::TokenKind;
using parser::Tree;

// Set when nobody waits for the answer any more. Long features ask it now and then.
using Cancel = std::atomic<bool>;

struct Analysis {
  // `before`: of a text that may be nearly the same, to save work; the result does not depend on it.
  explicit Analysis(std::string_view text, const Analysis* before = nullptr);

  parser::ParseResult parsed;
  const Tree& tree;
  parser::Scopes scopes;
  // By NodeId; the root is its own parent.
  std::vector<NodeId> parents;

  NodeId parent(NodeId node) const { return parents[node.index]; }
  // The innermost node around `offset`; where two touch, the identifier wins, else the right one.
  NodeId node_at(std::uint32_t offset) const;
  // Every use of the definition `definition`, in order of position. Cost O(n).
  std::vector<NodeId> uses_of(NodeId definition) const;

 private:
  void adopt(const Analysis& before, const parser::Reparsed& now);
};

class Document {
 public:
  // `before`: an earlier version.
  Document(std::string path, std::int64_t version, std::string text, const std::shared_ptr<const Document>& before = nullptr);
  // Made once, by whichever thread asks first.
  const Analysis& analysis() const;
  // The nearest version before this one, itself included, that was analysed and is without mistakes; null where none is known.
  static std::shared_ptr<const Document> good_version(const std::shared_ptr<const Document>& document);

  const std::string path;
  // The client's number; -1 for a file from disk.
  const std::int64_t version;
  const Text text;

 private:
  mutable std::once_flag once_;
  mutable std::mutex before_mutex_;
  // Until this version turns out to be good itself.
  mutable std::shared_ptr<const Document> before_;
  mutable std::atomic<bool> good_ = false;
  mutable std::unique_ptr<const Analysis> analysis_;
};

using DocumentPtr = std::shared_ptr<const Document>;

// Files read from disk, kept as long as their stamps tell of no change. Thread-safe.
class DiskFiles {
 public:
  // Null when `path` is no readable regular file of less than 64 MiB.
  DocumentPtr get(const std::string& path);

 private:
  struct Entry { base::Stamp stamp; DocumentPtr document; };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

struct Settings {
  Encoding encoding = Encoding::Utf16;
  std::vector<std::string> roots;
  // As the client spells them, in the same order.
  std::vector<std::string> root_uris;
  // Codes of lints that the user turned off.
  std::vector<std::string> ignored;
  bool evaluate = true;
  // ---- Of evaluation; what is empty is found.
  std::string nixpkgs, system;
  std::vector<std::string> entries;
  // What one evaluation may take.
  std::uint64_t memory_bytes = std::uint64_t{3} << 30;
  std::uint64_t milliseconds = 60'000;
  // How long after a change evaluation starts.
  std::uint64_t debounce_milliseconds = 150;
  // What the client can do.
  bool pulls_diagnostics = false;
  bool snippets = false;
  // Otherwise documentation is plain text.
  bool markdown_hovers = true;
  bool markdown_completions = true;
  bool markdown_signatures = true;
  bool work_done_progress = false;
  bool shows_documents = false;
  bool registers_watchers = false;
  bool refreshes_diagnostics = false;
  bool labelled_edits = false;
  std::int64_t client_process = 0;
};

// Results that the client may refer to again: the last semantic tokens of each file. Thread-safe.
class Memory {
 public:
  using Data = std::shared_ptr<const std::vector<std::uint32_t>>;
  // Returns the id of the result.
  std::string keep_tokens(const std::string& path, Data data);
  // Null when the last result of `path` has another id.
  Data tokens(const std::string& path, const std::string& id);
  void forget(const std::string& path);

 private:
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::map<std::string, std::pair<std::string, Data>> tokens_;
};

// What the client calls files: its spelling of URIs, and the links that it looks at them through.
class ClientNames {
 public:
  // Keeps `uri` where it is not what uri_of_path says.
  void add_uri(const std::string& path, const std::string& uri);
  // What lies at `real` is called by `path` from now on, or by its own name again.
  void add_link(const std::string& real, const std::string& path) { links_[real] = path; }
  void remove_link(const std::string& path);

  // The name of what lies at `path`, which may be found through a link.
  std::string path_of(const std::string& path) const;
  // As the client spells it, also where only a folder that it lies in was spelled; else as uri_of_path.
  std::string uri_of(const std::string& path) const;

 private:
  // Of files and folders, by path. Few: most clients spell URIs as uri_of_path does.
  std::map<std::string, std::string> uris_;
  // Of files and folders: from where they lie to where the client sees them.
  std::map<std::string, std::string> links_;
};

class Evaluation;

class Snapshot {
 public:
  using Documents = std::map<std::string, DocumentPtr>;
  Snapshot(std::shared_ptr<const Documents> open, std::shared_ptr<const ClientNames> names, std::shared_ptr<DiskFiles> disk,
           std::shared_ptr<const Settings> settings, std::shared_ptr<Memory> memory, Evaluation* evaluation, std::uint64_t order)
      : open_(std::move(open)), names_(std::move(names)), disk_(std::move(disk)), settings_(std::move(settings)),
        memory_(std::move(memory)), evaluation_(evaluation), order_(order) {}

  // The open document at `path`, or what is open as a link to it, or the file on disk; null when there is none.
  DocumentPtr document(const std::string& path) const;
  // What the client calls the file at `path`.
  std::string client_path(const std::string& path) const { return names_->path_of(path); }
  std::string uri_of(const std::string& path) const { return names_->uri_of(path); }
  const Documents& open_documents() const { return *open_; }
  // The file on disk, also where it is open.
  DocumentPtr saved(const std::string& path) const { return disk_->get(path); }
  const Settings& settings() const { return *settings_; }
  Memory& memory() const { return *memory_; }
  // What evaluation knows; null when it is turned off.
  Evaluation* evaluation() const { return evaluation_; }
  // Larger for snapshots that were taken later.
  std::uint64_t order() const { return order_; }
  // Absolute paths of all .nix files below the roots, at most `limit`; hidden folders and links are left out, but for links that
  // are open, in the place of what they lead to.
  std::vector<std::string> files(std::size_t limit, const Cancel& cancel) const;

 private:
  std::shared_ptr<const Documents> open_;
  std::shared_ptr<const ClientNames> names_;
  std::shared_ptr<DiskFiles> disk_;
  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<Memory> memory_;
  Evaluation* evaluation_;
  std::uint64_t order_;
};

// A change as the protocol sends it; without a range the whole text is replaced.
struct TextChange {
  struct Span { Position begin, end; };
  std::optional<Span> span;
  std::string text;
};

// The open documents. Used by the input thread only.
class Workspace {
 public:
  Workspace() : open_(std::make_shared<Snapshot::Documents>()), names_(std::make_shared<ClientNames>()),
                disk_(std::make_shared<DiskFiles>()), settings_(std::make_shared<Settings>()), memory_(std::make_shared<Memory>()) {}
  void set_settings(Settings settings);
  const Settings& settings() const { return *settings_; }
  // `uri`: as the client spells it.
  void open(const std::string& path, const std::string& uri, std::int64_t version, std::string text);
  // False when the document is not open.
  bool change(const std::string& path, std::int64_t version, const std::vector<TextChange>& changes);
  bool close(const std::string& path);
  std::shared_ptr<const Snapshot> snapshot() {
    return std::make_shared<Snapshot>(open_, names_, disk_, settings_, memory_, settings_->evaluate ? evaluation : nullptr, ++last_order_);
  }
  // Outlives all snapshots.
  Evaluation* evaluation = nullptr;
  const Snapshot::Documents& documents() const { return *open_; }

 private:
  void replace(const std::string& path, DocumentPtr document);

  std::shared_ptr<const Snapshot::Documents> open_;
  std::shared_ptr<const ClientNames> names_;
  std::shared_ptr<DiskFiles> disk_;
  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<Memory> memory_;
  std::uint64_t last_order_ = 0;
};

// "file:///a%20b/" -> "/a b". Other schemes are returned as they are: such documents live in the editor only.
std::string path_of_uri(std::string_view uri);
std::string uri_of_path(std::string_view path);
// The part of a URI that stands for an absolute path.
std::string escaped_path(std::string_view path);
// Where a file lies, without links; as it is where there is none.
std::string real_path(const std::string& path);

}  // namespace evalctl::lsp
