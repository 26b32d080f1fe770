// Files that are not there.
#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "evaluator/operations.h"
#include "stdlib/diagnosis.h"
#include "stdlib/diagnose.h"

namespace evalctl::stdlib {
namespace {

using base::SourceRange;
using parser::NodeKind;

// The names in the folder that a slip may have been meant for.
void near_files(Diagnosis& d, const std::string& missing) {
  std::size_t slash = missing.rfind('/');
  std::error_code failure;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(missing.substr(0, slash + 1), failure)) names.push_back(entry.path().filename());
  std::string wanted = missing.substr(slash + 1);
  auto near = base::near_names(wanted, {names.begin(), names.end()});
  if (near.empty()) {
    d.out.help = "create the file, or correct its name; in a flake also `git add` it";
    return;
  }
  d.out.help = fmt::format("did you mean `{}`?", near[0]);
  SourceRange r = d.out.primary->range;
  std::string written(r.text.substr(r.begin, r.end - r.begin));
  if (!written.ends_with(wanted)) return;
  written.replace(written.size() - wanted.size(), wanted.size(), near[0]);
  d.add_fix(r, written, fmt::format("write `{}`", written));
}

// "string 'hardware.nix' doesn't represent an absolute path": the string in the user's text.
void relative_string(Diagnosis& d) {
  std::size_t quote = d.error.message.find('\'');
  std::string wanted = d.error.message.substr(quote + 1, d.error.message.rfind("' doesn't") - quote - 1);
  for (std::uint32_t number : d.user_files()) {
    const parser::Tree& t = d.tree(number);
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      if (t.kind({i}) != NodeKind::String || t.size({i}) > 1 || t.text({i}) != "\"" + wanted + "\"") continue;
      d.set_primary(d.range_of(number, parser::NodeId{i}), "this string");
      d.out.labels.clear();
      d.out.help = "write a path, without quotes";
      std::string better = (wanted.starts_with("./") || wanted.starts_with("../") ? "" : "./") + wanted;
      if (wanted.empty() || wanted.find_first_of(" :$") != wanted.npos) return;
      d.out.help = fmt::format("write a path, without quotes: `{}`", better);
      return d.add_fix(d.out.primary->range, better, d.out.help);
    }
  }
  d.out.help = "begin with a path, which stands for a place beside this file: `./. + \"/name\"`, or `./${name}`";
}

// Older module systems read the text that stands where a set of options belongs as the path of a module.
bool text_as_module(Diagnosis& d, const std::string& missing) {
  bool modules = !d.places.empty() && d.file(d.places.front()).path.ends_with("/lib/modules.nix");
  if (!modules) return false;
  std::optional<SourceRange> found;
  d.each_user_file([&](std::uint32_t number) {
    const parser::Tree& t = d.tree(number);
    for (std::uint32_t i = 1; i < t.node_count() && !found; ++i)
      if (t.kind({i}) == NodeKind::String && t.text({i}) == fmt::format("\"{}\"", missing)) found = d.range_of(number, parser::NodeId{i});
    return found.has_value();
  });
  if (!found) return false;
  d.set_primary(*found, "this string");
  d.out.labels.clear();
  d.out.help = "the module system takes a string for the path of a module: where options are set write `{ name = value; }`";
  return true;
}

}  // namespace

void diagnose_files(Diagnosis& d) {
  constexpr std::string_view kUntracked = " is not tracked by Git.";
  if (std::size_t at = d.error.message.find(kUntracked); at != std::string::npos && d.error.message.starts_with("Path '")) {
    std::string_view file = std::string_view(d.error.message).substr(6, d.error.message.find('\'', 6) - 6);
    d.out.message = d.error.message.substr(0, at + kUntracked.size() - 1);
    d.out.help = fmt::format("`git add {}`; or ask for the folder as `path:…`, which takes files that git does not know, too", file);
  }
  if (d.error.message.starts_with("string '") && d.error.message.contains("doesn't represent an absolute path")) return relative_string(d);
  if (!d.error.message.starts_with("path '") || !d.error.message.contains("does not exist")) return;
  std::string missing = d.error.message.substr(6, d.error.message.find('\'', 6) - 6);
  if (text_as_module(d, missing)) return;
  const auto& files = d.vm.program().files;
  for (std::uint32_t number : d.user_files()) {
    const parser::Tree& t = d.tree(number);
    for (std::uint32_t i = 1; i < t.node_count(); ++i) {
      if (t.kind({i}) != NodeKind::Path || t.size({i}) > 1) continue;
      if (evaluator::canonical_path(evaluator::absolute_path(t.text({i}), files[number].directory)) != missing) continue;
      d.set_primary(d.range_of(number, parser::NodeId{i}), "there is no such file");
      d.out.labels.clear();
      return near_files(d, missing);
    }
  }
}

}  // namespace evalctl::stdlib
