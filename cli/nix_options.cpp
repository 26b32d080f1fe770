#include "cli/nix_options.h"

#include <algorithm>
#include <span>

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

bool is_one_of(std::string_view name, std::span<const std::string_view> names) { return std::ranges::find(names, name) != names.end(); }

}  // namespace

std::optional<NixSetting> nix_setting(std::string_view option) {
  if (!option.starts_with("--")) return std::nullopt;
  std::string_view name = option.substr(2);
  if (is_one_of(name, kOnOrOff)) return NixSetting{std::string(name), "true"};
  if (name.starts_with("no-") && is_one_of(name.substr(3), kOnOrOff)) return NixSetting{std::string(name.substr(3)), "false"};
  if (name == "relaxed-sandbox") return NixSetting{"sandbox", "relaxed"};
  std::string_view plain = name.starts_with("extra-") ? name.substr(6) : name;
  return is_one_of(plain, kWithValue) || is_one_of(name, kWithValue) ? std::optional(NixSetting{std::string(name), std::nullopt}) : std::nullopt;
}

std::vector<std::string> nix_setting_options() {
  std::vector<std::string> out;
  auto add = [&](std::string_view prefix, std::string_view name) { out.push_back(std::string(prefix).append(name)); };
  for (std::string_view name : kWithValue) add("--", name), add("--extra-", name);
  for (std::string_view name : kOnOrOff) add("--", name), add("--no-", name);
  return out;
}

}  // namespace evalctl::cli
