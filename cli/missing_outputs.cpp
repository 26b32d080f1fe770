#include "cli/missing_outputs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/diagnostic.h"
#include "base/files.h"
#include "cli/installables.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

using Names = std::vector<std::string>;

// Outputs with a set for each system.
constexpr std::string_view kBySystem[] = {"packages", "legacyPackages", "devShells", "apps", "checks", "formatter"};
// Others, and what of one of theirs is built.
struct Built { std::string_view output, below; };
constexpr Built kOthers[] = {
    {"nixosConfigurations", "config.system.build.toplevel"},
    {"darwinConfigurations", "system"},
    {"homeConfigurations", "activationPackage"},
    {"nixosModules", ""},
    {"overlays", ""},
    {"lib", ""},
};

bool is_system(std::string_view name) { return name.ends_with("-linux") || name.ends_with("-darwin"); }

class Search {
 public:
  Search(Vm& vm, Value root, const WantedOutput& wanted) : vm_(vm), root_(root), wanted_(wanted) {}

  // As far as the attribute path leads.
  struct Reached {
    std::size_t depth = 0;
    Position place{};
    std::string marked;  // the attribute at the place
    Names known;         // what is there instead of the next name
  };
  Reached follow(std::span<const std::string> names) {
    Reached reached;
    Value at = root_;
    for (const std::string& name : names) {
      at = vm_.force(at);
      if (!at || !at.is(Kind::Attrs)) break;
      if (Attr next = find(as_attrs(at), intern(name))) {
        at = *next.slot;
        ++reached.depth;
        if (next.position().file) reached.place = next.position(), reached.marked = name;
        continue;
      }
      for (const Attr& attribute : attributes_by_text(as_attrs(at))) reached.known.emplace_back(text_of(attribute.name));
      break;
    }
    vm_.error.reset();
    return reached;
  }

  bool has(const Names& names) { return follow(names).depth == names.size(); }

  // What the last name of the fragment is the name of, elsewhere in the flake.
  std::string elsewhere() {
    Names names = fragment();
    if (names.empty()) return "";
    const std::string& last = names.back();
    bool left_out = names.size() == 2 && std::ranges::find(kBySystem, names[0]) != std::end(kBySystem);
    for (std::string_view output : kBySystem) {
      Names full{std::string(output), wanted_.system, last};
      if (!has(full) || full == names) continue;
      bool is_package = output == "packages" || output == "legacyPackages";
      if (left_out && output == names[0]) return fmt::format("the system is missing: `{}`{}", address(full), is_package ? fmt::format(", or `{}`", address({last})) : "");
      return fmt::format("did you mean `{}`?", address(full));
    }
    for (const Built& other : kOthers) {
      Names full{std::string(other.output), last};
      if (!has(full) || full == names) continue;
      std::string built = other.below.empty() ? "" : fmt::format("; what is built of it is `{}.{}`", address(full), other.below);
      return fmt::format("did you mean `{}`?{}", address(full), built);
    }
    return other_system(last);
  }

  // The same for another system.
  std::string other_system(const std::string& last) {
    for (std::string_view output : kBySystem) {
      for (const std::string& system : follow(Names{std::string(output), std::string()}).known)
        if (system != wanted_.system && is_system(system) && has({std::string(output), system, last}))
          return fmt::format("it is there for {} only: add it for {}, or ask for `{}`", system, wanted_.system, address({std::string(output), system, last}));
    }
    return "";
  }

  // What there is instead of the first name of the fragment that is not there, and where.
  std::string instead(Reached& reached) {
    Names names = fragment();
    reached = follow(names);
    constexpr std::size_t kMost = 8;
    if (names.empty() || reached.known.empty() || reached.known.size() > kMost) return "";
    names.resize(reached.depth);
    for (std::string& name : reached.known) name = fmt::format("`{}`", name);
    return fmt::format("`{}` has {}", names.empty() ? wanted_.flake : address(names), fmt::join(reached.known, ", "));
  }

  // No name was asked for, and the flake has no default.
  std::string no_default() {
    Names packages = follow(Names{"packages", wanted_.system, std::string()}).known;
    if (packages.empty()) return "";
    if (packages.size() > 6) packages.resize(6);
    for (std::string& name : packages) name = fmt::format("`{}`", address({name}));
    return fmt::format("it has no default: ask for one of its packages, as {}", fmt::join(packages, ", "));
  }

 private:
  // The names that were asked for: the last path is the fragment as it stands.
  Names fragment() const { return wanted_.tried.empty() || wanted_.fragment.empty() ? Names{} : wanted_.tried.back(); }
  std::string address(const Names& names) const { return fmt::format("{}#{}", wanted_.flake, show_attribute_path(names)); }

  Vm& vm_;
  Value root_;
  const WantedOutput& wanted_;
};

}  // namespace

void fail_missing_output(Vm& vm, const std::string& message, Value root, const WantedOutput& wanted) {
  Search search(vm, root, wanted);
  Search::Reached best;
  Names near, path;
  for (const Names& names : wanted.tried) {
    Search::Reached reached = search.follow(names);
    if (reached.depth < names.size() && near.empty()) {
      for (std::string_view one : base::near_names(names[reached.depth], {reached.known.begin(), reached.known.end()})) near.emplace_back(one);
      if (!near.empty()) {
        path.assign(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(reached.depth));
        path.push_back(near[0]);
        best = search.follow(path);
      }
    }
    if (near.empty() && (reached.depth > best.depth || best.depth == 0)) best = std::move(reached);
  }
  std::string suggestion;
  for (std::size_t i = 0; i < near.size(); ++i) suggestion += (i == 0 ? "" : i + 1 == near.size() ? " or " : ", ") + near[i];
  if (near.size() > 1) suggestion = "one of " + suggestion;
  std::string help = wanted.fragment.empty() ? search.no_default() : search.elsewhere();
  if (help.empty() && near.empty()) help = search.instead(best);
  if (!near.empty()) help = fmt::format("did you mean `{}#{}`?", wanted.flake, show_attribute_path(path));
  vm.fail(ErrorKind::MissingAttribute, near.empty() ? message : fmt::format("{}\nDid you mean {}?", message, suggestion), best.place);
  if (!best.marked.empty()) vm.error->known.push_back(intern(best.marked));
  vm.error->help = std::move(help);
}

std::string advice_for_address(const std::string& word) {
  std::string flake = word.substr(0, word.find('#'));
  bool has_fragment = flake.size() < word.size();
  bool local = flake.starts_with('.') || flake.starts_with('/');
  if (!local && base::is_folder(flake)) return fmt::format("a name alone is one of the registry: for the folder write `./{}`", word);
  // The longest beginning that is a folder, or a name: the rest may be what follows the `#`.
  for (std::size_t dot = flake.rfind('.'); !has_fragment && dot != flake.npos && dot > 1; dot = flake.rfind('.', dot - 1)) {
    std::string before = flake.substr(0, dot), after = flake.substr(dot + 1);
    if (before.ends_with('.') || after.empty()) break;
    if (base::is_folder(before)) return fmt::format("what is selected of a flake stands behind `#`: `{}{}#{}`", local ? "" : "./", before, after);
    if (!flake.contains('/')) return fmt::format("what is selected of a flake stands behind `#`: `{}#{}`", flake.substr(0, flake.find('.')), flake.substr(flake.find('.') + 1));
  }
  return "";
}

}  // namespace evalctl::cli
