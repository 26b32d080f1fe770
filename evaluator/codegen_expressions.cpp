// One function for each form of expression.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "evaluator/codegen.h"
#include "evaluator/operations.h"

namespace evalctl::evaluator {

using parser::NodeId;
using parser::NodeKind;
using parser::TokenKind;

NodeId Compiler::unwrap(NodeId node) const {
  while (tree_.kind(node) == NodeKind::Paren) node = {node.index + 1};
  return node;
}

std::string Compiler::absolute(std::string_view path) const {
  if (path.starts_with("/")) return std::string(path);
  if (path.starts_with("~")) {
    const char* home = std::getenv("HOME");
    return (home ? home : "") + std::string(path.substr(1));
  }
  return vm_.program().files[file_].directory + "/" + std::string(path);
}

// Removes `.`, `..`, doubled and final slashes of an absolute path.
std::string canonical_path(std::string_view path) {
  std::string out;
  std::size_t at = 0;
  while (at < path.size()) {
    while (at < path.size() && path[at] == '/') ++at;
    std::size_t end = std::min(path.find('/', at), path.size());
    std::string_view part = path.substr(at, end - at);
    at = end;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      std::size_t slash = out.rfind('/');
      out.resize(slash == std::string::npos ? 0 : slash);
      continue;
    }
    out += '/';
    out += part;
  }
  return out.empty() ? "/" : out;
}

bool Compiler::literal(NodeId node, Value& out) {
  std::string_view text = tree_.text(node);
  switch (tree_.kind(node)) {
    case NodeKind::Integer: {
      std::int64_t i = 0;
      std::from_chars(text.data(), text.data() + text.size(), i);
      out = vm_.integer(i);
      return true;
    }
    case NodeKind::Float: out = vm_.floating(std::strtod(std::string(text).c_str(), nullptr)); return true;
    case NodeKind::Uri: out = vm_.string(text); return true;
    case NodeKind::String:
    case NodeKind::IndentedString: {
      if (!tree_.children(node).empty()) return false;
      auto parts = parser::string_parts(tree_, node);
      out = parts.empty() ? vm_.empty_string : vm_.string(parts.front().text);
      return true;
    }
    case NodeKind::Path:
      if (!tree_.children(node).empty()) return false;
      out = vm_.path(canonical_path(absolute(text)));
      return true;
    case NodeKind::List:
      if (!tree_.children(node).empty()) return false;
      out = vm_.empty_list;
      return true;
    default: return false;
  }
}

Operand Compiler::strict(NodeId node) {
  node = unwrap(node);
  Value known;
  if (literal(node, known)) return constant(known);
  std::uint32_t d = new_registers(1);
  strict_into(node, d);
  return kRegister | d;
}

Operand Compiler::lazy(NodeId node) {
  node = unwrap(node);
  Value known;
  if (literal(node, known)) return constant(known);
  if (tree_.kind(node) == NodeKind::Identifier && tree_.text(node) != "__curPos")
    return lazy_name(intern(tree_.text(node)), offset_of(node));
  std::uint32_t d = new_registers(1);
  lazy_into(node, d);
  return kRegister | d;
}

void Compiler::lazy_into(NodeId node, std::uint32_t d) {
  node = unwrap(node);
  NodeKind kind = tree_.kind(node);
  Value known;
  if (literal(node, known) || kind == NodeKind::Identifier) {
    emit(Op::Move, d, lazy(node), 0, 0, offset_of(node));
  } else if (kind == NodeKind::Lambda) {
    auto [code, words] = lambda(node, {});
    emit(Op::MakeClosure, d, code, words, 0, offset_of(node));
  } else {
    thunk_into(d, offset_of(node), [&] { return strict(node); });
  }
}

