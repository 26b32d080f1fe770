// Errors inside of a library that the user's own text only led to: which part of the call there is to blame.
//
// What is known is the wrong value itself, or at least how it was printed. Looked for, in this order: the argument of the
// call that is of the type that was found, the place where the user's own text made the value, and a literal that the message
// quotes.
#include <fmt/format.h>

#include "evaluator/operations.h"
#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

// The kind of value that an expression is sure to make.
std::optional<Kind> kind_made(const parser::Tree& t, NodeId id) {
  switch (t.kind(id)) {
    case NodeKind::Paren: return kind_made(t, {id.index + 1});
    case NodeKind::Integer: return Kind::Integer;
    case NodeKind::Float: return Kind::Float;
    case NodeKind::String:
    case NodeKind::IndentedString: return Kind::String;
    case NodeKind::Path: return Kind::Path;
    case NodeKind::List: return Kind::List;
    case NodeKind::AttrSet: return Kind::Attrs;
    case NodeKind::Lambda: return Kind::Closure;
    case NodeKind::Identifier:
      if (t.text(id) == "true" || t.text(id) == "false") return Kind::Bool;
      if (t.text(id) == "null") return Kind::Null;
      return std::nullopt;
    default: return std::nullopt;
  }
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

// Whether the text has the word, not only as a part of a longer one.
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1]) || !is_word(word.front())) && (end == text.size() || !is_word(text[end]) || !is_word(word.back()))) return true;
  }
  return false;
}

class Blame {
 public:
  explicit Blame(Diagnosis& d) : d_(d), culprit_(d.error.culprit.empty() ? Value() : d.error.culprit.front()) {}

  void run() {
    if (!d_.out.primary || !d_.is_user_file(file())) return;
    bool led = d_.only_led();
    if (argument_of_text() || ((led || d_.out.primary->text == kMade) && (bound() || bound_by_name()))) return;
    bool typed = d_.error.kind == ErrorKind::Type || d_.error.kind == ErrorKind::Coercion;
    if (typed && (led || d_.error.part < 0) && argument_by_type()) return;
    bool structured = culprit_ && (culprit_.is(Kind::Attrs) || culprit_.is(Kind::List) || culprit_.is(Kind::Closure));
    if (d_.out.primary->text == kMade && structured && made()) return;
    if (led && (made() || function_by_name() || argument_by_number() || literal_in_message() || binding_in_message())) return;
  }

 private:
  std::uint32_t file() const { return d_.file_number(d_.out.primary->range.file); }

  void take(SourceRange range, std::string label) { d_.set_primary(std::move(range), std::move(label)); }

  // The call that the primary range is.
  std::optional<NodeId> call() {
    const SourceRange& r = d_.out.primary->range;
    const parser::Tree& t = d_.tree(file());
    for (std::uint32_t i = 1; i < t.node_count(); ++i)
      if (t.kind({i}) == NodeKind::Apply && t.range({i}).begin == r.begin && t.range({i}).end == r.end) return NodeId{i};
    return std::nullopt;
  }

  // The call that the primary range is, or begins with: `f x == y`.
  std::optional<NodeId> first_call() {
    const SourceRange& r = d_.out.primary->range;
    const parser::Tree& t = d_.tree(file());
    for (std::uint32_t i = 1; i < t.node_count(); ++i)
      if (t.kind({i}) == NodeKind::Apply && t.range({i}).begin == r.begin && t.range({i}).end <= r.end) return NodeId{i};
    return std::nullopt;
  }

  // A text that cannot be read is the first argument of the builtin, or the only one of the function that reads it.
  bool argument_of_text() {
    bool relative = d_.error.message.contains("doesn't represent an absolute path");
    if (d_.out.code != "E039" && d_.out.code != "E040" && d_.out.code != "E041" && !relative) return false;
    auto apply = d_.error.part < 0 ? first_call() : std::nullopt;
    if (!apply) return false;
    auto arguments = arguments_of(d_.tree(file()), *apply);
    if (d_.only_led() && arguments.size() != 1) return false;
    take(d_.range_of(file(), arguments[0]), d_.out.code == "E039" ? "this text" : "this");
    return true;
  }

  // Whether a literal of the right kind can be the value that was found.
  bool could_be(const parser::Tree& t, NodeId id) {
    while (t.kind(id) == NodeKind::Paren) id = {id.index + 1};
    if (culprit_.is(Kind::List)) return children_of(t, id).size() == culprit_.object()->size;
    if (culprit_.is(Kind::Attrs)) {
      auto made = d_.made_here(culprit_);
      return made ? made->begin == t.range(id).begin && made->file == d_.out.primary->range.file : t.size(id) == 1 && as_attrs(culprit_)->bound() == 0;
    }
    if (culprit_.is(Kind::Integer) || culprit_.is(Kind::String)) return t.size(id) > 1 || t.kind(id) == NodeKind::IndentedString || t.text(id) == d_.vm.show(culprit_);
    return true;
  }

