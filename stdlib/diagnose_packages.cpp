// Derivations and packages: make-derivation.nix, check-meta.nix and their like are where they fail, the user's own text is
// where the attribute or the package is.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "stdlib/definitions.h"
#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

// The text between `start` and the next of `ends`.
std::string between(std::string_view text, std::string_view start, std::string_view ends) {
  std::size_t at = text.find(start);
  if (at == text.npos) return {};
  text.remove_prefix(at + start.size());
  return std::string(text.substr(0, text.find(ends)));
}

// `[ f { } ]` in the value of a binding: an element that is followed by what looks like its argument.
bool call_in_list(Diagnosis& d, std::uint32_t file, NodeId value, std::size_t number) {
  const parser::Tree& t = d.tree(file);
  for (std::uint32_t i = value.index; i < value.index + t.size(value); ++i) {
    if (t.kind({i}) != NodeKind::List) continue;
    std::vector<NodeId> elements = children_of(t, {i});
    if (number > elements.size()) continue;
    for (std::size_t k = 0; k < elements.size(); ++k) {
      bool callee = t.kind(elements[k]) == NodeKind::Select || t.kind(elements[k]) == NodeKind::Identifier;
      bool text = k + 1 < elements.size() && (t.kind(elements[k + 1]) == NodeKind::String || t.kind(elements[k + 1]) == NodeKind::IndentedString);
      bool argument = k + 1 < elements.size() && (t.kind(elements[k + 1]) == NodeKind::AttrSet || t.kind(elements[k + 1]) == NodeKind::Lambda || (text && d.error.kind == ErrorKind::Throw) ||
                                                  (t.kind(elements[k + 1]) == NodeKind::Paren && t.kind({elements[k + 1].index + 1}) == NodeKind::Lambda));
      if (callee && argument && (number == 0 || number == k + 1)) {
        parser::Range both{t.range(elements[k]).begin, t.range(elements[k + 1]).end};
        std::string call = fmt::format("({})", t.slice(both));
        d.set_primary(d.range_of(file, elements[k]), "this and the next are two elements");
        d.out.help = "in a list these are two elements; for a call write parentheses around both";
        d.add_fix(d.range_of(file, both), call, "write parentheses");
        return true;
      }
    }
    if (number == 0 || number > elements.size()) continue;
    d.set_primary(d.range_of(file, elements[number - 1]), "this element");
    d.out.help = "write a derivation, a path or a string";
    return true;
  }
  return false;
}

// The same anywhere in the lists of the call that the primary range is: its function may hand them on by another name.
bool call_in_call(Diagnosis& d) {
  std::uint32_t file = d.out.primary ? d.file_number(d.out.primary->range.file) : 0;
  if (!d.is_user_file(file)) return false;
  const parser::Tree& t = d.tree(file);
  parser::Range r{d.out.primary->range.begin, d.out.primary->range.end};
  for (std::uint32_t i = 1; i < t.node_count(); ++i)
    if (t.kind({i}) == NodeKind::List && t.range({i}).begin >= r.begin && t.range({i}).end <= r.end && call_in_list(d, file, {i}, 0)) return true;
  return false;
}

// The binding of that name in the call that the primary range is, else the only one in the user's own text.
std::optional<Position> binding_named(Diagnosis& d, const std::string& name) {
  std::vector<Position> found;
  bool called = false;
  d.each_user_file([&](std::uint32_t file) {
    const parser::Tree& t = d.tree(file);
    bool same = d.out.primary && d.file_number(d.out.primary->range.file) == file;
    for (std::uint32_t i = 1; i < t.node_count() && !called; ++i) {
      if (t.kind({i}) != NodeKind::Binding || t.text({i + 1}) != name) continue;
      found.push_back({file, t.range({i}).begin});
      called = same && t.range({i}).begin >= d.out.primary->range.begin && t.range({i}).end <= d.out.primary->range.end;
    }
    return called;
  });
  if (called) return found.back();
  return found.size() == 1 ? std::optional(found[0]) : std::nullopt;
}

