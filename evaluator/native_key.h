// What machine code of a function depends on, as a hash. Functions with the same key can share their code, in this process
// and in others of the same program: see evaluator/native.h for why.
#pragma once
#include <string>

#include "evaluator/program.h"

namespace evalctl::evaluator {

constexpr std::size_t kNativeKeyBytes = 16;

// `code` has a body, and those children that are computed in line have one too (prepare_native).
std::string native_key(const Code& code);
// What stands in front of machine code of that key; 0 for no key.
std::uint64_t native_id(const std::string& key);

}  // namespace evalctl::evaluator
