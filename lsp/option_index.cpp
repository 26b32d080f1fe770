#include "lsp/option_index.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/files.h"
#include "base/hash.h"

namespace evalctl::lsp {
namespace {

// Changes with the format, so that another version's files are never read.
constexpr std::string_view kMagic = "evalctl options 2\n";
constexpr std::size_t kChecked = 16;  // bytes of cache_hash, behind it

std::string_view last_name_of(std::string_view key, std::size_t prefix) {
  return key.substr(prefix, key.find('\0', prefix) - prefix);
}

// None where no file stands.
std::optional<base::Stamp> stamp_at(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return base::stamp_of(status);
}

bool same_input(const OptionIndex::Input& input) {
  auto stamp = stamp_at(input.path);
  if (!stamp || input.hash.empty() || stamp->size != input.stamp.size) return false;
  if (*stamp == input.stamp) return true;
  auto text = base::read_file(input.path);
  return text && base::hash_bytes(base::HashAlgorithm::Sha256, *text).bytes == input.hash;
}

bool is_plain_name(std::string_view name) {
  if (name.empty() || (!std::isalpha(static_cast<unsigned char>(name[0])) && name[0] != '_')) return name == "*" || name.starts_with('<');
  return std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '\''; });
}

}  // namespace

OptionType Option::type() const {
  Reader in(encoded_type);
  return read_option_type(in);
}

std::shared_ptr<const OptionIndex> OptionIndex::decode(std::string bytes) {
  auto index = std::make_shared<OptionIndex>();
  index->bytes_ = std::move(bytes);
  std::string_view all = index->bytes_;
  if (!all.starts_with(kMagic) || all.size() < kMagic.size() + kChecked) return nullptr;
  std::string_view checked = all.substr(kMagic.size() + kChecked);
  if (base::cache_hash(checked) != all.substr(kMagic.size(), kChecked)) return nullptr;
  Reader in(checked);
  index->stamp_ = in.view();
  index->inputs_.resize(in.count());
  for (Input& input : index->inputs_) {
    input.path = in.text();
    std::string_view stamp = in.view();
    if (stamp.size() != sizeof input.stamp) return nullptr;
    std::memcpy(&input.stamp, stamp.data(), stamp.size());
    input.hash = in.text();
  }
  index->options_.resize(in.count());
  for (Option& option : index->options_) {
    option.key = in.view();
    option.flags = static_cast<std::uint8_t>(in.number());
    option.default_text = in.view();
    option.example = in.view();
    option.description = in.view();
    option.encoded_type = in.view();
    option.declarations.resize(in.count());
    for (std::string_view& declaration : option.declarations) declaration = in.view();
  }
  return in.ok() && in.at_end() ? index : nullptr;
}

bool OptionIndex::is_fresh() const { return std::ranges::all_of(inputs_, same_input); }

const Option* OptionIndex::find(std::string_view key) const {
  auto at = std::ranges::lower_bound(options_, key, {}, &Option::key);
  return at != options_.end() && at->key == key ? &*at : nullptr;
}

bool OptionIndex::has_children(std::string_view key) const {
  auto at = std::ranges::lower_bound(options_, key, {}, &Option::key);
  if (at != options_.end() && at->key == key) ++at;
  return at != options_.end() && at->key.starts_with(key);
}

std::size_t OptionIndex::count_below(std::string_view key) const {
  auto first = std::ranges::lower_bound(options_, key, {}, &Option::key);
  auto last = std::find_if(first, options_.end(), [&](const Option& option) { return !option.key.starts_with(key); });
  return static_cast<std::size_t>(last - first);
}

std::optional<std::string> OptionIndex::find_key(std::span<const std::string> names) const {
  std::string key;
  for (const std::string& name : names) {
    bool found = false;
    for (std::string_view candidate : {std::string_view(name), std::string_view("<name>"), std::string_view("*")}) {
      // Only attribute sets of submodules have the placeholder; a list's elements are reached by "*" itself.
      if (candidate == "*" && name != "*") continue;
      std::string next = key + std::string(candidate) + '\0';
      if (!find(next) && !has_children(next)) continue;
      key = std::move(next);
      found = true;
      break;
    }
    if (!found) return std::nullopt;
  }
  return key;
}

