// Bringing files of the disk into the store: `path`, `filterSource`, and entries of the search path.
#pragma once
#include <optional>
#include <string>

#include "evaluator/vm.h"

namespace evalctl::stdlib {

class World;

evaluator::Value path_builtin(evaluator::Vm& vm, evaluator::Value* arguments);
evaluator::Value filter_source_builtin(evaluator::Vm& vm, evaluator::Value* arguments);

// The absolute folder or file that the path of a search path entry means; none when it is not on this machine.
std::optional<std::string> local_folder(std::string_view entry);
// The same; none either when it may not be read.
std::optional<std::string> search_path_folder(World& world, std::string_view entry);

// The path that `v` means, readable: its context is realised and access is allowed. False on failure.
bool readable_path(evaluator::Vm& vm, evaluator::Value v, std::string& path, std::string_view what = "");

}  // namespace evalctl::stdlib
