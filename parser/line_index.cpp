#include <algorithm>

#include "parser/parse.h"

namespace evalctl::parser {

LineIndex::LineIndex(std::string_view text) : starts_{0} {
  if (text.find('\r') == std::string_view::npos) {
    for (std::size_t end = 0; (end = text.find('\n', end)) != std::string_view::npos;) starts_.push_back(static_cast<std::uint32_t>(++end));
    return;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (text[i] == '\n' || (text[i] == '\r' && !crlf)) starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

LineColumn LineIndex::at(std::uint32_t offset) const {
  auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  auto line = static_cast<std::uint32_t>(next - starts_.begin());
  return {line, offset - *(next - 1) + 1};
}

}  // namespace evalctl::parser
