#include "stdlib/flakes/lock_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "stdlib/flakes/grammar.h"

namespace evalctl::stdlib {
namespace {

using nlohmann::json;

base::Result<InputAttributes> attributes_of(const json& object) {
  InputAttributes attributes;
  if (!object.is_object()) return base::fail("a flake reference in the lock file is no object");
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) {
      attributes[name] = value.get<std::string>();
    } else if (value.is_boolean()) {
      attributes[name] = value.get<bool>();
    } else if (value.is_number_unsigned()) {
      attributes[name] = value.get<std::uint64_t>();
    } else {
      return base::fail(fmt::format("unsupported input attribute type in lock file: '{}'", name));
    }
  }
  return attributes;
}

json to_json(const InputAttributes& attributes) {
  json object = json::object();
  for (const auto& [name, value] : attributes) std::visit([&](const auto& v) { object[name] = v; }, value);
  return object;
}

base::Result<InputPath> path_of(const json& array) {
  InputPath path;
  if (!array.is_array()) return base::fail("a path of inputs in the lock file is no array");
  for (const json& name : array) {
    if (!name.is_string()) return base::fail("a path of inputs in the lock file has an element that is no string");
    path.push_back(name.get<std::string>());
  }
  return path;
}

class Reader {
 public:
  Reader(const json& document, std::string name) : nodes_(document.at("nodes")), name_(std::move(name)) {}

  base::Result<void> inputs(LockNode& node, const json& object) {
    auto found = object.find("inputs");
    if (found == object.end()) return {};
    for (const auto& [name, target] : found->items()) {
      auto edge = target.is_string() ? child(target.get<std::string>()) : follows(target);
      if (!edge) return std::unexpected(edge.error());
      node.inputs[name] = std::move(*edge);
    }
    return {};
  }

  void add(const std::string& key, std::shared_ptr<LockNode> node) { made_[key] = std::move(node); }

 private:
  static base::Result<LockEdge> follows(const json& target) {
    auto path = path_of(target);
    if (!path) return std::unexpected(path.error());
    return LockEdge(std::move(*path));
  }

  base::Result<LockEdge> child(const std::string& key) {
    auto known = made_.find(key);
    if (known != made_.end()) {
      if (!known->second->lock) return base::fail("lock file contains cycle to root node");
      return LockEdge(known->second);
    }
    auto object = nodes_.find(key);
    if (object == nodes_.end()) return base::fail(fmt::format("lock file references missing node '{}'", key));
    auto node = std::make_shared<LockNode>();
    auto lock = lock_of(*object);
    if (!lock) return std::unexpected(lock.error());
    node->lock = std::move(*lock);
    made_[key] = node;
    if (auto read = inputs(*node, *object); !read) return std::unexpected(read.error());
    return LockEdge(node);
  }

  base::Result<FlakeReference> reference(const json& object, const char* name, bool with_info) {
    auto found = object.find(name);
    if (found == object.end()) return base::fail(fmt::format("attribute '{}' missing in lock file", name));
    auto attributes = attributes_of(*found);
    if (!attributes) return std::unexpected(attributes.error());
    // Version 5 kept what was found out beside the reference.
    if (auto info = object.find("info"); with_info && info != object.end()) {
      auto more = attributes_of(*info);
      if (!more) return std::unexpected(more.error());
      for (auto& [key, value] : *more) (*attributes)[key] = std::move(value);
    }
    return FlakeReference::from_attributes(std::move(*attributes));
  }

  base::Result<Lock> lock_of(const json& object) {
    Lock lock;
    auto locked = reference(object, "locked", true), original = reference(object, "original", false);
    if (!locked) return std::unexpected(locked.error());
    if (!original) return std::unexpected(original.error());
    lock.locked = std::move(*locked);
    lock.original = std::move(*original);
    if (auto is_flake = object.find("flake"); is_flake != object.end()) {
      if (!is_flake->is_boolean()) return base::fail("'flake' in the lock file is neither true nor false");
      lock.is_flake = is_flake->get<bool>();
    }
    if (auto parent = object.find("parent"); parent != object.end()) {
      auto path = path_of(*parent);
      if (!path) return std::unexpected(path.error());
      lock.parent = std::move(*path);
    }
    const Input& input = lock.locked.input;
    if (!input.is_locked() && !input.relative_path() && !input.has("narHash")) {
      return base::fail(fmt::format("Lock file contains unlocked input '{}'. Use '--allow-dirty-locks' to accept this lock file.",
                                    attributes_to_json(input.attributes)));
    }
    lock.locked.input.final = true;
    return lock;
  }

