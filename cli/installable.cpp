#include "cli/installable.h"

#include <algorithm>
#include <filesystem>

#include "store/store_path.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

// The value that `word` selects in --file or --expr, or in the file it names.
Value value_of(Session& session, const InstallableOptions& options, const std::string& word) {
  if (options.has_expression || !options.file.empty()) {
    Value root = options.has_expression  ? session.evaluate_expression(options.expression)
                 : options.file == "-" ? session.evaluate_standard_input()
                                       : session.evaluate_file(options.file);
    return root ? session.select(root, word) : Value();
  }
  std::size_t hash = word.rfind('#');
  std::string file = word.substr(0, hash), attribute = hash == word.npos ? "" : word.substr(hash + 1);
  std::error_code error;
  if (file.empty() || !(file.starts_with('<') || std::filesystem::exists(file, error))) {
    return session.vm.fail_other("'{}' names neither a derivation of the store nor a file; attributes go with --file or --expr", word);
  }
  Value root = session.evaluate_file(file);
  return root ? session.select(root, attribute) : Value();
}

}  // namespace

void InstallableOptions::add_to(std::vector<Option>& options) {
  options.push_back(text("-f|--file", file));
  options.push_back({"-E|--expr", 1, [this](auto v) { expression = v[0]; has_expression = true; }});
  options.push_back(texts("-A|--attr", attributes));
}

bool derivations_of(Session& session, const InstallableOptions& options, const std::string& word, std::vector<FoundDerivation>& found) {
  std::string path = word.substr(0, word.find_first_of("^!"));
  if (path.ends_with(".drv") && store::is_store_path(path)) {
    found.push_back({path, "out"});
    return true;
  }
  Value value = value_of(session, options, word);
  return value && find_derivations(session, value, found);
}

bool drv_paths_of(Session& session, const InstallableOptions& options, const std::vector<std::string>& words, std::vector<std::string>& paths) {
  std::vector<std::string> all = options.attributes;
  all.insert(all.end(), words.begin(), words.end());
  if (all.empty()) all.push_back(options.has_expression || !options.file.empty() ? "" : "default.nix");
  std::vector<FoundDerivation> found;
  for (const std::string& word : all) {
    if (!derivations_of(session, options, word, found)) return false;
  }
  for (const FoundDerivation& derivation : found) {
    if (std::find(paths.begin(), paths.end(), derivation.drv_path) == paths.end()) paths.push_back(derivation.drv_path);
  }
  return true;
}

}  // namespace evalctl::cli
