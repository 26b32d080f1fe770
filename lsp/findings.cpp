#include "lsp/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "lsp/builtins.h"

namespace evalctl::lsp {
namespace {

struct Row { std::string_view code; Severity severity; std::string_view message; };
constexpr Row kRows[] = {
#define DIAGNOSTIC(code, name, severity, message) {#code, Severity::severity, message},
#include "lsp/diagnostics.def"
};

// The lines that `# evalctl: ignore` silences, and the codes it names there (none: all).
class Ignores {
 public:
  explicit Ignores(const Document& document) : document_(document) {
    const Tree& tree = document.analysis().tree;
    for (std::uint32_t token = 0; token < tree.token_count(); ++token) {
      if (tree.token_kind({token}) != TokenKind::LineComment && tree.token_kind({token}) != TokenKind::BlockComment) continue;
      read(tree.token_range({token}), tree.token_text({token}));
    }
  }

  bool covers(std::string_view code, std::uint32_t line) const {
    return std::ranges::any_of(rules_, [&](const Rule& rule) {
      bool here = rule.whole_file || rule.line == line;
      return here && (rule.codes.empty() || rule.codes.contains(std::string(code)));
    });
  }

 private:
  struct Rule { bool whole_file; std::uint32_t line; std::set<std::string> codes; };

  void read(Range range, std::string_view comment) {
    constexpr std::string_view kWord = "evalctl: ignore";
    std::size_t at = comment.find(kWord);
    if (at == comment.npos) return;
    std::string_view rest = comment.substr(at + kWord.size());
    Rule rule{rest.starts_with("-file"), document_.text.line_of(range.begin), {}};
    if (rule.whole_file) rest.remove_prefix(5);
    for (std::size_t i = 0; i < rest.size();) {
      std::size_t end = i;
      while (end < rest.size() && (std::isalnum(static_cast<unsigned char>(rest[end])) != 0)) ++end;
      std::string_view word = rest.substr(i, end - i);
      if (word.size() == 4 && (word[0] == 'L' || word[0] == 'S')) rule.codes.insert(std::string(word));
      i = end + 1;
    }
    // A comment alone on its line speaks of the line below.
    std::string_view line = document_.text.line(rule.line);
    std::uint32_t column = range.begin - document_.text.line_start(rule.line);
    if (line.substr(0, column).find_first_not_of(" \t") == line.npos) {
      rule.line = document_.text.line_of(range.end) + 1;
    }
    rules_.push_back(std::move(rule));
  }

