// Small work on text that several layers need.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::base {

// Without the ends of the lines; no line for the end of a text that ends with one.
std::vector<std::string_view> lines_of(std::string_view text);

// Without the colours and other control sequences of terminals, which texts of nixpkgs bring with them.
std::string without_escapes(std::string_view text);

// An absolute path without `.`, `..`, doubled and final slashes. Links are not looked at.
std::string canonical_path(std::string_view path);

// Length of the UTF-8 character at the start of `text`, 0 when it is not valid.
std::size_t utf8_length(std::string_view text);

// JSON and XML are UTF-8, but names of files and texts of programs may be anything: each byte that is none becomes U+FFFD.
std::string as_utf8(std::string text);

// For text and attribute values of XML, in UTF-8; control characters that XML cannot hold are left out.
std::string xml_escaped(std::string_view text);

}  // namespace evalctl::base
