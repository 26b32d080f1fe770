// Text to tree. Never fails: what cannot be understood becomes Error nodes and diagnostics.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/tree.h"

namespace evalctl::parser {

struct Diagnostic {
  // Stable, as "P002".
  std::string code;
  std::string message;
  Range range;
  // The earlier place that this one contradicts (the first definition of an attribute); empty where there is none.
  Range earlier{};
};

struct ParseOptions {
  // `|>` and `<|` (experimental in Nix).
  bool pipe_operators = false;
  // Without this, attributes and formals are not checked for duplicates and for names that are not allowed where they are
  // (P014 to P017): all that is left are errors of syntax.
  bool check_names = true;
};

struct ParseResult {
  Tree tree;
  // In order of position. Empty exactly where Nix accepts the file (undefined variables are not the parser's matter).
  std::vector<Diagnostic> diagnostics;
};

// `text` must outlive the tree. Cost O(n): 150 MB/s or more. Depth of nesting is limited by an error, not by the stack.
ParseResult parse(std::string_view text, const ParseOptions& options = {});

// One piece of a string or path: literal text with its escapes resolved, or (when `interpolation` is set) an Interpolation node.
struct StringPart {
  std::string text;
  std::optional<NodeId> interpolation;
};

// The pieces of a String, IndentedString (indentation stripped) or interpolated Path node. Neighbouring texts are joined,
// empty ones left out. Rules: Nix's lexer and stripIndentation.
// The text of a "..." string without escapes and interpolations, as it stands; nothing for other strings.
std::optional<std::string_view> plain_text(const Tree& tree, NodeId string);
std::vector<StringPart> string_parts(const Tree& tree, NodeId string);

// The name of an attribute (a child of AttrPath or Inherit) when it is known without evaluation: an identifier, a string
// without interpolation, or `${"..."}` around one. Other attributes are dynamic.
std::optional<std::string> static_name(const Tree& tree, NodeId attribute);

// 1-based line and byte column of an offset.
struct LineColumn { std::uint32_t line; std::uint32_t column; };

// Finds lines by binary search. Built once a file, only when a position is shown. "\n", "\r\n" and "\r" end lines as Nix counts them.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);
  // Of a text whose lines begin at these offsets, the first at 0.
  explicit LineIndex(std::vector<std::uint32_t> starts) : starts_(std::move(starts)) {}
  const std::vector<std::uint32_t>& starts() const { return starts_; }
  LineColumn at(std::uint32_t offset) const;

 private:
  std::vector<std::uint32_t> starts_;
};

}  // namespace evalctl::parser
