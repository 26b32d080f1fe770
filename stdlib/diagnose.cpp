#include "stdlib/diagnose.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/files.h"
#include "evaluator/operations.h"
#include "evaluator/program.h"
#include "stdlib/definitions.h"
#include "stdlib/module_errors.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::Diagnostic;
using base::Label;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

constexpr ErrorCode kCodes[] = {
#define DIAGNOSTIC(code, name, explanation, example) {#code, #name, explanation, example},
#include "stdlib/diagnostics.def"
};

std::string_view code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Syntax: return "E001";
    case ErrorKind::Undefined: return "E010";
    case ErrorKind::MissingAttribute: return "E011";
    case ErrorKind::Call: return "E012";
    case ErrorKind::MissingArgument: return "E013";
    case ErrorKind::UnexpectedArgument: return "E014";
    case ErrorKind::Type: return "E015";
    case ErrorKind::Coercion: return "E016";
    case ErrorKind::InfiniteRecursion: return "E017";
    case ErrorKind::Assertion: return "E018";
    case ErrorKind::Throw: return "E019";
    case ErrorKind::Abort: return "E020";
    case ErrorKind::StackOverflow: return "E026";
    case ErrorKind::SearchPath: return "E027";
    case ErrorKind::Other: return "E030";
  }
  return "E030";
}

bool has_file(std::string_view folder, const char* name) { return access((std::string(folder) + name).c_str(), F_OK) == 0; }

class Diagnoser {
 public:
  explicit Diagnoser(Vm& vm) : vm_(vm), error_(*vm.error) {}

  Diagnostic run() {
    out_.code = code_of(error_.kind);
    out_.message = error_.message;
    places();
    if (!module_error()) {
      point();
      explain();
      missing_path();
    }
    std::size_t shown = out_.primary ? 1 + out_.labels.size() : 0;
    std::size_t frames = std::count_if(error_.frames.begin(), error_.frames.end(), [](const Frame& f) { return !f.text.empty(); });
    out_.hidden_frames = frames > shown ? frames - shown : 0;
    return std::move(out_);
  }

 private:
  const SourceFile& file(Position p) { return vm_.program().files[p.file]; }

  // Every place that evaluation was at, innermost first.
  void places() {
    if (error_.position.file) places_.push_back(error_.position);
    for (const Frame& f : error_.frames)
      if (f.position.file && (places_.empty() || places_.back() != f.position)) places_.push_back(f.position);
  }

  const parser::Tree& tree(std::uint32_t number) {
    auto& known = trees_[number];
    if (!known) known = std::make_unique<parser::ParseResult>(parser::parse(vm_.program().files[number].text));
    return known->tree;
  }

