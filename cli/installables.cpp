#include "cli/installables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/files.h"
#include "cli/configurations.h"
#include "cli/missing_outputs.h"
#include "evaluator/normal_form.h"
#include "stdlib/flakes/grammar.h"
#include "store/store_path.h"

namespace evalctl::cli {

using namespace evaluator;
using stdlib::FlakeReference;

namespace {

std::string with_system(std::string text, const std::string& system) {
  if (std::size_t place = text.find('%'); place != text.npos) text.replace(place, 1, system);
  return text;
}

// "'a', 'b' or 'c'"
std::string alternatives(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += i + 1 == texts.size() ? " or " : ", ";
    out += "'" + texts[i] + "'";
  }
  return out;
}

// True for words that name a file, or a folder of plain Nix, not a flake.
bool names_a_file(const std::string& word) {
  std::string file = word.substr(0, word.find('#'));
  if (file == "-" || (file.starts_with('<') && file.ends_with('>'))) return true;
  if (base::is_folder(file)) return base::exists(file + "/default.nix") && !base::exists(file + "/flake.nix");
  return base::exists(file) || file.ends_with(".nix");
}

bool is_drv_path(const std::string& word) { return word.ends_with(".drv") && store::is_store_path(word); }

// An element of a list or set; null when there is none.
const Value* member(Value container, const std::string& name) {
  if (container.is(Kind::Attrs)) {
    Attr found = find(as_attrs(container), intern(name));
    return found ? found.slot : nullptr;
  }
  if (!container.is(Kind::List) || name.empty() || name.size() > 9 || name.find_first_not_of("0123456789") != name.npos) return nullptr;
  std::size_t index = std::stoul(name);
  return index < as_list(container)->size ? &as_list(container)->items[index] : nullptr;
}

}  // namespace

void InstallableOptions::add_to(std::vector<Option>& options, Session& session) {
  options.push_back(text("-f|--file", file));
  options.push_back({"-E|--expr", 1, [this](auto v) { expression = v[0]; has_expression = true; }});
  options.push_back(texts("-A|--attr", attributes));
  flakes.add_to(options, session);
}

bool InstallableOptions::take_words(Session& session, std::vector<std::string> positional) {
  if (has_expression && !file.empty()) {
    fmt::print(stderr, "error: '--file' and '--expr' are exclusive\n");
    return false;
  }
  words = attributes;
  words.insert(words.end(), positional.begin(), positional.end());
  if (words.empty()) {
    bool has_file = !no_files && base::exists("default.nix") && !base::exists("flake.nix");
    words.push_back(is_plain() ? "" : has_file ? "default.nix" : ".");
  }
  // Flakes are evaluated without a look at the machine, unless that is asked for.
  for (const std::string& word : words) {
    bool is_object = is_drv_path(word.substr(0, word.find_first_of("^!"))) || (no_files && store::is_store_path(word));
    bool is_flake = !is_plain() && !is_object && (no_files || !names_a_file(word));
    if (is_flake && !flakes.impure) session.world.pure = true;
  }
  return flakes.prepare();
}

std::string show_attribute_path(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += '.';
    append_name(name, out);
  }
  return out;
}

Value Installables::flake(const FlakeReference& reference) {
  Vm& vm = session_.vm;
  std::string key = reference.to_string();
  return values_[key].get(vm.dependencies, [&] {
    auto locked = stdlib::lock_flake(vm, reference, options_.flakes.lock);
    if (!locked) return vm.error ? Value() : vm.fail(locked.error());
    return stdlib::call_flake(vm, *locked);
  });
}

bool Installables::select_names(Value root, const std::vector<std::string>& names, std::size_t at, Selected selected,
                                std::vector<Selected>& found) {
  Vm& vm = session_.vm;
  Value value = root;
  for (; at < names.size(); ++at) {
    value = session_.auto_call(value);
    if (value) value = vm.force(value);
    if (!value) return false;
    if (names[at] == "*" && value.is(Kind::Attrs)) {
      for (const Attr& attribute : attributes_by_text(as_attrs(value))) {
        Selected below = selected;
        below.names.emplace_back(text_of(attribute.name));
        if (!select_names(*attribute.slot, names, at + 1, std::move(below), found)) return false;
      }
      return true;
    }
    const Value* next = member(value, names[at]);
    if (!next) return true;
    selected.names.push_back(names[at]);
    value = *next;
  }
  if (options_.calls_selected) value = session_.auto_call(value);
  if (!value) return false;
  selected.value = value;
  vm.kept.push_back(value);
  found.push_back(std::move(selected));
  return true;
}

bool Installables::not_found(const stdlib::ReferenceAndFragment& parsed, const std::string& word, Value root, const std::vector<std::string>& tried) {
  WantedOutput wanted{word.substr(0, word.find('#')), parsed.fragment, {}, session_.world.system};
  for (const std::string& path : tried)
    if (auto names = stdlib::match_attribute_path(path)) wanted.tried.push_back(std::move(*names));
  fail_missing_output(session_.vm, fmt::format("flake '{}' does not provide attribute {}", parsed.reference.to_string(), alternatives(tried)), root, wanted);
  return false;
}

