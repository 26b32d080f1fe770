#include "base/hash.h"

#include <dlfcn.h>
#include <fmt/core.h>
// The functions of one algorithm are to be replaced by those for all, which take longer for a short text than its hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "base/blake2b.h"
#include "base/blake3.h"

namespace evalctl::base {
namespace {

constexpr std::string_view kBase32 = "0123456789abcdfghijklmnpqrsvwxyz";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The functions of libcrypto. It is loaded with the first hash: formatting needs none, and takes less time than loading.
struct Crypto {
  decltype(&EVP_MD_CTX_new) new_state;
  decltype(&EVP_MD_CTX_free) free_state;
  decltype(&EVP_DigestInit_ex2) begin;
  decltype(&EVP_DigestUpdate) update;
  decltype(&EVP_DigestFinal_ex) finish;
  decltype(&EVP_EncodeBlock) to_base64;
  decltype(&EVP_MD_fetch) fetch;
  // Null in a library that was built without them.
  decltype(&SHA256_Init) sha256_begin;
  decltype(&SHA256_Update) sha256_update;
  decltype(&SHA256_Final) sha256_finish;
  bool has_sha256() const { return sha256_begin && sha256_update && sha256_finish; }
};

Crypto load_crypto() {
  void* library = dlopen(EVALCTL_LIBCRYPTO, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    // Nothing that hashes can go on, and no caller can mend it.
    fmt::print(stderr, "error: cannot load {}: {}\n", EVALCTL_LIBCRYPTO, dlerror());
    std::exit(1);
  }
  Crypto crypto{};
  auto bind = [&]<class Function>(Function& function, const char* name) { function = reinterpret_cast<Function>(dlsym(library, name)); };
  bind(crypto.new_state, "EVP_MD_CTX_new");
  bind(crypto.free_state, "EVP_MD_CTX_free");
  bind(crypto.begin, "EVP_DigestInit_ex2");
  bind(crypto.update, "EVP_DigestUpdate");
  bind(crypto.finish, "EVP_DigestFinal_ex");
  bind(crypto.to_base64, "EVP_EncodeBlock");
  bind(crypto.fetch, "EVP_MD_fetch");
  bind(crypto.sha256_begin, "SHA256_Init");
  bind(crypto.sha256_update, "SHA256_Update");
  bind(crypto.sha256_finish, "SHA256_Final");
  return crypto;
}

const Crypto& crypto() {
  static const Crypto loaded = load_crypto();
  return loaded;
}

// All but the last.
constexpr std::size_t kOfLibrary = 4;

// Fetching one by name costs more than a short hash, and more than all that evaluation without one needs to start.
const EVP_MD* digest_of(HashAlgorithm algorithm) {
  static const auto all = [] {
    std::array<const EVP_MD*, kOfLibrary> digests;
    const char* names[] = {"MD5", "SHA1", "SHA256", "SHA512"};
    for (std::size_t i = 0; i < digests.size(); ++i) digests[i] = crypto().fetch(nullptr, names[i], nullptr);
    return digests;
  }();
  return all[static_cast<std::size_t>(algorithm)];
}

// The value of each digit, by its byte; kNoDigit for others.
constexpr std::uint8_t kNoDigit = 0xff;
constexpr std::array<std::uint8_t, 256> values_of(std::string_view digits) {
  std::array<std::uint8_t, 256> values;
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < digits.size(); ++i) values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  return values;
}
constexpr std::array<std::uint8_t, 256> kBase32Values = values_of(kBase32), kBase64Values = values_of(kBase64);

std::size_t base32_length(std::size_t bytes) { return (bytes * 8 - 1) / 5 + 1; }

std::optional<std::string> from_base16(std::string_view text) {
  std::string out;
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::optional<std::string> from_base32(std::string_view text, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t n = 0; n < text.size(); ++n) {
    std::size_t digit = kBase32Values[static_cast<unsigned char>(text[text.size() - n - 1])];
    if (digit == kNoDigit) return std::nullopt;
    std::size_t bit = n * 5, byte = bit / 8, shift = bit % 8;
    out[byte] = static_cast<char>(out[byte] | static_cast<char>(digit << shift));
    std::size_t carry = digit >> (8 - shift);
    if (byte + 1 < size) out[byte + 1] = static_cast<char>(out[byte + 1] | static_cast<char>(carry));
    else if (carry) return std::nullopt;
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int have = 0;
  for (char c : text) {
    if (c == '=') break;
    std::uint8_t digit = kBase64Values[static_cast<unsigned char>(c)];
    if (digit == kNoDigit) return std::nullopt;
    bits = bits << 6 | digit;
    if ((have += 6) >= 8) out += static_cast<char>(bits >> (have -= 8) & 0xff);
  }
  return out;
}

}  // namespace

std::string_view name_of(HashAlgorithm algorithm) {
  constexpr std::string_view names[] = {"md5", "sha1", "sha256", "sha512", "blake3"};
  return names[static_cast<int>(algorithm)];
}

std::optional<HashAlgorithm> algorithm_of(std::string_view name) {
  for (std::size_t i = 0; i <= kOfLibrary; ++i)
    if (name_of(static_cast<HashAlgorithm>(i)) == name) return static_cast<HashAlgorithm>(i);
  return std::nullopt;
}

std::string unknown_algorithm(std::string_view name) {
  return fmt::format("unknown hash algorithm '{}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'", name);
}

std::size_t size_of(HashAlgorithm algorithm) {
  constexpr std::size_t sizes[] = {16, 20, 32, 64, 32};
  return sizes[static_cast<int>(algorithm)];
}

std::string Hash::base16() const {
  std::string out(bytes.size() * 2, '\0');
  char* end = out.data();
  for (unsigned char c : bytes) {
    *end++ = "0123456789abcdef"[c >> 4];
    *end++ = "0123456789abcdef"[c & 15];
  }
  return out;
}

std::string Hash::base32() const { return to_base32(bytes); }

std::string Hash::base64() const {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  crypto().to_base64(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                     static_cast<int>(bytes.size()));
  return out;
}

std::string Hash::sri() const { return fmt::format("{}-{}", name_of(algorithm), base64()); }

HashSink::HashSink(HashAlgorithm algorithm) : algorithm_(algorithm), state_(nullptr) {
  static_assert(sizeof(SHA256_CTX) <= kDirectBytes && alignof(SHA256_CTX) <= 8);
  if (algorithm == HashAlgorithm::Blake3) {
    state_ = new Blake3;
    return;
  }
  const Crypto& c = crypto();
  if (algorithm == HashAlgorithm::Sha256 && c.has_sha256()) {
    c.sha256_begin(new (direct_) SHA256_CTX);
    return;
  }
  state_ = c.new_state();
  c.begin(static_cast<EVP_MD_CTX*>(state_), digest_of(algorithm), nullptr);
}

HashSink::~HashSink() {
  if (algorithm_ == HashAlgorithm::Blake3) delete static_cast<Blake3*>(state_);
  else if (state_) crypto().free_state(static_cast<EVP_MD_CTX*>(state_));
}

void HashSink::write(std::string_view bytes) {
  if (algorithm_ == HashAlgorithm::Blake3) static_cast<Blake3*>(state_)->write(bytes);
  else if (state_) crypto().update(static_cast<EVP_MD_CTX*>(state_), bytes.data(), bytes.size());
  else crypto().sha256_update(reinterpret_cast<SHA256_CTX*>(direct_), bytes.data(), bytes.size());
}

Hash HashSink::finish() {
  Hash result{algorithm_, std::string(size_of(algorithm_), '\0')};
  auto* out = reinterpret_cast<unsigned char*>(result.bytes.data());
  if (algorithm_ == HashAlgorithm::Blake3) std::ranges::copy(static_cast<Blake3*>(state_)->finish(), out);
  else if (state_) crypto().finish(static_cast<EVP_MD_CTX*>(state_), out, nullptr);
  else crypto().sha256_finish(out, reinterpret_cast<SHA256_CTX*>(direct_));
  return result;
}

Hash hash_bytes(HashAlgorithm algorithm, std::string_view bytes) {
  HashSink sink(algorithm);
  sink.write(bytes);
  return sink.finish();
}

std::string cache_hash(std::string_view bytes) {
  auto whole = blake2b(bytes);
  return {reinterpret_cast<const char*>(whole.data()), 16};
}

std::string to_base32(std::string_view bytes) {
  std::string out(base32_length(bytes.size()), '\0');
  // From the last digit on, which holds the lowest bits of the first byte.
  std::uint32_t bits = 0;
  int have = 0;
  std::size_t next = 0;
  for (std::size_t n = out.size(); n-- > 0;) {
    if (have < 5 && next < bytes.size()) {
      bits |= std::uint32_t{static_cast<unsigned char>(bytes[next++])} << have;
      have += 8;
    }
    out[n] = kBase32[bits & 31];
    bits >>= 5;
    have -= 5;
  }
  return out;
}

std::string compress(std::string_view bytes, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) out[i % size] = static_cast<char>(out[i % size] ^ bytes[i]);
  return out;
}

