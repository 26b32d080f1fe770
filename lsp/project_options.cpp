// The option indexes of a project, and questions to its processes.
#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "lsp/modules.h"
#include "lsp/option_types.h"
#include "lsp/project_evaluation.h"

namespace evalctl::lsp {
namespace {

constexpr std::chrono::milliseconds kStartPatience{4000};
constexpr std::uint64_t kAnswerMilliseconds = 5000;
constexpr std::uint64_t kSetMilliseconds = 300;
constexpr std::uint64_t kIndexMilliseconds = 60'000;
constexpr std::chrono::milliseconds kGrace{200};

bool may_declare_options(std::string_view text) {
  return text.contains("mkOption") || text.contains("mkEnableOption") || text.contains("mkPackageOption") || text.contains("OptionModule") ||
         text.contains("options");
}

}  // namespace

const ProjectEvaluation::Configuration* ProjectEvaluation::configuration_of(const std::string& file) const {
  for (const Configuration& one : configurations_) {
    if (std::ranges::find(one.files, file) != one.files.end()) return &one;
  }
  // Modules that a flake's own file has in it are those of the systems that it makes.
  for (const Configuration& one : configurations_) {
    if (one.entry == file && file.ends_with("/flake.nix")) return &one;
  }
  return nullptr;
}

bool ProjectEvaluation::is_configured(const std::string& file) {
  std::lock_guard lock(mutex_);
  return configuration_of(file) != nullptr;
}

// What the index of a configuration is cached under; of nixpkgs' own system when null.
std::string ProjectEvaluation::index_name(const Configuration* configuration) const {
  std::string name = "nixpkgs " + nixpkgs_ + "\n";
  if (!configuration) return name;
  name += "entry " + configuration->entry + "\n";
  for (const std::string& one : configuration->names) name += one + "\n";
  return name;
}

// Of all that the user's files add to the options of a configuration.
std::string ProjectEvaluation::stamp_of(const Snapshot& snapshot, const Configuration& configuration) const {
  std::string all;
  for (const std::string& file : configuration.files) {
    all += file + "\n";
    auto open = evaluated_.find(file);
    DocumentPtr document = open != evaluated_.end() && open->second ? open->second : snapshot.document(file);
    if (document && may_declare_options(document->text.bytes())) all += document->text.bytes();
  }
  return base::hash_bytes(base::HashAlgorithm::Sha256, all).bytes;
}

void ProjectEvaluation::refresh_indexes(const std::shared_ptr<const Snapshot>& shared) {
  const Snapshot& snapshot = *shared;
  std::map<std::string, WantedIndex> wanted;
  // Modules that no configuration has.
  std::vector<std::string> loose;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [path, document] : snapshot.open_documents()) {
      if (!path.starts_with(project_.root + "/")) continue;
      const Configuration* configuration = configuration_of(path);
      if (configuration) {
        std::string name = index_name(configuration);
        WantedIndex& one = wanted[name];
        if (one.readers.empty()) one = {name, path, stamp_of(snapshot, *configuration), configuration->files};
        one.readers.push_back(path);
      } else if (is_module(document->analysis())) {
        loose.push_back(path);
      }
    }
    if (!loose.empty() && !nixpkgs_.empty()) wanted[index_name(nullptr)] = {index_name(nullptr), "", "system", loose};
  }
  for (const auto& [name, one] : wanted) {
    // What is unknown or of a wrong type can be told now.
    if (!stale_ && refresh_index(one, shared)) listener_.problems(one.readers);
    if (!stale_) ask_for_types(snapshot, one.readers, stale_);
  }
}

// Where only names are known: what there is to know of the options that are defined in these files, so that their values are
// checked long before the rest is there.
void ProjectEvaluation::ask_for_types(const Snapshot& snapshot, const std::vector<std::string>& files, const Cancel& cancelled) {
  constexpr int kMost = 200;
  int asked = 0;
  for (const std::string& file : files) {
    OptionIndexPtr index = options(file);
    DocumentPtr document = snapshot.document(file);
    if (!index || !index->has_only_names() || !document || !document->analysis().parsed.diagnostics.empty()) continue;
    for (const OptionBinding& binding : option_bindings(document->analysis())) {
      if (cancelled || ++asked > kMost) break;
      if (look_up(*index, binding.path).option) options_around(file, binding.path, &cancelled);
    }
  }
  if (asked > 0 && !cancelled) listener_.problems(files);
}

