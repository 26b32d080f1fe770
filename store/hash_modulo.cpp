#include "store/hash_modulo.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/files.h"
#include "store/store_path.h"

namespace evalctl::store {

using base::hash_bytes;
using base::HashAlgorithm;

const std::string* KnownDerivation::output(std::string_view name) const {
  auto it = std::find_if(outputs.begin(), outputs.end(), [&](const auto& o) { return o.first == name; });
  return it == outputs.end() ? nullptr : &it->second;
}

base::Result<const KnownDerivation*> DerivationHashes::find(const std::string& drv_path) {
  std::lock_guard lock(mutex_);
  if (auto it = known_.find(drv_path); it != known_.end()) return it->second.get();
  auto text = read ? read(drv_path) : base::read_file(drv_path);
  if (!text) return std::unexpected(text.error());
  auto parsed = parse_aterm(*text);
  if (!parsed) return base::fail(fmt::format("{}: {}", drv_path, parsed.error().message));
  return remember(drv_path, *parsed, *text);
}

// The hash that stands for the derivation among the inputs of another; with `mask`, the one its own outputs are made of.
base::Result<DerivationHashes::Modulo> DerivationHashes::modulo(const Derivation& derivation, bool mask) {
  if (derivation.is_fixed() && !mask) {
    const DerivationOutput& out = derivation.outputs.begin()->second;
    std::string text = fmt::format("fixed:out:{}:{}:{}", out.method_and_algorithm, out.hash, out.path);
    return Modulo{hash_bytes(HashAlgorithm::Sha256, text).base16(), false};
  }
  bool deferred = false;
  for (const auto& [name, output] : derivation.outputs) {
    if (output.is_impure()) return Modulo{hash_bytes(HashAlgorithm::Sha256, "impure").base16(), true};
    deferred |= output.is_floating();
  }
  // Inputs with equal hashes are merged, outputs and all.
  DrvInputs inputs;
  for (const auto& [path, outputs] : derivation.input_drvs) {
    auto input = find(path);
    if (!input) return std::unexpected(input.error());
    inputs[(*input)->modulo].insert(outputs.begin(), outputs.end());
    deferred |= (*input)->deferred;
  }
  return Modulo{hash_bytes(HashAlgorithm::Sha256, to_aterm(derivation, mask, &inputs)).base16(), deferred};
}

base::Result<void> DerivationHashes::fill_outputs(Derivation& derivation, const std::string& name) {
  std::lock_guard lock(mutex_);
  auto masked = modulo(derivation, true);
  if (!masked) return std::unexpected(masked.error());
  if (masked->deferred) return {};
  auto hash = base::parse_hash(masked->hash, HashAlgorithm::Sha256);
  for (auto& [output, made] : derivation.outputs) {
    made.path = make_output_path(output, *hash, name);
    derivation.env[output] = made.path;
  }
  return {};
}

base::Result<const KnownDerivation*> DerivationHashes::remember(const std::string& path, const Derivation& derivation,
                                                                 std::string_view text) {
  auto hash = modulo(derivation, false);
  if (!hash) return std::unexpected(hash.error());
  auto known = std::make_unique<KnownDerivation>();
  known->path = path;
  known->modulo = std::move(hash->hash);
  known->deferred = hash->deferred;
  known->outputs.reserve(derivation.outputs.size());
  for (const auto& [name, made] : derivation.outputs) known->outputs.emplace_back(name, made.path);
  known->inputs.reserve(derivation.input_drvs.size());
  for (const auto& [input, outputs] : derivation.input_drvs) {
    auto found = find(input);
    if (!found) return std::unexpected(found.error());
    known->inputs.push_back(*found);
  }
  known->sources.reserve(derivation.input_srcs.size());
  for (const std::string& source : derivation.input_srcs) known->sources.push_back(&*sources_.insert(source).first);
  if (keep_texts) known->text = text;
  return (known_[path] = std::move(known)).get();
}

base::Result<const KnownDerivation*> DerivationHashes::add(const Derivation& derivation, const std::string& name, std::string& aterm) {
  aterm = to_aterm(derivation);
  References references = derivation.input_srcs;
  for (const auto& [path, outputs] : derivation.input_drvs) references.insert(path);
  std::string path = make_text_path(name + ".drv", aterm, references);
  std::lock_guard lock(mutex_);
  if (auto it = known_.find(path); it != known_.end()) return it->second.get();
  return remember(path, derivation, aterm);
}

}  // namespace evalctl::store
