// Names in the store, computed from content.
#pragma once
#include <cstdint>
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
// True for "/nix/store/<32 digits>-<name>" with a name that may stand there.
bool is_store_path(std::string_view path);
// "/nix/store/<base32 of the folded hash>-<name>"; type as "text:<refs>" or "output:out".
std::string make_path(std::string_view type, const base::Hash& hash, std::string_view name);
std::string make_text_path(std::string_view name, std::string_view contents, const References& references);
// A source copied as NAR.
std::string make_source_path(std::string_view name, const base::Hash& nar_hash);
// Text is what .drv files and toFile are made by, here without references.
enum class FileMethod : std::uint8_t { Flat, Nar, Text, Git };
std::string make_fixed_path(FileMethod method, const base::Hash& hash, std::string_view name);
// `name` is the derivation's; an output other than "out" is appended to it.
std::string make_output_path(std::string_view output, const base::Hash& modulo, std::string_view name);
std::string output_name(std::string_view name, std::string_view output);
// What stands for an output's path where it is not known.
std::string placeholder(std::string_view output);
// What stands, in a derivation, for the path of another one's output where it is not known before a build.
std::string output_placeholder(std::string_view drv_path, std::string_view output);
// "sha256" and so on with "r:" before it for NAR, "text:" for Text, "git:" for Git.
std::string method_and_algorithm(FileMethod method, base::HashAlgorithm algorithm);

}  // namespace evalctl::store
