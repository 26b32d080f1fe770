// Many small texts in one file that only grows, found by key and mapped where they stand:
//
//   header: where the index is | record | record | index | record ... | index
//
// A writer locks the file, adds its records and a new index of all behind the last good index, and then changes the header, in
// one short write. Whoever is killed before leaves bytes that the next writer overwrites; who reads maps what the header told
// and sees neither. Nothing that a header ever told of changes or goes away: a file that has grown too large is replaced as a
// whole. Header, index and each record have a checksum; what does not agree, or belongs to another user or program, counts as
// absent.
//
// Checking a record means reading all of it, of which little may be wanted. So the header tells since which start of the machine
// all records are known to be good, and a time, the seal, that its writer gives the file as that of its last change. Until the
// machine is started again or somebody writes to the file, the system gives back what was written, and nothing is checked.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::stdlib {

class PackFile {
 public:
  static constexpr std::size_t kKeyBytes = 16;
  static constexpr std::size_t kMaximumBytes = std::size_t{1} << 30;
  struct Addition {
    std::vector<std::string> keys;  // each of kKeyBytes
    // Empty: the keys stand for the record that is found by `same_as`.
    std::string record;
    std::string same_as;
  };

  // `identity`, 16 bytes, tells programs that understand each other's records. Nothing is read before the first find().
  PackFile(std::string path, std::string identity);
  ~PackFile();
  PackFile(const PackFile&) = delete;

  const std::string& path() const { return path_; }
  // The record with that key, aligned to 8 bytes, for as long as this lives; empty when there is none. Thread-safe once open()
  // was called.
  std::string_view find(std::string_view key) const;
  void open();
  // Lets go of the memory that the records take, of which little is looked at again soon; what is comes back from the system's
  // cache of files. Thread-safe. find() does it now and then.
  void give_back() const;
  std::size_t key_count() const { return index_.size(); }
  // Of those records that have a key that `counts`.
  std::size_t record_count(bool (*counts)(std::string_view key)) const;
  // Whether records are checked because the file has had no seal for long: add() checks all of them, and puts one.
  bool wants_seal() const { return wants_seal_; }

  // Adds what `make` gives for 0 ... count - 1, one after the other, to the file as it is by now; what this has found stays as
  // it is. False when the file is being written by another process, or cannot be.
  bool add(std::size_t count, const std::function<Addition(std::size_t)>& make) const;

 private:
  struct Header;
  class Output;
  struct Entry {
    char key[kKeyBytes];
    std::uint64_t offset, bytes, checksum;
  };

  int open_for_writing();
  bool read_header(int file, Header& header) const;
  bool map(int file);
  void unmap();
  const Entry* entry_of(std::string_view key) const;
  std::size_t place_near(std::string_view key) const;
  std::vector<Entry> good_entries() const;

  std::string path_, identity_;
  const char* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  bool sealed_ = false, wants_seal_ = false;
  std::span<const Entry> index_;  // by key
  mutable std::atomic<std::size_t> looked_at_{0};  // bytes of records since memory was given back
};

}  // namespace evalctl::stdlib
