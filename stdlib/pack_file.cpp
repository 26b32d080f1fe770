#include "stdlib/pack_file.h"

#include <endian.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <set>
#include <unordered_map>

namespace evalctl::stdlib {

struct PackFile::Header {
  char magic[16];
  char identity[16];
  std::uint64_t index_offset, index_count, index_checksum;
  char start[40];
  std::int64_t seal;  // seconds since 1970
  std::uint64_t checksum;  // of all before
};

namespace {

constexpr char kMagic[17] = "evalctl pack 02\n";

// Records take so much memory before find() gives it back.
constexpr std::size_t kMostLookedAt = std::size_t{2} << 20;
// How old a seal is before another one is put: machines that share a folder do not see each other's.
constexpr std::int64_t kSealSeconds = 3600;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Against accidents only: whoever may write the file is the user himself. Four lanes, so that the processor overlaps them.
std::uint64_t checksum_of(std::string_view bytes) {
  constexpr std::uint64_t kFactors[4] = {0x9e3779b97f4a7c15, 0xd6e8feb86659fd93, 0xc2b2ae3d27d4eb4f, 0xff51afd7ed558ccd};
  std::uint64_t lanes[4] = {bytes.size(), 1, 2, 3}, words[4];
  std::size_t at = 0;
  for (; at + sizeof words <= bytes.size(); at += sizeof words) {
    std::memcpy(words, bytes.data() + at, sizeof words);
    for (int k = 0; k < 4; ++k) lanes[k] = mix(lanes[k] ^ words[k], kFactors[k]) + words[k];
  }
  std::memset(words, 0, sizeof words);
  std::memcpy(words, bytes.data() + at, bytes.size() - at);
  std::uint64_t sum = 0;
  for (int k = 0; k < 4; ++k) sum = mix((sum + lanes[k]) ^ words[k], kFactors[k]) + words[k];
  return sum;
}

template <class T>
std::string_view bytes_of(std::span<const T> items) { return {reinterpret_cast<const char*>(items.data()), items.size_bytes()}; }

// A header without its own checksum.
template <class Header>
std::string_view checked_part(const Header& header) { return {reinterpret_cast<const char*>(&header), offsetof(Header, checksum)}; }

bool read_exactly(int file, void* out, std::size_t bytes, std::uint64_t offset) {
  return pread(file, out, bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes);
}

bool write_exactly(int file, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    ssize_t done = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
  return true;
}

// Tells this start of the machine from all others; empty where the system does not say.
std::string start_of_machine() {
  char id[36];
  int file = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  bool whole = read(file, id, sizeof id) == sizeof id;
  close(file);
  return whole ? std::string(id, sizeof id) : "";
}

// The next change of the file gets another time, also where the clock of the file system advances in steps of two seconds.
std::int64_t new_seal() { return (std::time(nullptr) - 2) & ~std::int64_t{1}; }

bool has_seal(const struct stat& info, std::int64_t seal) { return info.st_mtim.tv_sec == seal && info.st_mtim.tv_nsec == 0; }

bool is_own(const struct stat& info) { return S_ISREG(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 022) == 0; }

}  // namespace

PackFile::PackFile(std::string path, std::string identity) : path_(std::move(path)), identity_(std::move(identity)) {}
PackFile::~PackFile() { unmap(); }

void PackFile::unmap() {
  if (mapped_) munmap(const_cast<char*>(mapped_), mapped_bytes_);
  mapped_ = nullptr;
  mapped_bytes_ = 0;
  index_ = {};
  sealed_ = wants_seal_ = false;
}

bool PackFile::read_header(int file, Header& header) const {
  return read_exactly(file, &header, sizeof header, 0) && std::memcmp(header.magic, kMagic, 16) == 0 &&
         std::string_view(header.identity, 16) == identity_ && header.checksum == checksum_of(checked_part(header));
}

bool PackFile::map(int file) {
  struct stat info;
  Header header;
  if (fstat(file, &info) != 0 || !is_own(info) || !read_header(file, header)) return false;
  auto size = static_cast<std::uint64_t>(info.st_size);
  if (header.index_offset > size || header.index_offset % 8 != 0 || header.index_count > (size - header.index_offset) / sizeof(Entry)) return false;
  std::size_t bytes = header.index_offset + header.index_count * sizeof(Entry);
  void* p = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
  if (p == MAP_FAILED) return false;
  mapped_ = static_cast<const char*>(p);
  mapped_bytes_ = bytes;
  index_ = {reinterpret_cast<const Entry*>(mapped_ + header.index_offset), header.index_count};
  std::string start = start_of_machine();
  sealed_ = !start.empty() && start == header.start && has_seal(info, header.seal);
  wants_seal_ = !sealed_ && !start.empty() && header.seal + kSealSeconds < std::time(nullptr);
  if (sealed_ || checksum_of(bytes_of(index_)) == header.index_checksum) return true;
  unmap();
  return false;
}

void PackFile::open() {
  int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  map(file);
  close(file);
}

// Keys are hashes, so that it is known within some hundred entries where one stands; and how far that is from what stands there,
// within a few. Each entry that is looked at stands in another line of memory.
std::size_t PackFile::place_near(std::string_view key) const {
  constexpr int kLooks = 3;
  auto leading = [](const char* bytes) {
    std::uint64_t number;
    std::memcpy(&number, bytes, sizeof number);
    return be64toh(number);
  };
  auto part = [&](std::uint64_t number) { return static_cast<std::size_t>(static_cast<unsigned __int128>(number) * index_.size() >> 64); };
  std::uint64_t wanted = leading(key.data());
  std::size_t near = part(wanted);
  for (int looks = 0; looks < kLooks; ++looks) {
    std::uint64_t there = leading(index_[near].key);
    std::size_t away = part(wanted < there ? there - wanted : wanted - there);
    if (away == 0) break;
    near = wanted < there ? near - std::min(away, near) : std::min(near + away, index_.size() - 1);
  }
  return near;
}

const PackFile::Entry* PackFile::entry_of(std::string_view key) const {
  auto key_of = [](const Entry& e) { return std::string_view(e.key, kKeyBytes); };
  if (index_.empty() || key.size() != kKeyBytes) return nullptr;
  auto near = place_near(key);
  std::size_t first = near, last = near, step = 2;
  for (; first > 0 && key < key_of(index_[first]); step *= 2) first -= std::min(step, first);
  for (; last < index_.size() && key_of(index_[last]) < key; step *= 2) last += std::min(step, index_.size() - last);
  auto some = index_.subspan(first, last - first);
  auto found = std::ranges::lower_bound(some, key, {}, key_of);
  auto at = static_cast<std::size_t>(found - some.begin()) + first;
  return at < index_.size() && key_of(index_[at]) == key ? &index_[at] : nullptr;
}

std::string_view PackFile::find(std::string_view key) const {
  const Entry* entry = entry_of(key);
  if (!entry || entry->offset % 8 != 0 || entry->offset > mapped_bytes_ || entry->bytes > mapped_bytes_ - entry->offset) return {};
  std::string_view record(mapped_ + entry->offset, entry->bytes);
  if (sealed_) return record;
  if (looked_at_.fetch_add(record.size(), std::memory_order_relaxed) > kMostLookedAt) give_back();
  return checksum_of(record) == entry->checksum ? record : std::string_view();
}

void PackFile::give_back() const {
  looked_at_.store(0, std::memory_order_relaxed);
  // Of this process only: who reads a page afterwards finds it again.
  if (mapped_) madvise(const_cast<char*>(mapped_), mapped_bytes_, MADV_DONTNEED);
}

std::size_t PackFile::record_count(bool (*counts)(std::string_view key)) const {
  std::set<std::uint64_t> offsets;
  for (const Entry& e : index_)
    if (counts(std::string_view(e.key, kKeyBytes))) offsets.insert(e.offset);
  return offsets.size();
}

// Locked and mapped; a file that is too large, not ours or damaged has been replaced by an empty one.
int PackFile::open_for_writing() {
  std::error_code failure;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), failure);
  for (int tries = 0; tries < 4; ++tries) {
    int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return -1;
    struct stat opened, there;
    bool locked = flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &opened) == 0;
    // Another process may have replaced the file between the two.
    bool current = locked && stat(path_.c_str(), &there) == 0 && opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
    bool fits = current && is_own(opened) && opened.st_size <= static_cast<off_t>(kMaximumBytes);
    if (fits && (opened.st_size == 0 || map(file))) return file;
    // What others have mapped must not change.
    if (current) unlink(path_.c_str());
    close(file);
    if (!locked) return -1;
  }
  return -1;
}

