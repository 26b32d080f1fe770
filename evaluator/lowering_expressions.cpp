// One function for each form of expression.
#include <charconv>
#include <cstdlib>

#include "evaluator/lowering.h"
#include "parser/parse.h"

namespace evalctl::evaluator {

using parser::NodeId;
using parser::NodeKind;
using parser::TokenKind;

std::uint32_t Lowering::literal(NodeId id) {
  std::string_view text = tree_.text(id);
  std::uint32_t offset = offset_of(id);
  switch (tree_.kind(id)) {
    case NodeKind::Integer: {
      std::int64_t i = 0;
      std::from_chars(text.data(), text.data() + text.size(), i);
      return integer_node(offset, i);
    }
    case NodeKind::Float: {
      return float_node(offset, std::strtod(std::string(text).c_str(), nullptr));
    }
    case NodeKind::Uri:
      lint(NodeKind::Uri, text, offset);
      return text_node(IrKind::String, offset, text);
    case NodeKind::String:
    case NodeKind::IndentedString: {
      if (!tree_.children(id).empty()) return kNone;
      if (auto plain = parser::plain_text(tree_, id)) return text_node(IrKind::String, offset, *plain);
      auto parts = parser::string_parts(tree_, id);
      return text_node(IrKind::String, offset, parts.empty() ? std::string_view{} : std::string_view(parts.front().text));
    }
    case NodeKind::Path:
      if (!tree_.children(id).empty()) return kNone;
      lint(NodeKind::Path, text, offset);
      return text_node(IrKind::Path, offset, text);
    default: return kNone;
  }
}

bool warns_of_literals(const Lints& lints) {
  return lints.urls != Lints::Ignore || lints.absolute_paths != Lints::Ignore || lints.short_paths != Lints::Ignore;
}

// Reports a literal that a lint setting is about.
void Lowering::lint(NodeKind kind, std::string_view text, std::uint32_t offset) {
  const Lints& lints = vm_.lints;
  if (!warns_of_literals(lints)) return;
  Lints::Level level = Lints::Ignore;
  std::string message;
  if (kind == NodeKind::Uri) {
    level = lints.urls;
    message = fmt::format("URL literals are {}. Consider using a string literal \"{}\" instead (lint-url-literals)",
                          level == Lints::Fatal ? "disallowed" : "discouraged", text);
  } else if (text.starts_with('/') || text.starts_with('~')) {
    level = lints.absolute_paths;
    message = fmt::format("{} path literals are not portable. Consider replacing path literal '{}' by a string, relative path, "
                          "or parameter (lint-absolute-path-literals)", text[0] == '/' ? "absolute" : "home", text);
  } else if (!text.starts_with('.')) {
    level = lints.short_paths;
    message = fmt::format("relative path literal '{}' should be prefixed with '.' for clarity: './{}' (lint-short-path-literals)",
                          text, text);
  }
  if (level == Lints::Ignore || failed_) return;
  if (level == Lints::Fatal) {
    fail(std::move(message), offset);
    return;
  }
  Vm::Where where = vm_.where({file_, offset});
  vm_.host.message(fmt::format("warning: {}\n         at {}:{}:{}", message, where.file, where.line, where.column));
}

// True for an expression whose word can be made at once, without a thunk, more cheaply than the thunk: literals,
// variables, functions, and small lists and sets of such. While the words of a recursive group are being made, its own
// variables have none yet.
bool Lowering::is_ready(NodeId id, int level) {
  id = unwrap(id);
  switch (tree_.kind(id)) {
    case NodeKind::Integer:
    case NodeKind::Float:
    case NodeKind::Uri: return true;
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Path: return tree_.children(id).empty();
    case NodeKind::Lambda: return filling_ == nullptr && !shows_delays_;
    case NodeKind::Identifier: {
      std::string_view text = tree_.text(id);
      if (text == "__curPos") return false;
      Found found = look_up(intern(text));
      return found.kind == Found::Global || (found.kind == Found::Bound && (!filling_ || found.variable->group != filling_));
    }
    case NodeKind::List: {
      int count = 0;
      if (level > 1 || shows_delays_) return tree_.children(id).empty();
      for (NodeId item : tree_.children(id))
        if (++count > 8 || !is_ready(item, level + 1)) return false;
      return true;
    }
    default: return false;
  }
}

bool Lowering::is_ready(const BindingGroup& group, int level) {
  if (shows_delays_ || group.recursive || !group.dynamic.empty() || !group.sources.empty() || group.bindings.size() > 8) return false;
  if (level > 1) return group.bindings.empty();
  for (const GroupBinding& b : group.bindings) {
    if (b.kind == GroupBinding::Kind::Nested ? !is_ready(*b.nested, level + 1) : b.kind != GroupBinding::Kind::Expression)
      return false;
    if (b.kind == GroupBinding::Kind::Expression && !is_ready(b.node, level + 1)) return false;
  }
  return true;
}

std::uint32_t Lowering::delayed(NodeId id) {
  return function(IrKind::Thunk, offset_of(id), [&] { return strict(id); });
}

std::uint32_t Lowering::delayed_lambda(NodeId id, Symbol name) {
  if (!shows_delays_) return lambda(id, name);
  return function(IrKind::Thunk, offset_of(id), [&] { return lambda(id, name); });
}

// Of a variable of the group whose words are being made: whether it has its word.
bool Lowering::is_made_before(NodeId variable) {
  if (!shares_words_) return false;
  Found found = look_up(intern(tree_.text(variable)));
  return found.kind == Found::Bound && found.variable->unit == unit_ && found.variable->slot < filling_slot_;
}

std::uint32_t Lowering::lazy(NodeId id) {
  id = unwrap(id);
  std::uint32_t known = literal(id);
  if (known != kNone) return known;
  switch (tree_.kind(id)) {
    case NodeKind::Identifier:
      if (tree_.text(id) == "__curPos") return node(IrKind::Position, offset_of(id));
      // A variable of the group whose words are being made has none yet.
      if (filling_ && !is_ready(id, 0) && !is_made_before(id)) return delayed(id);
      return lazy_name(intern(tree_.text(id)), offset_of(id));
    case NodeKind::Lambda: return delayed_lambda(id, {});
    case NodeKind::List: return is_ready(id, 0) ? list_node(id) : delayed(id);
    case NodeKind::AttrSet: {
      BindingGroup& group = *group_bindings(tree_, id, groups_);
      return is_ready(group, 0) ? set_of(group) : nested_word(group);
    }
    default: return delayed(id);
  }
}

// Counts one level of nesting for as long as it lives; fails where there are too many.
class Lowering::Level {
 public:
  explicit Level(Lowering& lowering) : lowering_(lowering) {
    if (lowering.is_quiet_) lowering.failed_ |= lowering.levels_ >= kMostQuietLevels;
    else if (!depth_.emplace(lowering.vm_)) lowering.failed_ = true;
    ++lowering.levels_;
  }
  ~Level() { --lowering_.levels_; }
  Level(const Level&) = delete;

