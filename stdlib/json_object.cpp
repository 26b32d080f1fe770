#include <nlohmann/json.hpp>

#include "stdlib/json.h"

namespace evalctl::stdlib {

base::Result<std::string> compact_object(std::string_view text) {
  nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  if (object.is_discarded()) return base::fail("it is not JSON");
  if (!object.is_object()) return base::fail("it is not an object");
  return object.dump();
}

}  // namespace evalctl::stdlib
