// BLAKE3 with a result of 32 bytes and without a key, for hashes that a program names: no library of Debian 12 has it.
//
// The text is cut into chunks of 1 KiB, the leaves of a tree. Whole trees of chunks stand on a stack, one for each 1 in the binary number of
// chunks so far, the largest first.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace evalctl::base {

class Blake3 {
 public:
  void write(std::string_view bytes);
  std::array<unsigned char, 32> finish();

 private:
  using Words = std::array<std::uint32_t, 8>;
  static constexpr std::size_t kBlock = 64, kChunk = 1024, kDeepest = 54;
  static constexpr Words kStart = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

  static Words compress(const Words& chain, const std::uint32_t (&block)[16], std::uint64_t number, std::uint32_t size, std::uint32_t flags);
  static Words join(const Words& left, const Words& right, std::uint32_t flags);
  Words take_block(std::uint32_t flags);
  void end_chunk();

  Words chain_ = kStart;  // of the chunk at hand
  std::uint64_t chunk_ = 0;  // its number
  std::size_t used_ = 0;  // bytes of it so far, those in `block_` included
  char block_[kBlock] = {};
  std::size_t in_block_ = 0;
  std::array<Words, kDeepest> trees_;
  std::size_t depth_ = 0;
};

}  // namespace evalctl::base
