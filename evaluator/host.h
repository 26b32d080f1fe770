// All that evaluation asks of the world. evaluator/ itself does no IO; pure mode is enforced behind this interface.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "evaluator/value.h"

namespace evalctl::evaluator {

class Vm;

class Host {
 public:
  virtual ~Host() = default;
  // Copies the file or folder at `path` (absolute) into the store, or computes where it would go; returns its store path.
  virtual base::Result<std::string> copy_to_store(const std::string& path) = 0;
  // A line for the user on standard error (trace, warn).
  virtual void message(std::string_view text) = 0;
};

}  // namespace evalctl::evaluator
