// Hashes and their spellings: base16, Nix's base32, base64, SRI.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evalctl::base {

enum class HashAlgorithm : std::uint8_t { Md5, Sha1, Sha256, Sha512, Blake3 };

std::string_view name_of(HashAlgorithm algorithm);
std::optional<HashAlgorithm> algorithm_of(std::string_view name);
// The message about a name that is none's.
std::string unknown_algorithm(std::string_view name);
std::size_t size_of(HashAlgorithm algorithm);

struct Hash {
  HashAlgorithm algorithm = HashAlgorithm::Sha256;
  std::string bytes;  // raw
  std::string base16() const;
  std::string base32() const;
  std::string base64() const;
  // "sha256-<base64>"
  std::string sri() const;
};

// Hashes what is written to it, piece by piece.
class HashSink {
 public:
  explicit HashSink(HashAlgorithm algorithm);
  ~HashSink();
  HashSink(const HashSink&) = delete;
  HashSink& operator=(const HashSink&) = delete;
  void write(std::string_view bytes);
  Hash finish();

 private:
  // Enough for libcrypto's state of a SHA-256, which most hashes are: they need no memory of their own.
  static constexpr std::size_t kDirectBytes = 112;
  HashAlgorithm algorithm_;
  void* state_;  // a Blake3 or one of libcrypto's; null: it is `direct_`
  alignas(8) unsigned char direct_[kDirectBytes];
};

// 16 bytes of BLAKE2b: a key for caches. Four times as fast as SHA-256 without instructions for it, and needs no library.
std::string cache_hash(std::string_view bytes);

Hash hash_bytes(HashAlgorithm algorithm, std::string_view bytes);

// Nix's base32: most significant digit first, alphabet without e, o, t, u.
std::string to_base32(std::string_view bytes);

// Folds by XOR to `size` bytes.
std::string compress(std::string_view bytes, std::size_t size);

// Reads `text` as SRI, `algorithm:digits` or plain digits (base16, base32 or base64, told by their length). Without an
// algorithm in the text, `algorithm` says which; one of the two must.
Result<Hash> parse_hash(std::string_view text, std::optional<HashAlgorithm> algorithm);

}  // namespace evalctl::base
