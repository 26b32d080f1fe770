#include "formatter/folder.h"

#include "base/files.h"

namespace evalctl::formatter {
namespace {

std::string join(const std::string& folder, std::string_view name) {
  std::string out = folder;
  if (!out.ends_with('/')) out += '/';
  return out.append(name);
}

void fill(std::optional<std::uint32_t>& target, const std::optional<std::uint32_t>& value) {
  if (!target) target = value;
}

}  // namespace

Folder::Pointer Folder::open(const std::string& path, bool with_settings) {
  std::size_t slash = path.rfind('/');
  Pointer parent;
  if (path.size() > 1 && with_settings) parent = open(slash == 0 ? "/" : path.substr(0, slash));
  std::shared_ptr<Folder> folder(new Folder(path, std::move(parent)));
  if (!with_settings) return folder;
  folder->read({base::exists(join(path, "evalctl.toml")), base::exists(join(path, ".editorconfig")), base::exists(join(path, ".gitignore")),
                base::exists(join(path, ".git"))});
  return folder;
}

Folder::Pointer Folder::enter(const Pointer& parent, const std::string& name, Contents contents) {
  std::shared_ptr<Folder> folder(new Folder(join(parent->path_, name), parent));
  folder->read(contents);
  return folder;
}

void Folder::read(Contents contents) {
  if (parent_) error_ = parent_->error_;
  is_repository_ = contents.repository;
  if (contents.project_file) {
    std::string path = join(path_, "evalctl.toml");
    auto text = base::read_file(path);
    auto project = text ? parse_project_file(*text) : base::fail(text.error().message);
    if (project) project_ = std::make_unique<const ProjectFile>(std::move(*project));
    else error_ = path + ": " + project.error().message;
  }
  if (contents.editor_config) {
    if (auto text = base::read_file(join(path_, ".editorconfig"))) editor_config_ = std::make_unique<const EditorConfig>(*text);
  }
  if (contents.repository) {
    if (auto text = base::read_file(join(path_, ".git/info/exclude"))) ignored_.add(*text);
  }
  if (contents.ignore_file) {
    if (auto text = base::read_file(join(path_, ".gitignore"))) ignored_.add(*text);
  }
}

std::string Folder::relative_to(const Folder& outer, std::string_view name) const {
  if (this == &outer) return std::string(name);
  return join(path_.substr(outer.path_.size() + (outer.path_ == "/" ? 0 : 1)), name);
}

Options Folder::options(std::string_view name, const Options& defaults) const {
  Overrides found;
  for (const Folder* folder = this; folder; folder = folder->parent_.get()) {
    if (!folder->project_) continue;
    found = folder->project_->overrides;
    break;
  }
  for (const Folder* folder = this; folder; folder = folder->parent_.get()) {
    if (!folder->editor_config_) continue;
    Overrides own = folder->editor_config_->settings(relative_to(*folder, name));
    fill(found.width, own.width);
    fill(found.indent, own.indent);
    if (folder->editor_config_->is_root()) break;
  }
  return {found.width.value_or(defaults.width), found.indent.value_or(defaults.indent), found.strict.value_or(defaults.strict)};
}

bool Folder::is_ignored(std::string_view name, bool is_folder) const {
  for (const Folder* folder = this; folder; folder = folder->parent_.get()) {
    if (!folder->ignored_.empty()) {
      auto verdict = folder->ignored_.judge(relative_to(*folder, name), is_folder);
      if (verdict != IgnorePatterns::Verdict::None) return verdict == IgnorePatterns::Verdict::Ignored;
    }
    if (folder->is_repository_) break;
  }
  return false;
}

bool Folder::is_excluded(std::string_view name, bool is_folder) const {
  for (const Folder* folder = this; folder; folder = folder->parent_.get()) {
    if (!folder->project_) continue;
    auto verdict = folder->project_->exclude.judge(relative_to(*folder, name), is_folder);
    if (verdict != IgnorePatterns::Verdict::None) return verdict == IgnorePatterns::Verdict::Ignored;
  }
  return false;
}

bool Folder::is_excluded_with_folders(std::string_view name) const {
  if (is_excluded(name, false)) return true;
  for (const Folder* folder = this; folder->parent_; folder = folder->parent_.get()) {
    std::string_view own = std::string_view(folder->path_).substr(folder->path_.rfind('/') + 1);
    if (folder->parent_->is_excluded(own, true)) return true;
  }
  return false;
}

}  // namespace evalctl::formatter