// "Dependency is not of a valid type: element 1 of buildInputs for x", and what derivationStrict says of an attribute.
bool derivation_attribute(Diagnosis& d) {
  std::string element = between(d.error.message, "not of a valid type: element ", " "), name = between(d.error.message, " of ", " for ");
  std::size_t number = element.empty() ? 0 : std::strtoul(element.c_str(), nullptr, 10);
  Position at{};
  for (const Frame& f : d.error.frames) {
    if (!f.text.starts_with("while evaluating the attribute '") || !f.text.contains("of the derivation")) continue;
    name = between(f.text, "the attribute '", "'");
    at = f.position;
    d.out.notes.push_back(f.text);
    break;
  }
  if (name.empty() || (number == 0 && at == Position{} && d.out.notes.empty())) return false;
  std::optional<Position> place = d.is_user(at) ? std::optional(at) : d.attribute_origin(name);
  if (!place) place = binding_named(d, name);
  if (!place) return number > 0 && call_in_call(d);
  auto value = d.value_bound_at(*place);
  // What was found by itself may lie elsewhere than what was made of it.
  if (d.settled && (!value || d.range_of(place->file, *value).begin != d.out.primary->range.begin)) {
    std::erase_if(d.out.notes, [](const std::string& note) { return note.contains("of the derivation"); });
    return false;
  }
  d.set_primary(value ? d.range_of(place->file, *value) : d.range_at(*place, true), fmt::format("the attribute `{}`", name));
  d.out.labels.clear();
  bool function = d.error.message.contains("a function");
  if (value && (number > 0 || function) && call_in_list(d, place->file, *value, number)) return true;
  if (auto literal = d.literal_in_primary(d.printed_culprit())) d.set_primary(*literal, "this value");
  if (d.error.message.contains("a set")) d.out.help = "a derivation's attributes are strings, numbers, lists of those, or derivations: `builtins.toJSON set` makes a string, `passthru` keeps a set out of it";
  if (function) d.out.help = "a derivation's attributes cannot be functions: put it into `passthru`";
  return true;
}

// The call in the user's own text that made the derivation at fault.
bool missing_name(Diagnosis& d) {
  if (!d.error.message.contains("required attribute 'name' missing")) return false;
  for (const char* name : {"version", "src", "buildInputs", "builder", "system", "pname", "installPhase", "buildPhase"}) {
    auto place = d.attribute_origin(name);
    if (!place) continue;
    auto call = d.around_of(place->file, place->offset, NodeKind::Apply);
    if (!call) continue;
    d.set_primary(d.range_of(place->file, *call), "this derivation");
    d.out.labels.clear();
    break;
  }
  d.out.help = "give it `name = \"…\";`, or `pname` and `version`";
  return true;
}

// "  - x.meta.description: Invalid value; expected string, got"
bool invalid_meta(Diagnosis& d, const std::string& name) {
  std::string_view m = d.error.message;
  std::string attribute = between(m, ".meta.", ":"), reason = between(m, ".meta." + attribute + ": ", "\n");
  while (reason.ends_with("got") || reason.ends_with(' ') || reason.ends_with(',')) reason.pop_back();
  d.out.message = fmt::format("package `{}` has an attribute in `meta` that nixpkgs does not accept: `{}`", name, attribute);
  d.out.help = reason.empty() ? fmt::format("correct or remove `meta.{}`", attribute) : fmt::format("correct `meta.{}`: {}", attribute, reason);
  std::string last = attribute.substr(attribute.rfind('.') + 1);
  d.each_user_file([&](std::uint32_t file) {
    const parser::Tree& t = d.tree(file);
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      if (t.kind({i}) != NodeKind::Binding || (t.text({i + 1}) != last && t.text({i + 1}) != "meta." + last)) continue;
      d.set_primary(d.range_of(file, NodeId{i + 1}), "this attribute");
      d.out.labels.clear();
      return true;
    }
    return false;
  });
  return true;
}

std::string letters_and_digits(std::string_view text) {
  std::string out;
  for (char c : text)
    if (std::isalnum(static_cast<unsigned char>(c))) out += c;
  return out;
}

