// Tree to IR, in one walk.
//
// A Unit is the function being made. A variable of an outer unit becomes a captured word; the units between pass it on.
// Names are found in one table indexed by symbol, which scopes shadow and restore.
#pragma once
#include <boost/container/small_vector.hpp>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/binding_groups.h"
#include "evaluator/ir.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {

struct Unit;

// Most functions, sets and lists are small.
template <class T, std::size_t count>
using SmallVector = boost::container::small_vector<T, count>;
using Words = SmallVector<std::uint32_t, 32>;

struct Variable {
  Unit* unit = nullptr;
  std::uint32_t slot = 0;
  const BindingGroup* group = nullptr;  // the recursive group it belongs to
};

struct Unit {
  Unit* parent = nullptr;
  IrFunction function;
  SmallVector<Variable*, 8> captured;
  std::uint32_t next_slot = 0;
};

// Whether lowering may have to tell something of a text without mistakes.
bool warns_of_literals(const Lints& lints);

class Lowering {
 public:
  Lowering(Vm& vm, const parser::Tree& tree, std::uint32_t file);
  std::unique_ptr<Ir> lower_file();
  // For a thread without a Vm: what fails gives null, without a message.
  void be_quiet() { is_quiet_ = true; }

 private:
  using NodeId = parser::NodeId;
  using NodeKind = parser::NodeKind;
  class Scope;

  // ---- Nodes and units (lowering.cpp)
  std::uint32_t node(IrKind kind, std::uint32_t offset, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t n = 0);
  std::uint32_t list(const Words& words);
  std::uint32_t list(std::initializer_list<std::uint32_t> words) { return list(Words(words)); }
  std::uint32_t text_node(IrKind kind, std::uint32_t offset, std::string_view text);
  std::uint32_t number_node(IrKind kind, std::uint32_t offset, std::uint64_t bits);
  std::uint32_t new_slots(std::uint32_t count);
  Variable* new_variable(std::uint32_t slot, const BindingGroup* group = nullptr);
  static Place place_of(Unit& unit, Variable* variable);
  std::uint32_t variable_node(Variable* variable, std::uint32_t offset);
  template <class Body>
  std::uint32_t function(IrKind kind, std::uint32_t offset, Body body);
  std::uint32_t offset_of(NodeId id) const { return tree_.range(id).begin; }
  NodeId child_at(NodeId id, int index) const;
  NodeId unwrap(NodeId id) const;

  // ---- Names
  struct Found { enum Kind { Bound, Global, With, Undefined } kind; Variable* variable; };
  Found look_up(Symbol name);
  std::uint32_t name(Symbol name, std::uint32_t offset);
  std::uint32_t lazy_name(Symbol name, std::uint32_t offset);
  bool is_plain(std::string_view name);

  // ---- Expressions (lowering_expressions.cpp). strict: a node evaluated where it stands. lazy: a node that gives a word
  // without evaluating anything. kNone after a failure.
  std::uint32_t strict(NodeId id);
  std::uint32_t lazy(NodeId id);
  std::uint32_t delayed(NodeId id);
  std::uint32_t literal(NodeId id);
  bool is_ready(NodeId id, int level);
  bool is_ready(const BindingGroup& group, int level);
  void lint(NodeKind kind, std::string_view text, std::uint32_t offset);
  std::uint32_t list_node(NodeId id);
  std::uint32_t interpolated(NodeId id);
  std::uint32_t apply(NodeId id);
  std::uint32_t binary(NodeId id);
  std::uint32_t arithmetic(NodeId id, IrKind kind, std::string_view function);
  std::uint32_t compare(NodeId id, parser::TokenKind op);
  std::uint32_t negate(NodeId id);
  std::uint32_t select(NodeId id, IrKind kind);
  std::uint32_t conditional(NodeId id);
  std::uint32_t with(NodeId id);
  std::uint32_t call_named(std::string_view function, std::initializer_list<std::uint32_t> words, std::uint32_t offset);

  // ---- Bindings and functions (lowering_bindings.cpp)
  std::uint32_t set(NodeId id);
  std::uint32_t set_of(BindingGroup& group);
  std::uint32_t let(NodeId id);
  std::uint32_t group_words(BindingGroup& group, Scope& scope);
  std::uint32_t group_word(const GroupBinding& binding, const SmallVector<Variable*, 8>& sources, bool replaceable);
  std::uint32_t nested_word(BindingGroup& group);
  bool is_leaf(NodeId id);
  std::uint32_t leaf(NodeId id);
  std::uint32_t bound_word(NodeId id);
  void group_sources(BindingGroup& group, SmallVector<Variable*, 8>& sources, Words& out);
  void dynamic_words(BindingGroup& group, Words& out);
  std::uint32_t lambda(NodeId id, Symbol name);
  void pattern(NodeId id, Scope& scope);
  NodeId next_parameter(NodeId body) const;

  class Level;
  void fail(std::string message, std::uint32_t offset);

  Vm& vm_;
  const parser::Tree& tree_;
  std::uint32_t file_;
  std::unique_ptr<IrParts> ir_;
  Unit* unit_ = nullptr;
  std::vector<Variable*> withs_;
  std::deque<Variable> variables_;
  std::deque<BindingGroup> groups_;
  const BindingGroup* filling_ = nullptr;  // the recursive group whose words are being made in this unit
  bool failed_ = false;
  bool is_quiet_ = false;  // another thread than that of `vm_`, whose errors and depth are its own
  std::uint32_t levels_ = 0;
};

// Shadows names for as long as it lives.
class Lowering::Scope {
 public:
  Scope();
  ~Scope();
  Scope(const Scope&) = delete;
  void bind(Symbol name, Variable* variable);

 private:
  std::size_t begin_;  // of the names it shadows
};

template <class Body>
std::uint32_t Lowering::function(IrKind kind, std::uint32_t offset, Body body) {
  Unit unit;
  unit.parent = unit_;
  unit.function.offset = offset;
  const BindingGroup* outer = filling_;
  filling_ = nullptr;
  unit_ = &unit;
  unit.function.body = body();
  unit_ = unit.parent;
  filling_ = outer;
  unit.function.capture_count = static_cast<std::uint16_t>(unit.captured.size());
  if (unit.captured.size() > UINT16_MAX && !failed_) {
    fail("this expression uses too many variables", offset);
  }
  unit.function.captures = static_cast<std::uint32_t>(ir_->extra.size());
  for (Variable* v : unit.captured) ir_->extra.push_back(place_of(*unit_, v));
  ir_->functions.push_back(unit.function);
  return node(kind, offset, static_cast<std::uint32_t>(ir_->functions.size() - 1));
}

}  // namespace evalctl::evaluator
