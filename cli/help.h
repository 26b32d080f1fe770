// What `COMMAND --help` prints: how the command is called, and each of its options in a sentence.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"

namespace evalctl::cli {

// What is going to run: for example "eval", "[INSTALLABLE...]" and what the command does.
void set_command(std::string name, std::string_view words, std::string_view summary);

// To standard output.
void print_help(const std::vector<Option>& options);

}  // namespace evalctl::cli
