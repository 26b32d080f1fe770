// Result<T>: a value or an Error, for IO and for small grammars. Evaluation has its own pending error (evaluator/vm.h).
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace evalctl::base {

// A failure that a person reads: one sentence without a final stop.
struct Error {
  // What went wrong, for whoever explains it; most sentences need no explanation.
  enum class Kind : std::uint8_t {
    Other,
    MissingFile,
    Untracked,  // by Git, in a flake
    Forbidden,  // by pure or restricted evaluation
    Fetch,      // the address, or the way to it
    Hash,       // its form, or its value
    StoreName,  // what a name in the store may not have
    Unbuilt,    // evaluation needs what is yet to be built
    Flake,      // flake.nix, its lock file, or a flake reference
  };
  std::string message{};
  Kind kind = Kind::Other;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message, Error::Kind kind = Error::Kind::Other) { return std::unexpected(Error{std::move(message), kind}); }

}  // namespace evalctl::base