std::vector<OptionIndex::Child> OptionIndex::children(std::string_view key) const {
  std::vector<Child> out;
  auto at = std::ranges::lower_bound(options_, key, {}, &Option::key);
  if (at != options_.end() && at->key == key) ++at;
  while (at != options_.end() && at->key.starts_with(key)) {
    std::string_view name = last_name_of(at->key, key.size());
    bool is_option = at->key.size() == key.size() + name.size() + 1;
    out.push_back({name, is_option ? &*at : nullptr});
    // Past all that is below this child: its key with the zero byte counted up.
    std::string after(at->key.substr(0, key.size() + name.size()));
    after += '\1';
    at = std::lower_bound(at, options_.end(), std::string_view(after), [](const Option& option, std::string_view k) { return option.key < k; });
  }
  return out;
}

std::string key_of(std::span<const std::string> names) {
  std::string key;
  for (const std::string& name : names) {
    key += name;
    key += '\0';
  }
  return key;
}

std::vector<std::string> names_of_key(std::string_view key) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < key.size();) {
    std::string_view name = last_name_of(key, at);
    names.emplace_back(name);
    at += name.size() + 1;
  }
  return names;
}

std::string show_option(std::string_view key) {
  std::string out;
  for (const std::string& name : names_of_key(key)) {
    if (!out.empty()) out += '.';
    out += is_plain_name(name) ? name : "\"" + name + "\"";
  }
  return out;
}

std::string index_file(std::string_view what) {
  std::string folder = base::cache_folder();
  if (folder.empty()) return "";
  return folder + "/options/" + base::hash_bytes(base::HashAlgorithm::Sha256, what).base16().substr(0, 40);
}

OptionIndexPtr load_index(std::string_view what) {
  std::string path = index_file(what);
  auto bytes = path.empty() ? base::fail("no cache") : base::read_file(path);
  if (!bytes) return nullptr;
  OptionIndexPtr index = OptionIndex::decode(std::move(*bytes));
  return index && index->is_fresh() ? index : nullptr;
}

std::string encode_index(std::string_view stamp, const std::vector<OptionIndex::Input>& inputs, std::vector<IndexEntry> entries) {
  std::ranges::sort(entries, {}, &IndexEntry::key);
  auto [first, last] = std::ranges::unique(entries, {}, &IndexEntry::key);
  entries.erase(first, last);
  Writer out;
  out.text(stamp);
  out.list(inputs, [&](const OptionIndex::Input& input) {
    out.text(input.path);
    out.text({reinterpret_cast<const char*>(&input.stamp), sizeof input.stamp});
    out.text(input.hash);
  });
  out.list(entries, [&](const IndexEntry& entry) {
    out.text(entry.key);
    out.number(entry.flags);
    out.text(entry.default_text);
    out.text(entry.example);
    out.text(entry.description);
    Writer type;
    write(type, entry.type);
    out.text(type.bytes());
    out.texts(entry.declarations);
  });
  std::string checked = out.take();
  return std::string(kMagic) + base::cache_hash(checked) + checked;
}

std::optional<OptionIndex::Input> make_input(const std::string& path, std::int64_t since) {
  auto stamp = stamp_at(path);
  auto text = base::read_file(path);
  if (!stamp || !text) return std::nullopt;
  // What has changed since may not be what was evaluated.
  if (stamp->changed >= since || stamp_at(path) != stamp) return OptionIndex::Input{path, {}, ""};
  return OptionIndex::Input{path, *stamp, base::hash_bytes(base::HashAlgorithm::Sha256, *text).bytes};
}

}  // namespace evalctl::lsp