// The entries whose records are good.
std::vector<PackFile::Entry> PackFile::good_entries() const {
  std::vector<Entry> good(index_.begin(), index_.end());
  if (sealed_) return good;
  std::unordered_map<std::uint64_t, bool> known;  // by offset: several keys stand for one record
  std::erase_if(good, [&](const Entry& entry) {
    auto [at, is_new] = known.try_emplace(entry.offset);
    if (is_new) at->second = !find(std::string_view(entry.key, kKeyBytes)).empty();
    return !at->second;
  });
  return good;
}

// Collects bytes to be written to a place in the file and behind.
class PackFile::Output {
 public:
  Output(int file, std::uint64_t begin) : file_(file), written_(begin) {}
  std::uint64_t end() const { return written_ + waiting_.size(); }
  // Small pieces wait for each other, large ones are not copied.
  void write(std::string_view bytes) {
    constexpr std::size_t kEnough = std::size_t{1} << 18;
    if (waiting_.size() + bytes.size() > kEnough) flush();
    if (bytes.size() < kEnough) {
      waiting_ += bytes;
    } else {
      write_now(bytes);
    }
    waiting_.append((8 - bytes.size() % 8) % 8, '\0');
  }
  bool flush() {
    write_now(waiting_);
    waiting_.clear();
    return good_;
  }

