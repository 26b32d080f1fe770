// A text that reads as a derivation is written to a text that reads as the same one, and is written the same again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/derivation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace evalctl::store;
  auto first = parse_aterm({reinterpret_cast<const char*>(data), size});
  if (!first) {
    if (first.error().message.empty()) std::abort();
    return 0;
  }
  // It is written as it is, as Nix does: with these in it, it reads as another one.
  if (first->system.find_first_of("\"\\\n\r\t") != std::string::npos) return 0;
  std::string text = to_aterm(*first);
  auto second = parse_aterm(text);
  if (!second || to_aterm(*second) != text) std::abort();
  if (second->env != first->env || second->args != first->args || second->input_srcs != first->input_srcs) std::abort();
  return 0;
}
