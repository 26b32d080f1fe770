/* A program that embeds the evaluator through its C interface. Prints one line for each thing that it has tried. */
#include <nix_api_expr.h>
#include <nix_api_flake.h>
#include <nix_api_store.h>
#include <nix_api_util.h>
#include <nix_api_value.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static nix_c_context *context;
static EvalState *state;

static void keep(const char *start, unsigned int n, void *user_data) {
  char *text = malloc(n + 1);
  memcpy(text, start, n);
  text[n] = 0;
  *(char **)user_data = text;
}

static void report(const char *name) {
  if (nix_err_code(context) == NIX_OK) return;
  char *kind = NULL, *sentence = NULL;
  if (nix_err_name(NULL, context, keep, &kind) == NIX_OK) nix_err_info_msg(NULL, context, keep, &sentence);
  printf("%s: error %d %s: %s\n", name, nix_err_code(context), kind ? kind : "-", sentence ? sentence : nix_err_msg(NULL, context, NULL));
  free(kind);
  free(sentence);
}

static nix_value *evaluate(const char *text) {
  nix_value *value = nix_alloc_value(context, state);
  nix_expr_eval_from_string(context, state, text, "/", value);
  return value;
}

static void print(nix_value *value) {
  char *text = NULL;
  nix_value *member;
  const char *name;
  nix_value_force(NULL, state, value);
  switch (nix_get_type(context, value)) {
    case NIX_TYPE_INT: printf("%lld", (long long)nix_get_int(context, value)); break;
    case NIX_TYPE_FLOAT: printf("%g", nix_get_float(context, value)); break;
    case NIX_TYPE_BOOL: printf(nix_get_bool(context, value) ? "true" : "false"); break;
    case NIX_TYPE_NULL: printf("null"); break;
    case NIX_TYPE_PATH: printf("%s", nix_get_path_string(context, value)); break;
    case NIX_TYPE_STRING:
      nix_get_string(context, value, keep, &text);
      printf("\"%s\"", text);
      free(text);
      break;
    case NIX_TYPE_LIST:
      printf("[ ");
      for (unsigned i = 0; i < nix_get_list_size(context, value); ++i) {
        print(member = nix_get_list_byidx(context, value, state, i));
        nix_value_decref(context, member);
        printf(" ");
      }
      printf("]");
      break;
    case NIX_TYPE_ATTRS:
      printf("{ ");
      for (unsigned i = 0; i < nix_get_attrs_size(context, value); ++i) {
        member = nix_get_attr_byidx(context, value, state, i, &name);
        printf("%s = ", name);
        print(member);
        nix_value_decref(context, member);
        printf("; ");
      }
      printf("}");
      break;
    default: printf("<%s>", nix_get_typename(context, value));
  }
}

static void show(const char *name, const char *text) {
  nix_value *value = evaluate(text);
  if (nix_err_code(context) != NIX_OK) {
    report(name);
  } else {
    printf("%s: ", name);
    print(value);
    printf("\n");
  }
  nix_value_decref(NULL, value);
}

/* add a b: calls back into the evaluator, and fails on a string. */
static void add(void *user_data, nix_c_context *own, EvalState *inner, nix_value **args, nix_value *ret) {
  if (nix_value_force(own, inner, args[0]) != NIX_OK || nix_value_force(own, inner, args[1]) != NIX_OK) return;
  int64_t left = nix_get_int(own, args[0]);
  if (nix_err_code(own) != NIX_OK) return;
  int64_t right = nix_get_int(own, args[1]);
  if (nix_err_code(own) != NIX_OK) return;
  ++*(int *)user_data;
  nix_init_int(own, ret, left + right);
}

static void values(void) {
  show("integer", "6 * 7");
  show("types", "[ 1.5 true null /a/../b \"text\" (x: x) { a.b = 1; } ]");
  show("joined", "builtins.genList (x: x) 40 ++ [ (1 + 1) ] ++ builtins.genList (x: x) 40");
  show("throw", "throw \"no\"");
  show("undefined", "1 + nowhere");
  show("syntax", "1 +");
  show("type", "1 + \"a\"");
  nix_value *lazy = evaluate("{ good = 1; bad = throw \"later\"; }");
  nix_value *bad = nix_get_attr_byname_lazy(context, lazy, state, "bad");
  printf("lazy: type %d, has %d %d\n", nix_get_type(context, bad), nix_has_attr_byname(context, lazy, state, "good"),
         nix_has_attr_byname(context, lazy, state, "none"));
  nix_value_force(context, state, bad);
  report("forced");
  nix_get_attr_byname(context, lazy, state, "none");
  report("missing");
  nix_get_int(context, lazy);
  report("mistaken");
  nix_value_decref(context, bad);
  nix_value_decref(context, lazy);
}

