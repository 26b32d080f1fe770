#include "store/hash_modulo.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <iterator>

#include "base/files.h"
#include "store/aterm.h"
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

// The inputs under the hashes that stand for them. Those with equal hashes are merged, outputs and all.
std::string inputs_by_hash(const Derivation& derivation, const std::vector<const KnownDerivation*>& inputs) {
  NamedInputs named;
  std::deque<std::set<std::string>> merged;
  auto input = inputs.begin();
  for (const auto& [path, outputs] : derivation.input_drvs) named.emplace_back((*input++)->modulo, &outputs);
  std::ranges::sort(named, {}, [](const auto& entry) { return entry.first; });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < named.size(); ++i) {
    if (named[i].first != named[kept].first) {
      named[++kept] = named[i];
      continue;
    }
    std::set<std::string>& both = merged.emplace_back(*named[kept].second);
    both.insert(named[i].second->begin(), named[i].second->end());
    named[kept].second = &both;
  }
  if (!named.empty()) named.resize(kept + 1);
  return aterm_inputs(named);
}

std::string path_of_drv(const Derivation& derivation, const std::string& name, const Hash& text) {
  std::vector<std::string_view> sources(derivation.input_srcs.begin(), derivation.input_srcs.end()), drvs, references;
  for (const auto& [path, outputs] : derivation.input_drvs) drvs.push_back(path);
  std::ranges::set_union(sources, drvs, std::back_inserter(references));
  std::string type = "text";
  for (std::string_view reference : references) (type += ':') += reference;
  return make_path(type, text, name + ".drv");
}

// Whether the paths of the outputs are made of the inputs, and still to be made.
bool lacks_paths(const Derivation& derivation) {
  return std::ranges::all_of(derivation.outputs, [](const auto& o) { return o.second.path.empty() && o.second.method_and_algorithm.empty(); });
}

}  // namespace

const std::string* KnownDerivation::output(std::string_view name) const {
  auto it = std::find_if(outputs.begin(), outputs.end(), [&](const auto& o) { return o.first == name; });
  return it == outputs.end() ? nullptr : &it->second;
}

// The text of a derivation in the making, outputs and rest as they are at the moment.
struct DerivationHashes::Pieces {
  DrvOutputs outputs;
  std::string outputs_text, inputs_text, rest_text;
  std::vector<const KnownDerivation*> inputs;  // in the order of input_drvs
  bool deferred = false;                       // because of an input

  Pieces(const Derivation& derivation, bool mask, std::string rest)
      : outputs(derivation.outputs), outputs_text(aterm_outputs(outputs, mask)), rest_text(std::move(rest)) {}
  Hash hash() const { return hash_pieces({outputs_text, inputs_text, rest_text}); }
};

base::Result<void> DerivationHashes::find_inputs(const Derivation& derivation, Pieces& pieces) {
  pieces.inputs.reserve(derivation.input_drvs.size());
  for (const auto& [path, outputs] : derivation.input_drvs) {
    auto input = find(path);
    if (!input) return std::unexpected(input.error());
    pieces.inputs.push_back(*input);
    pieces.deferred |= (*input)->deferred;
  }
  // What has fixed content stands for itself, whatever it is made from.
  if (!derivation.is_fixed()) pieces.inputs_text = inputs_by_hash(derivation, pieces.inputs);
  return {};
}

const KnownDerivation* DerivationHashes::known_at(const std::string& path) {
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
  Pieces pieces(*parsed, false, AtermRest(*parsed, false).text);
  if (auto found = find_inputs(*parsed, pieces); !found) return std::unexpected(found.error());
  return remember(drv_path, *parsed, pieces, *text);
}

const KnownDerivation* DerivationHashes::remember(const std::string& path, const Derivation& derivation, const Pieces& pieces,
                                                  std::string_view text) {
  auto known = std::make_unique<KnownDerivation>();
  known->path = path;
  known->deferred = pieces.deferred;
  bool impure = false;
  for (const auto& [name, output] : pieces.outputs) {
    known->outputs.emplace_back(name, output.path);
    impure |= output.is_impure();
    known->deferred |= output.is_impure() || output.is_floating();
  }
  if (derivation.is_fixed()) {
    const DerivationOutput& out = pieces.outputs.begin()->second;
    known->modulo = hash_bytes(HashAlgorithm::Sha256, fmt::format("fixed:out:{}:{}:{}", out.method_and_algorithm, out.hash, out.path)).base16();
    known->deferred = false;
  } else {
    known->modulo = (impure ? hash_bytes(HashAlgorithm::Sha256, "impure") : pieces.hash()).base16();
  }
  known->inputs = pieces.inputs;
  if (keep_texts) known->text = text;
  known->sources.reserve(derivation.input_srcs.size());
  std::lock_guard lock(mutex_);
  for (const std::string& source : derivation.input_srcs) known->sources.push_back(&*sources_.insert(source).first);
  // Another thread may have been faster.
  return known_.try_emplace(path, std::move(known)).first->second.get();
}

base::Result<const KnownDerivation*> DerivationHashes::add(const Derivation& derivation, const std::string& name, const Write& write) {
  bool fills = lacks_paths(derivation);
  AtermRest rest(derivation, fills);
  std::string by_path = aterm_inputs(named_inputs(derivation.input_drvs));
  Pieces pieces(derivation, fills, rest.text);
  base::Fingerprinter fingerprinter;
  for (std::string_view text : {std::string_view(name), std::string_view(pieces.outputs_text), std::string_view(by_path), std::string_view(rest.text)})
    fingerprinter.write(text);
  base::Fingerprint fingerprint = fingerprinter.finish();
  {
    std::lock_guard lock(mutex_);
    if (auto made = made_.find(fingerprint); made != made_.end()) return made->second;
  }
  if (auto found = find_inputs(derivation, pieces); !found) return std::unexpected(found.error());
  if (fills && !pieces.deferred) {
    Hash masked = pieces.hash();
    for (auto& [output, kept] : pieces.outputs) kept.path = make_output_path(output, masked, name);
    pieces.outputs_text = aterm_outputs(pieces.outputs, false);
    pieces.rest_text = rest.filled(pieces.outputs);
  }
  std::string aterm = pieces.outputs_text + by_path + pieces.rest_text;
  std::string path = path_of_drv(derivation, name, hash_bytes(HashAlgorithm::Sha256, aterm));
  if (auto written = write ? write(path, aterm) : base::Result<void>(); !written) return std::unexpected(written.error());
  const KnownDerivation* known = known_at(path);
  if (!known) known = remember(path, derivation, pieces, aterm);
  std::lock_guard lock(mutex_);
  made_.try_emplace(fingerprint, known);
  return known;
}

}  // namespace evalctl::store
