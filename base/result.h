// Result<T>: a value or an Error, for IO and for small grammars. Evaluation has its own pending error (evaluator/vm.h).
#pragma once
#include <expected>
#include <string>
#include <utility>

namespace evalctl::base {

// A failure that a person reads: one sentence without a final stop.
struct Error {
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message) { return std::unexpected(Error{std::move(message)}); }

}  // namespace evalctl::base
