// Reading and writing files, with messages that name the file and the reason.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evalctl::base {

Result<std::string> read_file(const std::string& path);
// A regular file of at most `most` bytes; "" for all else. It does not count as read (base/observations.h): for who reads the
// file again before anything depends on it.
std::string peek_file(const std::string& path, std::size_t most);
// Writes a temporary file beside `path`, then renames it.
Result<void> write_file_atomically(const std::string& path, std::string_view contents, unsigned mode = 0644);
// The same for what only saves time later: no effect of the run, and nobody else's.
Result<void> write_cache_file(const std::string& path, std::string_view contents);
// Puts `contents` in the place of `expected` in an existing file: a temporary file beside it is renamed. Links are followed
// and stay; the mode stays, and the owner where that is allowed. Fails when the file does not hold `expected` any more, or is
// not writable.
Result<void> replace_file(const std::string& path, std::string_view expected, std::string_view contents);
// Names in the folder, without `.` and `..`, sorted bytewise.
Result<std::vector<std::string>> list_folder(const std::string& path);
// Once more than `most` files of the folder have names that end so, only the half of that stays which was written last. For
// caches: it is no effect of the run.
void forget_oldest(const std::string& folder, std::string_view ending, std::size_t most);
// The absolute path of the working folder, without links; `/` when it is gone.
std::string working_folder();
// $HOME, or what the system's users' file says where that is unset, as in services and containers; empty where neither is known.
std::string home_folder();
// $XDG_CACHE_HOME/evalctl or ~/.cache/evalctl; empty where nothing can be kept. Never a place that other users may write to.
std::string cache_folder();
Result<std::string> read_link(const std::string& path);
// Links are followed by all but the second.
bool exists(const std::string& path);
bool entry_exists(const std::string& path);
bool is_folder(const std::string& path);

}  // namespace evalctl::base
