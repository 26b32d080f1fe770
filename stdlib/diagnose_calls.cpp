// Calls: of what is no function, and with arguments that the function does not take or lacks.
#include <fmt/ranges.h>

#include <algorithm>

#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

}  // namespace

bool is_pattern(Diagnosis& d, Position p) {
  const parser::Tree& t = d.tree(p.file);
  for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i)
    if (t.kind({i}) == NodeKind::Lambda && t.kind({i + 1}) == NodeKind::Pattern && t.range({i}).begin == p.offset) return true;
  return false;
}

namespace {

// Narrows the primary range to the binding of `name` in it. False when there is none.
bool point_at_name(Diagnosis& d, std::string_view name, std::string label) {
  SourceRange& r = d.out.primary->range;
  for (std::size_t at = r.begin; (at = r.text.find(name, at)) < r.end; at += name.size()) {
    std::size_t after = r.text.find_first_not_of(" \n\t", at + name.size());
    bool whole = at > 0 && !std::isalnum(static_cast<unsigned char>(r.text[at - 1])) && r.text[at - 1] != '.';
    if (!whole || after == r.text.npos || r.text[after] != '=' || r.text.substr(after).starts_with("==")) continue;
    r.begin = static_cast<std::uint32_t>(at);
    r.end = static_cast<std::uint32_t>(at + name.size());
    d.out.primary->text = std::move(label);
    return true;
  }
  return false;
}

// Called by a library (callPackage): the function's own list of arguments is to blame.
void point_at_formal(Diagnosis& d) {
  SourceRange r = d.out.primary->range;
  std::string_view wanted = text_of(d.error.name);
  std::size_t at = r.text.find(wanted, r.begin);
  if (d.error.kind != ErrorKind::MissingArgument || at == r.text.npos || at >= r.end) return;
  r.begin = static_cast<std::uint32_t>(at);
  r.end = static_cast<std::uint32_t>(at + wanted.size());
  d.set_primary(r, "nothing gives this argument");
  std::vector<std::string_view> all;
  for (std::uint32_t id = 1; id <= symbol_count(); ++id) all.push_back(text_of({id}));
  auto near = base::near_names(wanted, all);
  if (near.empty()) return;
  d.out.help = fmt::format("did you mean `{}`?", near[0]);
  d.add_fix(r, std::string(near[0]), fmt::format("write `{}`", near[0]));
}

}  // namespace

void point_at_call(Diagnosis& d) {
  for (const Frame& f : d.error.frames) {
    if (f.text != "while calling a function" || f.position.file == 0) continue;
    if (!d.is_user(f.position)) return point_at_formal(d);
    d.out.labels.push_back({d.out.primary->range, "the function"});
    d.set_primary(d.range_at(f.position, false), "this call");
    if (d.error.kind == ErrorKind::UnexpectedArgument) point_at_name(d, text_of(d.error.name), "this argument");
    return;
  }
}

namespace {

// The names in the pattern of the function that begins at a place.
std::vector<std::string> formals(Diagnosis& d, Position p) {
  std::vector<std::string> names;
  const parser::Tree& t = d.tree(p.file);
  for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i) {
    if (t.kind({i}) != NodeKind::Lambda || t.kind({i + 1}) != NodeKind::Pattern || t.range({i}).begin != p.offset) continue;
    for (NodeId formal : t.children({i + 1}))
      if (t.kind(formal) == NodeKind::Formal) names.emplace_back(t.text({formal.index + 1}));
  }
  return names;
}

void suggest(Diagnosis& d) {
  std::vector<std::string_view> known;
  for (Symbol s : d.error.known) known.push_back(text_of(s));
  std::string_view wanted = text_of(d.error.name);
  auto near = base::near_names(wanted, known);
  if (d.error.kind == ErrorKind::MissingArgument) {
    std::vector<std::string> taken = formals(d, d.places.front());
    std::erase_if(near, [&](std::string_view name) { return std::find(taken.begin(), taken.end(), name) != taken.end(); });
    if (!near.empty()) {
      d.out.help = fmt::format("the call gives `{}`: write `{}`", near[0], wanted);
      if (point_at_name(d, near[0], "this name")) d.add_fix(d.out.primary->range, std::string(wanted), d.out.help);
    } else if (d.out.help.empty()) {
      d.out.help = fmt::format("give `{} = …;` in the call, or a default in the function: `{} ? …`", wanted, wanted);
    }
    return;
  }
  if (near.empty()) {
    if (!known.empty() && known.size() <= 8) {
      std::sort(known.begin(), known.end());
      d.out.notes.push_back(fmt::format("it accepts: {}", fmt::join(known, ", ")));
    }
    d.out.help = fmt::format("remove `{}` from the call, or accept it: `{{ {}, ... }}:`", wanted, wanted);
    return;
  }
  d.out.help = fmt::format("did you mean `{}`?", near[0]);
  SourceRange r = d.out.primary->range;
  if (!r.text.substr(r.begin).starts_with(wanted)) return;
  r.end = r.begin + static_cast<std::uint32_t>(wanted.size());
  d.add_fix(r, std::string(near[0]), fmt::format("write `{}`", near[0]));
}

