#include "stdlib/text_checks.h"

namespace evalctl::stdlib {

std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  unsigned c = byte(0);
  if (c < 0x80) return 1;
  std::size_t length = c >= 0xf0 && c <= 0xf4 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  if ((c == 0xe0 && byte(1) < 0xa0) || (c == 0xed && byte(1) > 0x9f) || (c == 0xf0 && byte(1) < 0x90) || (c == 0xf4 && byte(1) > 0x8f)) return 0;
  return length;
}

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
