// The part of the world that is the store.
#include <fmt/format.h>

#include <filesystem>

#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

base::Result<base::Hash> hash_source(const std::string& path, bool recursive, const PathFilter& filter, World& world) {
  if (recursive) return store::nar_hash(world.on_disk(path), filter);
  auto text = world.read_file(path);
  if (!text) return std::unexpected(text.error());
  return base::hash_bytes(base::HashAlgorithm::Sha256, *text);
}

}  // namespace

base::Result<void> World::open_store(const std::string& location) {
  if (location.empty() || location == "auto" || location.starts_with("dummy:")) {
    if (!read_only) message("warning: no store is given (--store FOLDER), so derivations are computed but not written");
    return {};
  }
  std::error_code error;
  store_root_ = std::filesystem::absolute(location.starts_with("local?root=") ? location.substr(11) : location, error).string();
  if (error) return base::fail(fmt::format("cannot use the store '{}': {}", location, error.message()));
  while (store_root_.ends_with('/')) store_root_.pop_back();
  if (!read_only) store = store::make_folder_backend(store_root_);
  return {};
}

base::Result<std::string> World::copy_to_store(const std::string& path) {
  auto known = copied_.find(path);
  if (known != copied_.end()) return known->second;
  if (auto allowed = check_access(path); !allowed) return std::unexpected(allowed.error());
  auto stored = add_source(path.substr(path.rfind('/') + 1), path, true);
  if (stored) copied_.emplace(path, *stored);
  return stored;
}

base::Result<std::string> World::add_source(const std::string& name, const std::string& path, bool recursive, const PathFilter& filter) {
  if (auto checked = store::check_name(name); !checked) return std::unexpected(checked.error());
  if (!exists(path)) return base::fail(fmt::format("path '{}' does not exist", path));
  auto hash = hash_source(path, recursive, filter, *this);
  if (!hash) return std::unexpected(hash.error());
  std::string object = recursive ? store::make_source_path(name, *hash) : store::make_fixed_path(store::FileMethod::Flat, *hash, name);
  if (read_only || store->is_valid(object)) return object;
  auto added = store->add_source(object, on_disk(path), filter);
  if (!added) return std::unexpected(added.error());
  return object;
}

base::Result<std::string> World::add_text(const std::string& name, std::string_view text, const std::vector<std::string>& references) {
  if (auto checked = store::check_name(name); !checked) return std::unexpected(checked.error());
  std::string object = store::make_text_path(name, text, store::References(references.begin(), references.end()));
  if (read_only || store->is_valid(object)) return object;
  auto added = store->add_text(object, text);
  if (!added) return std::unexpected(added.error());
  return object;
}

base::Result<std::string> World::fixed_path(const std::string& name, bool recursive, std::string_view sha256) const {
  if (auto checked = store::check_name(name); !checked) return std::unexpected(checked.error());
  auto hash = base::parse_hash(sha256, base::HashAlgorithm::Sha256);
  if (!hash) return std::unexpected(hash.error());
  return store::make_fixed_path(recursive ? store::FileMethod::Nar : store::FileMethod::Flat, *hash, name);
}

// A folder of plain files does not say what its objects refer to.
std::vector<std::string> World::references_of(const std::string& object) { return {}; }

base::Result<void> World::realise(const evaluator::Context* context) {
  if (!context) return {};
  for (const evaluator::ContextElement& element : context->elements()) {
    if (element.kind != evaluator::ContextElement::Kind::Built) continue;
    if (!allow_import_from_derivation) {
      return base::fail(fmt::format("cannot build '{}^{}' during evaluation because the option 'allow-import-from-derivation' is disabled",
                                    element.path, element.output));
    }
    auto derivation = hashes->find(std::string(element.path));
    if (!derivation) return std::unexpected(derivation.error());
    const std::string* output = (*derivation)->output(element.output);
    if (!output || !is_valid(*output)) {
      return base::fail(fmt::format("cannot read '{}^{}' during evaluation: it is not built", element.path, element.output));
    }
  }
  return {};
}

}  // namespace evalctl::stdlib
