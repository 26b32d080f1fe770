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

Generator::Room& Generator::Room::of_thread() {
  static thread_local Room room;
  return room;
}

void Generator::Room::clear() {
  instructions.clear();
  sites.clear();
  operands.clear();
  shapes.clear();
  children.clear();
}

Generator::Generator(Vm& vm, const Code& code)
    : vm_(vm), code_(code), file_(vm.program().files[code.file]), ir_(vm.program().files.ir_of(code.file)),
      function_(ir_.function(code.function)), room_(Room::of_thread()) {
  next_register_ = registers_ = function_.slots;
  // An outer closure stands for several words.
  if (code.captures != function_.capture_count) {
    auto& unmade = vm.program().captured;
    auto found = unmade.find(static_cast<std::uint32_t>(&code - code_table));
    captured_ = found->second;
    unmade.erase(found);
  }
  if (function_.arity > 0 && code.captures >= kFewestShared && shares()) self_ = new_registers(1);
}

// Makes a jump lead to the next instruction.
void Generator::patch(std::uint32_t instruction) {
  Instruction& i = room_.instructions[instruction].instruction;
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

// Lets them lead to the next instruction.
void Generator::jump_here(const Small<std::uint32_t>& sites) {
  for (std::uint32_t s : sites) room_.sites[s].target = here();
}

std::uint32_t Generator::captured_words(std::uint32_t made, const IrChild& function) {
  std::uint32_t first = room_.operands.size(), count = function.capture_count;
  IrReader places = function.captures;
  Operand* words = room_.operands.extend(count);
  for (std::uint32_t i = 0; i < count; ++i) words[i] = operand_at(places);
  if ((self_ == 0 && !captured_) || count < kFewestShared || !shares()) return first;
  std::uint32_t own = 0, outer = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    own += is_of(words[i], kCapture);
    outer += is_of(words[i], kOuter);
  }
  if (self_ == 0) own = 0;
  if (std::max(own, outer) >= kFewestShared) share_words(room_.children[made], first, own > outer);
  return first;
}

// Where a child captures several words of the closure that runs, or of the one around it, its objects hold that closure
// instead. It keeps alive what they alone would not; a closure's words are mostly there to stay. Thunks cannot be shared so,
// since they let go of their words.
void Generator::share_words(Child& made, std::uint32_t first, bool own) {
  Operand shared = own ? kCapture : kOuter;
  Small<Operand> words(room_.operands.begin() + first, room_.operands.end());
  auto* captured = static_cast<Operand*>(allocate_permanent(words.size() * sizeof(Operand)));
  room_.operands.shrink(first);
  room_.operands.add(own ? kRegister | self_ : kCapture | 0);
  for (std::size_t i = 0; i < words.size(); ++i)
    captured[i] = is_of(words[i], shared) ? kOuter | (words[i] & kOperandMask) : kCapture | (room_.operands.add(words[i]) - first);
  uses_self_ |= own;
  made.words = room_.operands.size() - first;
  made.captured = captured;
}

// `x.a.b` as a word: often what it stands for is already there, and needs no thunk.
void Generator::lazy_select(std::uint32_t made, const IrChild& function, std::uint32_t d, std::uint32_t offset) {
  std::uint32_t words = captured_words(made, function);
  IrReader path = function.captures;
  path.number();  // the place of the captured word
  std::uint32_t count = path.number();
  room_.operands.add(count);
  for (std::uint32_t i = 0; i < count; ++i) room_.operands.add(site(ir_.names[path.number()].id));
  emit(Op::LazySelect, d, made, words, 0, offset);
}

void Generator::make(const IrChild& function, std::uint32_t d, std::uint32_t offset) {
  std::uint32_t made = child(function);
  bool may_be_value = function.arity == 0 && !keeps_thunks_ && function.leaf != kLeaf;
  if (may_be_value && function.is_lazy_select) return lazy_select(made, function, d, offset);
  // Most of what is made runs soon.
  ir_.prefetch(function.function);
  std::uint32_t words = captured_words(made, function);
  if (may_be_value && function.worth != Worth::None) {
    emit(Op::LazyCompute, d, made, words, function.worth == Worth::Later, offset);
  } else {
    emit(function.arity > 0 ? Op::MakeClosure : Op::MakeThunk, d, made, words, room_.children[made].words, offset);
  }
}

static bool is_function(IrKind kind) { return kind == IrKind::Lambda || kind == IrKind::Thunk; }

// As many as there are in the group.
IrReader Generator::bindings_of(const IrGroup& group, Bindings& bindings) const {
  IrReader in = group.bindings;
  for (Binding& b : bindings) {
    b.name = ir_.names[in.number()];
    b.offset = function_.offset + in.number();
    b.node = in.number();
  }
  return in;
}

