// A binary cache: store objects behind a URL, each a `<digits>.narinfo` and an archive.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/object_info.h"

namespace evalctl::stdlib {

class BinaryCache {
 public:
  // Nothing is asked of the server yet.
  explicit BinaryCache(std::string url);

  // Asked of the server once for each object. The first time fails where there is no cache for this store.
  base::Result<const store::ObjectInfo*> info(const std::string& path);
  // The object's NAR, which has the hash that its description says. In memory as a whole.
  base::Result<std::string> archive(const store::ObjectInfo& info);
  // Descriptions of the objects `path` and all that it needs, except those that `leave_out` says; what others refer to comes
  // first.
  template <class LeaveOut>
  base::Result<std::vector<const store::ObjectInfo*>> closure(const std::string& path, LeaveOut leave_out);

 private:
  struct Entry {
    store::ObjectInfo info;
    std::string archive_url, compression;
  };
  base::Result<void> open();
  static base::Result<Entry> parse(const std::string& path, std::string_view text);

  std::string url_;
  bool is_open_ = false;
  std::map<std::string, Entry> entries_;  // by path
};

template <class LeaveOut>
base::Result<std::vector<const store::ObjectInfo*>> BinaryCache::closure(const std::string& path, LeaveOut leave_out) {
  struct Step { const store::ObjectInfo* info; store::References::const_iterator next; };
  std::vector<const store::ObjectInfo*> result;
  std::set<std::string> seen;
  std::vector<Step> open;
  auto enter = [&](const std::string& object) -> base::Result<void> {
    if (!seen.insert(object).second || leave_out(object)) return {};
    auto found = info(object);
    if (!found) return std::unexpected(found.error());
    open.push_back({*found, (*found)->references.begin()});
    return {};
  };
  if (auto entered = enter(path); !entered) return std::unexpected(entered.error());
  while (!open.empty()) {
    Step& step = open.back();
    if (step.next == step.info->references.end()) {
      result.push_back(step.info);
      open.pop_back();
    } else if (auto entered = enter(*step.next++); !entered) {
      return std::unexpected(entered.error());
    }
  }
  return result;
}

}  // namespace evalctl::stdlib
