// The compiler of one file: tree to bytecode, in one walk.
//
// A Unit is the code being made for one lambda, thunk or the file itself. A variable of an outer unit becomes a captured
// word; the unit between passes it on. Names are found in one table indexed by symbol, which the scopes shadow and restore.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "evaluator/binding_groups.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {

struct Unit;

struct Variable {
  Unit* unit = nullptr;
  std::uint32_t place = 0;  // register
};

struct Unit {
  Unit* parent;
  Code* code;
  std::vector<Variable*> captured;
  std::uint32_t next_register = 0;
};

class Compiler {
 public:
  Compiler(Vm& vm, const parser::Tree& tree, std::uint32_t file, Value scope);
  ~Compiler();
  // The code of the whole file, or null with an error set.
  const Code* compile_file();

 private:
  using NodeId = parser::NodeId;
  using NodeKind = parser::NodeKind;

  // What a child unit computes.
  struct Pending { std::uint32_t place; std::uint32_t list; };
  class Scope;

  // ---- Units and operands (codegen.cpp)
  std::uint32_t emit(Op op, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint16_t n, std::uint32_t offset);
  std::uint32_t here() const { return static_cast<std::uint32_t>(unit_->code->instructions.size()); }
  void patch(std::uint32_t instruction, std::uint32_t target);
  std::uint32_t new_registers(std::uint32_t count);
  Operand constant(Value v);
  Operand operand_of(Variable* variable) { return operand_of(*unit_, variable); }
  static Operand operand_of(Unit& unit, Variable* variable);
  std::uint32_t new_list(std::vector<Operand> operands);
  std::uint32_t new_site(Symbol name);
  Variable* new_variable(std::uint32_t place);
  template <class Body>
  std::pair<std::uint32_t, std::uint32_t> child(std::uint32_t offset, bool is_lambda, Body body);
  template <class Body>
  void thunk_into(std::uint32_t d, std::uint32_t offset, Body body);
  Position position(std::uint32_t offset) const { return {file_, offset}; }
  std::uint32_t offset_of(NodeId node) const { return tree_.range(node).begin; }
  NodeId child_at(NodeId node, int index) const;

  // ---- Names
  struct Lookup { enum Kind { Bound, Global, With, Undefined } kind; Variable* variable; Value value; };
  Lookup look_up(Symbol name);
  void strict_name(Symbol name, std::uint32_t d, std::uint32_t offset);
  Operand lazy_name(Symbol name, std::uint32_t offset);
  void undefined(Symbol name, std::uint32_t offset);
  // True when `name` means the builtin itself, so that an operator may be inlined.
  bool is_plain(std::string_view name);

  // ---- Expressions (codegen_expressions.cpp). "strict" gives an evaluated word, "lazy" a word that may be a thunk.
  void strict_into(NodeId node, std::uint32_t d);
  Operand strict(NodeId node);
  void lazy_into(NodeId node, std::uint32_t d);
  Operand lazy(NodeId node);
  bool literal(NodeId node, Value& out);
  NodeId unwrap(NodeId node) const;
  void apply(NodeId node, std::uint32_t d);
  void binary(NodeId node, std::uint32_t d);
  void logical(NodeId node, std::uint32_t d, parser::TokenKind op);
  void arithmetic(NodeId node, std::uint32_t d, Op op, std::string_view function);
  void compare(NodeId node, std::uint32_t d, parser::TokenKind op);
  void select(NodeId node, std::uint32_t d);
  void has_attr(NodeId node, std::uint32_t d);
  void try_select(NodeId element, std::uint32_t d, std::vector<std::uint32_t>& sites, std::vector<std::uint32_t>& lists);
  Operand dynamic_name(NodeId element);
  void interpolated(NodeId node, std::uint32_t d);
  void negate(NodeId node, std::uint32_t d);
  void conditional(NodeId node, std::uint32_t d);
  void list(NodeId node, std::uint32_t d);
  void search_path(NodeId node, std::uint32_t d);
  void call_named(std::string_view function, std::initializer_list<Operand> arguments, std::uint32_t d, std::uint32_t offset);
  void with(NodeId node, std::uint32_t d);
  std::string absolute(std::string_view path) const;

  // ---- Bindings and functions (codegen.cpp)
  void attrs_into(BindingGroup& group, std::uint32_t d);
  void let_into(NodeId node, std::uint32_t d);
  void group_words(BindingGroup& group, const std::vector<std::uint32_t>& order, std::uint32_t base);
  void group_word(BindingGroup& group, const GroupBinding& binding, std::uint32_t d, const std::vector<Variable*>& sources,
                  std::vector<Pending>& pending);
  std::vector<Variable*> group_sources(BindingGroup& group, std::vector<Pending>& pending);
  void pending_child(std::pair<std::uint32_t, std::uint32_t> made, std::uint32_t d, std::uint32_t offset, std::vector<Pending>& pending);
  void add_dynamic(BindingGroup& group, std::uint32_t d);
  std::pair<std::uint32_t, std::uint32_t> lambda(NodeId node, Symbol name);
  void defaults(const std::vector<NodeId>& formals, std::uint32_t base);

  Vm& vm_;
  const parser::Tree& tree_;
  std::uint32_t file_;
  Value scope_;
  Unit* unit_ = nullptr;
  std::vector<Variable*> withs_;
  std::deque<Variable> variables_;
  std::deque<BindingGroup> groups_;
  bool failed_ = false;
};

// Shadows names for as long as it lives.
class Compiler::Scope {
 public:
  explicit Scope(Compiler& compiler) : compiler_(compiler) {}
  ~Scope();
  Scope(const Scope&) = delete;
  void bind(Symbol name, Variable* variable);

 private:
  [[maybe_unused]] Compiler& compiler_;
  std::vector<std::pair<Symbol, Variable*>> shadowed_;
};

template <class Body>
std::pair<std::uint32_t, std::uint32_t> Compiler::child(std::uint32_t offset, bool is_lambda, Body body) {
  Unit unit{unit_, &vm_.program().codes.emplace_back(), {}, 0};
  unit.code->file = file_;
  unit.code->offset = offset;
  unit.code->is_lambda = is_lambda;
  unit_ = &unit;
  if (is_lambda) new_registers(1);
  Operand result = body();
  emit(Op::Return, 0, result, 0, 0, offset);
  unit_ = unit.parent;
  unit.code->captures = static_cast<std::uint32_t>(unit.captured.size());
  std::vector<Operand> words;
  for (Variable* v : unit.captured) words.push_back(operand_of(*unit_, v));
  unit_->code->children.push_back(unit.code);
  return {static_cast<std::uint32_t>(unit_->code->children.size() - 1), new_list(std::move(words))};
}

template <class Body>
void Compiler::thunk_into(std::uint32_t d, std::uint32_t offset, Body body) {
  auto [code, words] = child(offset, false, body);
  emit(Op::MakeThunk, d, code, words, 0, offset);
}

}  // namespace evalctl::evaluator
