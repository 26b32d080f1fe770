// Registers, operands, functions and bindings.
#include "evaluator/codegen.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "evaluator/early.h"
#include "evaluator/ir_record.h"
#include "evaluator/literal_set.h"
#include "evaluator/operations.h"
#include "evaluator/permanent.h"
#include "evaluator/positions.h"
#include "evaluator/shape.h"

namespace evalctl::evaluator {

// How many words of a closure are worth to be reached by way of it.
static constexpr std::uint32_t kFewestShared = 2;

static bool is_of(Operand o, Operand space) { return (o & ~kOperandMask) == space; }

Generator::Generator(Vm& vm, const Code& code)
    : vm_(vm), code_(code), ir_(*vm.program().files[code.file].ir), function_(ir_.functions[code.function]) {
  next_register_ = registers_ = function_.slots;
  const SourceFile& file = vm.program().files[code.file];
  shares_ = !file.is_followed && !file.is_version;
  // An outer closure stands for several words.
  if (code.captures != function_.capture_count) {
    auto& unmade = vm.program().captured;
    auto found = unmade.find(static_cast<std::uint32_t>(&code - code_table));
    captured_ = found->second;
    unmade.erase(found);
  }
  if (shares_ && function_.arity > 0 && code.captures >= kFewestShared) self_ = new_registers(1);
}

std::uint32_t Generator::emit(Op op, std::uint32_t d, std::uint32_t a, std::uint32_t b, std::uint32_t n, std::uint32_t offset) {
  instructions_.push_back({op, static_cast<std::uint16_t>(n), d, a, b});
  offsets_.push_back(offset);
  return here() - 1;
}

// Makes a jump lead to the next instruction.
void Generator::patch(std::uint32_t instruction) {
  Instruction& i = instructions_[instruction];
  (i.op == Op::Jump ? i.a : i.b) = here();
}

std::uint32_t Generator::new_registers(std::uint32_t count) {
  std::uint32_t first = next_register_;
  next_register_ += count;
  registers_ = std::max(registers_, next_register_);
  return first;
}

Operand Generator::constant(Value v) {
  for (std::size_t i = constants_.size(), tries = 0; i-- > 0 && tries < 8; ++tries)
    if (constants_[i] == v) return kConstant | static_cast<Operand>(i);
  constants_.push_back(v);
  return kConstant | static_cast<Operand>(constants_.size() - 1);
}

std::uint32_t Generator::operand_list(const Small<Operand>& operands) {
  auto first = static_cast<std::uint32_t>(operands_.size());
  operands_.insert(operands_.end(), operands.begin(), operands.end());
  return first;
}

std::uint32_t Generator::site(std::uint32_t name) {
  sites_.push_back(name);
  targets_.push_back(0);
  return static_cast<std::uint32_t>(sites_.size() - 1);
}

std::uint32_t Generator::child(std::uint32_t function) {
  children_.push_back({function, ir_.functions[function].capture_count, 0, nullptr});
  return static_cast<std::uint32_t>(children_.size() - 1);
}

// Where a child captures several words of the closure that runs, or of the one around it, its objects hold that closure
// instead. It keeps alive what they alone would not; a closure's words are mostly there to stay. Thunks cannot be shared so,
// since they let go of their words.
std::uint32_t Generator::sharing_child(std::uint32_t function) {
  std::uint32_t number = child(function);
  const IrFunction& f = ir_.functions[function];
  std::uint32_t own = 0, outer = 0;
  for (std::uint32_t i = 0; i < f.capture_count; ++i) {
    Operand from = operand_of(ir_.extra[f.captures + i]);
    own += is_of(from, kCapture) && self_ != 0;
    outer += is_of(from, kOuter);
  }
  if (!shares_ || std::max(own, outer) < kFewestShared) return number;
  Operand shared = own > outer ? kCapture : kOuter;
  auto* captured = static_cast<Operand*>(allocate_permanent(f.capture_count * sizeof(Operand)));
  std::uint32_t words = 1;
  for (std::uint32_t i = 0; i < f.capture_count; ++i) {
    Operand from = operand_of(ir_.extra[f.captures + i]);
    captured[i] = is_of(from, shared) ? kOuter | (from & kOperandMask) : kCapture | words++;
  }
  uses_self_ |= own > outer;
  children_[number] = {function, words, own > outer ? kRegister | self_ : kCapture | 0, captured};
  return number;
}

Operand Generator::operand_of(Place place) const {
  if (!(place & kCapturedWord)) return kRegister | place;
  std::uint32_t index = place & ~kCapturedWord;
  return captured_ ? captured_[index] : kCapture | index;
}

std::uint32_t Generator::captured_words(std::uint32_t number) {
  const Child& made = children_[number];
  const IrFunction& function = ir_.functions[made.function];
  auto first = static_cast<std::uint32_t>(operands_.size());
  if (made.captured) operands_.push_back(made.outer);
  for (std::uint32_t i = 0; i < function.capture_count; ++i)
    if (!made.captured || is_of(made.captured[i], kCapture)) operands_.push_back(operand_of(ir_.extra[function.captures + i]));
  return first;
}

// `x.a.b` as a word: often what it stands for is already there, and needs no thunk.
bool Generator::lazy_select(const IrNode& thunk, std::uint32_t d) {
  const IrFunction& function = ir_.functions[thunk.a];
  const IrNode& body = at(function.body);
  if (body.kind != IrKind::Select || at(body.a).kind != IrKind::Captured || ir_.extra[body.b + 1] != kNone) return false;
  if (function.capture_count != 1) return false;
  std::uint32_t count = ir_.extra[body.b];
  for (std::uint32_t i = 0; i < count; ++i)
    if (element(body, i).computed != kNone) return false;
  std::uint32_t made = child(thunk.a), words = captured_words(made);
  operands_.push_back(count);
  for (std::uint32_t i = 0; i < count; ++i) operands_.push_back(site(element(body, i).name));
  emit(Op::LazySelect, d, made, words, 0, thunk.offset);
  return true;
}

Generator::Worth Generator::worth_of(const IrFunction& thunk) const {
  std::uint32_t nodes = kEarlyInstructions;
  return thunk.capture_count <= kEarlyCaptures && thunk.slots == 0 ? worth_of(thunk.body, nodes) : Worth::None;
}

Generator::Worth Generator::worth_of(std::uint32_t id, std::uint32_t& nodes) const {
  if (nodes-- == 0) return Worth::None;
  const IrNode& node = at(id);
  auto has_fixed_path = [&] {
    for (std::uint32_t i = 0; i < ir_.extra[node.b]; ++i)
      if (element(node, i).computed != kNone) return false;
    return true;
  };
  // Of all parts the least.
  auto of = [&](std::initializer_list<std::uint32_t> parts, Worth most = Worth::First) {
    for (std::uint32_t part : parts) most = most == Worth::None ? most : std::min(most, worth_of(part, nodes));
    return most;
  };
  switch (node.kind) {
    case IrKind::Integer:
    case IrKind::Float:
    case IrKind::Captured: return Worth::First;
    case IrKind::String:
    case IrKind::Global: return Worth::Later;
    case IrKind::Not: return of({node.a});
    case IrKind::Equal:
    case IrKind::NotEqual:
    case IrKind::Less:
    case IrKind::LessSwapped:
    case IrKind::NotLess:
    case IrKind::NotLessSwapped:
    case IrKind::Add:
    case IrKind::Subtract:
    case IrKind::Multiply: return of({node.a, node.b});
    case IrKind::And:
    case IrKind::Or:
    case IrKind::Implies: return of({node.a, node.b}, Worth::Later);
    case IrKind::If: return of({node.a, ir_.extra[node.b], ir_.extra[node.b + 1]}, Worth::Later);
    case IrKind::HasAttr: return has_fixed_path() ? of({node.a}, Worth::Later) : Worth::None;
    case IrKind::Select: {
      if (!has_fixed_path()) return Worth::None;
      std::uint32_t otherwise = ir_.extra[node.b + 1];
      return otherwise == kNone ? of({node.a}) : of({node.a, otherwise}, Worth::Later);
    }
    case IrKind::Call: {
      Worth least = node.n > kMaximumArguments ? Worth::None : of({node.a}, Worth::Later);
      for (std::uint32_t i = 0; i < node.n; ++i) least = of({ir_.extra[node.b + i]}, least);
      return least;
    }
    default: return Worth::None;
  }
}

void Generator::make(const IrNode& node, std::uint32_t d) {
  const IrFunction& function = ir_.functions[node.a];
  bool may_be_value = node.kind == IrKind::Thunk && !keeps_thunks_ && function.leaf != kLeaf;
  if (may_be_value && lazy_select(node, d)) return;
  std::uint32_t made = sharing_child(node.a), words = captured_words(made);
  Worth worth = may_be_value ? worth_of(function) : Worth::None;
  if (node.kind == IrKind::Lambda) {
    emit(Op::MakeClosure, d, made, words, children_[made].words, node.offset);
  } else if (worth != Worth::None) {
    emit(Op::LazyCompute, d, made, words, worth == Worth::Later, node.offset);
  } else {
    emit(Op::MakeThunk, d, made, words, children_[made].words, node.offset);
  }
}

bool Generator::uses_slots(const IrFunction& function, std::uint32_t first, std::uint32_t count) const {
  for (std::uint32_t i = 0; i < function.capture_count; ++i) {
    Place place = ir_.extra[function.captures + i];
    if (place >= first && place < first + count) return true;
  }
  return false;
}

namespace {

// A group in Ir::extra; see ir.h.
struct Group {
  explicit Group(const std::uint32_t* words)
      : count(words[0]), base(words[1]), flags(words[2]), source_count(words[3]), dynamic_count(words[4]),
        bindings(words + 5), sources(bindings + 3 * count), dynamics(sources + 2 * source_count) {}
  std::uint32_t count, base, flags, source_count, dynamic_count;
  const std::uint32_t *bindings, *sources, *dynamics;
  // Index in Ir::names.
  std::uint32_t name(std::uint32_t i) const { return bindings[3 * i]; }
  std::uint32_t offset(std::uint32_t i) const { return bindings[3 * i + 1]; }
  std::uint32_t word(std::uint32_t i) const { return bindings[3 * i + 2]; }
};

bool is_function(const IrNode& node) { return node.kind == IrKind::Lambda || node.kind == IrKind::Thunk; }

}  // namespace

// Words of bindings that see each other: objects that capture others of the group are allocated first and filled last.
void Generator::recursive_words(const std::uint32_t* words) {
  Group group(words);
  bool outer = std::exchange(keeps_thunks_, bool(group.flags & kHasOverrides));
  Small<Pending> pending;
  auto place = [&](std::uint32_t node, std::uint32_t slot) {
    const IrNode& n = at(node);
    bool late = is_function(n) && uses_slots(ir_.functions[n.a], group.base, group.count);
    for (std::uint32_t s = 0; is_function(n) && !late && s < group.source_count; ++s)
      late = uses_slots(ir_.functions[n.a], group.sources[2 * s], 1);
    if (!late) return word_into(node, slot);
    std::uint32_t made = sharing_child(n.a);
    emit(Op::Allocate, slot, made, 0, 0, n.offset);
    pending.push_back({slot, made});
  };
  for (std::uint32_t s = 0; s < group.source_count; ++s) place(group.sources[2 * s + 1], group.sources[2 * s]);
  for (std::uint32_t i = 0; i < group.count; ++i) place(group.word(i), group.base + i);
  for (const Pending& p : pending)
    emit(Op::Fill, p.place, 0, captured_words(p.child), children_[p.child].words, ir_.functions[children_[p.child].function].offset);
  keeps_thunks_ = outer;
}

void Generator::group_words(const std::uint32_t* words, Small<Operand>& out) {
  Group group(words);
  if (group.flags & kRecursive) {
    recursive_words(words);
    for (std::uint32_t i = 0; i < group.count; ++i) out.push_back(kRegister | (group.base + i));
    return;
  }
  for (std::uint32_t s = 0; s < group.source_count; ++s) word_into(group.sources[2 * s + 1], group.sources[2 * s]);
  for (std::uint32_t i = 0; i < group.count; ++i) out.push_back(word(group.word(i)));
}

// The shape of a group's names; puts its words, which stand in the order of the group, in the order of the shape.
std::uint32_t Generator::shape_of(const std::uint32_t* words, Small<Operand>& operands) {
  Group group(words);
  struct Entry { Symbol name; std::uint32_t offset; Operand word; };
  Small<Entry> entries;
  for (std::uint32_t i = 0; i < group.count; ++i) entries.push_back({ir_.names[group.name(i)], group.offset(i), operands[i]});
  auto name = [](const Entry& e) { return e.name; };
  if (!std::ranges::is_sorted(entries, {}, name)) std::ranges::sort(entries, {}, name);
  Small<Symbol> names;
  Small<Position> positions;
  for (std::uint32_t i = 0; i < group.count; ++i) {
    names.push_back(entries[i].name);
    positions.push_back({code_.file, entries[i].offset});
    operands[i] = entries[i].word;
  }
  Shape shape{number_names(names.data(), group.count), literal_positions(positions.data(), group.count)};
  shapes_.push_back({shape, group.count});
  return static_cast<std::uint32_t>(shapes_.size() - 1);
}

// `operands` are the words of the set in the order of its shape, in which they go into registers.
void Generator::overrides(const Small<Operand>& operands, std::uint32_t d, std::uint32_t shape, std::uint32_t offset) {
  auto count = static_cast<std::uint32_t>(operands.size());
  std::uint32_t first = new_registers(count);
  for (std::uint32_t i = 0; i < count; ++i) emit(Op::Move, first + i, operands[i], 0, 0, offset);
  emit(Op::Overrides, d, shape, first, 0, offset);
}

// Whether the words of a set are to be made when they are asked for: many would be made at once, of few others.
bool Generator::may_be_delayed(const std::uint32_t* words) const {
  constexpr std::uint32_t kKeptPart = 4;
  Group group(words);
  if (group.count < kLeastDelayedWords || group.flags != 0 || group.dynamic_count != 0 || !shares_ || keeps_thunks_) return false;
  std::uint32_t functions = 0, kept = 0;
  std::unordered_set<Place> captured;
  for (std::uint32_t i = 0; i < group.count; ++i) {
    const IrNode& word = at(group.word(i));
    if (is_function(word)) {
      const IrFunction& function = ir_.functions[word.a];
      ++functions;
      captured.insert(ir_.extra.begin() + function.captures, ir_.extra.begin() + function.captures + function.capture_count);
    } else if (!is_operand(group.word(i)) || word.kind == IrKind::Local || word.kind == IrKind::Captured) {
      ++kept;
    }
  }
  return functions >= kLeastDelayedWords && kept + captured.size() <= group.count / kKeptPart;
}

void Generator::delayed_set(const std::uint32_t* words, std::uint32_t d, std::uint32_t offset) {
  Group group(words);
  for (std::uint32_t s = 0; s < group.source_count; ++s) word_into(group.sources[2 * s + 1], group.sources[2 * s]);
  Small<Operand> kept, parts;
  std::unordered_map<Operand, Operand> places;
  auto keep = [&](Operand word) {
    if (is_of(word, kConstant)) return word;
    auto [place, is_new] = places.try_emplace(word, kRegister | static_cast<Operand>(kept.size()));
    if (is_new) kept.push_back(word);
    return place->second;
  };
  for (std::uint32_t i = 0; i < group.count; ++i) {
    const IrNode& node = at(group.word(i));
    Small<Operand> part;
    if (is_function(node)) {
      std::uint32_t made = sharing_child(node.a), from = captured_words(made);
      part.push_back(made + 1);
      for (std::uint32_t k = 0; k < children_[made].words; ++k) part.push_back(keep(operands_[from + k]));
      operands_.resize(from);
    } else {
      part.push_back(0);
      part.push_back(keep(word(group.word(i))));
    }
    parts.push_back(operand_list(part));
  }
  std::uint32_t shape = shape_of(words, parts);
  Small<Operand> recipe{static_cast<Operand>(&code_ - code_table), static_cast<Operand>(kept.size())};
  recipe.insert(recipe.end(), kept.begin(), kept.end());
  recipe.insert(recipe.end(), parts.begin(), parts.end());
  emit(Op::MakeLiteralSet, d, shape, operand_list(recipe), 0, offset);
}

void Generator::set(const IrNode& node, std::uint32_t d) {
  const std::uint32_t* words = &ir_.extra[node.a];
  Group group(words);
  if (may_be_delayed(words)) return delayed_set(words, d, node.offset);
  Small<Operand> operands;
  group_words(words, operands);
  std::uint32_t shape = shape_of(words, operands);
  emit(Op::MakeSet, d, shape, operand_list(operands), 0, node.offset);
  if (group.flags & kHasOverrides) overrides(operands, d, shape, node.offset);
  for (std::uint32_t i = 0; i < group.dynamic_count; ++i) {
    const std::uint32_t* dynamic = group.dynamics + 3 * i;
    std::uint32_t mark = next_register_;
    std::uint32_t name = new_registers(1);
    forced_into(dynamic[0], name);
    Operand value = word(dynamic[2]);
    emit(Op::AddDynamic, d, kRegister | name, value, 0, dynamic[1]);
    next_register_ = mark;
  }
}

void Generator::formals() {
  std::uint32_t base = function_.arity;
  emit(Op::BindFormals, base, kRegister | 0, function_.formal_count, 0, function_.offset);
  Small<Pending> pending;
  for (std::uint32_t i = 0; i < function_.formal_count; ++i) {
    const IrFormal& formal = ir_.formals[function_.formals + i];
    if (formal.fallback == kNone) continue;
    const IrNode& node = at(formal.fallback);
    if (is_function(node)) {
      std::uint32_t temporary = new_registers(1);
      std::uint32_t made = sharing_child(node.a);
      emit(Op::DefaultAllocate, base + i, made, temporary, 0, formal.offset);
      pending.push_back({temporary, made});
    } else {
      emit(Op::DefaultMove, base + i, word(formal.fallback), 0, 0, formal.offset);
    }
  }
  for (const Pending& p : pending)
    emit(Op::DefaultFill, p.place, 0, captured_words(p.child), children_[p.child].words, ir_.functions[children_[p.child].function].offset);
}

// One piece of memory for all parts of a body.
class BodyRoom {
 public:
  explicit BodyRoom(std::size_t bytes) : next_(static_cast<char*>(allocate_permanent(bytes))) {}
  template <class T>
  static std::size_t bytes_of(std::size_t count) { return (count * sizeof(T) + 7) & ~std::size_t{7}; }
  template <class T>
  T* take(std::size_t count) {
    auto* taken = reinterpret_cast<T*>(next_);
    next_ += bytes_of<T>(count);
    return taken;
  }
  template <class Items, class T = Items::value_type>
  T* copy_of(const Items& items) {
    T* copy = take<T>(items.size());
    std::copy(items.begin(), items.end(), copy);
    return copy;
  }

