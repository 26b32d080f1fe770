// Stores and paths in them.
#include <fmt/format.h>

#include <cstring>
#include <set>

#include "cli/c_api/handles.h"
#include "store/store_path.h"

using namespace evalctl;

namespace {

constexpr std::size_t kDigits = 32;  // of a hash in a path

std::string_view name_of(const StorePath& path) { return std::string_view(path.path).substr(store::kStoreDir.size() + 1 + kDigits + 1); }

}  // namespace

Store* nix_store_open(nix_c_context* context, const char* uri, const char*** params) {
  c_api::clear(context);
  auto opened = std::make_unique<Store>();
  opened->uri = uri && std::string_view(uri) != "auto" ? uri : "";
  for (; params && *params; ++params) {
    if (std::string_view((*params)[0]) == "root") opened->uri = (*params)[1];
  }
  opened->world.read_only = false;
  if (auto done = opened->world.open_store(opened->uri); !done) {
    c_api::fail(context, done.error());
    return nullptr;
  }
  return opened.release();
}

void nix_store_free(Store* store) { delete store; }

nix_err nix_store_get_uri(nix_c_context* context, Store* store, nix_get_string_callback callback, void* user_data) {
  c_api::clear(context);
  return c_api::give(store->uri.empty() ? "auto" : store->uri, callback, user_data);
}

nix_err nix_store_get_storedir(nix_c_context* context, Store* store, nix_get_string_callback callback, void* user_data) {
  c_api::clear(context);
  return c_api::give(store->world.store_dir, callback, user_data);
}

StorePath* nix_store_parse_path(nix_c_context* context, Store*, const char* path) {
  c_api::clear(context);
  if (store::is_store_path(path)) return new StorePath{path};
  c_api::fail(context, NIX_ERR_NIX_ERROR, fmt::format("path '{}' is not in the Nix store", path), "nix::BadStorePath");
  return nullptr;
}

bool nix_store_is_valid_path(nix_c_context* context, Store* store, const StorePath* path) {
  c_api::clear(context);
  return store->world.is_valid(path->path);
}

nix_err nix_store_real_path(nix_c_context* context, Store* store, StorePath* path, nix_get_string_callback callback, void* user_data) {
  c_api::clear(context);
  return c_api::give(store->world.on_disk(path->path), callback, user_data);
}

nix_err nix_store_realise(nix_c_context* context, Store* store, StorePath* path, void* userdata,
                          void (*callback)(void* userdata, const char* outname, const StorePath* out)) {
  c_api::clear(context);
  store::Backend& backend = *store->world.store;
  if (auto built = backend.build({{path->path, {}}}); !built) return c_api::fail(context, built.error());
  auto outputs = backend.outputs(path->path);
  if (!outputs) return c_api::fail(context, outputs.error());
  for (const auto& [name, output] : *outputs) {
    StorePath found{output};
    if (callback) callback(userdata, name.c_str(), &found);
  }
  return NIX_OK;
}

nix_err nix_store_get_fs_closure(nix_c_context* context, Store* store, const StorePath* store_path, bool flip_direction, bool include_outputs,
                                 bool include_derivers, void* userdata,
                                 void (*callback)(nix_c_context* context, void* userdata, const StorePath* store_path)) {
  c_api::clear(context);
  if (flip_direction || include_outputs || include_derivers) return c_api::fail(context, NIX_ERR_UNKNOWN, "only what an object refers to is known");
  if (!store->world.is_valid(store_path->path)) {
    return c_api::fail(context, NIX_ERR_NIX_ERROR, fmt::format("path '{}' is not valid", store_path->path), "nix::InvalidPath");
  }
  std::vector<std::string> open = {store_path->path};
  std::set<std::string> seen = {store_path->path};
  while (!open.empty()) {
    StorePath next{std::move(open.back())};
    open.pop_back();
    for (const std::string& reference : store->world.references_of(next.path)) {
      if (seen.insert(reference).second) open.push_back(reference);
    }
    callback(context, userdata, &next);
    if (context && context->code != NIX_OK) return context->code;
  }
  return NIX_OK;
}

StorePath* nix_store_path_clone(const StorePath* path) { return new StorePath(*path); }
void nix_store_path_free(StorePath* path) { delete path; }

void nix_store_path_name(const StorePath* path, nix_get_string_callback callback, void* user_data) { c_api::give(name_of(*path), callback, user_data); }

nix_err nix_store_path_hash(nix_c_context* context, const StorePath* path, nix_store_path_hash_part* hash_part_out) {
  c_api::clear(context);
  auto hash = base::parse_hash(std::string_view(path->path).substr(store::kStoreDir.size() + 1, kDigits), base::HashAlgorithm::Sha1);
  if (!hash) return c_api::fail(context, hash.error());
  std::memcpy(hash_part_out->bytes, hash->bytes.data(), sizeof hash_part_out->bytes);
  return NIX_OK;
}

StorePath* nix_store_create_from_parts(nix_c_context* context, const nix_store_path_hash_part* hash, const char name[], size_t name_length) {
  c_api::clear(context);
  std::string_view given(name, name_length);
  if (auto legal = store::check_name(given); !legal) {
    c_api::fail(context, legal.error());
    return nullptr;
  }
  std::string digits = base::to_base32({reinterpret_cast<const char*>(hash->bytes), sizeof hash->bytes});
  return new StorePath{fmt::format("{}/{}-{}", store::kStoreDir, digits, given)};
}
