// Builtins on strings. Positions and lengths are bytes; contexts follow the text they came with.
#include <bitset>
#include <boost/container/small_vector.hpp>
#include <charconv>
#include <iterator>
#include <string>
#include <vector>

#include "evaluator/builtin.h"
#include "evaluator/offers.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

Value to_string(Vm& vm, Value* arguments) {
  NIX_TRY(value, vm.force(arguments[0]));
  if (value.is(Kind::String)) return value;
  if (value.is(Kind::Integer)) {
    char digits[24];
    return vm.string({digits, std::to_chars(digits, std::end(digits), value.integer()).ptr});
  }
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(value, text, context, true, false, "the first argument passed to builtins.toString")) {
    return {};
  }
  return vm.string(text, context);
}

// A start beyond the end gives the empty string. The context stays in any case.
Value substring(Vm& vm, Value* arguments) {
  std::int64_t start, length;
  if (!vm.force_integer(arguments[0], start, "the first argument (the start offset) passed to builtins.substring")) {
    return {};
  }
  if (start < 0) return vm.fail_as(ErrorKind::Index, "negative start position in 'substring'");
  constexpr std::string_view kLength = "the second argument (the substring length) passed to builtins.substring";
  if (!vm.force_integer(arguments[1], length, kLength)) return {};
  NIX_TRY(value, vm.force(arguments[2]));
  std::string text;
  const Context* context = nullptr;
  std::string_view view;
  if (value.is(Kind::String)) {
    view = as_string(value)->view();
    context = as_string(value)->context;
  } else {
    constexpr std::string_view kString = "the third argument (the string) passed to builtins.substring";
    if (!vm.coerce_to_string(value, text, context, false, true, kString)) return {};
    view = text;
  }
  if (static_cast<std::uint64_t>(start) >= view.size()) return vm.string("", context);
  std::size_t count = length < 0 ? std::string_view::npos : static_cast<std::size_t>(length);
  return vm.string(view.substr(start, count), context);
}

Value string_length(Vm& vm, Value* arguments) {
  NIX_TRY(value, vm.force(arguments[0]));
  if (value.is(Kind::String)) return vm.integer(as_string(value)->size);
  std::string text;
  const Context* context = nullptr;
  if (!vm.coerce_to_string(value, text, context, false, true, "the argument passed to builtins.stringLength")) {
    return {};
  }
  return vm.integer(text.size());
}

Value string_length_early(Vm& vm, const Value* arguments) {
  return arguments[0].is(Kind::String) ? vm.integer(as_string(arguments[0])->size) : Value();
}

Value concat_strings_sep(Vm& vm, Value* arguments) {
  constexpr std::string_view kSeparator =
      "the first argument (the separator string) passed to builtins.concatStringsSep";
  constexpr std::string_view kList =
      "the second argument (the list of strings to concat) passed to builtins.concatStringsSep";
  constexpr std::string_view kElement =
      "one element of the list of strings to concat passed to builtins.concatStringsSep";
  NIX_TRY(separator, vm.force_string(arguments[0], kSeparator));
  NIX_TRY(list, vm.force_list(arguments[1], kList));
  const Context* context = separator->context;
  std::string text;
  Ahead ahead(vm);
  ahead.offer({list->items, list->size}, Wanted::StoredText);
  for (std::uint32_t i = 0; i < list->size; ++i) {
    if (i != 0) text += separator->view();
    NIX_TRY(item, vm.force_slot(list->items[i]));
    if (item.is(Kind::String)) {
      text += as_string(item)->view();
      context = merge(context, as_string(item)->context);
      continue;
    }
    std::string piece;
    if (!vm.coerce_to_string(item, piece, context, false, true, kElement)) return {};
    text += piece;
  }
  return vm.string(text, context);
}

// One run of replaceStrings. Replacements are forced when first used, and only those used add their contexts.
class Replacer {
 public:
  Replacer(Vm& vm, ListObject* to, const StringObject* subject)
      : vm_(vm), to_(to), subject_(subject), used_(to->size, nullptr), context_(subject->context) {
    patterns_.reserve(to->size);
  }

  // False when `pattern` is not a string.
  bool add_pattern(Value pattern) {
    const StringObject* text =
        vm_.force_string(pattern, "one of the strings to replace passed to builtins.replaceStrings");
    if (!text) return false;
    patterns_.push_back(text->view());
    if (text->size == 0) {
      firsts_.set();
    } else {
      firsts_.set(static_cast<unsigned char>(text->bytes[0]));
    }
    return true;
  }

