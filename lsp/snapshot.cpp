#include "lsp/snapshot.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "lsp/builtins.h"

namespace evalctl::lsp {

Analysis::Analysis(std::string_view text)
    : parsed(parser::parse(text)), tree(parsed.tree), scopes(parser::resolve(tree, global_names())) {
  parents.assign(tree.node_count(), NodeId{0});
  for (std::uint32_t node = 0; node < tree.node_count(); ++node) {
    for (NodeId child : tree.children({node})) parents[child.index] = {node};
  }
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

const Analysis& Document::analysis() const {
  std::call_once(once_, [this] { analysis_ = std::make_unique<const Analysis>(text.bytes()); });
  return *analysis_;
}

DocumentPtr DiskFiles::get(const std::string& path) {
  constexpr std::int64_t kLargest = 64 << 20;
  struct stat info{};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size >= kLargest) return nullptr;
  std::int64_t time = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
  {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(path);
    if (found != entries_.end() && found->second.time == time && found->second.size == info.st_size) {
      return found->second.document;
    }
  }
  auto text = base::read_file(path);
  if (!text) return nullptr;
  auto document = std::make_shared<Document>(path, -1, std::move(*text));
  std::lock_guard lock(mutex_);
  entries_[path] = {time, info.st_size, document};
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

DocumentPtr Snapshot::document(const std::string& path) const {
  auto found = open_->find(path);
  return found != open_->end() ? found->second : disk_->get(path);
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
      } else if (name.ends_with(".nix") && !open_->contains(at->path().string())) {
        files.push_back(at->path().string());
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

void Workspace::open(const std::string& path, std::int64_t version, std::string text) {
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
    document = std::make_shared<Document>(path, version, std::move(next));
  }
  if (changes.empty()) document = std::make_shared<Document>(path, version, std::string(document->text.bytes()));
  replace(path, std::move(document));
  return true;
}

bool Workspace::close(const std::string& path) {
  if (!open_->contains(path)) return false;
  replace(path, nullptr);
  memory_->forget(path);
  return true;
}

std::string path_of_uri(std::string_view uri) {
  constexpr std::string_view kScheme = "file://";
  if (!uri.starts_with(kScheme)) return std::string(uri);
  uri.remove_prefix(kScheme.size());
  if (!uri.starts_with('/')) uri.remove_prefix(std::min(uri.find('/'), uri.size()));
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; };
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    bool escape = uri[i] == '%' && i + 2 < uri.size() && digit(uri[i + 1]) >= 0 && digit(uri[i + 2]) >= 0;
    path += escape ? static_cast<char>(digit(uri[i + 1]) * 16 + digit(uri[i + 2])) : uri[i];
    if (escape) i += 2;
  }
  return path;
}

std::string uri_of_path(std::string_view path) {
  if (!path.starts_with('/')) return std::string(path);
  constexpr std::string_view kPlain = "/-._~!$&'()*+,;=@";
  std::string uri = "file://";
  for (char c : path) {
    bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || kPlain.contains(c);
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    auto byte = static_cast<unsigned char>(c);
    if (plain) uri += c;
    else uri.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return uri;
}

}  // namespace evalctl::lsp
