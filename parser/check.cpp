#include "parser/check.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <utility>

#include "parser/diagnostics.h"

namespace evalctl::parser {
namespace {

// The names of all attribute sets and patterns of a file in one hash table. Each set has a number; two literals that Nix
// merges (`a.b = 1; a = { c = 2; };`) have the same one, so a duplicate is a second entry for (set, name).
class Names {
 public:
  struct Entry {
    std::string_view name;
    std::uint32_t set;
    // The number of the set this name stands for; 0 when its value is no literal set.
    std::uint32_t value_set;
    NodeId attribute;
  };

  // The entry for (set, name), and whether it is new. Valid until the next call.
  std::pair<Entry&, bool> insert(std::uint32_t set, std::string_view name, NodeId attribute) {
    if (entries_.size() * 2 >= slots_.size()) grow();
    std::size_t slot = find(set, name);
    bool fresh = slots_[slot] == 0;
    if (fresh) {
      entries_.push_back({name, set, 0, attribute});
      slots_[slot] = static_cast<std::uint32_t>(entries_.size());
    }
    return {entries_[slots_[slot] - 1], fresh};
  }

 private:
  static std::uint64_t hash(std::uint32_t set, std::string_view name) {
    std::uint64_t h = (set + name.size() * 0x1000193u) * 0x9E3779B97F4A7C15u;
    const char* p = name.data();
    std::size_t left = name.size();
    for (; left >= 8; left -= 8, p += 8) {
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      h = (h ^ word) * 0xFF51AFD7ED558CCDu;
      h ^= h >> 32;
    }
    for (; left > 0; --left) h = (h ^ static_cast<unsigned char>(*p++)) * 0x100000001B3u;
    return (h ^ h >> 29) * 0x9E3779B97F4A7C15u >> 20;
  }

  std::size_t find(std::uint32_t set, std::string_view name) const {
    std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = hash(set, name) & mask;; slot = (slot + 1) & mask) {
      if (slots_[slot] == 0) return slot;
      const Entry& entry = entries_[slots_[slot] - 1];
      if (entry.set == set && entry.name == name) return slot;
    }
  }

  void grow() {
    slots_.assign(std::max<std::size_t>(slots_.size() * 2, 64), 0);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) slots_[find(entries_[i].set, entries_[i].name)] = i + 1;
  }

  // Index into entries_ plus one; 0 is free.
  std::vector<std::uint32_t> slots_;
  std::vector<Entry> entries_;
};

class Check {
 public:
  Check(const Tree& tree, std::vector<Diagnostic>& diagnostics)
      : tree_(tree), diagnostics_(diagnostics), seen_(std::bit_ceil(std::clamp<std::size_t>(tree.node_count(), 256, 1 << 14))) {}

  void run() {
    for (std::uint32_t i = 0; i < tree_.node_count(); ++i) {
      NodeId node{i};
      switch (tree_.kind(node)) {
        case NodeKind::AttrSet:
        case NodeKind::LegacyLet:
        case NodeKind::Let:
          if (is_merged(node) || !surely_distinct(node)) set(node);
          break;
        case NodeKind::Pattern:
          if (!surely_distinct(node)) pattern(node);
          break;
        default: break;
      }
    }
  }

 private:
  // Whether all names that a set, `let` or pattern itself defines are plain identifiers and differ, so that nothing in
  // it is a duplicate or merged with anything. Most are told so by hashes alone; false may be wrong.
  bool surely_distinct(NodeId node) {
    ++round_;
    for (NodeId child : tree_.children(node)) {
      switch (tree_.kind(child)) {
        case NodeKind::Binding:
          if (!is_new({child.index + 2})) return false;
          break;
        case NodeKind::Formal:
        case NodeKind::PatternBind:
          if (!is_new({child.index + 1})) return false;
          break;
        case NodeKind::Inherit:
          for (NodeId attribute : tree_.children(child)) {
            if (tree_.kind(attribute) != NodeKind::InheritFrom && !is_new(attribute)) return false;
          }
          break;
        default: break;
      }
    }
    return true;
  }

  // Whether `name` is an identifier whose hash no other name of this round has.
  bool is_new(NodeId name) {
    if (tree_.kind(name) != NodeKind::Identifier) return false;
    std::uint32_t& seen = seen_[short_hash(tree_.text(name)) & (seen_.size() - 1)];
    return std::exchange(seen, round_) != round_;
  }

  // Of the first and the last eight bytes and the length: the names it confuses are looked at again.
  static std::size_t short_hash(std::string_view name) {
    std::uint64_t first = 0, last = 0;
    std::size_t size = name.size();
    if (size >= 8) {
      std::memcpy(&first, name.data(), 8);
      std::memcpy(&last, name.data() + size - 8, 8);
    } else if (size >= 4) {
      std::memcpy(&first, name.data(), 4);
      std::memcpy(&last, name.data() + size - 4, 4);
    } else if (size > 0) {
      first = static_cast<unsigned char>(name[0]) << 8 | static_cast<unsigned char>(name[size / 2]);
      last = static_cast<unsigned char>(name[size - 1]);
    }
    return ((first ^ std::rotl(last, 29)) + size) * 0x9E3779B97F4A7C15u >> 40;
  }

