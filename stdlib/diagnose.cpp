#include "stdlib/diagnose.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "stdlib/diagnosis.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

constexpr ErrorCode kCodes[] = {
#define DIAGNOSTIC(code, name, explanation, example) {#code, #name, explanation, example},
#include "stdlib/diagnostics.def"
};

// The code of each kind, and what to do where nothing more is known.
struct KindRow { ErrorKind kind; std::string_view code, help = ""; };
constexpr std::string_view kMissingFileHelp = "create the file, or correct its name; in a flake also `git add` it";
constexpr KindRow kKinds[] = {
    {ErrorKind::Syntax, "E001"},
    {ErrorKind::Undefined, "E010"},
    {ErrorKind::MissingAttribute, "E011"},
    {ErrorKind::Call, "E012"},
    {ErrorKind::MissingArgument, "E013"},
    {ErrorKind::UnexpectedArgument, "E014"},
    {ErrorKind::Type, "E015"},
    {ErrorKind::Coercion, "E016"},
    {ErrorKind::InfiniteRecursion, "E017"},
    {ErrorKind::Assertion, "E018"},
    {ErrorKind::Throw, "E019"},
    {ErrorKind::Abort, "E020"},
    {ErrorKind::StackOverflow, "E026", "look for a recursion that does not come to an end"},
    {ErrorKind::SearchPath, "E027", "add it with -I name=path, or to NIX_PATH"},
    {ErrorKind::Other, "E030"},
    {ErrorKind::Context, "E032", "it depends on a derivation: `builtins.unsafeDiscardStringContext` drops that, where only the text is needed"},
    {ErrorKind::FileContext, "E032", "write it with `pkgs.writeText`: that makes a derivation, which may refer to others"},
    {ErrorKind::ImportFromDerivation, "E033", "evaluation needs what a derivation builds: build that first, or let a derivation do the work instead of `import` or `readFile`"},
    {ErrorKind::Flake, "E034"},
    {ErrorKind::StoreName, "E030", "names in the store have letters, digits and `+-._?=`, and no dot at their beginning"},
    {ErrorKind::Hash, "E036", "leave the hash empty (`\"\"`) or `lib.fakeHash`, build, and copy the one that is reported"},
    {ErrorKind::HashAlgorithm, "E036", "write `sha256`, `sha512`, `sha1` or `md5`; a hash can also name its own: `sha256-…`"},
    {ErrorKind::DivisionByZero, "E037", "handle 0 first: `if n == 0 then … else …`"},
    {ErrorKind::Overflow, "E037", "integers have 64 bits; a float takes more, less exactly: `1.0 * n`"},
    {ErrorKind::Index, "E038", "elements and positions are counted from 0; ask for their number: `builtins.length list`, `builtins.stringLength text`"},
    {ErrorKind::EmptyList, "E038", "handle the empty list first: `if list == [ ] then … else …`"},
    {ErrorKind::Json, "E039", "JSON has no comments and no comma behind the last element, and its names stand in double quotes"},
    {ErrorKind::Toml, "E039", "TOML has `name = value` on lines of their own, texts in double quotes"},
    {ErrorKind::Regex, "E039", "close all brackets and parentheses; `\\\\` before a character takes it as it is"},
    {ErrorKind::Impure, "E040", "use an input of the flake or a file inside of it; `--impure` allows it nevertheless"},
    {ErrorKind::MissingFile, "E041", kMissingFileHelp},
    {ErrorKind::Fetch, "E042", "check the address and the network"},
};

const KindRow& row_of(ErrorKind kind) {
  auto row = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const KindRow& k) { return k.kind == kind; });
  return row == std::end(kKinds) ? row_of(ErrorKind::Other) : *row;
}

// A value in a message takes three lines at most.
void shorten_value(Diagnosis& d) {
  constexpr std::size_t kShort = 200, kLongestLine = 600;
  if (!d.error.culprit.empty()) {
    std::string shown = d.vm.show(d.error.culprit.front());
    std::size_t at = shown.size() > kShort ? d.out.message.find(shown) : d.out.message.npos;
    if (at != d.out.message.npos) d.out.message.replace(at, shown.size(), d.vm.show_briefly(d.error.culprit.front()));
  }
  // Values that a message of the code's own quotes.
  std::string message;
  for (std::string_view line : base::lines_of(d.out.message)) {
    if (!message.empty()) message += '\n';
    std::size_t end = std::min(line.size(), kLongestLine);
    while (end < line.size() && end > 0 && (line[end] & 0xc0) == 0x80) --end;
    message += line.substr(0, end);
    if (end < line.size()) message += " …";
  }
  d.out.message = std::move(message);
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
  if (path.starts_with('<') || path.starts_with("/nix/store/") || path.starts_with("«flakes-") || path.starts_with(kEmbeddedPrefix)) return true;
  if (!path.starts_with('/')) return false;  // «string», «stdin»
  thread_local std::map<std::string, bool, std::less<>> known;
  std::string_view folder = path.substr(0, path.rfind('/'));
  if (auto it = known.find(folder); it != known.end()) return it->second;
  bool library = false;
  for (std::string_view f = folder; !f.empty() && !library; f = f.substr(0, f.rfind('/'))) library = is_library_root(f);
  return known[std::string(folder)] = library;
}

base::Diagnostic diagnose(Vm& vm, Beside* beside) {
  Diagnosis d(vm, beside);
  const KindRow& row = row_of(d.error.kind);
  d.out.code = row.code;
  d.out.message = d.error.message;
  if (!diagnose_modules(d) && !diagnose_flakes(d)) {
    d.point();
    diagnose_blame(d);
    explain(d);
    bool circle = d.error.kind == ErrorKind::InfiniteRecursion;
    if (!circle || !d.out.primary || is_library_file(d.out.primary->range.file)) diagnose_packages(d);
    if (circle) narrow_recursion(d);
    diagnose_context(d);
    diagnose_files(d);
    if (d.error.kind == ErrorKind::Throw || d.error.kind == ErrorKind::Abort || d.error.kind == ErrorKind::Assertion) diagnose_thrown(d);
  }
  if (!d.places.empty() && (!d.out.primary || is_library_file(d.out.primary->range.file) || d.only_led())) diagnose_by_names(d);
  if (!d.error.help.empty()) d.out.help = d.error.help;
  if (d.out.help.empty()) d.out.help = row.help;
  shorten_value(d);
  // Asked for in any case: it says nothing of what fails next.
  bool showed_parts = std::exchange(vm.showed_parts, false);
  if (beside) beside->shows = showed_parts || d.depends_on_others;
  std::size_t shown = d.out.primary ? 1 + d.out.labels.size() : 0;
  auto frames = static_cast<std::size_t>(std::count_if(d.error.frames.begin(), d.error.frames.end(), [](const Frame& f) { return !f.text.empty(); }));
  frames += d.error.dropped_frames;
  d.out.message = base::without_escapes(d.out.message);
  for (std::string& note : d.out.notes) note = base::without_escapes(note);
  d.out.hidden_frames = frames > shown ? frames - shown : 0;
  return std::move(d.out);
}

}  // namespace evalctl::stdlib