Result<Hash> parse_hash(std::string_view text, std::optional<HashAlgorithm> algorithm) {
  std::string_view digits = text;
  bool sri = false;
  std::size_t split = text.find_first_of(":-");
  if (split != std::string_view::npos) {
    auto named = algorithm_of(text.substr(0, split));
    if (!named) return fail(unknown_algorithm(text.substr(0, split)), Error::Kind::Hash);
    if (algorithm && *algorithm != *named)
      return fail(fmt::format("hash '{}' should have type '{}'", text, name_of(*algorithm)), Error::Kind::Hash);
    algorithm = named;
    sri = text[split] == '-';
    digits = text.substr(split + 1);
  }
  if (!algorithm) return fail(fmt::format("hash '{}' does not include a type, nor is the type otherwise known from context", text), Error::Kind::Hash);
  std::size_t size = size_of(*algorithm);
  std::optional<std::string> bytes;
  if (sri) bytes = from_base64(digits);
  else if (digits.size() == 2 * size) bytes = from_base16(digits);
  else if (digits.size() == base32_length(size)) bytes = from_base32(digits, size);
  else if (digits.size() == 4 * ((size + 2) / 3)) bytes = from_base64(digits);
  else return fail(fmt::format("hash '{}' has wrong length for hash algorithm '{}'", digits, name_of(*algorithm)), Error::Kind::Hash);
  if (sri && (!bytes || bytes->size() != size))
    return fail(fmt::format("invalid SRI hash '{}', length {} != expected length {}", digits, bytes ? bytes->size() : 0, size), Error::Kind::Hash);
  if (!bytes) return fail(fmt::format("invalid hash '{}'", text), Error::Kind::Hash);
  return Hash{*algorithm, std::move(*bytes)};
}

}  // namespace evalctl::base
