#include "evaluator/operations.h"

#include <algorithm>

#include "base/files.h"
#include "evaluator/name_order.h"
#include "evaluator/normal_form.h"
#include "evaluator/permanent.h"
#include "evaluator/shape.h"

namespace evalctl::evaluator {
namespace {

// Marks operand `part` as the one at fault. Returns no value.
Value blame(Vm& vm, int part) {
  if (vm.error && vm.error->position.file == 0 && vm.error->frames.empty()) vm.error->part = part;
  return {};
}

double number(Value v) { return v.is(Kind::Float) ? v.floating() : static_cast<double>(v.integer()); }

bool both_integers(Value a, Value b) { return a.is(Kind::Integer) && b.is(Kind::Integer); }

// True when both are numbers; fails otherwise.
bool both_numbers(Vm& vm, Value a, Value b) {
  for (Value v : {a, b}) {
    if (v.is(Kind::Integer) || v.is(Kind::Float)) continue;
    vm.fail_expected("an integer", v);
    blame(vm, v == a ? 0 : 1);
    return false;
  }
  return true;
}

const Symbol* name_symbol(Vm& vm, Value name, Symbol& storage) {
  const StringObject* text = vm.force_string_no_context(name, "the name of an attribute");
  if (!text) return nullptr;
  storage = symbol_of(text);
  return &storage;
}

// The target of a selection.
Value no_set(Vm& vm, Value found) {
  vm.fail_expected("a set", found);
  return blame(vm, 0);
}

std::vector<Symbol> names_of(AttrsObject* attrs) {
  std::vector<Symbol> names;
  for (const Attr& a : attributes(attrs)) names.push_back(a.name);
  return names;
}

Value missing_attribute(Vm& vm, AttrsObject* attrs, Symbol name) {
  return vm.fail_name(ErrorKind::MissingAttribute, fmt::format("attribute '{}' missing", name_as_written(name)), name, names_of(attrs));
}

std::string function_name(Vm& vm, const Code& code) {
  Symbol name = name_of(vm, code);
  return name.id ? fmt::format("'{}'", text_of(name)) : std::string("'anonymous lambda'");
}

// The plan for sets of this shape; null where there is none yet.
const FormalPlan* plan_for(const Body& body, AttrsObject* attrs) {
  const FormalPlan* plan = body.formals.load(std::memory_order_acquire);
  return plan && plan->shape == shape_number(attrs) ? plan : nullptr;
}

void remember_plan(const Body& body, AttrsObject* attrs, std::span<const IrFormal> formals) {
  std::uint32_t shape = shape_number(attrs);
  // Most functions of one argument see a shape only once.
  if (body.missed_shape.exchange(shape, std::memory_order_relaxed) != shape) return;
  auto* plan = static_cast<FormalPlan*>(allocate_permanent(sizeof(FormalPlan) + formals.size() * sizeof(std::uint32_t)));
  plan->shape = shape;
  for (std::size_t i = 0; i < formals.size(); ++i) plan->places[i] = known_place(attrs, shape, formals[i].name);
  body.formals.store(plan, std::memory_order_release);
}

bool check_unexpected(Vm& vm, const Code& code, AttrsObject* attrs, std::span<const IrFormal> formals) {
  return visit_in_order(vm, attrs, [&](const Attr& a) {
    bool known = std::any_of(formals.begin(), formals.end(), [&](const IrFormal& f) { return f.name == a.name; });
    if (known) return true;
    std::vector<Symbol> right;
    for (const IrFormal& f : formals) right.push_back(f.name);
    vm.fail_name(ErrorKind::UnexpectedArgument,
                 fmt::format("function {} called with unexpected argument '{}'", function_name(vm, code), name_as_written(a.name)), a.name,
                 std::move(right), position_of(vm, code));
    return false;
  });
}

// The first one that is missing, where the order of their names is known.
Value missing_argument(Vm& vm, const Code& code, AttrsObject* attrs, std::span<const IrFormal> formals) {
  const IrFormal* first = nullptr;
  bool ordered = std::ranges::all_of(formals, [&](const IrFormal& f) { return is_ordered(vm, f.name); });
  for (const IrFormal& f : formals) {
    if (f.fallback != kNone || find(attrs, f.name)) continue;
    if (!first || (ordered && f.name < first->name)) first = &f;
  }
  return vm.fail_name(ErrorKind::MissingArgument,
                      fmt::format("function {} called without required argument '{}'", function_name(vm, code), name_as_written(first->name)),
                      first->name, names_of(attrs), position_of(vm, code));
}

}  // namespace

// Of a site that has seen another shape the last time. Null when there is no such name.
[[gnu::noinline]] static Value* find_again(AttrsObject* attrs, const Site& site, std::uint32_t shape) {
  std::uint32_t place = known_place(attrs, shape, site.name);
  site.cache.store(std::uint64_t{shape} << 32 | place, std::memory_order_relaxed);
  return place == kNoPlace ? nullptr : word_at(attrs, place);
}

// The word of the attribute; null when there is none.
static inline Value* cached_word(AttrsObject* attrs, const Site& site) {
  std::uint32_t shape = shape_number(attrs);
  std::uint64_t cached = site.cache.load(std::memory_order_relaxed);
  if (cached >> 32 != shape) return find_again(attrs, site, shape);
  auto place = static_cast<std::uint32_t>(cached);
  return place == kNoPlace ? nullptr : word_at(attrs, place);
}

Attr find_cached(AttrsObject* attrs, const Site& site) { return {site.name, cached_word(attrs, site), {}, 0}; }

bool bind_formals(Vm& vm, const Code& code, const Body& body, Value argument, Value* words) {
  AttrsObject* attrs = vm.force_attrs(argument, "the argument of a function");
  if (!attrs) return false;
  std::span<const IrFormal> formals = formals_of(vm, code);
  if (const FormalPlan* plan = plan_for(body, attrs)) {
    for (std::size_t i = 0; i < formals.size(); ++i)
      words[i] = plan->places[i] == kNoPlace ? Value() : *word_at(attrs, plan->places[i]);
    return true;
  }
  std::uint32_t used = 0;
  for (std::size_t i = 0; i < formals.size(); ++i) {
    const IrFormal& formal = formals[i];
    words[i] = Value();
    if (Value* given = known_word(attrs, formal.name)) {
      words[i] = *given;
      ++used;
    } else if (formal.fallback == kNone) {
      return bool(missing_argument(vm, code, attrs, formals));
    }
  }
  if (!code.ellipsis && used != attrs->count() && !check_unexpected(vm, code, attrs, formals)) return false;
  remember_plan(body, attrs, formals);
  return true;
}

void expected_bool(Vm& vm, Value found) {
  vm.fail_expected("a Boolean", found);
  blame(vm, 0);
}

Value add(Vm& vm, Value a, Value b) {
  if (both_integers(a, b)) {
    std::int64_t sum;
    if (__builtin_add_overflow(a.integer(), b.integer(), &sum))
      return vm.fail_as(ErrorKind::Overflow, "integer overflow in adding {} + {}", a.integer(), b.integer());
    return vm.integer(sum);
  }
  if (a.is(Kind::Integer) || a.is(Kind::Float)) {
    if (!b.is(Kind::Integer) && !b.is(Kind::Float)) {
      vm.fail_type("cannot add {} to {}", Vm::describe_type(b), Vm::describe_type(a));
      return blame(vm, 1);
    }
    return vm.floating(number(a) + number(b));
  }
  Value parts[2] = {a, b};
  if (a.is(Kind::Path)) return concat_path(vm, parts, 2);
  return concat_strings(vm, parts, 2, a.is(Kind::String));
}

static bool is_addend(Value v) { return v.is(Kind::String) || v.is(Kind::Integer) || v.is(Kind::Float) || v.is(Kind::Path); }

Value coerce_left(Vm& vm, Value a) {
  if (is_addend(a)) return a;
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(a, text, context, false, false)) return blame(vm, 0);
  AttrsBuilder attrs(1);
  attrs.add(vm.symbols.out_path, vm.string(text, context));
  return attrs.build(vm);
}