 private:
  char* next_;
};

template <class... Items>
static std::size_t bytes_of(const Items&... items) {
  return (BodyRoom::bytes_of<typename Items::value_type>(items.size()) + ...);
}

Body* Generator::finish() {
  BodyRoom room(sizeof(Body) + sites_.size() * sizeof(Site) + bytes_of(instructions_, constants_, operands_, shapes_, offsets_));
  auto* body = new (room.take<Body>(1)) Body;
  body->instructions = room.copy_of(instructions_);
  body->constants = room.copy_of(constants_);
  body->operands = room.copy_of(operands_);
  body->shapes = room.copy_of(shapes_);
  body->offsets = room.copy_of(offsets_);
  body->registers = registers_;
  body->frame_pairs = (registers_ + 1) / 2;
  body->instruction_count = here();
  body->constant_count = static_cast<std::uint32_t>(constants_.size());
  body->formal_list = ir_.formals.subspan(function_.formals, function_.formal_count);
  body->captured = captured_;
  body->is_early = may_compute_early(*body);
  set_heat(code_, code_.is_leaf || code_.is_file ? 0 : vm_.native_heat);
  body->sites = room.take<Site>(sites_.size());
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    auto* made = new (&body->sites[i]) Site;
    made->name = {sites_[i]};
    made->target = targets_[i];
  }
  body->first_child = add_codes(static_cast<std::uint32_t>(children_.size()));
  for (std::size_t i = 0; i < children_.size(); ++i) define_child(body->first_child + static_cast<std::uint32_t>(i), children_[i]);
  return body;
}

