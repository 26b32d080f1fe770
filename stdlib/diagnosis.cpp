#include "stdlib/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>

#include "evaluator/early.h"
#include "evaluator/operations.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {

using namespace evaluator;
using base::Label;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

std::vector<NodeId> children_of(const parser::Tree& tree, NodeId id) {
  std::vector<NodeId> children;
  for (NodeId c : tree.children(id)) children.push_back(c);
  return children;
}

NodeId body_of_file(const parser::Tree& tree) {
  auto wraps = [&](NodeId id) {
    NodeKind kind = tree.kind(id);
    return kind == NodeKind::Lambda || kind == NodeKind::Let || kind == NodeKind::With || kind == NodeKind::Paren;
  };
  NodeId id{1};
  while (wraps(id)) id = children_of(tree, id).back();
  return id;
}

std::vector<NodeId> arguments_of(const parser::Tree& tree, NodeId call) {
  std::vector<NodeId> arguments;
  for (; tree.kind(call) == NodeKind::Apply; call = {call.index + 1}) arguments.push_back({call.index + 1 + tree.size({call.index + 1})});
  std::ranges::reverse(arguments);
  return arguments;
}

// What a flake in the user's own folder is made of is shown as it lies there.
static std::string shown_path(Vm& vm, const std::string& path) {
  if (!path.starts_with("/nix/store/")) return path;
  std::string disk = World::of(vm).on_disk(path);
  return disk.empty() || disk.contains("/.cache/") ? path : disk;
}

Diagnosis::Diagnosis(Vm& machine, const Beside* beside) : vm(machine), error(*machine.error), beside_(beside) {
  for (const SourceFile& f : vm.program().files) shown_paths_.push_back(shown_path(vm, f.path));
  owners_.resize(shown_paths_.size());
  if (error.position.file) places.push_back(error.position);
  for (const Frame& f : error.frames)
    if (f.position.file && (places.empty() || places.back() != f.position)) places.push_back(f.position);
}

const parser::Tree& Diagnosis::tree(std::uint32_t number) {
  auto& known = trees_[number];
  if (!known) known = std::make_unique<parser::ParseResult>(parser::parse(vm.program().files[number].text()));
  return known->tree;
}

std::uint32_t Diagnosis::file_number(std::string_view path) const {
  const auto& files = vm.program().files;
  for (auto i = static_cast<std::uint32_t>(shown_paths_.size()); i-- > 1;) {
    if (files[i].path != path && shown_paths_[i] != path) continue;
    bool led_here = std::ranges::any_of(places, [&](Position p) { return p.file == i; });
    if (!led_here) look_at_file(i);
    return i;
  }
  return 0;
}

// Asked of the place of each attribute in large sets.
bool Diagnosis::is_user_file(std::uint32_t number) const {
  Owner& owner = owners_[number];
  if (owner == Owner::Unknown) owner = number != 0 && !is_library_file(shown_paths_[number]) ? Owner::User : Owner::Library;
  return owner == Owner::User;
}

bool Diagnosis::is_user(Position p) const { return is_user_file(p.file); }

SourceRange Diagnosis::range_of(std::uint32_t number, parser::Range range) const {
  const SourceFile& f = vm.program().files[number];
  return {shown_paths_[number], f.text(), range.begin, range.end};
}

SourceRange Diagnosis::range_at(Position p, bool smallest) {
  const parser::Tree& t = tree(p.file);
  std::uint32_t begin = p.offset, end = p.offset;
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    parser::Range r = t.range({i});
    NodeKind kind = t.kind({i});
    // A place inside of a selection means the selection so far.
    if (!smallest && kind == NodeKind::Select && t.kind({i + 1}) == NodeKind::Identifier && r.begin < p.offset && p.offset < r.end) {
      for (NodeId name : t.children({i + 1 + t.size({i + 1})}))
        if (t.range(name).begin == p.offset && !t.slice({r.begin, p.offset}).contains('\n')) return range_of(p.file, parser::Range{r.begin, t.range(name).end});
    }
    if (r.begin != p.offset || r.end <= r.begin || kind == NodeKind::Binding || kind == NodeKind::Inherit) continue;
    if (kind == NodeKind::AttrPath && t.size({i}) > 2 && smallest) continue;
    if (smallest || r.end > end) end = r.end;
    if (!smallest && kind != NodeKind::Root) break;
  }
  return range_of(p.file, parser::Range{begin, std::max(end, p.offset + 1)});
}

std::vector<NodeId> Diagnosis::around(std::uint32_t number, std::uint32_t offset) {
  const parser::Tree& t = tree(number);
  std::vector<NodeId> chain;
  for (std::uint32_t i = 0; i < t.node_count();) {
    parser::Range r = t.range({i});
    if (r.begin <= offset && offset < r.end) {
      chain.push_back({i});
      ++i;
    } else {
      i += t.size({i});
    }
  }
  return chain;
}

