// What the words of a command line name: derivations of files, expressions, the store.
#pragma once
#include <string>
#include <vector>

#include "cli/derivations.h"
#include "cli/session.h"

namespace evalctl::cli {

struct InstallableOptions {
  std::string file, expression;
  bool has_expression = false;
  std::vector<std::string> attributes;  // of -A: words that may also stand by themselves

  // --file, --expr, -A
  void add_to(std::vector<Option>& options);
};

// The derivations that `word` names, inside Session::run; false on failure (vm.error is set). A word is
//   a .drv file of the store, perhaps with `^outputs`;
//   with --file or --expr: an attribute path of that value ("" for the value itself);
//   otherwise FILE or FILE#ATTRIBUTE.
bool derivations_of(Session& session, const InstallableOptions& options, const std::string& word, std::vector<FoundDerivation>& found);

// The paths of the .drv files of all `words`, each once; where there are none, of the whole value.
bool drv_paths_of(Session& session, const InstallableOptions& options, const std::vector<std::string>& words, std::vector<std::string>& paths);

}  // namespace evalctl::cli
