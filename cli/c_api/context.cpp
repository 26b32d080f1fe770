// Errors and settings.
#include <fmt/format.h>

#include "cli/c_api/handles.h"
#include "cli/nix_conf.h"
#include "cli/nix_options.h"
#include "stdlib/diagnose.h"
#include "stdlib/registry.h"

namespace evalctl::c_api {
namespace {

std::vector<std::pair<std::string, std::string>> chosen;
bool quiet = false;

std::string_view name_of(evaluator::ErrorKind kind) {
  using enum evaluator::ErrorKind;
  switch (kind) {
    case Throw: return "nix::ThrownError";
    case Assertion: return "nix::AssertionError";
    case Abort: return "nix::Abort";
    case Type: case Coercion: case Call: case MissingArgument: case UnexpectedArgument: return "nix::TypeError";
    case Undefined: return "nix::UndefinedVarError";
    case InfiniteRecursion: return "nix::InfiniteRecursionError";
    case StackOverflow: return "nix::StackOverflowError";
    case Syntax: return "nix::ParseError";
    case Hash: case HashAlgorithm: return "nix::BadHash";
    case StoreName: return "nix::BadStorePathName";
    case ImportFromDerivation: return "nix::IFDError";
    default: return "nix::EvalError";
  }
}

}  // namespace

void clear(nix_c_context* context) {
  if (context) *context = {};
}

nix_err fail(nix_c_context* context, nix_err code, std::string_view message, std::string_view kind) {
  if (context) *context = {code, std::string(message), std::string(message), std::string(kind)};
  return code;
}

nix_err fail_pending(nix_c_context* context, EvalState& state) {
  evaluator::Vm& vm = state.vm();
  if (!vm.error) return fail(context, NIX_ERR_UNKNOWN, "there is no value");
  if (context) {
    std::string sentence = vm.error->message;
    std::string_view kind = name_of(vm.error->kind);
    std::string whole = cli::render_error(vm, stdlib::diagnose(vm), true);
    while (whole.ends_with('\n')) whole.pop_back();
    *context = {NIX_ERR_NIX_ERROR, whole, sentence, std::string(kind)};
  }
  vm.error.reset();
  return NIX_ERR_NIX_ERROR;
}

const std::vector<std::pair<std::string, std::string>>& settings() { return chosen; }
bool is_quiet() { return quiet; }

}  // namespace evalctl::c_api

using namespace evalctl;

nix_c_context* nix_c_context_create(void) { return new nix_c_context; }
void nix_c_context_free(nix_c_context* context) { delete context; }

nix_err nix_libutil_init(nix_c_context* context) {
  c_api::clear(context);
  return NIX_OK;
}
nix_err nix_libstore_init(nix_c_context* context) { return nix_libutil_init(context); }
nix_err nix_libstore_init_no_load_config(nix_c_context* context) { return nix_libutil_init(context); }
nix_err nix_libexpr_init(nix_c_context* context) { return nix_libutil_init(context); }

nix_err nix_setting_get(nix_c_context* context, const char* key, nix_get_string_callback callback, void* user_data) {
  c_api::clear(context);
  auto value = cli::shown_setting(key);
  for (const auto& [name, chosen] : c_api::chosen) {
    if (name == key) value = chosen;
  }
  if (!value) return c_api::fail(context, NIX_ERR_KEY, fmt::format("there is no setting '{}'", key));
  return c_api::give(*value, callback, user_data);
}

nix_err nix_setting_set(nix_c_context* context, const char* key, const char* value) {
  c_api::clear(context);
  if (!cli::shown_setting(key) && !cli::nix_setting(std::string("--") + key)) {
    return c_api::fail(context, NIX_ERR_KEY, fmt::format("there is no setting '{}'", key));
  }
  c_api::chosen.emplace_back(key, value);
  return NIX_OK;
}

const char* nix_version_get(void) { return stdlib::kNixVersion.data(); }

const char* nix_err_msg(nix_c_context* context, const nix_c_context* read_context, unsigned int* n) {
  if (context != read_context) c_api::clear(context);
  if (read_context->code == NIX_OK) {
    c_api::fail(context, NIX_ERR_UNKNOWN, "there is no error");
    return nullptr;
  }
  if (n) *n = static_cast<unsigned>(read_context->message.size());
  return read_context->message.c_str();
}

nix_err nix_err_info_msg(nix_c_context* context, const nix_c_context* read_context, nix_get_string_callback callback, void* user_data) {
  if (context != read_context) c_api::clear(context);
  if (read_context->code != NIX_ERR_NIX_ERROR) return c_api::fail(context, NIX_ERR_UNKNOWN, "the last error is none of evaluation");
  return c_api::give(read_context->sentence, callback, user_data);
}

nix_err nix_err_name(nix_c_context* context, const nix_c_context* read_context, nix_get_string_callback callback, void* user_data) {
  if (context != read_context) c_api::clear(context);
  if (read_context->code != NIX_ERR_NIX_ERROR) return c_api::fail(context, NIX_ERR_UNKNOWN, "the last error is none of evaluation");
  return c_api::give(read_context->kind, callback, user_data);
}

nix_err nix_err_code(const nix_c_context* read_context) { return read_context->code; }

nix_err nix_set_err_msg(nix_c_context* context, nix_err err, const char* msg) { return c_api::fail(context, err, msg); }

void nix_clear_err(nix_c_context* context) { c_api::clear(context); }

nix_err nix_set_verbosity(nix_c_context* context, nix_verbosity level) {
  c_api::clear(context);
  c_api::quiet = level == NIX_LVL_ERROR;
  return NIX_OK;
}
