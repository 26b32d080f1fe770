#include "parser/parser.h"

namespace evalctl::parser {

void check(const Tree& tree, std::vector<Diagnostic>& diagnostics) {}

}  // namespace evalctl::parser