// Whether the function is what the file is, behind what it binds first.
bool Generator::is_the_file(std::uint32_t function) const {
  if (code_.function != ir_.file_function() || ir_.functions[function].arity != 1) return false;
  const IrNode* node = &at(function_.body);
  while (node->kind == IrKind::Let || node->kind == IrKind::Assert) node = &at(node->b);
  return node->kind == IrKind::Lambda && node->a == function;
}

// Of an edited file all leaves are those of its last version.
void Generator::define_child(std::uint32_t number, const Child& child) {
  std::uint32_t function = child.function;
  SourceFiles& files = vm_.program().files;
  const SourceFile& file = files[code_.file];
  auto edited = ir_.functions[function].leaf == kLeaf ? file.last_leaves.find(function) : file.last_leaves.end();
  if (edited == file.last_leaves.end()) {
    define_code(number, code_.file, function, ir_.functions[function]);
    code_table[number].is_file = is_the_file(function);
    code_table[number].captures = static_cast<std::uint16_t>(child.words);
    if (child.captured) vm_.program().captured.emplace(number, child.captured);
    return;
  }
  define_code(number, file.last_version, edited->second, files[file.last_version].ir->functions[edited->second]);
}

// The instruction that the objects made later need stands first.
void Generator::insert_self() {
  instructions_.insert(instructions_.begin(), {Op::Self, 0, self_, 0, 0});
  offsets_.insert(offsets_.begin(), function_.offset);
  for (Instruction& i : instructions_) {
    if (i.op == Op::Jump) ++i.a;
    else if (i.op == Op::JumpFalse || i.op == Op::JumpTrue) ++i.b;
    else if (i.op == Op::TrySelect) ++targets_[i.b];
    else if (i.op == Op::TrySelectDynamic) ++targets_[i.n];
  }
}

const Body* Generator::generate() {
  if (function_.has_pattern) formals();
  tail(function_.body);
  if (uses_self_) insert_self();
  return finish();
}

const Body* generate(Vm& vm, const Code& code) {
  Vm::Depth level(vm);
  auto lock = lock_away(vm.program().generating);
  if (const Body* made = body_if_made(code)) return made;
  const Body* body = Generator(vm, code).generate();
  __atomic_store_n(&const_cast<Code&>(code).body, body, __ATOMIC_RELEASE);
  vm.program().bodies.push_back(body);
  count_function_read();
  return body;
}

}  // namespace evalctl::evaluator
