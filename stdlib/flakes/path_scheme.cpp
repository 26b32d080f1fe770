// `path:`: a folder of this machine, as it is.
#include <fmt/format.h>

#include <charconv>

#include "stdlib/flakes/fetch_tree.h"
#include "stdlib/flakes/schemes.h"

namespace evalctl::stdlib {
namespace {

constexpr std::string_view kAttributes[] = {"path", "rev", "revCount", "lastModified", "narHash"};

base::Result<std::optional<InputAttributes>> from_url(const Url& url, bool) {
  if (url.scheme != "path") return std::nullopt;
  if (url.authority && !url.authority->empty()) {
    return base::fail(fmt::format("path URL '{}' should not have an authority ('{}')", url.to_string(), *url.authority));
  }
  InputAttributes attributes{{"type", "path"}, {"path", url.path_text()}};
  for (const auto& [name, value] : url.query) {
    if (name == "rev" || name == "narHash") {
      attributes[name] = value;
    } else if (name == "revCount" || name == "lastModified") {
      auto number = parse_number(value);
      if (!number) return base::fail(fmt::format("path URL '{}' has invalid parameter '{}'", url.to_string(), name));
      attributes[name] = *number;
    } else {
      return base::fail(fmt::format("path URL '{}' has unsupported parameter '{}'", url.to_string(), name));
    }
  }
  return attributes;
}

base::Result<void> check(InputAttributes& attributes) {
  if (!attributes.contains("path")) return base::fail("input attribute 'path' is missing");
  return {};
}

base::Result<Url> to_url(const Input& input) {
  Url url{.scheme = "path", .authority = {}, .path = split(*input.text("path"), '/'), .query = {}, .fragment = {}};
  for (const auto& [name, value] : input.attributes) {
    if (name == "path" || name == "type") continue;
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
      url.query[name] = fmt::format("{}", *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      url.query[name] = *text;
    }
  }
  return url;
}

bool is_locked(const Input& input) { return input.has("narHash"); }

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

const Scheme kPathScheme = {"path", kAttributes, from_url, check, to_url, is_locked, fetch_path_tree};

}  // namespace evalctl::stdlib
