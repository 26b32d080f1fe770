// Any bytes: fromTOML gives a set, all of whose members have values, or fails.
#include "tests/fuzz/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace evalctl;
  static auto& machine = *new fuzz::Machine;
  machine.run([&] {
    evaluator::Vm& vm = machine.vm;
    evaluator::Value text = vm.string({reinterpret_cast<const char*>(data), size});
    evaluator::Value value = vm.call(machine.evaluate("builtins.fromTOML"), text);
    if (!value) return;
    fuzz::hold(vm.force(value).is(evaluator::Kind::Attrs));
    fuzz::hold(vm.force_deep(value));
  });
  return 0;
}
