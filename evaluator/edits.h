// An edit of a followed file (evaluator/dependencies.h) as a change of leaves.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "evaluator/vm.h"

namespace evalctl::evaluator {

// Takes over the edits of all followed files; `read` gives what stands at a path now, or nothing when it cannot be read. False
// when evaluation has to begin anew, and values are of no use: more than leaves was edited, a leaf uses other variables, a place
// moved that a program has asked for, a text has mistakes, or edits have left more than is of use. Linear in the texts that differ.
bool take_edits(Vm& vm, const std::function<std::optional<std::string>(const std::string& path)>& read);

}  // namespace evalctl::evaluator
