#include "store/hash_modulo.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/files.h"
#include "store/aterm.h"
#include "store/dynamic_inputs.h"
#include "store/store_path.h"

namespace evalctl::store {

using base::Hash;
using base::hash_bytes;
using base::HashAlgorithm;

namespace {

Hash hash_pieces(std::initializer_list<std::string_view> pieces) {
  base::HashSink sink(HashAlgorithm::Sha256);
  for (std::string_view piece : pieces) sink.write(piece);
  return sink.finish();
}

// Whether the paths of the outputs are made of the inputs, and still to be made.
bool lacks_paths(const DrvOutputs& outputs) {
  return std::ranges::all_of(outputs, [](const auto& o) { return o.second.path.empty() && o.second.method_and_algorithm.empty(); });
}

std::string path_of_drv(const Draft& draft, bool dynamic, const Hash& text) {
  std::string type = "text";
  type.reserve(64 * (draft.sources.size() + draft.inputs.size()) + 16);
  auto refer = [&](std::string_view path) { (type += ':') += path; };
  auto source = draft.sources.begin(), last = draft.sources.end();
  for (std::size_t i = 0; i < draft.inputs.size(); ++i) {
    std::string_view input = draft.inputs[i].first;
    if (i && input == draft.inputs[i - 1].first) continue;
    if (dynamic && is_dynamic(input)) {
      input = known_drv(input);
      if (i && input == known_drv(draft.inputs[i - 1].first)) continue;
    }
    for (; source != last && *source < input; ++source) refer(*source);
    if (source != last && *source == input) ++source;
    refer(input);
  }
  for (; source != last; ++source) refer(*source);
  return make_path(type, text, draft.name + ".drv");
}

}  // namespace

const std::string* KnownDerivation::output(std::string_view name) const {
  auto it = std::find_if(outputs.begin(), outputs.end(), [&](const auto& o) { return o.first == name; });
  return it == outputs.end() ? nullptr : &it->second;
}

std::size_t HashPath::operator()(std::string_view path) const {
  // Where the digest of "/nix/store/<digest>-<name>" stands.
  constexpr std::size_t kDigest = 11;
  std::uint64_t words[2];
  if (path.size() < kDigest + sizeof words) return std::hash<std::string_view>()(path);
  std::memcpy(words, path.data() + kDigest, sizeof words);
  std::uint64_t hash = (words[0] ^ std::rotl(words[1], 29)) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 32;
}

// The text of a derivation in the making, outputs and rest as they are at the moment.
struct DerivationHashes::Pieces {
  const DrvOutputs* outputs;
  DrvOutputs filled_outputs;
  bool dynamic;  // whether it has inputs that are built by derivations
  std::string outputs_text, modulo_inputs_text, sources_text, filled_tail;
  const std::string* tail_text;
  std::vector<const KnownDerivation*> inputs;  // in the order of their paths
  bool deferred = false;                       // because of an input

