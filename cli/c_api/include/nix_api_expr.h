/* Evaluators. */
#ifndef NIX_API_EXPR_H
#define NIX_API_EXPR_H
#include <stdbool.h>
#include <stddef.h>

#include "nix_api_store.h"
#include "nix_api_util.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct nix_eval_state_builder nix_eval_state_builder;
/* An evaluator. It runs on a thread of its own, which is also where functions of one's own are called. */
typedef struct EvalState EvalState;
/* A place for a value. Its references are counted: it begins with one. */
typedef struct nix_value nix_value;

nix_err nix_libexpr_init(nix_c_context *context);

/* What is to be set before an evaluator is made of it. */
nix_eval_state_builder *nix_eval_state_builder_new(nix_c_context *context, Store *store);
/* Takes NIX_PATH into account. */
nix_err nix_eval_state_builder_load(nix_c_context *context, nix_eval_state_builder *builder);
/* Entries as for -I, ended by NULL. */
nix_err nix_eval_state_builder_set_lookup_path(nix_c_context *context, nix_eval_state_builder *builder, const char **lookup_path);
nix_err nix_eval_state_builder_set_setting(nix_c_context *context, nix_eval_state_builder *builder, const char *key, const char *value);
EvalState *nix_eval_state_build(nix_c_context *context, nix_eval_state_builder *builder);
void nix_eval_state_builder_free(nix_eval_state_builder *builder);
/* All of that at once; `lookup_path` may be NULL. */
EvalState *nix_state_create(nix_c_context *context, const char **lookup_path, Store *store);
/* Its values are gone with it. */
void nix_state_free(EvalState *state);

/* Evaluates a text; relative paths in it are relative to the folder `path`. */
nix_err nix_expr_eval_from_string(nix_c_context *context, EvalState *state, const char *expr, const char *path, nix_value *value);
nix_err nix_value_call(nix_c_context *context, EvalState *state, nix_value *fn, nix_value *arg, nix_value *value);
nix_err nix_value_call_multi(nix_c_context *context, EvalState *state, nix_value *fn, size_t nargs, nix_value **args, nix_value *value);
#define NIX_VALUE_CALL(context, state, value, fn, ...)                                                              \
  do {                                                                                                              \
    nix_value *nix_call_arguments[] = {__VA_ARGS__};                                                                \
    nix_value_call_multi(context, state, fn, sizeof(nix_call_arguments) / sizeof(nix_value *), nix_call_arguments, value); \
  } while (0)
/* A function that takes a set apart is called with what `auto_args` has of it; other values stay as they are. */
nix_err nix_value_auto_call_function(nix_c_context *context, EvalState *state, nix_value *auto_args, nix_value *fn_val, nix_value *result);
/* To weak head normal form. */
nix_err nix_value_force(nix_c_context *context, EvalState *state, nix_value *value);
nix_err nix_value_force_deep(nix_c_context *context, EvalState *state, nix_value *value);
/* The path of the derivation that the value is. NULL, without an error, when it is none; also when an assertion fails and
 * `ignore_assertion_failures`. */
StorePath *nix_get_derivation(nix_c_context *context, EvalState *state, nix_value *value, bool ignore_assertion_failures);

/* For values: the same as nix_value_incref and nix_value_decref. */
nix_err nix_gc_incref(nix_c_context *context, const void *object);
nix_err nix_gc_decref(nix_c_context *context, const void *object);
/* Frees what no value refers to. */
void nix_gc_now(void);

#ifdef __cplusplus
}
#endif
#endif
