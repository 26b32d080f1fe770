// URLs as flake references use them, taken apart and put together again.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evalctl::stdlib {

using Query = std::map<std::string, std::string>;

// All parts but the authority are kept decoded.
struct Url {
  std::string scheme;
  std::optional<std::string> authority;
  // "/a/b" is {"", "a", "b"}.
  std::vector<std::string> path;
  Query query;
  std::string fragment;

  std::string to_string() const;
  std::string path_text() const;
  // The segments that are not empty.
  std::vector<std::string> segments() const;
  // "git+https": what stands before and after the plus. Without one, `application` is empty.
  std::string_view application() const;
  std::string_view transport() const;
};

// Reads RFC 3986 URLs. `lenient`: the query may contain spaces and quotes, the fragment also carets, as they are.
base::Result<Url> parse_url(std::string_view text, bool lenient);
// "a=b&c=d". A part without an equal sign is left out.
base::Result<Query> parse_query(std::string_view text);

// Characters other than letters, digits, `-._~` and those in `keep` become %XX.
std::string percent_encode(std::string_view text, std::string_view keep = "");
base::Result<std::string> percent_decode(std::string_view text);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// What git takes for a URL: also absolute paths and `user@host:path`.
base::Result<Url> parse_git_url(const std::string& text);

}  // namespace evalctl::stdlib
