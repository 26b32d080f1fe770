#include "cli/help.h"

#include <fmt/core.h>

#include <cstdio>
#include <set>
#include <string>
#include <utility>

namespace evalctl::cli {
namespace {

struct Row {
  // As in the commands' tables.
  std::string_view names;
  // Names of the words that follow it.
  std::string_view values;
  std::string_view text;
};

constexpr Row kRows[] = {
    {"-f|--file", "FILE", "attributes of the value of FILE; `-` is standard input"},
    {"-E|--expr", "TEXT", "attributes of the value of an expression"},
    {"-E|--expr", "", "the argument is an expression, not a file"},
    {"-E|--expr|--expression", "", "arguments are expressions, not files"},
    {"-A|--attr", "PATH", "an attribute, as `config.system.build`; may be repeated"},
    {"--arg", "NAME EXPR", "call functions with NAME as the value of EXPR"},
    {"--argstr", "NAME TEXT", "call functions with NAME as a string"},
    {"-I|--include", "PATH", "look for `<name>` here first; `name=PATH` for one name"},
    {"--option", "NAME VALUE", "a setting of nix.conf"},
    {"--system", "SYSTEM", "what builtins.currentSystem is, as aarch64-linux"},
    {"--eval-system", "SYSTEM", "the same"},
    {"--max-call-depth", "N", "calls inside each other before evaluation fails (1000000)"},
    {"--max-heap", "SIZE", "memory for values, as 512M or 4G; evaluation that needs more fails"},
    {"--lint-absolute-path-literals", "LEVEL", "ignore, warn or fatal"},
    {"--lint-short-path-literals", "LEVEL", "ignore, warn or fatal"},
    {"--lint-url-literals", "LEVEL", "ignore, warn or fatal"},
    {"--profile", "FILE", "write where time goes: a flame graph (.svg), a table (.json), folded stacks"},
    {"--tier", "TIER", "interpreter, jit or auto: whether machine code is made of what runs long"},
    {"--store", "STORE", "daemon, a folder, or dummy:// for none"},
    {"--show-trace", "", "all frames of an error"},
    {"--no-show-trace", "", "only those that matter"},
    {"--abort-on-warn", "", "a warning ends evaluation"},
    {"--show-stats", "", "print counts of calls, values and bytes when done"},
    {"--pure-eval", "", "nothing but what is locked: no environment, no paths outside"},
    {"--impure|--no-pure-eval", "", "allow what is not locked"},
    {"--restrict-eval", "", "only paths below those of -I, and allowed addresses"},
    {"--trace-verbose", "", "builtins.traceVerbose writes"},
    {"--allow-import-from-derivation", "", "build what evaluation reads (this is so unless it is forbidden)"},
    {"--no-allow-import-from-derivation", "", "fail where evaluation needs a build"},
    {"--refresh", "", "fetch again what may have changed"},
    {"--offline", "", "do with what was fetched before"},
    {"--log-format", "FORMAT", "json or sarif: errors for machines"},
    {"--user-root", "FOLDER", "files below FOLDER are the user's own: errors point there"},
    {"--no-eval-cache", "", "evaluate also where the answer is remembered"},
    {"--extra-experimental-features", "NAMES", "turn on, separated by blanks"},
    {"--experimental-features", "NAMES", "turn on, and others off"},
    // ---- Flakes
    {"--override-input", "INPUT FLAKE", "use FLAKE for an input, and do not write the lock file"},
    {"--update-input", "INPUT", "lock an input anew"},
    {"--no-write-lock-file", "", "leave the lock file as it is"},
    {"--no-update-lock-file", "", "fail where the lock file would change"},
    {"--recreate-lock-file", "", "lock all inputs anew"},
    {"--allow-dirty-locks", "", "inputs may be working trees with changes"},
    {"--commit-lock-file", "", "commit the lock file when it changes"},
    {"--no-registries|--no-use-registries", "", "names of registries are no flakes"},
    {"--reference-lock-file", "FILE", "read this lock file instead of flake.lock"},
    {"--output-lock-file", "FILE", "write this one instead of flake.lock"},
    {"--override-flake", "NAME FLAKE", "what a name of the registries means"},
    {"--flake-registry", "FILE", "the global registry"},
    {"--flake", "FLAKE", "the flake, where it is not that of this folder"},
    {"--flake", "", "the argument is a flake"},
    {"-t|--template", "FLAKE", "the template, as templates#rust"},
    {"--all-systems", "", "outputs for all systems, not only for this one"},
    {"--legacy", "", "look into legacyPackages as well"},
    {"--no-build", "", "do not build checks"},
    {"-k|--keep-going", "", "go on after what fails"},
    // ---- eval
    {"--json", "", "print JSON"},
    {"--raw", "", "print a string without quotes"},
    {"--xml", "", "print XML"},
    {"--strict", "", "evaluate also what is inside of lists and sets"},
    {"--apply", "FUNCTION", "print what FUNCTION makes of the value; for jobs: of each derivation"},
    {"--write-to", "PATH", "write strings to a file, sets of them to a folder"},
    {"--image", "VARIANT", "the image of a NixOS configuration, as iso or qemu"},
    {"--jobs", "N", "evaluate on N threads (one for each processor where there are several values, else 1)"},
    {"--list-images", "", "print which there are"},
    {"--watch", "", "print the answer again whenever something changes that was read for it"},
    {"--stay", "SECONDS", "leave a process behind that gives the answer to the same words quickly after an edit"},
    {"--read-only|--readonly-mode", "", "compute paths only; write nothing to the store"},
    {"--read-write-mode", "", "write derivations to the store while evaluating"},
    // ---- The graph
    {"--graph", "FILE", "write the graph of derivations: .json, .dot, .svg or .drv-export"},
    {"--format", "FORMAT", "json, dot, svg or drv-export, where the file's name does not say"},
    {"-o|--output", "FILE", "write here, not to standard output"},
    {"--roots-only", "", "only what was named, without its inputs"},
    {"--sources", "", "sources as well as derivations"},
    {"--depth", "N", "at most N steps from the roots"},
    {"--focus", "NAME", "only what leads to this, and what it needs"},
    {"--json-version", "N", "the form of the JSON: 2, 3 or 4"},
    {"--all", "", "all chains, up to a hundred"},
    {"-r|--recursive", "", "with all inputs"},
    // ---- jobs
    {"--meta", "", "print `meta`, as far as it is plain data"},
    {"--show-input-drvs", "", "print the derivations that each needs"},
    {"--check-cache-status", "", "print what is in the store or in a cache"},
    {"--constituents", "", "resolve aggregate jobs"},
    {"--force-recurse", "", "enter all sets, also without recurseForDerivations"},
    {"--no-instantiate|--read-only|--readonly-mode", "", "compute paths only; write nothing to the store"},
    {"--unordered", "", "print each line as soon as it is known"},
    {"--fail", "", "exit status 1 when a job fails"},
    {"--gc-roots-dir", "FOLDER", "keep the derivations from being collected"},
    {"--junit", "FILE", "write a JUnit report"},
    {"--sarif", "FILE", "write a SARIF report of the failures"},
    {"--select", "FUNCTION", "evaluate what FUNCTION makes of the whole set"},
    {"--shard", "I/N", "only the Ith of N parts"},
    {"--shard-depth", "N", "how many names of a job say which part it is in (1)"},
    {"--workers", "N", "threads at work (one for each processor)"},
    {"--max-memory-size", "MIB", "memory for each worker; one process has that of all, and starts anew when it takes more"},
    {"--memory-budget", "SIZE", "memory for all workers together, as 8G"},
    // ---- nix-instantiate, nix-build, nix
    {"--eval|--eval-only", "", "print the value, not its derivation"},
    {"--parse|--parse-only", "", "print the expression as it was read"},
    {"--find-file", "", "print what `<name>` is for each argument"},
    {"--no-location", "", "no places in XML"},
    {"--readonly-mode|--dry-run", "", "compute paths only; write nothing to the store"},
    {"--add-root", "PATH", "keep the derivations from being collected, by links of this name"},
    {"--derivation", "", "print derivations, not what they give"},
    {"--dry-run", "", "say what would be built"},
    {"--no-link", "", "make no link to what was built"},
    {"--no-out-link|--no-link", "", "make no link to what was built"},
    {"--print-out-paths", "", "print what was built"},
    {"-o|--out-link", "PATH", "the name of the link to what was built (result)"},
    {"--json-format", "N", "the form of the JSON"},
    {"--keep|-k", "NAME", "keep a variable of the environment"},
    {"--unset|-u", "NAME", "remove a variable of the environment"},
    {"--phase", "NAME", "run a phase of the build"},
    {"--rebuild|--check", "", "build again what is there, and compare"},
    // ---- Handed to the real Nix
    {"-j|--max-jobs", "N", "builds at the same time"},
    {"--cores", "N", "processors for each build"},
    {"--builders", "TEXT", "other machines that build"},
    {"--substituters", "URLS", "caches to take built things from"},
    {"--timeout", "SECONDS", "how long a build may take"},
    {"--max-silent-time", "SECONDS", "how long a build may be silent"},
    {"-K|--keep-failed", "", "keep the folders of builds that fail"},
    {"--fallback", "", "build what cannot be fetched"},
    {"--repair", "", "build again what is damaged"},
    {"-s|--size", "", "print sizes"},
    {"-S|--closure-size", "", "print sizes with all that is needed"},
    {"-h|--human-readable", "", "print sizes as 4.2M"},
    {"--sigs", "", "print signatures"},
    {"-i|--ignore-environment|--ignore-env", "", "start with an empty environment"},
};

struct Running {
  std::string name;
  std::string_view words, summary;
} running;

const Row* find_row(const Option& option) {
  for (const Row& row : kRows) {
    if (row.names == option.names && row.values.empty() == (option.values == 0)) return &row;
  }
  return nullptr;
}

// "-f|--file" -> "-f, --file"
std::string spellings(std::string_view names) {
  std::string out;
  for (char c : names) out += c == '|' ? ", " : std::string(1, c);
  return out;
}

}  // namespace

void set_command(std::string name, std::string_view words, std::string_view summary) { running = {std::move(name), words, summary}; }

void print_help(const std::vector<Option>& options) {
  fmt::print("usage: evalctl {}{}{}{}\n\n{}\n{}", running.name, options.empty() ? "" : " [OPTION...]", running.words.empty() ? "" : " ",
             running.words, running.summary, options.empty() ? "" : "\n");
  std::string unused;
  bool has_settings = false;
  std::set<std::string_view> told;
  for (const Option& option : options) {
    has_settings |= option.is_settings;
    // Of those with one name the first counts.
    if (option.is_settings || !told.insert(option.names).second) continue;
    const Row* row = find_row(option);
    if (!option.apply && !row) {
      unused += (unused.empty() ? "" : ", ") + spellings(option.names);
      continue;
    }
    std::string left = spellings(option.names);
    if (row && !row->values.empty()) left += fmt::format(" {}", row->values);
    constexpr std::size_t kColumn = 30;
    if (left.size() >= kColumn - 1) left += "\n" + std::string(kColumn + 2, ' ');
    fmt::print("  {:<{}}{}\n", left, kColumn, row ? row->text : "(not described)");
  }
  if (has_settings) fmt::print("\nAlso each setting of nix.conf: --NAME VALUE, or --NAME and --no-NAME.\n");
  if (!unused.empty()) fmt::print("\nAccepted without effect: {}\n", unused);
}

}  // namespace evalctl::cli
