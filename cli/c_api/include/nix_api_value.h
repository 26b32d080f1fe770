/* Values: looked into, and made.
 *
 * What looks into a value wants its type: NIX_ERR_UNKNOWN tells of another one. */
#ifndef NIX_API_VALUE_H
#define NIX_API_VALUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nix_api_expr.h"
#include "nix_api_store.h"
#include "nix_api_util.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  NIX_TYPE_THUNK, /* not evaluated: see nix_value_force */
  NIX_TYPE_INT,
  NIX_TYPE_FLOAT,
  NIX_TYPE_BOOL,
  NIX_TYPE_STRING,
  NIX_TYPE_PATH,
  NIX_TYPE_NULL,
  NIX_TYPE_ATTRS,
  NIX_TYPE_LIST,
  NIX_TYPE_FUNCTION,
  NIX_TYPE_EXTERNAL, /* is never given */
  NIX_TYPE_FAILED,   /* is never given: what has failed is a thunk again */
} ValueType;

typedef struct BindingsBuilder BindingsBuilder;
typedef struct ListBuilder ListBuilder;
typedef struct PrimOp PrimOp;
typedef struct nix_realised_string nix_realised_string;

/* A function of one's own. `args` are not evaluated; they live until it returns, or longer with nix_value_incref. It sets
 * `ret`, or fails by nix_set_err_msg. */
typedef void (*PrimOpFun)(void *user_data, nix_c_context *context, EvalState *state, nix_value **args, nix_value *ret);

/* `arity`: from 1 on. `args`: names for messages, ended by NULL, or NULL. The function lives as long as the process. */
PrimOp *nix_alloc_primop(nix_c_context *context, PrimOpFun fun, int arity, const char *name, const char **args, const char *doc, void *user_data);
/* Evaluators that are made later have it as `builtins.NAME`. */
nix_err nix_register_primop(nix_c_context *context, PrimOp *primop);

/* A place without a value: to be set once. */
nix_value *nix_alloc_value(nix_c_context *context, EvalState *state);
nix_err nix_value_incref(nix_c_context *context, nix_value *value);
nix_err nix_value_decref(nix_c_context *context, nix_value *value);

ValueType nix_get_type(nix_c_context *context, const nix_value *value);
/* As messages call it: "a set". Lives as long as the process. */
const char *nix_get_typename(nix_c_context *context, const nix_value *value);
bool nix_get_bool(nix_c_context *context, const nix_value *value);
int64_t nix_get_int(nix_c_context *context, const nix_value *value);
double nix_get_float(nix_c_context *context, const nix_value *value);
nix_err nix_get_string(nix_c_context *context, const nix_value *value, nix_get_string_callback callback, void *user_data);
/* Lives as long as the evaluator, as do names of attributes. */
const char *nix_get_path_string(nix_c_context *context, const nix_value *value);
unsigned int nix_get_list_size(nix_c_context *context, const nix_value *value);
unsigned int nix_get_attrs_size(nix_c_context *context, const nix_value *value);

/* Elements and attributes: a new place for each, evaluated but for `_lazy`. NIX_ERR_KEY: there is none. Numbers of attributes
 * count from 0, in an order of the evaluator's own. */
nix_value *nix_get_list_byidx(nix_c_context *context, const nix_value *value, EvalState *state, unsigned int ix);
nix_value *nix_get_list_byidx_lazy(nix_c_context *context, const nix_value *value, EvalState *state, unsigned int ix);
nix_value *nix_get_attr_byname(nix_c_context *context, const nix_value *value, EvalState *state, const char *name);
nix_value *nix_get_attr_byname_lazy(nix_c_context *context, const nix_value *value, EvalState *state, const char *name);
bool nix_has_attr_byname(nix_c_context *context, const nix_value *value, EvalState *state, const char *name);
nix_value *nix_get_attr_byidx(nix_c_context *context, nix_value *value, EvalState *state, unsigned int i, const char **name);
nix_value *nix_get_attr_byidx_lazy(nix_c_context *context, nix_value *value, EvalState *state, unsigned int i, const char **name);
const char *nix_get_attr_name_byidx(nix_c_context *context, nix_value *value, EvalState *state, unsigned int i);

nix_err nix_init_bool(nix_c_context *context, nix_value *value, bool b);
nix_err nix_init_string(nix_c_context *context, nix_value *value, const char *str);
nix_err nix_init_path_string(nix_c_context *context, EvalState *state, nix_value *value, const char *str);
nix_err nix_init_float(nix_c_context *context, nix_value *value, double d);
nix_err nix_init_int(nix_c_context *context, nix_value *value, int64_t i);
nix_err nix_init_null(nix_c_context *context, nix_value *value);
/* The call of `fn` with `arg`, delayed. */
nix_err nix_init_apply(nix_c_context *context, nix_value *value, nix_value *fn, nix_value *arg);
nix_err nix_init_primop(nix_c_context *context, nix_value *value, PrimOp *op);
nix_err nix_copy_value(nix_c_context *context, nix_value *value, const nix_value *source);

ListBuilder *nix_make_list_builder(nix_c_context *context, EvalState *state, size_t capacity);
nix_err nix_list_builder_insert(nix_c_context *context, ListBuilder *builder, unsigned int index, nix_value *value);
nix_err nix_make_list(nix_c_context *context, ListBuilder *builder, nix_value *value);
void nix_list_builder_free(ListBuilder *builder);
BindingsBuilder *nix_make_bindings_builder(nix_c_context *context, EvalState *state, size_t capacity);
nix_err nix_bindings_builder_insert(nix_c_context *context, BindingsBuilder *builder, const char *name, nix_value *value);
nix_err nix_make_attrs(nix_c_context *context, nix_value *value, BindingsBuilder *builder);
void nix_bindings_builder_free(BindingsBuilder *builder);

/* The text of a string, once all that it refers to is there: derivations are built, placeholders replaced. `is_ifd`: as
 * import from derivation, which may be forbidden. */
nix_realised_string *nix_string_realise(nix_c_context *context, EvalState *state, nix_value *value, bool is_ifd);
const char *nix_realised_string_get_buffer_start(nix_realised_string *realised);
size_t nix_realised_string_get_buffer_size(nix_realised_string *realised);
size_t nix_realised_string_get_store_path_count(nix_realised_string *realised);
const StorePath *nix_realised_string_get_store_path(nix_realised_string *realised, size_t index);
void nix_realised_string_free(nix_realised_string *realised);

#ifdef __cplusplus
}
#endif
#endif