  // The one argument that makes a value of the kind that was found, itself or by the variable that it is.
  bool argument_by_type() {
    auto apply = culprit_ ? call() : std::nullopt;
    if (!apply) return false;
    const parser::Tree& t = d_.tree(file());
    Kind wanted = culprit_.is_function() ? Kind::Closure : culprit_.kind();
    std::optional<NodeId> chosen, source;
    for (NodeId argument : arguments_of(t, *apply)) {
      auto bound = t.kind(argument) == NodeKind::Identifier ? d_.bound_value(file(), argument) : std::nullopt;
      if (kind_made(t, bound.value_or(argument)) != wanted || !could_be(t, bound.value_or(argument))) continue;
      if (chosen) return false;
      chosen = argument;
      source = bound;
    }
    if (!chosen) return false;
    take(d_.range_of(file(), *chosen), "this value");
    if (source) d_.out.labels.push_back({d_.range_of(file(), *source), "its value comes from here"});
    return true;
  }

  bool is_culprit(Value word) const {
    Value value = d_.known_value(word);
    return value && value.is_object() && value.object() == culprit_.object();
  }

  // The element of the list that the user's own text binds at a place, where it is written out.
  std::optional<SourceRange> element_of(Position place, std::size_t number) {
    auto list = d_.value_bound_at(place);
    if (!list) return std::nullopt;
    const parser::Tree& t = d_.tree(place.file);
    if (t.kind(*list) == NodeKind::With) list = children_of(t, *list).back();
    auto elements = t.kind(*list) == NodeKind::List ? children_of(t, *list) : std::vector<NodeId>{};
    return number < elements.size() ? std::optional(d_.range_of(place.file, elements[number])) : std::nullopt;
  }

  // The binding in the user's own text, or the element of the list there, that has the very value.
  bool bound() {
    bool shared = culprit_ && culprit_.is_object() && (culprit_.is(Kind::Attrs) || culprit_.is(Kind::List) || culprit_.is_function());
    if (!shared) return false;
    std::optional<SourceRange> found;
    d_.any_word([&](Value word) {
      if (auto made = is_culprit(word) ? d_.origin(word, 0) : std::nullopt; made && word.is_thunk()) {
        // The place of an attribute stands for the set that is written out around it.
        found = d_.value_bound_at(*made) ? d_.made_here(word) : d_.range_at(*made, false);
        if (found) return true;
      }
      Value set = d_.known_value(word);
      if (!set || !set.is(Kind::Attrs)) return false;
      for (const Attr& a : attributes(as_attrs(set))) {
        if (!d_.is_user(a.position())) continue;
        if (is_culprit(*a.slot)) {
          auto value = d_.value_bound_at(a.position());
          if (value) found = d_.range_of(a.position().file, *value);
        } else if (Value list = d_.known_value(*a.slot); list && list.is(Kind::List)) {
          for (std::uint32_t i = 0; i < list.object()->size && !found; ++i)
            if (is_culprit(as_list(list)->items[i])) found = element_of(a.position(), i);
        }
        if (found) return true;
      }
      return false;
    });
    if (!found) return false;
    take(*found, "this value");
    d_.settled = true;
    return true;
  }