  const json& nodes_;
  std::string name_;
  std::map<std::string, std::shared_ptr<LockNode>> made_;
};

// Gives each node its name, in depth-first order, and writes it.
class Writer {
 public:
  std::string node(std::string key, const LockNode& node) {
    if (auto known = keys_.find(&node); known != keys_.end()) return known->second;
    if (!used_.insert(key).second) {
      int number = 2;
      while (!used_.insert(fmt::format("{}_{}", key, number)).second) ++number;
      key = fmt::format("{}_{}", key, number);
    }
    keys_[&node] = key;
    json object = json::object();
    for (const auto& [name, edge] : node.inputs) {
      if (auto* child = std::get_if<std::shared_ptr<LockNode>>(&edge)) {
        object["inputs"][name] = this->node(name, **child);
      } else {
        object["inputs"][name] = std::get<InputPath>(edge);
      }
    }
    if (node.lock) {
      object["original"] = to_json(node.lock->original.to_attributes());
      object["locked"] = to_json(node.lock->locked.to_attributes());
      if (!node.lock->is_flake) object["flake"] = false;
      if (node.lock->parent) object["parent"] = *node.lock->parent;
    }
    nodes[key] = std::move(object);
    return key;
  }

  json nodes = json::object();
  std::map<const LockNode*, std::string> keys_;

 private:
  std::set<std::string> used_;
};

base::Result<std::shared_ptr<LockNode>> find_from(const LockFile& file, const InputPath& path, std::vector<InputPath>& visited) {
  if (std::ranges::find(visited, path) != visited.end()) {
    std::string cycle;
    for (const InputPath& step : visited) cycle += to_string(step) + " -> ";
    return base::fail(fmt::format("follow cycle detected: [{}{}]", cycle, to_string(path)));
  }
  visited.push_back(path);
  std::shared_ptr<LockNode> node = file.root;
  for (const std::string& name : path) {
    auto edge = node->inputs.find(name);
    if (edge == node->inputs.end()) return nullptr;
    if (auto* child = std::get_if<std::shared_ptr<LockNode>>(&edge->second)) {
      node = *child;
      continue;
    }
    auto followed = find_from(file, std::get<InputPath>(edge->second), visited);
    if (!followed || !*followed) return followed;
    node = *followed;
  }
  return node;
}

void collect_inputs(const InputPath& prefix, const LockNode& node, std::set<const LockNode*>& done, std::map<InputPath, LockEdge>& out) {
  if (!done.insert(&node).second) return;
  for (const auto& [name, edge] : node.inputs) {
    InputPath path = prefix;
    path.push_back(name);
    out.emplace(path, edge);
    if (auto* child = std::get_if<std::shared_ptr<LockNode>>(&edge)) collect_inputs(path, **child, done, out);
  }
}

std::string describe(const LockEdge& edge) {
  if (auto* follows = std::get_if<InputPath>(&edge)) return fmt::format("follows '{}'", to_string(*follows));
  const FlakeReference& locked = std::get<std::shared_ptr<LockNode>>(edge)->lock->locked;
  std::string out = fmt::format("'{}'", locked.to_string());
  if (auto time = locked.input.number("lastModified")) out += fmt::format(" ({})", format_time(*time, "%Y-%m-%d"));
  return out;
}

bool same(const LockEdge& a, const LockEdge& b) {
  if (a.index() != b.index()) return false;
  if (auto* follows = std::get_if<InputPath>(&a)) return *follows == std::get<InputPath>(b);
  return std::get<std::shared_ptr<LockNode>>(a)->lock->locked == std::get<std::shared_ptr<LockNode>>(b)->lock->locked;
}

}  // namespace

