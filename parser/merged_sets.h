// Sets that Nix makes of several definitions of one name: `a = { b = 1; }; a.c = 2;`.
//
// A group is a set with all that is merged into it. It is recursive where its first definition is a `rec` literal; one
// that begins with a path (`a.c = 2`) is not. Only names that are defined more than once are looked into; everything else
// stays a plain value.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "parser/name_table.h"
#include "parser/tree.h"

namespace evalctl::parser {

struct SetGroup {
  struct Member {
    std::uint32_t name;
    // The attribute that defines the name first.
    NodeId attribute;
    // Its value, unless `group` is set.
    NodeId value;
    // Number of the group that is the value; 0 for none.
    std::uint32_t group = 0;
    // From an `inherit`; there is no value then.
    bool inherited = false;
    // From an `inherit` without a source.
    bool from_outside = false;
  };
  bool recursive = false;
  std::vector<Member> members;
  // What else is evaluated in the scope of the set: sources of `inherit`, computed names, and the values of such names.
  std::vector<NodeId> expressions;
  // Sets behind computed names, by number.
  std::vector<std::uint32_t> unnamed;
};

class MergedSets {
 public:
  // Names are numbered in `names`. `kept` holds the texts of those that are not written as they are.
  MergedSets(const Tree& tree, NameTable& names, std::deque<std::string>& kept) : tree_(tree), names_(names), kept_(kept) {}

  // Groups a set, LegacyLet or Let; returns the number of its group, which is never 0.
  std::uint32_t add(NodeId set);
  const SetGroup& group(std::uint32_t number) const { return groups_[number - 1]; }

 private:
  std::uint32_t make(bool recursive);
  void add_all(std::uint32_t group, NodeId set);
  void add_binding(std::uint32_t group, NodeId binding);
  void add_inherit(std::uint32_t group, NodeId inherit);
  std::uint32_t descend(std::uint32_t group, NodeId attribute);
  void add_value(std::uint32_t group, NodeId attribute, NodeId value);
  // The member of that name; null where there is none. Valid until the next member is added.
  SetGroup::Member* find(std::uint32_t group, std::uint32_t name);
  void append(std::uint32_t group, const SetGroup::Member& member);
  // The group that a member's value is; makes one of a literal set. 0 where the value is none: a duplicate.
  std::uint32_t group_of(SetGroup::Member& member);
  std::uint32_t name_of_attribute(NodeId attribute);
  SetGroup& at(std::uint32_t number) { return groups_[number - 1]; }

  static constexpr std::uint32_t kNoName = UINT32_MAX;

  const Tree& tree_;
  NameTable& names_;
  std::deque<std::string>& kept_;
  // A deque, since members are held while groups are added.
  std::deque<SetGroup> groups_;
  // By group and name, the index of the member.
  std::unordered_map<std::uint64_t, std::uint32_t> index_;
};

}  // namespace evalctl::parser
