// How commands write a value to standard output.
#pragma once
#include <string>
#include <string_view>

#include "evaluator/vm.h"

namespace evalctl::cli {

enum class Format { Nix, Json, Raw, Xml };

struct OutputOptions {
  Format format = Format::Nix;
  // Everything is evaluated first. Otherwise Nix and Xml show what is not evaluated as such.
  bool strict = false;
  // Nix: derivations are shown by their paths, functions by their names and places.
  bool by_name = false;
  // Nix: what fails inside of a list or a set is shown in its place.
  bool errors_inside = false;
  // Paths in JSON become store paths.
  bool copy_paths = false;
  // Places in Xml.
  bool locations = false;
};

// Appends the value and, except for Raw and Xml, a line end. False on failure (vm.error is set).
bool write_value(evaluator::Vm& vm, evaluator::Value value, const OutputOptions& options, std::string& out);

// `text` in quotes, as JSON writes it, in UTF-8.
std::string json_string(std::string_view text);

}  // namespace evalctl::cli
