#include "lsp/server.h"

#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

namespace evalctl::lsp {
namespace {

// Jobs that wait for an evaluation take up threads, which others must not want for.
unsigned worker_count() { return std::clamp(std::thread::hardware_concurrency(), 2u, 4u) + 4; }

}  // namespace

Server::Server(int input, int output)
    : transport_(input, output),
      evaluation_({.problems = [this](const auto& paths) { evaluated(paths); },
                   .progress = [this](const auto& title, bool begins) { progress(title, begins); }}),
      scheduler_(worker_count()) {
  workspace_.evaluation = &evaluation_;
  // Answers about large files are large: what they took is to be used again, by whichever thread comes next.
  mallopt(M_ARENA_MAX, 2);
  // And trees of large files, made anew with each letter, cost as much in fresh pages as in reading.
  constexpr int kKept = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kKept);
  mallopt(M_TRIM_THRESHOLD, 2 * kKept);
  // A client that is gone shows as a failed write.
  signal(SIGPIPE, SIG_IGN);
}

// The evaluation's threads add jobs, and jobs ask the evaluation: the former end first, the latter stays until the last.
Server::~Server() { evaluation_.stop(); }

int Server::run() {
  while (auto body = transport_.read()) {
    if (!handle(protocol::decode(*body))) break;
    remember_snapshot();
  }
  return state_ == State::ShutDown ? 0 : 1;
}

bool Server::handle(const protocol::Message& message) {
  using Kind = protocol::Message::Kind;
  switch (message.kind) {
    case Kind::NotJson: send(protocol::error_response("null", protocol::kParseError, "the message is no JSON")); break;
    case Kind::Invalid: send(protocol::error_response(message.id, protocol::kInvalidRequest, "the message is no request")); break;
    case Kind::Response: break;
    case Kind::Request: request(message); break;
    case Kind::Notification:
      if (message.method == "exit") return false;
      notification(message);
      break;
  }
  return true;
}

void Server::request(const protocol::Message& message) {
  if (message.method == "initialize") return initialize(message);
  if (state_ == State::Fresh) {
    return send(protocol::error_response(message.id, protocol::kNotInitialized, "the server is not initialized"));
  }
  if (state_ == State::ShutDown) {
    return send(protocol::error_response(message.id, protocol::kInvalidRequest, "the server is shut down"));
  }
  if (message.method == "shutdown") {
    state_ = State::ShutDown;
    return send(protocol::response(message.id, "null"));
  }
  if (!protocol::knows(message.method)) {
    return send(protocol::error_response(message.id, protocol::kMethodNotFound, "the method is unknown: " + message.method));
  }
  schedule(message);
}

void Server::initialize(const protocol::Message& message) {
  if (state_ != State::Fresh) {
    return send(protocol::error_response(message.id, protocol::kInvalidRequest, "the server is initialized already"));
  }
  workspace_.set_settings(protocol::read_settings(message));
  shows_progress_ = workspace_.settings().work_done_progress;
  pulls_ = workspace_.settings().pulls_diagnostics;
  refreshes_ = workspace_.settings().refreshes_diagnostics;
  state_ = State::Running;
  send(protocol::response(message.id, protocol::initialize_result(workspace_.settings())));
  watch_client(workspace_.settings().client_process);
}

void Server::schedule(const protocol::Message& message) {
  std::lock_guard lock(pending_mutex_);
  auto cancel = scheduler_.add("", [this, message, snapshot = workspace_.snapshot()](const Cancel& cancelled) {
    protocol::Answer answer = cancelled ? protocol::Answer{"", protocol::kRequestCancelled, "the request was cancelled"}
                                        : protocol::answer(message, *snapshot, cancelled);
    {
      // A client that reuses an id at once must find it free.
      std::lock_guard guard(pending_mutex_);
      pending_.erase(message.id);
    }
    send(answer.error == 0 ? protocol::response(message.id, answer.result)
                           : protocol::error_response(message.id, answer.error, answer.message));
    if (message.method == "workspace/executeCommand" && answer.error == 0) {
      std::string id = "own-" + std::to_string(++own_requests_);
      for (const std::string& body : protocol::after_command(answer.result, id, snapshot->settings())) send(body);
    }
    constexpr std::size_t kLarge = 1 << 20;
    if (answer.result.size() > kLarge) malloc_trim(0);
  });
  pending_[message.id] = std::move(cancel);
}

void Server::cancel(const std::string& id) {
  std::lock_guard lock(pending_mutex_);
  auto found = pending_.find(id);
  if (found != pending_.end()) *found->second = true;
}

void Server::notification(const protocol::Message& message) {
  if (state_ != State::Running) return;
  const std::string& method = message.method;
  if (method == "$/cancelRequest") return cancel(protocol::cancelled_id(message));
  if (method == "textDocument/didOpen") return change(message, true);
  if (method == "textDocument/didChange") return change(message, false);
  if (method == "textDocument/didClose") return close(message);
  if (method == "initialized" && workspace_.settings().registers_watchers) {
    return send(protocol::register_watchers("own-" + std::to_string(++own_requests_)));
  }
  bool settings = method == "workspace/didChangeConfiguration" || method == "workspace/didChangeWorkspaceFolders";
  if (settings) workspace_.set_settings(protocol::changed_settings(message, workspace_.settings()));
  if (settings || method == "workspace/didChangeWatchedFiles") diagnose_all();
}