  // What failed in the library has a name there, by which the call that led to it gives an attribute.
  bool bound_by_name() {
    if (d_.error.part < 0 || d_.places.empty() || d_.is_user(d_.places.front())) return false;
    auto operand = d_.operand_at(d_.places.front());
    if (!operand) return false;
    std::string_view name = operand->text.substr(operand->begin, operand->end - operand->begin);
    name = name.substr(name.rfind('.') + 1);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_word)) return false;
    auto value = binding_in_primary([&](std::string_view written) { return written == name; });
    if (!value) return false;
    take(d_.range_of(file(), *value), "this value");
    return d_.settled = true;
  }

  // The value of the one binding in the primary range whose name is accepted.
  template <class Accept>
  std::optional<NodeId> binding_in_primary(Accept accept) {
    const SourceRange r = d_.out.primary->range;
    const parser::Tree& t = d_.tree(file());
    std::optional<NodeId> found;
    for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i) {
      parser::Range inner = t.range({i});
      if (t.kind({i}) != NodeKind::Binding || inner.begin < r.begin || inner.end > r.end || !accept(t.text({i + 1}))) continue;
      if (found) return std::nullopt;
      found = NodeId{i + 1 + t.size({i + 1})};
    }
    return found;
  }

  // Where the user's own text made the value.
  bool made() {
    if (!culprit_) return false;
    auto range = d_.made_here(culprit_);
    if (!range) range = literal_of(d_.vm.show(culprit_));
    if (!range) return false;
    take(*range, "this value");
    return true;
  }

  // The one literal in the user's own text that is written as the value is printed, if it is not a common one.
  std::optional<SourceRange> literal_of(const std::string& printed) {
    bool text = printed.starts_with('"') && printed.size() > 2;
    if (!text && !printed.starts_with('/')) return std::nullopt;
    std::optional<SourceRange> found;
    d_.each_user_file([&](std::uint32_t number) {
      const parser::Tree& t = d_.tree(number);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        bool same = text ? t.kind({i}) == NodeKind::String && t.text({i}) == printed : t.kind({i}) == NodeKind::Path && d_.path_of(number, {i}) == printed;
        if (!same) continue;
        if (found) return true;
        found = d_.range_of(number, NodeId{i});
      }
      return false;
    });
    return found;
  }

  // «lambda attrsOf @ FILE»: a function of a library that was named but not called.
  bool function_by_name() {
    std::string_view m = d_.error.message;
    std::size_t at = m.find("«lambda ");
    if (at == m.npos) return false;
    std::string_view name = m.substr(at + std::string_view("«lambda ").size());
    name = name.substr(0, name.find(' '));
    if (name.empty() || name == "@") return false;
    std::optional<SourceRange> found;
    bool several = false;
    d_.each_user_file([&](std::uint32_t number) {
      const parser::Tree& t = d_.tree(number);
      for (std::uint32_t i = 2; i < t.node_count(); ++i) {
        NodeId id{i};
        bool named = (t.kind(id) == NodeKind::Select && t.text(id).ends_with(fmt::format(".{}", name))) || (t.kind(id) == NodeKind::Identifier && t.text(id) == name);
        if (!named || t.kind({i - 1}) == NodeKind::Apply || t.kind({i - 1}) == NodeKind::AttrPath || t.kind({i - 1}) == NodeKind::Lambda) continue;
        if (found && found->file == d_.range_of(number, id).file && t.range(id).begin < found->end) continue;
        several |= found.has_value();
        found = d_.range_of(number, id);
      }
      return several;
    });
    if (!found || several) return false;
    take(*found, "this function");
    d_.out.help = fmt::format("an argument is missing: `{}` is a function", name);
    return true;
  }

  bool gave_up() const { return d_.error.kind == ErrorKind::Throw || d_.error.kind == ErrorKind::Abort || d_.error.kind == ErrorKind::Other; }

  // "The second argument should be a string".
  bool argument_by_number() {
    static constexpr std::string_view kNumbers[] = {"first argument", "second argument", "third argument"};
    auto apply = gave_up() ? call() : std::nullopt;
    if (!apply) return false;
    auto arguments = arguments_of(d_.tree(file()), *apply);
    for (std::size_t i = 0; i < std::min(std::size(kNumbers), arguments.size()); ++i) {
      if (!d_.error.message.contains(kNumbers[i])) continue;
      take(d_.range_of(file(), arguments[i]), "this value");
      d_.out.help = "correct this value: the message says what the function expects";
      return true;
    }
    return false;
  }

  // "`url` is not a string": a name between quotes that the marked call binds once.
  bool binding_in_message() {
    if (!gave_up()) return false;
    auto found = binding_in_primary([&](std::string_view name) {
      std::string_view m = d_.error.message;
      return m.contains(fmt::format("`{}`", name)) || m.contains(fmt::format("`{}'", name)) || m.contains(fmt::format("'{}'", name)) || m.contains(fmt::format("\"{}\"", name));
    });
    if (!found) return false;
    take(d_.range_of(file(), *found), "this value");
    d_.out.help = "correct this value: the message says what the function expects";
    return true;
  }

  // "unknown system 'x'": a string of the call that the message repeats, or repeats a part of.
  bool literal_in_message() {
    if (!gave_up()) return false;
    const SourceRange r = d_.out.primary->range;
    const parser::Tree& t = d_.tree(file());
    std::string_view message = d_.error.message, tail = message.substr(0, message.find('\n')), end = message;
    while (!end.empty() && !is_word(end.back())) end.remove_suffix(1);
    tail = tail.substr(std::min(tail.rfind(' ') + 1, tail.size()));
    while (!tail.empty() && !is_word(tail.back())) tail.remove_suffix(1);
    std::optional<NodeId> whole, part;
    unsigned wholes = 0, parts = 0;
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      parser::Range inner = t.range({i});
      if (t.kind({i}) != NodeKind::String || t.size({i}) > 1 || inner.begin < r.begin || inner.end > r.end || inner.end - inner.begin < 5) continue;
      std::string_view content = t.text({i}).substr(1, inner.end - inner.begin - 2);
      // A message of the user's own is no value.
      if (message == content) return false;
      // What the message ends with is what it found.
      if (end.ends_with(content) && has_word(end, content)) {
        whole = NodeId{i};
        wholes = 1;
        break;
      }
      if (has_word(message, content)) whole = NodeId{i}, ++wholes;
      else if (tail.size() >= 4 && content.contains(tail)) part = NodeId{i}, ++parts;
    }
    if (wholes != 1 && (wholes > 0 || parts != 1)) return false;
    take(d_.range_of(file(), wholes == 1 ? *whole : *part), "this value");
    if (d_.out.help.empty()) d_.out.help = "correct this value: the message says what the function expects";
    return true;
  }

  Diagnosis& d_;
  Value culprit_;
};

}  // namespace

void diagnose_blame(Diagnosis& d) { Blame(d).run(); }

}  // namespace evalctl::stdlib
