// `evalctl dump STAGE FILE`: what a stage makes of a file, as text.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "evaluator/program.h"
#include "lsp/builtins.h"
#include "parser/parse.h"
#include "parser/scopes.h"

namespace evalctl::cli {
namespace {

using namespace parser;

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else out += c;
  }
  return out;
}

void dump_tokens(const Tree& tree) {
  for (std::uint32_t i = 0; i < tree.token_count(); ++i) {
    TokenId id{i};
    fmt::print("{} {} `{}`\n", tree.token_range(id).begin, name_of(tree.token_kind(id)), escaped(tree.token_text(id)));
  }
}

// Deeper nodes are not indented further, so that the output stays in proportion to the file.
constexpr std::size_t kDeepestIndent = 100;

void dump_tree(const Tree& tree) {
  // Ends of the open nodes: the depth of a node is how many are open.
  std::vector<std::uint32_t> ends;
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    while (!ends.empty() && ends.back() <= i) ends.pop_back();
    NodeId id{i};
    Range range = tree.range(id);
    std::string text = tree.size(id) == 1 ? fmt::format(" `{}`", escaped(tree.text(id))) : "";
    fmt::print("{:{}}{} {}..{}{}\n", "", 2 * std::min(ends.size(), kDeepestIndent), name_of(tree.kind(id)), range.begin, range.end, text);
    ends.push_back(i + tree.size(id));
  }
}

// `LINE:COLUMN NAME Referent [LINE:COLUMN of the definition]`, one line for each reference in order of position.
void dump_scopes(const Tree& tree) {
  static const Globals globals(lsp::global_names());
  Scopes scopes = resolve(tree, globals);
  LineIndex lines(tree.text());
  auto place = [&](NodeId node) {
    LineColumn at = lines.at(tree.range(node).begin);
    return fmt::format("{}:{}", at.line, at.column);
  };
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    const Reference& reference = scopes[i];
    if (reference.referent == Referent::NotAReference) continue;
    bool defined = reference.is_lexical() || reference.referent == Referent::With;
    fmt::print("{} {} {}{}\n", place({i}), tree.text({i}), name_of(reference.referent),
               defined ? " " + place(reference.definition) : "");
  }
}

int dump_compiled(const std::string& stage, const std::string& name) {
  // Never taken down: the end of the process does that.
  Session& session = *new Session;
  // Messages show parts of it.
  auto text = base::read_file(name);
  return session.run([&] {
    if (!text) {
      session.vm.fail(text.error());
      return 1;
    }
    const evaluator::Code* code = evaluator::compile(session.vm, *text, name, ".");
    if (!code) return 1;
    const evaluator::Ir& ir = *session.vm.program().files[code->file].ir;
    std::string out = stage == "ir" ? evaluator::dump_ir(ir) : evaluator::dump_code(session.vm, *code);
    std::fwrite(out.data(), 1, out.size(), stdout);
    return 0;
  });
}

}  // namespace

int run_dump(Words words) {
  constexpr std::string_view kStages[] = {"tokens", "tree", "scopes", "ir", "code"};
  if (words.size() != 2 || std::find(std::begin(kStages), std::end(kStages), words[0]) == std::end(kStages)) {
    fmt::print(stderr, "usage: evalctl dump tokens|tree|scopes|ir|code FILE\n");
    return 2;
  }
  if (words[0] == "ir" || words[0] == "code") return dump_compiled(words[0], words[1]);
  auto text = base::read_file(words[1]);
  if (!text) {
    fmt::print(stderr, "error: {}\n", text.error().message);
    return 1;
  }
  ParseResult result = parse(*text);
  if (words[0] == "tokens") dump_tokens(result.tree);
  else if (words[0] == "tree") dump_tree(result.tree);
  else dump_scopes(result.tree);
  LineIndex lines(*text);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    LineColumn at = lines.at(diagnostic.range.begin);
    fmt::print(stderr, "{}:{}:{}: {} [{}]\n", words[1], at.line, at.column, diagnostic.message, diagnostic.code);
  }
  return result.diagnostics.empty() ? 0 : 1;
}

}  // namespace evalctl::cli
