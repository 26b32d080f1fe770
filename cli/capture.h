// What a command prints, held back.
#pragma once
#include <string>

namespace evalctl::cli {

// Standard output goes to memory as long as this lives.
class Capture {
 public:
  Capture();
  Capture(const Capture&) = delete;
  bool works() const { return kept_ >= 0 && memory_ >= 0; }
  // Gives standard output back and returns what was written.
  std::string finish();

 private:
  int kept_, memory_;
};

}  // namespace evalctl::cli
