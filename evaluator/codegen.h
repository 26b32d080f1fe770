// IR of one function to bytecode.
#pragma once
#include <boost/container/small_vector.hpp>

#include "evaluator/arrays.h"
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
  struct Pending { std::uint32_t place, child, node; };
  struct Emitted {
    Instruction instruction;
    std::uint32_t offset;
  };
  struct SiteParts { std::uint32_t name, target; };
  struct Child {
    std::uint32_t function;
    std::uint32_t words;      // of its objects
    IrTraits traits;
    const Operand* captured;  // see Body::captured
  };
  // Where the parts of a body grow; kept by the thread for the next one.
  struct Room {
    GrowingArray<Emitted> instructions;
    GrowingArray<SiteParts> sites;
    GrowingArray<Operand> operands;
    GrowingArray<LiteralShape> shapes;
    GrowingArray<Child> children;

    static Room& of_thread();
    void clear();
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
  using Bindings = FixedArray<Binding>;

  // Returns the place of the instruction.
  std::uint32_t emit(Op op, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint32_t n, std::uint32_t offset) {
    return room_.instructions.add({{op, static_cast<std::uint16_t>(n), d, a, b}, offset});
  }
  std::uint32_t here() const { return room_.instructions.size(); }
  void patch(std::uint32_t instruction);
  std::uint32_t new_registers(std::uint32_t count);
  Operand constant(Value v);
  template <class Operands>
  std::uint32_t operand_list(const Operands& operands) {
    std::uint32_t first = room_.operands.size();
    Operand* to = room_.operands.extend(static_cast<std::uint32_t>(operands.size()));
    for (Operand o : operands) *to++ = o;
    return first;
  }
  std::uint32_t site(std::uint32_t name) { return room_.sites.add({name, 0}); }
  void jump_here(const Small<std::uint32_t>& sites);
  std::uint32_t child(const IrChild& function) { return room_.children.add({function.function, function.capture_count, function, nullptr}); }
  // The operand list of the words of a child's objects.
  std::uint32_t captured_words(std::uint32_t made, const IrChild& function);
  // Lets them come from a closure around.
  void share_words(Child& made, std::uint32_t first, bool own);
  // An edit may change a function of a followed file, but not where its words are.
  bool shares() const { return !file_.is_followed && !file_.is_version; }
  void insert_self();
  void lazy_select(std::uint32_t made, const IrChild& function, std::uint32_t d, std::uint32_t offset);
  // Of the next place.
  Operand operand_at(IrReader& places) const {
    std::uint32_t number = places.number(), index = number >> 1;
    if ((number & 1) == 0) return kRegister | index;
    return captured_ ? captured_[index] : kCapture | index;
  }
  IrNode at(std::uint32_t node) const { return node_at(function_, node); }
  IrKind kind_at(std::uint32_t node) const { return static_cast<IrKind>(function_.nodes[node]); }

  // The word of a node without evaluating it: an operand, or into register d.
  Operand word(std::uint32_t node) { return word(at(node)); }
  Operand word(const IrNode& node);
  void word_into(const IrNode& node, std::uint32_t d);
  // True when word() needs no register and no instruction.
  static bool is_operand(IrKind kind) { return kind <= IrKind::EmptySet; }
  bool is_operand(std::uint32_t node) const { return is_operand(kind_at(node)); }
  Value literal(const IrNode& node);
  Value string_literal(std::string_view text);
  // Evaluates a node into register d; or gives an operand, which may still be a thunk when the node is a variable.
  void value_into(std::uint32_t node, std::uint32_t d) { value_into(at(node), d); }
  void value_into(const IrNode& node, std::uint32_t d);
  Operand value(std::uint32_t node) { return value(at(node)); }
  Operand value(const IrNode& node);
  void forced_into(std::uint32_t node, std::uint32_t d);

  void make(const IrNode& node, std::uint32_t d) { make(IrChild(node), d, node.offset); }
  void make(const IrChild& function, std::uint32_t d, std::uint32_t offset);
  void call(const IrNode& node, std::uint32_t d);
  Operand looked_at_first(std::uint32_t node, Op op, std::uint32_t offset);
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
  bool delays_words(const IrGroup& group, const Bindings& bindings) const;
  void delayed_set(const IrGroup& group, Bindings& bindings, FixedArray<Symbol>& names, std::uint32_t d, std::uint32_t offset);
  std::uint32_t shape_of(Bindings& bindings, FixedArray<Symbol>& names);
  void overrides(const Bindings& bindings, std::uint32_t d, std::uint32_t shape, std::uint32_t offset);
  // Those of a group; returns what stands behind them.
  IrReader bindings_of(const IrGroup& group, Bindings& bindings) const;
  void sources(const IrGroup& group);
  void group_words(const IrGroup& group, Bindings& bindings);
  void bind(const IrNode& let);
  static bool uses_slots(const IrChild& child, const IrGroup& group);
  void fill(Op op, const Small<Pending>& pending);
  void recursive_words(const IrGroup& group, Bindings& bindings);
  // Evaluates a node and returns it from the frame.
  void tail(std::uint32_t node);
  void formals();
  Body* finish();
  void define_children(std::uint32_t first);
  std::uint32_t function_of_file() const;

  Vm& vm_;
  const Code& code_;
  const SourceFile& file_;
  const IrView& ir_;
  const IrFunction function_;
  Room& room_;
  SmallValues constants_;
  std::vector<IrFormal> formals_;
  const Operand* captured_ = nullptr;  // see Body::captured
  // The register of the closure that runs, where it can be an outer one.
  std::uint32_t self_ = 0;
  bool uses_self_ = false;
  // Inside a group with __overrides, which replaces what its thunks stand for.
  bool keeps_thunks_ = false;
  std::uint32_t next_register_ = 0, registers_ = 0;
};

}  // namespace evalctl::evaluator
