// A stretch of a text around a syntax error, to see how far changes in it lead without reading the rest of the file.
//
//   { a = 1;  b = f x;  c = { d = 2 e = 3; };  f = 4;  g = 5; ... }
//                       [             ^            ]
//
// It begins with a binding that the error is inside of. As long as the brackets around that binding stay open, the parser does
// there what it does when it comes to it from the beginning of the file.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "parser/changes.h"

namespace evalctl::parser {

class Stretch {
 public:
  // Around the first error of `reading`, whose nodes are known, and not before `settled`. Nothing where the error is in no binding.
  static std::optional<Stretch> around(const Reading& reading, std::size_t settled);

  // The first syntax error of the text with that change; nothing where it is not inside of the stretch, or that is not certain.
  // Cost: the size of the stretch.
  std::optional<std::size_t> first_error(std::string_view text, const Edit& edit, const ParseOptions& options) const;

  // Bytes that are read for it, as a rule.
  std::size_t size() const { return error_ - begin_ + 2048; }

 private:
  struct Found {
    std::optional<std::size_t> error;
    // The brackets around the beginning were closed: reading more of the text would not tell more.
    bool closed = false;
  };
  Found read(std::string_view text, const Edit& edit, std::size_t end, const ParseOptions& options) const;
  Stretch(std::uint32_t begin, std::uint32_t depth) : begin_(begin), depth_(depth) {}

  std::uint32_t begin_, error_ = 0;
  // Changes before that may make something else than a binding of the beginning.
  std::uint32_t first_edit_ = 0;
  // An upper bound of the brackets around the beginning.
  std::uint32_t depth_;
};

}  // namespace evalctl::parser
