// How commands write a value to standard output.
#pragma once
#include <string>

#include "evaluator/vm.h"

namespace evalctl::cli {

enum class Format { Nix, Json, Raw, Xml };

// Appends the value and, except for Raw and Xml, a line end. Nix and Xml show what is not evaluated unless `strict`. False
// on failure (vm.error is set).
bool write_value(evaluator::Vm& vm, evaluator::Value value, Format format, bool strict, std::string& out);

}  // namespace evalctl::cli
