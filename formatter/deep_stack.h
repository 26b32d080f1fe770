// Runs a function on a stack of its own.
#pragma once
#include <cstddef>
#include <functional>

namespace evalctl::formatter {

// Calls `body` with at least `bytes` of native stack and waits for it. False when there is no memory for that.
bool run_with_stack(std::size_t bytes, const std::function<void()>& body);

}  // namespace evalctl::formatter
