// One file: format it, write it, say what came of it.
#pragma once
#include <string>
#include <string_view>

#include "cli/fmt_plan.h"

namespace evalctl::cli {

// Formats `text`, of the file that is called `path` in messages, all of it or the range of the plan.
struct FileResult {
  FormatOutcome outcome;
  // The formatted text where the status is Changed.
  std::string text;
};
FileResult format_text(const FormatPlan& plan, const std::string& path, std::string_view text, const formatter::Options& options);

// Formats the file at `path` and writes it as the plan says. Safe to call from several threads.
FormatOutcome format_file(const FormatPlan& plan, const std::string& path, const formatter::Options& options);

// Formats standard input to standard output.
FormatOutcome format_standard_input(const FormatPlan& plan);

FormatOutcome failed_outcome(const FormatPlan& plan, const std::string& path, const std::string& message);

// Whether what goes to the descriptor may be coloured.
bool may_color(int descriptor);

// What differs, in the unified format with three lines around each change.
std::string unified_diff(const std::string& path, std::string_view before, std::string_view after, bool color);

}  // namespace evalctl::cli