void Generator::sources(const IrGroup& group) {
  IrReader in = group.sources;
  for (std::uint32_t i = 0; i < group.source_count; ++i) {
    std::uint32_t slot = in.number();
    word_into(at(in.number()), slot);
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

// Gives objects that were allocated before their words.
void Generator::fill(Op op, const Small<Pending>& pending) {
  for (const Pending& p : pending) {
    IrNode node = at(p.node);
    std::uint32_t words = captured_words(p.child, IrChild(node));
    emit(op, p.place, 0, words, room_.children[p.child].words, node.offset);
  }
}

// Words of bindings that see each other: objects that capture others of the group are allocated first and filled last.
void Generator::recursive_words(const IrGroup& group, Bindings& bindings) {
  bool outer = std::exchange(keeps_thunks_, bool(group.flags & kHasOverrides));
  Small<Pending> pending;
  auto place = [&](std::uint32_t id, std::uint32_t slot) {
    IrNode node = at(id);
    if (!is_function(node.kind)) return word_into(node, slot);
    IrChild function(node);
    if (!uses_slots(function, group)) return make(function, slot, node.offset);
    std::uint32_t made = child(function);
    ir_.prefetch(function.function);
    emit(Op::Allocate, slot, made, 0, 0, node.offset);
    pending.push_back({slot, made, id});
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
  fill(Op::Fill, pending);
  keeps_thunks_ = outer;
}

// The words of bindings, each of which becomes an operand.
void Generator::group_words(const IrGroup& group, Bindings& bindings) {
  if (group.flags & kRecursive) return recursive_words(group, bindings);
  sources(group);
  for (Binding& b : bindings) b.word = word(b.node);
}

// The shape of bindings, which it puts in the order of the shape. `names`: theirs.
std::uint32_t Generator::shape_of(Bindings& bindings, FixedArray<Symbol>& names) {
  auto count = static_cast<std::uint32_t>(bindings.size());
  if (!std::ranges::is_sorted(names)) {
    std::ranges::sort(bindings, {}, [](const Binding& b) { return b.name; });
    std::ranges::sort(names);
  }
  FixedArray<Position> positions(count);
  for (std::uint32_t i = 0; i < count; ++i) positions[i] = {code_.file, bindings[i].offset};
  return room_.shapes.add({{number_names(names.data(), count), literal_positions(positions.data(), count)}, count});
}

// The words of a set with that shape go into registers.
void Generator::overrides(const Bindings& bindings, std::uint32_t d, std::uint32_t shape, std::uint32_t offset) {
  auto count = static_cast<std::uint32_t>(bindings.size());
  std::uint32_t first = new_registers(count);
  for (std::uint32_t i = 0; i < count; ++i) emit(Op::Move, first + i, bindings[i].word, 0, 0, offset);
  emit(Op::Overrides, d, shape, first, 0, offset);
}

// Whether the words of a set are to be made when they are asked for: many would be made at once, of few others.
bool Generator::delays_words(const IrGroup& group, const Bindings& bindings) const {
  constexpr std::uint32_t kKeptPart = 4;
  if (group.flags != 0 || group.dynamic_count != 0 || !shares() || keeps_thunks_) return false;
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

void Generator::delayed_set(const IrGroup& group, Bindings& bindings, FixedArray<Symbol>& names, std::uint32_t d, std::uint32_t offset) {
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
      IrChild function(at(b.node));
      std::uint32_t made = child(function), from = captured_words(made, function);
      part.push_back(made + 1);
      for (std::uint32_t k = 0; k < room_.children[made].words; ++k) part.push_back(keep(room_.operands[from + k]));
      room_.operands.shrink(from);
    } else {
      part.push_back(0);
      part.push_back(keep(word(b.node)));
    }
    b.word = operand_list(part);
  }
  std::uint32_t shape = shape_of(bindings, names);
  Small<Operand> recipe{static_cast<Operand>(&code_ - code_table), static_cast<Operand>(kept.size())};
  recipe.insert(recipe.end(), kept.begin(), kept.end());
  for (const Binding& b : bindings) recipe.push_back(b.word);
  emit(Op::MakeLiteralSet, d, shape, operand_list(recipe), 0, offset);
}

void Generator::set(const IrNode& node, std::uint32_t d) {
  IrGroup group(node.rest);
  Bindings bindings(group.count);
  IrReader dynamic = bindings_of(group, bindings);
  FixedArray<Symbol> names(group.count);
  for (std::uint32_t i = 0; i < group.count; ++i) names[i] = bindings[i].name;
  if (group.count >= kLeastDelayedWords && delays_words(group, bindings)) return delayed_set(group, bindings, names, d, node.offset);
  prefetch_names(names.data(), group.count);  // mostly sorted already
  group_words(group, bindings);
  std::uint32_t shape = shape_of(bindings, names);
  std::uint32_t first = room_.operands.size();
  for (const Binding& b : bindings) room_.operands.add(b.word);
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
      std::uint32_t made = child(IrChild(at(formal.fallback)));
      emit(Op::DefaultAllocate, base + i, made, temporary, 0, formal.offset);
      pending.push_back({temporary, made, formal.fallback});
    } else {
      emit(Op::DefaultMove, base + i, word(formal.fallback), 0, 0, formal.offset);
    }
  }
  fill(Op::DefaultFill, pending);
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
    std::size_t i = 0;
    for (const T& item : items) copy[i++] = item;
    return copy;
  }

 private:
  char* next_;
};

