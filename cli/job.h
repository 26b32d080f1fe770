// One attribute of a set of jobs: what it is asked for, and what is found there.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evalctl::cli {

// The names that lead from the root to an attribute. Paths compare in the order in which a set is walked.
using AttributePath = std::vector<std::string>;

struct JobOptions {
  std::string apply, select;
  bool force_recurse = false, meta = false, input_derivations = false, constituents = false, cache_status = false;
  std::string roots_folder;        // of --gc-roots-dir
  std::uint32_t part = 0, parts = 1;  // which part of how many; part counts from 0
  std::uint32_t shard_depth = 1;   // so many names of a path say to which part it belongs

  // Every machine must decide the same for a path.
  bool in_shard(const AttributePath& path) const;
};

// What stands at an attribute path.
struct JobReply {
  enum class Kind : char {
    Nothing = '0',  // no derivation, and nothing to enter
    Set = 's',      // `names` are to be looked at in turn
    Line = 'l',     // `line`: an object of JSON, of a derivation
    Failure = 'f',  // the same of an error
    // What was found depends on what else was evaluated before or meanwhile: it is to be asked for again, in a process
    // that evaluates nothing else.
    Alone = 'a',
  } kind = Kind::Nothing;
  std::vector<std::string> names;
  std::string line;
  // What was to be shown meanwhile.
  std::vector<std::string> messages;
};

inline bool has_line(const JobReply& reply) { return reply.kind == JobReply::Kind::Line || reply.kind == JobReply::Kind::Failure; }

// "a.\"b.c\"": names with dots are quoted.
std::string join(const AttributePath& path);
// The line of a job that failed. `diagnostic`: the same as an object of JSON, or "".
std::string error_line(const AttributePath& path, std::string_view error, std::string_view diagnostic);

}  // namespace evalctl::cli