// Any of them may have been evaluated for something else, or have become its result.
bool Diagnosis::any_word(const std::function<bool(Value)>& take) const {
  for (const Frame& f : error.frames) {
    depends_on_others |= !f.words.empty();
    for (Value word : f.words)
      if (word && take(word)) return true;
  }
  return false;
}

Value Diagnosis::known_value(Value word) const {
  if (!word || !word.is_thunk()) return word;
  depends_on_others = true;
  return at_hand(word);
}

std::optional<Position> Diagnosis::find_in_words(const std::function<std::optional<Position>(Value)>& look) const {
  bool depended = depends_on_others;
  std::optional<Position> found;
  any_word([&](Value word) { return (found = look(word)).has_value(); });
  depends_on_others = depended || found;
  return found;
}

std::optional<Position> Diagnosis::own_attribute(AttrsObject* set) const {
  // All packages, or all of a library, are made elsewhere, even if an overlay adds a few.
  constexpr std::uint32_t kLarge = 100;
  std::uint32_t count = 0, own = 0;
  std::optional<Position> first;
  for (const Attr& a : attributes(set)) {
    ++count;
    if (!is_user(a.position())) continue;
    ++own;
    if (!first) first = a.position();
    if (set->bound() <= kLarge) break;
  }
  return count <= kLarge || 2 * own >= count ? first : std::nullopt;
}

std::optional<Position> Diagnosis::origin(Value word, int depth) const {
  constexpr std::uint32_t kLookInto = 12;
  if (!word || !word.is_object()) return std::nullopt;
  depends_on_others = true;
  Kind kind = word.kind();
  bool delayed = kind == Kind::Thunk || ((kind == Kind::Claimed || kind == Kind::Forced || kind == Kind::Tracked) && !(word.object()->flags & kApplyFlag));
  // Where others are evaluated, it may have become its result.
  if ((delayed && !beside_) || kind == Kind::Closure) {
    Position p = position_of(vm, code_of(word.object()));
    if (is_user(p)) return p;
  }
  Value value = known_value(word);
  if (!value) return std::nullopt;
  if (value.is(Kind::List)) {
    for (std::uint32_t i = 0; depth > 0 && i < std::min(value.object()->size, kLookInto); ++i)
      if (auto found = origin(as_list(value)->items[i], depth - 1)) return found;
    return std::nullopt;
  }
  if (!value.is(Kind::Attrs)) return std::nullopt;
  if (auto own = own_attribute(as_attrs(value))) return own;
  if (depth == 0 || as_attrs(value)->bound() > kLookInto) return std::nullopt;
  for (const Attr& a : attributes(as_attrs(value)))
    if (auto found = origin(*a.slot, depth - 1)) return found;
  return std::nullopt;
}

Value Diagnosis::force(Value word) {
  if (!word || !word.is_thunk()) return word;
  std::unique_ptr<EvalError> pending = std::move(vm.error);
  Value value = vm.force(word);
  vm.error = std::move(pending);
  return value;
}

std::optional<Position> Diagnosis::attribute_origin(std::string_view name) const {
  Symbol symbol = intern(name);
  return find_in_words([&](Value word) -> std::optional<Position> {
    Value value = known_value(word);
    Attr a = value && value.is(Kind::Attrs) ? find(as_attrs(value), symbol) : Attr{};
    return a && is_user(a.position()) ? std::optional(a.position()) : std::nullopt;
  });
}

void Diagnosis::set_primary(SourceRange range, std::string label) { out.primary = Label{std::move(range), std::move(label)}; }

void Diagnosis::add_fix(SourceRange range, std::string replacement, std::string title) {
  out.fixes.push_back({std::move(range), std::move(replacement), std::move(title)});
}

void Diagnosis::report_place(Position p) {
  const std::string& path = shown_paths_[p.file];
  if (path.starts_with('<')) return;
  if (is_user(p)) {
    out.labels.push_back({range_at(p, true), "reported here"});
    return;
  }
  std::string note = fmt::format("reported at {}:{}", path, base::line_and_column(file(p).text(), p.offset).line);
  if (std::find(out.notes.begin(), out.notes.end(), note) == out.notes.end()) out.notes.push_back(std::move(note));
}

// The call that a set is written for, in which an attribute begins at the place.
std::optional<SourceRange> Diagnosis::set_argument(Position p) {
  const parser::Tree& t = tree(p.file);
  auto chain = around(p.file, p.offset);
  if (chain.empty() || t.kind(chain.back()) != NodeKind::Identifier) return std::nullopt;
  for (std::size_t i = chain.size(); i-- > 1;) {
    if (t.kind(chain[i]) != NodeKind::AttrSet) continue;
    return t.kind(chain[i - 1]) == NodeKind::Apply ? std::optional(range_at({p.file, t.range(chain[i - 1]).begin}, false)) : std::nullopt;
  }
  return std::nullopt;
}

