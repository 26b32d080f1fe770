// The IR of one file as bytes that another process can use where they stand:
//
//   counts | number and index of each name | lengths of the lines | functions
//
// The names of records that are written at the same time stand in one list, each once, and are interned when the first of the
// records is used that has them:
//
//   counts | end and hash of each name | names
//
// The bytes are good for the same build of the program only, and are
// trusted: who keeps them has to see that they come back as they were.
#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evaluator/ir.h"
#include "parser/parse.h"

namespace evalctl::evaluator {

// The names of records that are going to be written.
class NamesToRecord {
 public:
  // Of the name in the list, from 0.
  std::uint32_t number_of(Symbol name);
  void add(const Ir& ir);
  bool empty() const { return names_.empty(); }
  std::string bytes() const;

 private:
  std::vector<Symbol> names_;
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;  // by symbol id
};

// The names of records that are there. Looks at `bytes`, which must be aligned to 8 bytes and live on. Thread-safe.
class RecordedNames {
 public:
  explicit RecordedNames(std::string_view bytes);
  // Whether the length is right; nothing may be asked where it is not.
  bool is_good() const { return is_good_; }
  Symbol symbol(std::uint32_t number) const {
    std::uint32_t id = symbols_[number].load(std::memory_order_relaxed);
    return id != 0 ? Symbol{id} : intern_name(number);
  }
  // Fetches what interning the name will look at first.
  void prefetch(std::uint32_t number) const;

 private:
  struct Name { std::uint32_t end, hash; };
  friend class NamesToRecord;
  Symbol intern_name(std::uint32_t number) const;

  std::span<const Name> names_;
  std::string_view texts_;
  bool is_good_ = false;
  std::unique_ptr<std::atomic<std::uint32_t>[], FreeMemory> symbols_;  // ids; 0: not interned yet
};

// Appends the record of a file that this process has lowered, whose text is `source`. False when the file is too large.
bool append_record(std::string& out, const Ir& ir, std::string_view source, NamesToRecord& names);
// Looks at `record`, which must be aligned to 8 bytes and live on. Interns the names; costs nothing for the functions. Null
// when the length is wrong.
std::unique_ptr<const Ir> ir_of_record(std::string_view record, const RecordedNames& names);
// Of the file that a record was made of.
std::size_t source_size_of_record(std::string_view record);
parser::LineIndex lines_of_record(std::string_view record);

// The lines of a text in few bytes: their lengths as groups of 7 bits, the lowest first; all but the last have the eighth bit.
std::string line_lengths(std::string_view source);
parser::LineIndex lines_of_lengths(std::string_view lengths);

// Keeps records in memory that comes back when it is looked at.
class RecordKeeper {
 public:
  // Told each time that many functions were read, of which few are looked at again. By any thread.
  virtual void give_back() const = 0;

 protected:
  ~RecordKeeper() = default;
};
// One for a process, or null.
void set_record_keeper(const RecordKeeper* keeper);
// Bytecode was made of a function: its nodes are not needed any more.
void count_function_read();

}  // namespace evalctl::evaluator
