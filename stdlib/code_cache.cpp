#include "stdlib/code_cache.h"

#include <cpuid.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>

#include "base/files.h"
#include "base/hash.h"

// Of the unwinder, which exceptions for memory that runs out go through.
extern "C" void __register_frame(void*);

namespace evalctl::stdlib {

struct CodeCache::Header {
  char magic[16];
  char identity[32];
  std::uint32_t images, functions;
  char checksum[32];  // of all tables
};

namespace {

constexpr char kMagic[17] = "evalctl code 02\n";
// Beyond this size a file is begun anew.
constexpr std::size_t kMaximumBytes = std::size_t{256} << 20;
// Files of other builds of this program, and for other processors, stay for a while.
constexpr std::size_t kMostBuilds = 8;

std::string sha256(std::string_view bytes) { return base::hash_bytes(base::HashAlgorithm::Sha256, bytes).bytes; }

// Kind and abilities of the processor, which the compiler makes use of.
std::string processor() {
  std::string out;
  for (unsigned leaf : {0u, 1u, 7u}) {
    unsigned words[4] = {};
    __get_cpuid_count(leaf, 0, &words[0], &words[1], &words[2], &words[3]);
    // Which of the processors this is, and whether the system saves registers by now, does not matter.
    if (leaf == 1) words[1] = 0;
    out.append(reinterpret_cast<const char*>(words), sizeof words);
  }
  return out;
}

// The compiler beside the program: its size and time.
std::string compiler_stamp() {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  std::filesystem::path folder = std::filesystem::path(std::string(path, length > 0 ? static_cast<std::size_t>(length) : 0)).parent_path();
  for (const char* place : {"evalctl-jit.so", "../lib/evalctl-jit.so"}) {
    struct stat info;
    if (stat((folder / place).c_str(), &info) != 0) continue;
    std::int64_t words[] = {info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
    return std::string(reinterpret_cast<const char*>(words), sizeof words);
  }
  return "";
}

// What the constants of machine code may ask for.
constexpr std::size_t kAlignment = 64;
void align(std::string& bytes) { bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment); }

// The build ID among the notes at `at`, if it is there.
void read_build_id(const char* at, std::size_t bytes, std::string& id) {
  for (const char* end = at + bytes; at + sizeof(ElfW(Nhdr)) <= end;) {
    auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
    const char* text = at + sizeof *note + (note->n_namesz + 3) / 4 * 4;
    if (note->n_type == NT_GNU_BUILD_ID) id.assign(text, note->n_descsz);
    at = text + (note->n_descsz + 3) / 4 * 4;
  }
}

template <class T>
void append(std::string& out, const std::vector<T>& items) {
  out.append(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T));
}

}  // namespace

// Of the object of the process that has this code: the program, or the library that it is part of.
std::string build_id() {
  std::string id;
  dl_iterate_phdr([](dl_phdr_info* info, std::size_t, void* out) {
    std::span headers(info->dlpi_phdr, info->dlpi_phnum);
    auto here = reinterpret_cast<std::uintptr_t>(&build_id) - info->dlpi_addr;
    if (std::ranges::none_of(headers, [&](const ElfW(Phdr)& h) { return h.p_type == PT_LOAD && h.p_vaddr <= here && here < h.p_vaddr + h.p_memsz; })) return 0;
    for (const ElfW(Phdr)& header : headers) {
      if (header.p_type == PT_NOTE) read_build_id(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz, *static_cast<std::string*>(out));
    }
    return 1;
  }, &id);
  return id;
}

