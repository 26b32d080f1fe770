/* Flakes: references to them, their locks, their outputs. */
#ifndef NIX_API_FLAKE_H
#define NIX_API_FLAKE_H
#include "nix_api_expr.h"
#include "nix_api_fetchers.h"
#include "nix_api_store.h"
#include "nix_api_util.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct nix_flake_settings nix_flake_settings;
typedef struct nix_flake_reference_parse_flags nix_flake_reference_parse_flags;
typedef struct nix_flake_reference nix_flake_reference;
typedef struct nix_flake_lock_flags nix_flake_lock_flags;
typedef struct nix_locked_flake nix_locked_flake;

nix_flake_settings *nix_flake_settings_new(nix_c_context *context);
void nix_flake_settings_free(nix_flake_settings *settings);
/* Switches builtins.getFlake on. */
nix_err nix_flake_settings_add_to_eval_state_builder(nix_c_context *context, nix_flake_settings *settings, nix_eval_state_builder *builder);

nix_flake_reference_parse_flags *nix_flake_reference_parse_flags_new(nix_c_context *context, nix_flake_settings *settings);
void nix_flake_reference_parse_flags_free(nix_flake_reference_parse_flags *flags);
/* What relative references are relative to; without it, they are errors. */
nix_err nix_flake_reference_parse_flags_set_base_directory(nix_c_context *context, nix_flake_reference_parse_flags *flags,
                                                           const char *base_directory, size_t length);
/* `FLAKE#FRAGMENT`. The fragment, without the `#`, goes to `fragment_callback`. */
nix_err nix_flake_reference_and_fragment_from_string(nix_c_context *context, nix_fetchers_settings *fetch_settings,
                                                     nix_flake_settings *flake_settings, nix_flake_reference_parse_flags *parse_flags,
                                                     const char *text, size_t length, nix_flake_reference **flake_reference_out,
                                                     nix_get_string_callback fragment_callback, void *user_data);
void nix_flake_reference_free(nix_flake_reference *reference);

/* A lock file that would have to change: an error (check), changed in memory only (virtual), or written. Virtual unless set. */
nix_flake_lock_flags *nix_flake_lock_flags_new(nix_c_context *context, nix_flake_settings *settings);
void nix_flake_lock_flags_free(nix_flake_lock_flags *flags);
nix_err nix_flake_lock_flags_set_mode_check(nix_c_context *context, nix_flake_lock_flags *flags);
nix_err nix_flake_lock_flags_set_mode_virtual(nix_c_context *context, nix_flake_lock_flags *flags);
nix_err nix_flake_lock_flags_set_mode_write_as_needed(nix_c_context *context, nix_flake_lock_flags *flags);
/* As --override-input; without effect on the mode. */
nix_err nix_flake_lock_flags_add_input_override(nix_c_context *context, nix_flake_lock_flags *flags, const char *input_path,
                                                nix_flake_reference *reference);

nix_locked_flake *nix_flake_lock(nix_c_context *context, nix_fetchers_settings *fetch_settings, nix_flake_settings *settings,
                                 EvalState *state, nix_flake_lock_flags *flags, nix_flake_reference *reference);
void nix_locked_flake_free(nix_locked_flake *locked);
/* The flake as a set, with its outputs. */
nix_value *nix_locked_flake_get_output_attrs(nix_c_context *context, nix_flake_settings *settings, EvalState *state, nix_locked_flake *locked);

#ifdef __cplusplus
}
#endif
#endif
