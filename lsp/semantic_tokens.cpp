// Colours by meaning: what a name refers to, which keyword, which literal.
#include <algorithm>

#include "lsp/builtins.h"
#include "lsp/features.h"

namespace evalctl::lsp {
namespace {

using parser::Referent;

class Tokens {
 public:
  Tokens(const Analysis& analysis, Range range) : analysis_(analysis), tree_(analysis.tree), range_(range) {
    names_.assign(tree_.token_count(), NodeId{0});
    for (std::uint32_t node = 0; node < tree_.node_count(); ++node) {
      if (tree_.kind({node}) == NodeKind::Identifier) names_[tree_.node({node}).first_token] = {node};
    }
  }

  std::vector<SemanticToken> run() {
    for (std::uint32_t token = 0; token < tree_.token_count(); ++token) {
      Range at = tree_.token_range({token});
      if (at.end <= range_.begin || at.begin == at.end) continue;
      if (at.begin >= range_.end) break;
      add(token, at);
    }
    return std::move(out_);
  }

 private:
  void push(Range range, TokenType type, int modifiers = 0) {
    if (range.begin < range.end) out_.push_back({range, type, static_cast<std::uint8_t>(modifiers)});
  }

  void add(std::uint32_t token, Range range) {
    TokenKind kind = tree_.token_kind({token});
    switch (kind) {
      case TokenKind::Whitespace:
      case TokenKind::Invalid:
      case TokenKind::EndOfFile: return;
      case TokenKind::LineComment:
      case TokenKind::BlockComment: return push(range, TokenType::Comment);
      case TokenKind::Integer:
      case TokenKind::Float: return push(range, TokenType::Number);
      case TokenKind::Path:
      case TokenKind::HomePath:
      case TokenKind::PathText:
      case TokenKind::SearchPath: return push(range, TokenType::Path);
      case TokenKind::Uri: return push(range, TokenType::String, kDeprecated);
      case TokenKind::Quote:
      case TokenKind::IndentedQuote: return push(range, TokenType::String);
      case TokenKind::StringText: return string(range);
      case TokenKind::Identifier: return name(token, range);
      case TokenKind::Or:
        if (names_[token].index != 0) return name(token, range);
        return push(range, TokenType::Keyword);
      default: break;
    }
    if (kind >= TokenKind::If && kind <= TokenKind::Inherit) push(range, TokenType::Keyword);
    else if (kind >= TokenKind::PipeLeft || kind == TokenKind::Question || kind == TokenKind::Interpolate) push(range, TokenType::Operator);
  }

  // Escapes apart from the text around them.
  void string(Range range) {
    std::string_view text = tree_.slice(range);
    std::uint32_t done = 0;
    for (std::uint32_t i = 0; i < text.size();) {
      std::uint32_t length = 0;
      if (text[i] == '\\' && i + 1 < text.size()) length = 2;
      else if (text.substr(i).starts_with("''$") || text.substr(i).starts_with("'''")) length = 3;
      else if (text.substr(i).starts_with("''\\") && i + 3 < text.size()) length = 4;
      else if (text.substr(i).starts_with("$$")) length = 2;
      if (length == 0) {
        ++i;
        continue;
      }
      push({range.begin + done, range.begin + i}, TokenType::String);
      push({range.begin + i, range.begin + i + length}, TokenType::Escape);
      i += length;
      done = i;
    }
    push({range.begin + done, range.end}, TokenType::String);
  }

  bool is_function(NodeId value) const {
    while (tree_.kind(value) == NodeKind::Paren && tree_.size(value) > 1) value = {value.index + 1};
    return tree_.kind(value) == NodeKind::Lambda;
  }

  // Whether the attribute is bound to a function where it stands.
  bool binds_function(NodeId attribute) const {
    NodeId path = analysis_.parent(attribute);
    if (tree_.kind(path) != NodeKind::AttrPath || tree_.kind(analysis_.parent(path)) != NodeKind::Binding) return false;
    NodeId value{path.index + tree_.size(path)};
    bool last = attribute.index + tree_.size(attribute) == value.index;
    return last && is_function(value);
  }

  void name(std::uint32_t token, Range range) {
    NodeId node = names_[token];
    if (node.index == 0) return push(range, TokenType::Variable);
    NodeId parent = analysis_.parent(node);
    const parser::Reference& reference = analysis_.scopes[node.index];
    switch (tree_.kind(parent)) {
      case NodeKind::AttrPath: {
        bool definition = tree_.kind(analysis_.parent(parent)) == NodeKind::Binding;
        bool called = !definition && is_builtin(node, parent);
        TokenType type = binds_function(node) || called ? TokenType::Function : TokenType::Property;
        return push(range, type, (definition ? kDefinition : 0) | (called ? kDefaultLibrary : 0));
      }
      case NodeKind::Formal:
      case NodeKind::PatternBind:
        if (parent.index + 1 == node.index) return push(range, TokenType::Parameter, kDefinition);
        break;
      case NodeKind::Lambda:
        if (parent.index + 1 == node.index) return push(range, TokenType::Parameter, kDefinition);
        break;
      case NodeKind::Inherit:
        if (reference.referent == Referent::NotAReference) return push(range, TokenType::Property, kDefinition);
        break;
      default: break;
    }
    variable(node, range, reference);
  }

  // `map` of `builtins.map`.
  bool is_builtin(NodeId node, NodeId path) const {
    NodeId select = analysis_.parent(path), target{select.index + 1};
    bool of_builtins = tree_.kind(target) == NodeKind::Identifier && tree_.text(target) == "builtins" &&
                       analysis_.scopes[target.index].referent == Referent::Global;
    return of_builtins && find_builtin(tree_.text(node)) != nullptr;
  }

  void variable(NodeId node, Range range, const parser::Reference& reference) {
    switch (reference.referent) {
      case Referent::Parameter:
      case Referent::Formal:
      case Referent::PatternName: return push(range, TokenType::Parameter);
      case Referent::Global: {
        const BuiltinName* builtin = find_global(tree_.text(node));
        return push(range, builtin && builtin->row ? TokenType::Function : TokenType::Constant, kDefaultLibrary);
      }
      case Referent::Undefined: return push(range, TokenType::Variable, kUnresolved);
      case Referent::Attribute:
        return push(range, binds_function(reference.definition) ? TokenType::Function : TokenType::Variable);
      default: return push(range, TokenType::Variable);
    }
  }

  const Analysis& analysis_;
  const Tree& tree_;
  Range range_;
  // The Identifier node of each token, the root where there is none.
  std::vector<NodeId> names_;
  std::vector<SemanticToken> out_;
};

}  // namespace

std::vector<SemanticToken> semantic_tokens(const Document& document, Range range) {
  return Tokens(document.analysis(), range).run();
}

}  // namespace evalctl::lsp