void Compiler::strict_into(NodeId node, std::uint32_t d) {
  node = unwrap(node);
  std::uint32_t mark = unit_->next_register;
  std::uint32_t offset = offset_of(node);
  Value known;
  if (literal(node, known)) {
    emit(Op::Move, d, constant(known), 0, 0, offset);
    return;
  }
  switch (tree_.kind(node)) {
    case NodeKind::Identifier: {
      std::string_view name = tree_.text(node);
      if (name == "__curPos") {
        auto where = vm_.where(position(offset));
        AttrsBuilder attrs;
        attrs.add(vm_.symbols.file, vm_.string(where.file));
        attrs.add(vm_.symbols.line, vm_.integer(where.line));
        attrs.add(vm_.symbols.column, vm_.integer(where.column));
        emit(Op::Move, d, constant(attrs.build(vm_)), 0, 0, offset);
      } else {
        strict_name(intern(name), d, offset);
      }
      break;
    }
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Path: interpolated(node, d); break;
    case NodeKind::SearchPath: search_path(node, d); break;
    case NodeKind::List: list(node, d); break;
    case NodeKind::AttrSet: attrs_into(*group_bindings(tree_, node, groups_), d); break;
    case NodeKind::LegacyLet:
      attrs_into(*group_bindings(tree_, node, groups_), d);
      emit(Op::Select, d, kRegister | d, new_site(vm_.symbols.body), 0, offset);
      break;
    case NodeKind::Let: let_into(node, d); break;
    case NodeKind::Select: select(node, d); break;
    case NodeKind::HasAttr: has_attr(node, d); break;
    case NodeKind::Apply: apply(node, d); break;
    case NodeKind::Lambda: {
      auto [code, words] = lambda(node, {});
      emit(Op::MakeClosure, d, code, words, 0, offset);
      break;
    }
    case NodeKind::If: conditional(node, d); break;
    case NodeKind::Assert: {
      Operand condition = strict(child_at(node, 0));
      emit(Op::Assert, 0, condition, 0, 0, offset);
      strict_into(child_at(node, 1), d);
      break;
    }
    case NodeKind::With: with(node, d); break;
    case NodeKind::Not: emit(Op::Not, d, strict(child_at(node, 0)), 0, 0, offset); break;
    case NodeKind::Negate: negate(node, d); break;
    case NodeKind::Binary: binary(node, d); break;
    default: emit(Op::Fail, d, 0, 0, 0, offset);
  }
  unit_->next_register = mark;
}

void Compiler::list(NodeId node, std::uint32_t d) {
  std::vector<Operand> words;
  for (NodeId item : tree_.children(node)) words.push_back(lazy(item));
  emit(Op::MakeList, d, 0, new_list(std::move(words)), 0, offset_of(node));
}

void Compiler::with(NodeId node, std::uint32_t d) {
  std::uint32_t place = new_registers(1);
  lazy_into(child_at(node, 0), place);
  withs_.push_back(new_variable(place));
  strict_into(child_at(node, 1), d);
  withs_.pop_back();
}

void Compiler::conditional(NodeId node, std::uint32_t d) {
  // `else if` chains are walked here, so that a long one does not nest.
  std::vector<std::uint32_t> ends;
  while (true) {
    std::uint32_t mark = unit_->next_register;
    Operand condition = strict(child_at(node, 0));
    std::uint32_t skip = emit(Op::JumpFalse, 0, condition, 0, 0, offset_of(node));
    unit_->next_register = mark;
    strict_into(child_at(node, 1), d);
    ends.push_back(emit(Op::Jump, 0, 0, 0, 0, offset_of(node)));
    patch(skip, here());
    NodeId otherwise = unwrap(child_at(node, 2));
    if (tree_.kind(otherwise) != NodeKind::If) {
      strict_into(otherwise, d);
      break;
    }
    node = otherwise;
  }
  for (std::uint32_t end : ends) patch(end, here());
}

void Compiler::apply(NodeId node, std::uint32_t d) {
  std::vector<NodeId> arguments;
  NodeId function = node;
  while (tree_.kind(function) == NodeKind::Apply) {
    arguments.push_back(child_at(function, 1));
    function = {function.index + 1};
  }
  Operand callee = strict(function);
  auto count = static_cast<std::uint32_t>(arguments.size());
  std::uint32_t base = new_registers(count);
  for (std::uint32_t i = 0; i < count; ++i) lazy_into(arguments[count - 1 - i], base + i);
  emit(Op::Call, d, callee, base, static_cast<std::uint16_t>(count), offset_of(node));
}

void Compiler::call_named(std::string_view function, std::initializer_list<Operand> arguments, std::uint32_t d,
                          std::uint32_t offset) {
  std::uint32_t callee = new_registers(1);
  strict_name(intern(function), callee, offset);
  std::uint32_t base = new_registers(static_cast<std::uint32_t>(arguments.size()));
  std::uint32_t i = 0;
  for (Operand a : arguments) emit(Op::Move, base + i++, a, 0, 0, offset);
  emit(Op::Call, d, kRegister | callee, base, static_cast<std::uint16_t>(arguments.size()), offset);
}

