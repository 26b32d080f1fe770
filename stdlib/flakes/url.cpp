#include "stdlib/flakes/url.h"

#include <fmt/format.h>

#include <cctype>

#include "stdlib/flakes/grammar.h"

namespace evalctl::stdlib {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_unreserved(unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

std::string encode_query(const Query& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += percent_encode(name, ":@/?") + "=" + percent_encode(value, ":@/?");
  }
  return out;
}

// `user@host:path` as an ssh URL; none when `text` is not of that form.
std::optional<Url> parse_scp(const std::string& text) {
  std::size_t colon = text.find(':');
  if (colon == text.npos || text.find('/') < colon) return std::nullopt;
  std::string host = text.substr(0, colon);
  std::string_view scheme = host;
  if (scheme.starts_with("git+")) scheme.remove_prefix(4);
  for (std::string_view known : {"ssh", "http", "https", "file", "ftp", "ftps", "git"}) {
    if (scheme == known) return std::nullopt;
  }
  std::string path = text.substr(colon + 1);
  if (path.empty()) return std::nullopt;
  if (!path.starts_with('/')) path.insert(0, "/");
  return Url{.scheme = "ssh", .authority = host, .path = split(path, '/'), .query = {}, .fragment = {}};
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != parts.data()) out += separator;
    out += part;
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string out;
  for (char c : text) {
    if (is_unreserved(static_cast<unsigned char>(c)) || keep.contains(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

base::Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return base::fail(fmt::format("invalid URI parameter '{}'", text));
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

base::Result<Query> parse_query(std::string_view text) {
  Query query;
  if (text.empty()) return query;
  for (const std::string& part : split(text, '&')) {
    std::size_t equals = part.find('=');
    if (equals == part.npos) continue;
    auto name = percent_decode(std::string_view(part).substr(0, equals));
    auto value = percent_decode(std::string_view(part).substr(equals + 1));
    if (!name) return std::unexpected(name.error());
    if (!value) return std::unexpected(value.error());
    query.emplace(*name, *value);
  }
  return query;
}

base::Result<Url> parse_url(std::string_view text, bool lenient) {
  auto parts = match_url(text, lenient);
  if (!parts) return base::fail(fmt::format("'{}' is not a valid URL", text));
  Url url;
  url.scheme = parts->scheme;
  if (parts->has_authority) url.authority = parts->authority;
  if (url.transport() == "file") {
    if (url.authority && !url.authority->empty()) {
      return base::fail(fmt::format("file:// URL '{}' has unexpected authority '{}'", text, *url.authority));
    }
    if (parts->path.empty()) parts->path = "/";
  }
  for (const std::string& segment : split(parts->path, '/')) {
    auto decoded = percent_decode(segment);
    if (!decoded) return std::unexpected(decoded.error());
    url.path.push_back(*decoded);
  }
  auto query = parse_query(parts->query);
  if (!query) return std::unexpected(query.error());
  url.query = std::move(*query);
  auto fragment = percent_decode(parts->fragment);
  if (!fragment) return std::unexpected(fragment.error());
  url.fragment = std::move(*fragment);
  return url;
}

std::string Url::to_string() const {
  std::string out = scheme + ":";
  if (authority) out += "//" + *authority;
  std::vector<std::string> encoded;
  for (const std::string& segment : path) encoded.push_back(percent_encode(segment, ":@"));
  out += join(encoded, "/");
  if (!query.empty()) out += "?" + encode_query(query);
  if (!fragment.empty()) out += "#" + percent_encode(fragment);
  return out;
}

std::string Url::path_text() const { return join(path, "/"); }

std::vector<std::string> Url::segments() const {
  std::vector<std::string> out;
  for (const std::string& segment : path) {
    if (!segment.empty()) out.push_back(segment);
  }
  return out;
}

std::string_view Url::application() const {
  std::size_t plus = scheme.find('+');
  return plus == scheme.npos ? std::string_view() : std::string_view(scheme).substr(0, plus);
}

std::string_view Url::transport() const {
  std::size_t plus = scheme.find('+');
  return plus == scheme.npos ? std::string_view(scheme) : std::string_view(scheme).substr(plus + 1);
}

base::Result<Url> parse_git_url(const std::string& text) {
  if (text.starts_with('/')) return Url{.scheme = "file", .authority = "", .path = split(text, '/'), .query = {}, .fragment = {}};
  if (auto scp = parse_scp(text)) return *scp;
  auto url = parse_url(text, false);
  if (url && url->application() == "git") url->scheme = std::string(url->transport());
  return url;
}

}  // namespace evalctl::stdlib
