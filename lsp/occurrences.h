// All places where one name stands: what references, highlights and rename share.
#pragma once
#include <vector>

#include "lsp/values.h"

namespace evalctl::lsp {

// The node of the name at `offset`: an identifier or a plain string that is an attribute; the root where there is none.
NodeId name_at(const Analysis& analysis, std::uint32_t offset);

// The definitions that the name at `name` stands for; itself where it is one. A key of a set that a known function is
// called with stands for the function's argument; `inherit (e) a` stands for its own new name where it makes a variable.
std::vector<Place> symbols_at(Tracer& tracer, const Place& name);

// Where to jump from `name`: symbols_at, followed through `inherit` to where the value is written.
std::vector<Place> targets_of(const Snapshot& snapshot, const Place& name);

struct Occurrence {
  Place place;
  bool is_definition;
};
// Every occurrence of `symbol` in its file and, for what other files can see, in the workspace, in order of files and
// positions. Gives up on further files when `cancel` is set.
std::vector<Occurrence> occurrences(const Snapshot& snapshot, const Place& symbol, bool other_files, const Cancel& cancel);

// True for a name that only expressions of its own file can refer to.
bool is_local(const Place& symbol);

}  // namespace evalctl::lsp
