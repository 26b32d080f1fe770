#include "cli/nix_options.h"

#include <string_view>

namespace evalctl::cli {
namespace {

constexpr std::string_view kWithValue[] = {
    "access-tokens", "allowed-impure-host-deps", "allowed-uris", "allowed-users", "bash-prompt", "bash-prompt-prefix", "bash-prompt-suffix",
    "build-dir", "build-hook", "build-poll-interval", "build-users-group", "builders", "commit-lock-file-summary", "connect-timeout",
    "cores", "diff-hook", "download-attempts", "download-buffer-size", "download-speed", "eval-system", "experimental-features",
    "extra-platforms", "flake-registry", "gc-reserved-space", "hashed-mirrors", "http-connections", "id-count", "log-lines",
    "max-build-log-size", "max-call-depth", "max-free", "max-jobs", "max-silent-time", "max-substitution-jobs", "min-free",
    "min-free-check-interval", "nar-buffer-size", "narinfo-cache-negative-ttl", "narinfo-cache-positive-ttl", "netrc-file", "nix-path",
    "plugin-files", "post-build-hook", "pre-build-hook", "repeat", "sandbox-build-dir", "sandbox-dev-shm-size", "sandbox-paths",
    "secret-key-files", "ssl-cert-file", "stalled-download-timeout", "start-id", "store", "substituters", "system", "system-features",
    "tarball-ttl", "timeout", "trusted-public-keys", "trusted-substituters", "trusted-users", "upgrade-nix-store-path-url",
    "user-agent-suffix", "warn-large-path-threshold"};

constexpr std::string_view kOnOrOff[] = {
    "abort-on-warn", "accept-flake-config", "allow-dirty", "allow-dirty-locks", "allow-import-from-derivation", "allow-new-privileges",
    "allow-symlinked-store", "allow-unsafe-native-code-during-evaluation", "auto-allocate-uids", "auto-optimise-store",
    "builders-use-substitutes", "compress-build-log", "debugger-on-trace", "eval-cache", "fallback", "filter-syscalls", "fsync-metadata",
    "fsync-store-paths", "http2", "ignore-try", "impersonate-linux-26", "keep-build-log", "keep-derivations", "keep-env-derivations",
    "keep-failed", "keep-going", "keep-outputs", "preallocate-contents", "print-missing", "pure-eval",
    "require-drop-supplementary-groups", "require-sigs", "restrict-eval", "run-diff-hook", "sandbox", "sandbox-fallback", "show-trace",
    "substitute", "sync-before-registering", "trace-function-calls", "trace-import-from-derivation", "trace-verbose", "use-case-hack",
    "use-cgroups", "use-registries", "use-sqlite-wal", "use-xdg-base-directories", "warn-dirty", "warn-short-path-literals"};

// Options name their spellings by reference.
struct Spellings { std::string on, off, extra; };

template <std::size_t N>
std::vector<Spellings> spellings_of(const std::string_view (&names)[N]) {
  std::vector<Spellings> out;
  for (std::string_view name : names) out.push_back({"--" + std::string(name), "--no-" + std::string(name), "--extra-" + std::string(name)});
  return out;
}

}  // namespace

void add_nix_settings(std::vector<Option>& options, std::function<void(const std::string& name, const std::string& value)> set) {
  static const std::vector<Spellings> with_value = spellings_of(kWithValue), on_or_off = spellings_of(kOnOrOff);
  auto add = [&](const std::string& spelling, int values, std::string name, std::string value) {
    options.push_back({spelling, values, [set, name, value](auto words) { set(name, words.empty() ? value : words[0]); }, true});
  };
  for (const Spellings& one : with_value) {
    add(one.on, 1, one.on.substr(2), "");
    add(one.extra, 1, one.extra.substr(2), "");
  }
  for (const Spellings& one : on_or_off) {
    add(one.on, 0, one.on.substr(2), "true");
    add(one.off, 0, one.on.substr(2), "false");
  }
  static const std::string relaxed = "--relaxed-sandbox";
  add(relaxed, 0, "sandbox", "relaxed");
}

}  // namespace evalctl::cli