// A library gives more arguments than the user's function takes: modules and overridden packages have to accept them.
bool accept_more(Diagnosis& d) {
  Position p = d.places.front();
  auto caller = std::find_if(d.error.frames.begin(), d.error.frames.end(), [](const Frame& f) { return f.text == "while calling a function" && f.position.file; });
  if (d.error.kind != ErrorKind::UnexpectedArgument || caller == d.error.frames.end() || d.is_user(caller->position)) return false;
  const parser::Tree& t = d.tree(p.file);
  for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i) {
    if (t.kind({i}) != NodeKind::Lambda || t.kind({i + 1}) != NodeKind::Pattern || t.range({i}).begin != p.offset) continue;
    parser::Range pattern = t.range({i + 1});
    d.set_primary(d.range_of(p.file, pattern), "these arguments");
    d.out.help = "it is called with more arguments: end the list with `...`";
    std::uint32_t last = pattern.begin;
    for (NodeId formal : t.children({i + 1})) last = std::max(last, t.range(formal).end);
    bool empty = t.size({i + 1}) == 1;
    if (t.text({i + 1}).ends_with('}')) d.add_fix(d.range_of(p.file, {empty ? pattern.begin + 1 : last, empty ? pattern.begin + 1 : last}), empty ? " ..." : ", ...", d.out.help);
    return true;
  }
  return false;
}

// Whether a set in the user's own text stands in a list of overlays, where functions belong, or is all that one gives after one
// argument.
bool stands_for_overlay(Diagnosis& d, Position made) {
  const parser::Tree& t = d.tree(made.file);
  auto chain = d.around(made.file, made.offset);
  for (std::size_t i = chain.size(); i-- > 1;) {
    if (t.kind(chain[i]) != NodeKind::List) continue;
    if (i + 1 >= chain.size() || t.kind(chain[i - 1]) != NodeKind::Binding || t.text({chain[i - 1].index + 1}) != "overlays") return false;
    NodeId element = chain[i + 1];
    while (t.kind(element) == NodeKind::Paren) element = {element.index + 1};
    bool one = t.kind(element) == NodeKind::Lambda;
    d.set_primary(d.range_of(made.file, element), one ? "takes one argument" : "this is no function");
    d.out.help = "an overlay is a function of two arguments: `final: prev: { … }`";
    parser::Range r = t.range(element);
    if (!one) d.add_fix(d.range_of(made.file, element), fmt::format("(final: prev: {})", t.text(element)), "write `final: prev:` before it");
    else if (t.kind({element.index + 1}) == NodeKind::Identifier) d.add_fix(d.range_of(made.file, {t.range(children_of(t, element).back()).begin, r.end}), fmt::format("prev: {}", t.text(children_of(t, element).back())), "take `prev` too");
    return true;
  }
  return false;
}

// A value that an overlay should be: `[ { … } ]`, or a function of too few arguments.
bool not_an_overlay(Diagnosis& d) {
  auto is_one = [&](Value word) {
    Value value = d.known_value(word);
    auto made = value && value.is(Kind::Attrs) ? d.origin(word, 0) : std::nullopt;
    return made && stands_for_overlay(d, *made);
  };
  return (!d.error.culprit.empty() && is_one(d.error.culprit.front())) || d.any_word(is_one);
}

void not_a_function(Diagnosis& d) {
  if (not_an_overlay(d)) return;
  // `[ f x ]`: the call that was meant is two elements.
  d.out.help = "a semicolon or parentheses may be missing: `f x` applies f; in a list write `[ (f x) ]`";
}

}  // namespace

void diagnose_calls(Diagnosis& d) {
  if (!d.out.primary) return;
  if (d.error.kind == ErrorKind::Call) return not_a_function(d);
  // The argument itself, wherever the call was made.
  if (auto given = d.error.kind == ErrorKind::UnexpectedArgument ? d.attribute_origin(text_of(d.error.name)) : std::nullopt) {
    Position function = d.places.front();
    d.set_primary(d.range_at(*given, true), "this argument");
    d.out.labels.clear();
    d.out.notes.clear();
    if (d.is_user(function)) d.out.labels.push_back({d.range_at(function, true), "the function"});
    else d.report_place(function);
    return suggest(d);
  }
  if (d.is_user(d.places.front())) {
    if (accept_more(d)) return;
    point_at_call(d);
  }
  suggest(d);
}

}  // namespace evalctl::stdlib
