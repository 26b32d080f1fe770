// The language server: reads messages, keeps the workspace, and has requests answered on other threads.
//
// The input thread decodes a message, applies edits, and schedules; it never analyses. Every request is answered exactly
// once, also when it is cancelled, unknown or came too early.
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "lsp/evaluation.h"
#include "lsp/protocol.h"
#include "lsp/scheduler.h"
#include "lsp/transport.h"

namespace evalctl::lsp {

class Server {
 public:
  Server(int input, int output);
  ~Server();

  // Until `exit` or the end of input. Returns the status of the process: 0 after `shutdown`, else 1.
  int run();

 private:
  enum class State : std::uint8_t { Fresh, Running, ShutDown };

  // False after `exit`.
  bool handle(const protocol::Message& message);
  void request(const protocol::Message& message);
  void notification(const protocol::Message& message);
  void initialize(const protocol::Message& message);
  void schedule(const protocol::Message& message);
  void cancel(const std::string& id);
  void change(const protocol::Message& message, bool open);
  void close(const protocol::Message& message);
  void diagnose(const std::string& path);
  void diagnose_all();
  void evaluated(const std::vector<std::string>& paths);
  void progress(const std::string& title, bool begins);
  void watch_client(std::int64_t client);
  void send(const std::string& body) { transport_.write(body); }
  // Sends the diagnostics of a file unless newer ones are out already: jobs of one file may end in any order. `order` is
  // what next_order_ was when the job was made.
  void publish(const std::string& path, std::uint64_t order, const std::string& body);

  Transport transport_;
  State state_ = State::Fresh;
  Workspace workspace_;
  std::mutex pending_mutex_;
  // Requests that are not answered yet, by id.
  std::map<std::string, std::shared_ptr<Cancel>> pending_;
  std::atomic<std::uint64_t> own_requests_ = 0;
  std::atomic<bool> shows_progress_ = false, pulls_ = false, refreshes_ = false;
  // The state after the last message, for threads other than that of the input.
  std::shared_ptr<const Snapshot> latest();
  void remember_snapshot();
  std::mutex latest_mutex_;
  std::shared_ptr<const Snapshot> latest_ = workspace_.snapshot();
  std::atomic<std::uint64_t> next_order_ = 0;
  std::mutex order_mutex_;
  std::map<std::string, std::uint64_t> last_order_;
  std::mutex published_mutex_;
  // Files that are not open and have problems in the editor's list.
  std::set<std::string> published_;
  Evaluation evaluation_;
  // Last, so that its threads end before what they use.
  Scheduler scheduler_;
};

}  // namespace evalctl::lsp
