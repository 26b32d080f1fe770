#include "cli/session.h"

#include <fmt/core.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/files.h"
#include "base/huge_pages.h"
#include "base/memory.h"
#include "base/observations.h"
#include "cli/nix_conf.h"
#include "cli/profile.h"
#include "cli/streams.h"
#include "evaluator/assertion.h"
#include "evaluator/lowering.h"
#include "evaluator/page_ahead.h"
#include "evaluator/program.h"
#include "stdlib/diagnose.h"
#include "stdlib/files_ahead.h"
#include "stdlib/lowered_files.h"
#include "stdlib/registry.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

// Ends the program with a usage error.
void require(const base::Result<void>& done) {
  if (done) return;
  fmt::print(stderr, "error: {}\n", done.error().message);
  std::exit(misuse_status);
}

// --tier. Ends the program with a usage error for what is no tier.
stdlib::TierMode tier_of(const std::string& value) {
  if (value == "interpreter") return stdlib::TierMode::Interpreter;
  if (value == "jit") return stdlib::TierMode::Jit;
  if (value == "auto") return stdlib::TierMode::Auto;
  fmt::print(stderr, "error: '{}' is no tier; there are interpreter, jit and auto\n", value);
  std::exit(misuse_status);
}

// "github.com=a gitlab.com=b"
std::vector<std::pair<std::string, std::string>> pairs_of(const std::string& value) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::istringstream words(value);
  for (std::string word; words >> word;) {
    if (std::size_t equals = word.find('='); equals != word.npos) pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return pairs;
}

bool is_true(const std::string& value) { return value == "true" || value == "1" || value == "yes"; }

std::unexpected<base::Error> invalid(const std::string& name, const std::string& value) {
  return base::fail(fmt::format("setting '{}' has invalid value '{}'", name, value));
}

base::Result<void> set_switch(bool& target, const std::string& name, const std::string& value) {
  bool is_false = value == "false" || value == "0" || value == "no";
  if (!is_true(value) && !is_false) return base::fail(fmt::format("Boolean setting '{}' has invalid value '{}'", name, value));
  target = !is_false;
  return {};
}

template <class Number>
base::Result<void> set_number(Number& target, const std::string& name, const std::string& value) {
  Number number{};
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return invalid(name, value);
  target = number;
  return {};
}

base::Result<void> set_amount(const std::function<void(std::size_t)>& set, const std::string& value) {
  auto bytes = parse_bytes(value);
  if (!bytes) return base::fail(fmt::format("'{}' is no amount of memory; write for example 512M or 4G", value));
  set(*bytes);
  return {};
}

base::Result<void> set_lint(Lints::Level& level, const std::string& name, const std::string& value) {
  bool is_switch = value == "true" || value == "false";
  if (!is_switch && value != "fatal" && value != "warn" && value != "ignore") return invalid(name, value);
  level = value == "fatal" ? Lints::Fatal : value == "warn" || value == "true" ? Lints::Warn : Lints::Ignore;
  return {};
}

void write_statistics(const Vm& vm) {
  std::string json = statistics_json(vm);
  const char* path = std::getenv("NIX_SHOW_STATS_PATH");
  if (path && *path) {
    std::ofstream(path) << json;
  } else {
    fmt::print(stderr, "{}", json);
  }
}

// One step of Session::select, from a forced value to its member `name`.
Value select_member(Vm& vm, Value value, const std::string& name, const std::string& path) {
  std::uint32_t index = 0;
  auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), index);
  bool is_index = failure == std::errc() && end == name.data() + name.size();
  Kind kind = is_index ? Kind::List : Kind::Attrs;
  if (!value.is(kind)) {
    return vm.fail_type("the expression selected by the selection path '{}' should be {} but is {}", path, is_index ? "a list" : "a set",
                        Vm::describe_type(value));
  }
  if (is_index) {
    if (index >= as_list(value)->size) return vm.fail_other("list index {} in selection path '{}' is out of range", index, path);
    return as_list(value)->items[index];
  }
  if (name.empty()) return vm.fail_other("empty attribute name in selection path '{}'", path);
  Attr found = find(as_attrs(value), intern(name));
  if (!found) {
    vm.fail(ErrorKind::MissingAttribute, fmt::format("attribute '{}' in selection path '{}' not found", name, path));
    std::vector<std::string_view> known;
    for (const Attr& attribute : attributes_by_text(as_attrs(value))) known.push_back(text_of(attribute.name));
    if (auto near = base::near_names(name, known); !near.empty()) vm.error->help = fmt::format("did you mean `{}`?", near[0]);
    return {};
  }
  return *found.slot;
}

}  // namespace

