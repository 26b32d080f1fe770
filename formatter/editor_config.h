// .editorconfig, as far as it bears on formatting: max_line_length and indent_size (or tab_width for that).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::formatter {

// What is set; the rest is left to what is further out.
struct Overrides {
  std::optional<std::uint32_t> width, indent;
  std::optional<bool> strict;
};

class EditorConfig {
 public:
  // Lines that are not understood are skipped, as the format's specification asks for.
  explicit EditorConfig(std::string_view text);

  // Folders further out have no say.
  bool is_root() const { return root_; }
  // What the sections that match `path`, relative to the folder of the file, set. Later sections win.
  Overrides settings(std::string_view path) const;

 private:
  // A property that is unset takes back what earlier sections said.
  struct Section {
    std::vector<std::string> globs;
    std::optional<std::optional<std::uint32_t>> width, indent, tab_width;
    std::optional<bool> indent_is_tab_width;
  };
  void add_section(std::string_view header);
  void add_property(std::string_view name, std::string_view value);

  bool root_ = false;
  std::vector<Section> sections_;
};

}  // namespace evalctl::formatter
