// Markdown, as the features write it, for clients that show plain text.
#pragma once
#include <string>
#include <string_view>

namespace evalctl::lsp {

// Without the marks of code, emphasis and addresses. What is code stays as it is.
std::string plain_text(std::string_view markdown);

}  // namespace evalctl::lsp
