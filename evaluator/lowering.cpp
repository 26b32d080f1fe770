// Nodes, units and names.
#include "evaluator/lowering.h"

#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

// Name -> variable in scope; indexed by symbol id. Empty again whenever no file is being lowered.
thread_local std::vector<Variable*> names_in_scope;
// What the scopes around shadow, the innermost last.
thread_local std::vector<std::pair<Symbol, Variable*>> shadowed;

Variable*& in_scope(Symbol name) {
  if (name.id >= names_in_scope.size()) names_in_scope.resize(name.id + name.id / 2 + 1024);
  return names_in_scope[name.id];
}

std::vector<Symbol> names_bound() {
  std::vector<Symbol> names;
  for (std::uint32_t id = 1; id < names_in_scope.size(); ++id)
    if (names_in_scope[id]) names.push_back({id});
  return names;
}

}  // namespace

Lowering::Lowering(Vm& vm, const parser::Tree& tree, std::uint32_t file)
    : vm_(vm), tree_(tree), file_(file), ir_(std::make_unique<IrParts>()) {
  // Most files need less, which costs nothing: pages that are not written are not there.
  ir_->nodes.reserve(tree.node_count());
  ir_->extra.reserve(tree.node_count());
  ir_->text.reserve(tree.text().size() / 2);
}

Lowering::Scope::Scope() : begin_(shadowed.size()) {}

Lowering::Scope::~Scope() {
  for (; shadowed.size() > begin_; shadowed.pop_back()) in_scope(shadowed.back().first) = shadowed.back().second;
}

void Lowering::Scope::bind(Symbol name, Variable* variable) {
  Variable*& place = in_scope(name);
  shadowed.emplace_back(name, place);
  place = variable;
}

void Lowering::fail(std::string message, std::uint32_t offset) {
  if (!is_quiet_) vm_.fail(ErrorKind::Other, std::move(message), {file_, offset});
  failed_ = true;
}

std::uint32_t Lowering::node(IrKind kind, std::uint32_t offset, std::uint32_t a, std::uint32_t b, std::uint32_t n) {
  if (n > UINT16_MAX && !failed_) {
    fail("this expression has too many parts", offset);
  }
  ir_->nodes.push_back({kind, static_cast<std::uint16_t>(n), offset, a, b});
  return static_cast<std::uint32_t>(ir_->nodes.size() - 1);
}

std::uint32_t Lowering::list(const Words& words) {
  auto first = static_cast<std::uint32_t>(ir_->extra.size());
  ir_->extra.insert(ir_->extra.end(), words.begin(), words.end());
  return first;
}

std::uint32_t Lowering::text_node(IrKind kind, std::uint32_t offset, std::string_view text) {
  auto first = static_cast<std::uint32_t>(ir_->text.size());
  ir_->text += text;
  return node(kind, offset, first, static_cast<std::uint32_t>(text.size()));
}

std::uint32_t Lowering::number_node(IrKind kind, std::uint32_t offset, std::uint64_t bits) {
  return node(kind, offset, static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32));
}

std::uint32_t Lowering::new_slots(std::uint32_t count) {
  std::uint32_t first = unit_->next_slot;
  unit_->next_slot += count;
  unit_->function.slots = std::max(unit_->function.slots, unit_->next_slot);
  return first;
}

Variable* Lowering::new_variable(std::uint32_t slot, const BindingGroup* group) {
  return &variables_.emplace_back(Variable{unit_, slot, group});
}

Place Lowering::place_of(Unit& unit, Variable* variable) {
  if (variable->unit == &unit) return variable->slot;
  for (std::size_t i = 0; i < unit.captured.size(); ++i)
    if (unit.captured[i] == variable) return kCapturedWord | static_cast<Place>(i);
  unit.captured.push_back(variable);
  return kCapturedWord | static_cast<Place>(unit.captured.size() - 1);
}

std::uint32_t Lowering::variable_node(Variable* variable, std::uint32_t offset) {
  Place place = place_of(*unit_, variable);
  if (place & kCapturedWord) return node(IrKind::Captured, offset, place & ~kCapturedWord);
  return node(IrKind::Local, offset, place);
}

parser::NodeId Lowering::child_at(NodeId id, int index) const {
  auto it = tree_.children(id).begin();
  while (index-- > 0) ++it;
  return *it;
}

parser::NodeId Lowering::unwrap(NodeId id) const {
  while (tree_.kind(id) == NodeKind::Paren) id = {id.index + 1};
  return id;
}

Lowering::Found Lowering::look_up(Symbol name) {
  if (Variable* v = in_scope(name)) return {Found::Bound, v};
  if (vm_.global(name, file_)) return {Found::Global, nullptr};
  return {withs_.empty() ? Found::Undefined : Found::With, nullptr};
}

// True when `name` means the builtin itself, so that an operator may stand for it.
bool Lowering::is_plain(std::string_view name) {
  Symbol symbol = intern(name);
  Value scope = vm_.program().files[file_].scope;
  return !in_scope(symbol) && !(scope && find(as_attrs(scope), symbol));
}

std::uint32_t Lowering::name(Symbol name, std::uint32_t offset) {
  Found found = look_up(name);
  switch (found.kind) {
    case Found::Bound: return variable_node(found.variable, offset);
    case Found::Global: return node(IrKind::Global, offset, name.id);
    case Found::Undefined:
      if (!failed_ && !is_quiet_)
        vm_.fail_name(ErrorKind::Undefined, fmt::format("undefined variable '{}'", text_of(name)), name, names_bound(), {file_, offset});
      failed_ = true;
      return kNone;
    case Found::With: break;
  }
  Words sets;
  for (auto it = withs_.rbegin(); it != withs_.rend(); ++it) sets.push_back(place_of(*unit_, *it));
  return node(IrKind::With, offset, name.id, list(sets), static_cast<std::uint32_t>(sets.size()));
}

std::uint32_t Lowering::lazy_name(Symbol symbol, std::uint32_t offset) {
  if (look_up(symbol).kind != Found::With) return name(symbol, offset);
  return function(IrKind::Thunk, offset, [&] { return name(symbol, offset); });
}

std::unique_ptr<Ir> Lowering::lower_file() {
  Unit unit;
  unit_ = &unit;
  unit.function.body = strict({tree_.root().index + 1});
  if (failed_) return nullptr;
  ir_->functions.push_back(unit.function);
  // It lives as long as the process: without the room that growing left.
  ir_->nodes.shrink_to_fit();
  ir_->extra.shrink_to_fit();
  ir_->functions.shrink_to_fit();
  ir_->formals.shrink_to_fit();
  ir_->parameters.shrink_to_fit();
  ir_->text.shrink_to_fit();
  number_names(*ir_);
  return std::make_unique<Ir>(std::move(ir_));
}

std::unique_ptr<Ir> lower(Vm& vm, const parser::Tree& tree, std::uint32_t file) {
  return Lowering(vm, tree, file).lower_file();
}

// File 0 has no scope, and nobody follows it.
std::unique_ptr<const Ir> lower_quietly(Vm& vm, std::string_view text) {
  parser::ParseResult parsed = parser::parse(text);
  if (!parsed.diagnostics.empty()) return nullptr;
  Lowering lowering(vm, parsed.tree, 0);
  lowering.be_quiet();
  return lowering.lower_file();
}

}  // namespace evalctl::evaluator
