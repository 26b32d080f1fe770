// Where the texts that were read define and declare options.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "stdlib/diagnosis.h"
#include "stdlib/module_errors.h"

namespace evalctl::stdlib {

class ModulePlaces {
 public:
  // `complete`: the whole name of the option is written there; else only `matched` bytes of it are.
  struct Place {
    base::SourceRange name, value;
    bool complete = false;
    unsigned guesses = 0;
    std::size_t matched = 0;
  };
  struct Declared { base::SourceRange name, value; std::string option; };

  explicit ModulePlaces(Diagnosis& d) : d_(d) {}

  // The file that the module system names, as it was read, or 0: a folder stands for its default.nix.
  std::uint32_t file_of(const std::string& named) const;
  // Where an option is defined: in the named file, else in any of the user's own. The likeliest first.
  std::vector<Place> definitions(ModuleError::Kind kind, const std::string& option, const ModuleError::Definition& named) const;

  // Calls `accept` with what all texts that were read declare.
  void each_declaration(const std::function<void(Declared&&)>& accept) const;
  std::vector<Declared> declared(std::string_view option) const;
  // The names of the options right below a set of options, without those that are meant for the module system.
  std::vector<std::string> names_below(std::string_view parent) const;

 private:
  void add(std::uint32_t file, const struct OptionSearch& search, bool similar, std::vector<Place>& out) const;

  Diagnosis& d_;
};

}  // namespace evalctl::stdlib
