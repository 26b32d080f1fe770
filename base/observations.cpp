#include "base/observations.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/files.h"
#include "base/for_each.h"
#include "base/hash.h"
#include "base/tree_state.h"

namespace evalctl::base {
namespace {

// Files that a thread checks one after the other.
constexpr std::size_t kPart = 64;

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

// Only what is followed by its reader is followed here.
bool status_of(Seen kind, const std::string& path, struct stat& status) {
  bool follow = kind == Seen::File || kind == Seen::Source || kind == Seen::Folder || kind == Seen::Target;
  return (follow ? stat(path.c_str(), &status) : lstat(path.c_str(), &status)) == 0;
}

bool has_stamp(Seen kind) { return kind == Seen::File || kind == Seen::Source || kind == Seen::Folder || kind == Seen::Entry; }

std::string type_text(Seen kind, const std::string& path) {
  struct stat status;
  return status_of(kind, path, status) ? std::to_string(status.st_mode & S_IFMT) : "missing";
}

std::string folder_text(const std::string& path) {
  DIR* folder = opendir(path.c_str());
  if (!folder) return "missing";
  std::map<std::string, int> types;
  while (dirent* entry = readdir(folder)) types[entry->d_name] = entry->d_type;
  closedir(folder);
  HashSink sink(HashAlgorithm::Sha256);
  for (const auto& [name, type] : types) {
    sink.write(name);
    sink.write({"", 1});
    sink.write(type == DT_UNKNOWN ? type_text(Seen::Type, path + "/" + name) : std::to_string(DTTOIF(type)));
  }
  return sink.finish().base16();
}

std::string file_text(const std::string& path) {
  struct stat status;
  if (!status_of(Seen::File, path, status)) return "missing";
  // Reading a pipe or a device takes something out of it.
  if (!S_ISREG(status.st_mode)) return "special";
  auto contents = read_file(path);
  if (!contents) return "missing";
  return hash_bytes(HashAlgorithm::Sha256, *contents).base16() + (status.st_mode & S_IXUSR ? "x" : "-");
}

std::string link_text(const std::string& path) { return read_link(path).value_or("missing"); }

std::string entry_text(const std::string& path) {
  struct stat status;
  if (!status_of(Seen::Entry, path, status)) return "missing";
  std::string type = std::to_string(status.st_mode & S_IFMT);
  if (S_ISLNK(status.st_mode)) return type + link_text(path);
  return S_ISREG(status.st_mode) ? type + file_text(path) : type;
}

// What is compared when there is no stamp or it differs.
std::string text_of(Seen kind, const std::string& path) {
  struct stat status;
  switch (kind) {
    case Seen::Type:
    case Seen::Product:
    case Seen::Target: return type_text(kind, path);
    case Seen::File:
    case Seen::Source: return file_text(path);
    case Seen::Folder: return folder_text(path);
    case Seen::Link: return link_text(path);
    case Seen::Entry: return entry_text(path);
    case Seen::Time: return status_of(kind, path, status) ? std::to_string(status.st_mtime) : "missing";
    case Seen::Tree: {
      auto state = state_of_tree(path);
      return state ? state->fingerprint : "missing";
    }
    case Seen::Environment: {
      const char* value = std::getenv(path.c_str());
      return value ? "=" + std::string(value) : "missing";
    }
  }
  return "";
}

void append(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

// Reads what append wrote.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  bool field(std::string_view& out) {
    std::size_t size = 0;
    auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
    if (error != std::errc() || end == rest_.data() + rest_.size() || *end != ':') return false;
    std::size_t begin = static_cast<std::size_t>(end - rest_.data()) + 1;
    if (size > rest_.size() - begin) return false;
    out = rest_.substr(begin, size);
    rest_.remove_prefix(begin + size);
    return true;
  }

 private:
  std::string_view rest_;
};

std::set<std::string> folders_below(const std::string& path) {
  std::set<std::string> folders;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, std::filesystem::directory_options::skip_permission_denied, error))
    if (entry.is_directory(error) && !entry.is_symlink(error)) folders.insert(entry.path());
  return folders;
}

std::string_view bytes_of(const Stamp& stamp) { return {reinterpret_cast<const char*>(&stamp), sizeof stamp}; }

// No stamp when nothing is there.
Sighting sight(Seen kind, const std::string& path) {
  Sighting seen{.at = now()};
  struct stat status;
  if (status_of(kind, path, status)) seen.stamp = stamp_of(status);
  return seen;
}

