// DocBook, in which nixpkgs described options until 2022.
#pragma once
#include <string>
#include <string_view>

namespace evalctl::lsp {

// Whether a text has elements of DocBook.
bool is_docbook(std::string_view text);
// As Markdown. Elements that are unknown stay as they are written.
std::string from_docbook(std::string_view text);

}  // namespace evalctl::lsp
