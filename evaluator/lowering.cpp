// Nodes, units and names.
#include "evaluator/lowering.h"

#include <algorithm>
#include <array>

#include "evaluator/early.h"
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

// By symbol id: its index among the names of the file. All zero whenever no file is being lowered.
thread_local std::vector<std::uint32_t> index_of_name;

void forget_names(std::span<const Symbol> names) {
  for (Symbol name : names) index_of_name[name.id] = 0;
}

constexpr Worth find_worth(IrKind kind) {
  switch (kind) {
    case IrKind::Integer:
    case IrKind::Float:
    case IrKind::Captured:
    case IrKind::Not:
    case IrKind::Equal:
    case IrKind::NotEqual:
    case IrKind::Less:
    case IrKind::LessSwapped:
    case IrKind::NotLess:
    case IrKind::NotLessSwapped:
    case IrKind::Add:
    case IrKind::Subtract:
    case IrKind::Multiply:
    case IrKind::Lambda:
    case IrKind::Select: return Worth::First;
    case IrKind::String:
    case IrKind::Global:
    case IrKind::And:
    case IrKind::Or:
    case IrKind::Implies:
    case IrKind::If:
    case IrKind::HasAttr:
    case IrKind::Call: return Worth::Later;
    default: return Worth::None;
  }
}

// By kind, of a node by itself.
constexpr auto kWorth = [] {
  std::array<Worth, std::size(kIrNumbers)> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = find_worth(static_cast<IrKind>(i));
  return table;
}();

std::vector<Symbol> names_bound() {
  std::vector<Symbol> names;
  for (std::uint32_t id = 1; id < names_in_scope.size(); ++id)
    if (names_in_scope[id]) names.push_back({id});
  return names;
}

}  // namespace

Lowering::Lowering(Vm& vm, const parser::Tree& tree, std::uint32_t file)
    : vm_(vm), tree_(tree), file_(file), keeps_captures_(vm.program().files[file].is_followed),
      shares_words_(vm.program().files[file].shares_words), shows_delays_(vm.program().files[file].shows_delays), ir_(std::make_unique<IrParts>()) {
  // Most files need less, which costs nothing: pages that are not written are not there.
  ir_->bytes.reserve(tree.text().size());
  if (index_of_name.size() <= symbol_count()) index_of_name.resize(symbol_count() + symbol_count() / 2 + 1024);
  ir_->names.push_back({});
}

