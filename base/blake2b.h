// BLAKE2b (RFC 7693) with a result of 64 bytes and without a key. What libcrypto takes to get ready is longer than a start of the
// program may take.
#pragma once
#include <array>
#include <string_view>

namespace evalctl::base {

std::array<unsigned char, 64> blake2b(std::string_view bytes);

}  // namespace evalctl::base
