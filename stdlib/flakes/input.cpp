#include "stdlib/flakes/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/files.h"
#include "base/hash.h"
#include "stdlib/flakes/grammar.h"
#include "stdlib/flakes/schemes.h"
#include "stdlib/json.h"

namespace evalctl::stdlib {
namespace {

constexpr const Scheme* kSchemes[] = {&kFileScheme,   &kGitScheme,       &kGithubScheme, &kGitlabScheme, &kSourcehutScheme,
                                      &kMercurialScheme, &kIndirectScheme, &kPathScheme,   &kTarballScheme};

const Scheme* find_scheme(std::string_view name) {
  for (const Scheme* scheme : kSchemes) {
    if (scheme->name == name) return scheme;
  }
  return nullptr;
}

// The attributes that all schemes understand alike have the right types.
base::Result<void> check_common(const InputAttributes& attributes) {
  for (std::string_view name : {"type", "ref", "rev", "narHash", "url", "owner", "repo", "path", "id"}) {
    auto found = attributes.find(name);
    if (found != attributes.end() && !std::holds_alternative<std::string>(found->second)) {
      return base::fail(fmt::format("input attribute '{}' is not a string", name));
    }
  }
  for (std::string_view name : {"revCount", "lastModified"}) {
    auto found = attributes.find(name);
    if (found != attributes.end() && !std::holds_alternative<std::uint64_t>(found->second)) {
      return base::fail(fmt::format("input attribute '{}' is not an integer", name));
    }
  }
  for (std::string_view name : {"shallow", "submodules", "allRefs", "exportIgnore", "lfs"}) {
    auto found = attributes.find(name);
    if (found != attributes.end() && !std::holds_alternative<bool>(found->second)) {
      return base::fail(fmt::format("input attribute '{}' is not a Boolean", name));
    }
  }
  return {};
}

base::Result<void> check_hashes(const InputAttributes& attributes) {
  if (auto found = attributes.find("narHash"); found != attributes.end()) {
    auto hash = base::parse_hash(std::get<std::string>(found->second), base::HashAlgorithm::Sha256);
    if (!hash) return std::unexpected(hash.error());
  }
  if (auto found = attributes.find("rev"); found != attributes.end()) {
    const std::string& rev = std::get<std::string>(found->second);
    if (!is_revision(rev) && !base::parse_hash(rev, base::HashAlgorithm::Sha1) && !base::parse_hash(rev, base::HashAlgorithm::Sha256)) {
      return base::fail(fmt::format("hash '{}' has wrong length for hash algorithm 'sha1'", rev), base::Error::Kind::Hash);
    }
  }
  return {};
}

base::Result<Input> checked(const Scheme* scheme, InputAttributes attributes) {
  if (auto common = check_common(attributes); !common) return std::unexpected(common.error());
  if (auto ok = scheme->check(attributes); !ok) return std::unexpected(ok.error());
  if (auto hashes = check_hashes(attributes); !hashes) return std::unexpected(hashes.error());
  Input input;
  input.scheme = scheme;
  input.attributes = std::move(attributes);
  return input;
}

}  // namespace

std::span<const Scheme* const> all_schemes() { return kSchemes; }

base::Result<Input> Input::from_url(const Url& url, bool tree) {
  for (const Scheme* scheme : kSchemes) {
    auto attributes = scheme->from_url(url, tree);
    if (!attributes) return std::unexpected(attributes.error());
    if (*attributes) return checked(scheme, std::move(**attributes));
  }
  if (url.scheme == "file+git") {
    return base::fail(fmt::format("input '{}' is unsupported; did you mean 'git+file' instead of 'file+git'?", url.to_string()), base::Error::Kind::Flake);
  }
  return base::fail(fmt::format("input '{}' is unsupported", url.to_string()), base::Error::Kind::Flake);
}

base::Result<Input> Input::from_attributes(InputAttributes attributes) {
  auto type = attributes.find("type");
  if (type == attributes.end() || !std::holds_alternative<std::string>(type->second)) {
    return base::fail("'type' attribute to specify input scheme is required but not provided");
  }
  const std::string& name = std::get<std::string>(type->second);
  const Scheme* scheme = find_scheme(name);
  if (!scheme) return base::fail(fmt::format("input '{}' is unsupported", attributes_to_json(attributes)), base::Error::Kind::Flake);
  for (const auto& [attribute, value] : attributes) {
    if (attribute != "type" && std::ranges::find(scheme->attributes, attribute) == scheme->attributes.end()) {
      return base::fail(fmt::format("input attribute '{}' not supported by scheme '{}'", attribute, name));
    }
  }
  return checked(scheme, std::move(attributes));
}

std::optional<std::string> Input::text(std::string_view name) const {
  auto found = attributes.find(name);
  if (found == attributes.end()) return std::nullopt;
  const std::string* value = std::get_if<std::string>(&found->second);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<std::uint64_t> Input::number(std::string_view name) const {
  auto found = attributes.find(name);
  if (found == attributes.end()) return std::nullopt;
  const std::uint64_t* value = std::get_if<std::uint64_t>(&found->second);
  return value ? std::optional(*value) : std::nullopt;
}

bool Input::flag(std::string_view name) const {
  auto found = attributes.find(name);
  return found != attributes.end() && std::holds_alternative<bool>(found->second) && std::get<bool>(found->second);
}

std::optional<std::string> Input::nar_hash() const {
  auto given = text("narHash");
  if (!given) return std::nullopt;
  auto hash = base::parse_hash(*given, base::HashAlgorithm::Sha256);
  return hash ? hash->sri() : *given;
}

std::optional<std::string> Input::relative_path() const {
  if (type() != "path") return std::nullopt;
  std::string path = text("path").value_or("");
  if (path.starts_with('/')) return std::nullopt;
  return path;
}

std::optional<std::string> Input::source_path() const {
  if (type() == "path") return text("path");
  if (type() != "git") return std::nullopt;
  auto url = parse_url(text("url").value_or(""), false);
  if (!url || url->scheme != "file" || !base::exists(url->path_text() + "/.git")) return std::nullopt;
  return url->path_text();
}

base::Result<Url> Input::to_url() const {
  if (!scheme) return base::fail(fmt::format("cannot show unsupported input '{}'", attributes_to_json(attributes)));
  return scheme->to_url(*this);
}

std::string Input::to_string() const {
  auto url = to_url();
  return url ? url->to_string() : attributes_to_json(attributes);
}

std::string attributes_to_json(const InputAttributes& attributes) {
  std::string out = "{";
  for (const auto& [name, value] : attributes) {
    if (out.size() > 1) out += ',';
    append_json_string(name, out);
    out += ':';
    if (const std::string* text = std::get_if<std::string>(&value)) {
      append_json_string(*text, out);
    } else if (const bool* flag = std::get_if<bool>(&value)) {
      out += *flag ? "true" : "false";
    } else {
      out += fmt::format("{}", std::get<std::uint64_t>(value));
    }
  }
  return out + "}";
}

std::string format_time(std::uint64_t seconds, const char* format) {
  auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char buffer[64];
  return std::string(buffer, std::strftime(buffer, sizeof buffer, format, &parts));
}

}  // namespace evalctl::stdlib
