// `evalctl fmt`: the standard format.
#include <fmt/core.h>

#include <cstdio>
#include <string>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "formatter/format.h"

namespace evalctl::cli {

int run_fmt(Words words) {
  formatter::Options options;
  std::vector<std::string> paths;
  std::string width, indent;
  if (!parse_options(words, {text("-w|--width", width), text("-i|--indent", indent), flag("-s|--strict", options.strict)}, paths)) return 2;
  if (!width.empty()) options.width = static_cast<std::uint32_t>(std::stoul(width));
  if (!indent.empty()) options.indent = static_cast<std::uint32_t>(std::stoul(indent));
  for (const std::string& path : paths) {
    auto text = base::read_file(path == "-" ? "/dev/stdin" : path);
    if (!text) return 2;
    auto result = formatter::format(*text, options);
    if (!result.diagnostics.empty()) {
      fmt::print(stderr, "{}: {}\n", path, result.diagnostics[0].message);
      continue;
    }
    if (path == "-") fmt::print("{}", result.text);
    else if (result.text != *text) {
      fmt::print("{}\n", path);
      (void)base::write_file_atomically(path, result.text);
    }
  }
  return 0;
}

}  // namespace evalctl::cli
