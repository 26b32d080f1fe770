/* Errors, texts and settings: what all parts of the C interface share.
 *
 * A function that can fail takes a nix_c_context first, or NULL where its reasons do not matter, and begins by clearing it.
 * Handles belong to whoever was given them, until the function that frees them. No function may be called with the same
 * handles from two threads at once. */
#ifndef NIX_API_UTIL_H
#define NIX_API_UTIL_H
#ifdef __cplusplus
extern "C" {
#endif

enum nix_err {
  NIX_OK = 0,
  NIX_ERR_UNKNOWN = -1,
  NIX_ERR_OVERFLOW = -2,
  NIX_ERR_KEY = -3,         /* there is no such setting or attribute */
  NIX_ERR_NIX_ERROR = -4,   /* of evaluation or of the store: see nix_err_name and nix_err_info_msg */
  NIX_ERR_RECOVERABLE = -5, /* of a function of one's own: what failed may be tried again */
};
typedef enum nix_err nix_err;

enum nix_verbosity {
  NIX_LVL_ERROR = 0,
  NIX_LVL_WARN,
  NIX_LVL_NOTICE,
  NIX_LVL_INFO,
  NIX_LVL_TALKATIVE,
  NIX_LVL_CHATTY,
  NIX_LVL_DEBUG,
  NIX_LVL_VOMIT,
};
typedef enum nix_verbosity nix_verbosity;

/* The last error of the calls that were given it. */
typedef struct nix_c_context nix_c_context;

/* Receives `n` bytes, which are gone afterwards. */
typedef void (*nix_get_string_callback)(const char *start, unsigned int n, void *user_data);

nix_c_context *nix_c_context_create(void);
void nix_c_context_free(nix_c_context *context);

/* To be called once before anything else; may be called again. */
nix_err nix_libutil_init(nix_c_context *context);

/* A setting of nix.conf. What is set holds for evaluators and stores that are made later; NIX_ERR_KEY: there is none of that
 * name. */
nix_err nix_setting_get(nix_c_context *context, const char *key, nix_get_string_callback callback, void *user_data);
nix_err nix_setting_set(nix_c_context *context, const char *key, const char *value);

/* The version of Nix whose language and interfaces these are. */
const char *nix_version_get(void);

/* The error in `read_context`, with its place and frames; NULL without one. Lives until the next call with it. `n`, where it
 * is not NULL, receives the length. */
const char *nix_err_msg(nix_c_context *context, const nix_c_context *read_context, unsigned int *n);
/* The sentence alone. */
nix_err nix_err_info_msg(nix_c_context *context, const nix_c_context *read_context, nix_get_string_callback callback, void *user_data);
/* Its kind, as "nix::ThrownError". */
nix_err nix_err_name(nix_c_context *context, const nix_c_context *read_context, nix_get_string_callback callback, void *user_data);
nix_err nix_err_code(const nix_c_context *read_context);
/* How a function of one's own fails. Returns `err`. */
nix_err nix_set_err_msg(nix_c_context *context, nix_err err, const char *msg);
void nix_clear_err(nix_c_context *context);

/* From NIX_LVL_ERROR, warnings and what `trace` says are not shown. */
nix_err nix_set_verbosity(nix_c_context *context, nix_verbosity level);

#ifdef __cplusplus
}
#endif
#endif
