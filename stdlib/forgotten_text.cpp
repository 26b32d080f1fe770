#include "stdlib/forgotten_text.h"

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

std::string_view UnkeptText::text() const {
  std::call_once(once_, [&] {
    auto read = world_.read_file(path_);
    if (read && is_same(*read)) {
      text_ = std::move(*read);
      return;
    }
    text_.assign(size(), ' ');
    parser::LineIndex index = lines();
    for (std::size_t start : index.starts())
      if (start != 0) text_[start - 1] = '\n';
  });
  return text_;
}

TextDigest::TextDigest(std::string_view text) : size(text.size()), fingerprint(fingerprint_of(text)), lengths(evaluator::line_lengths(text)) {
  lengths.shrink_to_fit();
}

bool ForgottenText::is_same(std::string_view text) const { return text.size() == digest_.size && fingerprint_of(text) == digest_.fingerprint; }

parser::LineIndex ForgottenText::lines() const { return evaluator::lines_of_lengths(digest_.lengths); }

}  // namespace evalctl::stdlib
