#include "stdlib/forgotten_text.h"

#include <utility>

#include "evaluator/ir_record.h"
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
    : world_(world), path_(std::move(path)), size_(text.size()), fingerprint_(fingerprint_of(text)), lengths_(evaluator::line_lengths(text)) {
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

parser::LineIndex ForgottenText::lines() const { return evaluator::lines_of_lengths(lengths_); }

}  // namespace evalctl::stdlib
