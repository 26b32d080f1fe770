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

void step(Fingerprint& state, const Keys& k, std::uint64_t word) {
  state.low = mix(state.low ^ word, k.factor[0]) + word;
  state.high = mix(state.high + word, k.factor[1]) ^ word;
}

}  // namespace

Fingerprinter::Fingerprinter() : state_{keys().start[0], keys().start[1]} {}

void Fingerprinter::write(std::string_view text) {
  const Keys& k = keys();
  Fingerprint state = state_;
  step(state, k, text.size());
  std::size_t at = 0;
  std::uint64_t word;
  for (; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    step(state, k, word);
  }
  word = 0;
  if (at < text.size()) std::memcpy(&word, text.data() + at, text.size() - at);
  step(state, k, word);
  step(state, k, 0);
  state_ = state;
}

}  // namespace evalctl::base
