#include "base/hash.h"

#include <catch2/catch.hpp>

using namespace evalctl::base;

TEST_CASE("hashes have four spellings") {
  Hash hash = hash_bytes(HashAlgorithm::Sha256, "hello world");
  CHECK(hash.base16() == "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
  CHECK(hash.base32() == "1sfdxziarxw8j3p80lvswgpq9i7smdyxmmsj5sjhhgjdjfwjfkdr");
  CHECK(hash.sri() == "sha256-uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=");
  for (const std::string& text : {hash.base16(), hash.base32(), hash.base64()}) {
    auto read = parse_hash(text, HashAlgorithm::Sha256);
    REQUIRE(read);
    CHECK(read->bytes == hash.bytes);
    CHECK(parse_hash("sha256:" + text, std::nullopt)->bytes == hash.bytes);
  }
  CHECK(parse_hash(hash.sri(), std::nullopt)->bytes == hash.bytes);
}

TEST_CASE("what is no hash is refused") {
  CHECK_FALSE(parse_hash("", HashAlgorithm::Sha256));
  CHECK_FALSE(parse_hash("abc", HashAlgorithm::Sha256));
  CHECK_FALSE(parse_hash(std::string(64, 'g'), HashAlgorithm::Sha256));
  CHECK_FALSE(parse_hash(std::string(64, '0'), std::nullopt));
  CHECK_FALSE(parse_hash("sha1-uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=", HashAlgorithm::Sha256));
}

TEST_CASE("pieces hash as the whole") {
  std::string text(100000, 'x');
  for (std::size_t piece : {1u, 63u, 64u, 65u, 4096u}) {
    HashSink sink(HashAlgorithm::Sha512);
    for (std::size_t at = 0; at < text.size(); at += piece) sink.write(std::string_view(text).substr(at, piece));
    CHECK(sink.finish().bytes == hash_bytes(HashAlgorithm::Sha512, text).bytes);
  }
}

TEST_CASE("BLAKE3") {
  const std::pair<std::size_t, const char*> kKnown[] = {
        {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
        {1, "4d067153ac729a4a7e8220c97935ffba67487860d58298ceeb23864369867d9f"},
        {64, "3d3d243905f9631ac9b2d0815d23fa419ce4ce3a976792533f5b00744779d08b"},
        {65, "b456c2d64cdeef9cbf016f9d5c633644b5caa303b6e9cd79ac5d8300e3cac9c6"},
        {1024, "f93881a7a8643e0f8ef43145badbcb29c7ad5d14d669b2ec65cc6fbddd76465c"},
        {1025, "07b4916e7089650d03be1a7b6ee51cf94739ae234b5291aa92d423c4af8b62b4"},
        {2049, "3b2feb6634130a1702fbc3df7f8cf14dea24216714ed289786f5c78a791179f8"},
        {3072, "1cd0b6c6f4c2686cd1523019655c13946d3790c54d7c167cb4b2cbbb5d3d4d23"},
        {5000, "3eae164de7e93a283a0dea4e6ded1d23719f4133c732ca7710d9fbccf20d7bcf"},
        {102400, "f77d7358a7de3e933ea0fc566392fac95fdde4483a6d03c58a3ae5b20f80060a"}};
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY";
  for (auto [size, expected] : kKnown) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += kLetters[i % kLetters.size()];
    CHECK(hash_bytes(HashAlgorithm::Blake3, text).base16() == expected);
    HashSink sink(HashAlgorithm::Blake3);
    for (std::size_t at = 0; at < text.size(); at += 100) sink.write(std::string_view(text).substr(at, 100));
    CHECK(sink.finish().base16() == expected);
  }
}

TEST_CASE("keys for caches are those of BLAKE2b") {
  const std::pair<std::size_t, const char*> kKnown[] = {
        {0, "786a02f742015903c6c6fd852552d272"},
        {1, "2fa3f686df876995167e7c2e5d74c4c7"},
        {127, "08b38d2c2a521e8a819cdca2d43b52df"},
        {128, "0be555525cf1e0b9b74d2a743dd1ee31"},
        {129, "31f95aa8eb1487ce670bc3c0c60ef98b"},
        {256, "f8517f3d1accbf944ef17fc76662f7d9"},
        {1000, "b49dc7bf928d7dee879fafc64c1c9308"}};
  for (auto [size, expected] : kKnown) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7);
    CHECK(Hash{HashAlgorithm::Sha256, cache_hash(text)}.base16() == expected);
  }
}

TEST_CASE("folding keeps every byte in play") {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(i);
  std::string folded = compress(bytes, 20);
  REQUIRE(folded.size() == 20);
  CHECK(folded[0] == (0 ^ 20));
  CHECK(folded[11] == (11 ^ 31));
  CHECK(folded[12] == 12);
}
