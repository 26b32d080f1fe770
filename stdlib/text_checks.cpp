#include "stdlib/text_checks.h"

namespace evalctl::stdlib {

bool check_no_nul(evaluator::Vm& vm, std::string_view text, std::string_view where) {
  if (!text.contains('\0')) return true;
  std::string shown;
  for (char c : text) {
    if (c) shown += c;
    else shown += "␀";
  }
  vm.fail_other("{}input string '{}' cannot be represented as Nix string because it contains null bytes", where, shown);
  return false;
}

}  // namespace evalctl::stdlib
