// Bytes that read as an archive are those that writing the same tree gives. How the bytes are cut into pieces changes
// nothing, and every name stays within its folder.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "store/nar.h"

namespace {

using namespace evalctl;

// Writes again what it is told.
class Rewriter final : public store::NarVisitor {
 public:
  std::string out;

  Rewriter() { text("nix-archive-1"); }

  base::Result<void> directory(const std::string& path) override {
    open(path);
    text("directory");
    open_.push_back(path);
    return {};
  }
  base::Result<void> symlink(const std::string& path, const std::string& target) override {
    open(path);
    for (std::string_view word : {std::string_view("symlink"), std::string_view("target"), std::string_view(target)}) text(word);
    close(path);
    return {};
  }
  base::Result<void> begin_file(const std::string& path, bool executable, std::uint64_t size) override {
    open(path);
    text("regular");
    if (executable) {
      text("executable");
      text("");
    }
    text("contents");
    file_ = path;
    size_ = size;
    return {};
  }
  base::Result<void> contents(std::string_view bytes) override {
    contents_ += bytes;
    return {};
  }
  base::Result<void> end_file() override {
    if (contents_.size() != size_) std::abort();
    text(contents_);
    contents_.clear();
    close(file_);
    return {};
  }
  void finish() {
    while (!open_.empty()) close_folder();
  }

 private:
  void text(std::string_view s) {
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(std::uint64_t{s.size()} >> shift);
    out += s;
    out.append((8 - s.size() % 8) % 8, '\0');
  }
  void close_folder() {
    std::string path = open_.back();
    open_.pop_back();
    close(path);
  }
  void open(const std::string& path) {
    if (!path.empty()) {
      std::size_t slash = path.rfind('/');
      std::string name = path.substr(slash + 1);
      if (name.empty() || name == "." || name == "..") std::abort();
      while (open_.back() != path.substr(0, slash)) close_folder();
      for (std::string_view word : {std::string_view("entry"), std::string_view("("), std::string_view("name"), std::string_view(name),
                                    std::string_view("node")})
        text(word);
    }
    text("(");
    text("type");
  }
  void close(const std::string& path) {
    text(")");
    if (!path.empty()) text(")");
  }

  std::vector<std::string> open_;
  std::string file_, contents_;
  std::uint64_t size_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Rewriter whole;
  store::NarReader reader(whole);
  reader.write(bytes);
  auto done = reader.finish();
  Rewriter pieces;
  store::NarReader slow(pieces);
  for (std::size_t at = 0, length = 1; at < size; at += length, length = length % 7 + 1) slow.write(bytes.substr(at, length));
  if (slow.finish().has_value() != done.has_value()) std::abort();
  if (!done) return 0;
  whole.finish();
  pieces.finish();
  if (whole.out != bytes || pieces.out != bytes) std::abort();
  return 0;
}
