// The queries of the grammar on example files.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace evalctl::tests {

// Runs the query of `file` on each .nix file in `examples`. What it captures stands in `<example>.<query>.exp` beside the
// example, a line for each capture: the place (line:column-line:column from 1, columns in bytes), the name, the first line of
// the text. Returns what is wrong; with `update`, writes the expectation instead.
std::optional<std::string> run_query(const std::filesystem::path& file, const std::filesystem::path& examples, bool update);

}  // namespace evalctl::tests