Value add_words(Vm& vm, Value a, Value& b) {
  if (!is_addend(a) && Value::read_word(b).is_thunk()) [[unlikely]] a = coerce_left(vm, a);
  if (!a) return {};
  NIX_TRY(right, vm.force_slot(b));
  return add(vm, a, right);
}

Value coerce_part(Vm& vm, Value v, std::uint32_t part, bool path) {
  if (v.is(Kind::String)) return v;
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(v, text, context, false, !path)) return path ? Value() : blame(vm, static_cast<int>(part));
  return vm.string(text, context);
}

Value subtract(Vm& vm, Value a, Value b) {
  if (!both_numbers(vm, a, b)) return {};
  if (!both_integers(a, b)) return vm.floating(number(a) - number(b));
  std::int64_t difference;
  if (__builtin_sub_overflow(a.integer(), b.integer(), &difference))
    return vm.fail_as(ErrorKind::Overflow, "integer overflow in subtracting {} - {}", a.integer(), b.integer());
  return vm.integer(difference);
}

Value multiply(Vm& vm, Value a, Value b) {
  if (!both_numbers(vm, a, b)) return {};
  if (!both_integers(a, b)) return vm.floating(number(a) * number(b));
  std::int64_t product;
  if (__builtin_mul_overflow(a.integer(), b.integer(), &product))
    return vm.fail_as(ErrorKind::Overflow, "integer overflow in multiplying {} * {}", a.integer(), b.integer());
  return vm.integer(product);
}

