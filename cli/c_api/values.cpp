// Values: looked into.
#include <fmt/format.h>

#include "cli/c_api/handles.h"
#include "evaluator/attrs.h"
#include "evaluator/context.h"
#include "evaluator/early.h"

using namespace evalctl;
using evaluator::Attr;
using evaluator::Kind;
using evaluator::Value;
using evaluator::Vm;

struct nix_realised_string {
  std::string text;
  std::vector<StorePath> paths;
};

namespace {

// Of what was delayed and is evaluated by now, the result; no value for what is not.
Value known(const nix_value* value) { return evaluator::at_hand(value->word()); }

ValueType type_of(Value word) {
  if (!word) return NIX_TYPE_THUNK;
  switch (word.kind()) {
    case Kind::Integer: return NIX_TYPE_INT;
    case Kind::Float: return NIX_TYPE_FLOAT;
    case Kind::Bool: return NIX_TYPE_BOOL;
    case Kind::String: return NIX_TYPE_STRING;
    case Kind::Path: return NIX_TYPE_PATH;
    case Kind::Null: return NIX_TYPE_NULL;
    case Kind::Attrs: return NIX_TYPE_ATTRS;
    case Kind::List: return NIX_TYPE_LIST;
    default: return NIX_TYPE_FUNCTION;
  }
}

// The value, if it is of that type; else no value.
Value typed(nix_c_context* context, const nix_value* value, ValueType wanted, std::string_view name) {
  c_api::clear(context);
  Value word = known(value);
  if (type_of(word) == wanted) return word;
  std::string found = type_of(word) == NIX_TYPE_THUNK ? "a value that is not evaluated" : Vm::describe_type(word);
  c_api::fail(context, NIX_ERR_UNKNOWN, fmt::format("expected {}, but found {}", name, found));
  return {};
}

// A place for what stands in a slot.
nix_value* member(nix_c_context* context, EvalState* state, Value* slot, bool lazy) {
  nix_value* place = nullptr;
  c_api::evaluate(context, state, [&](Vm& vm) {
    Value word = lazy ? *slot : vm.force_slot(*slot);
    if (word) place = c_api::new_place(state, word);
    return place != nullptr;
  });
  return place;
}

nix_value* element(nix_c_context* context, const nix_value* value, EvalState* state, unsigned ix, bool lazy) {
  Value list = typed(context, value, NIX_TYPE_LIST, "a list");
  if (!list) return nullptr;
  if (ix < list.object()->size) {
    Value* slot = nullptr;
    state->run([&] { slot = &as_list(list)->items[ix]; });
    return member(context, state, slot, lazy);
  }
  c_api::fail(context, NIX_ERR_KEY, fmt::format("the list has no element {}", ix));
  return nullptr;
}

nix_value* attribute(nix_c_context* context, const nix_value* value, EvalState* state, const char* name, bool lazy) {
  Value set = typed(context, value, NIX_TYPE_ATTRS, "a set");
  if (!set) return nullptr;
  Attr found;
  state->run([&] { found = find(as_attrs(set), evaluator::intern(name)); });
  if (found) return member(context, state, found.slot, lazy);
  c_api::fail(context, NIX_ERR_KEY, fmt::format("missing attribute '{}'", name));
  return nullptr;
}

// The attribute with that number.
Attr numbered(nix_c_context* context, const nix_value* value, EvalState* state, unsigned number) {
  Value set = typed(context, value, NIX_TYPE_ATTRS, "a set");
  if (!set) return {};
  Attr result;
  state->run([&] {
    unsigned before = number;
    for (const Attr& found : attributes(as_attrs(set))) {
      if (before-- == 0) return void(result = found);
    }
  });
  if (!result) c_api::fail(context, NIX_ERR_KEY, fmt::format("the set has no attribute {}", number));
  return result;
}

nix_value* attribute_at(nix_c_context* context, nix_value* value, EvalState* state, unsigned number, const char** name, bool lazy) {
  Attr found = numbered(context, value, state, number);
  if (found && name) *name = state->keep_text(text_of(found.name));
  return found ? member(context, state, found.slot, lazy) : nullptr;
}

}  // namespace

ValueType nix_get_type(nix_c_context* context, const nix_value* value) {
  c_api::clear(context);
  return type_of(known(value));
}

const char* nix_get_typename(nix_c_context* context, const nix_value* value) {
  c_api::clear(context);
  Value word = known(value);
  return value->state->keep_text(type_of(word) == NIX_TYPE_THUNK ? "a thunk" : Vm::describe_type(word));
}

bool nix_get_bool(nix_c_context* context, const nix_value* value) {
  Value word = typed(context, value, NIX_TYPE_BOOL, "a Boolean");
  return word && word == Value::boolean(true);
}

