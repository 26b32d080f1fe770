// `evalctl fmt`: the standard format. And `nixfmt`, the same by the name and with the options of the standard's own program.
#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <string>

#include "cli/commands.h"
#include "cli/fmt_plan.h"
#include "cli/options.h"

namespace evalctl::cli {
namespace {

constexpr std::string_view kUsage = R"(usage: evalctl fmt [OPTION...] PATH...

Formats Nix files in the standard format (RFC 166). A folder stands for all .nix files below it that git does not ignore;
`-` stands for standard input, formatted to standard output. Prints the names of the files that it changes.

  --check                 change nothing; print what is not formatted. Exit status 1 if there is such a file
  --diff                  change nothing; print what would change as a unified diff. Exit status as for --check
  --json                  print a line of JSON for each file that changes or fails, with its edits and diagnostics
  --staged                format what is staged in git: the index and, where nothing else changed, the working tree
  --range L:C-L:C         only the parts that lie in this range (lines and columns from 1, the end not included)
  --stdin-filepath PATH   the name of standard input, for messages and settings; means `-`
  --exclude PATTERN       leave out what matches, as a line of .gitignore would; may be repeated
  --no-ignore             do not read .gitignore
  --no-config             do not read evalctl.toml and .editorconfig
  -w, --width N           columns of a line, its indentation left out (100)
  -i, --indent N          columns of one step of indentation (2)
  -s, --strict            do not look at how the input breaks its lines
  --verify                check the result; this is always done
  -j, --jobs N            threads (one for each processor)
  -q, --quiet             print neither names nor errors
  --mergetool BASE LOCAL REMOTE MERGED
                          merge as git's merge tool: all versions formatted first, the result too

Exit status: 0 all is well, 1 --check or --diff found something, 2 something failed.
)";

constexpr std::string_view kNixfmtUsage = R"(usage: nixfmt [OPTION...] [FILE...]

Formats Nix files in place, or standard input (`-`) to standard output.

  -w, --width=INT       maximum width in characters (100)
      --indent=INT      number of spaces to use for indentation (2)
  -c, --check           check whether files are formatted without modifying them
  -m, --mergetool       run as git's merge tool: BASE LOCAL REMOTE MERGED
  -q, --quiet           do not report errors
  -s, --strict          do not look at how the input breaks its lines
  -v, --verify          check the result; this is always done
  -f, --filename=ITEM   the name of standard input in messages
  -?, --help            show this
  -V, --version         show the version
      --numeric-version show only its number
)";

constexpr std::string_view kNixfmtVersion = "1.4.0";

// What options hold as texts.
struct OptionTexts {
  std::string width, indent, jobs, range;
  std::vector<std::string> exclude;
  bool strict = false, help = false, no_config = false, no_ignore = false, verify = false;
};

bool read_number(std::string_view name, const std::string& word, std::optional<std::uint32_t>& out) {
  constexpr std::uint32_t kMost = 1'000'000;
  if (word.empty()) return true;
  std::uint32_t value = 0;
  // nixfmt understands `-w=80`.
  const char* begin = word.data() + word.starts_with('=');
  auto [end, error] = std::from_chars(begin, word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value > kMost) {
    fmt::print(stderr, "error: '{}' is no number for {}\n", word, name);
    return false;
  }
  out = value;
  return true;
}

// "3:1-5:10"
std::optional<TextRange> parse_range(const std::string& word) {
  TextRange range{};
  std::uint32_t* numbers[] = {&range.first_line, &range.first_column, &range.last_line, &range.last_column};
  constexpr char kSeparators[] = {':', '-', ':', '\0'};
  const char* position = word.c_str();
  for (int i = 0; i < 4; ++i) {
    auto [end, error] = std::from_chars(position, word.c_str() + word.size(), *numbers[i]);
    if (error != std::errc() || *end != kSeparators[i] || *numbers[i] == 0) return std::nullopt;
    position = end + 1;
  }
  return range;
}