Value divide(Vm& vm, Value a, Value b) {
  if (!both_numbers(vm, a, b)) return {};
  if (number(b) == 0) {
    vm.fail_as(ErrorKind::DivisionByZero, "division by zero");
    return blame(vm, 1);
  }
  if (!both_integers(a, b)) return vm.floating(number(a) / number(b));
  if (a.integer() == INT64_MIN && b.integer() == -1)
    return vm.fail_as(ErrorKind::Overflow, "integer overflow in dividing {} / {}", a.integer(), b.integer());
  return vm.integer(a.integer() / b.integer());
}

// Copies the items of a joined list, whose sides may be joined themselves.
static void copy_joined(ListObject* joined, Value* to) {
  boost::container::small_vector<ListObject*, 64> rest{joined};
  while (!rest.empty()) {
    ListObject* list = rest.back();
    rest.pop_back();
    while (list->joined()) {
      Value left = Value::read_word(list->items[ListObject::kLeft]), right = Value::read_word(list->items[ListObject::kRight]);
      // Last, since the sides go when it is there.
      if (Value flat = Value::read_word(list->items[ListObject::kFlat])) {
        list = static_cast<ListObject*>(flat.object());
      } else {
        rest.push_back(static_cast<ListObject*>(right.object()));
        list = static_cast<ListObject*>(left.object());
      }
    }
    for (std::uint32_t i = 0; i < list->size; ++i) *to++ = Value::read_word(list->items[i]);
  }
}

// Of several threads the first one's list stays.
[[gnu::noinline]] ListObject* flat_list(ListObject* joined) {
  Value& flat = joined->items[ListObject::kFlat];
  if (!Value::read_word(flat)) {
    Vm& vm = *current_vm;
    // Nobody who asks for an item can fail.
    ListObject* made = vm.begin_list(vm.heap.allocate_anyway(sizeof(ListObject) + joined->size * sizeof(Value)), joined->size);
    copy_joined(joined, made->items);
    Value::set_empty_word(flat, Value(made));
    vm.heap.keep_for(joined, Value::read_word(flat));
    Value::replace_word(joined->items[ListObject::kLeft], Value());
    Value::replace_word(joined->items[ListObject::kRight], Value());
  }
  return static_cast<ListObject*>(Value::read_word(flat).object());
}

