#include "lsp/snapshot.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "lsp/builtins.h"

namespace evalctl::lsp {

namespace {

const parser::Globals& globals() {
  static const parser::Globals known(global_names());
  return known;
}

// What was known of the nodes of `before`, by their numbers in the tree after it.
template <class Table>
Table moved_on(const Table& before, const parser::Reparsed& now, std::uint32_t added) {
  Table out(before.size() - now.size_before + added);
  std::uint32_t begin = now.binding.index, end = begin + now.size_before;
  std::copy(before.begin(), before.begin() + begin, out.begin());
  std::copy(before.begin() + end, before.end(), out.begin() + begin + added);
  return out;
}

void fill_parents(const Tree& tree, std::uint32_t begin, std::uint32_t end, std::vector<NodeId>& parents) {
  for (std::uint32_t node = begin; node < end; ++node) {
    for (NodeId child : tree.children({node})) parents[child.index] = {node};
  }
}

// The folder that a path lies in; "" above the outermost.
std::string folder_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash);
}

// Calls `found` with the value of the innermost of `path` and the folders that it lies in which `table` has, and the rest of the path.
template <class Found>
std::string with_innermost(const std::map<std::string, std::string>& table, const std::string& path, Found found) {
  for (std::string outer = table.empty() ? "" : path; !outer.empty(); outer = folder_of(outer)) {
    auto known = table.find(outer);
    if (known != table.end()) return found(known->second, path.substr(outer.size()));
  }
  return "";
}

}  // namespace

Analysis::Analysis(std::string_view text, const Analysis* before) : parsed{Tree({}, {}, {}), {}}, tree(parsed.tree) {
  bool good = before && before->parsed.diagnostics.empty();
  auto again = good ? parser::reparse(before->tree, text) : std::nullopt;
  if (again) {
    parsed.tree = std::move(again->tree);
    adopt(*before, *again);
  } else {
    parsed = parser::parse(text);
    scopes = parser::resolve(tree, globals());
    parents.assign(tree.node_count(), NodeId{0});
    fill_parents(tree, 0, tree.node_count(), parents);
  }
}

// Side tables of a tree that is another's but for one binding.
void Analysis::adopt(const Analysis& before, const parser::Reparsed& now) {
  if (now.binding.index == 0) {
    scopes = before.scopes;
    parents = before.parents;
    return;
  }
  std::uint32_t begin = now.binding.index, end = begin + now.size_before, added = tree.size(now.binding);
  auto move_on = [&](NodeId& node) {
    if (node.index >= end) node.index += added - now.size_before;
  };
  scopes = moved_on(before.scopes, now, added);
  for (parser::Reference& reference : scopes) move_on(reference.definition);
  auto resolved = parser::resolve_part(tree, globals(), now.binding, std::move(scopes));
  scopes = resolved ? std::move(*resolved) : parser::resolve(tree, globals());
  parents = moved_on(before.parents, now, added);
  for (NodeId& parent : parents) move_on(parent);
  parents[begin] = before.parents[begin];
  fill_parents(tree, begin, begin + added, parents);
}

NodeId Analysis::node_at(std::uint32_t offset) const {
  NodeId node = tree.root();
  for (bool deeper = true; deeper;) {
    deeper = false;
    NodeId best{0};
    for (NodeId child : tree.children(node)) {
      Range range = tree.range(child);
      if (range.begin > offset) break;
      if (range.end < offset) continue;
      bool touches_name = deeper && range.begin == offset && tree.kind(best) == NodeKind::Identifier &&
                          tree.kind(child) != NodeKind::Identifier;
      if (touches_name) continue;
      best = child;
      deeper = true;
    }
    if (deeper) node = best;
  }
  return node;
}

std::vector<NodeId> Analysis::uses_of(NodeId definition) const {
  std::vector<NodeId> uses;
  for (std::uint32_t node = 0; node < scopes.size(); ++node) {
    switch (scopes[node].referent) {
      case parser::Referent::Attribute:
      case parser::Referent::Parameter:
      case parser::Referent::Formal:
      case parser::Referent::PatternName:
        if (scopes[node].definition == definition) uses.push_back({node});
        break;
      default: break;
    }
  }
  return uses;
}

