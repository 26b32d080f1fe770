// `nix-instantiate`: evaluates files or expressions, to derivations unless --eval.
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <utility>

#include "cli/commands.h"
#include "cli/derivations.h"
#include "cli/output.h"
#include "cli/session.h"
#include "evaluator/normal_form.h"
#include "evaluator/program.h"
#include "parser/parse.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

struct InstantiateOptions {
  std::vector<std::string> inputs, attributes;
  bool expressions = false, from_stdin = false, find_file = false;
  bool eval = false, parse_only = false;
  bool json = false, raw = false, xml = false, strict = false, locations = true;
  bool read_only = false, read_write = false;
  std::string root;
  int roots_made = 0;
};

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Prints the derivations of `value`; with --add-root, links to them are made and printed instead.
int print_derivations(Session& session, InstantiateOptions& options, Value value) {
  std::vector<FoundDerivation> found;
  if (!find_derivations(session, value, found)) return 1;
  // A path is printed when what it names is in the store.
  if (auto written = session.world.store->flush(); !written) {
    session.vm.fail(written.error());
    return 1;
  }
  for (const FoundDerivation& derivation : found) {
    std::string path = derivation.drv_path;
    if (!options.root.empty()) {
      ++options.roots_made;
      std::string link = options.roots_made == 1 ? options.root : fmt::format("{}-{}", options.root, options.roots_made);
      std::error_code error;
      link = std::filesystem::absolute(link, error).string();
      if (std::filesystem::is_symlink(link, error)) std::filesystem::remove(link, error);
      std::filesystem::create_symlink(path, link, error);
      if (error) {
        session.vm.fail_other("cannot make the link '{}': {}", link, error.message());
        return 1;
      }
      if (auto kept = session.world.store->add_root(link); !kept) {
        session.vm.fail(kept.error());
        return 1;
      }
      path = link;
    }
    print(path + (derivation.output_name == "out" ? "" : "!" + derivation.output_name) + "\n");
  }
  return 0;
}

using Evaluate = std::function<Value()>;

Value select(Session& session, const std::string& attribute, Value root) {
  Value value = session.select(root, attribute);
  return value && session.has_auto_arguments() ? session.auto_call(value) : value;
}

// What is printed of `value`. Without --strict that is what Nix would have evaluated, so a list or a set is evaluated once more with
// all delayed that Nix delays, where that is not much work. Messages have been given before.
Value as_printed(Session& session, const InstantiateOptions& options, Value value, const std::string& attribute, const Evaluate& evaluate) {
  constexpr std::uint64_t kMostCalls = 20'000;
  bool has_parts = value.is(Kind::List) || value.is(Kind::Attrs);
  if (options.strict || options.json || options.raw || !has_parts || session.vm.statistics.calls > kMostCalls) return value;
  std::vector<std::string> given;
  auto* outside = std::exchange(stdlib::World::held_messages, &given);
  session.shows_delays = true;
  Value root = evaluate(), again = root ? select(session, attribute, root) : Value();
  session.shows_delays = false;
  stdlib::World::held_messages = outside;
  session.vm.error.reset();
  return again ? again : value;
}

// What is asked of one root expression.
int process(Session& session, InstantiateOptions& options, const Evaluate& evaluate) {
  Value root = evaluate();
  if (!root) return 1;
  for (const std::string& attribute : options.attributes) {
    if (!options.eval) {
      Value value = session.select(root, attribute);
      if (!value) return 1;
      if (int status = print_derivations(session, options, value)) return status;
      continue;
    }
    Value value = select(session, attribute, root);
    if (value) value = as_printed(session, options, value, attribute, evaluate);
    std::string out;
    Format format = options.raw ? Format::Raw : options.xml ? Format::Xml : options.json ? Format::Json : Format::Nix;
    OutputOptions output{.format = format, .strict = options.strict, .copy_paths = true, .locations = options.locations};
    // All is evaluated before any of it is printed.
    if (value && options.strict && format == Format::Nix && !session.vm.force_deep(value)) return 1;
    if (!value || !write_value(session.vm, value, output, out)) return 1;
    if (format == Format::Json) out += '\n';
    print(out);
  }
  return 0;
}