std::optional<std::size_t> parse_bytes(const std::string& text) {
  std::size_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, text.data() + text.size());
  constexpr std::string_view kUnits[] = {"", "K", "M", "G", "T"};
  auto* known = std::find(std::begin(kUnits), std::end(kUnits), unit);
  if (error != std::errc() || number == 0 || known == std::end(kUnits)) return std::nullopt;
  return number << 10 * (known - std::begin(kUnits));
}

bool split_attribute_path(const std::string& path, std::vector<std::string>& names) {
  std::string current;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.') {
      names.push_back(current);
      current.clear();
    } else if (path[i] == '"') {
      for (++i; i < path.size() && path[i] != '"'; ++i) current += path[i];
      if (i == path.size()) return false;
    } else {
      current += path[i];
    }
  }
  if (!current.empty() || path.ends_with("\"\"")) names.push_back(current);
  return true;
}

std::string read_standard_input() {
  base::saw_what_changes();
  std::string text;
  char buffer[65536];
  while (std::size_t got = std::fread(buffer, 1, sizeof buffer, stdin)) text.append(buffer, got);
  return text;
}

bool* Session::switch_of(const std::string& name) {
  const std::pair<std::string_view, bool*> all[] = {{"pure-eval", &world.pure},
                                                    {"restrict-eval", &world.restricted},
                                                    {"allow-import-from-derivation", &world.allow_import_from_derivation},
                                                    {"trace-verbose", &world.trace_verbose},
                                                    {"show-trace", &show_trace},
                                                    {"accept-flake-config", &accept_flake_config},
                                                    {"abort-on-warn", &world.abort_on_warn}};
  auto* found = std::ranges::find(all, name, &std::pair<std::string_view, bool*>::first);
  return found == std::end(all) ? nullptr : found->second;
}

base::Result<void> Session::set_option(const std::string& name, const std::string& value) {
  if (bool* target = switch_of(name)) return set_switch(*target, name, value);
  if (name == "max-call-depth") return set_number(vm.max_call_depth, name, value);
  if (name == "tarball-ttl") return set_number(world.refresh_seconds, name, value);
  if (name == "code-heat") return set_number(code_heat, name, value);
  if (name == "lint-absolute-path-literals") return set_lint(vm.lints.absolute_paths, name, value);
  if (name == "lint-short-path-literals" || name == "warn-short-path-literals") return set_lint(vm.lints.short_paths, name, value);
  if (name == "lint-url-literals") return set_lint(vm.lints.urls, name, value);
  if (name == "collect-every") return set_amount([this](std::size_t bytes) { vm.heap.collect_every(bytes); }, value);
  if (name == "max-heap") return set_amount([this](std::size_t bytes) { vm.heap.set_limit(bytes); }, value);
  if (name == "system" || name == "eval-system") {
    if (!value.empty()) world.system = value;
  } else if (name == "experimental-features" || name == "extra-experimental-features") {
    if (name == "experimental-features") world.features.clear();
    std::istringstream words(value);
    for (std::string word; words >> word;) world.features.insert(word);
  } else if (name == "flake-registry") {
    world.global_registry = value;
  } else if (name == "access-tokens" || name == "extra-access-tokens") {
    for (const auto& [host, token] : pairs_of(value)) world.access_tokens[host] = token;
  } else if (name == "allowed-uris" || name == "extra-allowed-uris") {
    std::istringstream words(value);
    for (std::string word; words >> word;) world.allowed_uris.push_back(word);
  } else if (name == "store") {
    store = value;
  } else if (name == "parse-cache") {
    parse_cache = value == "always" ? ParseCache::Always : is_true(value) ? ParseCache::Auto : ParseCache::Off;
  }
  return {};
}

void Session::offer_option(const std::string& name, const std::string& value) {
  if (auto set = set_option(name, value); !set) fmt::print(stderr, "warning: error: {}\n", set.error().message);
}

void Session::require_option(const std::string& name, const std::string& value) { require(set_option(name, value)); }