Document::Document(std::string path, std::int64_t version, std::string text, const DocumentPtr& before)
    : path(std::move(path)), version(version), text(std::move(text)), before_(good_version(before)) {}

// At most one earlier version is kept alive by each.
DocumentPtr Document::good_version(const DocumentPtr& document) {
  if (!document || document->good_) return document;
  std::lock_guard lock(document->before_mutex_);
  return document->before_;
}

const Analysis& Document::analysis() const {
  std::call_once(once_, [this] {
    DocumentPtr before;
    {
      std::lock_guard lock(before_mutex_);
      before = before_;
    }
    analysis_ = std::make_unique<const Analysis>(text.bytes(), before ? &before->analysis() : nullptr);
    if (!analysis_->parsed.diagnostics.empty()) return;
    good_ = true;
    std::lock_guard lock(before_mutex_);
    before_ = nullptr;
  });
  return *analysis_;
}

DocumentPtr DiskFiles::get(const std::string& path) {
  constexpr std::int64_t kLargest = 64 << 20;
  struct stat info{};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size >= kLargest) return nullptr;
  base::Stamp stamp = base::stamp_of(info);
  bool tells = stamp.changed + base::kClockStep < base::now();
  {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(path);
    if (found != entries_.end() && found->second.stamp == stamp) return found->second.document;
  }
  auto text = base::read_file(path);
  if (!text) return nullptr;
  auto document = std::make_shared<Document>(path, -1, std::move(*text));
  std::lock_guard lock(mutex_);
  // A file as young as that may change again without its stamp.
  entries_[path] = {tells ? stamp : base::Stamp{}, document};
  return document;
}

std::string Memory::keep_tokens(const std::string& path, Data data) {
  std::lock_guard lock(mutex_);
  std::string id = std::to_string(++last_id_);
  tokens_[path] = {id, std::move(data)};
  return id;
}

Memory::Data Memory::tokens(const std::string& path, const std::string& id) {
  std::lock_guard lock(mutex_);
  auto found = tokens_.find(path);
  return found != tokens_.end() && found->second.first == id ? found->second.second : nullptr;
}

void Memory::forget(const std::string& path) {
  std::lock_guard lock(mutex_);
  tokens_.erase(path);
}

void ClientNames::add_uri(const std::string& path, const std::string& uri) {
  if (path.starts_with('/') && uri_of(path) != uri) uris_[path] = uri;
}

void ClientNames::remove_link(const std::string& path) {
  std::erase_if(links_, [&](const auto& link) { return link.second == path; });
}

std::string ClientNames::path_of(const std::string& path) const {
  std::string named = with_innermost(links_, path, [](const std::string& link, const std::string& rest) { return link + rest; });
  return named.empty() ? path : named;
}

std::string ClientNames::uri_of(const std::string& path) const {
  std::string named = path_of(path);
  std::string uri = with_innermost(uris_, named, [](std::string_view outer, const std::string& rest) {
    if (rest.empty()) return std::string(outer);
    while (outer.ends_with('/')) outer.remove_suffix(1);
    return std::string(outer) + escaped_path(rest);
  });
  return uri.empty() ? uri_of_path(named) : uri;
}

DocumentPtr Snapshot::document(const std::string& path) const {
  auto found = open_->find(path);
  if (found != open_->end()) return found->second;
  std::string named = names_->path_of(path);
  if (named != path) found = open_->find(named);
  return found != open_->end() ? found->second : disk_->get(named);
}

std::vector<std::string> Snapshot::files(std::size_t limit, const Cancel& cancel) const {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const auto& [path, document] : *open_) files.push_back(path);
  for (const std::string& root : settings_->roots) {
    std::error_code error;
    fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error), end;
    for (; !error && at != end && files.size() < limit && !cancel; at.increment(error)) {
      std::string name = at->path().filename().string();
      std::error_code ignored;
      if (at->is_directory(ignored)) {
        if (name.starts_with(".") || name == "node_modules" || at->is_symlink(ignored)) at.disable_recursion_pending();
      } else if (name.ends_with(".nix") && !at->is_symlink(ignored)) {
        files.push_back(names_->path_of(at->path().string()));
      }
    }
  }
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

