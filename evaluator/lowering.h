// Tree to IR, in one walk.
//
// A Unit is the function being made. A variable of an outer unit becomes a captured word; the units between pass it on.
// Names are found in one table indexed by symbol, which scopes shadow and restore. The nodes of a unit are written to a text
// of bytes of its own, which joins those of the file when the unit is complete.
#pragma once
#include <boost/container/small_vector.hpp>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  IrWriter* nodes = nullptr;
  IrWriter* head = nullptr;  // what it says of a lambda
  std::uint32_t offset = 0;
  IrTraits traits;
  SmallVector<Variable*, 8> captured;
  std::uint32_t next_slot = 0, slots = 0;
  // The least of the nodes.
  Worth worth = Worth::First;
  std::uint32_t node_count = 0;
  // Functions that are not the first of three arguments, which makes a call look like one of foldl', and whether there is such a call.
  std::uint32_t functions = 0;
  bool folds = false;
  // The last `x.a.b` of a captured word: its node and the names.
  std::uint32_t lazy_select = kNone;
  SmallVector<std::uint32_t, 4> path;
};

// Whether lowering may have to tell something of a text without mistakes.
bool warns_of_literals(const Lints& lints);

class Lowering {
 public:
  Lowering(Vm& vm, const parser::Tree& tree, std::uint32_t file);
  ~Lowering();
  Lowering(const Lowering&) = delete;
  std::unique_ptr<Ir> lower_file();
  // For a thread without a Vm: what fails gives null, without a message.
  void be_quiet() { is_quiet_ = true; }

 private:
  using NodeId = parser::NodeId;
  using NodeKind = parser::NodeKind;
  class Scope;

  // ---- Nodes and units (lowering.cpp)
  std::uint32_t node(IrKind kind, std::uint32_t offset, std::initializer_list<std::uint32_t> numbers = {}, const Words& more = {});
  // Of as many parts as fit into an instruction.
  std::uint32_t node_of_parts(IrKind kind, std::uint32_t offset, std::initializer_list<std::uint32_t> numbers, const Words& parts);
  std::uint32_t text_node(IrKind kind, std::uint32_t offset, std::string_view text);
  std::uint32_t integer_node(std::uint32_t offset, std::int64_t integer);
  std::uint32_t float_node(std::uint32_t offset, double number);
  IrKind kind_of(std::uint32_t node) const { return static_cast<IrKind>(unit_->nodes->data()[node]); }
  // `path`: as it stands in a node. `otherwise`: may be none.
  std::uint32_t select_node(IrKind kind, std::uint32_t offset, std::uint32_t from, std::uint32_t count, std::uint32_t otherwise, const Words& path);
  std::uint32_t index_of(Symbol name);
  std::uint32_t new_slots(std::uint32_t count);
  Variable* new_variable(std::uint32_t slot, const BindingGroup* group = nullptr);
  static Place place_of(Unit& unit, Variable* variable);
  std::uint32_t variable_node(Variable* variable, std::uint32_t offset);
  template <class Body>
  std::uint32_t function(IrKind kind, std::uint32_t offset, Body body);
  void begin(Unit& unit, std::uint32_t offset);
  // Returns the number of the function.
  std::uint32_t end(Unit& unit, std::uint32_t body);
  std::uint32_t function_node(IrKind kind, Unit& made, std::uint32_t function, std::uint32_t body);
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
  std::uint32_t delayed_lambda(NodeId id, Symbol name);
  bool is_made_before(NodeId variable);
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
  void group_words(BindingGroup& group, Scope& scope, Words& out);
  std::uint32_t group_word(const GroupBinding& binding, const SmallVector<Variable*, 8>& sources, bool replaceable);
  std::uint32_t nested_word(BindingGroup& group);
  bool is_leaf(NodeId id);
  std::uint32_t leaf(NodeId id);
  std::uint32_t bound_word(NodeId id);
  void group_sources(BindingGroup& group, SmallVector<Variable*, 8>& sources, Words& out);
  std::uint32_t offset_here(std::uint32_t offset) const { return offset - unit_->offset; }
  void dynamic_words(BindingGroup& group, Words& out);
  std::uint32_t lambda(NodeId id, Symbol name);
  void pattern(NodeId id, Scope& scope);
  NodeId next_parameter(NodeId body) const;

  class Level;
  void fail(std::string message, std::uint32_t offset);

  Vm& vm_;
  const parser::Tree& tree_;
  std::uint32_t file_;
  bool keeps_captures_;  // see IrParts
  bool shares_words_, shows_delays_;  // see SourceFile
  std::unique_ptr<IrParts> ir_;
  Unit* unit_ = nullptr;
  // Of units by level, kept for the next one there.
  std::deque<IrWriter> writers_;
  std::size_t unit_count_ = 0;
  LeafPart leaf_ = kNoLeaf;  // of the next function
  std::vector<Variable*> withs_;
  std::deque<Variable> variables_;
  std::deque<BindingGroup> groups_;
  const BindingGroup* filling_ = nullptr;  // the recursive group whose words are being made in this unit
  std::uint32_t filling_slot_ = 0;         // of the word that is being made
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
  const BindingGroup* outer = std::exchange(filling_, nullptr);
  begin(unit, offset);
  std::uint32_t node = body();
  std::uint32_t number = end(unit, node);
  filling_ = outer;
  return function_node(kind, unit, number, node);
}

}  // namespace evalctl::evaluator
