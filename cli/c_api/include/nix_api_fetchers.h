/* Settings of what fetches inputs: those of nix.conf. */
#ifndef NIX_API_FETCHERS_H
#define NIX_API_FETCHERS_H
#include "nix_api_util.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct nix_fetchers_settings nix_fetchers_settings;

nix_fetchers_settings *nix_fetchers_settings_new(nix_c_context *context);
void nix_fetchers_settings_free(nix_fetchers_settings *settings);

#ifdef __cplusplus
}
#endif
#endif