 private:
  void write_now(std::string_view bytes) {
    good_ = good_ && write_exactly(file_, bytes, written_);
    written_ += bytes.size();
  }

  int file_;
  std::uint64_t written_;  // up to where
  std::string waiting_;
  bool good_ = true;
};

bool PackFile::add(std::size_t count, const std::function<Addition(std::size_t)>& make) const {
  PackFile now(path_, identity_);
  int file = now.open_for_writing();
  if (file < 0) return false;
  Output out(file, std::max((now.mapped_bytes_ + 7) / 8 * 8, sizeof(Header)));
  std::vector<Entry> index;
  for (std::size_t i = 0; i < count; ++i) {
    Addition addition = make(i);
    const Entry* same = addition.record.empty() ? now.entry_of(addition.same_as) : nullptr;
    if (addition.record.empty() && !same) continue;
    Entry made = same ? *same : Entry{{}, out.end(), addition.record.size(), checksum_of(addition.record)};
    if (!same) out.write(addition.record);
    for (const std::string& key : addition.keys) {
      std::memcpy(made.key, key.data(), kKeyBytes);
      index.push_back(made);
    }
  }
  // Of equal keys the new one stays: the record of the old one may be damaged.
  std::vector<Entry> before = now.good_entries();
  index.insert(index.end(), before.begin(), before.end());
  auto key_of = [](const Entry& e) { return std::string_view(e.key, kKeyBytes); };
  std::ranges::stable_sort(index, std::ranges::less{}, key_of);
  index.erase(std::ranges::unique(index, std::ranges::equal_to{}, key_of).begin(), index.end());
  std::string_view table = bytes_of(std::span<const Entry>(index));
  Header header{{}, {}, out.end(), index.size(), checksum_of(table), {}, new_seal(), 0};
  std::memcpy(header.magic, kMagic, 16);
  std::memcpy(header.identity, identity_.data(), 16);
  std::ranges::copy(start_of_machine(), header.start);
  header.checksum = checksum_of(checked_part(header));
  out.write(table);
  bool done = out.flush() && write_exactly(file, {reinterpret_cast<const char*>(&header), sizeof header}, 0);
  const timespec times[2] = {{0, UTIME_OMIT}, {header.seal, 0}};
  if (done) futimens(file, times);
  close(file);
  return done;
}

}  // namespace evalctl::stdlib
