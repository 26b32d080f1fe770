// Whether the machine has memory for one more large block, before anybody begins to fill it: the system promises more than there is, and
// ends the process that takes it at its word.
#pragma once
#include <cstddef>
#include <limits>
#include <new>

namespace evalctl::base {

// Smaller blocks are not asked for: to look at the machine takes some ten microseconds.
constexpr std::size_t kAskedFor = std::size_t{8} << 20;

// There may be memory, but it is not to be used.
class LimitReached : public std::bad_alloc {};

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// From now on no block may have more bytes, whatever the machine has.
void limit_blocks(std::size_t bytes);

// False when a block of so many bytes, all of which will be written, is larger than what is left of the machine's memory, or of that of
// the process's control groups. True where the system does not tell.
bool has_memory_for(std::size_t bytes);

// To be called before memory is asked for. Throws LimitReached beyond limit_blocks, std::bad_alloc where there is no memory.
void require_memory_for(std::size_t bytes);

}  // namespace evalctl::base
