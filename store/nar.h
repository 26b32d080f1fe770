// NAR: the archive of a file or folder that hashes, daemons and exports are made of; written and read as a stream.
//
// It holds types, names, contents, targets of links and the executable bit, nothing else, in one order only: entries sorted
// bytewise. So one tree has one archive.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/tree_state.h"

namespace evalctl::store {

// Says whether an entry belongs to the archive.
using NarFilter = base::TreeFilter;
using NarSink = std::function<void(std::string_view bytes)>;

// Fails on unreadable files and on what is neither file, folder nor link.
base::Result<void> dump_nar(const std::string& path, const NarSink& sink, const NarFilter& filter = {});
base::Result<base::Hash> nar_hash(const std::string& path, const NarFilter& filter = {});
// The archive of a regular file, not executable, with that content.
std::string nar_of_text(std::string_view contents);

// Is told what an archive holds, folders before what is in them. Paths are "" for the root, else "/a/b" with safe names.
class NarVisitor {
 public:
  virtual ~NarVisitor() = default;
  virtual base::Result<void> directory(const std::string& path) = 0;
  virtual base::Result<void> symlink(const std::string& path, const std::string& target) = 0;
  // Followed by calls of `contents` with `size` bytes together, and `end_file`.
  virtual base::Result<void> begin_file(const std::string& path, bool executable, std::uint64_t size) = 0;
  virtual base::Result<void> contents(std::string_view bytes) = 0;
  virtual base::Result<void> end_file() = 0;
};

// Reads an archive that arrives in pieces of any size. Accepts the one form that dump_nar writes, and no name that could
// leave the folder. The first failure sticks.
class NarReader {
 public:
  explicit NarReader(NarVisitor& visitor) : visitor_(visitor) {}
  void write(std::string_view bytes);
  // How many bytes can be read without going beyond the archive; 0 at its end and after a failure.
  std::uint64_t wanted() const;
  // An error if something was wrong or the archive is not whole.
  base::Result<void> finish() const;

 private:
  enum class State : std::uint8_t {
    Magic, Open, Type, Kind, Regular, Executable, Contents, Body, Target, TargetText, Close, Entry, EntryOpen, NameKey, Name,
    Node, EntryClose, End
  };
  struct Level { std::size_t path_size; std::string last_name; };

  void fail(std::string_view what);
  void check(const base::Result<void>& done);
  void text_arrived();
  void token(std::string_view text);
  void expect(std::string_view text, std::string_view expected, State next);
  void kind(std::string_view text);
  void entry(std::string_view text);
  void name(std::string_view text);
  void node_closed();
  void begin_body(std::uint64_t size);
  void body(std::string_view bytes);

  NarVisitor& visitor_;
  State state_ = State::Magic;
  bool in_length_ = true;      // the next 8 bytes are a length
  std::uint64_t missing_ = 8;  // bytes of the current piece that have not arrived
  std::uint64_t size_ = 0;     // of the current text, without padding
  std::uint64_t offset_ = 0;   // bytes read in all, for messages
  std::string piece_;
  bool executable_ = false;
  std::string path_;
  std::vector<Level> levels_;  // the folders that are open
  std::string failure_;
};

// Puts an archive's tree at `target`, which must not exist. Files are written without following links.
class NarRestorer {
 public:
  explicit NarRestorer(std::string target);
  ~NarRestorer();
  NarRestorer(const NarRestorer&) = delete;
  NarRestorer& operator=(const NarRestorer&) = delete;
  void write(std::string_view bytes) { reader_.write(bytes); }
  base::Result<void> finish() const { return reader_.finish(); }

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
  NarReader reader_;
};

}  // namespace evalctl::store
