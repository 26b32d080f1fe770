// From a failed evaluation to what the user is told: his own line first, what is wrong with it, and what to write instead.
//
// Nothing of this happens while evaluation succeeds, nor for errors that tryEval catches.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "evaluator/vm.h"

namespace evalctl::stdlib {

struct ErrorCode {
  std::string_view code, name, explanation, example;
};
// The row of a code ("E021"), or null.
const ErrorCode* find_error_code(std::string_view code);
// All rows, in the order of their codes.
std::span<const ErrorCode> error_codes();

// Other things that are evaluated in the same process.
struct Beside {
  std::uint32_t files = 0;  // how many had been read before that began
  bool shows = false;       // whether what is said may be another thing without them
};
// What the pending error of `vm` says.
base::Diagnostic diagnose(evaluator::Vm& vm, Beside* beside = nullptr);

// What lies in the folder is the user's own, wherever that is. Before anything is diagnosed.
void add_user_root(std::string folder);

// True for a file that is not the user's own: of nixpkgs, of the store, or built in.
bool is_library_file(std::string_view path);

}  // namespace evalctl::stdlib
