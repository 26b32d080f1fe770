// Values of the wrong type, strings that must not or cannot be used as they are.
#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

// What to do about a value of one type where another is needed; "" stands for any.
struct Advice { std::string_view expected, found, help; };
constexpr Advice kAdvice[] = {
    {"", "a function", "an argument may be missing: this is a function"},
    {"", "null", "handle `null` first: `if value == null then … else …`"},
    {"a Boolean", "a string", "write `true` or `false`, without quotes, or a comparison"},
    {"a Boolean", "", "write a comparison, as `value != null` or `list != [ ]`"},
    {"an integer", "a string", "write a number, without quotes, or convert it: `lib.toInt`"},
    {"an integer", "", "write a number"},
    {"a list", "a string", "write a list: `[ \"…\" ]`"},
    {"a list", "a set", "take the values: `builtins.attrValues set`, or the names: `builtins.attrNames set`"},
    {"a list", "", "put the value into a list: `[ value ]`"},
    {"a set", "a list", "write a set, or make one of the list: `builtins.listToAttrs`"},
    {"a set", "a string", "write a set: `{ … }`"},
    {"a set", "", "write a set: `{ … }`"},
    {"a string", "an integer", "convert it: `toString value`"},
    {"a string", "a path", "convert it: `toString path`, or `\"${path}\"` to copy it to the store"},
    {"a string", "a set", "select an attribute of the set"},
    {"a string", "a list", "join the elements: `builtins.concatStringsSep \" \" list`"},
    {"a string", "", "convert it: `toString value`"},
    {"a function", "", "a function belongs here: `x: …`; perhaps the arguments are in the wrong order"},
};

// A flake or a package where a list, a string or a function belongs.
bool special_set(Diagnosis& d) {
  const std::string& m = d.error.message;
  if (d.error.culprit.empty() || !d.error.culprit.front().is(Kind::Attrs) || m.starts_with("expected a set")) return false;
  AttrsObject* set = as_attrs(d.error.culprit.front());
  if (find(set, intern("sourceInfo")) && find(set, intern("inputs"))) {
    d.out.help = "this is a flake: select what is meant from its outputs, as `input.packages.x86_64-linux.default`";
    return true;
  }
  if (!find(set, intern("drvPath")) || !m.starts_with("expected a list")) return false;
  d.out.help = "put the package into a list: `[ package ]`";
  if (!d.out.primary || (!d.settled && d.out.primary->text != "this value")) return true;
  std::string_view written = d.out.primary->range.text.substr(d.out.primary->range.begin, d.out.primary->range.end - d.out.primary->range.begin);
  bool simple = written.size() < 60 && written.find_first_of(" \n") == written.npos;
  if (simple) d.out.help = fmt::format("put the package into a list: `[ {} ]`", written);
  if (simple) d.add_fix(d.out.primary->range, fmt::format("[ {} ]", written), d.out.help);
  return true;
}

// What functions of libraries call the function with that they are given, where its first argument is easily forgotten.
struct Callback { std::string_view function, parameters; };
constexpr Callback kCallbacks[] = {
    {"filterAttrs", "name: value: …"}, {"mapAttrs", "name: value: …"}, {"mapAttrs'", "name: value: …"}, {"mapAttrsToList", "name: value: …"},
    {"concatMapAttrs", "name: value: …"}, {"filterAttrsRecursive", "name: value: …"}, {"imap0", "index: value: …"}, {"imap1", "index: value: …"},
    {"foldl'", "result: element: …"}, {"foldl", "result: element: …"}, {"foldr", "element: result: …"}, {"fold", "element: result: …"},
};

// `mapAttrs (v: v.x) set`: the parameter of a function that a library calls.
void callback_parameter(Diagnosis& d) {
  std::uint32_t file = d.out.primary ? d.file_number(d.out.primary->range.file) : 0;
  if (!d.is_user_file(file)) return;
  const parser::Tree& t = d.tree(file);
  auto chain = d.around(file, d.out.primary->range.begin);
  if (chain.empty() || t.kind(chain.back()) != NodeKind::Identifier || t.range(chain.back()).end != d.out.primary->range.end) return;
  for (std::size_t i = chain.size(); i-- > 1;) {
    NodeId parameter{chain[i].index + 1};
    if (t.kind(chain[i]) != NodeKind::Lambda || t.kind(parameter) != NodeKind::Identifier || t.text(parameter) != t.text(chain.back())) continue;
    std::size_t outer = i - 1;
    while (outer > 0 && t.kind(chain[outer]) == NodeKind::Paren) --outer;
    if (t.kind(chain[outer]) != NodeKind::Apply) return;
    std::string_view function = t.text({chain[outer].index + 1});
    function = function.substr(0, function.find_first_of(" \n("));
    std::string_view name = function.substr(function.rfind('.') + 1);
    auto row = std::find_if(std::begin(kCallbacks), std::end(kCallbacks), [&](const Callback& c) { return c.function == name; });
    if (row != std::end(kCallbacks)) d.out.help = fmt::format("`{}` calls its function with two arguments: `{}`", function, row->parameters);
    else d.out.notes.push_back(fmt::format("`{}` gets its value from `{}`", t.text(parameter), function));
    return;
  }
}

