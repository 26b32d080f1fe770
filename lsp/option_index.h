// All options of a module system, as features look them up.
//
//   file:  checksum | stamp | inputs (path, stamp, hash) | options, sorted by key: key, type, texts, declarations
//
// The key of an option is its path, each name followed by a zero byte, so that an option's children follow it in the order
// of keys. Names of submodule attributes and list elements are "<name>" and "*". An index is immutable; its views point
// into the bytes that it was read from.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/observations.h"
#include "lsp/evaluated.h"

namespace evalctl::lsp {

struct Option {
  enum Flag : std::uint8_t { kReadOnly = 1, kInternal = 2, kHidden = 4, kHasDefault = 8, kFreeform = 16 };
  std::string_view key;
  std::uint8_t flags = 0;
  std::string_view default_text, example, description;
  // An OptionType as write() made it; see type().
  std::string_view encoded_type;
  // "path" or "path:line:column".
  std::vector<std::string_view> declarations;

  OptionType type() const;
};

class OptionIndex {
 public:
  // A file that the index was made from.
  struct Input {
    std::string path;
    base::Stamp stamp;
    std::string hash;  // SHA-256 of the text, raw
  };

  // Null when `bytes` is not the whole of an index.
  static std::shared_ptr<const OptionIndex> decode(std::string bytes);

  std::span<const Option> options() const { return options_; }
  // What the maker said that the index depends on besides its inputs.
  std::string_view stamp() const { return stamp_; }
  // An index that is made first: no types, texts and declarations, and nothing inside of submodules.
  bool has_only_names() const { return stamp_.empty(); }
  const std::vector<Input>& inputs() const { return inputs_; }
  // Whether all inputs are on the disk as they were. Stamps are compared first, contents where they differ.
  bool is_fresh() const;

  // The key of the path `names` as declared: attributes of submodules become "<name>", list elements "*". Nothing when
  // neither an option nor a set of options is there.
  std::optional<std::string> find_key(std::span<const std::string> names) const;
  // The option with exactly this key; null when there is none.
  const Option* find(std::string_view key) const;
  struct Child {
    std::string_view name;
    // Null for a set of options.
    const Option* option;
  };
  // What stands one level below a key ("" for the root).
  std::vector<Child> children(std::string_view key) const;
  bool has_children(std::string_view key) const;
  // How many options are at or below a key.
  std::size_t count_below(std::string_view key) const;

 private:
  std::string bytes_;
  std::string_view stamp_;
  std::vector<Input> inputs_;
  std::vector<Option> options_;
};

using OptionIndexPtr = std::shared_ptr<const OptionIndex>;

// "services\0nginx\0" <-> { "services", "nginx" }; with dots and quotes where they are needed, for people.
std::string key_of(std::span<const std::string> names);
std::vector<std::string> names_of_key(std::string_view key);
std::string show_option(std::string_view key);

// ---- The cache
// Where the index of `what` (what is evaluated, with all that matters but the contents of files) is kept.
std::string index_file(std::string_view what);
// Null when there is none or its inputs have changed.
OptionIndexPtr load_index(std::string_view what);

// ---- Making one
// The stamp of an index of a part of the options, which is never kept on the disk. That of names alone is "".
constexpr std::string_view kPartStamp = "part";
struct IndexEntry {
  std::string key;
  std::uint8_t flags = 0;
  std::string default_text, example, description;
  OptionType type;
  std::vector<std::string> declarations;
};
std::string encode_index(std::string_view stamp, const std::vector<OptionIndex::Input>& inputs, std::vector<IndexEntry> entries);
// What is_fresh will compare. None where nothing can be read. What has changed since a time (base/observations.h), when it was
// evaluated perhaps, never is the same.
std::optional<OptionIndex::Input> make_input(const std::string& path, std::int64_t since);

}  // namespace evalctl::lsp
