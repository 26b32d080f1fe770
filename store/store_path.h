// Names in the store, computed from content.
#pragma once
#include <set>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace evalctl::store {

constexpr std::string_view kStoreDir = "/nix/store";

using References = std::set<std::string>;

// An error unless `name` may be the name part of a store path.
base::Result<void> check_name(std::string_view name);
// "/nix/store/<base32 of the folded hash>-<name>"; type as "text:<refs>" or "output:out".
std::string make_path(std::string_view type, const base::Hash& hash, std::string_view name);
std::string make_text_path(std::string_view name, std::string_view contents, const References& references);
// A source copied as NAR.
std::string make_source_path(std::string_view name, const base::Hash& nar_hash);
enum class FileMethod : std::uint8_t { Flat, Nar };
std::string make_fixed_path(FileMethod method, const base::Hash& hash, std::string_view name);
// `name` is the derivation's; an output other than "out" is appended to it.
std::string make_output_path(std::string_view output, const base::Hash& modulo, std::string_view name);
std::string output_name(std::string_view name, std::string_view output);
// What stands for an output's path where it is not known.
std::string placeholder(std::string_view output);
// "sha256" and so on with "r:" before it for NAR.
std::string method_and_algorithm(FileMethod method, base::HashAlgorithm algorithm);

}  // namespace evalctl::store
