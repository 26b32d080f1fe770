// Any bytes: fromJSON answers or fails. What it gives is written by toJSON as text that reads as the same value.
#include "tests/fuzz/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace evalctl;
  static auto& machine = *new fuzz::Machine;
  machine.run([&] {
    evaluator::Vm& vm = machine.vm;
    evaluator::Value text = vm.string({reinterpret_cast<const char*>(data), size});
    evaluator::Value again = machine.evaluate("text: let v = builtins.fromJSON text; s = builtins.toJSON v; in builtins.deepSeq v "
                                              "(s == builtins.toJSON (builtins.fromJSON s))");
    evaluator::Value same = vm.call(again, text);
    if (!same) return;
    bool equal = false;
    fuzz::hold(vm.force_bool(same, equal) && equal);
  });
  return 0;
}
