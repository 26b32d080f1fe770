// Builtins on lists. Elements are words: they are shared, and forced only where the language says so.
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <limits>
#include <unordered_map>
#include <vector>

#include "evaluator/builtin.h"
#include "evaluator/early.h"
#include "evaluator/offers.h"
#include "evaluator/repeated_call.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

std::span<Value> items_of(ListObject* list) { return {list->items, list->size}; }

// What a builtin collects. Mostly it is little, and stands on the native stack.
template <class T>
using Collected = boost::container::small_vector<T, 16, TracedAllocator<T>>;

Value head(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[0], "the first argument passed to 'builtins.head'"));
  if (list->size == 0) return vm.fail_as(ErrorKind::EmptyList, "'builtins.head' called on an empty list");
  return vm.force_slot(list->items[0]);
}

// An item of a list that needs not be made flat for it.
Value item_early(Value list, std::int64_t index) {
  bool is_there = list.is(Kind::List) && index >= 0 && index < std::int64_t{list.object()->size} && !static_cast<ListObject*>(list.object())->joined();
  return is_there ? at_hand(as_list(list)->items[index]) : Value();
}

Value head_early(Vm&, const Value* arguments) { return item_early(arguments[0], 0); }

Value tail(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[0], "the first argument passed to 'builtins.tail'"));
  if (list->size == 0) return vm.fail_as(ErrorKind::EmptyList, "'builtins.tail' called on an empty list");
  if (list->size == 1) return vm.empty_list;
  ListObject* rest = vm.new_list(list->size - 1);
  std::copy(list->items + 1, list->items + list->size, rest->items);
  return Value(rest);
}

// Short lists only, since it may never be needed.
Value tail_early(Vm& vm, const Value* arguments) {
  constexpr std::uint32_t kShort = 8;
  if (!arguments[0].is(Kind::List)) return {};
  std::uint32_t size = arguments[0].object()->size;
  if (size == 0 || size > kShort) return {};
  Value argument = arguments[0];
  return tail(vm, &argument);
}

Value elem_at(Vm& vm, Value* arguments) {
  std::int64_t index;
  if (!vm.force_integer(arguments[1], index, "the second argument passed to 'builtins.elemAt'")) return {};
  NIX_TRY(list, vm.force_list(arguments[0], "the first argument passed to 'builtins.elemAt'"));
  if (index < 0 || index >= std::int64_t{list->size}) {
    return vm.fail_as(ErrorKind::Index, "'builtins.elemAt' called with index {} on a list of size {}", index, list->size);
  }
  return vm.force_slot(list->items[index]);
}

Value elem_at_early(Vm&, const Value* arguments) {
  return arguments[1].is(Kind::Integer) ? item_early(arguments[0], arguments[1].integer()) : Value();
}

Value length(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_kind(arguments[0], Kind::List, "a list", "the first argument passed to builtins.length"));
  return vm.integer(list.object()->size);
}

Value length_early(Vm& vm, const Value* arguments) {
  return arguments[0].is(Kind::List) ? vm.integer(arguments[0].object()->size) : Value();
}

Value map(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.map"));
  if (list->size == 0) return Value(list);
  NIX_TRY(function, vm.force_function(arguments[0], "the first argument passed to builtins.map"));
  ListObject* result = vm.new_list(list->size);
  EarlyCalls call(vm, function);
  for (std::uint32_t i = 0; i < list->size; ++i) result->items[i] = call(list->items[i]);
  return Value(result);
}

// Calls `predicate` with `item`. -1 on failure, else its truth.
int ask(Vm& vm, RepeatedCall<1>& predicate, Value item, std::string_view what) {
  Value answer = predicate(item);
  if (answer.is_true() || answer.is_false()) return answer.is_true();
  bool truth;
  if (!answer || !vm.force_bool(answer, truth, what)) return -1;
  return truth;
}

