#include "store/hash_modulo.h"

#include <fmt/core.h>

#include "base/files.h"
#include "store/store_path.h"

namespace evalctl::store {

using base::hash_bytes;
using base::HashAlgorithm;

base::Result<const Derivation*> DerivationHashes::find(const std::string& drv_path) {
  std::lock_guard lock(mutex_);
  auto it = known_.find(drv_path);
  if (it != known_.end()) return &it->second.derivation;
  auto text = base::read_file(drv_path);
  if (!text) return std::unexpected(text.error());
  auto parsed = parse_aterm(*text);
  if (!parsed) return base::fail(fmt::format("{}: {}", drv_path, parsed.error().message));
  return &known_.emplace(drv_path, Known{std::move(*parsed), ""}).first->second.derivation;
}

base::Result<std::string> DerivationHashes::modulo_of(const std::string& drv_path) {
  auto derivation = find(drv_path);
  if (!derivation) return std::unexpected(derivation.error());
  Known& known = known_.at(drv_path);
  if (!known.modulo.empty()) return known.modulo;
  if (known.derivation.is_fixed()) {
    const DerivationOutput& out = known.derivation.outputs.begin()->second;
    std::string text = fmt::format("fixed:out:{}:{}:{}", out.method_and_algorithm, out.hash, out.path);
    known.modulo = hash_bytes(HashAlgorithm::Sha256, text).base16();
  } else {
    auto computed = compute(known.derivation, false);
    if (!computed) return computed;
    known.modulo = *computed;
  }
  return known.modulo;
}

base::Result<std::string> DerivationHashes::compute(const Derivation& derivation, bool mask) {
  std::lock_guard lock(mutex_);
  // Inputs with equal hashes are merged, outputs and all.
  DrvInputs inputs;
  for (const auto& [path, outputs] : derivation.input_drvs) {
    auto modulo = modulo_of(path);
    if (!modulo) return modulo;
    inputs[*modulo].insert(outputs.begin(), outputs.end());
  }
  return hash_bytes(HashAlgorithm::Sha256, to_aterm(derivation, mask, &inputs)).base16();
}

base::Result<void> DerivationHashes::fill_outputs(Derivation& derivation, const std::string& name) {
  auto modulo = compute(derivation, true);
  if (!modulo) return std::unexpected(modulo.error());
  auto hash = base::parse_hash(*modulo, HashAlgorithm::Sha256);
  for (auto& [output, made] : derivation.outputs) {
    made.path = make_output_path(output, *hash, name);
    derivation.env[output] = made.path;
  }
  return {};
}

std::string DerivationHashes::add(Derivation derivation, const std::string& name, std::string& aterm) {
  aterm = to_aterm(derivation);
  References references = derivation.input_srcs;
  for (const auto& [path, outputs] : derivation.input_drvs) references.insert(path);
  std::string path = make_text_path(name + ".drv", aterm, references);
  std::lock_guard lock(mutex_);
  known_.emplace(path, Known{std::move(derivation), ""});
  return path;
}

}  // namespace evalctl::store