// Who appends to a list again and again would copy with its square. Few items take less time to copy; and what is too large for memory has to end
// as such.
static bool is_worth_joining(Vm& vm, std::size_t size) {
  constexpr std::size_t kLeast = 64, kMost = std::size_t{1} << 24, kPartOfLimit = 8;
  return size >= kLeast && size <= kMost && (vm.heap.limit() == 0 || size <= vm.heap.limit() / kPartOfLimit / sizeof(Value));
}

static Value join_lists(Vm& vm, Value left, Value right, std::size_t size) {
  ListObject* joined = vm.new_list(ListObject::kJoinedWords);
  joined->extra = 1;
  joined->size = static_cast<std::uint32_t>(size);
  joined->items[ListObject::kLeft] = left;
  joined->items[ListObject::kRight] = right;
  return Value(joined);
}

// For smaller ones there always is memory, or the process ends.
constexpr std::size_t kLargeObject = base::kAskedFor / 2;

static Value copy_lists(Vm& vm, ListObject* left, ListObject* right) {
  ListObject* result = vm.new_list(std::size_t{left->size} + right->size);
  std::copy(left->items, left->items + left->size, result->items);
  std::copy(right->items, right->items + right->size, result->items + left->size);
  return Value(static_cast<Object*>(result));
}

[[gnu::noinline]] static Value copy_large_lists(Vm& vm, ListObject* left, ListObject* right) try {
  std::size_t size = std::size_t{left->size} + right->size;
  return size <= UINT32_MAX ? copy_lists(vm, left, right) : vm.fail_other("cannot create list of size {}", size);
} catch (const std::bad_alloc& why) {
  return vm.out_of_memory(why);
}

Value concat_lists(Vm& vm, Value a, Value b) {
  if (!a.is(Kind::List) || !b.is(Kind::List)) [[unlikely]] {
    bool is_left = !a.is(Kind::List);
    vm.force_list(is_left ? a : b);
    return blame(vm, is_left ? 0 : 1);
  }
  std::size_t size = std::size_t{a.object()->size} + b.object()->size;
  if (a.object()->size == 0) return b;
  if (b.object()->size == 0) return a;
  if (is_worth_joining(vm, size)) return join_lists(vm, a, b, size);
  return size < kLargeObject / sizeof(Value) ? copy_lists(vm, as_list(a), as_list(b)) : copy_large_lists(vm, as_list(a), as_list(b));
}

Value check_right_set(Vm& vm, Value b) {
  if (b.is(Kind::Attrs)) [[likely]] return b;
  vm.force_attrs(b);
  return blame(vm, 1);
}

Value update_words(Vm& vm, Value& a, Value b) {
  if (!b.is(Kind::Attrs)) [[unlikely]] return check_right_set(vm, b);
  NIX_TRY(left, vm.force_slot(a));
  if (left.is(Kind::Attrs)) [[likely]] return update(vm, left, b);
  vm.force_attrs(left);
  return blame(vm, 0);
}

static Value copy_strings(Vm& vm, const Value* parts, std::uint32_t count, std::size_t length, const Context* context) {
  StringObject* joined = vm.new_string(length, context);
  char* end = joined->bytes;
  for (std::uint32_t i = 0; i < count; ++i) end = std::ranges::copy(as_string(parts[i])->view(), end).out;
  return Value(joined);
}

[[gnu::noinline]] static Value copy_large_strings(Vm& vm, const Value* parts, std::uint32_t count, std::size_t length, const Context* context) try {
  return copy_strings(vm, parts, count, length, context);
} catch (const std::bad_alloc& why) {
  return vm.out_of_memory(why);
}

