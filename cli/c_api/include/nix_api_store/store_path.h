/* The path of an object in a store. */
#ifndef NIX_API_STORE_STORE_PATH_H
#define NIX_API_STORE_STORE_PATH_H
#include <stddef.h>
#include <stdint.h>

#include "nix_api_util.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct StorePath StorePath;

StorePath *nix_store_path_clone(const StorePath *path);
void nix_store_path_free(StorePath *path);
/* What follows the hash: "hello-2.10". */
void nix_store_path_name(const StorePath *path, nix_get_string_callback callback, void *user_data);

typedef struct nix_store_path_hash_part {
  uint8_t bytes[20];
} nix_store_path_hash_part;

/* The hash, its bytes in the order in which Nix writes them in base 32. */
nix_err nix_store_path_hash(nix_c_context *context, const StorePath *path, nix_store_path_hash_part *hash_part_out);
StorePath *nix_store_create_from_parts(nix_c_context *context, const nix_store_path_hash_part *hash, const char name[], size_t name_length);

#ifdef __cplusplus
}
#endif
#endif