  Value run() {
    std::string_view subject = subject_->view();
    std::size_t at = 0, kept = 0;  // what is before `kept` is in the result
    // One step past the last byte: an empty pattern matches there too.
    for (; at <= subject.size(); ++at) {
      if (at < subject.size() && !firsts_.test(static_cast<unsigned char>(subject[at]))) continue;
      int match = find(subject.substr(at));
      if (match < 0) continue;
      result_.append(subject, kept, at - kept);
      if (!append_replacement(match)) return {};
      std::size_t size = patterns_[match].size();
      kept = at + size;
      if (size != 0) at += size - 1;
    }
    if (!replaced_) return Value(subject_);
    if (kept < subject.size()) result_.append(subject, kept);
    return vm_.string(result_, context_);
  }

 private:
  // The first pattern that `rest` starts with, or -1.
  int find(std::string_view rest) const {
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (rest.starts_with(patterns_[i])) return static_cast<int>(i);
    }
    return -1;
  }

  bool append_replacement(int index) {
    const StringObject*& text = used_[index];
    if (!text) {
      text = vm_.force_string(to_->items[index],
                              "one of the replacement strings passed to builtins.replaceStrings");
      if (!text) return false;
      context_ = merge(context_, text->context);
    }
    result_ += text->view();
    replaced_ = true;
    return true;
  }

  // So many need no memory of their own.
  static constexpr std::size_t kUsualPatterns = 16;

  Vm& vm_;
  ListObject* to_;
  const StringObject* subject_;
  boost::container::small_vector<std::string_view, kUsualPatterns, TracedAllocator<std::string_view>> patterns_;
  // First bytes of the patterns; all bytes when a pattern is empty.
  std::bitset<256> firsts_;
  boost::container::small_vector<const StringObject*, kUsualPatterns, TracedAllocator<const StringObject*>> used_;
  const Context* context_;
  std::string result_;
  bool replaced_ = false;
};

Value replace_strings(Vm& vm, Value* arguments) {
  NIX_TRY(from, vm.force_list(arguments[0], "the first argument passed to builtins.replaceStrings"));
  NIX_TRY(to, vm.force_list(arguments[1], "the second argument passed to builtins.replaceStrings"));
  if (from->size != to->size) {
    return vm.fail_other("'from' and 'to' arguments passed to builtins.replaceStrings have different lengths");
  }
  // The patterns are looked at before the subject.
  for (std::uint32_t i = 0; i < from->size; ++i) {
    if (!vm.force_string(from->items[i], "one of the strings to replace passed to builtins.replaceStrings")) return {};
  }
  NIX_TRY(subject, vm.force_string(arguments[2], "the third argument passed to builtins.replaceStrings"));
  Replacer replacer(vm, to, subject);
  for (std::uint32_t i = 0; i < from->size; ++i) {
    if (!replacer.add_pattern(from->items[i])) return {};
  }
  return replacer.run();
}

constexpr BuiltinRow kRows[] = {
    {.name = "toString", .params = "x", .type = "a -> string",
     .doc = "Converts *x* to a string. A set needs `__toString` or `outPath`; the elements of a list are joined by "
            "spaces; `null` and `false` give the empty string.",
     .run = to_string, .global = true},
    {.name = "substring", .params = "start len s", .type = "int -> int -> string -> string",
     .doc = "Returns at most *len* bytes of *s* from offset *start* on. A negative *len* means up to the end.",
     .run = substring},
    {.name = "stringLength", .params = "s", .type = "string -> int", .doc = "Returns the length of *s* in bytes.",
     .run = string_length, .early = string_length_early},
    {.name = "concatStringsSep", .params = "separator list", .type = "string -> [string] -> string",
     .doc = "Joins the strings of *list*, with *separator* between them.", .run = concat_strings_sep},
    {.name = "replaceStrings", .params = "from to s", .type = "[string] -> [string] -> string -> string",
     .doc = "Replaces in *s* every occurrence of a string of *from* by the string at the same place of *to*. "
            "Where several match, the first of the list wins.",
     .run = replace_strings},
};

}  // namespace

std::span<const BuiltinRow> strings_builtins() { return kRows; }

}  // namespace evalctl::stdlib
