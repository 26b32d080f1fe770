// Links a relocatable object to an image that runs at any address.
#pragma once
#include <llvm/Support/MemoryBufferRef.h>

#include <string>

#include "evaluator/jit/jit.h"

namespace evalctl::evaluator::jit {

// `names`: the symbol of each unit, empty for those declined. False when the object needs something from outside.
bool link_image(llvm::MemoryBufferRef object, std::span<const std::string> names, Image& image);

}  // namespace evalctl::evaluator::jit
