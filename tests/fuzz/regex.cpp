// A pattern, a line feed, a subject: match and split answer or fail. Both are short, since the time may be exponential.
#include <string_view>

#include "tests/fuzz/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace evalctl;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos || end > 24 || size - end > 17) return 0;
  static auto& machine = *new fuzz::Machine;
  machine.run([&] {
    evaluator::Vm& vm = machine.vm;
    evaluator::Value arguments[] = {vm.string(bytes.substr(0, end)), vm.string(bytes.substr(end + 1))};
    // The pieces of a split without its groups are no more than the subject; a subject that matches is found.
    evaluator::Value check = machine.evaluate(
        "p: s: let b = builtins; pieces = b.filter b.isString (b.split p s); m = b.match p s; "
        "in b.deepSeq [ pieces m ] (b.stringLength (b.concatStringsSep \"\" pieces) <= b.stringLength s && (m == null || b.isList m))");
    evaluator::Value good = vm.call(check, arguments, 2);
    if (!good) return;
    bool holds = false;
    fuzz::hold(vm.force_bool(good, holds) && holds);
  });
  return 0;
}