void Workspace::replace(const std::string& path, DocumentPtr document) {
  auto next = std::make_shared<Snapshot::Documents>(*open_);
  if (document) (*next)[path] = std::move(document);
  else next->erase(path);
  open_ = std::move(next);
}

void Workspace::set_settings(Settings settings) {
  auto names = std::make_shared<ClientNames>(*names_);
  for (std::size_t i = 0; i < settings.roots.size() && i < settings.root_uris.size(); ++i) {
    const std::string& root = settings.roots[i];
    names->add_uri(root, settings.root_uris[i]);
    std::string real = real_path(root);
    bool is_root = std::ranges::any_of(settings.roots, [&](const std::string& other) { return real == other || real.starts_with(other + "/"); });
    if (!is_root) names->add_link(real, root);
  }
  names_ = std::move(names);
  settings_ = std::make_shared<Settings>(std::move(settings));
}

void Workspace::open(const std::string& path, const std::string& uri, std::int64_t version, std::string text) {
  auto names = std::make_shared<ClientNames>(*names_);
  names->add_uri(path, uri);
  // What is open by one name is not called by another.
  if (names->path_of(path) != path) names->add_link(path, path);
  std::string real = real_path(path);
  if (!open_->contains(real) && names->path_of(real) != path) names->add_link(real, path);
  names_ = std::move(names);
  replace(path, std::make_shared<Document>(path, version, std::move(text)));
}

bool Workspace::change(const std::string& path, std::int64_t version, const std::vector<TextChange>& changes) {
  auto found = open_->find(path);
  if (found == open_->end()) return false;
  DocumentPtr document = found->second;
  for (const TextChange& change : changes) {
    std::string next;
    if (!change.span) {
      next = change.text;
    } else {
      std::string_view bytes = document->text.bytes();
      std::uint32_t begin = document->text.offset(change.span->begin, settings_->encoding);
      std::uint32_t end = std::max(begin, document->text.offset(change.span->end, settings_->encoding));
      next.reserve(bytes.size() - (end - begin) + change.text.size());
      next.append(bytes.substr(0, begin)).append(change.text).append(bytes.substr(end));
    }
    document = std::make_shared<Document>(path, version, std::move(next), document);
  }
  if (changes.empty()) document = std::make_shared<Document>(path, version, std::string(document->text.bytes()), document);
  replace(path, std::move(document));
  return true;
}

bool Workspace::close(const std::string& path) {
  if (!open_->contains(path)) return false;
  replace(path, nullptr);
  auto names = std::make_shared<ClientNames>(*names_);
  names->remove_link(path);
  names_ = std::move(names);
  memory_->forget(path);
  return true;
}

std::string real_path(const std::string& path) {
  if (!path.starts_with('/')) return path;
  std::error_code error;
  std::string real = std::filesystem::canonical(path, error).string();
  return error ? path : real;
}

std::string path_of_uri(std::string_view uri) {
  // With or without a host: file:/a, file:///a, file://localhost/a.
  constexpr std::string_view kScheme = "file:", kHost = "//";
  if (!uri.starts_with("file:/")) return std::string(uri);
  uri.remove_prefix(kScheme.size());
  if (uri.starts_with(kHost)) {
    uri.remove_prefix(kHost.size());
    uri.remove_prefix(std::min(uri.find('/'), uri.size()));
  }
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; };
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    bool escape = uri[i] == '%' && i + 2 < uri.size() && digit(uri[i + 1]) >= 0 && digit(uri[i + 2]) >= 0;
    path += escape ? static_cast<char>(digit(uri[i + 1]) * 16 + digit(uri[i + 2])) : uri[i];
    if (escape) i += 2;
  }
  return base::canonical_path(path);
}

std::string escaped_path(std::string_view path) {
  constexpr std::string_view kPlain = "/-._~!$&'()*+,;=@";
  std::string uri;
  for (char c : path) {
    bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || kPlain.contains(c);
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    auto byte = static_cast<unsigned char>(c);
    if (plain) uri += c;
    else uri.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return uri;
}

std::string uri_of_path(std::string_view path) { return path.starts_with('/') ? "file://" + escaped_path(path) : std::string(path); }

}  // namespace evalctl::lsp
