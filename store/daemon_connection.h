// A connection to Nix's daemon: handshake, requests, and the messages that precede each answer.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/daemon.h"
#include "store/wire.h"

namespace evalctl::store {

enum class Operation : std::uint64_t {
  IsValidPath = 1, AddToStore = 7, BuildPaths = 9, AddTempRoot = 11, AddIndirectRoot = 12, QueryPathInfo = 26, QueryValidPaths = 31, QueryValidDerivers = 33,
  NarFromPath = 38, AddToStoreNar = 39, QueryMissing = 40, QueryDerivationOutputMap = 41, AddMultipleToStore = 44
};

constexpr std::uint64_t protocol(std::uint64_t minor) { return 1 << 8 | minor; }

class DaemonConnection {
 public:
  static base::Result<std::unique_ptr<DaemonConnection>> connect(const std::string& socket_path, DaemonLog log);
  static base::Result<std::unique_ptr<DaemonConnection>> start(DaemonLog log);
  ~DaemonConnection();

  // What both sides speak.
  std::uint64_t version() const { return version_; }
  Wire& wire() { return wire_; }
  // Begins a request; its arguments are to be put to the wire.
  Wire& begin(Operation operation);
  // Sends what was put and reads messages up to the answer of the oldest request. False when it failed: see result().
  bool answered();
  // The error of the last request, which a later request may forget, or of the connection, which stays.
  base::Result<void> result();

 private:
  DaemonConnection(int input, int output, pid_t child, DaemonLog log) : wire_(input, output), child_(child), log_(std::move(log)) {}
  base::Result<void> greet();
  void read_error();
  void read_activity();
  void read_result();
  void read_fields();

  Wire wire_;
  pid_t child_ = 0;  // started by us
  DaemonLog log_;
  std::uint64_t version_ = 0;
  std::string error_;
  std::string last_field_;
};

}  // namespace evalctl::store