template <class... Items>
static std::size_t bytes_of(const Items&... items) {
  return (BodyRoom::bytes_of<typename Items::value_type>(items.size()) + ...);
}

// Most parts have a few items, which take less time one by one than by a call for all.
__attribute__((no_builtin("memcpy", "memmove"))) Body* Generator::finish() {
  // First, since what is written before it would have to arrive.
  std::uint32_t first_child = room_.children.size() > 0 ? add_codes(room_.children.size()) : 0;
  std::size_t count = room_.instructions.size();
  BodyRoom room(sizeof(Body) + count * (sizeof(Instruction) + sizeof(std::uint32_t)) + 7 + room_.sites.size() * sizeof(Site) +
                bytes_of(constants_, room_.operands, room_.shapes, formals_));
  auto* body = new (room.take<Body>(1)) Body;
  auto* instructions = room.take<Instruction>(count);
  body->constants = room.copy_of(constants_);
  body->operands = room.copy_of(room_.operands);
  body->shapes = room.copy_of(room_.shapes);
  auto* offsets = room.take<std::uint32_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    instructions[i] = room_.instructions[i].instruction;
    offsets[i] = room_.instructions[i].offset;
  }
  body->instructions = instructions;
  body->offsets = offsets;
  body->registers = registers_;
  body->frame_pairs = (registers_ + 1) / 2;
  body->instruction_count = here();
  body->constant_count = static_cast<std::uint32_t>(constants_.size());
  body->formal_list = {room.copy_of(formals_), formals_.size()};
  body->captured = captured_;
  set_heat(code_, code_.is_leaf || code_.is_file ? 0 : vm_.native_heat);
  body->sites = room.take<Site>(room_.sites.size());
  for (std::size_t i = 0; i < room_.sites.size(); ++i) {
    auto* made = new (&body->sites[i]) Site;
    made->name = {room_.sites[i].name};
    made->target = room_.sites[i].target;
  }
  body->first_child = first_child;
  define_children(first_child);
  body->is_early = !file_.shows_delays && may_compute_early(*body);
  return body;
}

// The function of one parameter that the file is, behind what it binds first; kNone where it is none.
std::uint32_t Generator::function_of_file() const {
  if (code_.function != ir_.file_function) return kNone;
  IrNode node = at(function_.body);
  while (node.kind == IrKind::Let || node.kind == IrKind::Assert) node = at(node.kind == IrKind::Let ? node.a : node.b);
  return node.kind == IrKind::Lambda && IrChild(node).arity == 1 ? node.a : kNone;
}

// Of an edited file all leaves are those of its last version.
void Generator::define_children(std::uint32_t first) {
  std::uint32_t of_file = function_of_file();
  for (const Child& child : room_.children) {
    std::uint32_t number = first++;
    if (child.traits.leaf == kLeaf) [[unlikely]] {
      auto edited = file_.last_leaves.find(child.function);
      if (edited != file_.last_leaves.end()) {
        define_code(number, file_.last_version, edited->second, vm_.program().files[file_.last_version].ir->function(edited->second));
        continue;
      }
    }
    IrTraits traits = child.traits;
    traits.capture_count = static_cast<std::uint16_t>(child.words);
    define_code(number, code_.file, child.function, traits, child.function == of_file);
    if (child.captured) vm_.program().captured.emplace(number, child.captured);
  }
}

// The instruction that the objects made later need stands first.
void Generator::insert_self() {
  emit(Op::Self, self_, 0, 0, 0, function_.offset);
  std::rotate(room_.instructions.begin(), room_.instructions.end() - 1, room_.instructions.end());
  for (Emitted& emitted : room_.instructions) {
    Instruction& i = emitted.instruction;
    if (i.op == Op::Jump) ++i.a;
    else if (i.op == Op::JumpFalse || i.op == Op::JumpTrue) ++i.b;
    else if (i.op == Op::TrySelect) ++room_.sites[i.b].target;
    else if (i.op == Op::TrySelectDynamic) ++room_.sites[i.n].target;
  }
}

const Body* Generator::generate() {
  room_.clear();
  if (function_.has_pattern) formals();
  tail(function_.body);
  if (uses_self_) insert_self();
  return finish();
}

const Body* generate(Vm& vm, const Code& code) {
  vm.program().files.ir_of(code.file).prefetch_now(code.function);
  Vm::Depth level(vm);
  // What is written below arrives while the code runs: to give a lock back would be to wait for it.
  std::unique_lock<base::LightMutex> lock;
  if (!vm.is_alone()) lock = lock_away(vm.program().generating);
  if (const Body* made = body_if_made(code)) return made;
  const Body* body = Generator(vm, code).generate();
  __atomic_store_n(&const_cast<Code&>(code).body, body, __ATOMIC_RELEASE);
  vm.program().bodies.push_back(body);
  count_function_read();
  return body;
}

}  // namespace evalctl::evaluator
