// Values as Nix's XML.
#pragma once
#include <string>

#include "evaluator/vm.h"

namespace evalctl::stdlib {

// Appends the document for `v`. `strict`: evaluated on the way; otherwise what is not is <unevaluated />. False on failure.
bool to_xml(evaluator::Vm& vm, evaluator::Value v, std::string& out, const evaluator::Context*& context, bool strict, bool locations);

}  // namespace evalctl::stdlib
