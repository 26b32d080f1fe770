/* Stores: where objects are, and how they come to be there. */
#ifndef NIX_API_STORE_H
#define NIX_API_STORE_H
#include <stdbool.h>

#include "nix_api_store/store_path.h"
#include "nix_api_util.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct Store Store;

nix_err nix_libstore_init(nix_c_context *context);
/* The same; what nix.conf says is read when an evaluator is made. */
nix_err nix_libstore_init_no_load_config(nix_c_context *context);

/* `uri` as for --store; NULL, "" and "auto": that of the machine. "dummy://": paths are computed only. `params` (pairs of
 * name and value, ended by NULL) may be NULL; "root" is the folder whose nix/store the store is. */
Store *nix_store_open(nix_c_context *context, const char *uri, const char ***params);
void nix_store_free(Store *store);
nix_err nix_store_get_uri(nix_c_context *context, Store *store, nix_get_string_callback callback, void *user_data);
/* The folder that paths begin with: "/nix/store". */
nix_err nix_store_get_storedir(nix_c_context *context, Store *store, nix_get_string_callback callback, void *user_data);

/* NULL for what is no path of an object. */
StorePath *nix_store_parse_path(nix_c_context *context, Store *store, const char *path);
bool nix_store_is_valid_path(nix_c_context *context, Store *store, const StorePath *path);
/* Where the object is in the file system. */
nix_err nix_store_real_path(nix_c_context *context, Store *store, StorePath *path, nix_get_string_callback callback, void *user_data);
/* Builds the outputs of a derivation, and calls `callback` with the name and the path of each. */
nix_err nix_store_realise(nix_c_context *context, Store *store, StorePath *path, void *userdata,
                          void (*callback)(void *userdata, const char *outname, const StorePath *out));
/* Calls `callback` for the object and all that it refers to. What refers to it (`flip_direction`), outputs and derivers are
 * not looked for: asking for them is an error. */
nix_err nix_store_get_fs_closure(nix_c_context *context, Store *store, const StorePath *store_path, bool flip_direction, bool include_outputs,
                                 bool include_derivers, void *userdata,
                                 void (*callback)(nix_c_context *context, void *userdata, const StorePath *store_path));

#ifdef __cplusplus
}
#endif
#endif
