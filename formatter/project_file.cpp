#include "formatter/project_file.h"

#include <fmt/core.h>

#include "base/toml_parser.h"
#include "base/toml_text.h"

namespace evalctl::formatter {
namespace {

constexpr std::int64_t kMostColumns = 1'000'000;

base::Result<void> read_number(const toml::node& node, std::string_view name, std::optional<std::uint32_t>& out) {
  auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 0 || *value > kMostColumns) return base::fail(fmt::format("'{}' is not a number of columns", name));
  out = static_cast<std::uint32_t>(*value);
  return {};
}

base::Result<void> read_patterns(const toml::node& node, IgnorePatterns& out) {
  const toml::array* array = node.as_array();
  if (!array) return base::fail("'exclude' is not a list of patterns");
  for (const toml::node& element : *array) {
    auto pattern = element.value_exact<std::string>();
    if (!pattern) return base::fail("'exclude' has an element that is not a string");
    out.add(*pattern);
  }
  return {};
}

base::Result<void> read_key(std::string_view name, const toml::node& node, ProjectFile& out) {
  if (name == "width") return read_number(node, name, out.overrides.width);
  if (name == "indent") return read_number(node, name, out.overrides.indent);
  if (name == "exclude") return read_patterns(node, out.exclude);
  if (name != "strict") return base::fail(fmt::format("'{}' is no setting of [format]", name));
  out.overrides.strict = node.value_exact<bool>();
  if (!out.overrides.strict) return base::fail("'strict' is neither true nor false");
  return {};
}

}  // namespace

base::Result<ProjectFile> parse_project_file(std::string_view text) {
  ProjectFile out;
  if (auto checked = base::check_toml(text); !checked) return std::unexpected(checked.error());
  try {
    toml::table table = toml::parse(text);
    const toml::node* format = table.get("format");
    if (!format) return out;
    const toml::table* settings = format->as_table();
    if (!settings) return base::fail("'format' is not a table");
    for (const auto& [key, node] : *settings) {
      if (auto read = read_key(key.str(), node, out); !read) return base::fail(read.error().message);
    }
  } catch (const toml::parse_error& error) {
    return base::fail(fmt::format("{}:{}: {}", error.source().begin.line, error.source().begin.column, error.description()));
  }
  return out;
}

}  // namespace evalctl::formatter
