// 128-bit fingerprints, to find what was made before of the same texts. Many times faster than a cryptographic hash.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace evalctl::base {

struct Fingerprint {
  std::uint64_t low = 0, high = 0;
  bool operator==(const Fingerprint&) const = default;
};

struct HashFingerprint {
  std::size_t operator()(const Fingerprint& f) const { return f.low; }
};

// Takes one text after another; where one ends and the next begins counts. The keys are random and new in each process, so
// that no one can make texts that meet; by chance two of a million do with a probability below 2^-80. Good within the process
// only.
class Fingerprinter {
 public:
  Fingerprinter();
  void write(std::string_view text);
  Fingerprint finish() const { return state_; }

 private:
  Fingerprint state_;
};

}  // namespace evalctl::base