// Makes sure that the index is there, as the stamp says, or is being collected. True where it is and that has not been told.
bool ProjectEvaluation::refresh_index(const WantedIndex& wanted, const std::shared_ptr<const Snapshot>& snapshot) {
  const auto& [name, file, stamp, readers] = wanted;
  auto fits = [&](const OptionIndexPtr& index) { return index && index->stamp() == stamp; };
  {
    std::lock_guard lock(mutex_);
    // A question may have read it from the cache.
    if (fits(indexes_[name])) return std::exchange(told_[name], stamp) != stamp;
  }
  std::unique_ptr<Collection>& collection = collections_[name];
  if (collection && !collection->ended && collection->stamp == stamp) return false;
  collection.reset();
  if (OptionIndexPtr index = load_index(name); fits(index)) return take_index(wanted, index);
  Writer body;
  body.text(file);
  body.text(name);
  body.text(stamp);
  auto connection = connect(!file.empty(), Request::OptionIndex, kIndexMilliseconds, body.bytes());
  if (!connection) return false;
  collection = std::make_unique<Collection>(stamp);
  collection->thread = std::thread([this, wanted, snapshot, &cancelled = collection->cancelled, &ended = collection->ended,
                                    own = std::make_shared<Socket>(std::move(*connection))] {
    try {
      collect(wanted, *snapshot, *own, cancelled);
    } catch (const std::exception&) {
      // For want of memory, say: the next change tries again.
    }
    ended = true;
  });
  return false;
}

ProjectEvaluation::Collection::~Collection() {
  cancelled = true;
  if (thread.joinable()) thread.join();
}

// Takes in what the process at the other end collects. Goes on while texts change that declare no options.
void ProjectEvaluation::collect(const WantedIndex& wanted, const Snapshot& snapshot, Socket& connection, const Cancel& cancelled) {
  listener_.progress("collecting options", true);
  auto end = Clock::now() + std::chrono::milliseconds(kIndexMilliseconds) + kGrace;
  auto frame = connection.receive(end, &cancelled);
  for (; frame && !frame->empty() && (*frame)[0] == static_cast<char>(Reply::Part); frame = connection.receive(end, &cancelled)) {
    // Names are enough to begin with.
    auto outline = OptionIndex::decode(frame->substr(1));
    {
      std::lock_guard lock(mutex_);
      if (!indexes_[wanted.name]) indexes_[wanted.name] = std::move(outline);
    }
    ask_for_types(snapshot, wanted.readers, cancelled);
  }
  listener_.progress("collecting options", false);
  if (cancelled || !frame || frame->empty() || (*frame)[0] != static_cast<char>(Reply::Answer)) return;
  Reader in(std::string_view(*frame).substr(1));
  OptionIndexPtr index = OptionIndex::decode(in.text());
  if (index && take_index(wanted, index)) listener_.problems(wanted.readers);
}

// True where it has not been told.
bool ProjectEvaluation::take_index(const WantedIndex& wanted, const OptionIndexPtr& index) {
  std::lock_guard lock(mutex_);
  indexes_[wanted.name] = index;
  parts_.clear();
  return std::exchange(told_[wanted.name], wanted.stamp) != wanted.stamp;
}

OptionIndexPtr ProjectEvaluation::options(const std::string& file) {
  std::string name;
  {
    std::lock_guard lock(mutex_);
    const Configuration* configuration = configuration_of(file);
    name = index_name(configuration);
    auto known = indexes_.find(name);
    if (known != indexes_.end() && known->second) return known->second;
    // Until its own is there: another of this project is nearly the same.
    for (const auto& [other, index] : indexes_) {
      if (index) return index;
    }
  }
  OptionIndexPtr index = load_index(name);
  std::lock_guard lock(mutex_);
  if (index) indexes_[name] = index;
  return index;
}

