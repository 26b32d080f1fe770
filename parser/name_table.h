// The distinct names of one file, numbered from 0 in order of appearance.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace evalctl::parser {

inline std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = name.size() * 0x9E3779B97F4A7C15u;
  const char* p = name.data();
  std::size_t left = name.size();
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 32;
  }
  if (left > 0) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < left; ++i) word = word << 8 | static_cast<unsigned char>(p[i]);
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
  }
  return (hash ^ hash >> 29) * 0x9E3779B97F4A7C15u >> 16;
}

// Keeps views only: the texts must outlive it.
class NameTable {
 public:
  // `expected` is a guess at the number of names; more fit.
  explicit NameTable(std::size_t expected) : slots_(std::bit_ceil(expected * 2 + 32)) { entries_.reserve(expected); }

  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }

  std::string_view text(std::uint32_t name) const { return entries_[name].name; }

  // The number of `name`; size() before the call when it is new. Expected cost O(length).
  std::uint32_t intern(std::string_view name) {
    if (entries_.size() * 2 >= slots_.size()) grow();
    auto hash = static_cast<std::uint32_t>(hash_name(name));
    for (std::size_t slot = hash & (slots_.size() - 1);; slot = (slot + 1) & (slots_.size() - 1)) {
      std::uint32_t found = slots_[slot];
      if (found == 0) {
        entries_.push_back({name, hash});
        return (slots_[slot] = size()) - 1;
      }
      const Entry& entry = entries_[found - 1];
      if (entry.hash == hash && entry.name == name) return found - 1;
    }
  }

 private:
  struct Entry {
    std::string_view name;
    std::uint32_t hash;
  };

  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    for (std::uint32_t i = 0; i < size(); ++i) {
      std::size_t slot = entries_[i].hash & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = i + 1;
    }
  }

  // Index into entries_ plus one; 0 is free.
  std::vector<std::uint32_t> slots_;
  std::vector<Entry> entries_;
};

}  // namespace evalctl::parser
