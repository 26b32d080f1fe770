// What a flake input refers to: the attributes of a scheme, as flake.lock and fetchTree write them.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/hash.h"
#include "base/result.h"
#include "stdlib/flakes/url.h"

namespace evalctl::stdlib {

class World;
struct Input;

using InputAttribute = std::variant<std::string, std::uint64_t, bool>;
using InputAttributes = std::map<std::string, InputAttribute, std::less<>>;

// A fetched tree: where it is on the disk, and what is now known of it.
struct FetchedTree;

// One kind of input. A row of the table in input.cpp, which a file below schemes/ defines.
struct Scheme {
  std::string_view name;
  // Attributes that it accepts besides `type`.
  std::span<const std::string_view> attributes;
  // The attributes that a URL stands for; none when the URL is of another scheme. `tree`: a folder is wanted, not a file.
  base::Result<std::optional<InputAttributes>> (*from_url)(const Url& url, bool tree);
  // Checks the attributes and brings them into their usual form.
  base::Result<void> (*check)(InputAttributes& attributes);
  base::Result<Url> (*to_url)(const Input& input);
  // Whether the attributes determine the contents.
  bool (*is_locked)(const Input& input);
  // Fetches, and adds what is then known (revision, time) to the attributes.
  base::Result<FetchedTree> (*fetch)(World& world, const Input& input);
};

struct Input {
  const Scheme* scheme = nullptr;
  InputAttributes attributes;
  // The attributes come from a lock file: what is fetched adds none.
  bool final = false;
  // Computes `revCount`, which costs a walk through the history, when it is asked for.
  std::function<base::Result<std::uint64_t>()> count_revisions;

  static base::Result<Input> from_url(const Url& url, bool tree = true);
  static base::Result<Input> from_attributes(InputAttributes attributes);

  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::uint64_t> number(std::string_view name) const;
  bool flag(std::string_view name) const;
  bool has(std::string_view name) const { return attributes.contains(name); }
  std::string type() const { return text("type").value_or(""); }
  // What the store object is called.
  std::string name() const { return text("name").value_or("source"); }
  // In SRI form.
  std::optional<std::string> nar_hash() const;
  bool is_locked() const { return scheme && scheme->is_locked(*this); }
  // The path of a `path:` input that is relative to the flake that has it.
  std::optional<std::string> relative_path() const;
  // The folder that a lock file can be written to; none for what is not a working tree of this machine.
  std::optional<std::string> source_path() const;

  base::Result<Url> to_url() const;
  std::string to_string() const;
  bool operator==(const Input& other) const { return attributes == other.attributes; }
};

struct FetchedTree {
  Input locked;
  // Where the tree is read from, and which of the files there belong to it (null: all).
  std::string disk;
  std::shared_ptr<const class TrackedFiles> files;
  // A regular file instead of a tree.
  bool is_file = false;
  // Where fetching had to compute it.
  std::optional<base::Hash> nar_hash = {};
};

std::span<const Scheme* const> all_schemes();

// {"owner":"a",...}
std::string attributes_to_json(const InputAttributes& attributes);
// "2024-01-31 …": the pieces of gmtime, as strftime writes them.
std::string format_time(std::uint64_t seconds, const char* format);

}  // namespace evalctl::stdlib
