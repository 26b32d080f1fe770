// IR of one function to bytecode.
#pragma once
#include <boost/container/small_vector.hpp>

#include "evaluator/program.h"

namespace evalctl::evaluator {

class Generator {
 public:
  Generator(Vm& vm, const Code& code);
  const Body* generate();

 private:
  // Most functions are small.
  template <class T>
  using Small = boost::container::small_vector<T, 32>;
  using SmallValues = boost::container::small_vector<Value, 16, TracedAllocator<Value>>;
  struct Pending { std::uint32_t place, child; };
  struct Child : IrChild {
    explicit Child(const IrNode& node) : IrChild(node), words(capture_count), offset(node.offset) {}
    std::uint32_t words;      // of its objects
    std::uint32_t offset;
    Operand outer = 0;        // the closure that is the first of them, where there is `captured`
    const Operand* captured = nullptr;  // see Body::captured
  };
  // Of a path.
  struct Element { std::uint32_t offset, name, computed; };
  struct Path;
  // Of a group.
  struct Binding {
    Symbol name;
    std::uint32_t offset, node;
    Operand word;
  };
  using Bindings = Small<Binding>;

  std::uint32_t emit(Op op, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint32_t n, std::uint32_t offset);
  std::uint32_t here() const { return static_cast<std::uint32_t>(instructions_.size()); }
  void patch(std::uint32_t instruction);
  std::uint32_t new_registers(std::uint32_t count);
  Operand constant(Value v);
  std::uint32_t operand_list(const Small<Operand>& operands);
  std::uint32_t site(std::uint32_t name);
  std::uint32_t child(const IrNode& node);
  // Lets the words of a child come from a closure around.
  void share_words(Child& made);
  std::uint32_t sharing_child(const IrNode& node);
  // The operand list of the words of a child's objects.
  std::uint32_t captured_words(std::uint32_t child);
  void insert_self();
  void lazy_select(std::uint32_t made, std::uint32_t d);
  Operand operand_of(Place place) const;
  IrNode at(std::uint32_t node) const { return node_at(function_, node); }
  IrKind kind_at(std::uint32_t node) const { return static_cast<IrKind>(function_.nodes[node]); }

  // The word of a node without evaluating it: an operand, or into register d.
  Operand word(std::uint32_t node);
  void word_into(std::uint32_t node, std::uint32_t d);
  // True when word() needs no register and no instruction.
  bool is_operand(std::uint32_t node) const;
  Value literal(const IrNode& node);
  Value string_literal(std::string_view text);
  // Evaluates a node into register d; or gives an operand, which may still be a thunk when the node is a variable.
  void value_into(std::uint32_t node, std::uint32_t d);
  Operand value(std::uint32_t node);
  void forced_into(std::uint32_t node, std::uint32_t d);

  void make(const IrNode& node, std::uint32_t d) { make_object(child(node), d); }
  void make_object(std::uint32_t made, std::uint32_t d);
  void call(const IrNode& node, std::uint32_t d);
  void binary(const IrNode& node, std::uint32_t d, Op op, bool swapped);
  void logical(const IrNode& node, std::uint32_t d);
  void conditional(IrNode branch, std::uint32_t d);
  void join(const IrNode& node, std::uint32_t d);
  void list(const IrNode& node, std::uint32_t d);
  void assertion(const IrNode& node);
  void with_lookup(const IrNode& node, std::uint32_t d);
  void select(const IrNode& node, std::uint32_t d);
  void select_or(const IrNode& node, std::uint32_t d);
  void has_attr(const IrNode& node, std::uint32_t d);
  void try_select(const Element& element, std::uint32_t d, Small<std::uint32_t>& sites);
  void set(const IrNode& node, std::uint32_t d);
  bool may_be_delayed(const IrGroup& group, const Bindings& bindings) const;
  void delayed_set(const IrGroup& group, Bindings& bindings, std::uint32_t d, std::uint32_t offset);
  std::uint32_t shape_of(Bindings& bindings);
  void overrides(const Bindings& bindings, std::uint32_t d, std::uint32_t shape, std::uint32_t offset);
  // Those of a group; returns what stands behind them.
  IrReader bindings_of(const IrGroup& group, Bindings& bindings) const;
  void sources(const IrGroup& group);
  void group_words(const IrGroup& group, Bindings& bindings);
  void bind(const IrNode& let);
  static bool uses_slots(const IrChild& child, const IrGroup& group);
  void recursive_words(const IrGroup& group, Bindings& bindings);
  // Evaluates a node and returns it from the frame.
  void tail(std::uint32_t node);
  void formals();
  Body* finish();
  bool is_the_file(const Child& child) const;
  void define_child(std::uint32_t number, const Child& child);

  Vm& vm_;
  const Code& code_;
  const Ir& ir_;
  const IrFunction function_;
  Small<Instruction> instructions_;
  Small<std::uint32_t> offsets_;
  SmallValues constants_;
  Small<std::uint32_t> sites_;  // names; targets are in targets_
  Small<std::uint32_t> targets_;
  Small<Operand> operands_;
  Small<LiteralShape> shapes_;
  boost::container::small_vector<Child, 8> children_;
  std::vector<IrFormal> formals_;
  const Operand* captured_ = nullptr;  // see Body::captured
  // The register of the closure that runs, where it can be an outer one.
  std::uint32_t self_ = 0;
  bool uses_self_ = false;
  // An edit may change a function of a followed file, but not where its words are.
  bool shares_ = true;
  std::uint32_t next_register_ = 0, registers_ = 0;
  // Inside a group with __overrides, which replaces what its thunks stand for.
  bool keeps_thunks_ = false;
};

}  // namespace evalctl::evaluator
