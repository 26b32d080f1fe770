// Tree to document: the rules of the standard format, construct by construct.
//
// A method named after a construct writes it; `first`, `open` and the like are token indices. The words of the standard:
//   absorbed   begins on the line of what it belongs to (`x = {`), rather than on a new one
//   wide       a set that is expanded although it would fit on the line
//   simple     so short by nature that it is kept on one line
// The rules look at the tree, the attached comments, and whether two tokens stand on the same line of the input.
#pragma once
#include <deque>
#include <string_view>
#include <vector>

#include "base/small_vector.h"
#include "formatter/document.h"
#include "formatter/string_lines.h"
#include "formatter/trivia.h"
#include "parser/tree.h"

namespace evalctl::formatter {

class Printer {
 public:
  // `lines` is memory to use.
  Printer(const parser::Tree& tree, TriviaTable& trivia, std::deque<StringLines>& lines, DocumentBuilder& document)
      : tree_(tree), trivia_(trivia), doc_(document), lines_(lines) {}

  // The whole file.
  void file();

 private:
  using NodeId = parser::NodeId;
  using NodeKind = parser::NodeKind;
  using TokenKind = parser::TokenKind;
  using Nodes = base::SmallVector<NodeId, 8>;

  // A token, or a literal of several that takes comments as one.
  struct Leaf { std::uint32_t first; std::uint32_t last; };

  // One parameter of `{ a, b ? c, ... }`. Token 0 stands for one that is not there.
  struct Parameter {
    std::uint32_t name;  // or the ellipsis
    bool is_ellipsis;
    std::uint32_t question;
    NodeId fallback;
    std::uint32_t comma;
    // The comma is not in the text; it is added behind the last parameter.
    bool added_comma;
    // What stands behind an added comma.
    std::string_view comment;
  };
  struct ParameterSet { std::uint32_t open; std::uint32_t close; base::SmallVector<Parameter, 8> parameters; };

  // ---- printer.cpp: tokens and trivia
  std::uint32_t next_token(std::uint32_t token) const;
  std::uint32_t previous_token(std::uint32_t token) const;
  NodeId first_child(NodeId node) const { return {node.index + 1}; }
  NodeId after(NodeId sibling) const { return {sibling.index + tree_.size(sibling)}; }
  std::uint32_t first_token(NodeId node) const { return tree_.node(node).first_token; }
  std::uint32_t last_token(NodeId node) const { return tree_.node(node).end_token - 1; }
  // The token behind, or before, a node.
  std::uint32_t token_behind(NodeId node) const { return next_token(last_token(node)); }
  std::uint32_t token_before(NodeId node) const { return previous_token(first_token(node)); }
  Leaf first_leaf(NodeId node) const;
  bool same_line(std::uint32_t left, std::uint32_t right) const;

  void text(std::string_view text) { doc_.text(text); }
  void space(SpacingKind kind) { doc_.spacing(kind); }
  void source_text(parser::Range range) { doc_.source_text(range.begin, range.end); }
  // As a group of its own.
  void lone_text(parser::Range range) { doc_.lone_source_text(range.begin, range.end); }
  void token_text(std::uint32_t token) { source_text(tree_.token_range({token})); }
  void token(std::uint32_t token) {
    if (trivia_.is_known(token)) [[unlikely]] token_with_trivia(token);
    else token_text(token);
  }
  [[gnu::noinline]] void token_with_trivia(std::uint32_t token);
  void token_without_behind(std::uint32_t token);
  void token_without_before(std::uint32_t token);
  // The comment behind the token goes before it.
  void token_comment_first(std::uint32_t token);
  void print(Trivia trivia);
  void print(const Trivium& trivium);
  void block_comment(const Trivium& trivium);
  void behind(std::string_view comment);
  Trivia as_trivia(std::string_view comment);

  template <class Body> void group(const Body& body) { group(GroupKind::Regular, body); }
  template <class Body> void group(GroupKind kind, const Body& body) {
    doc_.open(kind);
    body();
    doc_.close();
  }
  template <class Body> void nested(const Body& body) {
    doc_.indent();
    body();
    doc_.dedent();
  }
  // Writes `body` on one line, within `limit` columns. False, and nothing written, when that cannot be.
  template <class Body> bool compact(std::uint32_t limit, const Body& body) {
    if (!doc_.begin_compact(limit)) return body(), true;
    std::size_t changes = trivia_.changes();
    body();
    if (doc_.end_compact()) return true;
    trivia_.undo_to(changes);
    return false;
  }

  // ---- predicates.cpp
  bool is_term(NodeId node) const;
  bool is_bare(std::uint32_t token) const { return !trivia_.has_any(token); }
  bool is_bare(Leaf leaf) const;
  bool is_or_call(NodeId node) const;
  bool is_absorbable(NodeId term) const;
  bool is_absorbable_expression(NodeId node) const;
  bool is_absorbable_lambda(NodeId lambda) const;
  bool is_simple(NodeId node) const;
  bool is_simple_name(NodeId attribute) const { return tree_.kind(attribute) == NodeKind::Identifier; }
  bool has_no_members(NodeId collection) const;
  bool has_only_comments(NodeId collection) const;
  bool holds_one_inherit(NodeId node) const;
  bool can_flatten(const ParameterSet& set) const;
  bool has_only_annotations(Trivia trivia) const;
  bool is_joining_operator(TokenKind kind) const;
  bool is_comparison(TokenKind kind) const;
  std::uint32_t open_token(NodeId collection) const;

