#include "store/daemon.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_set>

#include "base/files.h"
#include "store/daemon_connection.h"

namespace evalctl::store {
namespace {

// Texts are sent when there are so many bytes of them.
constexpr std::size_t kBatch = std::size_t{16} << 20;
// Requests on their way at a time; their answers fit in the socket's buffer.
constexpr std::size_t kPipelined = 64;

std::string content_address(std::string_view method, std::string_view contents) {
  return fmt::format("{}:sha256:{}", method, base::hash_bytes(base::HashAlgorithm::Sha256, contents).base32());
}

class Daemon final : public Backend {
 public:
  explicit Daemon(std::unique_ptr<DaemonConnection> connection) : connection_(std::move(connection)) {}

  bool is_valid(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (known_.contains(path)) return true;
    Wire& wire = connection_->begin(Operation::IsValidPath);
    wire.put(path);
    if (!connection_->answered() || wire.number() == 0 || !protect({path})) return false;
    known_.insert(path);
    return true;
  }

  base::Result<void> add_text(const std::string& path, std::string_view contents, const References& references) override {
    std::lock_guard lock(mutex_);
    if (!known_.insert(path).second) return {};
    waiting_.push_back({path, std::string(contents), references});
    waiting_bytes_ += contents.size();
    return waiting_bytes_ < kBatch ? base::Result<void>() : send_waiting();
  }

  base::Result<void> flush() override {
    std::lock_guard lock(mutex_);
    return send_waiting();
  }

  base::Result<void> add_source(const std::string& path, const std::string& source, FileMethod method, const NarFilter& filter) override {
    std::lock_guard lock(mutex_);
    if (known_.contains(path)) return {};
    // Reading calls the filter, which may fail or add something itself; so all is read before the request begins.
    std::string bytes;
    auto read = read_source(source, method, filter, bytes);
    if (!read) return read;
    auto added = add_contents(path, method == FileMethod::Nar ? "fixed:r:sha256" : "fixed:sha256", {}, bytes);
    if (added) known_.insert(path);
    return added;
  }

  base::Result<void> add_object(const ObjectInfo& info, std::string_view archive) override {
    std::lock_guard lock(mutex_);
    if (known_.contains(info.path)) return {};
    if (auto sent = send_waiting(); !sent) return sent;
    Wire& wire = connection_->begin(Operation::AddToStoreNar);
    wire.put(std::string_view(info.path));
    put_info(wire, info);
    wire.put(std::uint64_t{0});  // no repair
    wire.put(std::uint64_t{0});  // signatures are checked; content addresses stand for them
    FramedWriter frames(wire);
    frames.put_raw(archive);
    frames.finish();
    connection_->answered();
    auto done = connection_->result();
    if (done) known_.insert(info.path);
    return done;
  }

  base::Result<std::optional<ObjectInfo>> info(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (auto sent = send_waiting(); !sent) return std::unexpected(sent.error());
    Wire& wire = connection_->begin(Operation::QueryPathInfo);
    wire.put(path);
    std::optional<ObjectInfo> found;
    if (connection_->answered() && wire.number() != 0) found = read_info(wire, path);
    if (auto done = connection_->result(); !done) return std::unexpected(done.error());
    return found;
  }

  base::Result<void> build(const std::map<std::string, std::set<std::string>>& outputs) override {
    std::lock_guard lock(mutex_);
    if (auto sent = send_waiting(); !sent) return sent;
    Wire& wire = connection_->begin(Operation::BuildPaths);
    wire.put(std::uint64_t{outputs.size()});
    for (const auto& [path, names] : outputs) wire.put(derived_path(path, names));
    wire.put(std::uint64_t{0});  // a normal build
    if (connection_->answered()) wire.number();
    return connection_->result();
  }

  base::Result<std::map<std::string, std::string>> outputs(const std::string& drv_path) override {
    std::lock_guard lock(mutex_);
    Wire& wire = connection_->begin(Operation::QueryDerivationOutputMap);
    wire.put(drv_path);
    std::map<std::string, std::string> found;
    if (connection_->answered()) {
      for (std::uint64_t count = wire.number(); count > 0 && wire.ok(); --count) {
        std::string name = wire.text();
        std::string path = wire.text();
        if (!path.empty()) found[name] = path;
      }
    }
    if (auto done = connection_->result(); !done) return std::unexpected(done.error());
    return found;
  }

