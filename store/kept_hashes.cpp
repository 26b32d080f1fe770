#include "store/kept_hashes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "base/files.h"

namespace evalctl::store {

struct KeptHashes::Header {
  char magic[16];
  std::uint64_t count;
};

namespace {

constexpr char kMagic[17] = "evalctl nar 001\n";
// What was cheaper to hash is not worth a file.
constexpr std::uint64_t kLeastCost = std::uint64_t{1} << 17;
// How old the note of a record's last use becomes before it is renewed.
constexpr std::int64_t kRenewSeconds = 7 * 24 * 3600;

template <class Item>
std::string_view bytes_of(const Item& item) { return {reinterpret_cast<const char*>(&item), sizeof item}; }

bool is_own(const struct stat& status) { return S_ISREG(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 022) == 0; }

// Closes on every way out.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) close(value);
  }
};

}  // namespace

KeptHashes::KeptHashes(std::string path) : path_(path.starts_with('/') ? std::move(path) : "") {}
KeptHashes::~KeptHashes() = default;

std::size_t KeptHashes::HashKey::operator()(const Key& key) const {
  std::size_t word;
  std::memcpy(&word, key.data(), sizeof word);
  return word;
}

std::uint64_t KeptHashes::checksum_of(const Record& record) {
  std::uint64_t sum;
  std::string digest = base::cache_hash({reinterpret_cast<const char*>(&record), offsetof(Record, used)});
  std::memcpy(&sum, digest.data(), sizeof sum);
  return sum;
}

KeptHashes::Mapping::Mapping(const std::string& path) {
  if (path.empty()) return;
  Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  struct stat status;
  Header header;
  if (file.value < 0 || fstat(file.value, &status) != 0 || !is_own(status)) return;
  if (pread(file.value, &header, sizeof header, 0) != sizeof header || std::memcmp(header.magic, kMagic, sizeof header.magic) != 0) return;
  auto size = static_cast<std::uint64_t>(status.st_size);
  if (header.count > kMostRecords || size != sizeof header + header.count * sizeof(Record)) return;
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.value, 0);
  if (mapped == MAP_FAILED) return;
  mapped_ = mapped;
  bytes_ = size;
  records = {reinterpret_cast<const Record*>(static_cast<const char*>(mapped) + sizeof header), header.count};
}

KeptHashes::Mapping::~Mapping() {
  if (mapped_) munmap(mapped_, bytes_);
}

std::optional<base::Hash> KeptHashes::find(std::string_view text) {
  Key key;
  std::memcpy(key.data(), text.data(), kKeyBytes);
  auto hash_of = [](const Record& record) { return base::Hash{base::HashAlgorithm::Sha256, {record.hash.data(), kHashBytes}}; };
  std::lock_guard lock(mutex_);
  if (auto added = added_.find(key); added != added_.end()) return hash_of(added->second);
  if (!table_) table_.emplace(path_);
  auto found = std::ranges::lower_bound(table_->records, key, {}, &Record::key);
  if (found == table_->records.end() || found->key != key || found->checksum != checksum_of(*found)) return std::nullopt;
  if (found->used + kRenewSeconds < std::time(nullptr)) aged_.push_back(key);
  return hash_of(*found);
}

void KeptHashes::add(std::string_view key, const base::Hash& hash, std::uint64_t cost) {
  if (path_.empty() || hash.bytes.size() != kHashBytes) return;
  Record record{};
  std::memcpy(record.key.data(), key.data(), kKeyBytes);
  std::memcpy(record.hash.data(), hash.bytes.data(), kHashBytes);
  record.used = std::time(nullptr);
  record.checksum = checksum_of(record);
  std::lock_guard lock(mutex_);
  if (added_.try_emplace(record.key, record).second) cost_ += cost;
}

// Leaves the half that was used last, if they are too many.
void KeptHashes::limit(std::vector<Record>& records) {
  if (records.size() <= kMostRecords) return;
  std::ranges::nth_element(records, records.begin() + kMostRecords / 2, std::ranges::greater{}, &Record::used);
  records.resize(kMostRecords / 2);
}

bool KeptHashes::write() {
  std::lock_guard lock(mutex_);
  if (path_.empty() || (cost_ < kLeastCost && aged_.empty())) return true;
  // Of the table as it is by now: others may have written since. Of equal keys the new one stays, the old one may be damaged.
  std::vector<Record> records;
  for (const auto& [key, record] : added_) records.push_back(record);
  Mapping now(path_);
  for (const Record& record : now.records)
    if (!added_.contains(record.key)) records.push_back(record);
  std::ranges::sort(records, {}, &Record::key);
  for (const Key& key : aged_) {
    auto record = std::ranges::lower_bound(records, key, {}, &Record::key);
    if (record != records.end() && record->key == key) record->used = std::time(nullptr);
  }
  limit(records);
  std::ranges::sort(records, {}, &Record::key);
  Header header{{}, records.size()};
  std::memcpy(header.magic, kMagic, sizeof header.magic);
  std::string text(bytes_of(header));
  for (const Record& record : records) text += bytes_of(record);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
  if (!base::write_cache_file(path_, text)) return false;
  // A process that goes on finds everything there.
  added_.clear();
  aged_.clear();
  cost_ = 0;
  table_.reset();
  return true;
}

}  // namespace evalctl::store
