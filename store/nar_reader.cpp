// Reading archives: a machine over the texts they consist of.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "store/nar.h"

namespace evalctl::store {
namespace {

// Keywords, names and targets of links are short; contents are not gathered.
constexpr std::uint64_t kLongestText = 1 << 16;
// A path of that many levels is longer than what a file system takes.
constexpr std::size_t kDeepest = 4096;

std::uint64_t padded(std::uint64_t size) { return (size + 7) / 8 * 8; }

bool is_safe_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 && name.find('/') == name.npos && name.find('\0') == name.npos;
}

}  // namespace

void NarReader::fail(std::string_view what) {
  if (failure_.empty()) failure_ = fmt::format("bad archive: {} (near byte {})", what, offset_);
}

void NarReader::check(const base::Result<void>& done) {
  if (!done && failure_.empty()) failure_ = done.error().message;
}

std::uint64_t NarReader::wanted() const { return failure_.empty() && state_ != State::End ? missing_ : 0; }

base::Result<void> NarReader::finish() const {
  if (!failure_.empty()) return base::fail(failure_);
  if (state_ != State::End) return base::fail(fmt::format("bad archive: it ends too early (at byte {})", offset_));
  return {};
}

void NarReader::write(std::string_view bytes) {
  while (!bytes.empty() && failure_.empty()) {
    if (state_ == State::End) return fail("bytes follow its end");
    std::string_view part = bytes.substr(0, missing_);
    bytes.remove_prefix(part.size());
    offset_ += part.size();
    missing_ -= part.size();
    if (state_ == State::Body && !in_length_) {
      body(part);
    } else {
      piece_ += part;
      if (missing_ == 0) text_arrived();
    }
  }
}

// A length is there, or a text with its padding.
void NarReader::text_arrived() {
  if (in_length_) {
    size_ = 0;
    for (int i = 7; i >= 0; --i) size_ = size_ << 8 | static_cast<unsigned char>(piece_[static_cast<std::size_t>(i)]);
    piece_.clear();
    in_length_ = false;
    if (state_ == State::Body) return begin_body(size_);
    if (size_ > kLongestText) return fail(fmt::format("a text of {} bytes", size_));
    missing_ = padded(size_);
    if (missing_ > 0) return;
  }
  if (std::any_of(piece_.begin() + static_cast<std::ptrdiff_t>(size_), piece_.end(), [](char c) { return c != 0; })) return fail("padding that is not zero");
  piece_.resize(size_);
  std::string text = std::move(piece_);
  piece_.clear();
  in_length_ = true;
  missing_ = 8;
  token(text);
}

void NarReader::begin_body(std::uint64_t size) {
  if (size > std::uint64_t{1} << 62) return fail(fmt::format("a file of {} bytes", size));
  check(visitor_.begin_file(path_, executable_, size));
  missing_ = padded(size);
  if (missing_ == 0) body({});
}

void NarReader::body(std::string_view bytes) {
  std::uint64_t padding = padded(size_) - size_;
  // The last `padding` of the missing bytes, before this part arrived, are zeros.
  std::uint64_t before = missing_ + bytes.size();
  std::uint64_t content = before > padding ? std::min<std::uint64_t>(before - padding, bytes.size()) : 0;
  if (content > 0) check(visitor_.contents(bytes.substr(0, content)));
  std::string_view rest = bytes.substr(content);
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return c != 0; })) return fail("padding that is not zero");
  if (missing_ > 0 || !failure_.empty()) return;
  check(visitor_.end_file());
  in_length_ = true;
  missing_ = 8;
  state_ = State::Close;
}

void NarReader::expect(std::string_view text, std::string_view expected, State next) {
  if (text != expected) return fail(fmt::format("'{}' is expected", expected));
  state_ = next;
}