  bool is_merged(NodeId node) const { return !set_of_.empty() && set_of_[node.index] != 0; }

  // Parents come before their children, so a literal that is merged into another set knows its number by now.
  void set(NodeId node) {
    if (set_of_.empty()) set_of_.resize(tree_.node_count());
    std::uint32_t number = set_of_[node.index] != 0 ? set_of_[node.index] : ++last_set_;
    bool let = tree_.kind(node) == NodeKind::Let;
    for (NodeId child : tree_.children(node)) {
      if (tree_.kind(child) == NodeKind::Binding) binding(number, child, let);
      else if (tree_.kind(child) == NodeKind::Inherit) inherit(number, child);
    }
  }

  void binding(std::uint32_t set, NodeId binding, bool let) {
    NodeId path{binding.index + 1};
    NodeId value{path.index + tree_.size(path)};
    NodeId attribute{path.index + 1};
    NodeId end = value;
    for (bool first = true;; first = false) {
      NodeId next{attribute.index + tree_.size(attribute)};
      std::optional<std::string_view> name = name_of_attribute(attribute);
      if (!name && first && let && tree_.kind(attribute) != NodeKind::Error) {
        report(diagnostics_, Code::DynamicInLet, tree_.range(attribute));
      }
      if (next == end) {
        if (name) define(set, *name, path, attribute, literal(value));
        return;
      }
      set = name ? enter(set, *name, path, attribute) : ++last_set_;
      if (set == 0) return;
      attribute = next;
    }
  }

  // The set that a name inside an attribute path stands for. 0 when the name has another value: a duplicate.
  std::uint32_t enter(std::uint32_t set, std::string_view name, NodeId path, NodeId attribute) {
    auto [entry, fresh] = names_.insert(set, name, attribute);
    if (fresh) entry.value_set = ++last_set_;
    if (entry.value_set == 0) duplicate(entry, path, attribute);
    return entry.value_set;
  }

  // Gives a name its value; `literal` is the set that is the value, if it is one.
  void define(std::uint32_t set, std::string_view name, NodeId path, NodeId attribute, std::optional<NodeId> literal) {
    auto [entry, fresh] = names_.insert(set, name, attribute);
    if (fresh && literal) entry.value_set = ++last_set_;
    if (literal && entry.value_set != 0) set_of_[literal->index] = entry.value_set;
    else if (!fresh) duplicate(entry, path, attribute);
  }

  void inherit(std::uint32_t set, NodeId inherit) {
    for (NodeId attribute : tree_.children(inherit)) {
      if (tree_.kind(attribute) == NodeKind::InheritFrom) continue;
      if (auto name = name_of_attribute(attribute)) define(set, *name, attribute, attribute, {});
      else report(diagnostics_, Code::DynamicInInherit, tree_.range(attribute));
    }
  }

  // The name at the `@` is one of the names, too.
  void pattern(NodeId pattern) {
    std::uint32_t set = ++last_set_;
    for (NodeId child : tree_.children(pattern)) {
      NodeId name{child.index + 1};
      if (tree_.kind(child) == NodeKind::Error || tree_.kind(name) != NodeKind::Identifier) continue;
      auto [entry, fresh] = names_.insert(set, tree_.text(name), name);
      if (!fresh) report(diagnostics_, Code::DuplicateFormal, tree_.range(name), tree_.text(name));
    }
  }

  // The later of the two definitions is the wrong one, also when merging met it first.
  void duplicate(const Names::Entry& entry, NodeId path, NodeId attribute) {
    Range earlier = tree_.range(std::min(entry.attribute, attribute));
    if (entry.attribute > attribute) path = attribute = entry.attribute;
    Range range{tree_.range(path).begin, tree_.range(attribute).end};
    report(diagnostics_, Code::DuplicateAttribute, range, tree_.slice(range));
    if (diagnostics_.back().range == range) diagnostics_.back().earlier = earlier;
  }

  std::optional<NodeId> literal(NodeId value) const {
    while (tree_.kind(value) == NodeKind::Paren) value = {value.index + 1};
    return tree_.kind(value) == NodeKind::AttrSet ? std::optional(value) : std::nullopt;
  }

  std::optional<std::string_view> name_of_attribute(NodeId attribute) {
    if (tree_.kind(attribute) == NodeKind::Identifier) return tree_.text(attribute);
    auto name = static_name(tree_, attribute);
    if (!name) return std::nullopt;
    return kept_.emplace_back(std::move(*name));
  }

  const Tree& tree_;
  std::vector<Diagnostic>& diagnostics_;
  // By short hash, the last round in which a name had it.
  std::vector<std::uint32_t> seen_;
  std::uint32_t round_ = 0;
  Names names_;
  // The number of each AttrSet node that is the value of an attribute which is looked at closely; 0 for other nodes.
  // Empty until there is one.
  std::vector<std::uint32_t> set_of_;
  std::uint32_t last_set_ = 0;
  // Names that are not written as they are. A deque, since views of them must stay valid.
  std::deque<std::string> kept_;
};

}  // namespace

void check(const Tree& tree, std::vector<Diagnostic>& diagnostics) { Check(tree, diagnostics).run(); }

}  // namespace evalctl::parser