// Of the settings in files those that have to do with evaluation; which store is used is found out otherwise.
base::Result<void> Session::apply_nix_conf() {
  for (const auto& [name, value] : read_nix_settings()) {
    if (name == "store") continue;
    // Features that are on by themselves stay on.
    if (auto set = set_option(name == "experimental-features" ? "extra-experimental-features" : name, value); !set) return set;
  }
  return {};
}

void Session::add_common_options(std::vector<Option>& options) {
  require(apply_nix_conf());
  options.push_back({"--arg", 2, [this](auto v) { arguments.push_back({v[0], v[1], false}); }});
  options.push_back({"--argstr", 2, [this](auto v) { arguments.push_back({v[0], v[1], true}); }});
  options.push_back({"--option", 2, [this](auto v) { offer_option(v[0], v[1]); }});
  for (std::string_view spelling : {"--system", "--eval-system", "--max-call-depth", "--max-heap", "--lint-absolute-path-literals",
                                    "--lint-short-path-literals", "--lint-url-literals"}) {
    options.push_back({spelling, 1, [this, spelling](auto v) { require_option(std::string(spelling.substr(2)), v[0]); }});
  }
  options.push_back(text("--profile", profile_file));
  options.push_back({"--tier", 1, [this](auto v) { tier = tier_of(v[0]); }});
  options.push_back(texts("-I|--include", includes));
  options.push_back(text("--store", store));
  options.push_back(flag("--show-trace", show_trace));
  options.push_back(flag("--no-show-trace", show_trace, false));
  options.push_back(flag("--abort-on-warn", world.abort_on_warn));
  options.push_back(flag("--show-stats", show_statistics));
  options.push_back(flag("--pure-eval", world.pure));
  options.push_back(flag("--impure|--no-pure-eval", world.pure, false));
  options.push_back(flag("--restrict-eval", world.restricted));
  options.push_back(flag("--trace-verbose", world.trace_verbose));
  options.push_back(flag("--allow-import-from-derivation", world.allow_import_from_derivation));
  options.push_back(flag("--no-allow-import-from-derivation", world.allow_import_from_derivation, false));
  options.push_back(ignored("-v|-vv|-vvv|--verbose|--quiet|--debug|-Q|--no-build-output|-K|--keep-failed|-k|--keep-going"));
  options.push_back({"--refresh", 0, [this](auto) { world.refresh_seconds = 0; }});
  options.push_back({"--offline", 0, [this](auto) { world.refresh_seconds = std::numeric_limits<std::uint64_t>::max(); }});
  options.push_back(ignored("-j|--max-jobs", 1));
  options.push_back({"--log-format", 1, [this](auto v) {
    constexpr std::string_view kOfNix[] = {"bar", "bar-with-logs", "internal-json", "multiline", "multiline-with-logs", "raw", "raw-with-logs"};
    json_errors = v[0] == "json";
    sarif_errors = v[0] == "sarif";
    bool is_of_nix = std::ranges::find(kOfNix, v[0]) != std::end(kOfNix);
    if (!json_errors && !sarif_errors && !is_of_nix) require(base::fail(fmt::format("'{}' is no format of messages; there are json and sarif", v[0])));
  }});
  options.push_back({"--user-root", 1, [](auto v) { stdlib::add_user_root(std::filesystem::absolute(v[0]).lexically_normal()); }});
  // See cli/answers.h.
  options.push_back(ignored("--no-eval-cache"));
  options.push_back({"--extra-experimental-features", 1, [this](auto v) { require_option("extra-experimental-features", v[0]); }});
  options.push_back({"--experimental-features", 1, [this](auto v) { require_option("experimental-features", v[0]); }});
  options.push_back(nix_settings([this](const std::string& name, const std::string& value) { require_option(name, value); }));
}

// What the parser needs for one large file goes back to the system: else the C library raises its bound by itself with the
// first such file, and keeps all (18 of 260 MB for a NixOS system of 20.09 whose files are all parsed).
static constexpr int kLargeBlock = 1 << 20;

// The C library asks the system for each page by which the small blocks of a thread other than the first grow, and each time the
// memory map is locked. Once they have had so much, they ask no more, and they give nothing back that they will need again.
static void take_small_blocks() {
  constexpr int kBytes = 24 << 20;
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
  mallopt(M_MMAP_THRESHOLD, 2 * kBytes);
  void* volatile taken = std::malloc(kBytes - kLargeBlock);
  // The first of it page by page: a short evaluation needs little.
  base::use_huge_pages(static_cast<char*>(taken) + base::kHugePage, kBytes - kLargeBlock - base::kHugePage);
  evaluator::PageAhead::beside(static_cast<char*>(taken), kBytes - kLargeBlock);
  std::free(taken);
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
}

