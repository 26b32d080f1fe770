// Nix's daemon as a store: a client of its worker protocol (versions 1.25 to 1.37).
//
// Texts added are kept back and sent in bulk, those that the daemon does not have; whoever is going to read or build them
// calls flush() first. What was added or found valid is protected from collection as long as the connection is open.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/backend.h"

namespace evalctl::store {

// What the daemon says while it works ("building '...'", lines of builders).
using DaemonLog = std::function<void(std::string_view line)>;

// The socket that Nix's tools would use: of NIX_DAEMON_SOCKET_PATH, NIX_STATE_DIR, or the usual one.
std::string daemon_socket_path();
// Connects to the daemon behind the socket.
base::Result<std::unique_ptr<Backend>> connect_daemon(const std::string& socket_path, DaemonLog log);
// Starts `nix-daemon --stdio`, which opens the store of this machine itself where no daemon runs. An error when there is no
// such program.
base::Result<std::unique_ptr<Backend>> start_daemon(DaemonLog log);

}  // namespace evalctl::store
