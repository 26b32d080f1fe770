#include "evaluator/shared_calls.h"

#include <cstring>
#include <utility>

#include "evaluator/attrs.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

// nixpkgs of July 2026 is called with 4,855 nodes.
constexpr std::size_t kMostNodes = 1 << 13, kMostParts = 1 << 15;

// In Node::what, what the lower half is the number of; none: the code or the names.
constexpr std::uint64_t kDelayedCall = std::uint64_t{1} << 32, kLayers = std::uint64_t{2} << 32, kDelayedSet = std::uint64_t{3} << 32;

// The result of what is evaluated.
Value result_behind(Value v) {
  while (v.is_object() && v.kind() == Kind::Forced) v = Value::read_word(as_code(v)->words[0]);
  return v;
}

// As an integer.
Value positions_of(AttrsObject* attrs) { return Value(std::uint64_t{common_positions(attrs->shape)} << 1 | 1); }

bool same_text(const StringObject* a, const StringObject* b) { return a->context == b->context && a->view() == b->view(); }

std::uint64_t number_bits(Value v) {
  if (v.is(Kind::Integer)) return static_cast<std::uint64_t>(v.integer());
  double d = v.floating();
  std::uint64_t bits = 0;
  std::memcpy(&bits, &d, sizeof bits);
  return bits;
}

}  // namespace

// What tells an object from others, and the words that it holds.
struct Description::Parts {
  Kind kind;
  std::uint64_t what = 0;
  ValueVector words;

  // False for what cannot be described.
  bool read(Value v);

 private:
  void add(const Value* words_of, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) words.push_back(Value::read_word(words_of[i]));
  }
  void read_set(AttrsObject* attrs);
  bool read_delayed(Object* object);
};

void Description::Parts::read_set(AttrsObject* attrs) {
  if (attrs->layered()) {
    what = kLayers | attrs->extra;
    add(attrs->items, attrs->extra);
  } else if (attrs->delayed()) {
    // Its words are made of these two as they are asked for.
    what = kDelayedSet | attrs->shape.names;
    words.push_back(positions_of(attrs));
    add(attrs->source(), kSourceWords);
  } else {
    what = attrs->shape.names;
    words.push_back(positions_of(attrs));
    add(attrs->items, attrs->size);
  }
}

// Another thread that has claimed it may give it a result meanwhile, which overwrites the first word before the kind says so.
bool Description::Parts::read_delayed(Object* object) {
  ThunkState state = ThunkState::of(object);
  if (state.flags & kApplyFlag) {
    auto* apply = static_cast<ApplyObject*>(object);
    what = kDelayedCall | apply->size;
    add(&apply->function_or_result, 1);
    add(apply->arguments, apply->size);
  } else {
    what = object->size;
    add(static_cast<CodeObject*>(object)->words, code_of(object).captures);
  }
  ThunkState now = ThunkState::of(object);
  return now.kind == kind && (kind != Kind::Claimed || now.owner() == current_vm->number);
}

bool Description::Parts::read(Value v) {
  words.clear();
  what = 0;
  kind = v.kind();
  Object* object = v.object();
  switch (kind) {
    case Kind::Thunk:
    case Kind::Apply:
    case Kind::Claimed: return read_delayed(object);
    case Kind::Integer:
    case Kind::Float: what = number_bits(v); return true;
    case Kind::Null:
    case Kind::Bool: what = v.bits(); return true;
    case Kind::String:
    case Kind::Path: return true;
    case Kind::List:
      what = object->size;
      add(as_list(v)->items, object->size);
      return true;
    case Kind::Attrs: read_set(as_attrs(v)); return true;
    case Kind::Closure:
      what = object->size;
      add(as_code(v)->words, code_of(object).captures);
      return true;
    case Kind::Builtin: what = reinterpret_cast<std::uint64_t>(builtin_row(v)); return true;
    case Kind::PartialApplication:
      what = object->size;
      add(&as_partial(v)->function, 1);
      add(as_partial(v)->arguments, object->size);
      return true;
    default: return false;
  }
}

std::shared_ptr<const Description> Description::of(Value v) {
  auto made = std::make_shared<Description>();
  std::unordered_map<std::uint64_t, std::uint32_t> numbers;
  auto number_of = [&](Value word) {
    word = result_behind(word);
    auto [place, is_new] = numbers.try_emplace(word.bits(), static_cast<std::uint32_t>(made->words_.size()));
    if (is_new) made->words_.push_back(word);
    return place->second;
  };
  number_of(v);
  Parts parts;
  for (std::size_t n = 0; n < made->words_.size(); ++n) {
    if (!parts.read(made->words_[n])) return nullptr;
    made->nodes_.push_back({parts.kind, parts.what, static_cast<std::uint32_t>(made->parts_.size()), static_cast<std::uint32_t>(parts.words.size())});
    for (Value word : parts.words) made->parts_.push_back(number_of(word));
    if (made->words_.size() > kMostNodes || made->parts_.size() > kMostParts) return nullptr;
  }
  return made;
}

bool Description::fits(Value v) const {
  ValueVector found(nodes_.size());
  std::vector<std::uint32_t> numbers{0};
  ValueVector words{result_behind(v)};
  Parts parts;
  while (!numbers.empty()) {
    std::uint32_t n = numbers.back();
    Value word = words.back();
    numbers.pop_back();
    words.pop_back();
    if (word == found[n] || word == result_behind(words_[n])) continue;
    // The same object there must be one here.
    if (found[n]) return false;
    found[n] = word;
    const Node& node = nodes_[n];
    if (!parts.read(word) || parts.kind != node.kind || parts.what != node.what || parts.words.size() != node.count) return false;
    if ((node.kind == Kind::String || node.kind == Kind::Path) && !same_text(as_string(word), as_string(words_[n]))) return false;
    numbers.insert(numbers.end(), parts_.begin() + node.first, parts_.begin() + node.first + node.count);
    for (Value part : parts.words) words.push_back(result_behind(part));
  }
  return true;
}

Value SharedCalls::result_of(std::uint32_t code, Value argument, Value result) {
  std::vector<Call*> known;
  {
    std::lock_guard lock(mutex_);
    for (Call& call : calls_[code]) known.push_back(&call);
  }
  for (Call* call : known)
    if (call->argument->fits(argument)) return call->result.front();
  if (known.size() == kMostOfOne) return result;
  auto description = Description::of(argument);
  if (!description) return result;
  std::lock_guard lock(mutex_);
  calls_[code].push_back({std::move(description), {result}});
  return result;
}

}  // namespace evalctl::evaluator
