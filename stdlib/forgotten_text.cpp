#include "stdlib/forgotten_text.h"

#include <utility>

#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

base::Fingerprint fingerprint_of(std::string_view text) {
  base::Fingerprinter fingerprinter;
  fingerprinter.write(text);
  return fingerprinter.finish();
}

}  // namespace

std::string blank_lines(std::size_t size, const std::vector<std::uint32_t>& starts) {
  std::string out(size, ' ');
  for (std::size_t start : starts)
    if (start != 0) out[start - 1] = '\n';
  return out;
}

ForgottenText::ForgottenText(World& world, std::string path, std::string_view text)
    : world_(world), path_(std::move(path)), size_(text.size()), fingerprint_(fingerprint_of(text)) {
  std::uint32_t last = 0;
  for (std::uint32_t start : parser::LineIndex(text).starts()) {
    if (start == 0) continue;
    std::uint32_t length = start - std::exchange(last, start);
    for (; length >= 0x80; length >>= 7) lengths_ += static_cast<char>(length | 0x80);
    lengths_ += static_cast<char>(length);
  }
  lengths_.shrink_to_fit();
}

std::string_view ForgottenText::text() const {
  std::call_once(once_, [&] {
    auto read = world_.read_file(path_);
    bool same = read && read->size() == size_ && fingerprint_of(*read) == fingerprint_;
    text_ = same ? std::move(*read) : blank_lines(size_, lines().starts());
  });
  return text_;
}

parser::LineIndex ForgottenText::lines() const {
  std::vector<std::uint32_t> starts{0};
  std::uint32_t length = 0, shift = 0;
  for (char c : lengths_) {
    auto byte = static_cast<unsigned char>(c);
    length |= (byte & 0x7fu) << shift;
    shift += 7;
    if (byte & 0x80) continue;
    starts.push_back(starts.back() + length);
    length = shift = 0;
  }
  return parser::LineIndex(std::move(starts));
}

}  // namespace evalctl::stdlib
