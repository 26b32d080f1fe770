// Memory for bytecode, shapes and contexts: what lives as long as the process. All of it stands in one stretch of addresses that is so
// short that a number of 32 bits tells an address.
#pragma once
#include <cstddef>
#include <cstdint>

namespace evalctl::evaluator {

// Never freed, 8-byte aligned, zeroed. Thread-safe. Ends the process where there is no more.
void* allocate_permanent(std::size_t bytes);

[[noreturn]] void end_without_memory();

// Where the stretch begins.
extern char* const permanent_memory;

// The number of what stands there; never 0.
inline std::uint32_t permanent_number(const void* p) { return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(p) >> 3); }
template <class T>
T* permanent_at(std::uint32_t number) {
  return reinterpret_cast<T*>(permanent_memory + std::size_t{number - permanent_number(permanent_memory)} * 8);
}

}  // namespace evalctl::evaluator