// Returns the list itself when nothing is dropped, which `==` on functions can tell.
Value filter(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.filter"));
  if (list->size == 0) return Value(list);
  NIX_TRY(predicate, vm.force_function(arguments[0], "the first argument passed to builtins.filter"));
  RepeatedCall<1> call(vm, predicate);
  Collected<Value> kept;
  kept.reserve(list->size);
  for (Value& slot : items_of(list)) {
    Value item = settled(slot);
    int keep = ask(vm, call, item, "the return value of the filtering function passed to builtins.filter");
    if (keep < 0) return {};
    if (keep) kept.push_back(item);
  }
  return kept.size() == list->size ? Value(list) : vm.list(std::span(kept.data(), kept.size()));
}

Value elem(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.elem"));
  for (Value item : items_of(list)) {
    int same = vm.equal_elements(arguments[0], item);
    if (same < 0) return {};
    if (same) return Value::boolean(true);
  }
  return Value::boolean(false);
}

// Joins lists that are already forced.
Value join(Vm& vm, std::span<ListObject* const> lists) {
  std::uint64_t total = 0;
  for (const ListObject* list : lists) total += list->size;
  if (total == 0) return vm.empty_list;
  if (total > std::numeric_limits<std::uint32_t>::max()) return vm.fail_other("cannot create list of size {}", total);
  ListObject* result = vm.new_list(total);
  Value* out = result->items;
  for (ListObject* list : lists) out = std::ranges::copy(items_of(list), out).out;
  return Value(result);
}

Value concat_lists(Vm& vm, Value* arguments) {
  NIX_TRY(outer, vm.force_list(arguments[0], "the first argument passed to builtins.concatLists"));
  Collected<ListObject*> parts;
  parts.reserve(outer->size);
  Ahead ahead(vm);
  ahead.offer({outer->items, outer->size}, Wanted::Head);
  for (Value item : items_of(outer)) {
    NIX_TRY(list, vm.force_list(item, "a value of the list passed to builtins.concatLists"));
    if (list->size != 0) parts.push_back(list);
  }
  // The only list that has elements is the result, not a copy of it.
  return parts.size() == 1 ? Value(parts.front()) : join(vm, {parts.data(), parts.size()});
}

