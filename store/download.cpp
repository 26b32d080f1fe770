#include "store/download.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/files.h"
#include "base/observations.h"

// The checks of these macros name functions of the library, which is not linked.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace evalctl::store {
namespace {

constexpr int kTries = 4;
constexpr auto kFirstPause = std::chrono::milliseconds(250);
constexpr long kConnectSeconds = 15;
// A transfer that is this slow for this long has stopped.
constexpr long kSlowBytes = 1, kDefaultStallSeconds = 60;

void* symbol_of(const char* name) {
  static void* const library = [] {
    void* opened = dlopen(EVALCTL_LIBCURL, RTLD_NOW | RTLD_LOCAL);
    if (opened) reinterpret_cast<decltype(&curl_global_init)>(dlsym(opened, "curl_global_init"))(CURL_GLOBAL_DEFAULT);
    return opened;
  }();
  return library ? dlsym(library, name) : nullptr;
}

#define CURL_CALL(name) (reinterpret_cast<decltype(&::name)>(symbol_of(#name)))

long stall_seconds() {
  const char* text = std::getenv("EVALCTL_STALL_SECONDS");
  long seconds = text ? std::strtol(text, nullptr, 10) : 0;
  return seconds > 0 ? seconds : kDefaultStallSeconds;
}

struct Transfer {
  Download result;
  const DownloadOptions& options;
  long status = 0;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* raw) {
  static_cast<Transfer*>(raw)->result.body.append(data, size * count);
  return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* raw) {
  auto& result = static_cast<Transfer*>(raw)->result;
  std::string_view line(data, size * count);
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
  // A new answer: what an answer before it (a redirect) said does not count.
  if (line.starts_with("HTTP/")) {
    result.etag.clear();
    result.body.clear();
    return size * count;
  }
  std::size_t colon = line.find(':');
  if (colon == line.npos) return size * count;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "etag") result.etag = value;
  if (name == "link" && value.starts_with('<') && value.contains("rel=\"immutable\"")) result.immutable_url = value.substr(1, value.find('>') - 1);
  return size * count;
}

int on_progress(void* raw, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  auto* transfer = static_cast<Transfer*>(raw);
  if (transfer->options.progress) transfer->options.progress(static_cast<std::uint64_t>(done), static_cast<std::uint64_t>(total));
  return 0;
}

struct Headers {
  curl_slist* list = nullptr;
  void add(const std::string& line) { list = CURL_CALL(curl_slist_append)(list, line.c_str()); }
  ~Headers() { CURL_CALL(curl_slist_free_all)(list); }
};

CURLcode perform(CURL* curl, const std::string& url, Transfer& transfer, Headers& headers, char* message) {
  auto set = CURL_CALL(curl_easy_setopt);
  set(curl, CURLOPT_URL, url.c_str());
  set(curl, CURLOPT_FOLLOWLOCATION, 1L);
  set(curl, CURLOPT_MAXREDIRS, 10L);
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_ACCEPT_ENCODING, "");
  set(curl, CURLOPT_USERAGENT, "evalctl");
  set(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
  set(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
  set(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds());
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_HTTPHEADER, headers.list);
  set(curl, CURLOPT_WRITEFUNCTION, on_body);
  set(curl, CURLOPT_WRITEDATA, &transfer);
  set(curl, CURLOPT_HEADERFUNCTION, on_header);
  set(curl, CURLOPT_HEADERDATA, &transfer);
  set(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  set(curl, CURLOPT_XFERINFODATA, &transfer);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  set(curl, CURLOPT_ERRORBUFFER, message);
  CURLcode code = CURL_CALL(curl_easy_perform)(curl);
  CURL_CALL(curl_easy_getinfo)(curl, CURLINFO_RESPONSE_CODE, &transfer.status);
  const char* final_url = nullptr;
  CURL_CALL(curl_easy_getinfo)(curl, CURLINFO_EFFECTIVE_URL, &final_url);
  if (final_url) transfer.result.url = final_url;
  return code;
}

bool is_passing(CURLcode code, long status) {
  if (status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505)) return true;
  if (status >= 400) return false;
  return code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR ||
         code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_HTTP2;
}

base::Result<Download> read_local(const std::string& url) {
  std::string path;
  std::string_view text = std::string_view(url).substr(url.find(':') + 1);
  if (text.starts_with("//")) text.remove_prefix(2);
  text = text.substr(0, text.find_first_of("?#"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      path += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      path += text[i];
    }
  }
  auto body = base::read_file(path);
  if (!body) return std::unexpected(body.error());
  Download result;
  result.body = std::move(*body);
  result.url = url;
  return result;
}

}  // namespace

base::Result<Download> download(const std::string& url, const DownloadOptions& options) {
  if (url.starts_with("file:")) return read_local(url);
  base::saw_what_changes();
  if (!symbol_of("curl_easy_init")) return base::fail(fmt::format("downloading needs {}: {}", EVALCTL_LIBCURL, dlerror()));
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    std::unique_ptr<CURL, void (*)(CURL*)> curl(CURL_CALL(curl_easy_init)(), CURL_CALL(curl_easy_cleanup));
    Transfer transfer{{}, options};
    Headers headers;
    for (const std::string& line : options.headers) headers.add(line);
    if (!options.etag.empty()) headers.add("If-None-Match: " + options.etag);
    char message[CURL_ERROR_SIZE] = "";
    CURLcode code = perform(curl.get(), url, transfer, headers, message);
    if (code == CURLE_OK && transfer.status == 304) transfer.result.not_modified = true;
    if (code == CURLE_OK && (transfer.status < 400)) return std::move(transfer.result);
    std::string reason = code == CURLE_OK ? fmt::format("HTTP error {}", transfer.status) : message[0] ? message : CURL_CALL(curl_easy_strerror)(code);
    if (attempt == kTries || !is_passing(code, transfer.status)) return base::fail(fmt::format("unable to download '{}': {}", url, reason), base::Error::Kind::Fetch);
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

}  // namespace evalctl::store
