// The kinds of inputs, each defined in a file of its own. See stdlib/flakes/input.h.
#pragma once
#include "stdlib/flakes/input.h"

namespace evalctl::stdlib {

extern const Scheme kPathScheme, kGitScheme, kMercurialScheme, kIndirectScheme;
// Archives that forges make of a revision.
extern const Scheme kGithubScheme, kGitlabScheme, kSourcehutScheme;
// Plain downloads: unpacked, and as they are.
extern const Scheme kTarballScheme, kFileScheme;

// A whole number, for query parameters.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace evalctl::stdlib
