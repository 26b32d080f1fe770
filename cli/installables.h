// Installables: what the words of a command line select, in flakes, files, expressions and the store.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "cli/derivations.h"
#include "cli/flake_options.h"
#include "cli/session.h"

namespace evalctl::cli {

// Where attributes of a flake are looked for, by command.
struct AttributeSearch {
  // Tried when the installable has no attribute; `%` stands for the system.
  std::vector<std::string> defaults = {"packages.%.default", "defaultPackage.%"};
  // Tried before the attribute as it stands.
  std::vector<std::string> prefixes = {"packages.%.", "legacyPackages.%."};
};

struct InstallableOptions {
  std::string file, expression;
  bool has_expression = false;
  std::vector<std::string> attributes;  // of -A: words that may also stand by themselves
  FlakeOptions flakes;
  AttributeSearch search;
  // As for Nix's commands: what is neither a store path nor with --file or --expr is a flake.
  bool no_files = false;
  // A function that is selected is called where all its arguments have defaults.
  bool calls_selected = true;
  // The words, after take_words.
  std::vector<std::string> words;

  // --file, --expr, -A and the options of flakes.
  void add_to(std::vector<Option>& options, Session& session);
  bool is_plain() const { return has_expression || !file.empty(); }
  // To be called before Session::run with the words that are no options: without any, what stands in the current folder is
  // meant. Makes evaluation pure where it is flakes. False after a message on standard error.
  bool take_words(Session& session, std::vector<std::string> positional);
};

struct Selected {
  // As found: "packages.x86_64-linux.hello".
  std::vector<std::string> names;
  evaluator::Value value;
  // Of a word that names a derivation in the store, or with no_files any object there; then there is no value.
  std::string drv_path;
  // "*" alone: all of them. Empty: the default ones.
  std::vector<std::string> outputs;
};

// All members: inside Session::run; false or no value on failure (vm.error is set).
class Installables {
 public:
  Installables(Session& session, const InstallableOptions& options) : session_(session), options_(options) {}

  // Appends what `word` selects: one thing, or several where the attribute path has a `*`. A word is
  //   a .drv file of the store;
  //   with --file or --expr: an attribute path of that value ("" for the value itself);
  //   FILE or FILE#ATTRIBUTE;
  //   otherwise FLAKE or FLAKE#ATTRIBUTE;
  // each perhaps with `^outputs`.
  bool select(const std::string& word, std::vector<Selected>& found);
  // What all words select.
  bool select_all(std::vector<Selected>& found);
  // The value of a flake; each is locked and called once.
  evaluator::Value flake(const stdlib::FlakeReference& reference);

 private:
  bool select_in_flake(const std::string& word, const std::vector<std::string>& outputs, std::vector<Selected>& found);
  bool select_in_file(const std::string& word, const std::vector<std::string>& outputs, std::vector<Selected>& found);
  bool select_names(evaluator::Value root, const std::vector<std::string>& names, std::size_t at, Selected selected, std::vector<Selected>& found);
  bool not_found(const stdlib::ReferenceAndFragment& parsed, const std::string& word, evaluator::Value root, const std::vector<std::string>& tried);

  Session& session_;
  const InstallableOptions& options_;
  evaluator::RememberedValues<std::string> values_;
};

// The derivations that `word` names: those its value holds, or what is built of a configuration.
bool derivations_of(Installables& installables, Session& session, const std::string& word, std::vector<FoundDerivation>& found);
// The paths of the .drv files of all words, each once.
bool drv_paths_of(Session& session, const InstallableOptions& options, std::vector<std::string>& paths);

// "a.b.\"c d\""
std::string show_attribute_path(const std::vector<std::string>& names);

}  // namespace evalctl::cli
