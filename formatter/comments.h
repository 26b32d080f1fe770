// What comments become: the text of a comment in the standard's form.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::formatter {

// White space as the standard counts it: the ASCII kinds, U+00A0 and Unicode's space separators.
std::string_view strip(std::string_view text);
std::string_view strip_start(std::string_view text);
std::string_view strip_end(std::string_view text);
// Bytes of the white space at the start of `text`.
std::size_t leading_space(std::string_view text);
bool only_spaces(std::string_view text);

// The 1-based column of `offset`, in code points, where a tab reaches to the next multiple of 8.
std::uint32_t column_of(std::string_view text, std::size_t offset);

struct BlockComment {
  bool is_doc = false;
  // Without delimiters, common indentation, a leading column of stars, and blank lines at both ends.
  std::vector<std::string> lines;
};

// `comment` with its delimiters; it begins at the 1-based `column`.
BlockComment parse_block_comment(std::string_view comment, std::uint32_t column);

// Whether the content of a comment may name the language of the string behind it.
bool is_language_name(std::string_view content);

}  // namespace evalctl::formatter