void NarReader::token(std::string_view text) {
  switch (state_) {
    case State::Magic: return expect(text, "nix-archive-1", State::Open);
    case State::Open: return expect(text, "(", State::Type);
    case State::Type: return expect(text, "type", State::Kind);
    case State::Kind: return kind(text);
    case State::Regular:
      executable_ = text == "executable";
      return executable_ ? expect(text, "executable", State::Executable) : expect(text, "contents", State::Body);
    case State::Executable: return expect(text, "", State::Contents);
    case State::Contents: return expect(text, "contents", State::Body);
    case State::Target: return expect(text, "target", State::TargetText);
    case State::TargetText:
      if (text.empty() || text.find('\0') != text.npos) return fail("a link without a proper target");
      check(visitor_.symlink(path_, std::string(text)));
      state_ = State::Close;
      return;
    case State::Close:
      expect(text, ")", State::EntryClose);
      return node_closed();
    case State::Entry: return entry(text);
    case State::EntryOpen: return expect(text, "(", State::NameKey);
    case State::NameKey: return expect(text, "name", State::Name);
    case State::Name: return name(text);
    case State::Node: return expect(text, "node", State::Open);
    case State::EntryClose: return expect(text, ")", State::Entry);
    case State::Body:
    case State::End: return fail("text out of place");
  }
}

void NarReader::kind(std::string_view text) {
  if (text == "regular") {
    state_ = State::Regular;
  } else if (text == "symlink") {
    state_ = State::Target;
  } else if (text == "directory") {
    if (levels_.size() == kDeepest) return fail("folders too deep");
    check(visitor_.directory(path_));
    levels_.push_back({path_.size(), ""});
    state_ = State::Entry;
  } else {
    fail("'regular', 'symlink' or 'directory' is expected");
  }
}

void NarReader::entry(std::string_view text) {
  if (text == "entry") {
    state_ = State::EntryOpen;
  } else if (text == ")") {
    levels_.pop_back();
    node_closed();
  } else {
    fail("'entry' or ')' is expected");
  }
}

void NarReader::name(std::string_view text) {
  if (!is_safe_name(text)) return fail(fmt::format("the name '{}' is not allowed", text));
  Level& level = levels_.back();
  if (!level.last_name.empty() && text <= level.last_name) return fail(fmt::format("the name '{}' is not in order", text));
  level.last_name = text;
  (path_ += '/') += text;
  state_ = State::Node;
}

void NarReader::node_closed() {
  if (levels_.empty()) {
    state_ = State::End;
    missing_ = 0;
  } else {
    path_.resize(levels_.back().path_size);
    state_ = State::EntryClose;
  }
}

class NarRestorer::Writer final : public NarVisitor {
 public:
  explicit Writer(std::string target) : target_(std::move(target)) {}
  ~Writer() override {
    if (file_ >= 0) close(file_);
  }

  base::Result<void> directory(const std::string& path) override {
    return mkdir((target_ + path).c_str(), 0755) == 0 ? base::Result<void>() : failed("make the folder", path);
  }

  base::Result<void> symlink(const std::string& path, const std::string& link_target) override {
    return ::symlink(link_target.c_str(), (target_ + path).c_str()) == 0 ? base::Result<void>() : failed("make the link", path);
  }

  base::Result<void> begin_file(const std::string& path, bool executable, std::uint64_t) override {
    path_ = path;
    file_ = open((target_ + path).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, executable ? 0555 : 0444);
    return file_ >= 0 ? base::Result<void>() : failed("write", path);
  }

  base::Result<void> contents(std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t put = ::write(file_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failed("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  base::Result<void> end_file() override {
    int file = file_;
    file_ = -1;
    return close(file) == 0 ? base::Result<void>() : failed("write", path_);
  }

 private:
  std::unexpected<base::Error> failed(std::string_view verb, const std::string& path) const {
    return base::fail(fmt::format("cannot {} '{}{}': {}", verb, target_, path, std::strerror(errno)));
  }
  std::string target_, path_;
  int file_ = -1;
};

NarRestorer::NarRestorer(std::string target) : writer_(std::make_unique<Writer>(std::move(target))), reader_(*writer_) {}
NarRestorer::~NarRestorer() = default;

}  // namespace evalctl::store