  // The expression that begins at a place: the smallest for a name, otherwise the largest that is no binding.
  SourceRange range_at(Position p, bool smallest) {
    const parser::Tree& t = tree(p.file);
    std::uint32_t end = p.offset;
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      parser::Range r = t.range({i});
      NodeKind kind = t.kind({i});
      if (r.begin != p.offset || r.end <= r.begin || kind == NodeKind::Binding || kind == NodeKind::Inherit) continue;
      if (kind == NodeKind::AttrPath && t.size({i}) > 2 && smallest) continue;
      if (smallest || r.end > end) end = r.end;
      if (!smallest && kind != NodeKind::Root) break;
    }
    return {file(p).path, file(p).text, p.offset, std::max(end, p.offset + 1)};
  }

  bool is_user(Position p) { return !is_library_file(file(p).path); }

  // The primary range: where it went wrong if that is the user's own text, else the innermost place in it.
  void point() {
    if (places_.empty()) return;
    auto own = std::find_if(places_.begin(), places_.end(), [&](Position p) { return is_user(p); });
    bool at_fault = own == places_.begin();
    Position chosen = own == places_.end() ? places_.front() : *own;
    if (at_fault && error_.part >= 0) {
      if (auto operand = operand_at(chosen)) {
        out_.primary = Label{*operand, ""};
        return;
      }
    }
    bool name = at_fault && (error_.kind == ErrorKind::Undefined || error_.kind == ErrorKind::MissingAttribute || error_.kind == ErrorKind::Syntax);
    out_.primary = Label{range_at(chosen, name), ""};
    if (!at_fault && own != places_.end()) {
      out_.primary->text = "led to the error";
      out_.labels.push_back({range_at(places_.front(), true), "reported here"});
    } else if (at_fault) {
      calls();
    }
  }

  SourceRange range_of(std::uint32_t number, parser::NodeId id) {
    parser::Range r = tree(number).range(id);
    const SourceFile& f = vm_.program().files[number];
    return {f.path, f.text, r.begin, r.end};
  }

  // The operand that was at fault, of the operator, string, condition or selection at `p`.
  std::optional<SourceRange> operand_at(Position p) {
    const parser::Tree& t = tree(p.file);
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      NodeId id{i};
      NodeKind kind = t.kind(id);
      if (t.size(id) == 1) continue;
      std::vector<NodeId> children;
      for (NodeId c : t.children(id)) children.push_back(c);
      if (kind == NodeKind::Select && error_.part == 0 && t.range(children[1]).begin <= p.offset && p.offset < t.range(children[1]).end)
        return range_of(p.file, children[0]);
      if (t.range(id).begin != p.offset) continue;
      if ((kind == NodeKind::If || kind == NodeKind::Assert || kind == NodeKind::Not) && error_.part == 0) return range_of(p.file, children[0]);
      if (kind == NodeKind::Binary && error_.part < 2) return range_of(p.file, children[static_cast<std::size_t>(error_.part)]);
      if (kind == NodeKind::String || kind == NodeKind::IndentedString || kind == NodeKind::Path) {
        auto parts = parser::string_parts(t, id);
        auto at = static_cast<std::size_t>(error_.part);
        if (at < parts.size() && parts[at].interpolation) return range_of(p.file, {parts[at].interpolation->index + 1});
      }
    }
    return std::nullopt;
  }

  // For an argument that is wrong the call matters as much as the function.
  void calls() {
    bool no_set = error_.kind == ErrorKind::Type && error_.part < 0 && is_pattern(places_.front());
    if (error_.kind != ErrorKind::MissingArgument && error_.kind != ErrorKind::UnexpectedArgument && !no_set) return;
    for (const Frame& f : error_.frames) {
      if (f.text != "while calling a function" || f.position.file == 0) continue;
      // Called by a library (callPackage): the function's own list of arguments is to blame.
      if (!is_user(f.position)) return formal();
      out_.labels.push_back({out_.primary->range, "the function"});
      out_.primary = Label{range_at(f.position, false), "this call"};
      if (error_.kind == ErrorKind::UnexpectedArgument) point_at_name(text_of(error_.name), "this argument");
      return;
    }
  }

  // A function that takes a set apart begins there.
  bool is_pattern(Position p) {
    const parser::Tree& t = tree(p.file);
    for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i)
      if (t.kind({i}) == NodeKind::Lambda && t.kind({i + 1}) == NodeKind::Pattern && t.range({i}).begin == p.offset) return true;
    return false;
  }

  void formal() {
    const SourceRange& r = out_.primary->range;
    std::string_view wanted = text_of(error_.name);
    std::size_t at = r.text.find(wanted, r.begin);
    if (error_.kind != ErrorKind::MissingArgument || at == r.text.npos || at >= r.end) return;
    out_.primary->range.begin = static_cast<std::uint32_t>(at);
    out_.primary->range.end = static_cast<std::uint32_t>(at + wanted.size());
    out_.primary->text = "nothing gives this argument";
    std::vector<std::string_view> all;
    for (std::uint32_t id = 1; id <= symbol_count(); ++id) all.push_back(text_of({id}));
    auto near = base::near_names(wanted, all);
    if (near.empty()) return;
    out_.help = fmt::format("did you mean `{}`?", near[0]);
    out_.fixes.push_back({out_.primary->range, std::string(near[0]), fmt::format("write `{}`", near[0])});
  }

  // Narrows the primary range to the binding of `name` in it. False when there is none.
  bool point_at_name(std::string_view name, std::string label) {
    SourceRange& r = out_.primary->range;
    for (std::size_t at = r.begin; (at = r.text.find(name, at)) < r.end; at += name.size()) {
      std::size_t after = r.text.find_first_not_of(" \n\t", at + name.size());
      bool whole = at > 0 && !std::isalnum(static_cast<unsigned char>(r.text[at - 1])) && r.text[at - 1] != '.';
      if (!whole || after == r.text.npos || r.text[after] != '=' || r.text.substr(after).starts_with("==")) continue;
      r.begin = static_cast<std::uint32_t>(at);
      r.end = static_cast<std::uint32_t>(at + name.size());
      out_.primary->text = std::move(label);
      return true;
    }
    return false;
  }

  void suggest() {
    std::vector<std::string_view> known;
    for (Symbol s : error_.known) known.push_back(text_of(s));
    std::string_view wanted = text_of(error_.name);
    if (error_.kind == ErrorKind::Undefined) {
      for (const auto& [id, value] : vm_.program().globals)
        if (!text_of({id}).starts_with("__")) known.push_back(text_of({id}));
    }
    auto near = base::near_names(wanted, known);
    if (!near.empty() && error_.kind == ErrorKind::MissingArgument) {
      out_.help = fmt::format("the call gives `{}`: write `{}`", near[0], wanted);
      if (out_.primary && point_at_name(near[0], "this name")) out_.fixes.push_back({out_.primary->range, std::string(wanted), out_.help});
    } else if (!near.empty()) {
      out_.help = fmt::format("did you mean `{}`?", near[0]);
      if (out_.primary && error_.kind != ErrorKind::MissingArgument && out_.primary->range.text.substr(out_.primary->range.begin).starts_with(wanted))
        out_.fixes.push_back({{out_.primary->range.file, out_.primary->range.text, out_.primary->range.begin,
                               out_.primary->range.begin + static_cast<std::uint32_t>(wanted.size())},
                              std::string(near[0]), fmt::format("write `{}`", near[0])});
    } else if (error_.kind == ErrorKind::Undefined) {
      out_.help = undefined_help(wanted);
    } else if (error_.kind == ErrorKind::MissingAttribute && known.empty() && error_.name.id != 0) {
      out_.notes.push_back("the set is empty");
    } else if (error_.kind != ErrorKind::MissingArgument && !known.empty() && known.size() <= 8) {
      std::sort(known.begin(), known.end());
      out_.notes.push_back(fmt::format("{}: {}", error_.kind == ErrorKind::MissingAttribute ? "the set has" : "it accepts", fmt::join(known, ", ")));
    }
    if (error_.kind == ErrorKind::MissingArgument && near.empty() && out_.help.empty()) out_.help = fmt::format("give `{} = …;` in the call, or a default in the function: `{} ? …`", wanted, wanted);
    if (error_.kind == ErrorKind::UnexpectedArgument && near.empty()) out_.help = fmt::format("remove `{}` from the call, or accept it: `{{ {}, ... }}:`", wanted, wanted);
  }

  std::string undefined_help(std::string_view wanted) {
    Value builtins = vm_.global(intern("builtins"), 0);
    if (builtins && builtins.is(Kind::Attrs) && find(as_attrs(builtins), error_.name)) return fmt::format("write `builtins.{}`", wanted);
    if (wanted == "lib" || wanted == "pkgs" || wanted == "config") return fmt::format("add it to the function's arguments: `{{ {}, ... }}:`", wanted);
    if (wanted.starts_with("mk") || wanted.starts_with("optional") || wanted == "types") return fmt::format("write `lib.{}`", wanted);
    return "bind it with `let`, take it as an argument, or give the set it comes from: `set.name`";
  }

  void explain() {
    if (error_.name.id == 0 && (error_.kind == ErrorKind::MissingAttribute || error_.kind == ErrorKind::Undefined)) return;
    switch (error_.kind) {
      case ErrorKind::Undefined:
      case ErrorKind::MissingAttribute:
      case ErrorKind::MissingArgument:
      case ErrorKind::UnexpectedArgument: return suggest();
      case ErrorKind::Call: out_.help = call_help(); return;
      case ErrorKind::Coercion:
        out_.help = error_.message.contains(" a set ") ? "select an attribute of the set, or give it `outPath` or `__toString`"
                    : error_.message.contains(" a list ") ? "join the elements: `builtins.concatStringsSep \" \" …`"
                    : error_.message.contains("function") ? "an argument may be missing" : "convert it first: `toString …`";
        return;
      case ErrorKind::Syntax: return syntax();
      case ErrorKind::InfiniteRecursion: return recursion();
      case ErrorKind::SearchPath: out_.help = "add it with -I name=path, or to NIX_PATH"; return;
      case ErrorKind::StackOverflow: out_.help = "look for a recursion that does not come to an end"; return;
      default: return;
    }
  }

  // What is written for a slip of the pen: found, expected (parts of the parser's message), the text to write, and why.
  struct Slip { std::string_view found, expected, written, replacement, help; };
  static constexpr Slip kSlips[] = {
      {"','", "a list element", ",", "", "elements of a list are separated by blanks: remove the `,`"},
      {"','", "';'", ",", ";", "bindings end with `;`"},
      {"'=='", "'='", "==", "=", "a binding is written with one `=`"},
      {"':'", "'='", ":", " =", "a binding is written `name = value;`"},
      {"';'", "an attribute", ";", "", "remove the second `;`"},
      {"'}'", "end of file", "}", "", "this brace closes nothing: remove it"},
  };

  void syntax() {
    if (!out_.primary) return;
    auto says = [&](std::string_view word, std::string_view part) { return error_.message.contains(fmt::format("{} {}", word, part)); };
    if ((says("unexpected", "'='") || says("unexpected", "'}'") || says("unexpected", "'in'")) && says("expecting", "';'")) return semicolon();
    for (const Slip& slip : kSlips) {
      SourceRange r = out_.primary->range;
      if (!says("unexpected", slip.found) || !says("expecting", slip.expected) || !r.text.substr(r.begin).starts_with(slip.written)) continue;
      r.end = r.begin + static_cast<std::uint32_t>(slip.written.size());
      out_.primary->range = r;
      out_.help = slip.help;
      out_.fixes.push_back({r, std::string(slip.replacement), std::string(slip.help)});
      return;
    }
  }

  // A `;` that is missing shows only at the next token, often a line or a name later: point where it belongs.
  void semicolon() {
    SourceRange& r = out_.primary->range;
    std::size_t end = r.begin;
    if (r.text[r.begin] == '=') {
      end = r.text.rfind('\n', r.begin);
      if (end == r.text.npos || r.text.substr(end, r.begin - end).find_first_of(";{}()") != r.text.npos) return;
    }
    std::size_t last = end == 0 ? r.text.npos : r.text.find_last_not_of(" \t\r\n", end - 1);
    if (last == r.text.npos) return;
    r.begin = r.end = static_cast<std::uint32_t>(last + 1);
    out_.primary->text = "here";
    out_.message = "syntax error, `;` is missing at the end of a binding";
    out_.help = "write `;`";
    out_.fixes.push_back({r, ";", "add `;`"});
  }

  // The literal in the user's own text that names a file which is not there.
  void missing_path() {
    if (!error_.message.starts_with("path '") || !error_.message.contains("does not exist")) return;
    std::string missing = error_.message.substr(6, error_.message.find('\'', 6) - 6);
    const auto& files = vm_.program().files;
    for (std::uint32_t number = 1; number < files.size(); ++number) {
      if (is_library_file(files[number].path)) continue;
      const parser::Tree& t = tree(number);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        if (t.kind({i}) != NodeKind::Path || t.size({i}) > 1) continue;
        if (canonical_path(absolute_path(t.text({i}), files[number].directory)) != missing) continue;
        out_.primary = Label{range_of(number, {i}), "there is no such file"};
        out_.labels.clear();
        return;
      }
    }
  }

  std::string call_help() {
    // `[ f x ]`: the call that was meant is two elements.
    return "a semicolon or parentheses may be missing: `f x` applies f; in a list write `[ (f x) ]`";
  }

  // The places of the user's own text that need each other.
  void recursion() {
    for (Position p : places_) {
      if (out_.labels.size() == 3) break;
      bool repeated = out_.primary && p.offset == out_.primary->range.begin && file(p).path == out_.primary->range.file;
      if (repeated || !is_user(p)) continue;
      bool known = std::any_of(out_.labels.begin(), out_.labels.end(), [&](const Label& l) { return l.range.begin == p.offset; });
      if (!known) out_.labels.push_back({range_at(p, false), "needs the above"});
    }
    out_.help = "break the circle: one of these values must not depend on the others; in modules use `mkIf` instead of `if`";
  }

  // ---- The module system
  struct Found { Label label; OptionDefinition definition; };

  std::uint32_t file_number(const std::string& path) {
    const auto& files = vm_.program().files;
    for (std::size_t i = files.size(); i-- > 1;)
      if (files[i].path == path) return static_cast<std::uint32_t>(i);
    return 0;
  }

  void definitions_in(std::uint32_t number, const ModuleError& error, bool name, std::vector<Label>& out) {
    const SourceFile& f = vm_.program().files[number];
    for (const OptionDefinition& d : find_definitions(tree(number), error.option)) {
      parser::Range r = name ? d.name : d.value;
      if (error.entry > 0) r = element(number, r, error.entry);
      out.push_back({{f.path, f.text, r.begin, r.end}, ""});
    }
  }

  // Element `entry` of the list that is all of `range`, or the range itself.
  parser::Range element(std::uint32_t number, parser::Range range, std::uint32_t entry) {
    const parser::Tree& t = tree(number);
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      if (t.kind({i}) != NodeKind::List || t.range({i}) != range) continue;
      for (NodeId item : t.children({i})) {
        if (--entry > 0) continue;
        call_in_list(t, {i}, item);
        return t.range(item);
      }
    }
    return range;
  }

  // `[ f { } ]` are two elements where one was meant, if the next element is a set, list or string on the same line.
  void call_in_list(const parser::Tree& t, NodeId list, NodeId item) {
    NodeId next{item.index + t.size(item)};
    if (next.index >= list.index + t.size(list)) return;
    NodeKind kind = t.kind(next), callee = t.kind(item);
    if ((kind != NodeKind::AttrSet && kind != NodeKind::String && kind != NodeKind::List) ||
        (callee != NodeKind::Select && callee != NodeKind::Identifier))
      return;
    parser::Range both{t.range(item).begin, t.range(next).end};
    std::string_view text = t.slice(both);
    if (text.contains('\n') || text.size() > 80) return;
    out_.help = fmt::format("in a list these are two elements; for a call write `({})`", text);
  }

  // Where the option is defined: in the files that the message names, else in any of the user's own.
  std::vector<Label> definitions(const ModuleError& error, bool name) {
    std::vector<Label> found;
    for (const ModuleError::Definition& d : error.definitions) {
      std::string path = d.file.substr(0, d.file.find(", via "));
      if (!path.starts_with('/')) continue;
      if (access((path + "/default.nix").c_str(), F_OK) == 0) path += "/default.nix";
      if (std::uint32_t number = file_number(path)) definitions_in(number, error, name, found);
    }
    for (std::uint32_t i = 1; found.empty() && i < vm_.program().files.size(); ++i)
      if (!is_library_file(vm_.program().files[i].path)) definitions_in(i, error, name, found);
    return found;
  }

  bool module_error() {
    if (error_.kind != ErrorKind::Throw && error_.kind != ErrorKind::Assertion && error_.kind != ErrorKind::Abort && error_.kind != ErrorKind::Other) return false;
    auto parsed = parse_module_error(error_.message);
    if (!parsed) return false;
    switch (parsed->kind) {
      case ModuleError::Kind::Type: wrong_type(*parsed); break;
      case ModuleError::Kind::Unknown: unknown_option(*parsed); break;
      case ModuleError::Kind::Conflict: conflict(*parsed); break;
      case ModuleError::Kind::NotDefined: not_defined(*parsed); break;
      case ModuleError::Kind::Assertions: assertions(*parsed); break;
    }
    if (!out_.primary) point();
    return true;
  }

  static std::string in_words(const std::string& type) {
    if (type.empty()) return "another type";
    for (std::string_view plural : {"one of", "null or", "strings", "a ", "an "})
      if (type.starts_with(plural)) return type;
    return (std::string_view("aeiou").contains(type[0]) && !type.starts_with("uni") ? "an " : "a ") + type;
  }

  static std::string described(const std::string& value) {
    if (value.empty()) return "another value";
    std::string shown = value.size() > 60 ? value.substr(0, 60) + "…" : value;
    if (value[0] == '"') return "the string " + shown;
    if (value[0] == '[') return "a list";
    if (value[0] == '{') return "a set";
    return shown;
  }

  void wrong_type(const ModuleError& e) {
    out_.code = "E021";
    std::string value = e.definitions.empty() ? "" : e.definitions.front().value;
    auto found = definitions(e, false);
    if (!found.empty()) {
      out_.primary = found.front();
      out_.primary->text = "this value";
      const SourceRange& r = out_.primary->range;
      if (value.empty() || e.entry > 0) value = r.text.substr(r.begin, std::min<std::size_t>(r.end - r.begin, 80));
    }
    std::string what = e.entry > 0 ? fmt::format("element {} of option `{}`", e.entry, e.shown) : fmt::format("option `{}`", e.shown);
    out_.message = fmt::format("{} expects {}, got {}", what, in_words(e.type), described(value));
    std::string better = replacement(e.type, value);
    if (better.empty() || !out_.help.empty()) return;
    out_.help = fmt::format("write `{}`", better);
    if (out_.primary) out_.fixes.push_back({out_.primary->range, better, out_.help});
  }

  // What the value should be, where that can be said.
  std::string replacement(const std::string& type, const std::string& value) {
    bool text = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    std::string inner = text ? value.substr(1, value.size() - 2) : value;
    if (type.starts_with("bool")) {
      bool yes = inner == "yes" || inner == "true" || inner == "on" || inner == "1" || inner == "enable" || inner == "enabled";
      bool no = inner == "no" || inner == "false" || inner == "off" || inner == "0" || inner == "disable" || inner == "disabled";
      return yes ? "true" : no ? "false" : "";
    }
    bool number = !inner.empty() && inner.find_first_not_of("0123456789") == inner.npos;
    if (text && number && (type.contains("int") || type.contains("port"))) return inner;
    if (!text && number && type.contains("string") && !type.contains("list")) return "\"" + inner + "\"";
    if (type.starts_with("list of") && !value.empty() && value[0] != '[' && out_.primary) {
      const SourceRange& r = out_.primary->range;
      return fmt::format("[ {} ]", r.text.substr(r.begin, r.end - r.begin));
    }
    return "";
  }

  void unknown_option(const ModuleError& e) {
    out_.code = "E022";
    out_.message = fmt::format("there is no option `{}`", e.shown);
    auto found = definitions(e, true);
    if (!found.empty()) {
      out_.primary = found.front();
      out_.primary->text = "defined here";
    }
    for (const std::string& line : e.details) {
      if (!line.contains("id you mean")) continue;
      std::size_t more = line.find("', ");
      out_.help = more == line.npos ? line : line.substr(0, more + 1) + "?";
      std::size_t begin = line.find('`'), end = line.find('\'', begin);
      if (begin == line.npos || end == line.npos || !out_.primary) break;
      const SourceRange& r = out_.primary->range;
      std::string better = line.substr(begin + 1, end - begin - 1);
      if (r.text.substr(r.begin, r.end - r.begin) == e.option && !better.contains('"')) out_.fixes.push_back({r, better, fmt::format("write `{}`", better)});
      break;
    }
    if (out_.help.empty()) out_.help = "look for a slip in its name, or for a module that is not imported";
  }

  void conflict(const ModuleError& e) {
    out_.code = "E023";
    out_.message = fmt::format("option `{}` has definitions that contradict each other", e.shown);
    auto found = definitions(e, false);
    auto same = [](const Label& a, const Label& b) { return a.range.file == b.range.file && a.range.begin == b.range.begin; };
    for (std::size_t i = 0; i < found.size(); ++i)
      found.erase(std::remove_if(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, found.end(), [&](const Label& l) { return same(l, found[i]); }), found.end());
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].text = i == 0 ? "one value" : "another value";
      if (i == 0) out_.primary = found[i];
      else out_.labels.push_back(found[i]);
    }
    for (const auto& d : e.definitions)
      if (is_library_file(d.file)) out_.notes.push_back(fmt::format("{}: {}", d.file, d.value));
    out_.help = "make one win with `lib.mkForce value`, or let one give way with `lib.mkDefault value`";
  }

  void not_defined(const ModuleError& e) {
    out_.code = "E024";
    out_.message = fmt::format("option `{}` is used but has no value", e.shown);
    out_.help = fmt::format("define it: `{} = …;`", e.shown);
  }

  void assertions(const ModuleError& e) {
    out_.code = "E025";
    out_.message = e.details.size() > 1 ? "the configuration's assertions fail:" : e.details.empty() ? "an assertion of the configuration fails" : e.details.front();
    for (std::size_t i = 0; e.details.size() > 1 && i < e.details.size() && i < 6; ++i) out_.message += "\n" + e.details[i];
    // The message often names options: the first that the user's text defines is the place.
    for (const std::string& line : e.details) {
      for (std::size_t at = 0; at < line.size();) {
        std::size_t end = line.find_first_of(" `'\",;()", at);
        std::string word = line.substr(at, end == line.npos ? end : end - at);
        at = end == line.npos ? line.size() : end + 1;
        while (word.ends_with('.')) word.pop_back();
        if (!word.contains('.') || out_.primary) continue;
        ModuleError lookup{.kind = ModuleError::Kind::Assertions, .option = word};
        auto found = definitions(lookup, true);
        if (!found.empty()) out_.primary = found.front();
      }
    }
  }

  Vm& vm_;
  const EvalError& error_;
  Diagnostic out_;
  std::vector<Position> places_;
  std::map<std::uint32_t, std::unique_ptr<parser::ParseResult>> trees_;
};

}  // namespace

const ErrorCode* find_error_code(std::string_view code) {
  auto it = std::find_if(std::begin(kCodes), std::end(kCodes), [&](const ErrorCode& c) { return c.code == code; });
  return it == std::end(kCodes) ? nullptr : &*it;
}

bool is_library_file(std::string_view path) {
  if (path.starts_with('<') || path.starts_with("/nix/store/")) return true;
  if (!path.starts_with('/')) return false;  // «string», «stdin»
  thread_local std::map<std::string, bool, std::less<>> known;
  std::string_view folder = path.substr(0, path.rfind('/'));
  if (auto it = known.find(folder); it != known.end()) return it->second;
  bool library = false;
  for (std::string_view f = folder; !f.empty() && !library; f = f.substr(0, f.rfind('/')))
    library = has_file(f, "/pkgs/top-level/all-packages.nix") && has_file(f, "/lib/modules.nix");
  return known[std::string(folder)] = library;
}

Diagnostic diagnose(Vm& vm) { return Diagnoser(vm).run(); }

}  // namespace evalctl::stdlib
