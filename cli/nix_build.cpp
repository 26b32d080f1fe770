// `nix build`, `nix develop`, `nix path-info` and `nix-build`: evaluated here, built by the Nix of this machine.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "base/process.h"
#include "cli/buildables.h"
#include "cli/commands.h"
#include "cli/configurations.h"
#include "cli/realise.h"

namespace evalctl::cli {
namespace {

// Options that mean something to the builder only, kept as they are.
struct BuilderOptions {
  std::vector<std::string> words;

  // Settings are for the session too.
  void add_to(std::vector<Option>& table, Session& session) {
    for (std::string_view names : {"-j|--max-jobs", "--cores", "--builders", "--substituters", "--timeout", "--max-silent-time"}) {
      std::string spelling(names.substr(names.rfind('|') + 1));
      table.push_back({names, 1, [this, spelling](auto v) { words.insert(words.end(), {spelling, v[0]}); }});
    }
    for (std::string_view names : {"-K|--keep-failed", "-k|--keep-going", "--fallback", "--repair"}) {
      std::string spelling(names.substr(names.rfind('|') + 1));
      table.push_back({names, 0, [this, spelling](auto) { words.push_back(spelling); }});
    }
    table.push_back({"--rebuild|--check", 0, [this](auto) { words.push_back("--check"); }});
    table.push_back(ignored("-L|--print-build-logs|-Q|--no-build-output"));
    auto pass_on = [this](const std::string& name, const std::string& value) { words.insert(words.end(), {"--option", name, value}); };
    table.push_back({"--option", 2, [&session, pass_on](auto v) {
      session.offer_option(v[0], v[1]);
      pass_on(v[0], v[1]);
    }});
    table.push_back(nix_settings([&session, pass_on](const std::string& name, const std::string& value) {
      session.require_option(name, value);
      pass_on(name, value);
    }));
  }
};

struct BuildCommand {
  InstallableOptions installables;
  BuilderOptions builder;
  std::string link = "result";
  bool no_link = false, print_paths = false, json = false, dry_run = false;
};

void print_built_json(const std::vector<Buildable>& buildables) {
  std::string out = "[";
  for (const Buildable& buildable : buildables) {
    if (out.size() > 1) out += ',';
    if (buildable.outputs.empty()) {
      out += json_string(buildable.path);
      continue;
    }
    out += fmt::format("{{\"drvPath\":{},\"outputs\":{{", json_string(buildable.path));
    for (const auto& [name, path] : buildable.output_paths) {
      out += fmt::format("{}{}:{}", out.ends_with('{') ? "" : ",", json_string(name), path.empty() ? "null" : json_string(path));
    }
    out += "}}";
  }
  fmt::print("{}]\n", out);
}

bool make_links(Session& session, const BuildCommand& command, const std::vector<Buildable>& buildables) {
  for (std::size_t i = 0; i < buildables.size(); ++i) {
    std::string link = i == 0 ? command.link : fmt::format("{}-{}", command.link, i);
    if (buildables[i].outputs.empty() && !make_root(session, link, buildables[i].path)) return false;
    for (const auto& [name, path] : buildables[i].output_paths) {
      if (!make_root(session, name == "out" ? link : link + "-" + name, path)) return false;
    }
  }
  return true;
}

bool build_all(Session& session, BuildCommand& command) {
  std::vector<Buildable> buildables;
  if (!buildables_of(session, command.installables, buildables)) return false;
  if (command.dry_run) command.builder.words.push_back("--dry-run");
  if (!build(session, buildables, command.builder.words)) return false;
  if (command.json) print_built_json(buildables);
  if (command.dry_run) return true;
  if (!command.no_link && !make_links(session, command, buildables)) return false;
  for (const Buildable& buildable : buildables) {
    if (!command.print_paths) break;
    if (buildable.outputs.empty()) fmt::print("{}\n", buildable.path);
    for (const auto& [name, path] : buildable.output_paths) fmt::print("{}\n", path);
  }
  return true;
}

// What all commands of `nix` on installables share. False after a message.
bool prepare(Session& session, InstallableOptions& installables, std::vector<Option>& table, Words words) {
  session.nix_errors = true;
  installables.no_files = true;
  installables.add_to(table, session);
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional)) return false;
  if (installables.file.empty() && !installables.flakes.impure) session.world.pure = true;
  choose_store_for_building(session);
  return installables.take_words(session, std::move(positional));
}

// Replaces this process by the real `nix`. Returns only on failure (vm.error is set).
bool become_nix(Session& session, std::vector<std::string> words) {
  std::string program = real_program("nix");
  if (program.empty()) {
    session.vm.fail_other("'nix {}' needs Nix, of which there is no 'nix' in PATH", words[0]);
    return false;
  }
  words.insert(words.begin(), {program, "--extra-experimental-features", "nix-command flakes"});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(stdout);
  execv(program.c_str(), arguments.data());
  session.vm.fail_other("cannot run '{}'", program);
  return false;
}

bool flush(Session& session) {
  auto flushed = session.world.store->flush();
  if (!flushed) session.vm.fail(flushed.error());
  return flushed.has_value();
}

}  // namespace

int run_nix_build(Words words) {
  Session& session = *new Session;
  BuildCommand& command = *new BuildCommand;
  std::vector<Option> table = {
      text("-o|--out-link", command.link), flag("--no-link", command.no_link), flag("--print-out-paths", command.print_paths),
      flag("--json", command.json),        flag("--dry-run", command.dry_run),
  };
  command.builder.add_to(table, session);
  if (!prepare(session, command.installables, table, words)) return 2;
  session.shares_calls = true;
  return session.run([&] { return build_all(session, command) ? 0 : 1; });
}

