// The features of the language server: pure functions of a snapshot that return plain data.
//
// Offsets and ranges count bytes of the document they belong to. A feature that finds nothing returns an empty result.
// Each is in a file of its name.
#pragma once
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/evaluated.h"
#include "lsp/findings.h"
#include "lsp/snapshot.h"

namespace evalctl::lsp {

struct Location {
  std::string path;
  Range range;
  auto operator<=>(const Location&) const = default;
};

// ---- Names (navigation.cpp, rename.cpp)
struct Definition {
  // What the jump starts from.
  Range origin;
  struct Target { Location name; Range whole; };
  std::vector<Target> targets;
};
Definition definition(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset);
std::vector<Location> references(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset,
                                 bool with_declaration, const Cancel& cancel);
struct Highlight { Range range; bool is_definition; };
std::vector<Highlight> highlights(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel);
// The name that would be renamed; nothing where there is none or it cannot be.
std::optional<Range> renamable(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset);
using WorkspaceEdits = std::map<std::string, std::vector<Edit>>;
// The reason, a sentence, when renaming would change what the program means.
std::expected<WorkspaceEdits, std::string> rename(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset,
                                                  const std::string& name, const Cancel& cancel);

// The places of a name that is the file's own, so that they may be typed at together. None where a renaming would have to do
// more than that.
std::vector<Range> linked_ranges(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel);

// ---- Files that move (moves.cpp)
struct Move { std::string from, to; };
// The edits, of the files where they still are, that keep path literals true once files and folders have moved.
WorkspaceEdits edits_for_moves(const Snapshot& snapshot, const std::vector<Move>& moves, const Cancel& cancel);

// ---- Outline (symbols.cpp, folding.cpp)
enum class SymbolKind : std::uint8_t {
  Module = 2, Property = 7, Function = 12, Variable = 13, String = 15, Number = 16, Boolean = 17, Array = 18, Object = 19, Null = 21,
};
struct Symbol {
  std::string name;
  std::string detail;
  SymbolKind kind;
  Range range, name_range;
  std::vector<Symbol> children;
};
std::vector<Symbol> document_symbols(const Document& document);
struct WorkspaceSymbol { std::string name, container; SymbolKind kind; Location location; };
std::vector<WorkspaceSymbol> workspace_symbols(const Snapshot& snapshot, std::string_view query, const Cancel& cancel);
struct Fold { Range range; bool comment; };
std::vector<Fold> folding(const Document& document);
// From the innermost outwards.
std::vector<Range> selection_ranges(const Document& document, std::uint32_t offset);

// ---- Semantic tokens
enum class TokenType : std::uint8_t {
  Keyword, Variable, Parameter, Property, Function, String, Number, Operator, Comment, Path, Constant, Escape,
};
enum TokenModifier : std::uint8_t { kDefinition = 1, kDefaultLibrary = 2, kUnresolved = 4, kDeprecated = 8 };
inline constexpr std::string_view kTokenTypes[] = {"keyword", "variable", "parameter", "property", "function", "string",
                                                   "number", "operator", "comment", "path", "constant", "escapeSequence"};
inline constexpr std::string_view kTokenModifiers[] = {"definition", "defaultLibrary", "unresolved", "deprecated"};
struct SemanticToken { Range range; TokenType type; std::uint8_t modifiers; };
// In order, none empty, none overlapping; those that touch `range`.
std::vector<SemanticToken> semantic_tokens(const Document& document, Range range);

// ---- Help
struct Hover {
  Range range;
  std::string markdown;
  // It only says why nothing is known.
  bool failed = false;
};
std::optional<Hover> hover(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset);
struct Signature {
  std::string label, documentation;
  // Of each parameter, in the label.
  std::vector<Range> parameters;
  std::uint32_t active;
};
std::optional<Signature> signature_help(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel);
enum class CompletionKind : std::uint8_t {
  Text = 1, Function = 3, Field = 5, Variable = 6, Module = 9, Property = 10, Value = 12, Enum = 13, Keyword = 14, File = 17,
  Folder = 19, Constant = 21,
};
struct Completion {
  std::string label;
  CompletionKind kind;
  std::string detail, documentation;
  // What takes the place of `replaced`; the label when empty.
  std::string text;
  // Smaller is offered earlier.
  std::uint32_t rank;
  // What resolving the item asks about.
  std::optional<ValuePath> value = std::nullopt;
};
struct Completions { Range replaced; std::vector<Completion> items; bool incomplete = false; };
Completions complete(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset);
struct InlayHint { std::uint32_t offset; std::string label, tooltip; };
std::vector<InlayHint> inlay_hints(const Snapshot& snapshot, const DocumentPtr& document, Range range);
// Versions of packages, and what they are, beside their names.
std::vector<InlayHint> package_hints(const Snapshot& snapshot, const DocumentPtr& document, Range range, const Cancel& cancel);
struct Link { Range range; std::string path; };
std::vector<Link> document_links(const Document& document);

// ---- Calls
struct Callable { std::string name; Location name_at; Range whole; };
struct Call { Callable other; std::vector<Range> at; };
std::vector<Callable> callable_at(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset);
std::vector<Call> outgoing_calls(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset);
std::vector<Call> incoming_calls(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel);

// ---- Evaluating on demand (lenses.cpp)
struct Lens {
  Range range;
  std::string title;
  // The command and, for it, the attributes of the file's value.
  std::string command;
  std::vector<std::string> names;
};
std::vector<Lens> lenses(const Snapshot& snapshot, const DocumentPtr& document);
inline constexpr std::string_view kEvaluateCommand = "evalctl.evaluate", kDrvPathCommand = "evalctl.drvPath",
                                  kGraphCommand = "evalctl.buildGraph";
// The value, or why there is none; and, of a graph, the file that it is drawn in.
struct CommandResult { std::string message, drawing; };
CommandResult evaluate_command(const Snapshot& snapshot, std::string_view command, const ValuePath& path, const Cancel& cancel);

// ---- Changes
// The edits that format the text, or the parts of it that `range` touches, by the settings of the project. Of a text that does
// not parse, healthy parts that `range` touches are formatted, and nothing without a range.
std::vector<Edit> formatting(const Document& document, std::optional<Range> range);
// What is to change behind a letter that ends something: the part that it ends.
std::vector<Edit> formatting_typed(const Document& document, std::uint32_t offset, std::string_view typed);
struct Action {
  std::string title;
  // "quickfix", "refactor.rewrite", "source.fixAll"...
  std::string kind;
  std::vector<Edit> edits;
  bool preferred = false;
  // The code of the finding that it resolves.
  std::string finding;
  Range finding_range{0, 0};
};
std::vector<Action> code_actions(const Snapshot& snapshot, const DocumentPtr& document, Range range);
// Every safe fix that does not overlap another.
std::vector<Edit> fix_all(const Document& document, const Settings& settings);
// Rewrites of the expression around `range` (refactors.cpp).
std::vector<Action> refactors(const Document& document, Range range);

}  // namespace evalctl::lsp
