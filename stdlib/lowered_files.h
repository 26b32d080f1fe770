// The IR of files kept between runs, so that a file that was read once need not be read, parsed and lowered again; and what stands in
// folders, found by their stamps.
//
// It is found by the content of the file; or, without reading it, by its stamp, if that was old enough when the file was read
// to tell versions apart. Both keys also name the global variables, which lowering looks at. The text of a file that was found
// by its stamp is read only when somebody asks for it: for the excerpt of a message.
//
// The names of all files that one run keeps stand in one list, a record of its own under a key made of its content, which their records
// tell.
//
// One pack file (pack_file.h) for each build of this program, in lowered/ below base::cache_folder(). With `--option
// parse-cache false` there is none; it is written when a run has lowered so much that it pays, with `always` in any case.
#pragma once
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/observations.h"
#include "evaluator/ir_record.h"
#include "evaluator/program.h"
#include "stdlib/pack_file.h"

namespace evalctl::stdlib {

class LoweredFiles final : private evaluator::RecordKeeper {
 public:
  ~LoweredFiles();
  LoweredFiles(const LoweredFiles&) = delete;

  // "" where there is no place for it.
  static std::string folder();
  // The pack of this build.
  static PackFile pack();
  // Whether a key is that of a file. Others are those of lists of names and of folders.
  static bool is_of_file(std::string_view key);

  // The global variables have to be defined. Null where nothing can be kept, or lowering does more than it tells (lints).
  static std::unique_ptr<LoweredFiles> attach(evaluator::Vm& vm);

  // Of a file on disk with that stamp; null when it is not known. Nothing is read.
  const evaluator::Code* find(evaluator::Vm& vm, const base::Stamp& stamp, const std::string& file, const std::string& directory);
  // Of a text, which lives on. The stamp will do the next time.
  const evaluator::Code* find(evaluator::Vm& vm, const base::Stamp& stamp, std::string_view text, const std::string& file,
                              const std::string& directory);
  // A file that was lowered in this run, whose text was read after its stamp.
  void add(const base::Stamp& stamp, std::uint32_t file);

  // What was told of a folder with that stamp.
  std::optional<std::string_view> find_listing(const base::Stamp& stamp) const;
  // `listing`: read after the stamp.
  void add_listing(const base::Stamp& stamp, std::string_view listing);

  // Keeps what was added, if that pays or `always`. False when the pack cannot be written now.
  bool write(evaluator::Vm& vm, bool always);

 private:
  struct Added {
    base::Stamp stamp;
    bool stamp_tells;
    std::uint32_t file;    // of the file table; 0: what is known by another key
    std::string content;   // key
  };

  // A list of names in the pack that records tell by its key.
  struct KnownNames {
    std::string key;
    evaluator::RecordedNames names;
  };

  explicit LoweredFiles(std::string salt);
  void give_back() const override { pack_.give_back(); }
  // Null where it is not there.
  const evaluator::RecordedNames* names_with(std::string_view key);
  // Of what stands in the pack under the key of a file; null when it is not good.
  std::unique_ptr<const evaluator::Ir> ir_of(std::string_view kept);
  std::string key_of(const base::Stamp& stamp) const;
  std::string key_of(std::string_view text) const;
  std::string key_of_listing(const base::Stamp& stamp) const;
  PackFile::Addition addition_of(evaluator::Vm& vm, const Added& added, evaluator::NamesToRecord& names, std::string_view names_key) const;

  PackFile pack_;
  std::string salt_;
  std::mutex mutex_;
  std::vector<Added> added_;
  std::map<std::string, std::string> listings_;  // by their keys: stamp and listing
  std::deque<KnownNames> known_names_;
  std::atomic<const KnownNames*> last_names_{nullptr};  // nearly all records of a run have the same
};

}  // namespace evalctl::stdlib
