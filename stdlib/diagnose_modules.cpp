// Errors of nixpkgs' module system: the definition in the user's own file, and what the option takes.
#include <fmt/ranges.h>

#include <algorithm>

#include "stdlib/definitions.h"
#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"
#include "stdlib/module_errors.h"
#include "stdlib/module_places.h"
#include "stdlib/option_values.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::Label;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;
using Kind = ModuleError::Kind;
using Place = ModulePlaces::Place;
using Declared = ModulePlaces::Declared;

std::string_view text_in(const SourceRange& r) { return r.text.substr(r.begin, r.end - r.begin); }
bool same_place(const SourceRange& a, const SourceRange& b) { return a.file == b.file && a.begin == b.begin; }

class ModuleDiagnosis {
 public:
  ModuleDiagnosis(Diagnosis& d, ModuleError error) : d_(d), e_(std::move(error)), in_(d) {}

  void run() {
    switch (e_.kind) {
      case Kind::Type: wrong_type(); break;
      case Kind::NotASet: not_a_set(); break;
      case Kind::Unknown: unknown(); break;
      case Kind::Conflict:
      case Kind::ReadOnly: conflict(); break;
      case Kind::NotDefined: not_defined(); break;
      case Kind::Assertions: diagnose_assertions(d_, e_); break;
      case Kind::DeclaredTwice:
      case Kind::DeclaredAsBoth:
      case Kind::BadDeclaration: declarations(); break;
      case Kind::NotAModule:
      case Kind::NestedImports: not_a_module(); break;
      case Kind::MixedModule: mixed(); break;
      case Kind::Condition: condition(); break;
      case Kind::Unworded: unworded(); break;
    }
    if (!d_.out.primary) d_.point();
  }

 private:
  // One place for each definition that the message names, each its own.
  std::vector<Place> definitions() {
    std::vector<Place> chosen;
    auto take = [&](const std::vector<Place>& found) {
      for (const Place& p : found) {
        if (std::any_of(chosen.begin(), chosen.end(), [&](const Place& c) { return same_place(c.value, p.value); })) continue;
        chosen.push_back(p);
        return;
      }
    };
    for (const auto& named : e_.definitions) take(places(e_.option, named));
    if (e_.definitions.empty())
      for (const Place& p : places(e_.option, {})) chosen.push_back(p);
    // The user's own first.
    std::stable_partition(chosen.begin(), chosen.end(), [](const Place& p) { return !is_library_file(p.value.file); });
    return chosen;
  }

  void show_declaration() {
    std::vector<Declared> found = declared(e_.option);
    auto exact = [&](const Declared& o) { return o.option == e_.option; };
    if (std::any_of(found.begin(), found.end(), exact)) std::erase_if(found, [&](const Declared& o) { return !exact(o); });
    if (found.size() != 1) return;
    if (!is_library_file(found[0].name.file)) {
      d_.out.labels.push_back({found[0].name, "declared here"});
      return;
    }
    auto at = base::line_and_column(found[0].name.text, found[0].name.begin);
    d_.out.notes.push_back(fmt::format("declared{} in {}:{}", e_.type.empty() ? "" : fmt::format(" as {}", in_words(e_.type)), found[0].name.file, at.line));
  }