Lowering::~Lowering() {
  if (ir_) forget_names(ir_->names);
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

std::uint32_t Lowering::node(IrKind kind, std::uint32_t offset, std::initializer_list<std::uint32_t> numbers, const Words& more) {
  IrWriter& out = *unit_->nodes;
  std::uint32_t place = out.size();
  out.reserve(IrWriter::kMostOfNumber * (2 + numbers.size() + more.size()));
  out.byte(static_cast<std::uint8_t>(kind));
  out.number(offset_here(offset));
  for (std::uint32_t number : numbers) out.number(number);
  for (std::uint32_t number : more) out.number(number);
  unit_->worth = std::min(unit_->worth, kWorth[static_cast<std::size_t>(kind)]);
  ++unit_->node_count;
  return place;
}

std::uint32_t Lowering::node_of_parts(IrKind kind, std::uint32_t offset, std::initializer_list<std::uint32_t> numbers, const Words& parts) {
  if (parts.size() > UINT16_MAX && !failed_) {
    fail("this expression has too many parts", offset);
  }
  if (kind == IrKind::Call && parts.size() > kMaximumArguments) unit_->worth = Worth::None;
  Words all(numbers);
  all.push_back(static_cast<std::uint32_t>(parts.size()));
  all.insert(all.end(), parts.begin(), parts.end());
  return node(kind, offset, {}, all);
}

std::uint32_t Lowering::text_node(IrKind kind, std::uint32_t offset, std::string_view text) {
  if (kind == IrKind::Path && ++ir_->path_count <= IrParts::kFirstPaths) ir_->first_paths.emplace_back(text);
  std::uint32_t place = node(kind, offset, {static_cast<std::uint32_t>(text.size())});
  unit_->nodes->add(text.data(), text.size());
  return place;
}

std::uint32_t Lowering::integer_node(std::uint32_t offset, std::int64_t integer) {
  std::uint32_t place = node(IrKind::Integer, offset);
  unit_->nodes->add_number(static_cast<std::uint64_t>(integer) << 1 ^ static_cast<std::uint64_t>(integer >> 63));
  return place;
}

std::uint32_t Lowering::float_node(std::uint32_t offset, double number) {
  std::uint32_t place = node(IrKind::Float, offset);
  unit_->nodes->add(&number, sizeof number);
  return place;
}

std::uint32_t Lowering::select_node(IrKind kind, std::uint32_t offset, std::uint32_t from, std::uint32_t count, std::uint32_t otherwise,
                                    const Words& path) {
  // Names that are computed have a word more.
  bool is_fixed = path.size() == 2 * count;
  if (!is_fixed) unit_->worth = Worth::None;
  if (otherwise != kNone) unit_->worth = std::min(unit_->worth, Worth::Later);
  bool is_lazy = kind == IrKind::Select && is_fixed && otherwise == kNone && !failed_ && kind_of(from) == IrKind::Captured;
  std::uint32_t place = node(kind, offset, {from, count, otherwise + 1}, path);
  if (!is_lazy) return place;
  unit_->lazy_select = place;
  unit_->path.clear();
  for (std::uint32_t i = 0; i < count; ++i) unit_->path.push_back(path[2 * i + 1]);
  return place;
}

// Of no name: 0.
std::uint32_t Lowering::index_of(Symbol name) {
  if (name.id == 0) return 0;
  if (index_of_name.size() <= name.id) index_of_name.resize(name.id + name.id / 2 + 1024);
  std::uint32_t& index = index_of_name[name.id];
  if (index == 0) {
    index = static_cast<std::uint32_t>(ir_->names.size());
    ir_->names.push_back(name);
  }
  return index;
}

void Lowering::begin(Unit& unit, std::uint32_t offset) {
  if (unit_count_ == writers_.size()) writers_.resize(unit_count_ + 2);
  unit.nodes = &writers_[unit_count_++];
  unit.head = &writers_[unit_count_++];
  unit.nodes->clear();
  unit.head->clear();
  unit.parent = unit_;
  unit.offset = offset;
  unit.traits.leaf = leaf_;
  if (leaf_ == kLeaf) leaf_ = kInsideLeaf;
  unit_ = &unit;
}

static std::uint32_t number_of(const IrTraits& traits) {
  return traits.arity | (traits.has_pattern ? kHasPattern : 0u) | (traits.ellipsis ? kHasEllipsis : 0u) | traits.leaf * kLeafUnit;
}

std::uint32_t Lowering::end(Unit& unit, std::uint32_t body) {
  unit_ = unit.parent;
  unit_count_ -= 2;
  if (unit.captured.size() > UINT16_MAX && !failed_) {
    fail("this expression uses too many variables", unit.offset);
  }
  unit.traits.capture_count = static_cast<std::uint16_t>(unit.captured.size());
  IrWriter& out = ir_->bytes;
  out.add(unit.nodes->data(), unit.nodes->size());
  std::uint32_t number = out.size();
  ir_->functions.push_back(number);
  out.reserve(8 * IrWriter::kMostOfNumber);
  out.number(number_of(unit.traits));
  for (std::uint32_t n : {std::uint32_t{unit.traits.capture_count}, unit.offset, unit.nodes->size(), body, unit.slots}) out.number(n);
  out.add(unit.head->data(), unit.head->size());
  return number;
}

// The node in the unit around one that is complete.
std::uint32_t Lowering::function_node(IrKind kind, Unit& made, std::uint32_t function, std::uint32_t body) {
  Words places;
  for (Variable* v : made.captured) places.push_back(number_of_place(place_of(*unit_, v)));
  if (keeps_captures_) ir_->captures.emplace_back(places.begin(), places.end());
  unit_->functions += kind == IrKind::Lambda;
  std::uint32_t place = node(kind, made.offset, {function, number_of(made.traits), made.traits.capture_count});
  bool is_lazy = kind == IrKind::Thunk && made.lazy_select == body && made.captured.size() == 1 && !failed_ && !shows_delays_;
  IrWriter& out = *unit_->nodes;
  out.reserve(IrWriter::kMostOfNumber * (3 + places.size() + made.path.size()));
  if (kind == IrKind::Thunk) {
    bool may_be_early = !shows_delays_ && made.slots == 0 && made.captured.size() <= kEarlyCaptures && made.node_count <= kEarlyInstructions &&
                        made.functions == 0;
    Worth worth = !may_be_early ? Worth::None : made.folds && made.worth == Worth::Later ? Worth::First : made.worth;
    out.byte(static_cast<std::uint8_t>(static_cast<std::uint8_t>(worth) | (is_lazy ? kLazySelect : 0)));
  }
  for (std::uint32_t number : places) out.number(number);
  if (!is_lazy) return place;
  out.number(made.path.size());
  for (std::uint32_t name : made.path) out.number(name);
  return place;
}

std::uint32_t Lowering::new_slots(std::uint32_t count) {
  std::uint32_t first = unit_->next_slot;
  unit_->next_slot += count;
  unit_->slots = std::max(unit_->slots, unit_->next_slot);
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
  if (place & kCapturedWord) return node(IrKind::Captured, offset, {place & ~kCapturedWord});
  return node(IrKind::Local, offset, {place});
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
    case Found::Global: return node(IrKind::Global, offset, {index_of(name)});
    case Found::Undefined:
      if (!failed_ && !is_quiet_)
        vm_.fail_name(ErrorKind::Undefined, fmt::format("undefined variable '{}'", text_of(name)), name, names_bound(), {file_, offset});
      failed_ = true;
      return kNone;
    case Found::With: break;
  }
  Words sets;
  for (auto it = withs_.rbegin(); it != withs_.rend(); ++it) sets.push_back(number_of_place(place_of(*unit_, *it)));
  return node_of_parts(IrKind::With, offset, {index_of(name)}, sets);
}

std::uint32_t Lowering::lazy_name(Symbol symbol, std::uint32_t offset) {
  if (look_up(symbol).kind != Found::With) return name(symbol, offset);
  return function(IrKind::Thunk, offset, [&] { return name(symbol, offset); });
}

std::unique_ptr<Ir> Lowering::lower_file() {
  Unit unit;
  begin(unit, 0);
  end(unit, strict({tree_.root().index + 1}));
  if (failed_) return nullptr;
  if (keeps_captures_) ir_->captures.emplace_back();
  // It lives as long as the process: without the room that growing left.
  ir_->bytes.shrink();
  ir_->functions.shrink_to_fit();
  ir_->names.shrink_to_fit();
  forget_names(ir_->names);
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
