#include "stdlib/module_places.h"

#include <unistd.h>

#include <algorithm>

#include "stdlib/definitions.h"
#include "stdlib/option_values.h"

namespace evalctl::stdlib {

using Kind = ModuleError::Kind;
using Place = ModulePlaces::Place;

std::uint32_t ModulePlaces::file_of(const std::string& named) const {
  std::string path = named.substr(0, named.find(", via "));
  if (!path.starts_with('/')) return 0;
  if (access((path + "/default.nix").c_str(), F_OK) == 0) path += "/default.nix";
  return d_.file_number(path);
}

void ModulePlaces::add(std::uint32_t file, const OptionSearch& search, bool similar, std::vector<Place>& out) const {
  for (const OptionDefinition& f : similar ? find_similar(d_.tree(file), search) : find_definitions(d_.tree(file), search))
    out.push_back({d_.range_of(file, f.name), d_.range_of(file, f.value), similar || f.matched >= search.option.size(), f.guesses, f.matched});
}

std::vector<Place> ModulePlaces::definitions(Kind kind, const std::string& option, const ModuleError::Definition& named) const {
  OptionSearch search{option, named.value, kind == Kind::Assertions};
  std::vector<Place> found;
  if (std::uint32_t file = file_of(named.file)) {
    add(file, search, false, found);
    bool complete = std::any_of(found.begin(), found.end(), [](const Place& p) { return p.complete; });
    if (!complete && kind != Kind::NotDefined && kind != Kind::Unknown) {
      std::vector<Place> similar;
      add(file, search, true, similar);
      found.insert(found.begin(), similar.begin(), similar.end());
    }
  }
  if (found.empty())
    for (std::uint32_t file : d_.user_files()) add(file, search, false, found);
  // Renamed options are defined under another name, in another file.
  if (found.empty() && (kind == Kind::Type || kind == Kind::Unknown))
    for (std::uint32_t file : d_.user_files()) add(file, search, true, found);
  std::stable_sort(found.begin(), found.end(), [](const Place& a, const Place& b) { return a.complete > b.complete; });
  return found;
}

void ModulePlaces::each_declaration(const std::function<void(Declared&&)>& accept) const {
  const auto& files = d_.vm.program().files;
  for (std::uint32_t number = 1; number < d_.file_count(); ++number) {
    if (!files[number].text().contains("options")) continue;
    parser::ParseResult parsed = parser::parse(files[number].text());
    for (OptionDeclaration& o : find_declarations(parsed.tree))
      accept(Declared{d_.range_of(number, o.name), d_.range_of(number, o.value), std::move(o.option)});
  }
}

std::vector<ModulePlaces::Declared> ModulePlaces::declared(std::string_view option) const {
  std::vector<Declared> found;
  each_declaration([&](Declared&& o) {
    if (declares(o.option, option)) found.push_back(std::move(o));
  });
  return found;
}

std::vector<std::string> ModulePlaces::names_below(std::string_view parent) const {
  std::vector<std::string> names;
  each_declaration([&](Declared&& o) {
    if (std::string name = name_below(o.option, parent); !name.empty() && !name.starts_with('_') && name != "*") names.push_back(std::move(name));
  });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace evalctl::stdlib
