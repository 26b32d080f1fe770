// match and split: POSIX extended expressions as libstdc++ understands them.
#include <optional>
#include <regex>
#include <unordered_map>

#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/pattern.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// How often the matcher may look at the subject, about five seconds. It tries all ways in turn: for some expressions their number
// doubles with each byte, and it would not come to an end.
constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 29;

struct TooManySteps {};

// A place in the subject, by which the matcher's steps are counted.
class Place {
 public:
  using iterator_category = std::random_access_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  static void start() { steps_left = kMostSteps; }

  Place() = default;
  explicit Place(const char* at) : at_(at) {}
  const char* address() const { return at_; }
  const char& operator*() const {
    step();
    return *at_;
  }
  Place& operator++() { return ++at_, *this; }
  Place& operator--() { return --at_, *this; }
  Place operator++(int) { return Place(at_++); }
  Place operator--(int) { return Place(at_--); }
  Place& operator+=(difference_type count) { return at_ += count, *this; }
  Place operator+(difference_type count) const { return Place(at_ + count); }
  Place operator-(difference_type count) const { return Place(at_ - count); }
  difference_type operator-(const Place& other) const { return at_ - other.at_; }
  bool operator==(const Place& other) const {
    step();
    return at_ == other.at_;
  }
  auto operator<=>(const Place& other) const { return at_ <=> other.at_; }

 private:
  static void step() {
    if (--steps_left == 0) throw TooManySteps();
  }
  static thread_local std::uint64_t steps_left;

  const char* at_ = nullptr;
};

thread_local std::uint64_t Place::steps_left = kMostSteps;

using Found = std::match_results<Place>;

// What the library's matcher needs of the stack for each byte of the subject, generously.
constexpr std::size_t kStackPerByte = 2048;

// The simple form of an expression where it has one, else that of the library.
struct Compiled {
  std::optional<Pattern> simple;
  std::optional<std::regex> any;
};

struct HashText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// The library's form of a known expression.
const std::regex* general_form(Vm& vm, Compiled& known, std::string_view pattern) {
  if (known.any) return &*known.any;
  try {
    return &known.any.emplace(std::string(pattern), std::regex::extended);
  } catch (const std::regex_error&) {
    vm.fail_as(ErrorKind::Regex, "invalid regular expression '{}'", pattern);
    return nullptr;
  }
}

// Null after an error.
Compiled* compiled(Vm& vm, std::string_view pattern) {
  thread_local std::unordered_map<std::string, Compiled, HashText, std::equal_to<>> cache;
  auto it = cache.find(pattern);
  if (it == cache.end()) it = cache.emplace(pattern, Compiled{Pattern::compile(pattern), {}}).first;
  Compiled& known = it->second;
  return known.simple || general_form(vm, known, pattern) ? &known : nullptr;
}

bool fits_stack(Vm& vm, std::size_t bytes) {
  auto free = static_cast<std::size_t>(static_cast<char*>(__builtin_frame_address(0)) - vm.stack_floor);
  if (!vm.stack_floor || bytes < free / kStackPerByte) return true;
  vm.fail_other("a string of {} bytes is too long to be matched against a regular expression", bytes);
  return false;
}

Value groups(Vm& vm, const Found& match) {
  ListObject* list = vm.new_list(match.size() - 1);
  for (std::size_t i = 1; i < match.size(); ++i)
    list->items[i - 1] = match[i].matched ? vm.string({match[i].first.address(), static_cast<std::size_t>(match[i].length())}) : Value::null();
  return Value(static_cast<Object*>(list));
}

Value fail_limit(Vm& vm, std::string_view pattern, std::size_t bytes) {
  return vm.fail_other("the regular expression '{}' takes too many steps on a string of {} bytes", pattern, bytes);
}

Value groups(Vm& vm, const Pattern::Match& match) {
  ListObject* list = vm.new_list(match.groups.size());
  for (std::size_t i = 0; i < match.groups.size(); ++i) list->items[i] = match.groups[i].data() ? vm.string(match.groups[i]) : Value::null();
  return Value(static_cast<Object*>(list));
}

Value match_simple(Vm& vm, const Pattern& simple, const StringObject* pattern, const StringObject* text) {
  Pattern::Match found;
  switch (simple.match(text->view(), found)) {
    case Pattern::Outcome::No: return Value::null();
    case Pattern::Outcome::Yes: return groups(vm, found);
    default: return fail_limit(vm, pattern->view(), text->size);
  }
}

