// Values as JSON and back.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "evaluator/vm.h"

namespace evalctl::stdlib {

// Appends `v`, evaluated on the way, as compact JSON with sorted keys. `copy_paths`: paths become store paths. Adds to
// `context`. False on failure.
bool to_json(evaluator::Vm& vm, evaluator::Value v, std::string& out, const evaluator::Context*& context, bool copy_paths);

// Appends `text` quoted and escaped.
void append_json_string(std::string_view text, std::string& out);

// The JSON object that `text` is, compact and with sorted keys; of equal keys the last. Fails where it is none.
base::Result<std::string> compact_object(std::string_view text);

}  // namespace evalctl::stdlib