int Session::run(const std::function<int()>& body) {
  if (std::size_t limit = vm.heap.limit()) base::limit_blocks(limit);
  struct Task { Session* session; const std::function<int()>* body; int status; } task{this, &body, 1};
  run_on_large_stack(vm, kStackBytes, [](void* raw) {
    auto* t = static_cast<Task*>(raw);
    take_small_blocks();
    try {
      t->status = t->session->run_inside(*t->body);
    } catch (const std::bad_alloc&) {
      fmt::print(stderr, "error: out of memory\n");
    }
    if (!t->session->ends_inside) return;
    t->session->finish();
    _exit(flush_output(t->status));
  }, &task);
  finish();
  return task.status;
}

bool Session::run_again(const std::function<bool()>& body) {
  struct Task { const std::function<bool()>* body; bool done; } task{&body, false};
  run_on_large_stack(vm, kStackBytes, [](void* raw) {
    auto* t = static_cast<Task*>(raw);
    try {
      t->done = (*t->body)();
    } catch (const std::bad_alloc&) {
      // Whoever begins anew says so, if it is so then.
    }
  }, &task);
  return task.done && !vm.error;
}

void Session::finish() {
  // --max-heap is for values: what was printed, and what is kept for later runs, is none.
  base::limit_blocks(base::kNoLimit);
  std::fflush(stdout);
  world.files_ahead.reset();
  if (world.lowered) world.lowered->write(vm, parse_cache == ParseCache::Always);
  world.tree_hashes.write();
  if (sarif_errors) fmt::print(stderr, "{}\n", base::render_sarif(reports_));
  const char* wanted = std::getenv("NIX_SHOW_STATS");
  if (show_statistics || (wanted && std::string_view(wanted) != "0")) write_statistics(vm);
}

int Session::run_inside(const std::function<int()>& body) {
  // The log is written whether or not there is something to tell.
  if (sarif_errors) base::saw_what_changes();
  world.on_message = [this](std::string_view text) { return was_shown_elsewhere(text) || (!nix_errors && show_warning(text)); };
  for (const std::string& entry : includes) world.add_search_entry(entry);
  if (const char* abort = std::getenv("NIX_ABORT_ON_WARN")) world.abort_on_warn |= is_true(abort);
  if (const char* path = std::getenv("NIX_PATH"); path && takes_search_path) world.add_search_path(path);
  if (world.pure) world.search_path.clear();
  if (profile_file.empty()) {
    stdlib::NativeTier::attach(vm, tier, code_heat);
  } else {
    vm.native_heat = 0;
    profiler = new Profiler(vm);
  }
  if (!open_store()) return 1;
  vm.program().shares_calls = shares_calls;
  stdlib::define_builtins(vm);
  world.forgets_texts = parse_cache == ParseCache::Off && !vm.dependencies;
  if (!warns_of_literals(vm.lints)) world.files_ahead = std::make_unique<stdlib::FilesAhead>(vm, world.forgets_texts);
  if (parse_cache != ParseCache::Off) world.lowered = stdlib::LoweredFiles::attach(vm);
  int status = !vm.error && make_auto_arguments() ? body() : 1;
  if (profiler && !write_profile_file()) status = std::max(status, 1);
  if (!vm.error && status == 0) {
    if (auto written = world.store->flush(); !written) vm.fail(written.error());
  }
  if (!vm.error) return status;
  std::fflush(stdout);
  print_error();
  return 1;
}

bool Session::write_profile_file() {
  auto written = write_profile(vm, *profiler, profile_file);
  if (!written) fmt::print(stderr, "error: {}\n", written.error().message);
  fmt::print(stderr, "{}", profile_summary(vm, *profiler));
  profiler = nullptr;
  return written.has_value();
}