Value concat_map(Vm& vm, Value* arguments) {
  NIX_TRY(function, vm.force_function(arguments[0], "the first argument passed to builtins.concatMap"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.concatMap"));
  RepeatedCall<1> call(vm, function);
  Collected<ListObject*> parts;
  parts.reserve(list->size);
  Ahead ahead(vm);
  ValueVector delayed;
  if (ahead && list->size > 1) delayed = ahead.calls(function, items_of(list));
  for (std::uint32_t i = 0; i < list->size; ++i) {
    Value item = settled(list->items[i]);
    NIX_TRY(answer, delayed.empty() ? call(item) : vm.force(delayed[i]));
    NIX_TRY(part, vm.force_list(answer, "the return value of the function passed to builtins.concatMap"));
    parts.push_back(part);
  }
  return join(vm, {parts.data(), parts.size()});
}

// The first accumulator is passed on as it is; every later one is a result and so forced.
Value foldl_strict(Vm& vm, Value* arguments) {
  NIX_TRY(function, vm.force_function(arguments[0], "the first argument passed to builtins.foldl'"));
  NIX_TRY(list, vm.force_list(arguments[2], "the third argument passed to builtins.foldl'"));
  RepeatedCall<2> call(vm, function);
  Value accumulator = arguments[1];
  for (Value& item : items_of(list)) {
    accumulator = call(accumulator, settled(item));
    if (!accumulator) return {};
  }
  return vm.force(accumulator);
}

Value any(Vm& vm, Value* arguments) {
  NIX_TRY(predicate, vm.force_function(arguments[0], "the first argument passed to builtins.any"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.any"));
  RepeatedCall<1> call(vm, predicate);
  for (Value& item : items_of(list)) {
    int truth = ask(vm, call, settled(item), "the return value of the function passed to builtins.any");
    if (truth < 0) return {};
    if (truth) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value all(Vm& vm, Value* arguments) {
  NIX_TRY(predicate, vm.force_function(arguments[0], "the first argument passed to builtins.all"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.all"));
  RepeatedCall<1> call(vm, predicate);
  for (Value& item : items_of(list)) {
    int truth = ask(vm, call, settled(item), "the return value of the function passed to builtins.all");
    if (truth < 0) return {};
    if (!truth) return Value::boolean(false);
  }
  return Value::boolean(true);
}

Value gen_list(Vm& vm, Value* arguments) {
  std::int64_t size;
  if (!vm.force_integer(arguments[1], size, "the second argument passed to builtins.genList")) return {};
  if (size < 0 || size > std::numeric_limits<std::uint32_t>::max()) {
    return vm.fail_other("cannot create list of size {}", size);
  }
  NIX_TRY(function, vm.force_function(arguments[0], "the first argument passed to builtins.genList"));
  if (size == 0) return vm.empty_list;
  ListObject* result = vm.new_list(size);
  EarlyCalls call(vm, function);
  for (std::int64_t i = 0; i < size; ++i) result->items[i] = call(vm.integer(i));
  return Value(result);
}

// Stable. The comparator may fail or contradict itself: the outcome is some order of the input, and which one follows from the
// comparisons made. So these are those of Nix, by peeksort (Munro and Wild, "Nearly-Optimal Mergesorts", 2018), which merges the runs that
// are there; but a comparator that is nothing but a `<` hardly contradicts itself, and is asked less often by halving. Up to kInsertion
// elements are sorted by insertion.
class Sorter {
 public:
  Sorter(Vm& vm, Value comparator, std::span<Value> items) : vm_(vm), items_(items), compare_(vm, comparator) {
    is_less_than_ = comparator.is(Kind::Builtin) &&
                    static_cast<const BuiltinObject*>(comparator.object())->row->name == "lessThan";
    keeps_order_ = is_less_than_ || is_comparison(vm, comparator);
  }

  // False when the comparator failed.
  bool sort() {
    if (items_.size() < 2) return true;
    return keeps_order_ ? sort_halves(0, items_.size()) : sort(0, items_.size(), 0, items_.size());
  }

 private:
  static constexpr std::size_t kInsertion = 16;

  // -1 on failure.
  int less(Value a, Value b) {
    if (is_less_than_) return vm_.less_than(a, b);
    Value answer = compare_(a, b);
    if (answer.is_true() || answer.is_false()) return answer.is_true();
    bool truth;
    constexpr std::string_view kWhat = "the return value of the sorting function passed to builtins.sort";
    if (!answer || !vm_.force_bool(answer, truth, kWhat)) return -1;
    return truth;
  }

  bool sort_halves(std::size_t begin, std::size_t end) {
    if (end - begin <= kInsertion) return insertion_sort(begin, end);
    std::size_t middle = begin + (end - begin) / 2;
    if (!sort_halves(begin, middle) || !sort_halves(middle, end)) return false;
    // Sorted input, the usual case for long lists, costs one comparison.
    int crossing = less(items_[middle], items_[middle - 1]);
    return crossing > 0 ? merge(begin, middle, end) : crossing == 0;
  }

  // Sorts [begin, end), of which [begin, left) and [right, end) are sorted.
  bool sort(std::size_t begin, std::size_t end, std::size_t left, std::size_t right) {
    if (left == end || right == begin) return true;
    if (end - begin <= kInsertion) return insertion_sort(begin, end);
    std::size_t middle = begin + (end - begin) / 2;
    if (middle <= left) return sort(left, end, left + 1, right) && merge(begin, left, end);
    if (middle >= right) return sort(begin, right, left, right - 1) && merge(begin, right, end);
    int falls = less(items_[middle], items_[middle - 1]);
    std::size_t first = middle, last = middle;
    if (falls < 0 || !find_run(falls, left, right, first, last)) return false;
    if (falls) std::reverse(items_.begin() + first, items_.begin() + last);
    if (first == begin && last == end) return true;
    if (middle - first < last - middle) return sort(begin, first, left, first - 1) && sort(first, end, last, right) && merge(begin, first, end);
    return sort(begin, last, left, first) && sort(last, end, last + 1, right) && merge(begin, last, end);
  }

  // The run around `first` == `last` between `left` and `right`: falling, or not.
  bool find_run(int falls, std::size_t left, std::size_t right, std::size_t& first, std::size_t& last) {
    --first, --last;
    int goes_on = falls;
    while (first > left && (goes_on = less(items_[first], items_[first - 1])) == falls) --first;
    if (goes_on < 0) return false;
    goes_on = falls;
    while (last + 1 < right && (goes_on = less(items_[last + 1], items_[last])) == falls) ++last;
    ++last;
    return goes_on >= 0;
  }

  bool insertion_sort(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin + 1; i < end; ++i) {
      for (std::size_t j = i; j > begin; --j) {
        int smaller = less(items_[j], items_[j - 1]);
        if (smaller < 0) return false;
        if (!smaller) break;
        std::swap(items_[j], items_[j - 1]);
      }
    }
    return true;
  }

  // Of [begin, middle) and [middle, end), which are sorted.
  bool merge(std::size_t begin, std::size_t middle, std::size_t end) {
    left_.assign(items_.begin() + begin, items_.begin() + middle);
    std::size_t l = 0, r = middle, out = begin;
    while (l < left_.size() && r < end) {
      int take_right = less(items_[r], left_[l]);
      if (take_right < 0) return false;
      items_[out++] = take_right ? items_[r++] : left_[l++];
    }
    while (l < left_.size()) items_[out++] = left_[l++];
    return true;
  }

  Vm& vm_;
  std::span<Value> items_;
  ValueVector left_;  // of the merge at work
  RepeatedCall<2> compare_;
  bool is_less_than_, keeps_order_;
};

Value sort(Vm& vm, Value* arguments) {
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.sort"));
  if (list->size == 0) return Value(list);
  NIX_TRY(comparator, vm.force_function(arguments[0], "the first argument passed to builtins.sort"));
  Ahead ahead(vm);
  ahead.offer(items_of(list), Wanted::Head);
  for (Value& item : items_of(list)) {
    if (!vm.force_slot(item)) return {};
  }
  ListObject* result = vm.new_list(list->size);
  std::ranges::copy(items_of(list), result->items);
  return Sorter(vm, comparator, items_of(result)).sort() ? Value(result) : Value();
}

Value partition(Vm& vm, Value* arguments) {
  NIX_TRY(predicate, vm.force_function(arguments[0], "the first argument passed to builtins.partition"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.partition"));
  RepeatedCall<1> call(vm, predicate);
  ValueVector right, wrong;
  for (Value& item : items_of(list)) {
    if (!vm.force_slot(item)) return {};
    int truth = ask(vm, call, item, "the return value of the partition function passed to builtins.partition");
    if (truth < 0) return {};
    (truth ? right : wrong).push_back(item);
  }
  AttrsBuilder result(2);
  result.add(vm.symbols.right, vm.list(right));
  result.add(vm.symbols.wrong, vm.list(wrong));
  return result.build(vm);
}

Value group_by(Vm& vm, Value* arguments) {
  NIX_TRY(function, vm.force_function(arguments[0], "the first argument passed to builtins.groupBy"));
  NIX_TRY(list, vm.force_list(arguments[1], "the second argument passed to builtins.groupBy"));
  std::unordered_map<std::uint32_t, ValueVector> groups;
  for (Value item : items_of(list)) {
    NIX_TRY(answer, vm.call(function, item));
    NIX_TRY(key, vm.force_string_no_context(
                     answer, "the return value of the grouping function passed to builtins.groupBy"));
    groups[symbol_of(key).id].push_back(item);
  }
  AttrsBuilder result(groups.size());
  for (const auto& [id, members] : groups) result.add(Symbol{id}, vm.list(members));
  return result.build(vm);
}

constexpr BuiltinRow kRows[] = {
    {.name = "head", .params = "list", .type = "[a] -> a",
     .doc = "Returns the first element of *list*. An empty list is an error.", .run = head, .early = head_early},
    {.name = "tail", .params = "list", .type = "[a] -> [a]",
     .doc = "Returns *list* without its first element, in time linear in its length. An empty list is an error.",
     .run = tail, .early = tail_early, .early_is_new = true},
    {.name = "elemAt", .params = "list n", .type = "[a] -> int -> a",
     .doc = "Returns element *n* of *list*, counting from 0. An index out of range is an error.", .run = elem_at,
     .early = elem_at_early},
    {.name = "length", .params = "list", .type = "[a] -> int", .doc = "Returns the number of elements of *list*.",
     .run = length, .early = length_early},
    {.name = "map", .params = "f list", .type = "(a -> b) -> [a] -> [b]",
     .doc = "Applies *f* to each element of *list*. The applications are evaluated when they are needed.", .run = map,
     .global = true},
    {.name = "filter", .params = "f list", .type = "(a -> bool) -> [a] -> [a]",
     .doc = "Returns the elements of *list* for which *f* returns `true`.", .run = filter},
    {.name = "elem", .params = "x list", .type = "a -> [a] -> bool",
     .doc = "Tells whether an element of *list* equals *x*.", .run = elem},
    {.name = "concatLists", .params = "lists", .type = "[[a]] -> [a]", .doc = "Joins a list of lists into one list.",
     .run = concat_lists},
    {.name = "concatMap", .params = "f list", .type = "(a -> [b]) -> [a] -> [b]",
     .doc = "Applies *f* to each element of *list* and joins the lists that it returns.", .run = concat_map},
    {.name = "foldl'", .params = "op nul list", .type = "(b -> a -> b) -> b -> [a] -> b",
     .doc = "Reduces *list* from the left with the binary function *op*, starting with *nul*. "
            "Each intermediate result is evaluated before the next step.",
     .run = foldl_strict, .folds = true},
    {.name = "any", .params = "pred list", .type = "(a -> bool) -> [a] -> bool",
     .doc = "Tells whether *pred* returns `true` for at least one element of *list*.", .run = any},
    {.name = "all", .params = "pred list", .type = "(a -> bool) -> [a] -> bool",
     .doc = "Tells whether *pred* returns `true` for every element of *list*.", .run = all},
    {.name = "genList", .params = "generator length", .type = "(int -> a) -> int -> [a]",
     .doc = "Returns a list of *length* elements; the element at index *i* is `generator i`.", .run = gen_list},
    {.name = "sort", .params = "comparator list", .type = "(a -> a -> bool) -> [a] -> [a]",
     .doc = "Sorts *list*. `comparator a b` tells whether *a* goes before *b*; equal elements keep their order.",
     .run = sort},
    {.name = "partition", .params = "pred list", .type = "(a -> bool) -> [a] -> { right : [a]; wrong : [a]; }",
     .doc = "Splits *list* into `right`, the elements for which *pred* returns `true`, and `wrong`, the others.",
     .run = partition},
    {.name = "groupBy", .params = "f list", .type = "(a -> string) -> [a] -> { ... : [a]; }",
     .doc = "Groups the elements of *list* by the string that *f* returns for each. "
            "The result maps each such string to the list of its elements.",
     .run = group_by},
};

}  // namespace

std::span<const BuiltinRow> lists_builtins() { return kRows; }

}  // namespace evalctl::stdlib
