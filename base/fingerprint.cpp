#include "base/fingerprint.h"

#include <cstring>
#include <random>

namespace evalctl::base {
namespace {

struct Keys {
  std::uint64_t start[2], factor[2];
  Keys() {
    std::random_device device;
    auto word = [&] { return std::uint64_t(device()) << 32 | device(); };
    for (std::uint64_t& s : start) s = word();
    for (std::uint64_t& f : factor) f = word() | 1;
  }
};

const Keys& keys() {
  static const Keys made;
  return made;
}

// The full product, folded to one word.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

void step(Fingerprint& state, const Keys& k, std::uint64_t first, std::uint64_t second) {
  state.low = mix(state.low ^ first, k.factor[0] ^ second) + first;
  state.high = mix(state.high + second, k.factor[1] ^ first) ^ second;
}

}  // namespace

Fingerprinter::Fingerprinter() : state_{keys().start[0], keys().start[1]} {}

void Fingerprinter::write(std::string_view text) {
  const Keys& k = keys();
  Fingerprint state = state_;
  std::size_t at = 0;
  std::uint64_t words[2];
  for (; at + sizeof words <= text.size(); at += sizeof words) {
    std::memcpy(words, text.data() + at, sizeof words);
    step(state, k, words[0], words[1]);
  }
  words[0] = words[1] = 0;
  if (at < text.size()) std::memcpy(words, text.data() + at, text.size() - at);
  step(state, k, words[0], words[1]);
  step(state, k, text.size(), 0);
  state_ = state;
}

}  // namespace evalctl::base
