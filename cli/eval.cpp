// `evalctl eval` and `nix eval`: files, expressions and installables to their values.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/observations.h"
#include "cli/answers.h"
#include "cli/at_once.h"
#include "cli/commands.h"
#include "cli/configurations.h"
#include "cli/derivations.h"
#include "cli/graph_file.h"
#include "cli/installables.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/watch.h"
#include "evaluator/program.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

struct EvalOptions {
  InstallableOptions installables;
  std::string apply, write_to, image, jobs;
  bool json = false, raw = false, xml = false, strict = false, list_images = false, read_only = false;
  // Somebody will ask again: see cli/watch.h.
  bool stands_by = false;
  // Values as `nix eval` prints them: a derivation, or a configuration, is a value like others.
  bool plain_values = false;
  // What fails inside of a value is shown in its place, and nothing fails.
  bool errors_inside = false;
  GraphOutput graph;
  unsigned threads = 1;

  Format format() const { return json ? Format::Json : raw ? Format::Raw : xml ? Format::Xml : Format::Nix; }
  bool several() const {
    auto is_pattern = [](const std::string& word) { return word.find('*', std::min(word.find('#'), word.size())) != word.npos; };
    return installables.words.size() > 1 || std::ranges::any_of(installables.words, is_pattern);
  }
};

// A string becomes a file, a set a folder.
bool write_files(Vm& vm, Value value, const std::string& path) {
  Vm::Depth level(vm);
  Value forced = level ? vm.force(value) : Value();
  if (!forced) return false;
  if (std::filesystem::exists(std::filesystem::symlink_status(path))) return vm.fail_other("path '{}' already exists", path), false;
  if (forced.is(Kind::String)) {
    auto written = base::write_file_atomically(path, as_string(forced)->view());
    if (!written) vm.fail(written.error());
    return written.has_value();
  }
  if (!forced.is(Kind::Attrs)) return vm.fail_type("value at '{}' is not a string or an attribute set", path), false;
  std::error_code error;
  base::saw_what_changes();
  std::filesystem::create_directory(path, error);
  if (error) return vm.fail_other("cannot make the folder '{}': {}", path, error.message()), false;
  for (const Attr& attribute : attributes_by_text(as_attrs(forced))) {
    std::string name(text_of(attribute.name));
    if (name == "." || name == ".." || name.empty() || name.contains('/')) return vm.fail_other("invalid file name '{}'", name), false;
    if (!write_files(vm, *attribute.slot, path + "/" + name)) return false;
  }
  return true;
}

// What of a selected value is wanted: a configuration stands for what is built of it, unless a function is applied.
Value wanted_value(Vm& vm, const EvalOptions& options, const Selected& selected, Value function) {
  if (!selected.drv_path.empty()) return vm.string(selected.drv_path);
  Value value = selected.value;
  if (options.list_images) value = image_names(vm, selected);
  else if (!options.image.empty()) value = image_of(vm, selected, options.image);
  else if (options.apply.empty() && !options.plain_values) value = built_of(vm, selected);
  if (!value || !function) return value ? vm.force(value) : Value();
  return vm.call(function, value);
}

