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

TEST_CASE("folding keeps every byte in play") {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(i);
  std::string folded = compress(bytes, 20);
  REQUIRE(folded.size() == 20);
  CHECK(folded[0] == (0 ^ 20));
  CHECK(folded[11] == (11 ^ 31));
  CHECK(folded[12] == 12);
}