// What a selection is made from, when that is a call: `(f x).name`.
std::optional<SourceRange> Diagnosis::selected_call(Position p) {
  const parser::Tree& t = tree(p.file);
  auto chain = around(p.file, p.offset);
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (t.kind(chain[i]) != NodeKind::Select) continue;
    NodeId target{chain[i].index + 1};
    if (p.offset < t.range(target).end) return std::nullopt;
    while (t.kind(target) == NodeKind::Paren) target = {target.index + 1};
    if (t.kind(target) != NodeKind::Apply) return std::nullopt;
    return range_of(p.file, target);
  }
  return std::nullopt;
}

// An operand `set.name` in a library: where the user's own text binds that name.
std::optional<Position> Diagnosis::operand_origin() {
  if (error.part < 0 || places.empty()) return std::nullopt;
  auto operand = operand_at(places.front());
  if (!operand) return std::nullopt;
  std::string_view text = operand->text.substr(operand->begin, operand->end - operand->begin);
  std::size_t dot = text.rfind('.');
  if (dot == text.npos || text.find_first_of(" \n(") != text.npos) return std::nullopt;
  return attribute_origin(text.substr(dot + 1));
}

void Diagnosis::point() {
  if (places.empty()) {
    // What a file comes to is not what was asked for.
    auto body = error.culprit.empty() ? std::nullopt : main_expression();
    return body ? set_primary(*body, "") : void();
  }
  auto own = std::find_if(places.begin(), places.end(), [&](Position p) { return is_user(p); });
  bool at_fault = own == places.begin();
  if (at_fault && error.part >= 0) {
    bool value = error.is_argument && error.kind != ErrorKind::MissingAttribute;
    if (auto operand = operand_at(*own)) return set_primary(*operand, value ? "this value" : "");
  }
  bool name = at_fault && (error.kind == ErrorKind::Undefined || error.kind == ErrorKind::MissingAttribute || error.kind == ErrorKind::Syntax);
  if (at_fault) return set_primary(range_at(*own, name), "");
  if (auto made = operand_origin()) {
    auto value = value_bound_at(*made);
    set_primary(value ? range_of(made->file, *value) : range_at(*made, true), "this value");
    return report_place(places.front());
  }
  if (own == places.end() && !error.culprit.empty()) {
    if (auto list = known_value(error.culprit.front()); list && list.is(Kind::List))
      if (auto made = made_here(list)) {
        set_primary(*made, "this value");
        return report_place(places.front());
      }
  }
  std::optional<Position> source;
  if (own == places.end()) source = find_in_words([&](Value word) { return origin(word); });
  if (own == places.end() && !source) {
    auto body = main_expression();
    set_primary(body ? *body : range_at(places.front(), false), std::string(body ? kLed : ""));
    return body ? report_place(places.front()) : void();
  }
  Position chosen = source ? *source : *own;
  std::optional<SourceRange> call = source ? std::nullopt : selected_call(chosen);
  if (source) call = set_argument(*source);
  set_primary(call ? *call : range_at(chosen, false), std::string(source ? kMade : kLed));
  report_place(places.front());
}

// What the file comes to that evaluation began with: a call there leaves no frame behind when it is all that is left to do.
std::optional<SourceRange> Diagnosis::main_expression() {
  for (std::uint32_t number : user_files()) {
    const parser::Tree& t = tree(number);
    NodeId id = body_of_file(t);
    return t.kind(id) == NodeKind::Apply ? std::optional(range_of(number, id)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<NodeId> Diagnosis::around_of(std::uint32_t number, std::uint32_t offset, NodeKind kind) {
  auto chain = around(number, offset);
  for (std::size_t i = chain.size(); i-- > 0;)
    if (tree(number).kind(chain[i]) == kind) return chain[i];
  return std::nullopt;
}

std::optional<SourceRange> Diagnosis::literal_in_primary(std::string_view printed) {
  if (!out.primary || printed.empty()) return std::nullopt;
  const SourceRange& r = out.primary->range;
  std::uint32_t number = file_number(r.file);
  if (number == 0 || !is_user({number, r.begin})) return std::nullopt;
  const parser::Tree& t = tree(number);
  std::optional<SourceRange> found;
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    parser::Range inner = t.range({i});
    NodeKind kind = t.kind({i});
    if (inner.begin < r.begin || inner.end > r.end || kind == NodeKind::AttrPath) continue;
    if (t.slice(inner) != printed && (kind != NodeKind::Path || path_of(number, {i}) != printed)) continue;
    if (kind == NodeKind::Identifier && printed != "true" && printed != "false" && printed != "null") continue;
    if (found && found->begin != inner.begin) return std::nullopt;
    found = range_of(number, NodeId{i});
  }
  return found;
}

std::vector<std::uint32_t> Diagnosis::user_files() const {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 1; i < shown_paths_.size(); ++i) {
    if (!is_user_file(i)) continue;
    look_at_file(i);
    numbers.push_back(i);
  }
  return numbers;
}

void Diagnosis::each_user_file(const std::function<bool(std::uint32_t)>& take) const {
  for (std::uint32_t number : user_files())
    if (take(number)) return;
}

std::string Diagnosis::path_of(std::uint32_t number, NodeId literal) {
  return canonical_path(absolute_path(tree(number).text(literal), vm.program().files[number].directory));
}

std::optional<NodeId> Diagnosis::bound_value(std::uint32_t number, NodeId variable) {
  const parser::Tree& t = tree(number);
  auto chain = around(number, t.range(variable).begin);
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (t.kind(chain[i]) != NodeKind::Let) continue;
    for (NodeId c : t.children(chain[i])) {
      NodeId path{c.index + 1};
      if (t.kind(c) == NodeKind::Binding && t.text(path) == t.text(variable)) return NodeId{path.index + t.size(path)};
    }
  }
  return std::nullopt;
}