// Appends the text of one value. Derivations are shown by their paths.
bool show(Vm& vm, const EvalOptions& options, Value value, std::string& out) {
  Value forced = vm.force(value);
  if (!forced) return false;
  bool by_path = !options.plain_values && (options.format() == Format::Nix || options.format() == Format::Json);
  if (by_path && is_derivation(vm, forced)) return show_derivation(vm, forced, options.json, out);
  if (vm.error) return false;
  // `nix eval` evaluates all that it prints.
  OutputOptions output{.format = options.format(), .strict = options.strict || options.format() == Format::Nix,
                       .by_name = true, .errors_inside = options.errors_inside};
  return write_value(vm, forced, output, out);
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// What is printed, by the names it was found under.
struct Results {
  std::vector<std::string> names;
  ValueVector values;
  std::vector<std::string> texts;  // where they were made at once
};

bool print_several(Session& session, const EvalOptions& options, const Results& results, Progress& progress) {
  std::string out = options.json ? "{" : "";
  for (std::size_t i = 0; i < results.names.size(); ++i) {
    std::string text = results.texts.empty() ? "" : results.texts[i];
    if (results.texts.empty() && !show(session.vm, options, results.values[i], text)) return false;
    while (text.ends_with('\n')) text.pop_back();
    const std::string& name = results.names[i];
    out += options.json ? fmt::format("{}{}:{}", i > 0 ? "," : "", json_string(name), text) : fmt::format("{} {}\n", name, text);
  }
  if (options.json) out += "}\n";
  progress.stop();
  print(out);
  return true;
}

bool print_one(Session& session, const EvalOptions& options, const Results& results, Progress& progress) {
  Value value = results.values[0];
  if (!options.write_to.empty()) return write_files(session.vm, value, options.write_to);
  std::string out = results.texts.empty() ? "" : results.texts[0];
  if (results.texts.empty() && !show(session.vm, options, value, out)) return false;
  if (options.format() == Format::Json) out += '\n';
  progress.stop();
  print(out);
  return true;
}

// The graph in the file that was asked for; its size to a person who watches.
bool finish_graph(Session& session, EvalOptions& options, const ValueVector& values) {
  bool watched = isatty(STDERR_FILENO) && !options.plain_values;
  if (options.graph.file.empty() && !watched) return true;
  std::vector<std::string> paths;
  for (Value value : values) {
    std::vector<FoundDerivation> found;
    bool wanted = !options.graph.file.empty() || is_derivation(session.vm, value);
    if (session.vm.error || (wanted && !find_derivations(session, value, found))) return false;
    for (const FoundDerivation& one : found) paths.push_back(one.drv_path);
  }
  if (!options.graph.file.empty()) return options.graph.write(session, paths);
  if (paths.empty()) return true;
  if (auto graph = graph_of(session, paths)) {
    session.world.message(fmt::format("{} derivations, {} sources", graph->derivation_count(), graph->nodes.size() - graph->derivation_count()));
  }
  return true;
}

std::string name_of(const Selected& selected) {
  return selected.drv_path.empty() ? show_attribute_path(selected.names) : selected.drv_path;
}

// The values and their texts, on several threads. False when one fails: no error is pending then.
bool make_at_once(Session& session, const EvalOptions& options, const std::vector<Selected>& found, Value function, Results& results) {
  std::vector<Value*> words;
  for (std::size_t i = 0; i < found.size(); ++i) words.push_back(session.vm.program().new_word());
  results.texts.resize(found.size());
  bool made = evaluate_at_once(session, options.threads, found.size(), [&](Vm& vm, std::size_t i) {
    *words[i] = wanted_value(vm, options, found[i], function);
    return *words[i] && show(vm, options, *words[i], results.texts[i]);
  });
  for (Value* word : words) results.values.push_back(*word);
  return made;
}

bool make_in_turn(Session& session, const EvalOptions& options, const std::vector<Selected>& found, Value function, Results& results) {
  for (const Selected& selected : found) {
    Value value = wanted_value(session.vm, options, selected, function);
    if (!value) return false;
    results.values.push_back(value);
  }
  return true;
}

// Finds and makes what is asked for. With `at_once` false means that a process that stands by has to do it.
bool make_results(Session& session, const EvalOptions& options, Installables& installables, bool at_once, Results& results) {
  std::vector<Selected> found;
  if (!installables.select_all(found)) return false;
  Value function = options.apply.empty() ? Value() : session.evaluate_expression(options.apply);
  if (session.vm.error) return false;
  for (const Selected& selected : found) results.names.push_back(name_of(selected));
  return at_once ? make_at_once(session, options, found, function, results) : make_in_turn(session, options, found, function, results);
}

bool print_results(Session& session, EvalOptions& options, const Results& results, Progress& progress) {
  bool printed = options.several() ? print_several(session, options, results, progress) : print_one(session, options, results, progress);
  if (!printed) return false;
  std::fflush(stdout);
  return finish_graph(session, options, results.values);
}

int evaluate(Session& session, EvalOptions& options, Installables& installables) {
  Results results;
  Progress progress(session);
  if (!make_results(session, options, installables, false, results)) return 1;
  return print_results(session, options, results, progress) ? 0 : 1;
}

// The value of the only installable, and its text, while other threads work ahead.
bool make_with_helpers(Session& session, const EvalOptions& options, Results& results) {
  bool made = false;
  Installables installables(session, options.installables);
  run_with_helpers(session.vm, options.threads - 1, kStackBytes, [&] {
    made = make_results(session, options, installables, false, results) && show(session.vm, options, results.values[0], results.texts.emplace_back());
  });
  return made;
}

int evaluate_with_threads(Session& session, EvalOptions& options) {
  Installables installables(session, options.installables);
  if (options.threads < 2) return evaluate(session, options, installables);
  Standby standby(session);
  if (standby.is_needed()) return session.vm.error ? 1 : evaluate(session, options, installables);
  Results results;
  Progress progress(session);
  std::vector<std::string> messages;
  // Of one value they are shown as they come, by this thread alone.
  if (options.several()) stdlib::World::held_messages = &messages;
  bool made = options.several() ? make_results(session, options, installables, true, results) : make_with_helpers(session, options, results);
  stdlib::World::held_messages = nullptr;
  if (!made) {
    progress.stop();
    session.vm.error.reset();
    return standby.take_over(session);
  }
  for (const std::string& message : messages) session.world.message(message);
  return print_results(session, options, results, progress) ? 0 : 1;
}

// Other formats show which parts of a value are evaluated.
bool may_work_ahead(const Session& session, const EvalOptions& options) {
  using enum Lints::Level;
  const Lints& lints = session.vm.lints;
  bool warns = lints.absolute_paths == Warn || lints.short_paths == Warn || lints.urls == Warn;
  return options.write_to.empty() && !warns && (options.format() != Format::Xml || options.strict);
}

// As many threads as --jobs says; without it, one for each processor where there is more than one value.
bool read_jobs(Session& session, EvalOptions& options) {
  // The profiler watches one thread, and what stands on standard input can be read once.
  bool at_once = session.profile_file.empty() && options.installables.file != "-" && (options.several() || may_work_ahead(session, options));
  options.threads = at_once && options.several() ? std::max(1u, std::thread::hardware_concurrency()) : 1;
  if (options.jobs.empty()) return true;
  auto [end, error] = std::from_chars(options.jobs.data(), options.jobs.data() + options.jobs.size(), options.threads);
  if (error != std::errc() || end != options.jobs.data() + options.jobs.size() || options.threads < 1) {
    fmt::print(stderr, "error: '{}' is no number of threads\n", options.jobs);
    return false;
  }
  if (!at_once) options.threads = 1;
  return true;
}

// `FILE` and `FILE ATTRIBUTE` are short for --file FILE and -A ATTRIBUTE.
void take_file(InstallableOptions& options, std::vector<std::string>& words) {
  if (options.is_plain() || words.size() > 2) return;
  if (words.empty()) {
    if (base::exists("default.nix") && !base::exists("flake.nix")) options.file = "default.nix";
    return;
  }
  const std::string& word = words[0];
  bool second_is_attribute = words.size() < 2 || !(words[1].contains('#') || base::exists(words[1]));
  bool is_folder = base::is_folder(word);
  bool is_file = is_folder ? base::exists(word + "/default.nix") && !base::exists(word + "/flake.nix")
                           : base::exists(word) || word.ends_with(".nix") || word == "-" || word.starts_with('<');
  if (!is_file || word.contains('#') || word.starts_with("/nix/store/") || !second_is_attribute) return;
  options.file = word;
  words.erase(words.begin());
}

std::vector<Option> option_table(Session& session, EvalOptions& options) {
  std::vector<Option> table = {
      text("--apply", options.apply),
      text("--write-to", options.write_to),
      text("--image", options.image),
      text("--jobs", options.jobs),
      flag("--list-images", options.list_images),
      flag("--json", options.json),
      flag("--raw", options.raw),
      flag("--xml", options.xml),
      flag("--strict", options.strict),
      ignored("--watch"),
      ignored("--stay", 1),
      flag("--read-only|--readonly-mode", options.read_only),
      flag("--read-write-mode", session.world.read_only, false),
  };
  options.installables.add_to(table, session);
  options.graph.add_to(table);
  session.add_common_options(table);
  return table;
}

int evaluate_and_stand_by(Session& session, EvalOptions& options) {
  // The tree of a flake has another name after each edit, and all in it.
  auto* made = new Standing(session, !session.world.pure && options.installables.is_plain());
  auto* installables = new Installables(session, options.installables);
  auto evaluate_once = [&, installables] { return evaluate(session, options, *installables) == 0; };
  int status = session.run([&] { return evaluate_once() ? 0 : 1; });
  if (status == 0 && session.vm.dependencies) made->evaluate = evaluate_once;
  return status;
}

int run(Session& session, EvalOptions& options) {
  // Written to is the store of --store, or the machine's where there is one.
  if (!session.store.empty() || stdlib::World::has_machine_store()) session.world.read_only = false;
  if (options.read_only) session.world.read_only = true;
  if (!options.graph.prepare(session)) return 2;
  if (isatty(STDERR_FILENO) && !options.plain_values) session.world.hashes->keep_texts = true;
  if (!read_jobs(session, options)) return 2;
  if (options.stands_by) return evaluate_and_stand_by(session, options);
  session.shares_calls = options.format() == Format::Json || options.format() == Format::Raw;
  return session.run([&] { return evaluate_with_threads(session, options); });
}

int evaluate_words(Words words, bool stands_by) {
  // Never freed: the process ends with it, and giving back each piece takes a tenth of a run.
  Session& session = *new Session;
  EvalOptions& options = *new EvalOptions;
  std::vector<std::string> positional;
  if (!parse_options(words, option_table(session, options), positional)) return 2;
  take_file(options.installables, positional);
  options.plain_values = options.installables.is_plain();
  options.stands_by = stands_by;
  if (!options.installables.take_words(session, std::move(positional))) return 2;
  return run(session, options);
}

int evaluate_installables(Words words) { return evaluate_words(words, false); }
int stand_by(Words words) { return evaluate_words(words, true); }

int evaluate_as_nix(Words words) {
  Session& session = *new Session;
  EvalOptions& options = *new EvalOptions;
  std::vector<std::string> positional;
  if (!parse_options(words, option_table(session, options), positional)) return 2;
  options.installables.no_files = options.plain_values = options.errors_inside = session.nix_errors = true;
  options.installables.calls_selected = false;
  // Expressions are pure as flakes are; a file is read from the machine.
  if (options.installables.file.empty() && !options.installables.flakes.impure) session.world.pure = true;
  if (!options.installables.take_words(session, std::move(positional))) return 2;
  if (options.several()) {
    fmt::print(stderr, "error: 'nix eval' takes one installable\n");
    return 1;
  }
  return run(session, options);
}

}  // namespace

int run_eval(Words words) {
  if (std::ranges::find(words, "--watch") != words.end()) return watch(words, stand_by);
  if (std::ranges::find(words, "--stay") != words.end()) return stay("eval", words, evaluate_installables, stand_by);
  return run_remembered("eval", words, evaluate_installables);
}
int run_nix_eval(Words words) { return run_remembered("nix eval", words, evaluate_as_nix); }

}  // namespace evalctl::cli