  const Document& document_;
  std::vector<Rule> rules_;
};

// Edit distance, at most `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// The name in scope that is nearest to a misspelt one; "" when none is near.
std::string nearest_name(const Analysis& analysis, NodeId node, std::string_view name) {
  std::string best;
  std::size_t limit = name.size() <= 3 ? 1 : 2;
  auto consider = [&](std::string_view candidate) {
    std::size_t d = distance(name, candidate, limit);
    if (d > 0 && d <= limit && (best.empty() || d < distance(name, best, limit))) best = candidate;
  };
  std::vector<bool> seen(analysis.tree.node_count());
  for (const parser::Reference& reference : analysis.scopes) {
    bool local = reference.referent == parser::Referent::Attribute || reference.referent == parser::Referent::Formal ||
                 reference.referent == parser::Referent::Parameter;
    // A definition with thousands of uses is one name.
    if (!local || seen[reference.definition.index]) continue;
    seen[reference.definition.index] = true;
    // A definition is in scope where its set or function encloses the name; a let's name is not visible outside.
    NodeId scope = reference.definition;
    while (analysis.tree.kind(scope) != NodeKind::Let && analysis.tree.kind(scope) != NodeKind::Lambda &&
           analysis.tree.kind(scope) != NodeKind::AttrSet && scope.index != 0) {
      scope = analysis.parent(scope);
    }
    if (node.index > scope.index && node.index < scope.index + analysis.tree.size(scope)) {
      consider(analysis.tree.text(reference.definition));
    }
  }
  for (std::string_view global : global_names()) {
    if (!global.starts_with("__")) consider(global);
  }
  return best;
}

void undefined_names(const Analysis& analysis, std::vector<Finding>& out) {
  constexpr std::size_t kMostSuggestions = 20;
  for (std::uint32_t node = 0; node < analysis.scopes.size(); ++node) {
    if (analysis.scopes[node].referent != parser::Referent::Undefined) continue;
    std::string_view name = analysis.tree.text({node});
    Finding finding = make_finding(Lint::UndefinedVariable, analysis.tree.range({node}), name);
    bool is_inherit = analysis.tree.kind(analysis.parent({node})) == NodeKind::Inherit;
    bool wants_fix = out.size() < kMostSuggestions && !is_inherit;
    const BuiltinName* builtin = wants_fix ? find_builtin(name) : nullptr;
    std::string near = builtin      ? fmt::format("builtins.{}", builtin->name)
                       : wants_fix ? nearest_name(analysis, {node}, name)
                                   : std::string();
    if (!near.empty()) finding.fixes.push_back({fmt::format("Replace with '{}'", near), {{finding.range, near}}, false});
    out.push_back(std::move(finding));
  }
}

// What the parser missed can be inserted where it is one token.
void add_syntax_fixes(const Tree& tree, Finding& finding) {
  constexpr std::string_view kWord = "expecting ";
  std::size_t at = finding.message.rfind(kWord);
  if (finding.code != "P001" || at == std::string::npos) return;
  std::string expected = finding.message.substr(at + kWord.size());
  if (expected.size() < 3 || expected.size() > 6 || !expected.starts_with('\'') || !expected.ends_with('\'')) return;
  std::string token = expected.substr(1, expected.size() - 2);
  if (token.contains('\'')) return;
  std::string text = token == ";" || token == ")" || token == "]" ? token : fmt::format(" {} ", token);
  // Right behind what comes before it.
  std::uint32_t at_token = 0;
  while (at_token + 1 < tree.token_count() && tree.token_range({at_token}).begin < finding.range.begin) ++at_token;
  while (at_token > 0 && parser::is_trivia(tree.token_kind({at_token - 1}))) --at_token;
  std::uint32_t offset = std::min(tree.token_range({at_token}).begin, finding.range.begin);
  finding.fixes.push_back({fmt::format("Insert '{}'", token), {{{offset, offset}, text}}, false});
}

}  // namespace

Finding make_finding(Lint lint, Range range, std::string_view name) {
  const Row& row = kRows[static_cast<std::size_t>(lint)];
  return {.code = std::string(row.code), .message = fmt::format(fmt::runtime(row.message), name),
          .severity = row.severity, .range = range, .fixes = {}, .related = {}};
}

Edit remove_node(const Tree& tree, NodeId node) {
  Range range = tree.range(node);
  std::uint32_t first = tree.node(node).first_token;
  if (first > 0 && tree.token_kind({first - 1}) == TokenKind::Whitespace) {
    bool after_comment = first > 1 && tree.token_kind({first - 2}) == TokenKind::LineComment;
    if (!after_comment) range.begin = tree.token_range({first - 1}).begin;
  }
  return {range, ""};
}

std::vector<Finding> findings(const Document& document, const Settings& settings) {
  const Analysis& analysis = document.analysis();
  std::vector<Finding> out;
  for (const parser::Diagnostic& diagnostic : analysis.parsed.diagnostics) {
    Finding finding{.code = diagnostic.code, .message = diagnostic.message, .severity = Severity::Error,
                    .range = diagnostic.range, .fixes = {}, .related = {}};
    add_syntax_fixes(analysis.tree, finding);
    out.push_back(std::move(finding));
  }
  undefined_names(analysis, out);
  if (analysis.parsed.diagnostics.empty()) {
    std::size_t errors = out.size();
    lint_names(analysis, out);
    lint_forms(analysis, out);
    Ignores ignores(document);
    auto silenced = [&](const Finding& finding) {
      return std::ranges::find(settings.ignored, finding.code) != settings.ignored.end() ||
             ignores.covers(finding.code, document.text.line_of(finding.range.begin));
    };
    out.erase(std::remove_if(out.begin() + static_cast<std::ptrdiff_t>(errors), out.end(), silenced), out.end());
  }
  std::ranges::sort(out, {}, [](const Finding& f) { return std::pair(f.range, std::string_view(f.code)); });
  return out;
}

}  // namespace evalctl::lsp