// Joins parts that are nothing but strings, which it evaluates one after the other; kOther at the first that is not.
static constexpr Value kOther{std::uint64_t{0x04}};
static Value join_strings(Vm& vm, Value* parts, std::uint32_t count) {
  std::size_t length = 0;
  const Context* context = nullptr;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (parts[i].is_thunk()) {
      Vm::Depth level(vm);
      if (!level || !vm.force_slot(parts[i])) return blame(vm, static_cast<int>(i));
    }
    if (!parts[i].is(Kind::String)) return kOther;
    length += as_string(parts[i])->size;
    context = merge(context, as_string(parts[i])->context);
  }
  if (length >= UINT32_MAX) return vm.fail_string_length(length);
  // Strings of one byte are made elsewhere.
  if (length < 2) return kOther;
  return length < kLargeObject ? copy_strings(vm, parts, count, length, context) : copy_large_strings(vm, parts, count, length, context);
}

[[gnu::noinline]] static Value concat_coerced(Vm& vm, Value* parts, std::uint32_t count, bool copy) try {
  std::string text;
  const Context* context = nullptr;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!vm.coerce_to_string(parts[i], text, context, false, copy)) return blame(vm, static_cast<int>(i));
  return vm.string(text, context);
} catch (const std::bad_alloc& why) {
  return vm.out_of_memory(why);
}

Value concat_strings(Vm& vm, Value* parts, std::uint32_t count, bool copy) {
  Value joined = join_strings(vm, parts, count);
  return joined != kOther ? joined : concat_coerced(vm, parts, count, copy);
}

Value concat_path(Vm& vm, Value* parts, std::uint32_t count) try {
  std::string text;
  const Context* context = nullptr;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!vm.coerce_to_string(parts[i], text, context, false, false)) return {};
  if (context) return vm.fail_type("a string that refers to a store path cannot be appended to a path");
  if (text.size() >= UINT32_MAX) return vm.fail_string_length(text.size());
  return vm.path(canonical_path(text));
} catch (const std::bad_alloc& why) {
  return vm.out_of_memory(why);
}

Value select(Vm& vm, Value forced, const Site& site) {
  ++vm.statistics.lookups;
  return select_uncounted(vm, forced, site);
}

Value select_uncounted(Vm& vm, Value forced, const Site& site) {
  if (!forced.is(Kind::Attrs)) return no_set(vm, forced);
  Value* word = cached_word(as_attrs(forced), site);
  return word ? vm.force_slot(*word) : missing_attribute(vm, as_attrs(forced), site.name);
}

Value select_dynamic(Vm& vm, Value forced, Value name) {
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  if (!forced.is(Kind::Attrs)) return no_set(vm, forced);
  Value* word = known_word(as_attrs(forced), symbol);
  return word ? vm.force_slot(*word) : missing_attribute(vm, as_attrs(forced), symbol);
}

Value try_select(Vm& vm, Value set, const Site& site, bool& missing) {
  Value* word = set.is(Kind::Attrs) ? cached_word(as_attrs(set), site) : nullptr;
  missing = !word;
  return word ? vm.force_slot(*word) : Value();
}

Value try_select_dynamic(Vm& vm, Value set, Value name, bool& missing) {
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  Value* word = set.is(Kind::Attrs) ? known_word(as_attrs(set), symbol) : nullptr;
  missing = !word;
  return word ? vm.force_slot(*word) : Value();
}

Value has_dynamic(Vm& vm, Value set, Value name) {
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  return Value::boolean(set.is(Kind::Attrs) && known_place(as_attrs(set), shape_number(as_attrs(set)), symbol) != kNoPlace);
}

static Value add_to_layers(Vm& vm, AttrsObject* attrs, Symbol name, Value word, Position position) {
  AttrsBuilder builder(attrs->count() + 1);
  for (const Attr& a : attributes(attrs)) builder.add(a.name, *a.slot, a.position());
  builder.add(name, word, position);
  return builder.build(vm);
}