  // ---- Values
  void wrong_type() {
    d_.out.code = "E021";
    std::string value = e_.definitions.empty() ? "" : e_.definitions.front().value;
    std::vector<Place> found = definitions();
    // Older releases do not print the value: take the one that is clearly wrong.
    if (value.empty()) {
      std::vector<Place> all = places(e_.option, e_.definitions.empty() ? ModuleError::Definition{} : e_.definitions.front());
      auto wrong = std::find_if(all.begin(), all.end(), [&](const Place& p) { return p.complete && violates(e_.type, text_in(p.value)); });
      if (wrong != all.end()) found.insert(found.begin(), *wrong);
    }
    if (!found.empty()) {
      d_.set_primary(found.front().value, "this value");
      std::string_view written = text_in(found.front().value);
      if (value.empty() && is_literal(written)) value = written.substr(0, 80);
      call_in_list();
    }
    if (found.empty()) default_value();
    if (found.empty() ? !d_.out.primary : is_library_file(found.front().value.file)) literal_value(value);
    // "names (element 2)" is element 2 of names.
    std::size_t element = e_.shown.ends_with(')') ? e_.shown.rfind(" (element ") : e_.shown.npos;
    std::string what = element == e_.shown.npos ? fmt::format("option `{}`", e_.shown)
                                                : fmt::format("{} of option `{}`", e_.shown.substr(element + 2, e_.shown.size() - element - 3), e_.shown.substr(0, element));
    d_.out.message = fmt::format("{} expects {}{}", what, in_words(e_.type), value.empty() ? "" : ", got " + described(value));
    for (const std::string& line : e_.details)
      if (line.contains("must be") && d_.out.notes.size() < 2) d_.out.notes.push_back(line);
    source_of_variable();
    if (value.empty() && !d_.out.labels.empty() && is_literal(text_in(d_.out.labels[0].range))) {
      value = text_in(d_.out.labels[0].range);
      d_.out.message += ", got " + described(value);
    }
    show_declaration();
    std::string_view written = d_.out.primary && !found.empty() ? text_in(d_.out.primary->range) : "";
    std::string better = replacement(e_.type, is_literal(written) ? std::string(written) : value, written);
    if (!d_.out.help.empty()) return;
    if (better.empty()) {
      d_.out.help = advice(e_.type, value);
      return;
    }
    d_.out.help = fmt::format("write `{}`", better);
    if (is_literal(written) || better.starts_with('[')) d_.add_fix(d_.out.primary->range, better, d_.out.help);
  }