bool Installables::select_in_flake(const std::string& word, const std::vector<std::string>& outputs, std::vector<Selected>& found) {
  Vm& vm = session_.vm;
  auto parsed = stdlib::parse_reference_with_fragment(word, {.base_folder = base::working_folder()});
  if (!parsed) {
    vm.fail(parsed.error());
    vm.error->help = advice_for_address(word);
    return false;
  }
  Value value = flake(parsed->reference);
  bool no_flake = !value && vm.error && (vm.error->kind == ErrorKind::Flake || vm.error->kind == ErrorKind::MissingFile);
  if (no_flake && vm.error->frames.empty() && !vm.error->position.file) vm.error->help = advice_for_address(word);
  if (value) value = vm.force(value);
  if (!value) return false;
  Value root = *find(as_attrs(value), vm.symbols.outputs).slot;
  std::vector<std::string> paths;
  const std::string& fragment = parsed->fragment;
  if (fragment.starts_with('.')) {
    paths.push_back(fragment.substr(1));
  } else if (fragment.empty()) {
    for (const std::string& path : options_.search.defaults) paths.push_back(with_system(path, session_.world.system));
  } else {
    for (const std::string& prefix : options_.search.prefixes) paths.push_back(with_system(prefix, session_.world.system) + fragment);
  }
  if (!fragment.starts_with('.') && (!fragment.empty() || paths.empty())) paths.push_back(fragment);
  std::size_t before = found.size();
  for (const std::string& path : paths) {
    auto names = stdlib::match_attribute_path(path);
    if (!names) return vm.fail_other("the attribute path '{}' cannot be read", path), false;
    Selected selected;
    selected.outputs = outputs;
    if (!select_names(root, *names, 0, std::move(selected), found)) return false;
    if (found.size() > before) return true;
  }
  return not_found(*parsed, word, root, paths);
}

bool Installables::select_in_file(const std::string& word, const std::vector<std::string>& outputs, std::vector<Selected>& found) {
  std::size_t hash = word.find('#');
  std::string path = options_.is_plain() ? word : hash == word.npos ? "" : word.substr(hash + 1);
  std::string file = options_.is_plain() ? options_.file : word.substr(0, hash);
  std::string key = options_.has_expression ? "--expr" : "file " + file;
  Value root = values_[key].get(session_.vm.dependencies, [&] {
    return options_.has_expression ? session_.evaluate_expression(options_.expression)
           : file == "-"           ? session_.evaluate_standard_input()
                                   : session_.evaluate_file(file);
  });
  if (!root) return false;
  Selected selected;
  selected.outputs = outputs;
  auto names = stdlib::match_attribute_path(path);
  if (names && std::ranges::find(*names, "*") != names->end()) {
    std::size_t before = found.size();
    if (!select_names(root, *names, 0, std::move(selected), found)) return false;
    if (found.size() == before) return session_.vm.fail_other("'{}' selects nothing", path), false;
    return true;
  }
  Value value = session_.select(root, path);
  if (value && options_.calls_selected) value = session_.auto_call(value);
  if (!value) return false;
  session_.vm.kept.push_back(value);
  split_attribute_path(path, selected.names);
  selected.value = value;
  found.push_back(std::move(selected));
  return true;
}

bool Installables::select(const std::string& word, std::vector<Selected>& found) {
  auto parts = stdlib::match_installable(word);
  if (!parts) return session_.vm.fail_other("the outputs in '{}' cannot be read: '^' is followed by names with commas between, or by '*'", word), false;
  std::string drv_path = parts->reference.substr(0, parts->reference.find('!'));
  if (is_drv_path(drv_path) || (options_.no_files && store::is_store_path(drv_path))) {
    found.push_back({{}, {}, drv_path, parts->outputs});
    return true;
  }
  bool plain = options_.is_plain() || (!options_.no_files && names_a_file(parts->reference));
  return plain ? select_in_file(parts->reference, parts->outputs, found) : select_in_flake(parts->reference, parts->outputs, found);
}

bool Installables::select_all(std::vector<Selected>& found) {
  for (const std::string& word : options_.words) {
    if (!select(word, found)) return false;
  }
  return true;
}

bool derivations_of(Installables& installables, Session& session, const std::string& word, std::vector<FoundDerivation>& found) {
  std::vector<Selected> selected;
  if (!installables.select(word, selected)) return false;
  for (const Selected& one : selected) {
    if (!one.drv_path.empty()) {
      found.push_back({one.drv_path, "out"});
      continue;
    }
    Value built = built_of(session.vm, one);
    if (!built || !find_derivations(session, built, found)) return false;
  }
  return true;
}

bool drv_paths_of(Session& session, const InstallableOptions& options, std::vector<std::string>& paths) {
  Installables installables(session, options);
  std::vector<FoundDerivation> found;
  for (const std::string& word : options.words) {
    if (!derivations_of(installables, session, word, found)) return false;
  }
  for (const FoundDerivation& derivation : found) {
    if (std::ranges::find(paths, derivation.drv_path) == paths.end()) paths.push_back(derivation.drv_path);
  }
  return true;
}

}  // namespace evalctl::cli