void Session::print_error() {
  complete_assertion(vm);
  base::Diagnostic diagnostic = stdlib::diagnose(vm);
  if (sarif_errors) return reports_.push_back(std::move(diagnostic));
  if (json_errors) {
    fmt::print(stderr, "{}\n", base::render_json(diagnostic));
  } else if (nix_errors) {
    fmt::print(stderr, "{}", render_error(vm, diagnostic, show_trace));
  } else {
    if (show_trace) diagnostic.hidden_frames = 0;
    base::RenderOptions options = base::render_options_for(2);
    fmt::print(stderr, "{}{}", base::render_terminal(diagnostic, options), show_trace ? render_trace(vm, options) : "");
  }
}

bool Session::was_shown_elsewhere(std::string_view text) {
  if (++messages > shown_elsewhere || sarif_errors) return false;
  if (read_warning(text)) shown_warnings_.insert(std::string(text));
  return true;
}

// Warnings go the way of errors, each once; what `trace` says stays as it is.
bool Session::show_warning(std::string_view text) {
  std::optional<base::Diagnostic> warning = read_warning(text);
  bool traced = !warning;
  if (traced && !sarif_errors && !json_errors) return false;
  // Whoever reads a log by machine gets nothing else on it.
  if (traced) {
    warning.emplace();
    warning->severity = base::Diagnostic::Severity::Note;
    warning->code = "N001";
    warning->message = text.substr(text.starts_with("trace: ") ? 7 : 0);
  }
  if (!traced && !shown_warnings_.insert(std::string(text)).second) return true;
  std::fflush(stdout);
  if (sarif_errors) {
    reports_.push_back(std::move(*warning));
    return true;
  }
  std::string shown = json_errors ? base::render_json(*warning) : base::render_terminal(*warning, base::render_options_for(2));
  while (shown.ends_with('\n')) shown.pop_back();
  fmt::print(stderr, "{}\n", shown);
  if (base::observations) base::observations->message(shown);
  return true;
}

bool Session::open_store() {
  auto opened = world.open_store(store);
  if (!opened) fmt::print(stderr, "error: {}\n", opened.error().message);
  return opened.has_value();
}

bool Session::make_auto_arguments() {
  AttrsBuilder attrs(arguments.size());
  for (const Argument& argument : arguments) {
    Value value = argument.is_string ? vm.string(argument.text) : evaluate_expression(argument.text);
    if (!value) return false;
    attrs.add(argument.name, value);
  }
  auto_arguments_ = attrs.build(vm);
  vm.kept.push_back(auto_arguments_);
  return true;
}

Value Session::evaluate_at(const std::string& text, const std::string& name) {
  // Positions point into the text, so it lives as long as the process.
  auto* kept = new std::string(text);
  return evaluate_as(vm, shows_delays ? TextRole::ShownMain : TextRole::Main, *kept, name, base::working_folder());
}

Value Session::evaluate_expression(const std::string& text) { return evaluate_at(text, "«string»"); }

Value Session::evaluate_standard_input() {
  if (!standard_input_) standard_input_ = read_standard_input();
  return evaluate_at(*standard_input_, "«stdin»");
}


Value Session::evaluate_file(const std::string& name) {
  std::string path;
  if (name.size() > 2 && name.starts_with('<') && name.ends_with('>')) return evaluate_expression("import " + name);
  path = name.starts_with('/') ? name : base::working_folder() + "/" + name;
  auto file = world.resolve_import(stdlib::canonical_path(path));
  if (!file) return vm.fail(file.error());
  auto text = world.read_source(vm, *file);
  if (!text) return vm.fail(text.error());
  auto* kept = new std::string(std::move(*text));
  std::size_t slash = file->rfind('/');
  return evaluate_as(vm, shows_delays ? TextRole::ShownMain : TextRole::Main, *kept, *file, slash == 0 ? "/" : file->substr(0, slash));
}

Value Session::auto_call(Value v) {
  if (!vm.dependencies) return auto_call(vm, v);
  NIX_TRY(function, vm.force(v));
  if (!function.is(Kind::Closure)) return auto_call(vm, function);
  return called_[function.bits()].get(vm.dependencies, [&] { return auto_call(vm, function); });
}

Value Session::select(Value root, const std::string& path) {
  std::vector<std::string> names;
  if (!split_attribute_path(path, names)) return vm.fail_other("missing closing quote in selection path '{}'", path);
  Value value = root;
  for (const std::string& name : names) {
    NIX_TRY(called, auto_call(value));
    NIX_TRY(forced, vm.force(called));
    value = select_member(vm, forced, name, path);
    if (!value) return {};
  }
  return vm.force(value);
}

}  // namespace evalctl::cli