  // The option was defined by another name: the one literal that is written as the value was printed.
  void literal_value(const std::string& printed) {
    if (printed.size() < 3 || !is_literal(printed)) return;
    std::optional<SourceRange> found;
    for (std::uint32_t file : d_.user_files()) {
      const parser::Tree& t = d_.tree(file);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        if (t.text({i}) != printed || t.kind({i}) == NodeKind::AttrPath || t.kind({i - 1}) == NodeKind::AttrPath) continue;
        if (found && found->begin != t.range({i}).begin) return;
        found = d_.range_of(file, NodeId{i});
      }
    }
    if (found) d_.set_primary(*found, "this value");
  }

  // Nothing defines the option: the default that its declaration gives.
  void default_value() {
    for (const Declared& o : declared(e_.option)) {
      std::uint32_t file = d_.file_number(o.value.file);
      if (!d_.is_user_file(file)) continue;
      const parser::Tree& t = d_.tree(file);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        if (t.kind({i}) != NodeKind::Binding || t.range({i}).begin < o.value.begin || t.range({i}).end > o.value.end || t.text({i + 1}) != "default") continue;
        return d_.set_primary(d_.range_of(file, NodeId{i + 1 + t.size({i + 1})}), "this default");
      }
    }
  }

  // `[ f { } ]` are two elements where one was meant, if the next element is a set, list or string on the same line.
  void call_in_list() {
    std::uint32_t file = d_.file_number(d_.out.primary->range.file);
    if (file == 0) return;
    const parser::Tree& t = d_.tree(file);
    auto chain = d_.around(file, d_.out.primary->range.begin);
    for (std::size_t i = 1; i < chain.size(); ++i) {
      if (t.kind(chain[i - 1]) != NodeKind::List || t.range(chain[i]).begin != d_.out.primary->range.begin) continue;
      NodeId list = chain[i - 1], next{chain[i].index + t.size(chain[i])};
      if (next.index >= list.index + t.size(list)) return;
      NodeKind kind = t.kind(next), callee = t.kind(chain[i]);
      bool argument = kind == NodeKind::AttrSet || kind == NodeKind::String || kind == NodeKind::List;
      if (!argument || (callee != NodeKind::Select && callee != NodeKind::Identifier)) return;
      parser::Range both{t.range(chain[i]).begin, t.range(next).end};
      std::string_view text = t.slice(both);
      if (text.contains('\n') || text.size() > 80) return;
      d_.out.help = fmt::format("in a list these are two elements; for a call write `({})`", text);
      d_.add_fix(d_.range_of(file, both), fmt::format("({})", text), "write parentheses");
      return;
    }
  }

  // Where a variable that is used as the value gets its own.
  void source_of_variable() {
    if (!d_.out.primary) return;
    const SourceRange r = d_.out.primary->range;
    std::uint32_t file = d_.file_number(r.file);
    if (file == 0) return;
    const parser::Tree& t = d_.tree(file);
    auto chain = d_.around(file, r.begin);
    if (chain.empty() || t.kind(chain.back()) != NodeKind::Identifier || t.range(chain.back()).end != r.end) return;
    for (std::size_t i = chain.size(); i-- > 0;) {
      if (t.kind(chain[i]) != NodeKind::Let) continue;
      for (NodeId c : t.children(chain[i])) {
        NodeId path{c.index + 1};
        if (t.kind(c) != NodeKind::Binding || t.text(path) != text_in(r)) continue;
        d_.out.labels.push_back({d_.range_of(file, NodeId{path.index + t.size(path)}), "its value comes from here"});
        return;
      }
    }
  }

  // `lib.mkIf condition` without what it guards.
  bool unfinished() {
    std::optional<SourceRange> found;
    for (std::uint32_t file : d_.user_files()) {
      const parser::Tree& t = d_.tree(file);
      for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i) {
        if (t.kind({i}) != NodeKind::Binding) continue;
        NodeId value{i + 1 + t.size({i + 1})};
        bool one = t.kind(value) == NodeKind::Apply && t.kind({value.index + 1}) != NodeKind::Apply;
        std::string_view function = t.text(one ? NodeId{value.index + 1} : value);
        bool two_wanted = function.ends_with("mkIf") || function.ends_with("mkOverride") || function.ends_with("mkOrder");
        bool one_wanted = function.ends_with("mkForce") || function.ends_with("mkDefault") || function.ends_with("mkMerge");
        if (!two_wanted && (one || !one_wanted)) continue;
        if (found) return false;
        found = d_.range_of(file, value);
      }
    }
    if (!found) return false;
    std::string_view function = text_in(*found).substr(0, text_in(*found).find(' '));
    d_.out.message = fmt::format("`{}` lacks an argument", function);
    d_.out.help = function.ends_with("mkIf") ? fmt::format("write what it guards behind the condition: `{} condition {{ … }}`", function) : "write the value behind it";
    d_.set_primary(*found, "this is a function still");
    return true;
  }

  void not_a_set() {
    d_.out.code = "E021";
    if ((e_.type == "lambda" || e_.type == "function" || e_.type == "a function") && unfinished()) return;
    d_.out.message = fmt::format("`{}` is a set of options, not an option: it cannot be a {}", e_.shown, e_.type.empty() ? "plain value" : type_in_words(e_.type));
    std::vector<Place> found = definitions();
    if (!found.empty()) d_.set_primary(found.front().value, "this value");
    std::vector<std::string> inside = in_.names_below(e_.option);
    bool enable = (e_.type == "bool" || e_.type == "boolean") && std::find(inside.begin(), inside.end(), "enable") != inside.end();
    if (enable) {
      d_.out.help = fmt::format("write `{}.enable`", e_.shown);
      if (!found.empty()) d_.add_fix({found[0].name.file, found[0].name.text, found[0].name.end, found[0].name.end}, ".enable", d_.out.help);
      return;
    }
    if (inside.size() > 8) inside.resize(8);
    d_.out.help = inside.empty() ? fmt::format("define the options inside: `{}.name = …;`", e_.shown)
                                 : fmt::format("define an option inside: `{}.{} = …;`", e_.shown, inside.front());
    if (inside.size() > 1) d_.out.notes.push_back(fmt::format("it has: {}", fmt::join(inside, ", ")));
  }

  // The sentence stays as it is; the definitions that it lists are shown.
  void unworded() {
    auto found = definitions();
    for (std::size_t i = 0; i < found.size() && i < 4; ++i) {
      Label label{found[i].value, found.size() == 1 ? "this definition" : i == 0 ? "one definition" : "another"};
      if (i == 0) d_.out.primary = label;
      else d_.out.labels.push_back(label);
    }
    d_.out.message = d_.error.message.substr(0, d_.error.message.find('\n'));
    d_.out.help = found.size() > 1 ? "change these definitions: the message says what is wrong with them" : "change this definition: the message says what is wrong with it";
    show_declaration();
  }

  // ---- Names
  void unknown() {
    d_.out.code = "E022";
    d_.out.message = fmt::format("there is no option `{}`", e_.shown);
    auto found = definitions();
    if (!found.empty()) d_.set_primary(found.front().name, "defined here");
    std::string_view option = e_.option;
    std::size_t dot = option.rfind('.');
    std::string last(option.substr(dot + 1));
    std::vector<std::string> names = in_.names_below(dot == option.npos ? "" : option.substr(0, dot));
    static constexpr std::string_view kStructure[] = {"imports", "options", "config", "disabledModules", "meta"};
    if (dot == option.npos) names.insert(names.begin(), std::begin(kStructure), std::end(kStructure));
    auto near = base::near_names(last, {names.begin(), names.end()});
    std::string better = near.empty() ? "" : std::string(near[0]);
    if (better.empty() && dot != option.npos) better = submodule_name(last);
    // What the module system itself suggests.
    for (const std::string& line : e_.details)
      if (auto suggested = quoted_names(line); line.contains("id you mean") && !suggested.empty() && better.empty()) better = suggested[0].substr(suggested[0].rfind('.') + 1);
    if (better.empty()) {
      d_.out.help = "look for a slip in its name, or for a module that is not imported";
      if (!names.empty() && names.size() <= 8) d_.out.notes.push_back(fmt::format("there are: {}", fmt::join(names, ", ")));
      return elsewhere(last);
    }
    std::string whole = (dot == option.npos ? "" : e_.shown.substr(0, e_.shown.rfind('.') + 1)) + better;
    d_.out.help = fmt::format("did you mean `{}{}`?", whole, d_.out.primary ? written_below(whole) : "");
    if (!d_.out.primary) return;
    SourceRange r = d_.out.primary->range;
    std::size_t at = text_in(r).rfind(last);
    if (at == std::string_view::npos) return;
    r.begin += static_cast<std::uint32_t>(at);
    r.end = r.begin + static_cast<std::uint32_t>(last.size());
    d_.add_fix(r, better, fmt::format("write `{}`", better));
  }

  // What the definition says behind the option's name, if the better one has that too: `.enable`.
  std::string written_below(const std::string& better) {
    std::string_view written = text_in(d_.out.primary->range);
    std::size_t end = written.find(e_.option);
    if (end == written.npos || (end += e_.option.size()) >= written.size() || written[end] != '.') return "";
    std::string rest(written.substr(end));
    bool known = false;
    in_.each_declaration([&](Declared&& o) { known |= declares(o.option, better + rest); });
    return known ? rest : "";
  }

  // The nearest of the names that submodules declare, wherever they are used.
  std::string submodule_name(const std::string& last) {
    std::vector<std::string> names;
    in_.each_declaration([&](Declared&& o) {
      if (!o.option.contains('.')) names.push_back(std::move(o.option));
    });
    auto near = base::near_names(last, {names.begin(), names.end()});
    return near.empty() ? "" : std::string(near[0]);
  }

  // The same name below another set of options.
  void elsewhere(const std::string& last) {
    if (last.size() < 5) return;
    std::vector<std::string> found;
    in_.each_declaration([&](Declared&& o) {
      if (o.option.ends_with("." + last) && !o.option.contains('*') && o.option.size() > last.size() + 1) found.push_back(std::move(o.option));
    });
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (!found.empty() && found.size() <= 3) d_.out.help = fmt::format("did you mean `{}`?", fmt::join(found, "`, `"));
  }

  // ---- Several definitions
  static std::string_view priority_of(const SourceRange& value) {
    std::string_view line = value.text.substr(0, value.begin);
    line.remove_prefix(line.find_last_of(";{}") == line.npos ? 0 : line.find_last_of(";{}") + 1);
    return line.contains("mkForce") ? "forced" : line.contains("mkDefault") ? "default" : "";
  }

  bool names_lib(const SourceRange& r) const {
    std::string_view text = r.text;
    return text.contains("lib,") || text.contains("lib ,") || text.contains("lib =") || text.contains(", lib") || text.contains("inherit lib");
  }

  void conflict() {
    d_.out.code = "E023";
    bool read_only = e_.kind == Kind::ReadOnly;
    d_.out.message = read_only ? fmt::format("option `{}` is read-only, and is defined more than once", e_.shown)
                               : fmt::format("option `{}` has definitions that contradict each other", e_.shown);
    auto found = definitions();
    for (std::size_t i = 0; i < found.size() && i < 4; ++i) {
      std::string_view priority = priority_of(found[i].value);
      Label label{found[i].value, fmt::format("{} value{}", i == 0 ? "one" : "another", priority.empty() ? "" : fmt::format(" ({})", priority))};
      if (i == 0) d_.out.primary = label;
      else d_.out.labels.push_back(label);
    }
    for (const auto& named : e_.definitions)
      if (is_library_file(named.file)) d_.out.notes.push_back(fmt::format("{}: {}", named.file, named.value));
    if (read_only) {
      d_.out.help = "a module sets it already: remove this definition";
      return;
    }
    std::string_view priority = found.empty() ? "" : priority_of(found[0].value);
    d_.out.help = priority == "forced"    ? "both use `lib.mkForce`: leave it out of one of them"
                  : priority == "default" ? "both use `lib.mkDefault`: leave it out of the one that shall win"
                                          : "make one win with `lib.mkForce value`, or let one give way with `lib.mkDefault value`";
    if (found.empty() || !priority.empty() || !names_lib(found[0].value)) return;
    std::string value(text_in(found[0].value));
    bool simple = is_literal(value) || value.find_first_of(" \n") == value.npos;
    d_.add_fix(found[0].value, fmt::format("lib.mkForce {}", simple ? value : "(" + value + ")"), "let this value win: `lib.mkForce`");
  }

  // ---- No value
  void not_defined() {
    d_.out.code = "E024";
    d_.out.message = fmt::format("option `{}` is used but has no value", e_.shown);
    d_.out.help = fmt::format("define it: `{} = …;`", e_.shown);
    d_.point();
    std::string last = e_.option.substr(e_.option.rfind('.') + 1);
    auto in_submodule = declared(e_.option);
    bool inner = std::any_of(in_submodule.begin(), in_submodule.end(), [](const Declared& o) { return o.option.contains('*'); });
    if (!inner && d_.out.primary && !is_library_file(d_.out.primary->range.file) && text_in(d_.out.primary->range).contains(last)) {
      d_.out.labels.clear();
      d_.out.primary->text = "used here";
      return show_declaration();
    }
    // Of a submodule: the definition that lacks it.
    auto found = places(e_.option, {});
    if (found.empty()) return show_declaration();
    d_.out.labels.clear();
    d_.set_primary(found.front().name, fmt::format("`{}` is missing here", last));
    d_.out.help = fmt::format("define it: `{} = …;`", last);
    show_declaration();
  }

  // ---- Declarations
  void declarations() {
    d_.out.code = "E029";
    d_.out.message = e_.kind == Kind::DeclaredTwice    ? fmt::format("option `{}` is declared more than once", e_.shown)
                     : e_.kind == Kind::DeclaredAsBoth ? fmt::format("`{}` is declared as an option and as a set of options", e_.shown)
                                                       : fmt::format("`options.{}` is not declared with `lib.mkOption`", e_.shown);
    d_.out.help = e_.kind == Kind::DeclaredTwice    ? "give one of them another name, or remove one"
                  : e_.kind == Kind::DeclaredAsBoth ? "give one of them another name"
                                                    : "wrap it: `lib.mkOption { type = …; }`; a definition belongs outside of `options`";
    std::vector<Label> found;
    in_.each_declaration([&](Declared&& o) {
      bool below = e_.kind == Kind::DeclaredAsBoth && o.option.starts_with(e_.option + ".") && !o.option.contains('*');
      if (o.option == e_.option || below) found.push_back({o.name, o.option == e_.option ? "declared here" : "and this lies inside of it"});
    });
    if (found.empty() && e_.kind == Kind::BadDeclaration) bad_declaration(found);
    std::stable_partition(found.begin(), found.end(), [](const Label& l) { return !is_library_file(l.range.file); });
    for (std::size_t i = 0; i < found.size() && i < 4; ++i) {
      if (i == 0) d_.out.primary = found[0];
      else d_.out.labels.push_back(found[i]);
    }
    if (e_.kind == Kind::BadDeclaration && !found.empty()) {
      d_.out.primary->text.clear();
      d_.out.labels.clear();
    }
  }

  void bad_declaration(std::vector<Label>& out) {
    for (std::uint32_t file : d_.user_files())
      for (const OptionDefinition& f : find_definitions(d_.tree(file), {"options." + e_.option, ""})) out.push_back({d_.range_of(file, f.name), ""});
  }

  // ---- Modules
  // The expression that a file comes to, without its function's arguments.
  SourceRange body_of(std::uint32_t file) {
    return d_.range_of(file, body_of_file(d_.tree(file)));
  }

  void not_a_module() {
    d_.out.code = "E031";
    std::uint32_t file = e_.definitions.empty() ? 0 : file_of(e_.definitions.front().file);
    if (e_.kind == Kind::NestedImports) d_.out.message = "a list stands in `imports` where a module belongs";
    d_.out.help = e_.kind == Kind::NestedImports ? "join the lists with `++`, or remove the inner brackets" : "a module is a set, a function that gives one, or the path of a file with one";
    if (file == 0) return;
    if (e_.kind == Kind::NestedImports) {
      for (const OptionDefinition& f : find_definitions(d_.tree(file), {"imports", ""})) {
        const parser::Tree& t = d_.tree(file);
        for (std::uint32_t i = 1; i < t.node_count(); ++i)
          if (t.kind({i}) == NodeKind::List && t.range({i}).begin > f.value.begin && t.range({i}).end < f.value.end)
            return d_.set_primary(d_.range_of(file, NodeId{i}), "this list");
      }
    }
    d_.set_primary(body_of(file), "this is no module");
  }

  void mixed() {
    d_.out.code = "E031";
    d_.out.message = fmt::format("`{}` stands beside `config` or `options`", e_.shown);
    d_.out.help = fmt::format("move it into `config`: `config.{} = …;`", e_.shown);
    auto found = definitions();
    if (found.empty()) return;
    d_.set_primary(found.front().name, "defined here");
    SourceRange r = found.front().name;
    r.end = r.begin;
    d_.add_fix(r, "config.", d_.out.help);
  }

  // The name that the innermost frame of that beginning quotes.
  std::string frame_name(std::string_view start) const {
    for (const Frame& f : d_.error.frames)
      if (f.text.starts_with(start)) return f.text.substr(start.size(), f.text.find('\'', start.size()) - start.size());
    return "";
  }

  // mkIf does not say where it was called: what it guards does.
  void condition() {
    d_.out.code = "E021";
    d_.out.message = "the condition of `lib.mkIf` is no boolean";
    d_.out.help = "write a comparison, or an option that is a boolean: `config.services.….enable`";
    std::optional<SourceRange> place;
    ModuleError::Definition named{frame_name("while evaluating definitions from `"), ""};
    std::string option = frame_name("while evaluating the option `");
    std::uint32_t file = file_of(named.file);
    if (file == 0) return;
    const parser::Tree& t = d_.tree(file);
    auto inside = places(option, named);
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      NodeId inner{i + 1}, function{i + 2};
      if (t.kind({i}) != NodeKind::Apply || t.kind(inner) != NodeKind::Apply || !t.text(function).ends_with("mkIf")) continue;
      NodeId condition{function.index + t.size(function)};
      parser::Range r = t.range({i});
      bool around = std::any_of(inside.begin(), inside.end(), [&](const Place& p) { return (r.begin <= p.name.begin && p.name.end <= r.end) || (p.name.begin <= r.begin && r.begin <= p.value.begin); });
      bool literal = is_literal(t.text(condition)) && t.text(condition) != "true" && t.text(condition) != "false";
      if (!place || literal || around) place = d_.range_of(file, condition);
      if (literal) break;
    }
    if (place) d_.set_primary(*place, "this condition");
  }

  std::vector<Place> places(const std::string& option, const ModuleError::Definition& named) { return in_.definitions(e_.kind, option, named); }
  std::vector<Declared> declared(std::string_view option) { return in_.declared(option); }
  std::uint32_t file_of(const std::string& named) const { return in_.file_of(named); }

  Diagnosis& d_;
  ModuleError e_;
  ModulePlaces in_;
};

}  // namespace

bool diagnose_modules(Diagnosis& d) {
  if (diagnose_module_argument(d) || diagnose_imports(d)) return true;
  if (auto error = module_error_without_message(d)) {
    ModuleDiagnosis(d, std::move(*error)).run();
    return true;
  }
  ErrorKind kind = d.error.kind;
  if (kind != ErrorKind::Throw && kind != ErrorKind::Assertion && kind != ErrorKind::Abort && kind != ErrorKind::Other) return false;
  auto parsed = parse_module_error(d.error.message);
  if (!parsed) return false;
  ModuleDiagnosis(d, std::move(*parsed)).run();
  return true;
}

}  // namespace evalctl::stdlib