// `openssl_1_1` is a name for "openssl-1.1.1w": the package's own, and then how its version begins.
bool may_name(std::string_view identifier, std::string_view bare, std::string_view full) {
  return identifier.starts_with(bare) && letters_and_digits(full).starts_with(letters_and_digits(identifier));
}

// Whether an identifier is the name of a binding, or a formal.
bool is_bound_name(const parser::Tree& t, NodeId id) {
  NodeKind before = t.kind({id.index - 1});
  return (before == NodeKind::AttrPath && t.kind({id.index - 2}) == NodeKind::Binding) || before == NodeKind::Formal;
}

// "Package ‘x’ in … has an unfree license, refusing to evaluate": one sentence, and what to set.
bool refused(Diagnosis& d) {
  std::string_view m = d.error.message;
  std::string_view first = m.substr(0, m.find('\n'));
  if (!m.contains("efus") || !first.contains("evaluat") || !(first.starts_with("Package ") || first.starts_with("Refusing to evaluate package"))) return false;
  d.out.code = "E035";
  std::string name = first.starts_with("Package") ? between(first, "‘", "’") : between(first, "'", "'");
  if (first.contains("invalid meta")) return invalid_meta(d, name);
  std::string_view why = m.contains("unfree") ? "unfree" : m.contains("insecure") ? "insecure" : m.contains("broken") ? "broken" : "unsupported";
  d.out.message = fmt::format("package `{}` is {}: nixpkgs refuses to evaluate it", name, why == "unsupported" ? "not available on this platform" : why);
  std::string_view place = first.substr(std::min(first.find(" in /"), first.size()));
  if (std::string where = between(place, " in ", " "); !where.empty()) d.out.notes.push_back(fmt::format("the package is defined at {}", where.substr(0, where.find_last_not_of(',') + 1)));
  if (std::size_t issues = m.find("Known issues:"); issues != m.npos)
    if (std::string issue = between(m.substr(issues), " - ", "\n"); !issue.empty()) d.out.notes.push_back("known issue: " + issue);
  std::string bare = name;
  for (std::size_t i = 0; i + 1 < name.size(); ++i)
    if (name[i] == '-' && std::isdigit(static_cast<unsigned char>(name[i + 1]))) {
      bare = name.substr(0, i);
      break;
    }
  d.out.help = why == "unfree"     ? fmt::format("allow it: `config.allowUnfreePredicate = p: lib.getName p == \"{}\";`, or all: `config.allowUnfree = true;` (NixOS: `nixpkgs.config.…`)", bare)
               : why == "insecure" ? fmt::format("allow it: `config.permittedInsecurePackages = [ \"{}\" ];` (NixOS: `nixpkgs.config.…`), or use another package", name)
               : why == "broken"   ? "allow it: `config.allowBroken = true;` (NixOS: `nixpkgs.config.…`), or use another release of nixpkgs"
                                   : "allow it: `config.allowUnsupportedSystem = true;`, or leave it out on this platform";
  if (d.out.primary && !is_library_file(d.out.primary->range.file) && !d.only_led() && d.out.primary->text != kMade) return true;
  // No frame of the user's own that has to do with it: the package by its name.
  for (bool exact : {true, false}) {
    bool found = false;
    d.each_user_file([&](std::uint32_t file) {
      const parser::Tree& t = d.tree(file);
      for (std::uint32_t i = 1; i < t.node_count() && !found; ++i) {
        if (t.kind({i}) != NodeKind::Identifier || is_bound_name(t, {i})) continue;
        found = exact ? t.text({i}) == bare : may_name(t.text({i}), bare, name);
        if (found) d.set_primary(d.range_of(file, NodeId{i}), "this package");
      }
      return found;
    });
    if (found) break;
  }
  return true;
}