void advise(Diagnosis& d) {
  const std::string& m = d.error.message;
  if (special_set(d)) return;
  for (const Advice& a : kAdvice) {
    if (!m.starts_with("expected " + std::string(a.expected)) || !m.contains("found " + std::string(a.found))) continue;
    d.out.help = a.help;
    return;
  }
  if (m.starts_with("'functionArgs' requires a function")) d.out.help = "what is called has to be a function of its dependencies: begin the file with them, `{ stdenv, lib }:`";
  else if (m.starts_with("cannot convert a function")) d.out.help = "JSON has no functions: leave it out, or call it: an argument may be missing";
  else if (m.starts_with("cannot compare")) d.out.help = "compare values of one type: convert one of them";
  else if (m.starts_with("cannot add")) d.out.help = m.contains("string") ? "convert the number: `toString n`, or the string: `lib.toInt s`" : "`+` adds numbers and joins strings; lists are joined by `++`, sets by `//`";
}

// The printed value after "found TYPE: ".
std::string printed_value(const std::string& message) {
  std::size_t found = message.find("found "), coerce = message.starts_with("cannot coerce") ? 0 : message.npos;
  std::size_t colon = message.find(": ", found != message.npos ? found : coerce != message.npos ? coerce : message.size());
  return colon == message.npos ? "" : message.substr(colon + 2);
}

void coercion(Diagnosis& d) {
  d.out.help = d.error.message.contains(" a set ")    ? "select an attribute of the set, or give it `outPath` or `__toString`"
               : d.error.message.contains(" a list ") ? "join the elements: `builtins.concatStringsSep \" \" …`"
               : d.error.message.contains("function") ? "an argument may be missing"
                                                      : "convert it first: `toString …`";
}

// `{ ${name} = …; }`: of the attribute path the part that is computed.
bool computed_name(Diagnosis& d) {
  Position p = d.places.front();
  if (d.error.part >= 0 || !d.out.primary || d.out.primary->range.begin != p.offset) return false;
  const parser::Tree& t = d.tree(p.file);
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    if (t.kind({i}) != NodeKind::AttrPath || t.range({i}).begin != p.offset) continue;
    std::optional<NodeId> computed;
    for (NodeId name : t.children({i})) {
      if (t.kind(name) == NodeKind::Identifier || t.size(name) == 1) continue;
      if (computed) return false;
      computed = name;
    }
    if (!computed) return false;
    d.set_primary(d.range_of(p.file, NodeId{computed->index + 1}), "this value");
    return true;
  }
  return false;
}

}  // namespace

void diagnose_types(Diagnosis& d) {
  bool own = !d.places.empty() && d.is_user(d.places.front());
  if (d.error.kind == ErrorKind::Coercion) coercion(d);
  else advise(d);
  if (own && d.error.part < 0 && d.error.kind == ErrorKind::Type && is_pattern(d, d.places.front())) return point_at_call(d);
  if (own && computed_name(d)) return;
  if (own) callback_parameter(d);
  // A literal that was handed to a function is itself the place.
  if (d.error.part >= 0 && own) return;
  if (auto literal = d.literal_in_primary(printed_value(d.error.message))) d.set_primary(*literal, "this value");
}

void diagnose_context(Diagnosis& d) {
  bool unbuilt = d.error.kind == ErrorKind::ImportFromDerivation;
  bool refers = d.error.kind == ErrorKind::Context || d.error.kind == ErrorKind::FileContext;
  if ((!refers && !unbuilt) || !d.out.primary) return;
  const SourceRange r = d.out.primary->range;
  std::uint32_t file = d.file_number(r.file);
  if (file == 0 || !d.is_user({file, r.begin})) return;
  const parser::Tree& t = d.tree(file);
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    if (t.kind({i}) != NodeKind::Apply || t.range({i}).begin != r.begin || t.range({i}).end != r.end) continue;
    for (NodeId argument : arguments_of(t, {i}) | std::views::reverse) {
      bool interpolated = (t.kind(argument) == NodeKind::String || t.kind(argument) == NodeKind::IndentedString) && t.size(argument) > 1;
      if (unbuilt || interpolated) return d.set_primary(d.range_of(file, argument), "this value");
    }
  }
}

}  // namespace evalctl::stdlib
