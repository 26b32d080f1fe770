#include "cli/output.h"

#include "stdlib/json.h"
#include "stdlib/print.h"
#include "stdlib/xml.h"

namespace evalctl::cli {

using namespace evaluator;

bool write_value(Vm& vm, Value value, Format format, bool strict, std::string& out) {
  const Context* context = nullptr;
  switch (format) {
    case Format::Raw: return vm.coerce_to_string(value, out, context, false, false, "the value to print");
    case Format::Json:
      if (!stdlib::to_json(vm, value, out, context)) return false;
      out += '\n';
      return true;
    case Format::Xml: return (!strict || vm.force_deep(value)) && stdlib::to_xml(vm, value, out, context);
    case Format::Nix:
      if (strict && !vm.force_deep(value)) return false;
      stdlib::print_value(vm, value, out);
      out += '\n';
      return true;
  }
  return false;
}

}  // namespace evalctl::cli
