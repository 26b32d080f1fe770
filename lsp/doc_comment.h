// The comment that documents a binding: `/** ... */` of RFC 145, else the `/* */` or `#` comments right above it.
#pragma once
#include <string>

#include "lsp/values.h"

namespace evalctl::lsp {

// As Markdown, without the comment signs; "" when there is none. `attribute` is the name in a binding, or a formal.
std::string doc_comment(const Place& attribute);

}  // namespace evalctl::lsp
