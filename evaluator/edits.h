// An edit of a followed file (evaluator/dependencies.h) as a change of leaves.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/vm.h"

namespace evalctl::evaluator {

// Makes the leaves of `file` what they are in `text`, its new content, which lives on. Returns the codes of those that differ
// from what they were last and had been reached. None, and nothing has happened, when more than leaves differs: something else was edited, a leaf uses
// other variables, a place moved that a program has asked for, or `text` has mistakes. Linear in both texts.
std::optional<std::vector<std::uint32_t>> edit_leaves(Vm& vm, std::uint32_t file, std::string_view text);

// Takes over the edits of all followed files; `read` gives what stands at a path now, or nothing when it cannot be read. False
// when evaluation has to begin anew; values are of no use then.
bool take_edits(Vm& vm, const std::function<std::optional<std::string>(const std::string& path)>& read);

}  // namespace evalctl::evaluator
