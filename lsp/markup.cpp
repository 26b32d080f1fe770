#include "lsp/markup.h"

#include <algorithm>

namespace evalctl::lsp {
namespace {

// A line outside of code: `a`, **a**, *a* and <https://a> become a.
void append_plain(std::string_view line, std::string& out) {
  bool in_code = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string_view rest = line.substr(i);
    bool address = rest.starts_with("<http") && rest.contains('>');
    if (line[i] == '`') {
      in_code = !in_code;
    } else if (!in_code && address) {
      std::size_t end = rest.find('>');
      out += rest.substr(1, end - 1);
      i += end;
    } else if (!in_code && line[i] == '*') {
      // A star with blanks around it is one.
      bool before = i == 0 || line[i - 1] == ' ', behind = i + 1 == line.size() || line[i + 1] == ' ';
      if (before && behind) out += '*';
    } else {
      out += line[i];
    }
  }
}

}  // namespace

std::string plain_text(std::string_view markdown) {
  std::string out;
  bool in_block = false;
  while (!markdown.empty()) {
    std::size_t end = std::min(markdown.find('\n'), markdown.size());
    std::string_view line = markdown.substr(0, end);
    markdown.remove_prefix(std::min(end + 1, markdown.size()));
    if (line.starts_with("```")) {
      in_block = !in_block;
      continue;
    }
    if (in_block) out += line;
    else append_plain(line, out);
    out += '\n';
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace evalctl::lsp