// callPackage of newer releases: "Function called without required argument "x" at FILE:LINE, did you mean "y"?"
bool call_package(Diagnosis& d) {
  const std::string& m = d.error.message;
  if (!m.contains("Function called without required argument")) return false;
  std::string name = between(m, "argument \"", "\""), where = between(m, "\" at ", ","), better = between(m, "did you mean \"", "\"");
  while (where.ends_with('\'')) where.pop_back();
  d.out.code = "E013";
  d.out.message = fmt::format("callPackage: nothing gives the argument `{}`", name);
  // It offers several, not always the nearest first.
  std::vector<std::string> offered;
  for (std::size_t at = m.find("did you mean \""); at != m.npos; at = m.find('"', at + 1)) {
    std::size_t begin = m.find('"', at) + 1, end = m.find('"', begin);
    if (end == m.npos) break;
    offered.push_back(m.substr(begin, end - begin));
    at = end;
  }
  auto near = base::near_names(name, {offered.begin(), offered.end()});
  if (near.size() > 1) better = near[0];
  d.out.help = near.size() > 1 ? fmt::format("did you mean `{}`?", fmt::join(near, "` or `")) : better.empty() ? fmt::format("give it in the call: `callPackage … {{ {} = …; }}`", name) : fmt::format("did you mean `{}`?", better);
  std::uint32_t file = d.file_number(where.substr(0, where.rfind(':')));
  if (file == 0 || !d.is_user({file, 0})) return true;
  const parser::Tree& t = d.tree(file);
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    if (t.kind({i}) != NodeKind::Formal || t.text({i + 1}) != name) continue;
    if (d.out.primary && !is_library_file(d.out.primary->range.file)) d.out.labels = {{d.out.primary->range, "called here"}};
    d.set_primary(d.range_of(file, NodeId{i + 1}), "nothing gives this argument");
    d.out.notes.clear();
    if (!better.empty()) d.add_fix(d.out.primary->range, better, fmt::format("write `{}`", better));
    return true;
  }
  return true;
}

// The name that a derivation or a file in the store cannot have.
bool bad_name(Diagnosis& d) {
  if (d.error.kind != ErrorKind::StoreName) return false;
  for (const char* name : {"name", "pname"}) {
    auto place = d.attribute_origin(name);
    auto value = place ? d.value_bound_at(*place) : std::nullopt;
    if (!value) continue;
    d.set_primary(d.range_of(place->file, *value), "this name");
    d.out.labels.clear();
    break;
  }
  return true;
}

// Whether a string is the hash, with or without its algorithm before it.
bool is_hash(std::string_view string, std::string_view hash) {
  if (string.size() < hash.size() + 2) return false;
  std::string_view before = string.substr(0, string.size() - hash.size() - 1);
  return string.substr(before.size(), hash.size()) == hash && (before.size() == 1 || before.ends_with(':') || before.ends_with('-'));
}

// "hash 'abc' has wrong length": the string itself.
bool bad_hash(Diagnosis& d) {
  if (d.error.kind != ErrorKind::Hash && d.error.kind != ErrorKind::HashAlgorithm) return false;
  std::string hash = between(d.error.message, "'", "'");
  if (hash.empty()) return true;
  for (std::uint32_t file : d.user_files()) {
    const parser::Tree& t = d.tree(file);
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      if (t.kind({i}) != NodeKind::String || !is_hash(t.text({i}), hash)) continue;
      d.set_primary(d.range_of(file, NodeId{i}), "this hash");
      d.out.labels.clear();
      return true;
    }
  }
  return true;
}

}  // namespace

void diagnose_packages(Diagnosis& d) {
  if (refused(d) || call_package(d) || bad_hash(d) || bad_name(d) || missing_name(d)) return;
  bool own = d.out.primary && !d.places.empty() && d.is_user(d.places.front());
  if (!own && derivation_attribute(d)) return;
  // What was made of the list says no more than that a function is in it.
  std::uint32_t file = d.out.primary && d.error.message.contains("a function") ? d.file_number(d.out.primary->range.file) : 0;
  if (!d.is_user_file(file)) return;
  auto list = d.around_of(file, d.out.primary->range.begin, NodeKind::List);
  if (list && d.tree(file).range(*list).begin == d.out.primary->range.begin) call_in_list(d, file, *list, 0);
}

}  // namespace evalctl::stdlib