Value add_dynamic(Vm& vm, Value set, Value name, Value word, Position position) {
  if (name.is_null()) return set;
  Symbol symbol;
  if (!name_symbol(vm, name, symbol)) return {};
  AttrsObject* attrs = as_attrs(set);
  if (Attr known = find(attrs, symbol)) {
    Vm::Where where = vm.where(known.position());
    return vm.fail(ErrorKind::Other, fmt::format("dynamic attribute '{}' already defined at {}:{}:{}", name_as_written(symbol), where.file,
                                                 where.line, where.column), position);
  }
  if (attrs->layered()) return add_to_layers(vm, attrs, symbol, word, position);
  std::uint32_t at = 0;
  while (at < attrs->size && attrs->shape->list[at] < symbol) ++at;
  AttrsObject* result = new_attrs(vm, shape_with(attrs->shape, symbol, position, at), attrs->size + 1);
  std::copy(attrs->items, attrs->items + at, result->items);
  result->items[at] = word;
  std::copy(attrs->items + at, attrs->items + attrs->size, result->items + at + 1);
  return Value(result);
}

Value apply_overrides(Vm& vm, Value set, Value* registers, Shape shape) {
  int at = shape->find(vm.symbols.overrides);
  AttrsObject* overrides = vm.force_attrs(registers[at], "the attribute __overrides");
  if (!overrides) return {};
  Value result = update(vm, set, Value(overrides));
  for (std::uint32_t k = 0; k < shape->count; ++k) {
    Attr replaced = find(overrides, shape->list[k]);
    if (!replaced) continue;
    // The set's own thunks captured the old word; make that word stand for the new one.
    if (registers[k].is(Kind::Thunk)) {
      Value forced = vm.force(*replaced.slot);
      if (!forced) return {};
      CodeObject* thunk = as_code(registers[k]);
      thunk->words[0] = forced;
      thunk->kind.store(Kind::Forced, std::memory_order_release);
      vm.heap.keep_for(thunk, forced);
    }
  }
  return result;
}

namespace {

constexpr std::uint32_t kMostScopePlans = 16;

void remember_scopes(const Site& site, Value* const* sets, std::uint32_t count, std::uint32_t place) {
  std::atomic_ref<std::uint32_t> made(const_cast<Site&>(site).target);
  if (made.fetch_add(1, std::memory_order_relaxed) >= kMostScopePlans) {
    made.store(kMostScopePlans, std::memory_order_relaxed);
    return;
  }
  auto* plan = static_cast<ScopePlan*>(allocate_permanent(sizeof(ScopePlan) + count * sizeof(std::uint32_t)));
  plan->place = place;
  plan->count = count;
  for (std::uint32_t k = 0; k < count; ++k) plan->shapes[k] = shape_number(as_attrs(current_vm->force(*sets[k])));
  site.cache.store(reinterpret_cast<std::uintptr_t>(plan), std::memory_order_release);
}

AttrsObject* scope(Vm& vm, Value& set) {
  Value forced = vm.force_slot(set);
  if (forced && !forced.is(Kind::Attrs)) forced = vm.fail_expected("a set", forced);
  return forced ? as_attrs(forced) : nullptr;
}

Value search_scopes(Vm& vm, const Site& site, Value* const* sets, std::uint32_t count) {
  for (std::uint32_t k = 0; k < count; ++k) {
    NIX_TRY(attrs, scope(vm, *sets[k]));
    std::uint32_t place = find_place(attrs, site.name);
    if (place == kNoPlace) continue;
    remember_scopes(site, sets, k + 1, place);
    return vm.force_slot(*word_at(attrs, place));
  }
  std::vector<Symbol> known;
  for (std::uint32_t k = 0; k < count; ++k) {
    Value set = vm.force(*sets[k]);
    for (const Attr& a : attributes(as_attrs(set))) known.push_back(a.name);
  }
  return vm.fail_name(ErrorKind::Undefined, fmt::format("undefined variable '{}'", text_of(site.name)), site.name, std::move(known));
}

}  // namespace

