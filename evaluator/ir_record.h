// The IR of one file as bytes that another process can use where they stand:
//
//   counts | end, hash and index of each name | names | lengths of the lines | functions
//
// The bytes are good for the same build of the program only, and are
// trusted: who keeps them has to see that they come back as they were.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/ir.h"
#include "parser/parse.h"

namespace evalctl::evaluator {

// Appends the record of a file that this process has lowered, whose text is `source`. False when the file is too large.
bool append_record(std::string& out, const Ir& ir, std::string_view source);
// Looks at `record`, which must be aligned to 8 bytes and live on. Interns the names; costs nothing for the functions. Null
// when the length is wrong.
std::unique_ptr<const Ir> ir_of_record(std::string_view record);
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