void Server::change(const protocol::Message& message, bool open) {
  auto change = protocol::document_change(message);
  if (!change) return;
  if (open) {
    std::string text = change->changes.empty() ? std::string() : std::move(change->changes[0].text);
    workspace_.open(change->path, change->uri, change->version, std::move(text));
  } else if (!workspace_.change(change->path, change->version, change->changes)) {
    return;
  }
  // Before its diagnostics are under way: what is diagnosed after them must not be of an older text.
  remember_snapshot();
  diagnose(change->path);
  auto snapshot = workspace_.snapshot();
  if (snapshot->evaluation()) {
    scheduler_.add("evaluate " + change->path, [this, path = change->path, snapshot](const Cancel&) { evaluation_.changed(snapshot, path); });
  }
}

void Server::close(const protocol::Message& message) {
  auto change = protocol::document_change(message);
  if (!change || !workspace_.close(change->path)) return;
  remember_snapshot();
  if (!workspace_.settings().pulls_diagnostics) {
    // Under the key of the diagnostics, so that none comes after this.
    scheduler_.add("diagnose " + change->path, [this, change = *change, order = ++next_order_](const Cancel&) {
      publish(change.path, order, protocol::clear_diagnostics(change.uri));
    });
  }
}

void Server::diagnose(const std::string& path) {
  if (workspace_.settings().pulls_diagnostics) return;
  scheduler_.add("diagnose " + path, [this, path, snapshot = workspace_.snapshot(), order = ++next_order_](const Cancel& cancelled) {
    DocumentPtr document = snapshot->document(path);
    if (!document || cancelled) return;
    std::vector<Finding> found = all_findings(*snapshot, document);
    if (!cancelled) publish(path, order, protocol::publish_diagnostics(*document, found, *snapshot));
  });
}

void Server::publish(const std::string& path, std::uint64_t order, const std::string& body) {
  std::lock_guard lock(order_mutex_);
  std::uint64_t& last = last_order_[path];
  if (order < last) return;
  last = order;
  send(body);
}

void Server::diagnose_all() {
  if (workspace_.settings().refreshes_diagnostics) {
    send(protocol::request("own-" + std::to_string(++own_requests_), "workspace/diagnostic/refresh"));
  }
  auto snapshot = workspace_.snapshot();
  for (const auto& [path, document] : workspace_.documents()) {
    diagnose(path);
    if (!snapshot->evaluation()) continue;
    scheduler_.add("evaluate " + path, [this, path, snapshot](const Cancel&) { evaluation_.changed(snapshot, path); });
  }
}

// Called by threads of the evaluation.
void Server::evaluated(const std::vector<std::string>& paths) {
  if (pulls_) {
    if (refreshes_) send(protocol::request("own-" + std::to_string(++own_requests_), "workspace/diagnostic/refresh"));
    return;
  }
  for (const std::string& path : paths) {
    scheduler_.add("diagnose " + path, [this, path, order = ++next_order_](const Cancel& cancelled) {
      auto snapshot = latest();
      DocumentPtr document = snapshot->document(path);
      if (!document || cancelled) return;
      bool open = document->version >= 0;
      std::vector<Finding> found = open ? all_findings(*snapshot, document) : evaluation_.problems(*document);
      if (!open) {
        std::lock_guard lock(published_mutex_);
        bool before = published_.contains(path);
        if (found.empty() && !before) return;
        if (found.empty()) published_.erase(path);
        else published_.insert(path);
      }
      if (!cancelled) publish(path, order, protocol::publish_diagnostics(*document, found, *snapshot));
    });
  }
}

void Server::progress(const std::string& title, bool begins) {
  if (!shows_progress_) return;
  std::string token = "evalctl " + title;
  if (begins) send(protocol::create_progress("own-" + std::to_string(++own_requests_), token));
  send(protocol::progress(token, title, begins));
}

std::shared_ptr<const Snapshot> Server::latest() {
  std::lock_guard lock(latest_mutex_);
  return latest_;
}

void Server::remember_snapshot() {
  auto snapshot = workspace_.snapshot();
  std::lock_guard lock(latest_mutex_);
  latest_ = std::move(snapshot);
}

// Ends the process soon after the client, even when the client's end of the pipe stays open in another process.
void Server::watch_client(std::int64_t client) {
  if (client <= 0) return;
  scheduler_.add("watch", [this, client](const Cancel&) {
    if (kill(static_cast<pid_t>(client), 0) != 0 && errno == ESRCH) _exit(1);
    watch_client(client);
  }, std::chrono::seconds(3));
}

}  // namespace evalctl::lsp
