// The worker: a process of its own that evaluates for the language server.
//
//   server ── worker (nixpkgs loaded) ── session (a configuration evaluated) 
//                 └── query                  ├── query
//                                            └── session (the same, after an edit of what it has evaluated)
//
// Every step to the right is a fork: it starts with all that is evaluated already and changes nothing of it. Each process
// has its own connection to the server, and ends when the server closes it, when it has answered (a session stays), or when
// it needs more memory or time than it may. Whatever happens to it, those on its left go on.
#pragma once
#include <cstdint>

namespace evalctl::lsp {

enum class Request : std::uint8_t { Session, Edit, Members, Describe, OptionState, OptionIndex, OptionPart, BuildGraph };

// First byte of an answer. The two last ones are all that such an answer has. A Part is of use at once; the answer follows.
enum class Reply : char { Answer = 'a', Part = 'i', Problems = 'p', Ready = 'r', Failed = 'f', OutOfTime = 't', OutOfMemory = 'm' };

// Serves the connection `descriptor` until its end. Returns the status of the process.
int run_worker(int descriptor);

}  // namespace evalctl::lsp