void Compiler::search_path(NodeId node, std::uint32_t d) {
  std::string_view text = tree_.text(node);
  Operand name = constant(vm_.string(text.substr(1, text.size() - 2)));
  call_named("__findFile", {lazy_name(intern("__nixPath"), offset_of(node)), name}, d, offset_of(node));
}

void Compiler::negate(NodeId node, std::uint32_t d) {
  NodeId operand = child_at(node, 0);
  if (is_plain("__sub")) {
    emit(Op::Negate, d, strict(operand), 0, 0, offset_of(node));
  } else {
    call_named("__sub", {constant(vm_.integer(0)), lazy(operand)}, d, offset_of(node));
  }
}

void Compiler::arithmetic(NodeId node, std::uint32_t d, Op op, std::string_view function) {
  NodeId left = child_at(node, 0), right = child_at(node, 1);
  if (!function.empty() && !is_plain(function)) {
    Operand a = lazy(left), b = lazy(right);
    call_named(function, {a, b}, d, offset_of(node));
    return;
  }
  Operand a, b;
  if (op == Op::Update) {
    b = strict(right);
    a = strict(left);
  } else {
    a = strict(left);
    b = strict(right);
  }
  emit(op, d, a, b, 0, offset_of(node));
}

void Compiler::compare(NodeId node, std::uint32_t d, TokenKind op) {
  NodeId left = child_at(node, 0), right = child_at(node, 1);
  bool swapped = op == TokenKind::Greater || op == TokenKind::LessEqual;
  bool negated = op == TokenKind::LessEqual || op == TokenKind::GreaterEqual;
  if (!is_plain("__lessThan")) {
    Operand a = lazy(left), b = lazy(right);
    if (swapped) std::swap(a, b);
    call_named("__lessThan", {a, b}, d, offset_of(node));
    if (negated) emit(Op::Not, d, kRegister | d, 0, 0, offset_of(node));
    return;
  }
  // The order of evaluation is that of __lessThan's arguments.
  Operand a = strict(swapped ? right : left), b = strict(swapped ? left : right);
  emit(negated ? Op::LessEqual : Op::Less, d, a, b, 0, offset_of(node));
}

void Compiler::logical(NodeId node, std::uint32_t d, TokenKind op) {
  std::uint32_t offset = offset_of(node);
  strict_into(child_at(node, 0), d);
  std::uint32_t jump = emit(op == TokenKind::OrOr ? Op::JumpTrue : Op::JumpFalse, 0, kRegister | d, 0, 0, offset);
  strict_into(child_at(node, 1), d);
  emit(Op::CheckBool, d, kRegister | d, 0, 0, offset);
  if (op == TokenKind::Implies) {
    std::uint32_t end = emit(Op::Jump, 0, 0, 0, 0, offset);
    patch(jump, here());
    emit(Op::Move, d, constant(Value::boolean(true)), 0, 0, offset);
    patch(end, here());
  } else {
    patch(jump, here());
  }
}

void Compiler::binary(NodeId node, std::uint32_t d) {
  TokenKind op = tree_.operator_of(node);
  switch (op) {
    case TokenKind::AndAnd:
    case TokenKind::OrOr:
    case TokenKind::Implies: return logical(node, d, op);
    case TokenKind::EqualEqual: return arithmetic(node, d, Op::Equal, "");
    case TokenKind::NotEqual: return arithmetic(node, d, Op::NotEqual, "");
    case TokenKind::Less:
    case TokenKind::Greater:
    case TokenKind::LessEqual:
    case TokenKind::GreaterEqual: return compare(node, d, op);
    case TokenKind::Update: return arithmetic(node, d, Op::Update, "");
    case TokenKind::Concat: return arithmetic(node, d, Op::ConcatLists, "");
    case TokenKind::Plus: return arithmetic(node, d, Op::Add, "");
    case TokenKind::Minus: return arithmetic(node, d, Op::Subtract, "__sub");
    case TokenKind::Star: return arithmetic(node, d, Op::Multiply, "__mul");
    case TokenKind::Slash: return arithmetic(node, d, Op::Divide, "__div");
    default: break;
  }
  // Pipes: the function is on the side the arrow points to.
  bool right = op == TokenKind::PipeRight;
  Operand function = strict(child_at(node, right ? 1 : 0));
  std::uint32_t base = new_registers(1);
  lazy_into(child_at(node, right ? 0 : 1), base);
  emit(Op::Call, d, function, base, 1, offset_of(node));
}