  base::Result<std::vector<std::string>> derivers(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (auto sent = send_waiting(); !sent) return std::unexpected(sent.error());
    Wire& wire = connection_->begin(Operation::QueryValidDerivers);
    wire.put(std::string_view(path));
    std::vector<std::string> found;
    if (connection_->answered()) found = wire.texts();
    if (auto done = connection_->result(); !done) return std::unexpected(done.error());
    return found;
  }

  base::Result<Missing> missing(const std::vector<std::string>& wanted) override {
    std::lock_guard lock(mutex_);
    if (auto sent = send_waiting(); !sent) return std::unexpected(sent.error());
    Wire& wire = connection_->begin(Operation::QueryMissing);
    wire.put(std::uint64_t{wanted.size()});
    for (const std::string& path : wanted) wire.put(std::string_view(path));
    Missing found;
    if (connection_->answered()) {
      for (auto* list : {&found.will_build, &found.will_substitute, &found.unknown}) *list = wire.texts();
      wire.number();  // bytes to be fetched
      wire.number();  // bytes of what is fetched
    }
    if (auto done = connection_->result(); !done) return std::unexpected(done.error());
    return found;
  }

  base::Result<void> dump(const std::string& path, const NarSink& sink) override {
    std::lock_guard lock(mutex_);
    if (auto sent = send_waiting(); !sent) return sent;
    Wire& wire = connection_->begin(Operation::NarFromPath);
    wire.put(path);
    if (!connection_->answered()) return connection_->result();
    // The archive has no length before it: its own structure says where it ends.
    class Ignore final : public NarVisitor {
      base::Result<void> directory(const std::string&) override { return {}; }
      base::Result<void> symlink(const std::string&, const std::string&) override { return {}; }
      base::Result<void> begin_file(const std::string&, bool, std::uint64_t) override { return {}; }
      base::Result<void> contents(std::string_view) override { return {}; }
      base::Result<void> end_file() override { return {}; }
    } ignore;
    NarReader reader(ignore);
    char buffer[65536];
    while (std::uint64_t wanted = wire.ok() ? reader.wanted() : 0) {
      std::size_t size = std::min<std::uint64_t>(wanted, sizeof buffer);
      wire.read_raw(buffer, size);
      reader.write({buffer, size});
      sink({buffer, size});
    }
    auto whole = reader.finish();
    if (wire.ok() && !whole) wire.fail(whole.error().message);
    return connection_->result();
  }

  base::Result<void> add_root(const std::string& link) override {
    std::lock_guard lock(mutex_);
    if (auto sent = send_waiting(); !sent) return sent;
    Wire& wire = connection_->begin(Operation::AddIndirectRoot);
    wire.put(link);
    if (connection_->answered()) wire.number();
    return connection_->result();
  }

 private:
  struct Text {
    std::string path, contents;
    References references;
  };

  static base::Result<void> read_source(const std::string& source, FileMethod method, const NarFilter& filter, std::string& bytes) {
    if (method == FileMethod::Nar) return dump_nar(source, [&](std::string_view part) { bytes += part; }, filter);
    auto contents = base::read_file(source);
    if (!contents) return std::unexpected(contents.error());
    bytes = std::move(*contents);
    return {};
  }

  std::string derived_path(const std::string& path, const std::set<std::string>& names) const {
    if (!path.ends_with(".drv")) return path;
    std::string result = path + "!";
    for (const std::string& name : names) {
      if (!result.ends_with('!')) result += ',';
      result += name;
    }
    if (names.empty() && connection_->version() >= protocol(30)) result += '*';
    if (names.empty() && connection_->version() < protocol(30)) result.pop_back();
    return result;
  }

  // What follows the path in a description of an object.
  static ObjectInfo read_info(Wire& wire, const std::string& path) {
    ObjectInfo info{.path = path, .deriver = wire.text(), .nar_hash = {}, .references = {}, .signatures = {}, .content_address = {}};
    if (auto hash = base::parse_hash(wire.text(), base::HashAlgorithm::Sha256)) info.nar_hash = *hash;
    for (std::string& reference : wire.texts()) info.references.insert(std::move(reference));
    wire.number();  // time of registration
    info.nar_size = wire.number();
    wire.number();  // built here
    info.signatures = wire.texts();
    info.content_address = wire.text();
    return info;
  }

  template <class Sink>
  static void put_info(Sink& sink, const ObjectInfo& info) {
    sink.put(std::string_view(info.deriver));
    sink.put(std::string_view(info.nar_hash.base16()));
    sink.put_all(info.references);
    sink.put(std::uint64_t{0});  // time of registration: now
    sink.put(info.nar_size);
    sink.put(std::uint64_t{0});  // not built here
    sink.put(std::uint64_t{info.signatures.size()});
    for (const std::string& signature : info.signatures) sink.put(std::string_view(signature));
    sink.put(std::string_view(info.content_address));
  }