  Pieces(const Draft& draft, bool mask)
      : outputs(&draft.outputs), dynamic(has_dynamic(draft.inputs)), outputs_text(aterm_outputs(draft.outputs, mask)), sources_text(aterm_sources(draft.sources)),
        tail_text(&draft.tail.text) {}
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;
  Hash hash() const { return hash_pieces({aterm_opening(dynamic), outputs_text, modulo_inputs_text, sources_text, *tail_text}); }
  // Gives the outputs their paths, made of the hash without them.
  base::Result<void> fill(const Draft& draft) {
    Hash masked = hash();
    filled_outputs = draft.outputs;
    for (auto& [output, kept] : filled_outputs) {
      if (auto valid = check_name(output_name(draft.name, output)); !valid) return valid;
      kept.path = make_output_path(output, masked, draft.name);
    }
    outputs = &filled_outputs;
    outputs_text = aterm_outputs(filled_outputs, false);
    filled_tail = draft.tail.filled(filled_outputs);
    tail_text = &filled_tail;
    return {};
  }
};

base::Result<void> DerivationHashes::find_inputs(const Draft& draft, Pieces& pieces) {
  // The inputs under the hashes that stand for them. Those with equal hashes are merged, outputs and all.
  NamedInputs named;
  named.reserve(draft.inputs.size());
  pieces.inputs.reserve(draft.inputs.size());
  std::unique_lock lock(mutex_);
  const KnownDerivation* input = nullptr;
  for (auto [used, output] : draft.inputs) {
    std::string_view path = pieces.dynamic ? known_drv(used) : used;
    if (!input || input->path != path) {
      auto known = known_.find(path);
      if (known != known_.end()) {
        input = known->second.get();
      } else {
        lock.unlock();
        auto found = find(std::string(path));
        if (!found) return std::unexpected(found.error());
        input = *found;
        lock.lock();
      }
      pieces.inputs.push_back(input);
      pieces.deferred |= input->deferred;
    }
    // What is built by a derivation counts as little as in Nix: not at all.
    if (path.size() != used.size()) continue;
    if (!draft.is_fixed() && !input->output(output)) return base::fail(fmt::format("no hash for output '{}' of derivation '{}'", output, path));
    named.emplace_back(input->modulo, output);
  }
  lock.unlock();
  // What has fixed content stands for itself, whatever it is made from.
  if (draft.is_fixed()) return {};
  std::ranges::sort(named);
  named.erase(std::unique(named.begin(), named.end()), named.end());
  pieces.modulo_inputs_text = aterm_inputs(named);
  return {};
}

const KnownDerivation* DerivationHashes::known_at(std::string_view path) {
  std::lock_guard lock(mutex_);
  auto it = known_.find(path);
  return it == known_.end() ? nullptr : it->second.get();
}

base::Result<const KnownDerivation*> DerivationHashes::find(const std::string& drv_path) {
  if (const KnownDerivation* known = known_at(drv_path)) return known;
  auto text = read ? read(drv_path) : base::read_file(drv_path);
  if (!text) return std::unexpected(text.error());
  auto parsed = parse_aterm(*text);
  if (!parsed) return base::fail(fmt::format("{}: {}", drv_path, parsed.error().message));
  Draft draft = draft_of(*parsed, "", false);
  Pieces pieces(draft, false);
  if (auto found = find_inputs(draft, pieces); !found) return std::unexpected(found.error());
  return remember(drv_path, draft, pieces, *text);
}

const KnownDerivation* DerivationHashes::remember(const std::string& path, const Draft& draft, const Pieces& pieces,
                                                  std::string_view text) {
  auto known = std::make_unique<KnownDerivation>();
  known->path = path;
  known->deferred = pieces.deferred;
  bool impure = false;
  for (const auto& [name, output] : *pieces.outputs) {
    known->outputs.emplace_back(name, output.path);
    impure |= output.is_impure();
    known->deferred |= output.is_impure() || output.is_floating();
  }
  if (draft.is_fixed()) {
    const DerivationOutput& out = pieces.outputs->begin()->second;
    known->modulo = hash_pieces({"fixed:out:", out.method_and_algorithm, ":", out.hash, ":", out.path}).base16();
    known->deferred = false;
  } else {
    known->modulo = (impure ? hash_bytes(HashAlgorithm::Sha256, "impure") : pieces.hash()).base16();
  }
  known->inputs = pieces.inputs;
  if (keep_texts) known->text = text;
  known->sources.reserve(draft.sources.size());
  std::lock_guard lock(mutex_);
  for (std::string_view source : draft.sources) {
    auto kept = sources_.find(source);
    known->sources.push_back(&*(kept != sources_.end() ? kept : sources_.emplace(source).first));
  }
  // Another thread may have been faster.
  std::string_view key = known->path;
  return known_.try_emplace(key, std::move(known)).first->second.get();
}

base::Result<const KnownDerivation*> DerivationHashes::add(const Draft& draft, const Write& write) {
  bool fills = lacks_paths(draft.outputs);
  std::string by_path = aterm_inputs(draft.inputs);
  Pieces pieces(draft, fills);
  base::Fingerprinter fingerprinter;
  for (std::string_view text : {std::string_view(draft.name), std::string_view(pieces.outputs_text), std::string_view(by_path),
                                std::string_view(pieces.sources_text), std::string_view(draft.tail.text)})
    fingerprinter.write(text);
  base::Fingerprint fingerprint = fingerprinter.finish();
  {
    std::lock_guard lock(mutex_);
    if (auto made = made_.find(fingerprint); made != made_.end()) return made->second;
  }
  if (auto found = find_inputs(draft, pieces); !found) return std::unexpected(found.error());
  if (fills && !pieces.deferred)
    if (auto filled = pieces.fill(draft); !filled) return std::unexpected(filled.error());
  std::initializer_list<std::string_view> whole = {aterm_opening(pieces.dynamic), pieces.outputs_text, by_path, pieces.sources_text, *pieces.tail_text};
  std::string path = path_of_drv(draft, pieces.dynamic, hash_pieces(whole));
  std::string aterm;
  if (write || keep_texts)
    for (std::string_view piece : whole) aterm += piece;
  if (auto written = write ? write(path, aterm) : base::Result<void>(); !written) return std::unexpected(written.error());
  const KnownDerivation* known = known_at(path);
  if (!known) known = remember(path, draft, pieces, aterm);
  std::lock_guard lock(mutex_);
  made_.try_emplace(fingerprint, known);
  return known;
}

base::Result<const KnownDerivation*> DerivationHashes::add(const Derivation& derivation, const std::string& name, const Write& write) {
  return add(draft_of(derivation, name, lacks_paths(derivation.outputs)), write);
}

}  // namespace evalctl::store