Value match_any(Vm& vm, const std::regex& regex, const StringObject* pattern, const StringObject* text) {
  if (!fits_stack(vm, text->size)) return {};
  try {
    Found found;
    Place::start();
    if (!std::regex_match(Place(text->bytes), Place(text->bytes + text->size), found, regex)) return Value::null();
    return groups(vm, found);
  } catch (TooManySteps) {
    return fail_limit(vm, pattern->view(), text->size);
  } catch (const std::regex_error&) {
    return vm.fail_other("memory limit exceeded by regular expression '{}'", pattern->view());
  }
}

Value match(Vm& vm, Value* arguments) {
  const StringObject* pattern = vm.force_string_no_context(arguments[0], "the first argument passed to builtins.match");
  Compiled* regex = pattern ? compiled(vm, pattern->view()) : nullptr;
  const StringObject* text = regex ? vm.force_string(arguments[1], "the second argument passed to builtins.match") : nullptr;
  if (!text) return {};
  return regex->simple ? match_simple(vm, *regex->simple, pattern, text) : match_any(vm, *regex->any, pattern, text);
}

// The pieces of a text so far, and where the next one begins.
struct Pieces {
  Vm& vm;
  const char* at;
  ValueVector parts;

  void add(std::string_view match, Value groups) {
    parts.push_back(vm.string({at, static_cast<std::size_t>(match.data() - at)}));
    parts.push_back(groups);
    at = match.data() + match.size();
  }
};

bool split_simple(Vm& vm, const Pattern& simple, const StringObject* pattern, const StringObject* text, Pieces& pieces) {
  Pattern::Match found;
  for (;;) {
    Pattern::Outcome outcome = simple.search(text->view(), static_cast<std::size_t>(pieces.at - text->bytes), found);
    if (outcome == Pattern::Outcome::TooManySteps) return bool(fail_limit(vm, pattern->view(), text->size));
    if (outcome == Pattern::Outcome::No) return true;
    pieces.add(found.whole, groups(vm, found));
  }
}

bool split_any(Vm& vm, const std::regex& regex, const StringObject* pattern, const StringObject* text, Pieces& pieces) {
  if (!fits_stack(vm, text->size)) return false;
  try {
    Place::start();
    for (std::regex_iterator<Place> it(Place(text->bytes), Place(text->bytes + text->size), regex), none; it != none; ++it) {
      const auto& whole = (*it)[0];
      pieces.add({whole.first.address(), static_cast<std::size_t>(whole.length())}, groups(vm, *it));
      Place::start();
    }
    return true;
  } catch (TooManySteps) {
    return bool(fail_limit(vm, pattern->view(), text->size));
  } catch (const std::regex_error&) {
    return bool(vm.fail_other("memory limit exceeded by regular expression '{}'", pattern->view()));
  }
}

Value split(Vm& vm, Value* arguments) {
  const StringObject* pattern = vm.force_string_no_context(arguments[0], "the first argument passed to builtins.split");
  Compiled* regex = pattern ? compiled(vm, pattern->view()) : nullptr;
  const StringObject* text = regex ? vm.force_string(arguments[1], "the second argument passed to builtins.split") : nullptr;
  if (!text) return {};
  Pieces pieces{vm, text->bytes, {}};
  if (regex->simple && regex->simple->can_search()) {
    if (!split_simple(vm, *regex->simple, pattern, text, pieces)) return {};
  } else {
    const std::regex* general = general_form(vm, *regex, pattern->view());
    if (!general || !split_any(vm, *general, pattern, text, pieces)) return {};
  }
  if (pieces.parts.empty()) return vm.list({Value(text)});
  pieces.parts.push_back(vm.string({pieces.at, static_cast<std::size_t>(text->bytes + text->size - pieces.at)}));
  return vm.list(pieces.parts);
}

constexpr BuiltinRow kTable[] = {
    {.name = "match", .params = "regex str", .type = "string -> string -> null | [string]",
     .doc = "Returns the groups if the extended regular expression *regex* matches all of *str*, null otherwise.", .run = match},
    {.name = "split", .params = "regex str", .type = "string -> string -> [string | [string]]",
     .doc = "Splits *str* at each match of *regex*; between the pieces stand the groups of the match.", .run = split},
};

}  // namespace

std::span<const BuiltinRow> regex_builtins() { return kTable; }

}  // namespace evalctl::stdlib
