// Questions about values: asked of a worker or a session, answered in a process of their own.
#pragma once
#include "lsp/worker.h"
#include "lsp/worker_session.h"

namespace evalctl::lsp {

// Writes the answer to the request `kind`, whose parameters `in` holds. `session` may be null. False when there is none.
bool answer(Machine& machine, Session* session, Request kind, Reader& in, Writer& out);

// The answer to Request::OptionIndex: the encoded index of all options of `configuration`.
std::string make_index(Machine& machine, evaluator::Value configuration, std::string_view stamp);

}  // namespace evalctl::lsp
