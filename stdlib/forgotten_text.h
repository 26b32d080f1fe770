// The text of a file that was lowered and not kept: it is read again when a message shows some of it. If the file has changed
// since, blanks in lines of the same lengths stand for it: positions stay right, and nothing is shown that was not evaluated.
#pragma once
#include <mutex>
#include <string>

#include "base/fingerprint.h"
#include "evaluator/program.h"

namespace evalctl::stdlib {

class World;

// `starts`: of the lines.
std::string blank_lines(std::size_t size, const std::vector<std::uint32_t>& starts);

class ForgottenText : public evaluator::UnreadText {
 public:
  ForgottenText(World& world, std::string path, std::string_view text);
  std::string_view text() const override;
  parser::LineIndex lines() const override;

 private:
  World& world_;
  std::string path_;
  std::size_t size_;
  base::Fingerprint fingerprint_;
  std::string lengths_;  // of the lines
  mutable std::once_flag once_;
  mutable std::string text_;
};

}  // namespace evalctl::stdlib
