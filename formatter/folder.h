// A folder and what it says of the formatting of the files below it: evalctl.toml, .editorconfig, .gitignore.
//
// Settings: the nearest evalctl.toml decides; where it is silent, or there is none, .editorconfig does, the nearest first.
// Ignored files: each .gitignore up to the root of the git repository, and .git/info/exclude there.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formatter/editor_config.h"
#include "formatter/format.h"
#include "formatter/project_file.h"

namespace evalctl::formatter {

class Folder {
 public:
  // Folders are shared by the threads that walk what is below them.
  using Pointer = std::shared_ptr<const Folder>;

  // Which of the files that matter are there.
  struct Contents { bool project_file = false, editor_config = false, ignore_file = false, repository = false; };

  // The folder at an absolute path without links, read with all folders around it unless `with_settings` is false.
  static Pointer open(const std::string& path, bool with_settings = true);
  // The folder `name` in `parent`.
  static Pointer enter(const Pointer& parent, const std::string& name, Contents contents);

  const std::string& path() const { return path_; }
  // `defaults` with what the settings say of the file `name` in this folder.
  Options options(std::string_view name, const Options& defaults) const;
  // Whether git ignores `name` in this folder, a file or a folder.
  bool is_ignored(std::string_view name, bool is_folder) const;
  // Whether an evalctl.toml excludes it. Folders around this one are not asked: a walk does not enter excluded ones.
  bool is_excluded(std::string_view name, bool is_folder) const;
  // The same for a file reached without a walk: folders up to the outermost are asked too.
  bool is_excluded_with_folders(std::string_view name) const;
  // Why a file of settings here or further out counts for nothing; empty when all is well.
  const std::string& error() const { return error_; }

 private:
  Folder(std::string path, Pointer parent) : path_(std::move(path)), parent_(std::move(parent)) {}
  void read(Contents contents);
  // The path of `name` in this folder, relative to `outer`.
  std::string relative_to(const Folder& outer, std::string_view name) const;

  std::string path_;
  Pointer parent_;
  bool is_repository_ = false;
  std::unique_ptr<const ProjectFile> project_;
  std::unique_ptr<const EditorConfig> editor_config_;
  IgnorePatterns ignored_;
  std::string error_;
};

}  // namespace evalctl::formatter
