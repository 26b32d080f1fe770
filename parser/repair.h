// One mistake, one message: finds the small change of a broken text behind which it reads on longest.
//
// At the first syntax error, changes of one token around it are tried, each by parsing again up to the next error. The one
// that gets furthest is made, in a copy of the text, and the search goes on from there. The tree is that of the changed
// text brought back to the places of the real one: what was inserted has no tokens (a name becomes an Error node), what
// was removed is an Invalid token. Large files, and mistakes that no change cures, are left to the parser's own recovery.
#pragma once
#include <string_view>

#include "parser/changes.h"
#include "parser/parse.h"

namespace evalctl::parser {

// Whether Nix's grammar forbids what a diagnostic is about, so that everything behind it may be misread.
bool is_syntax_error(const Diagnostic& diagnostic);

// Whether mistakes in `text` are looked for as above: it is not too large.
bool is_repaired(std::string_view text);

// Parses the text of `reading`, which was read up to its first syntax error and no further, as above. Diagnostics are in no
// order, and names are not checked. Cost: bounded by 2 MB of parsing.
ParseResult repair(const ParseOptions& options, Reading reading);

}  // namespace evalctl::parser
