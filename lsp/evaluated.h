// What evaluation tells the language server: plain data that a worker sends and features show.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/wire.h"

namespace evalctl::lsp {

// Which values are asked about.
enum class Base : std::uint8_t {
  Packages,       // of nixpkgs
  Library,        // its lib
  Configuration,  // `config` of the configuration that the file belongs to
  System,         // the options of a system of nixpkgs without modules of its own
  File,           // the value of the file itself, called with defaults where it is a function
  Inputs,         // of the flake
};

struct ValuePath {
  Base base = Base::Packages;
  // The file that asks: it says which configuration is meant.
  std::string file;
  std::vector<std::string> names;
};

// 1-based; line 0: not known.
struct FilePlace {
  std::string path;
  std::uint32_t line = 0, column = 0;
  bool operator==(const FilePlace&) const = default;
};

struct ValueInfo {
  // "set", "lambda", "derivation", "string"...; empty when evaluation failed, and `error` says why.
  std::string type;
  std::string error;
  // The value, shortened.
  std::string shown;
  // Of a derivation.
  std::string name, version, description, homepage, license, drv_path;
  bool broken = false, unfree = false;
  // Where it is defined: meta.position of packages, the lambda of functions, else the attribute.
  FilePlace place;
  // Where the attribute is bound.
  FilePlace attribute;
  // Of functions: their arguments, optional ones with a `?`; documentation is read from the text at `place`.
  std::vector<std::string> arguments;
  // Arguments that a function has got already: `f 1` of `f = a: b: e` has one.
  std::uint32_t given = 0;
};

struct OptionType {
  // In the words of the module system: "bool", "enum", "attrsOf"...
  std::string name, description;
  // Of enums, as Nix writes them: `"a"`, `1`.
  std::vector<std::string> members;
  std::vector<OptionType> nested;
};

// An option's state in one configuration.
struct OptionState {
  bool known = false;
  bool defined = false;
  std::string value, error;
  std::uint32_t priority = 0;
  struct Definition { std::string file, value; };
  std::vector<Definition> definitions;
};

// What building a derivation takes.
struct BuildPlan {
  // Why there is none; else empty.
  std::string error;
  std::string name;
  std::uint32_t derivations = 0, downloads = 0, sources = 0;
  // SVG
  std::string drawing;
};

// A mistake that evaluation found, with byte ranges in the texts that were evaluated.
struct Problem {
  struct Place { std::string path; std::uint32_t begin = 0, end = 0; std::string text; };
  std::string code, message;
  bool warning = false;
  Place primary;
  std::vector<Place> related;
  std::vector<Place> fixes;            // `text` is what takes the place of the range
  std::vector<std::string> fix_titles;  // of each fix
};

void write(Writer& out, const ValuePath& path);
ValuePath read_value_path(Reader& in);
void write(Writer& out, const ValueInfo& info);
ValueInfo read_value_info(Reader& in);
void write(Writer& out, const OptionType& type);
OptionType read_option_type(Reader& in, unsigned depth = 0);
void write(Writer& out, const OptionState& state);
OptionState read_option_state(Reader& in);
void write(Writer& out, const BuildPlan& plan);
BuildPlan read_build_plan(Reader& in);
void write(Writer& out, const Problem& problem);
Problem read_problem(Reader& in);

}  // namespace evalctl::lsp