char* map_code(const char* bytes, std::size_t count, std::uint32_t frames) {
  void* p = mmap(nullptr, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  std::memcpy(p, bytes, count);
  if (mprotect(p, count, PROT_READ | PROT_EXEC) != 0) {
    munmap(p, count);
    return nullptr;
  }
  if (frames) __register_frame(static_cast<char*>(p) + frames);
  return static_cast<char*>(p);
}

std::string CodeCache::folder() {
  std::string where = base::cache_folder();
  return where.empty() ? "" : where + "/code";
}

CodeCache::CodeCache() {
  std::string where = folder(), id = build_id(), compiler = compiler_stamp();
  // Without these nobody could tell whose code it is.
  if (where.empty() || id.empty() || compiler.empty()) return;
  identity_ = sha256(id + compiler + processor());
  path_ = where + "/" + base::Hash{base::HashAlgorithm::Sha256, identity_}.base16().substr(0, 32) + ".code";
  if (!read_tables()) forget();
}

CodeCache::~CodeCache() { forget(); }

void CodeCache::forget() {
  if (mapped_ && !is_in_use_) munmap(mapped_, mapped_bytes_);
  mapped_ = nullptr;
  is_in_use_ = false;
  images_.clear();
  functions_.clear();
}

// Where files must not be run, a copy is.
bool CodeCache::map(int file) {
  struct stat info;
  if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != geteuid() || info.st_mode & 022) return false;
  mapped_bytes_ = static_cast<std::size_t>(info.st_size);
  if (mapped_bytes_ < sizeof(Header)) return false;
  void* p = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  if (p == MAP_FAILED) {
    std::string bytes(mapped_bytes_, '\0');
    if (pread(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) p = map_code(bytes.data(), bytes.size(), 0);
  }
  if (!p || p == MAP_FAILED) return false;
  mapped_ = static_cast<char*>(p);
  return true;
}

bool CodeCache::read_tables() {
  int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool is_mapped = map(file);
  close(file);
  if (!is_mapped) return false;
  Header header;
  std::memcpy(&header, mapped_, sizeof header);
  if (std::memcmp(header.magic, kMagic, 16) != 0 || std::string_view(header.identity, 32) != identity_) return false;
  std::uint64_t bytes = header.images * std::uint64_t{sizeof(Image)} + header.functions * std::uint64_t{sizeof(Function)};
  if (bytes > mapped_bytes_ - sizeof header) return false;
  std::string_view tables(mapped_ + sizeof header, bytes);
  if (sha256(tables) != std::string_view(header.checksum, 32)) return false;
  images_.resize(header.images);
  functions_.resize(header.functions);
  std::memcpy(images_.data(), tables.data(), header.images * sizeof(Image));
  std::memcpy(functions_.data(), tables.data() + header.images * sizeof(Image), header.functions * sizeof(Function));
  loaded_.assign(images_.size(), nullptr);
  damaged_.assign(images_.size(), false);
  return true;
}

std::string_view CodeCache::checked(const Image& image) const {
  if (image.bytes > mapped_bytes_ || image.offset > mapped_bytes_ - image.bytes || image.offset % kAlignment != 0 || image.frames >= image.bytes) return {};
  std::string_view bytes(mapped_ + image.offset, image.bytes);
  return sha256(bytes) == std::string_view(image.checksum, 32) ? bytes : std::string_view();
}

const CodeCache::Function* CodeCache::lookup(std::string_view key) const {
  auto before = [](const Function& f, std::string_view wanted) { return std::string_view(f.key, sizeof f.key) < wanted; };
  auto found = std::lower_bound(functions_.begin(), functions_.end(), key, before);
  return found != functions_.end() && std::string_view(found->key, sizeof found->key) == key ? &*found : nullptr;
}

char* CodeCache::load(std::uint32_t index) {
  if (index >= images_.size() || damaged_[index]) return nullptr;
  if (loaded_[index]) return loaded_[index];
  const Image& image = images_[index];
  damaged_[index] = checked(image).empty();
  if (damaged_[index]) return nullptr;
  is_in_use_ = true;
  loaded_[index] = mapped_ + image.offset;
  if (image.frames) __register_frame(loaded_[index] + image.frames);
  return loaded_[index];
}

char* CodeCache::find(std::string_view key) {
  const Function* function = lookup(key);
  char* base = function ? load(function->image) : nullptr;
  return base && function->entry < images_[function->image].bytes ? base + function->entry : nullptr;
}

void CodeCache::add(const evaluator::jit::Image& image, const std::vector<std::string>& keys) { added_.push_back({image, keys}); }

// All images of the file, checked; false when one is damaged.
bool CodeCache::read_images(std::string& out) {
  for (Image& image : images_) {
    std::string_view bytes = checked(image);
    if (bytes.empty() || out.size() > kMaximumBytes) return false;
    align(out);
    image.offset = out.size();
    out += bytes;
  }
  return true;
}

bool CodeCache::write() {
  if (added_.empty() || path_.empty()) return added_.empty();
  forget();
  std::string code;
  if (!read_tables() || !read_images(code)) {
    forget();
    code.clear();
  }
  std::vector<Function> functions = functions_;
  for (const Added& added : added_) {
    align(code);
    Image image{code.size(), static_cast<std::uint32_t>(added.image.bytes.size()), added.image.frames, {}};
    code.append(added.image.bytes.data(), added.image.bytes.size());
    std::memcpy(image.checksum, sha256({added.image.bytes.data(), added.image.bytes.size()}).data(), 32);
    for (std::size_t k = 0; k < added.keys.size(); ++k) {
      if (added.image.entries[k] == evaluator::jit::kDeclined || lookup(added.keys[k])) continue;
      Function function{{}, static_cast<std::uint32_t>(images_.size()), added.image.entries[k]};
      std::memcpy(function.key, added.keys[k].data(), sizeof function.key);
      functions.push_back(function);
    }
    images_.push_back(image);
  }
  auto key_of = [](const Function& f) { return std::string_view(f.key, sizeof f.key); };
  std::ranges::sort(functions, std::ranges::less{}, key_of);
  functions.erase(std::ranges::unique(functions, std::ranges::equal_to{}, key_of).begin(), functions.end());
  Header header{{}, {}, static_cast<std::uint32_t>(images_.size()), static_cast<std::uint32_t>(functions.size()), {}};
  std::uint64_t begin = sizeof header + images_.size() * sizeof(Image) + functions.size() * sizeof(Function);
  begin = (begin + kAlignment - 1) / kAlignment * kAlignment;
  for (Image& image : images_) image.offset += begin;
  std::string tables;
  append(tables, images_);
  append(tables, functions);
  std::memcpy(header.magic, kMagic, 16);
  std::memcpy(header.identity, identity_.data(), 32);
  std::memcpy(header.checksum, sha256(tables).data(), 32);
  added_.clear();
  forget();
  std::error_code failure;
  std::filesystem::create_directories(folder(), failure);
  std::string all(reinterpret_cast<const char*>(&header), sizeof header);
  all += tables;
  align(all);
  bool done(base::write_file_atomically(path_, all + code, 0600));
  base::forget_oldest(folder(), ".code", kMostBuilds);
  return done;
}

}  // namespace evalctl::stdlib
