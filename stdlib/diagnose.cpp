#include "stdlib/diagnose.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

constexpr ErrorCode kCodes[] = {
#define DIAGNOSTIC(code, name, explanation, example) {#code, #name, explanation, example},
#include "stdlib/diagnostics.def"
};

std::string_view code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Syntax: return "E001";
    case ErrorKind::Undefined: return "E010";
    case ErrorKind::MissingAttribute: return "E011";
    case ErrorKind::Call: return "E012";
    case ErrorKind::MissingArgument: return "E013";
    case ErrorKind::UnexpectedArgument: return "E014";
    case ErrorKind::Type: return "E015";
    case ErrorKind::Coercion: return "E016";
    case ErrorKind::InfiniteRecursion: return "E017";
    case ErrorKind::Assertion: return "E018";
    case ErrorKind::Throw: return "E019";
    case ErrorKind::Abort: return "E020";
    case ErrorKind::StackOverflow: return "E026";
    case ErrorKind::SearchPath: return "E027";
    case ErrorKind::Other: return "E030";
  }
  return "E030";
}

// Errors of builtins that have no kind of their own, by words of their messages.
struct Words { std::string_view words, code, help; };
constexpr Words kWords[] = {
    {"division by zero", "E037", "handle 0 first: `if n == 0 then … else …`"},
    {"integer overflow", "E037", "integers have 64 bits; a float takes more, less exactly: `1.0 * n`"},
    {"is not in the range of NixInt", "E037", "integers have 64 bits"},
    {"called with index", "E038", "elements are counted from 0; ask for the number of them: `builtins.length list`"},
    {"called on an empty list", "E038", "handle the empty list first: `if list == [ ] then … else …`"},
    {"negative start position", "E038", "positions are counted from 0"},
    {"failed to parse JSON", "E039", "JSON has no comments and no comma behind the last element, and its names stand in double quotes"},
    {"while parsing TOML", "E039", "TOML has `name = value` on lines of their own, texts in double quotes"},
    {"invalid regular expression", "E039", "close all brackets and parentheses; `\\\\` before a character takes it as it is"},
    {"in pure evaluation mode", "E040", "use an input of the flake or a file inside of it; `--impure` allows it nevertheless"},
    {"in restricted mode", "E040", "what lies in the search path may be read, and what `allowed-uris` names"},
    {"to override)", "E040", "use an input of the flake or a file inside of it; `--impure` allows it nevertheless"},
    {"does not exist", "E041", "create the file, or correct its name; in a flake also `git add` it"},
    {"opening file", "E041", "create the file, or correct its name; in a flake also `git add` it"},
    {"No such file or directory", "E041", "create the file, or correct its name; in a flake also `git add` it"},
    {"unable to download", "E042", "check the address and the network"},
    {"unable to fetch", "E042", "check the address and the network"},
};

const Words* row_of(const EvalError& error) {
  if (error.kind != ErrorKind::Other) return nullptr;
  auto row = std::find_if(std::begin(kWords), std::end(kWords), [&](const Words& w) { return error.message.contains(w.words); });
  return row == std::end(kWords) ? nullptr : row;
}

void explain(Diagnosis& d) {
  switch (d.error.kind) {
    case ErrorKind::Undefined:
    case ErrorKind::MissingAttribute: return diagnose_names(d);
    case ErrorKind::MissingArgument:
    case ErrorKind::UnexpectedArgument:
    case ErrorKind::Call: return diagnose_calls(d);
    case ErrorKind::Type:
    case ErrorKind::Coercion: return diagnose_types(d);
    case ErrorKind::Syntax: return diagnose_syntax(d);
    case ErrorKind::InfiniteRecursion: return diagnose_recursion(d);
    case ErrorKind::SearchPath: d.out.help = "add it with -I name=path, or to NIX_PATH"; return;
    case ErrorKind::StackOverflow: d.out.help = "look for a recursion that does not come to an end"; return;
    default: return;
  }
}

bool has_file(std::string_view folder, const char* name) { return access((std::string(folder) + name).c_str(), F_OK) == 0; }

// Folders that the user calls his own.
std::vector<std::string>& user_roots() {
  static std::vector<std::string> roots;
  return roots;
}

// nixpkgs, its lib alone, home-manager, flake-parts.
bool is_library_root(std::string_view folder) {
  return (has_file(folder, "/lib/modules.nix") && has_file(folder, "/lib/fixed-points.nix")) ||
         (has_file(folder, "/modules.nix") && has_file(folder, "/fixed-points.nix")) ||
         (has_file(folder, "/modules/home-environment.nix") && has_file(folder, "/modules/lib/stdlib-extended.nix")) ||
         (has_file(folder, "/lib/modules.nix") && has_file(folder, "/nixos/modules/module-list.nix")) ||
         has_file(folder, "/modules/perSystem.nix");
}

}  // namespace

const ErrorCode* find_error_code(std::string_view code) {
  auto it = std::find_if(std::begin(kCodes), std::end(kCodes), [&](const ErrorCode& c) { return c.code == code; });
  return it == std::end(kCodes) ? nullptr : &*it;
}

std::span<const ErrorCode> error_codes() { return kCodes; }

void add_user_root(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  user_roots().push_back(std::move(folder));
}

bool is_library_file(std::string_view path) {
  for (const std::string& root : user_roots())
    if (path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/')) return false;
  if (path.starts_with('<') || path.starts_with("/nix/store/") || path.starts_with("«flakes-")) return true;
  if (!path.starts_with('/')) return false;  // «string», «stdin»
  thread_local std::map<std::string, bool, std::less<>> known;
  std::string_view folder = path.substr(0, path.rfind('/'));
  if (auto it = known.find(folder); it != known.end()) return it->second;
  bool library = false;
  for (std::string_view f = folder; !f.empty() && !library; f = f.substr(0, f.rfind('/'))) library = is_library_root(f);
  return known[std::string(folder)] = library;
}

base::Diagnostic diagnose(Vm& vm, bool* depends) {
  Diagnosis d(vm);
  const Words* row = row_of(d.error);
  d.out.code = row ? row->code : code_of(d.error.kind);
  d.out.message = d.error.message;
  if (!diagnose_modules(d) && !diagnose_flakes(d)) {
    d.point();
    diagnose_blame(d);
    explain(d);
    diagnose_packages(d);
    diagnose_context(d);
    diagnose_files(d);
  }
  if (!d.places.empty() && (!d.out.primary || is_library_file(d.out.primary->range.file) || d.only_led())) diagnose_by_names(d);
  if (row && d.out.help.empty()) d.out.help = row->help;
  if (depends && d.searched_files) *depends = true;
  std::size_t shown = d.out.primary ? 1 + d.out.labels.size() : 0;
  auto frames = static_cast<std::size_t>(std::count_if(d.error.frames.begin(), d.error.frames.end(), [](const Frame& f) { return !f.text.empty(); }));
  frames += d.error.dropped_frames;
  d.out.message = base::without_escapes(d.out.message);
  for (std::string& note : d.out.notes) note = base::without_escapes(note);
  d.out.hidden_frames = frames > shown ? frames - shown : 0;
  return std::move(d.out);
}

}  // namespace evalctl::stdlib
