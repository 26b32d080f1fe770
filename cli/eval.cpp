// `evalctl eval`: one expression, one value.
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/derivations.h"
#include "cli/graph_file.h"
#include "cli/output.h"
#include "cli/session.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

struct EvalOptions {
  std::string file, expression, attribute, apply;
  bool has_expression = false;
  bool json = false, raw = false, xml = false, strict = false;
};

Value evaluate(Session& session, const EvalOptions& options) {
  Value root = options.has_expression ? session.evaluate_expression(options.expression)
               : options.file == "-"  ? session.evaluate_standard_input()
                                      : session.evaluate_file(options.file);
  if (!root) return {};
  NIX_TRY(selected, session.select(root, options.attribute));
  NIX_TRY(value, session.auto_call(selected));
  if (options.apply.empty()) return session.vm.force(value);
  NIX_TRY(function, session.evaluate_expression(options.apply));
  return session.vm.call(function, value);
}

// The graph of the derivations that `value` holds.
bool write_graph(Session& session, GraphOutput& graph, Value value) {
  std::vector<FoundDerivation> found;
  if (!find_derivations(session, value, found)) return false;
  std::vector<std::string> paths;
  for (const FoundDerivation& one : found) paths.push_back(one.drv_path);
  return graph.write(session, paths);
}

}  // namespace

int run_eval(Words words) {
  // Never freed: the process ends with it, and giving back each piece takes a tenth of a run.
  Session& session = *new Session;
  EvalOptions options;
  std::vector<Option> table = {
      text("-f|--file", options.file),
      {"-E|--expr", 1, [&](auto v) { options.expression = v[0]; options.has_expression = true; }},
      text("-A|--attr", options.attribute),
      text("--apply", options.apply),
      flag("--json", options.json),
      flag("--raw", options.raw),
      flag("--xml", options.xml),
      flag("--strict", options.strict),
      flag("--read-only|--readonly-mode", session.world.read_only),
      flag("--read-write-mode", session.world.read_only, false),
  };
  GraphOutput graph;
  graph.add_to(table);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional)) return 2;
  if (options.file.empty() && !options.has_expression && !positional.empty()) {
    options.file = positional[0];
    positional.erase(positional.begin());
  }
  // As in `nix eval --file F ATTR`.
  if (options.attribute.empty() && !positional.empty()) options.attribute = positional[0];
  if (options.file.empty()) options.file = "default.nix";
  // Written to is the store of --store, or the machine's where there is one.
  if (!session.store.empty() || stdlib::World::has_machine_store()) session.world.read_only = false;
  for (const std::string& word : words) {
    if (word == "--read-only" || word == "--readonly-mode") session.world.read_only = true;
  }
  if (!graph.prepare(session)) return 2;
  return session.run([&] {
    Value value = evaluate(session, options);
    if (!value || (!graph.file.empty() && !write_graph(session, graph, value))) return 1;
    std::string out;
    Format format = options.json ? Format::Json : options.raw ? Format::Raw : options.xml ? Format::Xml : Format::Nix;
    // `nix eval` evaluates all that it prints.
    if (!value || !write_value(session.vm, value, {.format = format, .strict = options.strict || format == Format::Nix}, out)) return 1;
    if (format == Format::Json) out += '\n';
    std::fwrite(out.data(), 1, out.size(), stdout);
    return 0;
  });
}

}  // namespace evalctl::cli
