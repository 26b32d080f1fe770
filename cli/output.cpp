#include "cli/output.h"

#include "base/text.h"
#include "stdlib/json.h"
#include "stdlib/print.h"
#include "stdlib/xml.h"

namespace evalctl::cli {

using namespace evaluator;

bool write_value(Vm& vm, Value value, const OutputOptions& options, std::string& out) {
  const Context* context = nullptr;
  switch (options.format) {
    case Format::Raw: return vm.coerce_to_string(value, out, context, false, true, "the value to print");
    case Format::Json: return stdlib::to_json(vm, value, out, context, options.copy_paths);
    case Format::Xml: return stdlib::to_xml(vm, value, out, context, options.strict, options.locations);
    case Format::Nix:
      if (!stdlib::print_value(vm, value, out, {.deep = options.strict, .by_name = options.by_name, .errors_inside = options.errors_inside})) return false;
      out += '\n';
      return true;
  }
  return false;
}

std::string json_string(std::string_view text) {
  std::string out;
  stdlib::append_json_string(base::as_utf8(std::string(text)), out);
  return out;
}

}  // namespace evalctl::cli