bool complete(const OptionTexts& words, FormatPlan& plan) {
  std::optional<std::uint32_t> threads;
  if (!read_number("--width", words.width, plan.overrides.width)) return false;
  if (!read_number("--indent", words.indent, plan.overrides.indent)) return false;
  if (!read_number("--jobs", words.jobs, threads)) return false;
  plan.threads = threads.value_or(0);
  if (words.strict) plan.overrides.strict = true;
  for (const std::string& pattern : words.exclude) plan.exclude.add(pattern);
  if (!words.range.empty()) {
    plan.range = parse_range(words.range);
    if (!plan.range) fmt::print(stderr, "error: '{}' is no range; it has the form 3:1-5:10\n", words.range);
    return plan.range.has_value();
  }
  return true;
}

// `-cs` is `-c -s`.
std::vector<std::string> separate_flags(Words words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    bool several = word.size() > 2 && word[0] == '-' && word.find_first_not_of("cmqsv", 1) == word.npos;
    if (!several) out.push_back(word);
    for (std::size_t i = 1; several && i < word.size(); ++i) out.push_back({'-', word[i]});
  }
  return out;
}

}  // namespace

int run_fmt(Words words) {
  FormatPlan plan;
  OptionTexts texts_of;
  std::vector<Option> options = {
      text("-w|--width", texts_of.width), text("-i|--indent", texts_of.indent), flag("-s|--strict", texts_of.strict),
      flag("-c|--check", plan.check), flag("--diff", plan.diff), flag("--json", plan.json), flag("-q|--quiet", plan.quiet),
      flag("--staged", plan.staged), flag("--verify", texts_of.verify), text("--stdin-filepath", plan.stdin_path),
      text("--range", texts_of.range), texts("--exclude", texts_of.exclude), flag("--no-ignore", plan.use_ignore_files, false),
      flag("--no-config", plan.use_settings, false), text("-j|--jobs", texts_of.jobs), flag("--mergetool", plan.mergetool),
      flag("-h|--help", texts_of.help)};
  if (!parse_options(words, options, plan.paths)) return 2;
  if (texts_of.help) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (!complete(texts_of, plan)) return 2;
  if (plan.mergetool) return run_mergetool(plan);
  if (plan.staged) return format_staged(plan);
  if (plan.paths.empty() && !plan.stdin_path.empty()) plan.paths.push_back("-");
  if (plan.paths.empty()) {
    fmt::print(stderr, "error: no files are named; '.' formats all below this folder, '-' standard input\n{}", kUsage);
    return 2;
  }
  if (plan.range && plan.paths.size() > 1) {
    fmt::print(stderr, "error: a range is one of a single file\n");
    return 2;
  }
  return format_paths(plan);
}

int run_nixfmt(Words words) {
  FormatPlan plan;
  plan.as_nixfmt = true;
  plan.use_settings = plan.use_ignore_files = false;
  OptionTexts texts_of;
  bool version = false, numeric_version = false;
  std::vector<Option> options = {
      text("-w|--width", texts_of.width), text("-i|--indent", texts_of.indent), flag("-s|--strict", texts_of.strict),
      flag("-c|--check", plan.check), flag("-m|--mergetool", plan.mergetool), flag("-q|--quiet", plan.quiet),
      flag("-v|--verify", texts_of.verify), text("-f|--filename", plan.stdin_path), flag("-?|-h|--help", texts_of.help),
      flag("-V|--version", version), flag("--numeric-version", numeric_version)};
  if (!parse_options(separate_flags(words), options, plan.paths)) return 1;
  if (texts_of.help || version || numeric_version) {
    if (texts_of.help) fmt::print("{}", kNixfmtUsage);
    else fmt::print("{}{}\n", version ? "nixfmt " : "", kNixfmtVersion);
    return 0;
  }
  if (!complete(texts_of, plan)) return 1;
  if (plan.mergetool) return run_mergetool(plan);
  if (plan.paths.empty()) plan.paths.push_back("-");
  return format_paths(plan);
}

}  // namespace evalctl::cli