Value lookup_in_scopes(Vm& vm, const Site& site, Value* const* sets, std::uint32_t count) {
  const ScopePlan* plan = scope_plan(site);
  for (std::uint32_t k = 0; plan && k < plan->count; ++k) {
    NIX_TRY(attrs, scope(vm, *sets[k]));
    if (shape_number(attrs) != plan->shapes[k]) break;
    if (k + 1 == plan->count) return vm.force_slot(*word_at(attrs, plan->place));
  }
  return search_scopes(vm, site, sets, count);
}

Value current_position(Vm& vm, Position position) {
  auto where = vm.where(position);
  if (!where.file.starts_with('/')) return Value::null();
  AttrsBuilder attrs(3);
  attrs.add(vm.symbols.file, vm.string(where.file));
  attrs.add(vm.symbols.line, vm.integer(where.line));
  attrs.add(vm.symbols.column, vm.integer(where.column));
  return attrs.build(vm);
}

static void add_captured(Vm& vm, ValueVector& words, const Code& code, const Value* captures) {
  const Operand* captured = code.body->captured;
  std::uint32_t count = function_of(vm, code).capture_count;
  for (std::uint32_t i = 0; i < count; ++i) {
    bool is_outer = captured && (captured[i] & ~kOperandMask) == kOuter;
    const Value* from = is_outer ? outer_words(captures) : captures;
    words.push_back(from[captured ? captured[i] & kOperandMask : i]);
  }
}

// The arguments, the captured words and what straight-line code made before the failure: the registers that are known
// to be written.
static ValueVector words_at_hand(Vm& vm, const Code& code, const Body& body, std::uint32_t instruction, const Value* registers, const Value* captures) {
  if (!registers) return {};
  ValueVector words(registers, registers + code.arity);
  add_captured(vm, words, code, captures);
  for (std::uint32_t i = 0; i < instruction; ++i) {
    const Instruction& made = body.instructions[i];
    bool makes_one = made.op == Op::Move || made.op == Op::Force || made.op == Op::CoerceLeft || made.op == Op::CheckSet || made.op == Op::CoercePart || made.op == Op::LazySelect || made.op == Op::MakeThunk ||
                     made.op == Op::Allocate || made.op == Op::MakeSet || made.op == Op::MakeLiteralSet || made.op == Op::MakeList || made.op == Op::Select || made.op == Op::Call;
    if (makes_one) words.push_back(registers[made.d]);
    else if (made.op != Op::Fill && made.op != Op::MakeClosure && made.op != Op::Self) break;
  }
  return words;
}

void note_failure(Vm& vm, const Code& code, const Body& body, std::uint32_t instruction, const Value* registers, const Value* captures) {
  Position position{code.file, body.offsets[instruction]};
  if (!vm.error) vm.fail_other("evaluation failed without saying why");
  bool first = vm.error->position.file == 0;
  if (first) vm.error->position = position;
  bool call = !first && body.instructions[instruction].op == Op::Call;
  vm.add_frame(call ? "while calling a function" : "", position, words_at_hand(vm, code, body, instruction, registers, captures));
}

void note_words(Vm& vm, const Code& code, const Value* captures, const Value* arguments) {
  if (vm.error->frames.empty()) return;
  Frame& frame = vm.error->frames.back();
  if (!frame.words.empty() || frame.position.file != code.file) return;
  frame.words.assign(arguments, arguments + code.arity);
  add_captured(vm, frame.words, code, captures);
}

std::string absolute_path(std::string_view path, std::string_view directory) {
  if (path.starts_with("/")) return std::string(path);
  if (path.starts_with("~")) return base::home_folder() + std::string(path.substr(1));
  return std::string(directory) + "/" + std::string(path);
}

}  // namespace evalctl::evaluator
