#include "base/blake3.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace evalctl::base {
namespace {

static_assert(std::endian::native == std::endian::little);

// What a block is: the first or last of a chunk, two results joined, or the last of all.
constexpr std::uint32_t kFirst = 1, kLast = 2, kParent = 4, kRoot = 8;

using Word = std::uint32_t;

[[gnu::always_inline]] inline void mix(Word& a, Word& b, Word& c, Word& d, Word x, Word y) {
  a += b + x;
  d = std::rotr(d ^ a, 16);
  c += d;
  b = std::rotr(b ^ c, 12);
  a += b + y;
  d = std::rotr(d ^ a, 8);
  c += d;
  b = std::rotr(b ^ c, 7);
}

}  // namespace

Blake3::Words Blake3::compress(const Words& chain, const std::uint32_t (&block)[16], std::uint64_t number, std::uint32_t size, std::uint32_t flags) {
  constexpr int kRounds = 7;
  constexpr std::uint8_t kOrder[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
  Word v[16], m[16], next[16];
  std::ranges::copy(chain, v);
  std::copy_n(kStart.begin(), 4, v + 8);
  v[12] = static_cast<Word>(number);
  v[13] = static_cast<Word>(number >> 32);
  v[14] = size;
  v[15] = flags;
  std::ranges::copy(block, m);
  for (int round = 0; round < kRounds; ++round) {
    mix(v[0], v[4], v[8], v[12], m[0], m[1]);
    mix(v[1], v[5], v[9], v[13], m[2], m[3]);
    mix(v[2], v[6], v[10], v[14], m[4], m[5]);
    mix(v[3], v[7], v[11], v[15], m[6], m[7]);
    mix(v[0], v[5], v[10], v[15], m[8], m[9]);
    mix(v[1], v[6], v[11], v[12], m[10], m[11]);
    mix(v[2], v[7], v[8], v[13], m[12], m[13]);
    mix(v[3], v[4], v[9], v[14], m[14], m[15]);
    for (int i = 0; i < 16; ++i) next[i] = m[kOrder[i]];
    std::ranges::copy(next, m);
  }
  Words result;
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = v[i] ^ v[i + 8];
  return result;
}

Blake3::Words Blake3::join(const Words& left, const Words& right, std::uint32_t flags) {
  std::uint32_t block[16];
  std::ranges::copy(left, block);
  std::ranges::copy(right, block + left.size());
  return compress(kStart, block, 0, kBlock, kParent | flags);
}

// The block at hand, which is empty afterwards.
Blake3::Words Blake3::take_block(std::uint32_t flags) {
  if (used_ <= kBlock) flags |= kFirst;
  std::uint32_t words[16];
  std::memcpy(words, block_, kBlock);
  Words result = compress(chain_, words, chunk_, static_cast<std::uint32_t>(in_block_), flags);
  std::memset(block_, 0, kBlock);
  in_block_ = 0;
  return result;
}

// Joins trees that are as large as each other, of which there is one for each 0 at the end of the number of chunks.
void Blake3::end_chunk() {
  Words whole = take_block(kLast);
  for (std::uint64_t chunks = ++chunk_; chunks % 2 == 0; chunks /= 2) whole = join(trees_[--depth_], whole, 0);
  trees_[depth_++] = whole;
  chain_ = kStart;
  used_ = 0;
}

// The last block of a chunk, and the last chunk, wait for what follows: only then is it known that they are not the end.
void Blake3::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (used_ == kChunk) end_chunk();
    else if (in_block_ == kBlock) chain_ = take_block(0);
    std::size_t part = std::min(bytes.size(), kBlock - in_block_);
    std::memcpy(block_ + in_block_, bytes.data(), part);
    in_block_ += part;
    used_ += part;
    bytes.remove_prefix(part);
  }
}

std::array<unsigned char, 32> Blake3::finish() {
  Words whole = take_block(depth_ == 0 ? kLast | kRoot : kLast);
  while (depth_ != 0) {
    const Words& left = trees_[--depth_];
    whole = join(left, whole, depth_ == 0 ? kRoot : 0);
  }
  std::array<unsigned char, 32> result;
  std::memcpy(result.data(), whole.data(), sizeof whole);
  return result;
}

}  // namespace evalctl::base