OptionIndexPtr ProjectEvaluation::options_around(const std::string& file, const std::vector<std::string>& path, const Cancel* cancel) {
  OptionIndexPtr index = options(file);
  if (!index || !index->has_only_names()) return index;
  // The option that the path is or lies in, or the set of options that it is.
  ValuePath wanted{Base::System, file, {}};
  std::string key;
  for (const std::string& name : path) {
    if (index->find(key)) break;
    std::string next = key + name + '\0';
    if (!index->find(next) && !index->has_children(next)) break;
    key = std::move(next);
    wanted.names.push_back(name);
  }
  constexpr std::size_t kMostAtOnce = 300;
  if (key.empty() || index->count_below(key) > kMostAtOnce) return index;
  std::string part;
  {
    std::lock_guard lock(mutex_);
    const Configuration* configuration = configuration_of(file);
    if (configuration) wanted.base = Base::Configuration;
    part = index_name(configuration) + key;
    if (auto known = parts_.find(part); known != parts_.end()) return known->second;
  }
  if (!cancel) return index;
  // Of a set names will do: its options are asked for one by one when somebody looks at them.
  bool is_option = index->find(key) != nullptr;
  auto answer = ask(Request::OptionPart, wanted, *cancel, is_option ? kAnswerMilliseconds : kSetMilliseconds);
  OptionIndexPtr decoded;
  if (answer) {
    Reader in(*answer);
    decoded = OptionIndex::decode(in.text());
  }
  bool good = decoded && !decoded->options().empty();
  // On a busy machine an answer may come too late; a set that takes long will do so again.
  if (!good && (*cancel || (is_option && !answer))) return index;
  std::lock_guard lock(mutex_);
  return parts_[part] = good ? decoded : index;
}

std::optional<std::string> ProjectEvaluation::ask(Request request, const ValuePath& path, const Cancel& cancel) {
  return ask(request, path, cancel, kAnswerMilliseconds);
}

std::optional<std::string> ProjectEvaluation::ask(Request request, const ValuePath& path, const Cancel& cancel, std::uint64_t milliseconds) {
  // A configuration may have packages of its own (overlays); what is asked of the library is the same for ever.
  bool lasting = path.base == Base::Packages || path.base == Base::Library || path.base == Base::System;
  bool of_configuration = false;
  if (path.base == Base::Packages) {
    std::lock_guard lock(mutex_);
    of_configuration = session_ && !configurations_.empty();
  }
  bool to_session = !lasting || of_configuration;
  std::string file = lasting && !of_configuration ? "" : path.file;
  Writer body;
  write(body, ValuePath{path.base, file, path.names});
  std::string key = std::to_string(static_cast<int>(request)) + body.bytes();
  {
    std::unique_lock lock(mutex_);
    auto known = answers_.find(key);
    if (lasting && known != answers_.end()) return known->second;
    // The state of an option is an extra that nobody waits for.
    auto deadline = Clock::now() + (request == Request::OptionState ? std::chrono::milliseconds(0) : kStartPatience);
    while (!(to_session ? session_ : worker_) && !cancel && !stopping_ && Clock::now() < deadline) {
      wake_.wait_for(lock, std::chrono::milliseconds(20));
    }
    if (cancel || stopping_ || !(to_session ? session_ : worker_)) return std::nullopt;
  }
  auto connection = connect(to_session, request, milliseconds, body.bytes());
  if (!connection) return std::nullopt;
  auto frame = connection->receive(Clock::now() + std::chrono::milliseconds(milliseconds) + kGrace, &cancel);
  if (!frame || frame->empty() || (*frame)[0] != static_cast<char>(Reply::Answer)) return std::nullopt;
  frame->erase(0, 1);
  if (lasting) {
    std::lock_guard lock(mutex_);
    constexpr std::size_t kMostAnswers = 5000;
    if (answers_.size() > kMostAnswers) answers_.clear();
    answers_[key] = *frame;
  }
  return frame;
}

std::string ProjectEvaluation::nixpkgs() {
  std::lock_guard lock(mutex_);
  return nixpkgs_;
}

}  // namespace evalctl::lsp