// What stands in a text for one thing that was seen. `text`: what is compared when there is no stamp or it differs.
std::string line_of(Seen kind, std::string_view path, const Stamp& stamp, std::string_view text) {
  std::string out;
  append(out, {reinterpret_cast<const char*>(&kind), 1});
  append(out, path);
  append(out, has_stamp(kind) ? bytes_of(stamp) : "");
  append(out, text);
  return out;
}

// The same, read again.
struct Line {
  Seen kind;
  std::string_view path, stamp_text, expected;
  Stamp stamp;  // as it is now
  bool refreshed = false;

  bool read(Reader& reader) {
    std::string_view kind_text;
    if (!reader.field(kind_text) || !reader.field(path) || !reader.field(stamp_text) || !reader.field(expected) || kind_text.size() != 1) return false;
    kind = static_cast<Seen>(kind_text[0]);
    return true;
  }
  bool check();
};

// Whether it still is as expected.
bool Line::check() {
  std::string where(path);
  struct stat status;
  bool has = has_stamp(kind) && status_of(kind, where, status);
  std::int64_t before = now();
  if (has) stamp = stamp_of(status);
  if (has && bytes_of(stamp) == stamp_text) return true;
  if (text_of(kind, where) != expected) return false;
  // A stamp so young would not tell of the next change.
  if (has && stamp.changed + kClockStep > before) stamp = {};
  refreshed = has;
  return true;
}

// The texts of what has a stamp, in an earlier text of to_text.
class KnownTexts {
 public:
  explicit KnownTexts(std::string_view text) {
    Line line;
    for (Reader reader(text); !reader.at_end() && line.read(reader);)
      if (has_stamp(line.kind)) lines_[{line.kind, line.path}] = {line.stamp_text, line.expected};
  }
  // Null when it is not there, or had another stamp. Without a stamp it is to be looked at.
  const std::string_view* find(Seen kind, std::string_view path, const Stamp& stamp) const {
    auto found = stamp == Stamp{} ? lines_.end() : lines_.find({kind, path});
    return found != lines_.end() && found->second.stamp == bytes_of(stamp) ? &found->second.text : nullptr;
  }

 private:
  struct Known { std::string_view stamp, text; };
  std::map<std::pair<Seen, std::string_view>, Known> lines_;
};

}  // namespace

Observations* observations = nullptr;
thread_local int Unobserved::levels = 0;

bool is_settled(const TreeState& state) { return state.changed + kClockStep < now(); }

std::int64_t now() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return nanoseconds(time);
}

void settle(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return;
  std::int64_t left = stamp_of(status).changed + kClockStep - now();
  if (left < 0 || left > kClockStep) return;
  timespec time{0, static_cast<long>(left + 1)};
  nanosleep(&time, nullptr);
}

Stamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

void Observations::note(Seen kind, const std::string& path, std::int64_t at) {
  {
    std::lock_guard lock(mutex_);
    if (seen_.contains({kind, path})) return;
  }
  if (has_stamp(kind)) return note_stamp(kind, path, {.stamp = sight(kind, path).stamp, .at = at});
  // Looking at it is not reading it.
  Unobserved unobserved(true);
  Entry entry{.first = {}, .text = kind == Seen::Product ? "" : text_of(kind, path)};
  std::lock_guard lock(mutex_);
  seen_.try_emplace({kind, path}, std::move(entry));
}

void Observations::note_file(const std::string& path, const Sighting& seen) { note_stamp(Seen::File, path, seen); }

// Of several threads that come to it, who looked first tells of all changes since.
void Observations::note_stamp(Seen kind, const std::string& path, const Sighting& seen) {
  std::lock_guard lock(mutex_);
  Entry& entry = seen_[{kind, path}];
  if (entry.first.at == 0 || seen.at < entry.first.at) entry.first = seen;
}

void Observations::note_tree(const std::string& path, const TreeState& state) {
  std::lock_guard lock(mutex_);
  forgotten_ |= !is_settled(state);
  seen_.try_emplace({Seen::Tree, path}, Entry{.first = {}, .text = state.fingerprint});
}

void Observations::forget() {
  std::lock_guard lock(mutex_);
  forgotten_ = true;
}

void Observations::message(std::string_view line) {
  std::lock_guard lock(mutex_);
  messages_.append(line).append("\n");
}

