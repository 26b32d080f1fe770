#include "store/kept_hashes.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/files.h"

using namespace evalctl;
using namespace evalctl::store;
namespace fs = std::filesystem;

namespace {

// A table in a folder that is gone at the end.
struct Place {
  Place() {
    std::string name = (fs::temp_directory_path() / "evalctl-hashes-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~Place() { fs::remove_all(folder); }
  std::string table() const { return folder + "/below/table"; }
  std::string folder;
};

std::string key_of(int number) { return base::cache_hash(std::to_string(number)); }
base::Hash hash_of(int number) { return base::hash_bytes(base::HashAlgorithm::Sha256, std::to_string(number)); }
constexpr std::uint64_t kDear = 1 << 20;

bool knows(KeptHashes& kept, int number) {
  auto found = kept.find(key_of(number));
  if (found) CHECK(found->bytes == hash_of(number).bytes);
  return found.has_value();
}

}  // namespace

TEST_CASE("hashes are kept for the next process") {
  Place place;
  KeptHashes one(place.table());
  CHECK_FALSE(knows(one, 1));
  one.add(key_of(1), hash_of(1), kDear);
  CHECK(knows(one, 1));
  CHECK(one.write());
  CHECK(knows(one, 1));
  KeptHashes two(place.table()), three(place.table());
  CHECK(knows(two, 1));
  CHECK_FALSE(knows(two, 2));
  two.add(key_of(2), hash_of(2), kDear);
  three.add(key_of(3), hash_of(3), kDear);
  CHECK(two.write());
  CHECK(three.write());
  KeptHashes last(place.table());
  for (int number : {1, 2, 3}) CHECK(knows(last, number));
}

TEST_CASE("what was cheap to hash is not worth a table") {
  Place place;
  KeptHashes kept(place.table());
  kept.add(key_of(1), hash_of(1), 100);
  CHECK(kept.write());
  CHECK_FALSE(fs::exists(place.table()));
}

TEST_CASE("a table stays small, and what is used last stays in it") {
  Place place;
  constexpr int kMost = KeptHashes::kMostRecords;
  {
    KeptHashes kept(place.table());
    for (int number = 0; number < kMost; ++number) kept.add(key_of(number), hash_of(number), kDear);
    CHECK(kept.write());
  }
  // All were used long ago but the first, which is asked for.
  std::string text = *base::read_file(place.table());
  constexpr std::size_t kHeader = 24, kRecord = 64, kUsed = 48;
  REQUIRE(text.size() == kHeader + kMost * kRecord);
  for (std::size_t at = kHeader + kUsed; at < text.size(); at += kRecord) text.replace(at, 8, std::string(8, '\0'));
  REQUIRE(base::write_cache_file(place.table(), text));
  KeptHashes kept(place.table());
  CHECK(knows(kept, 0));
  kept.add(key_of(kMost), hash_of(kMost), kDear);
  CHECK(kept.write());
  CHECK(fs::file_size(place.table()) == kHeader + kMost / 2 * kRecord);
  CHECK(knows(kept, 0));
  CHECK(knows(kept, kMost));
}

TEST_CASE("a table that cannot be written is no table") {
  for (std::string path : {"", "relative", "/dev/null/table"}) {
    KeptHashes kept(path);
    kept.add(key_of(1), hash_of(1), kDear);
    CHECK(kept.write() == (path != "/dev/null/table"));
  }
}
