// Questions about values: asked of a worker or a session, answered in a process of their own.
#pragma once
#include <functional>
#include <string>

#include "lsp/worker.h"
#include "lsp/worker_session.h"

namespace evalctl::lsp {

// Writes the answer to the request `kind`, whose parameters `in` holds. `session` may be null. False when there is none.
// `send_part` sends what is known already.
using SendPart = std::function<void(const std::string&)>;
bool answer(Machine& machine, Session* session, Request kind, Reader& in, Writer& out, const SendPart& send_part);

// The encoded index of the names of all options of `configuration` outside of submodules: a small part of the work.
std::string make_outline(Machine& machine, evaluator::Value configuration);
// The encoded index of all that lies at `path` of the options, a name or a set of them.
std::string make_part(Machine& machine, evaluator::Value configuration, const std::vector<std::string>& path);
// The answer to Request::OptionIndex: the encoded index of all options of `configuration`.
std::string make_index(Machine& machine, evaluator::Value configuration, std::string_view stamp);

}  // namespace evalctl::lsp