// The environment is made by the real `nix develop`, of the derivation that is evaluated here.
int run_nix_develop(Words words) {
  Session& session = *new Session;
  InstallableOptions& installables = *new InstallableOptions;
  installables.search = {{"devShells.%.default", "devShell.%", "packages.%.default", "defaultPackage.%"},
                         {"devShells.%.", "packages.%.", "legacyPackages.%."}};
  std::vector<std::string> rest;
  std::vector<Option> table = {
      {"-i|--ignore-environment|--ignore-env", 0, [&](auto) { rest.push_back("--ignore-environment"); }},
      {"--keep|-k", 1, [&](auto v) { rest.insert(rest.end(), {"--keep", v[0]}); }},
      {"--unset|-u", 1, [&](auto v) { rest.insert(rest.end(), {"--unset", v[0]}); }},
      {"--phase", 1, [&](auto v) { rest.insert(rest.end(), {"--phase", v[0]}); }},
  };
  // All after --command is its.
  std::size_t end = 0;
  while (end < words.size() && words[end] != "-c" && words[end] != "--command") ++end;
  std::vector<std::string> command(words.begin() + static_cast<std::ptrdiff_t>(end), words.end());
  if (!prepare(session, installables, table, words.first(end))) return 2;
  return session.run([&] {
    std::vector<Buildable> buildables;
    if (!buildables_of(session, installables, buildables) || !flush(session)) return 1;
    std::vector<std::string> all = {"develop", buildables[0].path};
    all.insert(all.end(), rest.begin(), rest.end());
    all.insert(all.end(), command.begin(), command.end());
    return become_nix(session, std::move(all)) ? 0 : 1;
  });
}

int run_nix_path_info(Words words) {
  Session& session = *new Session;
  InstallableOptions& installables = *new InstallableOptions;
  std::vector<std::string> rest;
  bool derivation = false;
  std::vector<Option> table = {flag("--derivation", derivation)};
  for (std::string_view names : {"-r|--recursive", "-s|--size", "-S|--closure-size", "-h|--human-readable", "--sigs", "--json"}) {
    std::string spelling(names.substr(names.rfind('|') + 1));
    table.push_back({names, 0, [&rest, spelling](auto) { rest.push_back(spelling); }});
  }
  table.push_back({"--json-format", 1, [&](auto v) { rest.insert(rest.end(), {"--json-format", v[0]}); }});
  if (!prepare(session, installables, table, words)) return 2;
  return session.run([&] {
    std::vector<Buildable> buildables;
    if (!buildables_of(session, installables, buildables) || !flush(session)) return 1;
    std::vector<std::string> paths;
    for (const Buildable& buildable : buildables) {
      if (derivation || buildable.outputs.empty()) paths.push_back(buildable.path);
      if (derivation) continue;
      for (const auto& [name, path] : buildable.output_paths) paths.push_back(path);
    }
    if (!rest.empty()) {
      paths.insert(paths.begin(), rest.begin(), rest.end());
      paths.insert(paths.begin(), "path-info");
      return become_nix(session, std::move(paths)) ? 0 : 1;
    }
    for (const std::string& path : paths) {
      if (!session.world.is_valid(path)) return session.vm.fail_other("path '{}' is not valid", path), 1;
      fmt::print("{}\n", path);
    }
    return 0;
  });
}

int run_classic_build(Words words) {
  Session& session = *new Session;
  BuildCommand& command = *new BuildCommand;
  bool expressions = false;
  std::vector<std::string> attributes, inputs;
  std::vector<Option> table = {
      texts("-A|--attr", attributes),           flag("-E|--expr", expressions),         text("-o|--out-link", command.link),
      flag("--no-out-link|--no-link", command.no_link), flag("--dry-run", command.dry_run),
  };
  command.builder.add_to(table, session);
  session.add_common_options(table);
  if (!parse_options(words, table, inputs)) return 2;
  session.nix_errors = true;
  choose_store_for_building(session);
  if (inputs.empty()) inputs.push_back("./default.nix");
  if (attributes.empty()) attributes.push_back("");
  return session.run([&] {
    std::vector<FoundDerivation> found;
    for (const std::string& input : inputs) {
      evaluator::Value root = expressions ? session.evaluate_expression(input) : input == "-" ? session.evaluate_standard_input() : session.evaluate_file(input);
      for (const std::string& attribute : attributes) {
        evaluator::Value value = root ? session.select(root, attribute) : evaluator::Value();
        if (!value || !find_derivations(session, value, found)) return 1;
      }
    }
    return build_found(session, found, command.builder.words, command.no_link ? "" : command.link, command.dry_run) ? 0 : 1;
  });
}

// Everything else that `nix` does is left to the real one.
int run_real_nix(Words words) {
  std::string program = real_program("nix");
  if (program.empty()) {
    fmt::print(stderr, "error: 'nix {}' needs Nix, of which there is no 'nix' in PATH\n", words.empty() ? "" : words[0]);
    return 1;
  }
  std::vector<std::string> all = {program};
  all.insert(all.end(), words.begin(), words.end());
  auto status = base::run_attached(all);
  if (!status) fmt::print(stderr, "error: {}\n", status.error().message);
  return status.value_or(1);
}

}  // namespace evalctl::cli
