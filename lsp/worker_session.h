// One look at the user's files: evaluates what the project's entries say, and finds what is wrong and which configurations
// there are.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/observations.h"
#include "lsp/worker_machine.h"

namespace evalctl::lsp {

struct SessionSetup {
  // Files that stand for a project: flake.nix, default.nix, shell.nix, a NixOS configuration.
  std::vector<std::string> entries;
  // Modules, evaluated as configurations of their own where no entry leads to them.
  std::vector<std::string> modules;
  // Other files that are being edited: expressions and packages.
  std::vector<std::string> files;
  // Texts of files as the editor has them.
  std::vector<std::pair<std::string, std::string>> buffers;
};
void write(Writer& out, const SessionSetup& setup);
SessionSetup read_session_setup(Reader& in);

class Session {
 public:
  Session(Machine& machine, SessionSetup setup);

  using Found = std::function<void(const std::vector<Problem>&)>;
  // Calls `found` after each entry that something is wrong with.
  void run(const Found& found);
  // The same of another state of the texts, which is taken over. False when that cannot be, or something is wrong with it: then
  // nothing here is of use any more, and a new session has to tell.
  bool run_again(const SessionSetup& setup);

  struct Configuration {
    // How it is found: a file and attributes of its value.
    std::string entry;
    std::vector<std::string> names;
    // The user's files that were imported for it.
    std::set<std::string> files;
    evaluator::Value value;  // kept by the machine
  };
  const std::vector<Configuration>& configurations() const { return configurations_; }
  // The configuration that `file` belongs to, or the first; null when there is none.
  // The configuration that the file belongs to; null where there is none.
  const Configuration* own_configuration_of(const std::string& file) const;
  // The same, or any other.
  const Configuration* configuration_of(const std::string& file) const;
  // The configurations and all of the user's files that were read.
  void write_summary(Writer& out) const;
  bool has_buffer(const std::string& path) const;

  // The value of an entry, called with defaults where it is a function. No value and an error pending on failure.
  evaluator::Value entry_value(const std::string& path);

 private:
  void entry(const std::string& path);
  void flake_modules(const std::string& path);
  void single_file(const std::string& path);
  void module(const std::string& path);
  void explore(evaluator::Value value, const std::string& entry, std::vector<std::string>& names, unsigned depth);
  void explore_value(evaluator::Value value, const std::string& entry, std::vector<std::string>& names, unsigned depth);
  void explore_set(evaluator::Value set, const std::string& entry, std::vector<std::string>& names, unsigned depth);
  bool needs_arguments(evaluator::Value value);
  bool is_configuration(evaluator::Value value);
  bool has_unknown_arguments(evaluator::Value configuration);
  void configuration(evaluator::Value value, const std::string& entry, const std::vector<std::string>& names, bool whole);
  void check_definitions(evaluator::Value value, const std::string& file);
  void check_option(evaluator::Value options, const std::vector<std::string>& path);
  void force_inside(evaluator::Value value, unsigned depth);
  bool is_user_file(std::uint32_t file);
  std::set<std::string> files_before(const std::string& entry, const std::vector<std::string>& names) const;
  // Takes the pending error. `fallback`: the file to blame where no place in the user's text is known.
  void report(const std::string& fallback);

  Machine& machine_;
  SessionSetup setup_;
  std::vector<Problem> problems_;
  std::set<std::string> reported_;
  std::vector<Configuration> configurations_;
  std::set<std::string> imported_, all_imported_;
  // Of the state before: what is remembered of it is not imported again.
  std::vector<Configuration> before_;
  std::map<std::string, std::set<std::string>> imported_by_;  // by what was looked at
  base::Observations observations_;
};

}  // namespace evalctl::lsp
