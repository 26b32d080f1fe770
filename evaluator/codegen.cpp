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
    : vm_(vm), code_(code), ir_(*vm.program().files[code.file].ir), function_(ir_.function(code.function)) {
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

std::uint32_t Generator::child(const IrNode& node) {
  children_.emplace_back(node);
  return static_cast<std::uint32_t>(children_.size() - 1);
}

// Where a child captures several words of the closure that runs, or of the one around it, its objects hold that closure
// instead. It keeps alive what they alone would not; a closure's words are mostly there to stay. Thunks cannot be shared so,
// since they let go of their words.
void Generator::share_words(Child& made) {
  if (!shares_ || made.capture_count < kFewestShared) return;
  std::uint32_t own = 0, outer = 0;
  IrReader places = made.captures;
  for (std::uint32_t i = 0; i < made.capture_count; ++i) {
    Operand from = operand_of(read_place(places));
    own += is_of(from, kCapture) && self_ != 0;
    outer += is_of(from, kOuter);
  }
  if (std::max(own, outer) < kFewestShared) return;
  Operand shared = own > outer ? kCapture : kOuter;
  auto* captured = static_cast<Operand*>(allocate_permanent(made.capture_count * sizeof(Operand)));
  std::uint32_t words = 1;
  places = made.captures;
  for (std::uint32_t i = 0; i < made.capture_count; ++i) {
    Operand from = operand_of(read_place(places));
    captured[i] = is_of(from, shared) ? kOuter | (from & kOperandMask) : kCapture | words++;
  }
  uses_self_ |= own > outer;
  made.words = words;
  made.outer = own > outer ? kRegister | self_ : kCapture | 0;
  made.captured = captured;
}

std::uint32_t Generator::sharing_child(const IrNode& node) {
  std::uint32_t made = child(node);
  share_words(children_[made]);
  return made;
}

Operand Generator::operand_of(Place place) const {
  if (!(place & kCapturedWord)) return kRegister | place;
  std::uint32_t index = place & ~kCapturedWord;
  return captured_ ? captured_[index] : kCapture | index;
}

std::uint32_t Generator::captured_words(std::uint32_t number) {
  const Child& made = children_[number];
  auto first = static_cast<std::uint32_t>(operands_.size());
  if (made.captured) operands_.push_back(made.outer);
  IrReader places = made.captures;
  for (std::uint32_t i = 0; i < made.capture_count; ++i) {
    Operand from = operand_of(read_place(places));
    if (!made.captured || is_of(made.captured[i], kCapture)) operands_.push_back(from);
  }
  return first;
}

// `x.a.b` as a word: often what it stands for is already there, and needs no thunk.
void Generator::lazy_select(std::uint32_t made, std::uint32_t d) {
  std::uint32_t words = captured_words(made);
  IrReader path = children_[made].captures;
  path.number();  // the place of the captured word
  std::uint32_t count = path.number();
  operands_.push_back(count);
  for (std::uint32_t i = 0; i < count; ++i) operands_.push_back(site(ir_.names[path.number()].id));
  emit(Op::LazySelect, d, made, words, 0, children_[made].offset);
}

void Generator::make_object(std::uint32_t made, std::uint32_t d) {
  Child& function = children_[made];
  bool may_be_value = function.arity == 0 && !keeps_thunks_ && function.leaf != kLeaf;
  if (may_be_value && function.is_lazy_select) return lazy_select(made, d);
  share_words(function);
  // Most of what is made runs soon.
  ir_.prefetch(function.function);
  std::uint32_t words = captured_words(made);
  if (function.arity > 0) {
    emit(Op::MakeClosure, d, made, words, function.words, function.offset);
  } else if (may_be_value && function.worth != Worth::None) {
    emit(Op::LazyCompute, d, made, words, function.worth == Worth::Later, function.offset);
  } else {
    emit(Op::MakeThunk, d, made, words, function.words, function.offset);
  }
}

static bool is_function(IrKind kind) { return kind == IrKind::Lambda || kind == IrKind::Thunk; }

IrReader Generator::bindings_of(const IrGroup& group, Bindings& bindings) const {
  IrReader in = group.bindings;
  bindings.reserve(group.count);
  for (std::uint32_t i = 0; i < group.count; ++i) {
    Symbol name = ir_.names[in.number()];
    std::uint32_t offset = function_.offset + in.number();
    bindings.push_back({name, offset, in.number(), 0});
  }
  return in;
}

void Generator::sources(const IrGroup& group) {
  IrReader in = group.sources;
  for (std::uint32_t i = 0; i < group.source_count; ++i) {
    std::uint32_t slot = in.number();
    word_into(in.number(), slot);
  }
}

// Whether a child captures a binding or a source of a group.
bool Generator::uses_slots(const IrChild& child, const IrGroup& group) {
  IrReader places = child.captures;
  for (std::uint32_t i = 0; i < child.capture_count; ++i) {
    Place place = read_place(places);
    if (place >= group.base && place < group.base + group.count) return true;
    IrReader in = group.sources;
    for (std::uint32_t s = 0; s < group.source_count; ++s) {
      if (in.number() == place) return true;
      in.number();
    }
  }
  return false;
}

// Words of bindings that see each other: objects that capture others of the group are allocated first and filled last.
void Generator::recursive_words(const IrGroup& group, Bindings& bindings) {
  bool outer = std::exchange(keeps_thunks_, bool(group.flags & kHasOverrides));
  Small<Pending> pending;
  auto place = [&](std::uint32_t id, std::uint32_t slot) {
    if (!is_function(kind_at(id))) return word_into(id, slot);
    std::uint32_t made = child(at(id));
    if (!uses_slots(children_[made], group)) return make_object(made, slot);
    share_words(children_[made]);
    ir_.prefetch(children_[made].function);
    emit(Op::Allocate, slot, made, 0, 0, children_[made].offset);
    pending.push_back({slot, made});
  };
  IrReader in = group.sources;
  for (std::uint32_t s = 0; s < group.source_count; ++s) {
    std::uint32_t slot = in.number();
    place(in.number(), slot);
  }
  for (std::uint32_t i = 0; i < group.count; ++i) {
    place(bindings[i].node, group.base + i);
    bindings[i].word = kRegister | (group.base + i);
  }
  for (const Pending& p : pending)
    emit(Op::Fill, p.place, 0, captured_words(p.child), children_[p.child].words, children_[p.child].offset);
  keeps_thunks_ = outer;
}

// The words of bindings, each of which becomes an operand.
void Generator::group_words(const IrGroup& group, Bindings& bindings) {
  if (group.flags & kRecursive) return recursive_words(group, bindings);
  sources(group);
  for (Binding& b : bindings) b.word = word(b.node);
}

// The shape of bindings, which it puts in the order of the shape.
std::uint32_t Generator::shape_of(Bindings& bindings) {
  auto name = [](const Binding& b) { return b.name; };
  if (!std::ranges::is_sorted(bindings, {}, name)) std::ranges::sort(bindings, {}, name);
  Small<Symbol> names;
  Small<Position> positions;
  for (const Binding& b : bindings) {
    names.push_back(b.name);
    positions.push_back({code_.file, b.offset});
  }
  auto count = static_cast<std::uint32_t>(bindings.size());
  shapes_.push_back({{number_names(names.data(), count), literal_positions(positions.data(), count)}, count});
  return static_cast<std::uint32_t>(shapes_.size() - 1);
}

// The words of a set with that shape go into registers.
void Generator::overrides(const Bindings& bindings, std::uint32_t d, std::uint32_t shape, std::uint32_t offset) {
  auto count = static_cast<std::uint32_t>(bindings.size());
  std::uint32_t first = new_registers(count);
  for (std::uint32_t i = 0; i < count; ++i) emit(Op::Move, first + i, bindings[i].word, 0, 0, offset);
  emit(Op::Overrides, d, shape, first, 0, offset);
}

// Whether the words of a set are to be made when they are asked for: many would be made at once, of few others.
bool Generator::may_be_delayed(const IrGroup& group, const Bindings& bindings) const {
  constexpr std::uint32_t kKeptPart = 4;
  if (group.count < kLeastDelayedWords || group.flags != 0 || group.dynamic_count != 0 || !shares_ || keeps_thunks_) return false;
  std::uint32_t functions = 0, kept = 0;
  std::unordered_set<Place> captured;
  for (const Binding& b : bindings) {
    IrKind kind = kind_at(b.node);
    if (is_function(kind)) {
      IrChild function(at(b.node));
      ++functions;
      for (std::uint32_t k = 0; k < function.capture_count; ++k) captured.insert(read_place(function.captures));
    } else if (!is_operand(b.node) || kind == IrKind::Local || kind == IrKind::Captured) {
      ++kept;
    }
  }
  return functions >= kLeastDelayedWords && kept + captured.size() <= group.count / kKeptPart;
}

void Generator::delayed_set(const IrGroup& group, Bindings& bindings, std::uint32_t d, std::uint32_t offset) {
  sources(group);
  Small<Operand> kept;
  std::unordered_map<Operand, Operand> places;
  auto keep = [&](Operand word) {
    if (is_of(word, kConstant)) return word;
    auto [place, is_new] = places.try_emplace(word, kRegister | static_cast<Operand>(kept.size()));
    if (is_new) kept.push_back(word);
    return place->second;
  };
  for (Binding& b : bindings) {
    Small<Operand> part;
    if (is_function(kind_at(b.node))) {
      std::uint32_t made = sharing_child(at(b.node)), from = captured_words(made);
      part.push_back(made + 1);
      for (std::uint32_t k = 0; k < children_[made].words; ++k) part.push_back(keep(operands_[from + k]));
      operands_.resize(from);
    } else {
      part.push_back(0);
      part.push_back(keep(word(b.node)));
    }
    b.word = operand_list(part);
  }
  std::uint32_t shape = shape_of(bindings);
  Small<Operand> recipe{static_cast<Operand>(&code_ - code_table), static_cast<Operand>(kept.size())};
  recipe.insert(recipe.end(), kept.begin(), kept.end());
  for (const Binding& b : bindings) recipe.push_back(b.word);
  emit(Op::MakeLiteralSet, d, shape, operand_list(recipe), 0, offset);
}

void Generator::set(const IrNode& node, std::uint32_t d) {
  IrGroup group(node.rest);
  Bindings bindings;
  IrReader dynamic = bindings_of(group, bindings);
  if (may_be_delayed(group, bindings)) return delayed_set(group, bindings, d, node.offset);
  group_words(group, bindings);
  std::uint32_t shape = shape_of(bindings);
  auto first = static_cast<std::uint32_t>(operands_.size());
  for (const Binding& b : bindings) operands_.push_back(b.word);
  emit(Op::MakeSet, d, shape, first, 0, node.offset);
  if (group.flags & kHasOverrides) overrides(bindings, d, shape, node.offset);
  for (std::uint32_t i = 0; i < group.dynamic_count; ++i) {
    std::uint32_t mark = next_register_;
    std::uint32_t name = new_registers(1);
    forced_into(dynamic.number(), name);
    std::uint32_t offset = function_.offset + dynamic.number();
    Operand value = word(dynamic.number());
    emit(Op::AddDynamic, d, kRegister | name, value, 0, offset);
    next_register_ = mark;
  }
}

void Generator::formals() {
  formals_ = ir_.formals(function_);
  std::uint32_t base = function_.arity;
  auto count = static_cast<std::uint32_t>(formals_.size());
  emit(Op::BindFormals, base, kRegister | 0, count, 0, function_.offset);
  Small<Pending> pending;
  for (std::uint32_t i = 0; i < count; ++i) {
    const IrFormal& formal = formals_[i];
    if (formal.fallback == kNone) continue;
    if (is_function(kind_at(formal.fallback))) {
      std::uint32_t temporary = new_registers(1);
      std::uint32_t made = sharing_child(at(formal.fallback));
      emit(Op::DefaultAllocate, base + i, made, temporary, 0, formal.offset);
      pending.push_back({temporary, made});
    } else {
      emit(Op::DefaultMove, base + i, word(formal.fallback), 0, 0, formal.offset);
    }
  }
  for (const Pending& p : pending)
    emit(Op::DefaultFill, p.place, 0, captured_words(p.child), children_[p.child].words, children_[p.child].offset);
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
  BodyRoom room(sizeof(Body) + sites_.size() * sizeof(Site) + bytes_of(instructions_, constants_, operands_, shapes_, offsets_, formals_));
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
  body->formal_list = {room.copy_of(formals_), formals_.size()};
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
bool Generator::is_the_file(const Child& child) const {
  if (code_.function != ir_.file_function || child.arity != 1) return false;
  IrNode node = at(function_.body);
  while (node.kind == IrKind::Let || node.kind == IrKind::Assert) node = at(node.kind == IrKind::Let ? node.a : node.b);
  return node.kind == IrKind::Lambda && node.a == child.function;
}

// Of an edited file all leaves are those of its last version.
void Generator::define_child(std::uint32_t number, const Child& child) {
  std::uint32_t function = child.function;
  SourceFiles& files = vm_.program().files;
  const SourceFile& file = files[code_.file];
  auto edited = child.leaf == kLeaf ? file.last_leaves.find(function) : file.last_leaves.end();
  if (edited == file.last_leaves.end()) {
    define_code(number, code_.file, function, child);
    code_table[number].is_file = is_the_file(child);
    code_table[number].captures = static_cast<std::uint16_t>(child.words);
    if (child.captured) vm_.program().captured.emplace(number, child.captured);
    return;
  }
  define_code(number, file.last_version, edited->second, files[file.last_version].ir->function(edited->second));
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