Operand Compiler::dynamic_name(NodeId element) {
  return strict(tree_.kind(element) == NodeKind::Interpolation ? NodeId{element.index + 1} : element);
}

// Emits TrySelect for one element; where it jumps is patched by the caller through `sites` and `lists`.
void Compiler::try_select(NodeId element, std::uint32_t d, std::vector<std::uint32_t>& sites, std::vector<std::uint32_t>& lists) {
  std::uint32_t offset = offset_of(element);
  if (auto name = attribute_symbol(tree_, element)) {
    sites.push_back(new_site(*name));
    emit(Op::TrySelect, d, kRegister | d, sites.back(), 0, offset);
  } else {
    Operand name_word = dynamic_name(element);
    lists.push_back(new_list({0}));
    emit(Op::TrySelectDynamic, d, kRegister | d, name_word, static_cast<std::uint16_t>(lists.back()), offset);
  }
}

void Compiler::select(NodeId node, std::uint32_t d) {
  NodeId target = child_at(node, 0), path = child_at(node, 1);
  bool has_default = tree_.size(node) > 1 + tree_.size(target) + tree_.size(path);
  std::vector<std::uint32_t> sites, lists;
  Operand from = strict(target);
  if (has_default) emit(Op::Move, d, from, 0, 0, offset_of(target));
  for (NodeId element : tree_.children(path)) {
    if (has_default) {
      try_select(element, d, sites, lists);
    } else if (auto name = attribute_symbol(tree_, element)) {
      emit(Op::Select, d, from, new_site(*name), 0, offset_of(element));
    } else {
      Operand name_word = dynamic_name(element);
      emit(Op::SelectDynamic, d, from, name_word, 0, offset_of(element));
    }
    from = kRegister | d;
  }
  if (!has_default) return;
  std::uint32_t end = emit(Op::Jump, 0, 0, 0, 0, offset_of(node));
  for (std::uint32_t site : sites) unit_->code->sites[site].target = here();
  for (std::uint32_t l : lists) unit_->code->lists[l][0] = here();
  strict_into(child_at(node, 2), d);
  patch(end, here());
}

void Compiler::has_attr(NodeId node, std::uint32_t d) {
  NodeId target = child_at(node, 0), path = child_at(node, 1);
  std::vector<std::uint32_t> sites, lists;
  std::uint32_t set = new_registers(1);
  strict_into(target, set);
  std::vector<NodeId> elements;
  for (NodeId element : tree_.children(path)) elements.push_back(element);
  for (std::size_t i = 0; i + 1 < elements.size(); ++i) try_select(elements[i], set, sites, lists);
  if (auto name = attribute_symbol(tree_, elements.back())) {
    emit(Op::HasAttr, d, kRegister | set, new_site(*name), 0, offset_of(node));
  } else {
    Operand name_word = dynamic_name(elements.back());
    emit(Op::HasDynamic, d, kRegister | set, name_word, 0, offset_of(node));
  }
  if (sites.empty() && lists.empty()) return;
  std::uint32_t end = emit(Op::Jump, 0, 0, 0, 0, offset_of(node));
  for (std::uint32_t site : sites) unit_->code->sites[site].target = here();
  for (std::uint32_t l : lists) unit_->code->lists[l][0] = here();
  emit(Op::Move, d, constant(Value::boolean(false)), 0, 0, offset_of(node));
  patch(end, here());
}

void Compiler::interpolated(NodeId node, std::uint32_t d) {
  bool is_path = tree_.kind(node) == NodeKind::Path;
  auto parts = parser::string_parts(tree_, node);
  auto count = static_cast<std::uint32_t>(parts.size());
  std::uint32_t base = new_registers(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (parts[i].interpolation) {
      strict_into({parts[i].interpolation->index + 1}, base + i);
    } else {
      std::string text = is_path && i == 0 ? absolute(parts[i].text) : parts[i].text;
      emit(Op::Move, base + i, constant(vm_.string(text)), 0, 0, offset_of(node));
    }
  }
  emit(is_path ? Op::ConcatPath : Op::ConcatStrings, d, base, 0, static_cast<std::uint16_t>(count), offset_of(node));
}

}  // namespace evalctl::evaluator
