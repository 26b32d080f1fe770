// Diagnostics of one document: the parser's, undefined names, lints; each with the edits that resolve it.
#pragma once
#include <string>
#include <vector>

#include "lsp/snapshot.h"

namespace evalctl::lsp {

enum class Severity : std::uint8_t { Error = 1, Warning, Information, Hint };

struct Edit {
  Range range;
  std::string text;
};

struct Fix {
  std::string title;
  std::vector<Edit> edits;
  // Safe to apply without a look: the value of the file stays the same.
  bool safe = true;
};

struct Finding {
  std::string code;
  std::string message;
  Severity severity;
  Range range;
  // How an editor may show it: faded, struck through.
  bool unnecessary = false;
  bool deprecated = false;
  std::vector<Fix> fixes;
  // Other places that the message speaks of.
  struct Related { std::string path; Range range; std::string message; };
  std::vector<Related> related;
};

enum class Lint : std::uint8_t {
#define DIAGNOSTIC(code, name, severity, message) name,
#include "lsp/diagnostics.def"
};

// A finding of `lint` about `name` at `range`, without fixes.
Finding make_finding(Lint lint, Range range, std::string_view name = {});

// All findings of a document, in order of position. Lints only where the file has no syntax error.
std::vector<Finding> findings(const Document& document, const Settings& settings);

// The same with what evaluation knows: errors, and in open documents mistakes in option definitions.
std::vector<Finding> all_findings(const Snapshot& snapshot, const DocumentPtr& document);

// Options that do not exist, values of the wrong type (option_checks.cpp).
void check_options(const Snapshot& snapshot, const Document& document, std::vector<Finding>& out);

// Unused bindings, arguments, `with` and `rec` (lint_names.cpp); forms that can be written simpler (lint_forms.cpp).
void lint_names(const Analysis& analysis, std::vector<Finding>& out);
void lint_forms(const Analysis& analysis, std::vector<Finding>& out);

// Deletes `node` with the blanks before it.
Edit remove_node(const Tree& tree, NodeId node);

}  // namespace evalctl::lsp
