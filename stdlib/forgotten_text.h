// The text of a file that was lowered and not kept: it is read again when a message shows some of it. If the file has changed
// since, blanks in lines of the same lengths stand for it: positions stay right, and nothing is shown that was not evaluated.
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/fingerprint.h"
#include "evaluator/program.h"

namespace evalctl::stdlib {

class World;

// What was read of it is told by who knows that: fewer bytes than the text.
class UnkeptText : public evaluator::UnreadText {
 public:
  UnkeptText(World& world, std::string path) : world_(world), path_(std::move(path)) {}
  std::string_view text() const override;

 protected:
  virtual std::size_t size() const = 0;
  virtual bool is_same(std::string_view text) const = 0;

 private:
  World& world_;  // the machine of a thread may be gone when somebody asks
  std::string path_;
  mutable std::once_flag once_;
  mutable std::string text_;
};

// What is kept of a text. Linear in it.
struct TextDigest {
  explicit TextDigest(std::string_view text);
  std::size_t size;
  base::Fingerprint fingerprint;
  std::string lengths;  // of the lines
};

class ForgottenText : public UnkeptText {
 public:
  ForgottenText(World& world, std::string path, TextDigest digest) : UnkeptText(world, std::move(path)), digest_(std::move(digest)) {}
  parser::LineIndex lines() const override;

 protected:
  std::size_t size() const override { return digest_.size; }
  bool is_same(std::string_view text) const override;

 private:
  TextDigest digest_;
};

}  // namespace evalctl::stdlib
