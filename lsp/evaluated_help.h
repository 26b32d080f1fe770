// What evaluation adds to completion, hover and jumps.
#pragma once
#include "lsp/cursor.h"
#include "lsp/evaluation.h"
#include "lsp/features.h"
#include "lsp/option_types.h"

namespace evalctl::lsp {

// Adds to `out`, which holds what the text alone tells: options and their values, packages, lib, config, flake inputs.
void complete_evaluated(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel, Completions& out);
// What was left out of a Completion until it is looked at.
void resolve_completion(const Snapshot& snapshot, Completion& item, const Cancel& cancel);

// Help on an option name, a package, a function of lib, a value of the configuration.
std::optional<Hover> hover_evaluated(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel);
// A package's file, a function of lib, the declarations of an option.
Definition definition_evaluated(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel);
// The definitions of the option at `offset` in the user's files, the name of each.
std::vector<Location> option_definitions(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset, const Cancel& cancel);

// The option that the name at `node` defines or, as a part of `config.a.b`, reads.
struct OptionAt {
  std::vector<std::string> path;
  Range range;
};
std::optional<OptionAt> option_at(const Snapshot& snapshot, const DocumentPtr& document, std::uint32_t offset);

// Whether the file is a module: by how it is written, or because a configuration has it and a plain set's names are those of
// options.
bool is_module_of(const Snapshot& snapshot, const Document& document);

// The files that declare the option at `place`, each perhaps with `:line:column`.
std::vector<std::string_view> declarations_of(const OptionIndex& index, const OptionPlace& place);

// ---- As Markdown
std::string option_markdown(const std::vector<std::string>& path, const Option& option, const std::optional<OptionState>& state,
                            const std::vector<std::string_view>& declarations);
std::string value_markdown(const Snapshot& snapshot, const ValuePath& path, const ValueInfo& info);

// The documentation and the beginning of the function or attribute that stands at `place`.
struct Documented { std::string comment, source; std::optional<Location> name; };
Documented documented_at(const Snapshot& snapshot, const FilePlace& place);

}  // namespace evalctl::lsp
