// What a run has read of the machine: files, folders, links, types and the environment, so that its answer can be kept and
// later be told to hold still.
//
// Whoever reads something says so with `saw`; nobody listens unless `observations` is set. What cannot be checked later (the
// clock, the network, a build) is told with `saw_what_changes`: then the answer is not kept. Thread-safe.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace evalctl::base {

// The clock of file systems advances in steps of up to 10 ms: a file that changed less than two of them (in nanoseconds) before
// it was seen may change again without its stamp.
constexpr std::int64_t kClockStep = 20'000'000;

// Tells versions of a file apart without reading it.
struct Stamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified = 0, changed = 0;  // nanoseconds since 1970
  bool operator==(const Stamp&) const = default;
};
Stamp stamp_of(const struct stat& status);
// The stamp of a file, and a time just before it was looked at, in the unit of stamps.
struct Sighting {
  Stamp stamp;
  std::int64_t at = 0;
};
// Waits until a stamp of the file tells of the next change; see Observations::to_text.
void settle(const std::string& path);
// The time of day, in the unit of stamps.
std::int64_t now();

enum class Seen : std::uint8_t {
  Type,         // of what stands at the path, or that nothing does; a link is not followed
  Target,       // likewise, but links are followed
  File,         // the content, and whether it may be executed
  Folder,       // the names in it and their types
  Link,         // where a symbolic link leads
  Entry,        // what stands at the path itself: as File, as Link, or of which type it is
  Time,         // of the last modification, in seconds
  Environment,  // the value of a variable
  Tree,         // everything at and below the path, by stamps
  Product,      // as Type, in the end: of what the run itself may have made
  Source,       // as File, of what was read to be evaluated by who may take over edits of it
};

struct TreeState;  // base/tree_state.h

class Observations {
 public:
  // To be called before the thing is looked at; or later, with a time before it was.
  void note(Seen kind, const std::string& path, std::int64_t at = now());
  // A file that is read after that.
  void note_file(const std::string& path, const Sighting& seen);
  // The same for a whole tree, in the state that it had.
  void note_tree(const std::string& path, const TreeState& state);
  // Something was used that cannot be checked later.
  void forget();
  // A line that was written for the user on standard error.
  void message(std::string_view line);
  const std::string& messages() const { return messages_; }

  // Whether what was seen is as it was: files and folders by their stamps, types and links; not Seen::Source, nor whole trees.
  bool hold_still();
  // Whether something was said to `forget`.
  bool is_forgotten();
  // After the run, when nobody listens any more: all that was seen as a text; none when it cannot be kept: something was said to
  // `forget`, or has changed since it was seen, or so shortly before that its stamp may not tell. `earlier`: such a text, or nothing; what has
  // the same stamp there is not read again.
  std::optional<std::string> to_text(std::string_view earlier = {});
  // The folders in which something that was seen may change, or where it may appear.
  std::set<std::string> folders();
  // Whether all of a text of to_text still holds. A file whose stamp differs is read; `refreshed` is set when one was and
  // `text` then has the new stamps. False also for a damaged text. Without `sources` nothing of that kind is looked at.
  static bool hold(std::string& text, bool& refreshed, bool sources = true);

 private:
  struct Entry {
    Sighting first;
    std::string text;  // as it was then, of what has no stamp
  };

  void note_stamp(Seen kind, const std::string& path, const Sighting& seen);
  static std::string line_of_entry(Seen kind, const std::string& path, const Entry& entry, const std::string_view* known);

  std::mutex mutex_;
  std::map<std::pair<Seen, std::string>, Entry> seen_;
  bool forgotten_ = false;
  std::string messages_;
};

// Null: nobody listens.
extern Observations* observations;

// What a thread reads while it has one of these is told otherwise.
class Unobserved {
 public:
  explicit Unobserved(bool active) : active_(active) { levels += active_; }
  ~Unobserved() { levels -= active_; }
  Unobserved(const Unobserved&) = delete;
  static thread_local int levels;

 private:
  bool active_;
};

inline void saw(Seen kind, const std::string& path) {
  if (observations && Unobserved::levels == 0) observations->note(kind, path);
}
inline void saw(Seen kind, const std::string& path, std::int64_t at) {
  if (observations && Unobserved::levels == 0) observations->note(kind, path, at);
}
inline void saw_file(const std::string& path, const Sighting& seen) {
  if (observations && Unobserved::levels == 0) observations->note_file(path, seen);
}
inline void saw_tree(const std::string& path, const TreeState& state) {
  if (observations && Unobserved::levels == 0) observations->note_tree(path, state);
}
inline void saw_what_changes() {
  if (observations) observations->forget();
}
// All links on the way to `path`, which is absolute, and that its other parts are none.
void saw_links(std::string path);

}  // namespace evalctl::base
