// One evaluation as a command runs it: options common to all commands, the world, the machine, how it ends.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/options.h"
#include "evaluator/dependencies.h"
#include "evaluator/vm.h"
#include "stdlib/native_tier.h"
#include "stdlib/world.h"

namespace evalctl::cli {

class Session {
 public:
  Session() : vm(world) {}

  stdlib::World world;
  evaluator::Vm vm;

  // ---- Set by options.
  struct Argument { std::string name, text; bool is_string; };
  std::vector<Argument> arguments;
  std::vector<std::string> includes;
  // NIX_PATH counts.
  bool takes_search_path = true;
  std::string store;
  // For the expressions of the command line: what they come to is printed as far as it is evaluated.
  bool shows_delays = false;
  // Errors in the form of Nix, for commands that stand in for one of Nix's.
  bool nix_errors = false;
  bool json_errors = false;
  bool sarif_errors = false;
  bool show_trace = false;
  bool show_statistics = false;
  // Settings in `nixConfig` of a flake are taken without a question.
  bool accept_flake_config = false;
  // Where --profile writes; see cli/profile.h.
  std::string profile_file;
  // Files lowered in earlier runs; Always: what this one lowers is kept, however little it is.
  enum class ParseCache : unsigned char { Off, Auto, Always } parse_cache = ParseCache::Auto;
  std::int32_t code_heat = -1;  // see NativeTier::attach
  stdlib::TierMode tier = stdlib::TierMode::Auto;
  // What is printed does not show which values are the same object: calls of files may share results
  // (evaluator/shared_calls.h).
  bool shares_calls = false;
  // This process was forked inside of run: the thread that called run is not there, so the process ends with `body`.
  bool ends_inside = false;
  // Messages of this evaluation so far, and how many of the first ones the process that this one was forked from has shown.
  std::size_t messages = 0, shown_elsewhere = 0;

  // --arg, --argstr, -I, --option, --store, --show-trace and what else all commands share; applies nix.conf, which they
  // override.
  void add_common_options(std::vector<Option>& options);
  // One of nix.conf's settings, or of evalctl's own; what means nothing to evaluation is passed over. Fails for a value that it
  // cannot have, as Nix does.
  base::Result<void> set_option(const std::string& name, const std::string& value);
  // The same for --option, which only warns of such a value.
  void offer_option(const std::string& name, const std::string& value);
  // The same for a setting as an option of its own: such a value ends the program with a usage error.
  void require_option(const std::string& name, const std::string& value);
  // What add_common_options begins with.
  base::Result<void> apply_nix_conf();
  // Runs `body` with builtins defined, on the large stack. `body` returns the exit status; with vm.error set the error is
  // shown and the status is 1.
  int run(const std::function<int()>& body);
  // After `run`: with the same builtins and values. False when `body` gives false, or an error is pending, which nobody shows.
  bool run_again(const std::function<bool()>& body);
  // Shows again what was shown before.
  void forget_warnings() { shown_warnings_.clear(); }

  // ---- Inside run. Each returns no value on failure.
  // `name`: a path, relative to the current folder. A folder means its default.nix.
  evaluator::Value evaluate_file(const std::string& name);
  evaluator::Value evaluate_expression(const std::string& text);
  // May be called again.
  evaluator::Value evaluate_standard_input();
  // Follows an attribute path such as `a."b.c".0` and calls functions on the way.
  evaluator::Value select(evaluator::Value root, const std::string& path);
  // Calls `v` with the arguments of --arg and --argstr if it is a function with formals.
  // Where dependencies are noted, each function is called once.
  evaluator::Value auto_call(evaluator::Value v);
  // The same on any thread.
  evaluator::Value auto_call(evaluator::Vm& own, evaluator::Value v) { return own.auto_call(v, auto_arguments_); }
  bool has_auto_arguments() const { return !arguments.empty(); }

 private:
  int run_inside(const std::function<int()>& body);
  void finish();
  void print_error();
  // False after a message.
  bool write_profile_file();
  // The switch of this name; null when it is none.
  bool* switch_of(const std::string& name);
  bool show_warning(std::string_view text);
  bool was_shown_elsewhere(std::string_view text);
  bool open_store();
  bool make_auto_arguments();
  evaluator::Value evaluate_at(const std::string& text, const std::string& name);

  std::optional<std::string> standard_input_;
  evaluator::Value auto_arguments_;
  evaluator::RememberedValues<std::uint64_t> called_;  // by the word of the function
  std::set<std::string> shown_warnings_;
  std::vector<base::Diagnostic> reports_;  // of a SARIF log
};

// The pending error in the form of Nix: message, the diagnostic's place with an excerpt of the source, its help, and the frames when `with_trace`.
std::string render_error(evaluator::Vm& vm, const base::Diagnostic& diagnostic, bool with_trace);
// The frames of the pending error, innermost first, folded by file; recursion is shortened.
std::string render_trace(evaluator::Vm& vm, const base::RenderOptions& options);
// What an evaluation's message warns of; none when it is no warning.
std::optional<base::Diagnostic> read_warning(std::string_view message);
// Nix's statistics as JSON.
std::string statistics_json(const evaluator::Vm& vm);
// "1500M": a number of bytes, or of units of 1024 (K, M, G, T).
std::optional<std::size_t> parse_bytes(const std::string& text);
// Standard input to its end.
std::string read_standard_input();
// Splits an attribute path at dots outside of quotes. False when a quote is not closed.
bool split_attribute_path(const std::string& path, std::vector<std::string>& names);

}  // namespace evalctl::cli
