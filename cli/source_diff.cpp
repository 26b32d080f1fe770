#include "cli/source_diff.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>

#include "base/files.h"
#include "cli/text_diff.h"

namespace evalctl::cli {
namespace {

namespace fs = std::filesystem;

// Folders may be large: so many of their files are compared, and so many shown.
constexpr std::size_t kMostFiles = 20'000, kMostShown = 20;
constexpr std::uintmax_t kLongestFile = std::uintmax_t{1} << 20;

bool is_text(std::string_view bytes) { return bytes.find('\0') == bytes.npos; }

// What a person reads of a file; no value when it has no text.
std::optional<std::string> text_of_file(const fs::path& path) {
  std::error_code error;
  if (fs::is_symlink(path, error)) return "link to " + fs::read_symlink(path, error).string() + "\n";
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > kLongestFile) return std::nullopt;
  auto contents = base::read_file(path.string());
  if (!contents || !is_text(*contents)) return std::nullopt;
  return std::move(*contents);
}

bool same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (fs::is_symlink(a, error) || fs::is_symlink(b, error)) return text_of_file(a) == text_of_file(b);
  if (fs::file_size(a, error) != fs::file_size(b, error)) return false;
  auto left = base::read_file(a.string()), right = base::read_file(b.string());
  return left && right && *left == *right && (fs::status(a, error).permissions() & fs::perms::owner_exec) ==
                                                 (fs::status(b, error).permissions() & fs::perms::owner_exec);
}

// Files and links below a folder, by relative name.
std::map<std::string, fs::path> files_below(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end && files.size() < kMostFiles; at.increment(error)) {
    if (!at->is_directory(error) || at->is_symlink(error)) files[at->path().lexically_relative(folder).string()] = at->path();
  }
  return files;
}

std::string folder_diff(const fs::path& before, const fs::path& after, std::string_view indent) {
  auto left = files_below(before), right = files_below(after);
  std::string out, deeper = std::string(indent) + "  ";
  std::size_t shown = 0;
  auto add = [&](const std::string& line) {
    if (shown++ < kMostShown) out += fmt::format("{}{}", indent, line);
  };
  for (const auto& [name, path] : left) {
    auto other = right.find(name);
    if (other == right.end()) add(fmt::format("- {}\n", name));
    else if (!same(path, other->second)) {
      auto x = text_of_file(path), y = text_of_file(other->second);
      add(fmt::format("{}:\n{}", name, x && y && *x != *y ? text_diff(*x, *y, deeper) : ""));
    }
  }
  for (const auto& [name, path] : right) {
    if (!left.contains(name)) add(fmt::format("+ {}\n", name));
  }
  if (shown > kMostShown) out += fmt::format("{}and {} more files\n", indent, shown - kMostShown);
  return out;
}

}  // namespace

std::string source_diff(stdlib::World& world, const std::string& before, const std::string& after, std::string_view indent) {
  auto left = world.find_source(before), right = world.find_source(after);
  if (!left || !right) return "";
  std::error_code error;
  bool folders = left->path && right->path && fs::is_directory(*left->path, error) && fs::is_directory(*right->path, error);
  if (folders) return folder_diff(*left->path, *right->path, indent);
  auto text = [](const stdlib::SourceCopy& copy) { return copy.path ? text_of_file(*copy.path) : std::optional(copy.text); };
  auto x = text(*left), y = text(*right);
  return x && y ? text_diff(*x, *y, indent) : "";
}

}  // namespace evalctl::cli
