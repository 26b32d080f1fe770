#include "stdlib/lowered_files.h"

#include <algorithm>
#include <cstring>
#include <ctime>

#include "base/files.h"
#include "base/hash.h"
#include "evaluator/ir_record.h"
#include "evaluator/lowering.h"
#include "stdlib/code_cache.h"
#include "stdlib/forgotten_text.h"
#include "stdlib/world.h"
#include "store/cache.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// The clocks of file systems advance in steps of up to two seconds: what is younger may change again without its stamp.
constexpr std::int64_t kStepNanoseconds = 3'000'000'000;
// Packs of other builds of this program stay for a while.
constexpr std::size_t kMostBuilds = 8;
// A run that lowered fewer bytes of text does not write.
constexpr std::size_t kLeastBytes = std::size_t{64} << 10;

bool tells_versions(const base::Stamp& stamp) {
  return std::max(stamp.modified, stamp.changed) < base::now() - kStepNanoseconds;
}

// All that lowering looks at beside the text.
std::string salt_of(Vm& vm) {
  std::vector<std::string_view> names;
  for (const auto& [id, value] : vm.program().globals) names.push_back(text_of({id}));
  std::ranges::sort(names);
  std::string all = std::to_string(vm.max_call_depth) + ' ';
  for (std::string_view name : names) all += std::string(name) + ' ';
  return base::cache_hash(all);
}

// In front of the record of a file: the key of its text, for whoever reads that later, and that of the list of its names.
constexpr std::size_t kContentBytes = PackFile::kKeyBytes, kHeadBytes = kContentBytes + PackFile::kKeyBytes;

// How the key of a list of names begins, before a hash of it, and that of a folder.
constexpr std::string_view kNamesKey = "names of", kListingKey = "folder  ";

// What a folder costs that is read, as so many bytes of text.
constexpr std::size_t kBytesOfFolder = 1024;

// The text of a file whose record is there. Both it and the salt belong to the LoweredFiles.
class TextOnDisk : public UnkeptText {
 public:
  TextOnDisk(World& world, std::string path, const std::string& salt, std::string_view kept)
      : UnkeptText(world, std::move(path)), salt_(salt), kept_(kept) {}
  parser::LineIndex lines() const override { return lines_of_record(kept_.substr(kHeadBytes)); }

 protected:
  std::size_t size() const override { return source_size_of_record(kept_.substr(kHeadBytes)); }
  bool is_same(std::string_view text) const override {
    return base::cache_hash(salt_ + std::string(text)) == kept_.substr(0, kContentBytes);
  }

 private:
  const std::string& salt_;
  std::string_view kept_;
};

// A text that was read.
class KnownText : public UnreadText {
 public:
  explicit KnownText(std::string_view text) : text_(text) {}
  std::string_view text() const override { return text_; }
  parser::LineIndex lines() const override { return parser::LineIndex(text_); }

 private:
  std::string_view text_;
};

}  // namespace

std::string LoweredFiles::folder() {
  std::string where = base::cache_folder();
  return where.empty() ? "" : where + "/lowered";
}

PackFile LoweredFiles::pack() {
  std::string id = build_id(), where = folder(), key = base::cache_hash(id);
  if (id.empty() || where.empty()) return PackFile("", key);
  return PackFile(where + "/" + base::Hash{base::HashAlgorithm::Sha256, key}.base16() + ".pack", key);
}

bool LoweredFiles::is_of_file(std::string_view key) { return !key.starts_with(kNamesKey) && !key.starts_with(kListingKey); }

LoweredFiles::LoweredFiles(std::string salt) : pack_(pack()), salt_(std::move(salt)) {
  pack_.open();
  evaluator::set_record_keeper(this);
}

LoweredFiles::~LoweredFiles() { evaluator::set_record_keeper(nullptr); }

std::unique_ptr<LoweredFiles> LoweredFiles::attach(Vm& vm) {
  if (warns_of_literals(vm.lints) || pack().path().empty()) return nullptr;
  return std::unique_ptr<LoweredFiles>(new LoweredFiles(salt_of(vm)));
}

std::string LoweredFiles::key_of(const base::Stamp& stamp) const {
  std::uint64_t words[] = {stamp.device, stamp.inode, stamp.size, static_cast<std::uint64_t>(stamp.modified), static_cast<std::uint64_t>(stamp.changed)};
  // Nobody chooses all of a stamp, so that a cryptographic hash, which takes ten times as long, would keep nobody out.
  constexpr std::uint64_t kFactors[] = {0x9e3779b97f4a7c15, 0xd6e8feb86659fd93};
  std::uint64_t state[2];
  static_assert(sizeof state == PackFile::kKeyBytes);
  std::memcpy(state, salt_.data(), sizeof state);
  for (std::uint64_t word : words) {
    unsigned __int128 first = static_cast<unsigned __int128>(state[0] ^ word) * kFactors[0];
    unsigned __int128 second = static_cast<unsigned __int128>(state[1] ^ (word + kFactors[1])) * kFactors[1];
    state[0] = static_cast<std::uint64_t>(first) + static_cast<std::uint64_t>(second >> 64);
    state[1] = static_cast<std::uint64_t>(second) + static_cast<std::uint64_t>(first >> 64);
  }
  return {reinterpret_cast<const char*>(state), sizeof state};
}

std::string LoweredFiles::key_of_listing(const base::Stamp& stamp) const {
  return (std::string(kListingKey) + key_of(stamp)).substr(0, PackFile::kKeyBytes);
}