int64_t nix_get_int(nix_c_context* context, const nix_value* value) {
  Value word = typed(context, value, NIX_TYPE_INT, "an integer");
  return word ? word.integer() : 0;
}

double nix_get_float(nix_c_context* context, const nix_value* value) {
  Value word = typed(context, value, NIX_TYPE_FLOAT, "a float");
  return word ? word.floating() : 0;
}

nix_err nix_get_string(nix_c_context* context, const nix_value* value, nix_get_string_callback callback, void* user_data) {
  Value word = typed(context, value, NIX_TYPE_STRING, "a string");
  if (!word) return NIX_ERR_UNKNOWN;
  return c_api::give(std::string(as_string(word)->view()), callback, user_data);
}

const char* nix_get_path_string(nix_c_context* context, const nix_value* value) {
  Value word = typed(context, value, NIX_TYPE_PATH, "a path");
  return word ? value->state->keep_text(as_string(word)->view()) : nullptr;
}

unsigned int nix_get_list_size(nix_c_context* context, const nix_value* value) {
  Value word = typed(context, value, NIX_TYPE_LIST, "a list");
  return word ? word.object()->size : 0;
}

unsigned int nix_get_attrs_size(nix_c_context* context, const nix_value* value) {
  Value word = typed(context, value, NIX_TYPE_ATTRS, "a set");
  return word ? static_cast<unsigned>(as_attrs(word)->count()) : 0;
}

nix_value* nix_get_list_byidx(nix_c_context* context, const nix_value* value, EvalState* state, unsigned int ix) {
  return element(context, value, state, ix, false);
}
nix_value* nix_get_list_byidx_lazy(nix_c_context* context, const nix_value* value, EvalState* state, unsigned int ix) {
  return element(context, value, state, ix, true);
}
nix_value* nix_get_attr_byname(nix_c_context* context, const nix_value* value, EvalState* state, const char* name) {
  return attribute(context, value, state, name, false);
}
nix_value* nix_get_attr_byname_lazy(nix_c_context* context, const nix_value* value, EvalState* state, const char* name) {
  return attribute(context, value, state, name, true);
}

bool nix_has_attr_byname(nix_c_context* context, const nix_value* value, EvalState* state, const char* name) {
  Value set = typed(context, value, NIX_TYPE_ATTRS, "a set");
  bool has = false;
  if (set) state->run([&] { has = static_cast<bool>(find(as_attrs(set), evaluator::intern(name))); });
  return has;
}

nix_value* nix_get_attr_byidx(nix_c_context* context, nix_value* value, EvalState* state, unsigned int i, const char** name) {
  return attribute_at(context, value, state, i, name, false);
}
nix_value* nix_get_attr_byidx_lazy(nix_c_context* context, nix_value* value, EvalState* state, unsigned int i, const char** name) {
  return attribute_at(context, value, state, i, name, true);
}

const char* nix_get_attr_name_byidx(nix_c_context* context, nix_value* value, EvalState* state, unsigned int i) {
  Attr found = numbered(context, value, state, i);
  return found ? state->keep_text(text_of(found.name)) : nullptr;
}

nix_realised_string* nix_string_realise(nix_c_context* context, EvalState* state, nix_value* value, bool is_ifd) {
  auto result = std::make_unique<nix_realised_string>();
  nix_err done = c_api::evaluate(context, state, [&](Vm& vm) {
    const evaluator::Context* references = nullptr;
    if (!vm.coerce_to_string(value->word(), result->text, references, false, true)) return false;
    stdlib::World& world = state->session.world;
    bool allowed = std::exchange(world.allow_import_from_derivation, world.allow_import_from_derivation || !is_ifd);
    auto realised = world.realise(references, &result->text);
    world.allow_import_from_derivation = allowed;
    if (!realised) return vm.fail(realised.error()), false;
    if (!references) return true;
    for (const evaluator::ContextElement& one : references->elements()) {
      std::string path(one.path);
      if (one.kind == evaluator::ContextElement::Kind::Built) {
        auto outputs = world.store->outputs(path);
        if (!outputs) return vm.fail(outputs.error()), false;
        auto found = outputs->find(std::string(one.output));
        if (found == outputs->end()) continue;
        path = found->second;
      }
      result->paths.push_back({path});
    }
    return true;
  });
  return done == NIX_OK ? result.release() : nullptr;
}

const char* nix_realised_string_get_buffer_start(nix_realised_string* realised) { return realised->text.data(); }
size_t nix_realised_string_get_buffer_size(nix_realised_string* realised) { return realised->text.size(); }
size_t nix_realised_string_get_store_path_count(nix_realised_string* realised) { return realised->paths.size(); }
const StorePath* nix_realised_string_get_store_path(nix_realised_string* realised, size_t index) { return &realised->paths[index]; }
void nix_realised_string_free(nix_realised_string* realised) { delete realised; }
