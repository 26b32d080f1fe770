#include <algorithm>
#include <optional>

#include "formatter/comments.h"
#include "formatter/trivia.h"
#include "parser/scan.h"

namespace evalctl::formatter {
namespace {

using parser::TokenKind;

// A comment or a run of line ends, as the text has it.
struct Item {
  enum Kind : std::uint8_t { Newlines, LineComment, BlockComment, Annotation, Directive };
  Kind kind;
  std::uint32_t count = 0;   // Newlines: how many
  std::uint32_t offset = 0;  // of the comment in the text
  std::string_view text;     // LineComment: with `#`, stripped at the end. Directive: `disable` or `enable`
  formatter::BlockComment block;
};

// A carriage return alone ends a line too.
std::uint32_t count_line_ends(std::string_view space) {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (space[i] == '\n' || (space[i] == '\r' && !space.substr(i + 1).starts_with('\n'))) ++count;
  }
  return count;
}

class Attacher {
 public:
  Attacher(const parser::Tree& tree, bool strict, TriviaTable& table)
      : tree_(tree), text_(tree.text()), strict_(strict), table_(table) {}

  void run();

 private:
  bool has_empty_line(parser::Range range) const;
  [[gnu::noinline]] void empty_line(std::uint32_t token);
  void ignore_lines();
  [[gnu::noinline]] void read_items(std::uint32_t begin, std::uint32_t end);
  void read_whitespace(std::string_view space);
  void read_block(std::uint32_t token, std::uint32_t end);
  bool names_language(const Item& item, std::uint32_t token, std::uint32_t end) const;
  bool ends_its_line(std::uint32_t offset) const;
  [[gnu::noinline]] void attach(std::uint32_t begin, std::uint32_t end);
  bool forms_block_below(std::size_t trailing, std::uint32_t next) const;
  std::string_view join_trailing(std::size_t count);
  std::vector<Trivium> convert(std::size_t from, std::uint32_t token);
  void convert_item(Item& item, std::uint32_t token, std::vector<Trivium>& out);
  Trivium directive(const Item& item, std::uint32_t token);
  void detach_members();
  void close_region();

