// Machine code kept between runs, in one file for each build of this program and kind of processor:
//
//   header | images: where each stands | functions: key, image, entry, by key | images
//
// The file is mapped as a whole, to be run where it stands. It is read with the care due to what anyone may have damaged: header and tables have a checksum, each image has its
// own, which is checked when the image is first used; what does not agree, or belongs to another user, counts as absent.
// A new file replaces the old one at once, so that neither two writers nor a killed one do harm; of two writers at the same
// time one wins.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/jit/jit.h"

namespace evalctl::stdlib {

class CodeCache {
 public:
  // $XDG_CACHE_HOME/evalctl/code, or the same in ~/.cache; "" when there is no place.
  static std::string folder();

  // Opens the file of this program. Where there is none, nothing is found.
  CodeCache();
  ~CodeCache();
  CodeCache(const CodeCache&) = delete;

  bool empty() const { return functions_.empty(); }
  std::size_t function_count() const { return functions_.size(); }
  const std::string& path() const { return path_; }

  // Where the code of the function with that key begins, ready to run; null when it is not there.
  char* find(std::string_view key);

  // Code made by this process. Kept until write().
  void add(const evaluator::jit::Image& image, const std::vector<std::string>& keys);
  // Adds what add() was given to the file as it is by now. True when there is nothing to write or all went well.
  bool write();

 private:
  struct Image {
    std::uint64_t offset;
    std::uint32_t bytes, frames;
    char checksum[32];
  };
  struct Function {
    char key[16];
    std::uint32_t image, entry;
  };
  struct Header;
  struct Added { evaluator::jit::Image image; std::vector<std::string> keys; };

  bool map(int file);
  bool read_tables();
  bool read_images(std::string& out);
  const Function* lookup(std::string_view key) const;
  // The bytes of an image, if they are what was written; else none.
  std::string_view checked(const Image& image) const;
  char* load(std::uint32_t image);
  void forget();

  std::string path_, identity_;
  char* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  bool is_in_use_ = false;  // somebody may run code of it: it stays mapped
  std::vector<Image> images_;
  std::vector<Function> functions_;
  std::vector<char*> loaded_;  // by image; null: not yet
  std::vector<bool> damaged_;
  std::vector<Added> added_;
};

// The linker's hash of this program; "" where it has none.
std::string build_id();

// Maps code where it can run and nobody can write. Null when the system refuses.
char* map_code(const char* bytes, std::size_t count, std::uint32_t frames);

}  // namespace evalctl::stdlib