  // One object by itself. The daemon computes the path again; another one than `path` is an error.
  base::Result<void> add_contents(const std::string& path, std::string_view method, const References& references, std::string_view bytes) {
    Wire& wire = connection_->begin(Operation::AddToStore);
    wire.put(std::string_view(name_part(path)));
    wire.put(method);
    wire.put_all(references);
    wire.put(std::uint64_t{0});  // no repair
    FramedWriter frames(wire);
    frames.put_raw(bytes);
    frames.finish();
    if (!connection_->answered()) return connection_->result();
    std::string made = wire.text();
    read_info(wire, path);
    if (wire.ok() && made != path) return base::fail(fmt::format("the Nix daemon added '{}' where '{}' was expected", made, path));
    return connection_->result();
  }

  base::Result<void> send_waiting() {
    if (waiting_.empty()) return {};
    std::vector<Text> texts = std::move(waiting_);
    waiting_.clear();
    waiting_bytes_ = 0;
    std::set<std::string> paths;
    for (const Text& text : texts) paths.insert(text.path);
    auto valid = query_valid(paths);
    if (!valid) return std::unexpected(valid.error());
    if (!protect(*valid)) return connection_->result();
    std::unordered_set<std::string> there(valid->begin(), valid->end());
    std::erase_if(texts, [&](const Text& text) { return there.contains(text.path); });
    if (texts.empty()) return {};
    if (connection_->version() >= protocol(32)) return send_bulk(texts);
    for (const Text& text : texts) {
      auto added = add_contents(text.path, "text:sha256", text.references, text.contents);
      if (!added) return added;
    }
    return {};
  }

  base::Result<std::vector<std::string>> query_valid(const std::set<std::string>& paths) {
    Wire& wire = connection_->begin(Operation::QueryValidPaths);
    wire.put_all(paths);
    if (connection_->version() >= protocol(27)) wire.put(std::uint64_t{0});  // no substitution
    std::vector<std::string> valid;
    if (connection_->answered()) valid = wire.texts();
    if (auto done = connection_->result(); !done) return std::unexpected(done.error());
    return valid;
  }

  // Keeps objects that are valid already from being collected.
  bool protect(const std::vector<std::string>& paths) {
    for (std::size_t from = 0; from < paths.size(); from += kPipelined) {
      std::size_t end = std::min(paths.size(), from + kPipelined);
      for (std::size_t i = from; i < end; ++i) connection_->begin(Operation::AddTempRoot).put(std::string_view(paths[i]));
      for (std::size_t i = from; i < end; ++i) {
        if (!connection_->answered()) return false;
        connection_->wire().number();
      }
    }
    return connection_->wire().ok();
  }

  base::Result<void> send_bulk(const std::vector<Text>& texts) {
    Wire& wire = connection_->begin(Operation::AddMultipleToStore);
    wire.put(std::uint64_t{0});  // no repair
    wire.put(std::uint64_t{0});  // signatures are checked; content addresses stand for them
    FramedWriter frames(wire);
    frames.put(std::uint64_t{texts.size()});
    for (const Text& text : texts) {
      std::string archive = nar_of_text(text.contents);
      frames.put(std::string_view(text.path));
      put_info(frames, {.path = text.path, .deriver = {}, .nar_hash = base::hash_bytes(base::HashAlgorithm::Sha256, archive), .nar_size = archive.size(),
                        .references = text.references, .signatures = {}, .content_address = content_address("text", text.contents)});
      frames.put_raw(archive);
    }
    frames.finish();
    connection_->answered();
    return connection_->result();
  }

  std::unique_ptr<DaemonConnection> connection_;
  std::recursive_mutex mutex_;
  std::unordered_set<std::string> known_;  // valid, or waiting
  std::vector<Text> waiting_;              // what a text refers to stands before it
  std::size_t waiting_bytes_ = 0;
};

base::Result<std::unique_ptr<Backend>> make(base::Result<std::unique_ptr<DaemonConnection>> connection) {
  if (!connection) return std::unexpected(connection.error());
  return std::make_unique<Daemon>(std::move(*connection));
}

}  // namespace

base::Result<std::unique_ptr<Backend>> connect_daemon(const std::string& socket_path, DaemonLog log) {
  return make(DaemonConnection::connect(socket_path, std::move(log)));
}

base::Result<std::unique_ptr<Backend>> start_daemon(DaemonLog log) { return make(DaemonConnection::start(std::move(log))); }

}  // namespace evalctl::store