std::string LoweredFiles::key_of(std::string_view text) const { return base::cache_hash(salt_ + std::string(text)); }

const RecordedNames* LoweredFiles::names_with(std::string_view key) {
  const KnownNames* last = last_names_.load(std::memory_order_acquire);
  if (last && last->key == key) return &last->names;
  std::lock_guard lock(mutex_);
  auto known = std::ranges::find(known_names_, key, &KnownNames::key);
  if (known == known_names_.end()) known = known_names_.emplace(known, std::string(key), RecordedNames(pack_.find(key)));
  if (!known->names.is_good()) return nullptr;
  last_names_.store(&*known, std::memory_order_release);
  return &known->names;
}

std::unique_ptr<const Ir> LoweredFiles::ir_of(std::string_view kept) {
  if (kept.size() <= kHeadBytes) return nullptr;
  const RecordedNames* names = names_with(kept.substr(kContentBytes, PackFile::kKeyBytes));
  return names ? ir_of_record(kept.substr(kHeadBytes), *names) : nullptr;
}

const Code* LoweredFiles::find(Vm& vm, const base::Stamp& stamp, const std::string& file, const std::string& directory) {
  if (pack_.key_count() == 0) return nullptr;
  std::string_view kept = pack_.find(key_of(stamp));
  auto ir = ir_of(kept);
  // It lives as long as the file table, which nobody takes down.
  return ir ? add_lowered(vm, std::move(ir), *new TextOnDisk(World::of(vm), file, salt_, kept), file, directory) : nullptr;
}

const Code* LoweredFiles::find(Vm& vm, const base::Stamp& stamp, std::string_view text, const std::string& file, const std::string& directory) {
  if (pack_.key_count() == 0) return nullptr;
  std::string key = key_of(text);
  auto ir = ir_of(pack_.find(key));
  if (!ir) return nullptr;
  {
    std::lock_guard lock(mutex_);
    added_.push_back({stamp, tells_versions(stamp), 0, key});
  }
  return add_lowered(vm, std::move(ir), *new KnownText(text), file, directory);
}

void LoweredFiles::add(const base::Stamp& stamp, std::uint32_t file) {
  std::lock_guard lock(mutex_);
  added_.push_back({stamp, tells_versions(stamp), file, ""});
}

// The key holds half of a hash: so the stamp stands in the record as well.
static std::string_view bytes_of(const base::Stamp& stamp) {
  static_assert(std::has_unique_object_representations_v<base::Stamp>);
  return {reinterpret_cast<const char*>(&stamp), sizeof stamp};
}

std::optional<std::string_view> LoweredFiles::find_listing(const base::Stamp& stamp) const {
  if (pack_.key_count() == 0) return std::nullopt;
  std::string_view kept = pack_.find(key_of_listing(stamp));
  if (!kept.starts_with(bytes_of(stamp))) return std::nullopt;
  return kept.substr(sizeof stamp);
}

void LoweredFiles::add_listing(const base::Stamp& stamp, std::string_view listing) {
  if (!tells_versions(stamp)) return;
  std::lock_guard lock(mutex_);
  // A program may ask for the same folder again and again.
  if (auto [place, is_new] = listings_.try_emplace(key_of_listing(stamp)); is_new) place->second.append(bytes_of(stamp)).append(listing);
}

bool LoweredFiles::write(Vm& vm, bool always) {
  std::lock_guard lock(mutex_);
  const auto& files = vm.program().files;
  std::size_t bytes = 0;
  for (const Added& a : added_) bytes += a.file != 0 ? files[a.file].text().size() : a.stamp.size;
  bytes += listings_.size() * kBytesOfFolder;
  bool pays = added_.size() + listings_.size() > 0 && (bytes >= kLeastBytes || always);
  if (!pays && !pack_.wants_seal()) return true;
  NamesToRecord names;
  for (const Added& a : added_)
    if (pays && a.file != 0) names.add(*files[a.file].ir);
  std::string list = names.bytes(), key = (std::string(kNamesKey) + base::cache_hash(list)).substr(0, PackFile::kKeyBytes);
  auto next_listing = listings_.begin();
  bool done = pack_.add(pays ? added_.size() + listings_.size() + 1 : 0, [&](std::size_t i) {
    if (i == 0) return names.empty() ? PackFile::Addition{} : PackFile::Addition{{key}, std::move(list), {}};
    if (i <= added_.size()) return addition_of(vm, added_[i - 1], names, key);
    auto& [listing_key, listing] = *next_listing++;
    return PackFile::Addition{{listing_key}, std::move(listing), {}};
  });
  if (pays) added_.clear(), listings_.clear();
  if (done && pack_.key_count() == 0) base::forget_oldest(folder(), ".pack", kMostBuilds);
  return done;
}

PackFile::Addition LoweredFiles::addition_of(Vm& vm, const Added& added, NamesToRecord& names, std::string_view names_key) const {
  PackFile::Addition addition;
  if (added.stamp_tells) addition.keys.push_back(key_of(added.stamp));
  if (added.file == 0) {
    addition.same_as = added.content;
    return addition;
  }
  const SourceFile& file = vm.program().files[added.file];
  addition.keys.push_back(key_of(file.text()));
  addition.record = addition.keys.back();
  addition.record += names_key;
  return append_record(addition.record, *file.ir, file.text(), names) ? std::move(addition) : PackFile::Addition{};
}

}  // namespace evalctl::stdlib