 private:
  static constexpr std::uint32_t kMostQuietLevels = 2000;
  Lowering& lowering_;
  std::optional<Vm::Depth> depth_;
};

std::uint32_t Lowering::strict(NodeId id) {
  Level level(*this);
  if (failed_) return kNone;
  id = unwrap(id);
  std::uint32_t known = literal(id);
  if (known != kNone) return known;
  std::uint32_t offset = offset_of(id);
  switch (tree_.kind(id)) {
    case NodeKind::Identifier:
      if (tree_.text(id) == "__curPos") return node(IrKind::Position, offset);
      return name(intern(tree_.text(id)), offset);
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Path: return interpolated(id);
    case NodeKind::SearchPath: {
      std::string_view text = tree_.text(id);
      std::uint32_t wanted = text_node(IrKind::String, offset, text.substr(1, text.size() - 2));
      return call_named("__findFile", {lazy_name(intern("__nixPath"), offset), wanted}, offset);
    }
    case NodeKind::List: return list_node(id);
    case NodeKind::AttrSet: return set(id);
    case NodeKind::LegacyLet: {
      std::uint32_t from = set(id);
      return select_node(IrKind::Select, offset, from, 1, kNone, {offset_here(offset), index_of(vm_.symbols.body)});
    }
    case NodeKind::Let: return let(id);
    case NodeKind::Select: return select(id, IrKind::Select);
    case NodeKind::HasAttr: return select(id, IrKind::HasAttr);
    case NodeKind::Apply: return apply(id);
    case NodeKind::Lambda: return lambda(id, {});
    case NodeKind::If: return conditional(id);
    case NodeKind::Assert: {
      std::uint32_t condition = strict(child_at(id, 0));
      return node(IrKind::Assert, offset, {condition, strict(child_at(id, 1))});
    }
    case NodeKind::With: return with(id);
    case NodeKind::Not: return node(IrKind::Not, offset, {strict(child_at(id, 0))});
    case NodeKind::Negate: return negate(id);
    case NodeKind::Binary: return binary(id);
    default: return node(IrKind::Error, offset);
  }
}

std::uint32_t Lowering::list_node(NodeId id) {
  Words words;
  for (NodeId item : tree_.children(id)) {
    words.push_back(lazy(item));
    NodeId path = unwrap(item);
    if (tree_.kind(path) == NodeKind::Path && tree_.children(path).empty()) ir_->listed_paths.emplace_back(tree_.text(path));
  }
  if (words.empty()) return node(IrKind::EmptyList, offset_of(id));
  return node(IrKind::List, offset_of(id), {static_cast<std::uint32_t>(words.size())}, words);
}

std::uint32_t Lowering::with(NodeId id) {
  std::uint32_t mark = unit_->next_slot;
  std::uint32_t word = lazy(child_at(id, 0));
  std::uint32_t slot = new_slots(1);
  withs_.push_back(new_variable(slot));
  std::uint32_t body = strict(child_at(id, 1));
  withs_.pop_back();
  unit_->next_slot = mark;
  return node(IrKind::WithScope, offset_of(id), {slot, word, body});
}

// `else if` chains are walked here, so that a long one does not nest.
std::uint32_t Lowering::conditional(NodeId id) {
  struct Branch { std::uint32_t offset, condition, then; };
  SmallVector<Branch, 4> branches;
  while (tree_.kind(id) == NodeKind::If) {
    std::uint32_t condition = strict(child_at(id, 0));
    branches.push_back({offset_of(id), condition, strict(child_at(id, 1))});
    id = unwrap(child_at(id, 2));
  }
  std::uint32_t result = strict(id);
  for (auto it = branches.rbegin(); it != branches.rend(); ++it)
    result = node(IrKind::If, it->offset, {it->condition, it->then, result});
  return result;
}

std::uint32_t Lowering::apply(NodeId id) {
  SmallVector<NodeId, 8> arguments;
  NodeId function = id;
  while (tree_.kind(function) == NodeKind::Apply) {
    arguments.push_back(child_at(function, 1));
    function = {function.index + 1};
  }
  std::uint32_t callee = strict(function);
  Words words;
  for (auto it = arguments.rbegin(); it != arguments.rend(); ++it) words.push_back(lazy(*it));
  if (words.size() == 3 && kind_of(words[0]) == IrKind::Lambda) {
    --unit_->functions;
    unit_->folds = true;
  }
  return node_of_parts(IrKind::Call, offset_of(id), {callee}, words);
}

std::uint32_t Lowering::call_named(std::string_view function, std::initializer_list<std::uint32_t> words, std::uint32_t offset) {
  std::uint32_t callee = name(intern(function), offset);
  return node_of_parts(IrKind::Call, offset, {callee}, Words(words));
}

std::uint32_t Lowering::negate(NodeId id) {
  NodeId operand = child_at(id, 0);
  if (is_plain("__sub")) return node(IrKind::Negate, offset_of(id), {strict(operand)});
  std::uint32_t zero = integer_node(offset_of(id), 0);
  return call_named("__sub", {zero, lazy(operand)}, offset_of(id));
}

std::uint32_t Lowering::arithmetic(NodeId id, IrKind kind, std::string_view function) {
  NodeId left = child_at(id, 0), right = child_at(id, 1);
  if (!function.empty() && !is_plain(function)) {
    std::uint32_t a = lazy(left);
    return call_named(function, {a, lazy(right)}, offset_of(id));
  }
  std::uint32_t a = strict(left);
  return node(kind, offset_of(id), {a, strict(right)});
}

std::uint32_t Lowering::compare(NodeId id, TokenKind op) {
  bool swapped = op == TokenKind::Greater || op == TokenKind::LessEqual;
  bool negated = op == TokenKind::LessEqual || op == TokenKind::GreaterEqual;
  if (is_plain("__lessThan")) {
    IrKind kind = negated ? (swapped ? IrKind::NotLessSwapped : IrKind::NotLess) : (swapped ? IrKind::LessSwapped : IrKind::Less);
    return arithmetic(id, kind, "");
  }
  std::uint32_t a = lazy(child_at(id, 0)), b = lazy(child_at(id, 1));
  if (swapped) std::swap(a, b);
  std::uint32_t less = call_named("__lessThan", {a, b}, offset_of(id));
  return negated ? node(IrKind::Not, offset_of(id), {less}) : less;
}

std::uint32_t Lowering::binary(NodeId id) {
  TokenKind op = tree_.operator_of(id);
  switch (op) {
    case TokenKind::AndAnd: return arithmetic(id, IrKind::And, "");
    case TokenKind::OrOr: return arithmetic(id, IrKind::Or, "");
    case TokenKind::Implies: return arithmetic(id, IrKind::Implies, "");
    case TokenKind::EqualEqual: return arithmetic(id, IrKind::Equal, "");
    case TokenKind::NotEqual: return arithmetic(id, IrKind::NotEqual, "");
    case TokenKind::Less:
    case TokenKind::Greater:
    case TokenKind::LessEqual:
    case TokenKind::GreaterEqual: return compare(id, op);
    case TokenKind::Update: return arithmetic(id, IrKind::Update, "");
    case TokenKind::Concat: return arithmetic(id, IrKind::Concat, "");
    case TokenKind::Plus: return arithmetic(id, IrKind::Add, "");
    case TokenKind::Minus: return arithmetic(id, IrKind::Subtract, "__sub");
    case TokenKind::Star: return arithmetic(id, IrKind::Multiply, "__mul");
    case TokenKind::Slash: return arithmetic(id, IrKind::Divide, "__div");
    default: break;
  }
  // Pipes: the function is on the side the arrow points to.
  bool right = op == TokenKind::PipeRight;
  std::uint32_t callee = strict(child_at(id, right ? 1 : 0));
  std::uint32_t word = lazy(child_at(id, right ? 0 : 1));
  return node(IrKind::Call, offset_of(id), {callee, 1, word});
}

std::uint32_t Lowering::select(NodeId id, IrKind kind) {
  NodeId target = child_at(id, 0), path = child_at(id, 1);
  std::uint32_t from = strict(target);
  Words out;
  std::uint32_t count = 0, otherwise = kNone;
  for (NodeId element : tree_.children(path)) {
    ++count;
    out.push_back(offset_here(offset_of(element)));
    auto name = attribute_symbol(tree_, element);
    out.push_back(name ? index_of(*name) : 0);
    NodeId computed = tree_.kind(element) == NodeKind::Interpolation ? NodeId{element.index + 1} : element;
    if (!name) out.push_back(strict(computed));
  }
  if (tree_.size(id) > 1 + tree_.size(target) + tree_.size(path)) otherwise = strict(child_at(id, 2));
  return select_node(kind, kind == IrKind::Select ? offset_of(path) : offset_of(id), from, count, otherwise, out);
}

std::uint32_t Lowering::interpolated(NodeId id) {
  bool is_path = tree_.kind(id) == NodeKind::Path;
  Words words;
  for (const auto& part : parser::string_parts(tree_, id)) {
    if (part.interpolation) words.push_back(strict({part.interpolation->index + 1}));
    else if (is_path && words.empty()) lint(NodeKind::Path, part.text, offset_of(id));
    if (!part.interpolation) words.push_back(text_node(is_path && words.empty() ? IrKind::Path : IrKind::String, offset_of(id), part.text));
  }
  return node_of_parts(is_path ? IrKind::JoinPath : IrKind::JoinString, offset_of(id), {}, words);
}

}  // namespace evalctl::evaluator