  // ---- terms.cpp
  void term(NodeId node);
  void term_content(NodeId node);
  void term_wide(NodeId node);
  void leaf(NodeId node);
  void list(NodeId node);
  void list_members(NodeId node, SpacingKind separator);
  void set(NodeId node, bool wide);
  void selection(NodeId node);
  void parentheses(NodeId node);
  void inner_parentheses(NodeId expression);
  void absorbed_parentheses(NodeId node);
  void attribute_path(NodeId path);
  void attribute(NodeId node);

  // ---- bindings.cpp
  void members(NodeId collection, SpacingKind separator);
  // Calls `body` with each member of a set, list or `let` in order, or with the trivia that stands as one, and no node then.
  template <class Body> void each_member(NodeId collection, const Body& body) const;
  void member(NodeId node);
  void inherit(NodeId node);
  void binding(NodeId node);
  void right_side(NodeId node);
  void right_side_operation(NodeId node);

  // ---- parameters.cpp
  ParameterSet parameter_set(NodeId pattern) const;
  void pattern(NodeId node);
  void parameters(ParameterSet& set);
  void parameter(const Parameter& parameter, bool with_comma);
  void move_comments(base::SmallVector<Parameter, 8>& parameters);
  void lambda(NodeId node);
  void lambda_chain(NodeId node);

  // ---- functions.cpp
  // How a call is set into what is around it.
  struct CallStyle {
    // What begins the group of the call.
    SpacingKind before = SpacingKind::None;
    // In parentheses: the callee may move to a line of its own, and the group ends with a break.
    bool in_parentheses = false;
  };
  // The callee, then the arguments.
  Nodes call_parts(NodeId node) const;
  void call(NodeId node, CallStyle style) { call(call_parts(node), style); }
  // A callee of kind Assert stands for the keyword.
  void call(const Nodes& parts, CallStyle style);
  Trivia take_comments(NodeId callee);
  void call_head(std::span<const NodeId> parts, bool indent_callee);
  void callee(NodeId node);
  void argument(NodeId node);
  void last_argument(NodeId node);
  bool absorbed_lambda_argument(NodeId parentheses);
  bool absorbed_call_argument(NodeId parentheses);

  // ---- operations.cpp
  struct Operand { std::uint32_t operation; NodeId node; };  // the token before it, 0 for the first
  base::SmallVector<Operand, 8> operands(NodeId node) const;
  void operation(NodeId node, bool first_wide);
  void operand(NodeId node);
  void comparison(NodeId node);

  // ---- expressions.cpp
  void expression(NodeId node);
  void absorbed(NodeId node, bool wide);
  void with(NodeId node, bool absorb_body);
  void let(NodeId node);
  void assertion(NodeId node);
  void condition(NodeId node);

  // ---- strings.cpp
  void string(NodeId node);
  void simple_string(NodeId node);
  void simple_string_lines(const StringLines& lines);
  void indented_string(NodeId node);
  void indented_lines(const StringLines& lines, bool keep_columns);
  bool indented_as_simple(const StringLines& lines);
  void raw_line(const StringLines& lines, std::size_t line);
  void path(NodeId node);
  void uri(NodeId node);
  void string_line(std::span<const LinePart> parts);
  void string_part(const LinePart& part);
  void interpolation(NodeId node);
  void lone_interpolation(NodeId node, std::string_view before);
  bool is_cut(NodeId string) const;
  StringLines& borrow_lines();
  void return_lines() { --lines_used_; }

  const parser::Tree& tree_;
  TriviaTable& trivia_;
  DocumentBuilder& doc_;
  // One for each string being printed, reused.
  std::deque<StringLines>& lines_;
  std::size_t lines_used_ = 0;
};

template <class Body>
void Printer::each_member(NodeId collection, const Body& body) const {
  auto trivia = [&](std::uint32_t token) {
    if (Trivia found = trivia_.member(token); !found.empty()) body(found, NodeId{});
  };
  NodeKind kind = tree_.kind(collection);
  std::uint32_t close = last_token(collection);
  for (NodeId child : tree_.children(collection)) {
    if (kind == NodeKind::Let && tree_.kind(child) != NodeKind::Binding && tree_.kind(child) != NodeKind::Inherit) {
      close = token_before(child);
      break;
    }
    trivia(first_token(child));
    if (kind != NodeKind::List || !is_or_call(child)) {
      body(Trivia{}, child);
      continue;
    }
    Nodes calls;
    for (; is_or_call(child); child = first_child(child)) calls.push_back(child);
    body(Trivia{}, child);
    for (std::size_t i = calls.size(); i-- > 0;) {
      trivia(last_token(calls[i]));
      body(Trivia{}, after(first_child(calls[i])));
    }
  }
  trivia(close);
}

}  // namespace evalctl::formatter
