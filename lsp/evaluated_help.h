// What evaluation adds to completion, hover and jumps.
#pragma once
#include "lsp/cursor.h"
#include "lsp/evaluation.h"
#include "lsp/features.h"
#include "lsp/option_types.h"
#include "lsp/values.h"

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
std::string value_markdown(const Snapshot& snapshot, const ValuePath& path, const ValueInfo& info, const Cancel& cancel);

// A function that evaluation knows, as it is called: a set as parameter is told with its formals, `{ a, b ? 1 }`.
struct CalledFunction { std::string name, documentation; std::vector<std::string> parameters; };
std::optional<CalledFunction> called_function(const Snapshot& snapshot, const Place& function, const Cancel& cancel);
// On one line: each run of blanks as one.
std::string with_single_blanks(std::string_view text);
// `a b` as two.
std::vector<std::string> words(std::string_view text);
// What the set at `argument` may define for the function that it is given to, where evaluation knows that.
struct Argument { std::string name, written; bool optional; };
std::vector<Argument> arguments_of_call(const Snapshot& snapshot, const Place& argument, const Cancel& cancel);
// The formals of an evaluated function, with their defaults where its text is found: `b ? 1`, and only `b?` elsewhere.
std::vector<std::string> formals_as_written(const Snapshot& snapshot, const ValueInfo& info);

// The documentation and the beginning of the function or attribute that stands at `place`.
struct Documented { std::string comment, source; std::optional<Location> name; };
// `name`: the attribute that is meant where several are inherited there.
Documented documented_at(const Snapshot& snapshot, const FilePlace& place, std::string_view name = {});
// The same of an evaluated function with this name: where that is bound, also through `inherit`, or else where the function stands
// (`a = b 1` is documented at `a`, though the function that it is stands in `b`).
Documented documented_function(const Snapshot& snapshot, const ValuePath& path, const ValueInfo& info, const Cancel& cancel);

}  // namespace evalctl::lsp
