// The grammars of flake references and installables. They only take texts apart; what the parts mean is decided elsewhere.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::stdlib {

// scheme ":" ["//" authority] path ["?" query] ["#" fragment]; all still percent-encoded.
struct UrlParts {
  std::string scheme;
  bool has_authority = false;
  std::string authority, path, query, fragment;
};
std::optional<UrlParts> match_url(std::string_view text, bool lenient);

// id ["/" ref-or-revision] ["#" fragment], as in "nixpkgs/nixos-unstable#hello".
struct FlakeIdParts {
  std::string path;
  std::string fragment;
};
std::optional<FlakeIdParts> match_flake_id(std::string_view text);

// path ["?" query] ["#" fragment]. Matches every text.
struct PathParts {
  std::string path, query, fragment;
};
PathParts match_path(std::string_view text);

// True for a name that an input can have: a letter, then letters, digits, `_` and `-`.
bool is_flake_id(std::string_view text);
// True for 40 hexadecimal digits.
bool is_revision(std::string_view text);
// True for what git accepts as the name of a branch or tag.
bool is_legal_ref(std::string_view text);

// An installable without its `^outputs`.
struct InstallableParts {
  std::string reference;
  // "*" alone: all outputs. Empty: the default ones.
  std::vector<std::string> outputs;
};
// An error is told by no value: nothing sensible follows the `^`.
std::optional<InstallableParts> match_installable(std::string_view text);

// Splits `a."b.c".d` into names. No value when a quote is not closed or follows a name.
std::optional<std::vector<std::string>> match_attribute_path(std::string_view text);

}  // namespace evalctl::stdlib