std::optional<NodeId> Diagnosis::value_bound_at(Position p) {
  auto binding = around_of(p.file, p.offset, NodeKind::Binding);
  if (!binding) return std::nullopt;
  NodeId path{binding->index + 1};
  parser::Range name = tree(p.file).range(path);
  if (p.offset < name.begin || p.offset >= name.end) return std::nullopt;
  return NodeId{path.index + tree(p.file).size(path)};
}

std::optional<SourceRange> Diagnosis::made_here(Value value) {
  Value known = known_value(value);
  bool list = known && known.is(Kind::List), set = known && known.is(Kind::Attrs);
  auto place = origin(value, list ? 1 : 0);
  if (!place) return std::nullopt;
  const parser::Tree& t = tree(place->file);
  auto chain = around(place->file, place->offset);
  for (std::size_t i = chain.size(); (set || list) && i-- > 0;) {
    if (t.kind(chain[i]) != (set ? NodeKind::AttrSet : NodeKind::List)) continue;
    // An element of a list may have been made elsewhere than the list.
    if (list && children_of(t, chain[i]).size() != known.object()->size) return std::nullopt;
    return range_of(place->file, chain[i]);
  }
  return list ? std::nullopt : std::optional(range_at(*place, false));
}

// The argument of a builtin's call that is at fault, or the element in it.
std::optional<SourceRange> Diagnosis::argument_at(std::uint32_t number, NodeId call) {
  const parser::Tree& t = tree(number);
  std::vector<NodeId> arguments = arguments_of(t, call);
  if (static_cast<std::size_t>(error.part) >= arguments.size()) return std::nullopt;
  NodeId argument = arguments[static_cast<std::size_t>(error.part)];
  if (error.element < 0) return range_of(number, argument);
  NodeId list = argument;
  if (t.kind(list) == NodeKind::Identifier) list = bound_value(number, list).value_or(list);
  while (t.kind(list) == NodeKind::Paren) list = {list.index + 1};
  if (t.kind(list) != NodeKind::List) return range_of(number, argument);
  std::vector<NodeId> elements = children_of(t, list);
  auto at = static_cast<std::size_t>(error.element);
  return range_of(number, at < elements.size() ? elements[at] : argument);
}

std::optional<SourceRange> Diagnosis::operand_at(Position p) {
  const parser::Tree& t = tree(p.file);
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    NodeId id{i};
    NodeKind kind = t.kind(id);
    if (t.size(id) == 1) continue;
    if (error.is_argument) {
      if (kind == NodeKind::Apply && t.range(id).begin == p.offset) return argument_at(p.file, id);
      continue;
    }
    std::vector<NodeId> children = children_of(t, id);
    if (kind == NodeKind::Select && error.part == 0 && t.range(children[1]).begin <= p.offset && p.offset < t.range(children[1]).end)
      return range_of(p.file, children[0]);
    if (t.range(id).begin != p.offset) continue;
    if ((kind == NodeKind::If || kind == NodeKind::Assert || kind == NodeKind::Not) && error.part == 0) return range_of(p.file, children[0]);
    if (kind == NodeKind::Binary && error.part < 2) return range_of(p.file, children[static_cast<std::size_t>(error.part)]);
    if (kind == NodeKind::String || kind == NodeKind::IndentedString || kind == NodeKind::Path) {
      auto parts = parser::string_parts(t, id);
      auto at = static_cast<std::size_t>(error.part);
      if (at < parts.size() && parts[at].interpolation) return range_of(p.file, NodeId{parts[at].interpolation->index + 1});
    }
  }
  return std::nullopt;
}

}  // namespace evalctl::stdlib
