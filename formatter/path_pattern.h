// Patterns of paths, as .gitignore and .editorconfig write them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::formatter {

// Whether `path` matches `pattern`: `*` and `?` stand for anything but `/`, `**` between slashes for any folders, `[a-z]`
// and `[!a-z]` for one character, `\` takes the meaning from the next one. Cost: quadratic at worst.
bool matches_glob(std::string_view pattern, std::string_view path);

// The lines of one .gitignore, with git's meaning: the last that matches decides.
class IgnorePatterns {
 public:
  // Adds the lines of `text`; comments and blank lines are skipped.
  void add(std::string_view text);
  bool empty() const { return patterns_.empty(); }

  enum class Verdict { None, Ignored, Kept };
  // `path` is relative to the folder of the patterns, with `/`.
  Verdict judge(std::string_view path, bool is_folder) const;

 private:
  struct Pattern {
    std::string glob;
    bool negated;
    bool folders_only;
    // The glob is for the name alone, wherever that is.
    bool by_name;
  };
  void add_line(std::string_view line);

  std::vector<Pattern> patterns_;
};

// The patterns that `pattern` stands for: `{a,b}` and `{1..3}` expanded, as .editorconfig has them.
std::vector<std::string> expand_braces(std::string_view pattern);

}  // namespace evalctl::formatter