// Checks syntax and names, without evaluation.
int parse_only(Session& session, const std::string& name, std::string text, const std::string& folder) {
  auto* kept = new std::string(std::move(text));
  Vm& vm = session.vm;
  if (!compile(vm, *kept, name, folder)) return 1;
  parser::ParseResult parsed = parser::parse(*kept);
  auto form = normal_form(vm, parsed.tree, folder);
  if (!form) return 1;
  print(*form + "\n");
  return 0;
}

int parse_file(Session& session, const std::string& name) {
  std::error_code error;
  std::string path = stdlib::canonical_path(std::filesystem::absolute(name, error).string());
  auto file = session.world.resolve_import(path);
  auto text = file ? session.world.read_file(*file) : base::Result<std::string>(std::unexpected(file.error()));
  if (!text) {
    session.vm.fail(text.error());
    return 1;
  }
  return parse_only(session, *file, *text, file->substr(0, file->rfind('/')));
}

int find_files(Session& session, const InstantiateOptions& options) {
  for (const std::string& name : options.inputs) {
    Value path = session.evaluate_expression("<" + name + ">");
    if (!path) return 1;
    print(std::string(as_string(path)->view()) + "\n");
  }
  return 0;
}

int run_inputs(Session& session, InstantiateOptions& options) {
  if (options.find_file) return find_files(session, options);
  if (options.from_stdin) {
    if (options.parse_only) return parse_only(session, "«stdin»", read_standard_input(), std::filesystem::current_path().string());
    return process(session, options, [&] { return session.evaluate_standard_input(); });
  }
  for (const std::string& input : options.inputs) {
    int status = 0;
    if (options.parse_only) {
      status = options.expressions ? parse_only(session, "«string»", input, std::filesystem::current_path().string())
                                   : parse_file(session, input);
    } else {
      status = process(session, options, [&] { return options.expressions ? session.evaluate_expression(input) : session.evaluate_file(input); });
    }
    if (status != 0) return status;
  }
  return 0;
}

std::vector<Option> option_table(InstantiateOptions& options) {
  return {
      flag("-E|--expr|--expression", options.expressions),
      flag("--eval|--eval-only", options.eval),
      flag("--parse|--parse-only", options.parse_only),
      flag("--find-file", options.find_file),
      texts("-A|--attr", options.attributes),
      flag("--raw", options.raw),
      flag("--json", options.json),
      flag("--xml", options.xml),
      flag("--strict", options.strict),
      flag("--read-write-mode", options.read_write),
      flag("--readonly-mode|--dry-run", options.read_only),
      text("--add-root", options.root),
      flag("--no-location", options.locations, false),
      ignored("--indirect|--repair|--no-gc-warning"),
  };
}

}  // namespace

int run_nix_instantiate(Words words) {
  // Never freed: the process ends with it, and giving back each piece takes a tenth of a run.
  Session& session = *new Session;
  InstantiateOptions options;
  std::vector<Option> table = option_table(options);
  session.add_common_options(table);
  if (!parse_options(words, table, options.inputs)) return 2;
  if (options.inputs.size() == 1 && options.inputs[0] == "-") options.from_stdin = true;
  if (options.inputs.empty() && !options.expressions && !options.find_file) options.inputs.push_back("./default.nix");
  if (options.attributes.empty()) options.attributes.push_back("");
  session.nix_errors = true;
  session.world.read_only = options.read_only || ((options.eval || options.parse_only || options.find_file) && !options.read_write);
  session.shares_calls = !options.eval || options.json || options.raw;
  return session.run([&] { return run_inputs(session, options); });
}

}  // namespace evalctl::cli
