// Downloads over HTTP, HTTPS and from files. libcurl is loaded on first use.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evalctl::store {

struct Download {
  std::string body;
  // After redirects.
  std::string url;
  std::string etag;
  // The URL of a `Link: <...>; rel="immutable"` header.
  std::string immutable_url;
  // The server says that what the etag stands for is still current; there is no body.
  bool not_modified = false;
};

struct DownloadOptions {
  std::vector<std::string> headers;
  std::string etag;
  // Called now and then with what has come; the total is 0 where it is not known.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

// Follows redirects between HTTP and HTTPS only, never to files. Tries again when a server has trouble for a moment.
base::Result<Download> download(const std::string& url, const DownloadOptions& options = {});

}  // namespace evalctl::store