static void making(void) {
  nix_value *one = nix_alloc_value(context, state), *text = nix_alloc_value(context, state), *set = nix_alloc_value(context, state);
  nix_init_int(context, one, 1);
  nix_init_string(context, text, "text");
  ListBuilder *list = nix_make_list_builder(context, state, 2);
  nix_list_builder_insert(context, list, 0, one);
  nix_list_builder_insert(context, list, 1, text);
  nix_value *made = nix_alloc_value(context, state);
  nix_make_list(context, list, made);
  nix_list_builder_free(list);
  BindingsBuilder *bindings = nix_make_bindings_builder(context, state, 2);
  nix_bindings_builder_insert(context, bindings, "list", made);
  nix_bindings_builder_insert(context, bindings, "one", one);
  nix_make_attrs(context, set, bindings);
  nix_bindings_builder_free(bindings);
  nix_value_decref(context, one);
  nix_value_decref(context, text);
  nix_value_decref(context, made);
  nix_gc_now();
  nix_value *function = evaluate("s: builtins.toJSON (s // { n = s.one + 1; })"), *result = nix_alloc_value(context, state);
  nix_value_call(context, state, function, set, result);
  printf("called: ");
  print(result);
  nix_value *two = evaluate("a: b: { inherit a b; }");
  NIX_VALUE_CALL(context, state, result, two, set, function);
  printf("\ncalled with two: ");
  print(result);
  printf("\n");
  nix_value_decref(context, two);
  nix_value_decref(context, result);
  nix_value_decref(context, function);
  nix_value_decref(context, set);
}

static void own_functions(int *count) {
  show("own", "builtins.add_up 40 2");
  show("own in map", "map (add_up 1) (builtins.genList (x: x) 100)");
  show("own fails", "builtins.tryEval (builtins.add_up 40 \"2\")");
  show("own fails inside", "builtins.add_up (throw \"inner\") 2");
  printf("counted %d\n", *count);
}

static void derivations(Store *store) {
  nix_value *derivation = evaluate("derivation { name = \"d\"; system = \"x86_64-linux\"; builder = \"/bin/sh\"; }");
  StorePath *path = nix_get_derivation(context, state, derivation, false);
  report("derivation");
  char *name = NULL;
  nix_store_path_name(path, keep, &name);
  nix_store_path_hash_part hash;
  nix_store_path_hash(context, path, &hash);
  StorePath *again = nix_store_create_from_parts(context, &hash, name, strlen(name));
  char *real = NULL;
  nix_store_real_path(context, store, again, keep, &real);
  printf("derivation: %s %s\n", name, strrchr(real, '/') + 1);
  printf("valid: %d\n", nix_store_is_valid_path(context, store, again));
  nix_store_path_free(again);
  nix_store_path_free(path);
  path = nix_store_parse_path(context, store, "/tmp/x");
  report("path");
  nix_value_decref(context, derivation);
  free(name);
  free(real);
}

static void flake(const char *folder) {
  nix_fetchers_settings *fetchers = nix_fetchers_settings_new(context);
  nix_flake_settings *settings = nix_flake_settings_new(context);
  nix_flake_reference_parse_flags *parse = nix_flake_reference_parse_flags_new(context, settings);
  nix_flake_reference_parse_flags_set_base_directory(context, parse, folder, strlen(folder));
  nix_flake_reference *reference = NULL;
  char *fragment = NULL;
  nix_flake_reference_and_fragment_from_string(context, fetchers, settings, parse, "path:.#a.b", 10, &reference, keep, &fragment);
  report("reference");
  nix_flake_lock_flags *flags = nix_flake_lock_flags_new(context, settings);
  nix_locked_flake *locked = nix_flake_lock(context, fetchers, settings, state, flags, reference);
  report("lock");
  nix_value *outputs = nix_locked_flake_get_output_attrs(context, settings, state, locked);
  report("outputs");
  nix_value *value = nix_get_attr_byname(context, outputs, state, "value");
  printf("flake: %s ", fragment);
  print(value);
  printf("\n");
  free(fragment);
  nix_value_decref(context, value);
  nix_value_decref(context, outputs);
  nix_locked_flake_free(locked);
  nix_flake_lock_flags_free(flags);
  nix_flake_reference_free(reference);
  nix_flake_reference_parse_flags_free(parse);
  nix_flake_settings_free(settings);
  nix_fetchers_settings_free(fetchers);
}

int main(int argc, char **argv) {
  int count = 0;
  const char *names[] = {"left", "right", NULL};
  context = nix_c_context_create();
  nix_libexpr_init(context);
  nix_setting_set(context, "no-such-setting", "1");
  report("setting");
  char *features = NULL;
  nix_setting_set(context, "extra-experimental-features", "flakes");
  nix_setting_get(context, "system", keep, &features);
  printf("system: %s\n", features);
  free(features);
  nix_register_primop(context, nix_alloc_primop(context, add, 2, "add_up", names, "Adds two numbers.", &count));
  Store *store = nix_store_open(context, argv[1], NULL);
  report("store");
  state = nix_state_create(context, NULL, store);
  report("state");
  values();
  making();
  own_functions(&count);
  derivations(store);
  flake(argv[2]);
  EvalState *first = state;
  state = nix_state_create(context, NULL, store);
  show("second evaluator", "builtins.length (builtins.genList (x: x) 1000000)");
  nix_state_free(state);
  state = first;
  show("first again", "1");
  nix_state_free(state);
  nix_store_free(store);
  nix_c_context_free(context);
  return argc == 3 ? 0 : 2;
}