  const parser::Tree& tree_;
  std::string_view text_;
  bool strict_;
  TriviaTable& table_;
  std::vector<Item> items_;
  // The start of the line of the `nixfmt:disable` in force.
  std::optional<std::uint32_t> region_;
};

bool opens_interpolation(TokenKind kind) { return kind == TokenKind::Interpolate; }

void Attacher::run() {
  std::span<const parser::Token> tokens = tree_.tokens();
  auto count = static_cast<std::uint32_t>(tokens.size());
  table_.clear(count);
  // The last token is none.
  for (std::uint32_t token = 0; token + 1 < count; ++token) {
    TokenKind kind = tokens[token].kind;
    if (!parser::is_trivia(kind)) continue;
    if (kind == TokenKind::Whitespace && !parser::is_trivia(tokens[token + 1].kind)) {
      std::uint32_t begin = tokens[token].offset, end = tokens[token + 1].offset;
      if (end - begin > 1 && has_empty_line({begin, end})) empty_line(token + 1);
      ++token;
      continue;
    }
    std::uint32_t begin = token;
    while (parser::is_trivia(tokens[token].kind)) ++token;
    read_items(begin, token);
    attach(begin, token);
  }
  close_region();
  detach_members();
  if (strict_) ignore_lines();
  table_.forget_changes();
}

// Lines count in interpolations even in strict mode.
void Attacher::ignore_lines() {
  std::vector<bool> ignored(tree_.token_count(), true);
  for (std::uint32_t i = 0; i < tree_.node_count(); ++i) {
    if (tree_.kind({i}) != parser::NodeKind::Interpolation) continue;
    const parser::Node& node = tree_.node({i});
    for (std::uint32_t token = node.first_token + 1; token + 1 < node.end_token; ++token) ignored[token] = false;
    i += node.size - 1;
  }
  table_.set_ignores_lines(std::move(ignored));
}

// Almost always there are only blanks between two tokens, and at most one line end.
bool Attacher::has_empty_line(parser::Range range) const {
  std::uint32_t size = range.end - range.begin;
  parser::Bytes first = parser::load_bytes(text_, range.begin);
  if (size <= sizeof first) {
    std::uint32_t in_text = (1u << size) - 1;
    std::uint32_t feeds = parser::bits_of(first == parser::every('\n')) & in_text;
    std::uint32_t returns = parser::bits_of(first == parser::every('\r')) & in_text;
    if ((feeds & (feeds - 1)) == 0 && returns == 0) return false;
  }
  return count_line_ends(tree_.slice(range)) > 1;
}

void Attacher::empty_line(std::uint32_t token) {
  static constexpr Trivium kEmptyLine{Trivium::EmptyLine, {}, {}};
  table_.set_before(token, {&kEmptyLine, 1});
}

void Attacher::read_items(std::uint32_t begin, std::uint32_t end) {
  items_.clear();
  for (std::uint32_t token = begin; token < end; ++token) {
    std::string_view text = tree_.token_text({token});
    switch (tree_.token_kind({token})) {
      case TokenKind::Whitespace: read_whitespace(text); break;
      case TokenKind::LineComment: {
        Item item{.kind = Item::LineComment, .offset = tree_.token_range({token}).begin, .text = strip_end(text), .block = {}};
        items_.push_back(std::move(item));
        break;
      }
      default: read_block(token, end); break;
    }
  }
}

void Attacher::read_whitespace(std::string_view space) {
  std::uint32_t count = count_line_ends(space);
  if (count > 0) items_.push_back({.kind = Item::Newlines, .count = count, .text = {}, .block = {}});
}

void Attacher::read_block(std::uint32_t token, std::uint32_t end) {
  std::uint32_t offset = tree_.token_range({token}).begin;
  std::string_view text = tree_.token_text({token});
  Item item{.kind = Item::BlockComment, .offset = offset, .text = {}, .block = {}};
  bool disable = text == "/*nixfmt:disable*/";
  if ((disable || text == "/*nixfmt:enable*/") && ends_its_line(offset + static_cast<std::uint32_t>(text.size()))) {
    item.kind = Item::Directive;
    item.text = disable ? "disable" : "enable";
  } else {
    item.block = parse_block_comment(text, column_of(text_, offset));
    if (names_language(item, token, end)) item.kind = Item::Annotation;
  }
  items_.push_back(std::move(item));
}

bool Attacher::names_language(const Item& item, std::uint32_t token, std::uint32_t end) const {
  if (item.block.is_doc || item.block.lines.size() != 1 || !is_language_name(item.block.lines[0])) return false;
  TokenKind next = tree_.token_kind({end});
  if (next != TokenKind::Quote && next != TokenKind::IndentedQuote) return false;
  if (token + 1 == end) return true;
  std::string_view between = tree_.token_text({token + 1});
  return token + 2 == end && std::count(between.begin(), between.end(), '\n') <= 1;
}

bool Attacher::ends_its_line(std::uint32_t offset) const {
  std::size_t end = std::min(text_.find_first_of("\r\n", offset), text_.size());
  std::string_view rest = text_.substr(offset, end - offset);
  return leading_space(rest) == rest.size();
}

void Attacher::attach(std::uint32_t begin, std::uint32_t next) {
  // The comments behind a token on its line. At the start of the file or of an interpolation there is no such token.
  std::size_t trailing = 0;
  if (begin > 0 && !opens_interpolation(tree_.token_kind({begin - 1}))) {
    auto may_trail = [](const Item& item) {
      return item.kind == Item::LineComment || item.kind == Item::Directive ||
             (item.kind == Item::BlockComment && !item.block.is_doc && item.block.lines.size() <= 1);
    };
    while (trailing < items_.size() && may_trail(items_[trailing])) ++trailing;
    if (forms_block_below(trailing, next)) trailing = 0;
    if (trailing > 0) table_.set_behind(begin - 1, join_trailing(trailing));
  }
  std::vector<Trivium> trivia = convert(trailing, next);
  if (!trivia.empty()) table_.set_before(next, table_.keep(std::move(trivia)));
}

// A single line comment that stands in the same column as the comment, or the token, on the next line belongs there.
bool Attacher::forms_block_below(std::size_t trailing, std::uint32_t next) const {
  if (trailing != 1 || items_[0].kind != Item::LineComment || items_.size() < 2) return false;
  if (items_[1].kind != Item::Newlines || items_[1].count != 1) return false;
  std::uint32_t column = column_of(text_, items_[0].offset);
  if (items_.size() == 2) return column == column_of(text_, tree_.token_range({next}).begin);
  return items_[2].kind == Item::LineComment && column == column_of(text_, items_[2].offset);
}

// One comment of all that stand behind a token, with its `# `. Empty when they are.
std::string_view Attacher::join_trailing(std::size_t count) {
  if (count == 1 && items_[0].kind == Item::LineComment) {
    std::string_view text = items_[0].text;
    // Most comments have the form wanted already.
    if (text.starts_with("# ") && leading_space(text.substr(2)) == 0) return text;
  }
  std::string joined;
  for (std::size_t i = 0; i < count; ++i) {
    const Item& item = items_[i];
    std::string_view text;
    if (item.kind == Item::LineComment) text = strip(item.text.substr(1));
    else if (item.kind == Item::BlockComment && !item.block.lines.empty()) text = strip(item.block.lines[0]);
    else if (item.kind == Item::Directive) joined += joined.empty() ? "nixfmt:" : " nixfmt:", joined += item.text;
    if (text.empty()) continue;
    if (!joined.empty()) joined += ' ';
    joined += text;
  }
  return joined.empty() ? std::string_view() : table_.keep("# " + joined);
}

std::vector<Trivium> Attacher::convert(std::size_t from, std::uint32_t token) {
  std::vector<Trivium> out;
  for (std::size_t i = from; i < items_.size(); ++i) convert_item(items_[i], token, out);
  return out;
}

void Attacher::convert_item(Item& item, std::uint32_t token, std::vector<Trivium>& out) {
  switch (item.kind) {
    case Item::Newlines:
      if (item.count > 1) out.push_back({Trivium::EmptyLine, {}, {}});
      break;
    case Item::LineComment: out.push_back({Trivium::LineComment, item.text, {}}); break;
    case Item::Annotation: {
      std::string text = "/* " + std::string(strip(item.block.lines[0])) + " */";
      out.push_back({Trivium::LanguageAnnotation, table_.keep(std::move(text)), {}});
      break;
    }
    case Item::Directive: out.push_back(directive(item, token)); break;
    case Item::BlockComment:
      if (item.block.lines.empty()) break;
      if (!item.block.is_doc && item.block.lines.size() == 1) {
        out.push_back({Trivium::LineComment, table_.keep("# " + std::string(strip(item.block.lines[0]))), {}});
        break;
      }
      out.push_back({Trivium::BlockComment, item.block.is_doc ? "/**" : "/*", table_.keep(std::move(item.block.lines))});
      break;
  }
}

// A directive counts alone on its line; otherwise it is a comment like any other.
Trivium Attacher::directive(const Item& item, std::uint32_t token) {
  bool disable = item.text == "disable";
  std::uint32_t line = item.offset;
  while (line > 0 && text_[line - 1] != '\n') --line;
  std::string_view before = text_.substr(line, item.offset - line);
  if (leading_space(before) != before.size()) {
    return {Trivium::LineComment, disable ? "# nixfmt:disable" : "# nixfmt:enable", {}};
  }
  if (disable) {
    if (!region_) {
      region_ = line;
      table_.region_changes.push_back({token, true, line});
    }
    return {Trivium::Disable, {}, {}};
  }
  if (!region_) return {Trivium::LoneEnable, {}, {}};
  std::size_t end = std::min(text_.find_first_of("\r\n", item.offset), text_.size());
  std::string_view raw = text_.substr(*region_, end - *region_);
  region_.reset();
  table_.region_changes.push_back({token, false, 0});
  return {Trivium::Enable, raw, {}};
}

void Attacher::close_region() {
  if (!region_) return;
  std::uint32_t end = tree_.token_count() - 1;
  table_.set_before(end, table_.join(table_.before(end), table_.keep({{Trivium::DisabledToEnd, text_.substr(*region_), {}}})));
}

void Attacher::detach_members() {
  using parser::NodeKind;
  std::span<const parser::Node> nodes = tree_.nodes();
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    NodeKind kind = nodes[i].kind;
    if (kind != NodeKind::List && kind != NodeKind::AttrSet && kind != NodeKind::LegacyLet && kind != NodeKind::Let) continue;
    std::uint32_t close = tree_.node({i}).end_token - 1;
    for (parser::NodeId child : tree_.children({i})) {
      const parser::Node& node = tree_.node(child);
      if (kind == NodeKind::Let && node.kind != NodeKind::Binding && node.kind != NodeKind::Inherit) {
        close = node.first_token - 1;
        while (tree_.token_kind({close}) != TokenKind::In) --close;
        break;
      }
      table_.make_member(node.first_token);
      // `x or` in a list: to the standard these are two members.
      for (parser::NodeId part = child; kind == NodeKind::List && tree_.kind(part) == NodeKind::Apply; part = {part.index + 1}) {
        table_.make_member(tree_.node(part).end_token - 1);
      }
    }
    table_.make_member(close);
  }
}

}  // namespace

void attach_trivia(const parser::Tree& tree, bool strict, TriviaTable& table) { Attacher(tree, strict, table).run(); }

}  // namespace evalctl::formatter