base::Result<LockFile> LockFile::parse(const std::string& text, const std::string& name) {
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded() || !document.is_object()) return base::fail(fmt::format("Could not parse '{}': it is no JSON object", name));
  auto version = document.find("version");
  int number = version != document.end() && version->is_number_integer() ? version->get<int>() : 0;
  if (number < 5 || number > 7) return base::fail(fmt::format("lock file '{}' has unsupported version {}", name, number));
  auto root = document.find("root"), nodes = document.find("nodes");
  if (root == document.end() || !root->is_string() || nodes == document.end() || !nodes->is_object() || !nodes->contains(root->get<std::string>())) {
    return base::fail(fmt::format("lock file '{}' has no root node", name));
  }
  LockFile file;
  Reader reader(document, name);
  reader.add(root->get<std::string>(), file.root);
  if (auto read = reader.inputs(*file.root, nodes->at(root->get<std::string>())); !read) {
    return base::fail(fmt::format("cannot read the lock file '{}': {}", name, read.error().message));
  }
  return file;
}

std::string LockFile::to_string(std::map<const LockNode*, std::string>* keys) const {
  Writer writer;
  json document = json::object();
  document["root"] = writer.node("root", *root);
  document["version"] = 7;
  document["nodes"] = std::move(writer.nodes);
  if (keys) *keys = std::move(writer.keys_);
  return document.dump(2, ' ', false, json::error_handler_t::replace);
}

base::Result<std::shared_ptr<LockNode>> LockFile::find(const InputPath& path) const {
  std::vector<InputPath> visited;
  return find_from(*this, path, visited);
}

std::map<InputPath, LockEdge> LockFile::all_inputs() const {
  std::map<InputPath, LockEdge> out;
  std::set<const LockNode*> done;
  collect_inputs({}, *root, done, out);
  return out;
}

base::Result<void> LockFile::check_follows() const {
  for (const auto& [path, edge] : all_inputs()) {
    auto* follows = std::get_if<InputPath>(&edge);
    if (!follows || follows->empty()) continue;
    auto found = find(*follows);
    if (!found) return std::unexpected(found.error());
    if (!*found) return base::fail(fmt::format("input '{}' follows a non-existent input '{}'", stdlib::to_string(path), stdlib::to_string(*follows)), base::Error::Kind::Flake);
  }
  return {};
}

std::optional<FlakeReference> LockFile::unlocked_input(bool allow_dirty) const {
  for (const auto& [path, edge] : all_inputs()) {
    auto* node = std::get_if<std::shared_ptr<LockNode>>(&edge);
    if (!node) continue;
    const Input& input = (*node)->lock->locked.input;
    if (!input.is_locked() && !(allow_dirty && input.has("narHash")) && !input.relative_path()) return (*node)->lock->locked;
  }
  return std::nullopt;
}

std::string lock_difference(const LockFile& before, const LockFile& after) {
  auto old = before.all_inputs(), fresh = after.all_inputs();
  std::string out;
  auto i = old.begin(), j = fresh.begin();
  while (i != old.end() || j != fresh.end()) {
    if (j != fresh.end() && (i == old.end() || i->first > j->first)) {
      out += fmt::format("• Added input '{}':\n    {}\n", to_string(j->first), describe(j->second));
      ++j;
    } else if (j == fresh.end() || i->first < j->first) {
      out += fmt::format("• Removed input '{}'\n", to_string(i->first));
      ++i;
    } else {
      if (!same(i->second, j->second)) {
        out += fmt::format("• Updated input '{}':\n    {}\n  → {}\n", to_string(i->first), describe(i->second), describe(j->second));
      }
      ++i;
      ++j;
    }
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

base::Result<InputPath> parse_input_path(std::string_view text) {
  InputPath path;
  for (std::string& name : split(text, '/')) {
    if (name.empty()) continue;
    if (!is_flake_id(name)) return base::fail(fmt::format("invalid flake input attribute path element '{}'", name));
    path.push_back(std::move(name));
  }
  return path;
}

std::string to_string(const InputPath& path) { return join(path, "/"); }

}  // namespace evalctl::stdlib
