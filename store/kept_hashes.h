// Hashes of what stands on the disk, kept between runs in one file: a sorted table of records of one size, mapped where it is.
//
// The key tells the state of what was hashed; the table does not know what it means. A writer makes the whole table anew
// beside the old one and renames it, so that who has mapped the old one keeps it; of two that write at once, one loses what it
// added, which costs time only. Each record has a checksum. A table of another user, or of a size that its header does not
// tell, counts as absent. Thread-safe.
#pragma once
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"

namespace evalctl::store {

class KeptHashes {
 public:
  static constexpr std::size_t kKeyBytes = 16;
  // More records than that are not kept: the half that was not used for longest goes.
  static constexpr std::size_t kMostRecords = std::size_t{1} << 15;

  // `path` "" or not absolute: nothing is kept. Nothing is read before the first find().
  explicit KeptHashes(std::string path);
  ~KeptHashes();
  KeptHashes(const KeptHashes&) = delete;

  // A SHA-256 by its key, of kKeyBytes.
  std::optional<base::Hash> find(std::string_view key);
  // `cost`: about as many bytes were hashed for it.
  void add(std::string_view key, const base::Hash& hash, std::uint64_t cost);
  // Writes what was added if it cost so much that it pays. False when that fails.
  bool write();

 private:
  static constexpr std::size_t kHashBytes = 32;
  struct Record {
    std::array<char, kKeyBytes> key;
    std::array<char, kHashBytes> hash;
    std::int64_t used;       // seconds since 1970, within a few days
    std::uint64_t checksum;  // of key and hash
  };
  struct Header;
  class Mapping {
   public:
    explicit Mapping(const std::string& path);
    ~Mapping();
    Mapping(const Mapping&) = delete;
    std::span<const Record> records;

   private:
    void* mapped_ = nullptr;
    std::size_t bytes_ = 0;
  };
  using Key = std::array<char, kKeyBytes>;
  struct HashKey { std::size_t operator()(const Key& key) const; };

  static std::uint64_t checksum_of(const Record& record);
  static void limit(std::vector<Record>& records);

  std::string path_;
  std::mutex mutex_;
  std::optional<Mapping> table_;
  std::unordered_map<Key, Record, HashKey> added_;
  std::vector<Key> aged_;   // found, and not noted as used for long
  std::uint64_t cost_ = 0;  // of what was added
};

}  // namespace evalctl::store