std::set<std::string> Observations::folders() {
  std::lock_guard lock(mutex_);
  std::set<std::string> folders;
  for (const auto& [key, entry] : seen_) {
    const auto& [kind, path] = key;
    if (kind == Seen::Environment) continue;
    bool is_there = is_folder(path);
    if (is_there && (kind == Seen::Folder || kind == Seen::Tree)) folders.insert(path);
    if (kind == Seen::Tree) folders.merge(folders_below(path));
    std::string parent = path.substr(0, std::max<std::size_t>(1, path.rfind('/')));
    if (is_folder(parent)) folders.insert(parent);
  }
  return folders;
}

bool Observations::hold_still() {
  Unobserved unobserved(true);
  std::lock_guard lock(mutex_);
  return std::ranges::all_of(seen_, [](const auto& seen) {
    const auto& [kind, path] = seen.first;
    if (kind == Seen::Source || kind == Seen::Tree || kind == Seen::Product) return true;
    return has_stamp(kind) ? sight(kind, path).stamp == seen.second.first.stamp : text_of(kind, path) == seen.second.text;
  });
}

bool Observations::is_forgotten() {
  std::lock_guard lock(mutex_);
  return forgotten_;
}

// Of one that was seen; empty when it has changed, or may have. `known`: its text with the stamp that it had, or null.
std::string Observations::line_of_entry(Seen kind, const std::string& path, const Entry& entry, const std::string_view* known) {
  // A tree may be large, and its fingerprint tells of every change.
  if (kind == Seen::Tree) return line_of(kind, path, {}, entry.text);
  std::string now = known ? std::string(*known) : text_of(kind, path);
  if (!has_stamp(kind)) return now == entry.text || kind == Seen::Product ? line_of(kind, path, {}, now) : "";
  Stamp stamp = sight(kind, path).stamp;
  return stamp == entry.first.stamp && stamp.changed + kClockStep <= entry.first.at ? line_of(kind, path, stamp, now) : "";
}

std::optional<std::string> Observations::to_text(std::string_view earlier) {
  std::lock_guard lock(mutex_);
  if (forgotten_) return std::nullopt;
  std::vector<decltype(seen_)::const_pointer> all;
  for (const auto& seen : seen_) all.push_back(&seen);
  // What changed last is most likely to change next, and whoever looks whether all holds comes to it first.
  std::ranges::stable_sort(all, std::greater(), [](const auto* seen) { return seen->second.first.stamp.modified; });
  std::vector<std::string> lines(all.size());
  KnownTexts known(earlier);
  std::atomic<bool> holds = true;
  for_each_number(all.size(), kPart, [&](std::size_t i) {
    const auto& [key, entry] = *all[i];
    if (holds) lines[i] = line_of_entry(key.first, key.second, entry, known.find(key.first, key.second, entry.first.stamp));
    if (lines[i].empty()) holds = false;
  });
  if (!holds) return std::nullopt;
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

bool Observations::hold(std::string& text, bool& refreshed, bool sources) {
  refreshed = false;
  std::vector<Line> lines;
  for (Reader reader(text); !reader.at_end();) {
    Line& line = lines.emplace_back();
    if (!line.read(reader)) return false;
    if (line.kind == Seen::Source && !sources) lines.pop_back();
  }
  std::atomic<bool> holds = true;
  for_each_number(lines.size(), kPart, [&](std::size_t i) {
    if (holds && !lines[i].check()) holds = false;
  });
  if (!holds) return false;
  refreshed = std::ranges::any_of(lines, &Line::refreshed);
  if (!refreshed) return true;
  std::string fresh;
  for (const Line& line : lines) fresh += line_of(line.kind, line.path, line.stamp, line.expected);
  text = std::move(fresh);
  return true;
}

void saw_links(std::string path) {
  if (!observations) return;
  constexpr int kMaximumLinks = 64;
  for (std::size_t end = 0, links = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    std::string step = path.substr(0, end);
    saw(Seen::Type, step);
    struct stat status;
    if (lstat(step.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) continue;
    saw(Seen::Link, step);
    auto target = read_link(step);
    if (!target || ++links > kMaximumLinks) return;
    path = (target->starts_with('/') ? *target : step.substr(0, step.rfind('/') + 1) + *target) + path.substr(end);
    end = 0;
  }
}

}  // namespace evalctl::base
