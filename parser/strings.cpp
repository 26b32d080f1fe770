// The meaning of string and path literals: escapes, line ends, indentation.
#include <algorithm>

#include "parser/parse.h"

namespace evalctl::parser {
namespace {

// One piece as Nix's lexer would have cut it. `plain` text counts for indentation; escapes do not.
struct Piece {
  std::string text;
  bool plain = false;
  std::optional<NodeId> interpolation;
};

// Resolves the escapes of a "..." string and turns CR and CRLF into LF.
std::string unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '\\' && i + 1 < raw.size()) {
      c = raw[++i];
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    } else if (c == '\r') {
      out += '\n';
      if (i + 1 < raw.size() && raw[i + 1] == '\n') ++i;
    } else {
      out += c;
    }
  }
  return out;
}

// Cuts the text of an indented string at its escapes, as Nix's rules for IND_STRING do.
void cut_indented(std::string_view raw, std::vector<Piece>& out) {
  std::size_t begin = 0;
  std::size_t i = 0;
  auto at = [&](std::size_t k) { return k < raw.size() ? raw[k] : '\0'; };
  auto flush = [&] {
    if (i > begin) out.push_back({std::string(raw.substr(begin, i - begin)), true, {}});
  };
  auto escape = [&](std::string text, std::size_t length) {
    flush();
    out.push_back({std::move(text), false, {}});
    begin = i += length;
  };
  while (i < raw.size()) {
    bool last = i + 1 >= raw.size();
    if (raw[i] == '$') {
      if (last || at(i + 1) == '\'') escape("$", 1);
      else i += 2;
    } else if (raw[i] == '\'') {
      if (at(i + 1) == '\'' && !last) {
        char third = at(i + 2);
        if (third == '$') escape("$", 3);
        else if (third == '\'') escape("''", 3);
        else escape(unescape(raw.substr(i + 2, 2)), 4);
      } else if (last || at(i + 1) == '$') escape("'", 1);
      else i += 2;
    } else {
      ++i;
    }
  }
  i = raw.size();
  flush();
}

// The smallest number of leading spaces of a line that has more than spaces. The last line counts only when it has.
std::size_t minimum_indent(const std::vector<Piece>& pieces) {
  bool line_start = true;
  std::size_t minimum = 1000000;
  std::size_t current = 0;
  auto end_of_indent = [&] {
    line_start = false;
    if (current < minimum) minimum = current;
  };
  for (const Piece& piece : pieces) {
    if (!piece.plain) {
      if (line_start) end_of_indent();
      continue;
    }
    for (std::size_t i = 0; i < piece.text.size(); ++i) {
      // Behind its indentation a line does not matter.
      if (!line_start) i = std::min(piece.text.find('\n', i), piece.text.size() - 1);
      if (piece.text[i] == '\n') {
        line_start = true;
        current = 0;
      } else if (line_start) {
        if (piece.text[i] == ' ') ++current;
        else end_of_indent();
      }
    }
  }
  return minimum;
}

// Removes `minimum` spaces from the start of every line, and a last line of spaces only. Text from escapes takes part
// in the removal, as it does in Nix.
void strip(std::vector<Piece>& pieces) {
  std::size_t minimum = minimum_indent(pieces);
  bool line_start = true;
  std::size_t dropped = 0;
  for (Piece& piece : pieces) {
    if (piece.interpolation) {
      line_start = false;
      dropped = 0;
      continue;
    }
    std::string out;
    out.reserve(piece.text.size());
    for (std::size_t i = 0; i < piece.text.size();) {
      if (line_start && piece.text[i] == ' ') {
        if (dropped++ >= minimum) out += ' ';
        ++i;
        continue;
      }
      std::size_t line = piece.text.find('\n', i);
      std::size_t end = line == std::string::npos ? piece.text.size() : line + 1;
      line_start = line != std::string::npos;
      dropped = 0;
      out.append(piece.text, i, end - i);
      i = end;
    }
    piece.text = std::move(out);
  }
  if (pieces.empty() || pieces.back().interpolation) return;
  std::string& last = pieces.back().text;
  std::size_t line = last.rfind('\n');
  if (line != std::string::npos && last.find_first_not_of(' ', line + 1) == std::string::npos) last.resize(line + 1);
}

// The blanks and the line feed right after the opening quotes are not part of the string.
std::string_view without_first_line(std::string_view raw) {
  std::size_t end = raw.find_first_not_of(' ');
  return end != std::string_view::npos && raw[end] == '\n' ? raw.substr(end + 1) : raw;
}

std::vector<StringPart> join(std::vector<Piece> pieces) {
  std::vector<StringPart> out;
  for (Piece& piece : pieces) {
    if (piece.interpolation) out.push_back({{}, piece.interpolation});
    else if (piece.text.empty()) continue;
    else if (!out.empty() && !out.back().interpolation) out.back().text += piece.text;
    else out.push_back({std::move(piece.text), {}});
  }
  return out;
}

}  // namespace

std::optional<std::string_view> plain_text(const Tree& tree, NodeId string) {
  std::string_view text = tree.text(string);
  if (tree.kind(string) != NodeKind::String || text.size() < 2 || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  auto is_special = [](char c) { return c == '\\' || c == '\r' || c == '$'; };
  return std::ranges::any_of(text, is_special) ? std::nullopt : std::optional(text);
}

std::vector<StringPart> string_parts(const Tree& tree, NodeId string) {
  const Node& node = tree.node(string);
  bool indented = node.kind == NodeKind::IndentedString;
  std::vector<Piece> pieces;
  NodeId child{string.index + 1};
  for (std::uint32_t token = node.first_token; token < node.end_token; ++token) {
    std::string_view raw = tree.token_text({token});
    switch (tree.token_kind({token})) {
      case TokenKind::StringText:
        if (!indented) pieces.push_back({unescape(raw), true, {}});
        else cut_indented(token == node.first_token + 1 ? without_first_line(raw) : raw, pieces);
        break;
      case TokenKind::Path:
      case TokenKind::HomePath:
      case TokenKind::PathText: pieces.push_back({std::string(raw), true, {}}); break;
      case TokenKind::Interpolate:
        pieces.push_back({{}, false, child});
        token = tree.node(child).end_token - 1;
        child = {child.index + tree.size(child)};
        break;
      default: break;
    }
  }
  if (indented) strip(pieces);
  return join(std::move(pieces));
}

std::optional<std::string> static_name(const Tree& tree, NodeId attribute) {
  if (tree.kind(attribute) == NodeKind::Identifier) return std::string(tree.text(attribute));
  if (tree.kind(attribute) == NodeKind::Interpolation) attribute = {attribute.index + 1};
  while (tree.kind(attribute) == NodeKind::Paren) attribute = {attribute.index + 1};
  if (tree.kind(attribute) == NodeKind::Uri) return std::string(tree.text(attribute));
  bool string = tree.kind(attribute) == NodeKind::String || tree.kind(attribute) == NodeKind::IndentedString;
  if (!string || tree.size(attribute) != 1) return std::nullopt;
  auto parts = string_parts(tree, attribute);
  return parts.empty() ? std::string() : std::move(parts[0].text);
}

}  // namespace evalctl::parser
