// Flakes: references, locks, outputs.
#include "nix_api_flake.h"

#include "cli/c_api/handles.h"
#include "stdlib/flakes/flake.h"
#include "stdlib/flakes/reference.h"

using namespace evalctl;
using evaluator::Vm;

// What they would say is said by the settings of the evaluator.
struct nix_fetchers_settings {};
struct nix_flake_settings {};

struct nix_flake_reference_parse_flags {
  stdlib::ReferenceOptions options;
};

struct nix_flake_reference {
  stdlib::FlakeReference reference;
};

struct nix_flake_lock_flags {
  stdlib::LockOptions options{.write = false};
};

struct nix_locked_flake {
  stdlib::LockedFlake flake;
};

namespace {

nix_err set_mode(nix_c_context* context, nix_flake_lock_flags* flags, bool update, bool write) {
  c_api::clear(context);
  flags->options.update = update;
  flags->options.write = write;
  return NIX_OK;
}

}  // namespace

nix_fetchers_settings* nix_fetchers_settings_new(nix_c_context* context) {
  c_api::clear(context);
  return new nix_fetchers_settings;
}
void nix_fetchers_settings_free(nix_fetchers_settings* settings) { delete settings; }

nix_flake_settings* nix_flake_settings_new(nix_c_context* context) {
  c_api::clear(context);
  return new nix_flake_settings;
}
void nix_flake_settings_free(nix_flake_settings* settings) { delete settings; }

nix_flake_reference_parse_flags* nix_flake_reference_parse_flags_new(nix_c_context* context, nix_flake_settings*) {
  c_api::clear(context);
  return new nix_flake_reference_parse_flags;
}
void nix_flake_reference_parse_flags_free(nix_flake_reference_parse_flags* flags) { delete flags; }

nix_err nix_flake_reference_parse_flags_set_base_directory(nix_c_context* context, nix_flake_reference_parse_flags* flags,
                                                           const char* base_directory, size_t length) {
  c_api::clear(context);
  flags->options.base_folder = std::string(base_directory, length);
  return NIX_OK;
}

nix_err nix_flake_reference_and_fragment_from_string(nix_c_context* context, nix_fetchers_settings*, nix_flake_settings*,
                                                     nix_flake_reference_parse_flags* parse_flags, const char* text, size_t length,
                                                     nix_flake_reference** flake_reference_out, nix_get_string_callback fragment_callback,
                                                     void* user_data) {
  c_api::clear(context);
  *flake_reference_out = nullptr;
  auto parsed = stdlib::parse_reference_with_fragment(std::string(text, length), parse_flags->options);
  if (!parsed) return c_api::fail(context, parsed.error());
  c_api::give(parsed->fragment, fragment_callback, user_data);
  *flake_reference_out = new nix_flake_reference{std::move(parsed->reference)};
  return NIX_OK;
}

void nix_flake_reference_free(nix_flake_reference* reference) { delete reference; }

nix_flake_lock_flags* nix_flake_lock_flags_new(nix_c_context* context, nix_flake_settings*) {
  c_api::clear(context);
  return new nix_flake_lock_flags;
}
void nix_flake_lock_flags_free(nix_flake_lock_flags* flags) { delete flags; }

nix_err nix_flake_lock_flags_set_mode_check(nix_c_context* context, nix_flake_lock_flags* flags) { return set_mode(context, flags, false, false); }
nix_err nix_flake_lock_flags_set_mode_virtual(nix_c_context* context, nix_flake_lock_flags* flags) { return set_mode(context, flags, true, false); }
nix_err nix_flake_lock_flags_set_mode_write_as_needed(nix_c_context* context, nix_flake_lock_flags* flags) {
  return set_mode(context, flags, true, true);
}

nix_err nix_flake_lock_flags_add_input_override(nix_c_context* context, nix_flake_lock_flags* flags, const char* input_path,
                                                nix_flake_reference* reference) {
  c_api::clear(context);
  auto path = stdlib::parse_input_path(input_path);
  if (!path) return c_api::fail(context, path.error());
  if (path->empty()) return c_api::fail(context, NIX_ERR_NIX_ERROR, "an override needs the name of an input");
  flags->options.overrides.insert_or_assign(*path, reference->reference);
  return NIX_OK;
}

nix_locked_flake* nix_flake_lock(nix_c_context* context, nix_fetchers_settings*, nix_flake_settings*, EvalState* state, nix_flake_lock_flags* flags,
                                 nix_flake_reference* reference) {
  nix_locked_flake* result = nullptr;
  c_api::evaluate(context, state, [&](Vm& vm) {
    auto locked = stdlib::lock_flake(vm, reference->reference, flags->options);
    if (locked) result = new nix_locked_flake{std::move(*locked)};
    if (!locked && !vm.error) vm.fail(locked.error());
    return result != nullptr;
  });
  return result;
}

void nix_locked_flake_free(nix_locked_flake* locked) { delete locked; }

nix_value* nix_locked_flake_get_output_attrs(nix_c_context* context, nix_flake_settings*, EvalState* state, nix_locked_flake* locked) {
  nix_value* result = nullptr;
  c_api::evaluate(context, state, [&](Vm& vm) {
    evaluator::Value flake = stdlib::call_flake(vm, locked->flake);
    if (flake) result = c_api::new_place(state, flake);
    return result != nullptr;
  });
  return result;
}
