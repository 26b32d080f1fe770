#include "stdlib/derivation.h"

#include <algorithm>
#include <unordered_set>

#include "base/hash.h"
#include "evaluator/builtin.h"
#include "evaluator/offers.h"
#include "stdlib/json.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"
#include "store/backend.h"
#include "store/dynamic_inputs.h"
#include "store/hash_modulo.h"
#include "store/store_path.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

constexpr std::string_view kDerivationText =
#include "prelude_derivation.inc"
    ;
constexpr std::string_view kFetchurlText =
#include "prelude_fetchurl.inc"
    ;

struct Names {
  Symbol structured = intern("__structuredAttrs"), ignore_nulls = intern("__ignoreNulls"),
         content_addressed = intern("__contentAddressed"), impure = intern("__impure"), builder = intern("builder"),
         output_hash = intern("outputHash"), output_hash_algo = intern("outputHashAlgo"),
         output_hash_mode = intern("outputHashMode"), json = intern("__json");
};

const Names& names() {
  static const Names instance;
  return instance;
}

// Attributes that builders heed without structured attributes only.
bool is_output_check(std::string_view name) {
  static constexpr std::string_view kNames[] = {"allowedReferences", "allowedRequisites", "disallowedReferences", "disallowedRequisites",
                                                "maxSize", "maxClosureSize"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// Collects one derivation from the attributes of a set.
class Maker {
 public:
  Maker(Vm& vm, AttrsObject* attrs) : vm_(vm), attrs_(attrs) {}

  Value make() {
    if (!read_name()) return {};
    if (!check_name() || !read_all() || !check() || !add_inputs() || !make_outputs()) {
      return vm_.add_frame(fmt::format("while evaluating the derivation '{}'", name_));
    }
    return finish();
  }

 private:
  bool fail(std::string message) {
    vm_.fail(ErrorKind::Other, std::move(message));
    return false;
  }

  bool read_flag(Symbol name, bool& out) {
    Attr attribute = find(attrs_, name);
    return !attribute || vm_.force_bool(*attribute.slot, out, "an attribute of a derivation");
  }

  bool read_name() {
    Attr name = find(attrs_, vm_.symbols.name);
    if (!name) return fail("required attribute 'name' missing");
    const StringObject* text = vm_.force_string_no_context(*name.slot, "the attribute 'name' of a derivation");
    if (!text) return false;
    name_ = text->view();
    return true;
  }

  // Before the attributes are evaluated: what they would throw can be caught, this cannot.
  bool check_name() {
    auto valid = store::check_name(name_);
    return valid || vm_.fail(valid.error());
  }

  bool read_all() {
    if (!read_flag(names_.structured, structured_) || !read_flag(names_.ignore_nulls, ignore_nulls_)) return false;
    Ahead ahead(vm_);
    if (ahead) ahead.offer(attrs_, structured_ ? Wanted::Json : Wanted::StoredText);
    for (const Attr& a : attributes_by_text(attrs_)) {
      if (read_attribute(a)) continue;
      vm_.add_frame(fmt::format("while evaluating the attribute '{}' of the derivation '{}'", text_of(a.name), name_), a.position());
      return false;
    }
    if (structured_) tail_.add_variable("__json", json_.empty() ? "{}" : json_ += '}');
    return true;
  }

  bool read_attribute(const Attr& a) {
    if (a.name == names_.ignore_nulls) return true;
    if (ignore_nulls_) {
      Value v = vm_.force(*a.slot);
      if (!v) return false;
      if (v.is_null()) return true;
    }
    if (a.name == names_.content_addressed) return read_gated(a, content_addressed_, "ca-derivations");
    if (a.name == names_.impure) return read_gated(a, impure_, "impure-derivations");
    if (a.name == vm_.symbols.args) return read_args(*a.slot);
    return structured_ ? read_structured(a) : read_plain(a);
  }

  bool require(std::string_view feature) {
    auto is_on = World::of(vm_).require_feature(feature);
    return is_on || vm_.fail(is_on.error());
  }

  bool read_gated(const Attr& a, bool& on, std::string_view feature) {
    return vm_.force_bool(*a.slot, on) && (!on || require(feature));
  }

  bool read_args(Value v) {
    ListObject* list = vm_.force_list(v);
    if (!list) return false;
    Ahead ahead(vm_);
    ahead.offer({list->items, list->size}, Wanted::StoredText);
    for (std::uint32_t i = 0; i < list->size; ++i) {
      auto text = coerce(list->items[i]);
      if (!text) return false;
      tail_.add_argument(*text);
    }
    return true;
  }

  void refer(const Context* context) {
    if (context && (contexts_.empty() || contexts_.back() != context)) contexts_.push_back(context);
  }

  // The text of `v`, good until the next call.
  std::optional<std::string_view> coerce(Value v) {
    Value forced = vm_.force(v);
    if (!forced) return std::nullopt;
    if (forced.is(Kind::String)) {
      refer(as_string(forced)->context);
      return as_string(forced)->view();
    }
    const Context* context = nullptr;
    scratch_.clear();
    if (!vm_.coerce_to_string(forced, scratch_, context, true, true)) return std::nullopt;
    refer(context);
    return scratch_;
  }

  bool read_plain(const Attr& a) {
    auto text = coerce(*a.slot);
    if (!text) return false;
    if (a.name == names_.json) return read_json(*text);
    if (a.name == names_.builder) builder_ = *text;
    else if (a.name == vm_.symbols.system) system_ = *text;
    else if (a.name == names_.output_hash) hash_ = *text;
    else if (a.name == names_.output_hash_algo && !read_algorithm(*text)) return false;
    else if (a.name == names_.output_hash_mode && !read_mode(*text)) return false;
    else if (a.name == vm_.symbols.outputs && !set_outputs(words_of(*text))) return false;
    tail_.add_variable(text_of(a.name), *text);
    return true;
  }

  // The older way to give structured attributes.
  bool read_json(std::string_view text) {
    if (!vm_.may_act()) return false;
    vm_.host.message(fmt::format("warning: In derivation '{}': setting structured attributes via '__json' is deprecated, and may be "
                                 "disallowed in future versions of Nix. Set '__structuredAttrs = true' instead.", name_));
    auto object = compact_object(text);
    if (!object) return fail(fmt::format("cannot process __json attribute: {}", object.error().message));
    tail_.add_variable("__json", *object);
    return true;
  }

  // What is no algorithm counts as none.
  bool read_algorithm(std::string_view name) {
    known_algorithm_ = base::algorithm_of(name);
    return known_algorithm_ != base::HashAlgorithm::Blake3 || require("blake3-hashes");
  }

  bool read_mode(std::string_view mode) {
    if (mode != "flat" && mode != "recursive" && mode != "nar" && mode != "text" && mode != "git")
      return fail(fmt::format("invalid value '{}' for 'outputHashMode' attribute", mode));
    mode_ = mode;
    if (mode == "git") return require("git-hashing");
    return mode != "text" || require("dynamic-derivations");
  }

  bool read_structured(const Attr& a) {
    if (a.name == names_.structured) return true;
    json_ += json_.empty() ? '{' : ',';
    append_json_string(text_of(a.name), json_);
    json_ += ':';
    const Context* context = nullptr;
    if (!to_json(vm_, *a.slot, json_, context, true)) return false;
    refer(context);
    if (a.name == names_.builder) {
      const StringObject* builder = vm_.force_string(*a.slot);
      if (builder) builder_ = builder->view();
      return builder != nullptr;
    }
    if (a.name == vm_.symbols.outputs) return read_output_list(*a.slot);
    if (!read_plain_text(a)) return false;
    if (!is_output_check(text_of(a.name))) return true;
    if (!vm_.may_act()) return false;
    vm_.host.message(fmt::format("warning: In a derivation named '{}', 'structuredAttrs' disables the effect of the derivation attribute "
                                 "'{}'; use 'outputChecks.<output>.{}' instead", name_, text_of(a.name), text_of(a.name)));
    return true;
  }

  // What is read of structured attributes besides, where it is a text that refers to nothing.
  bool read_plain_text(const Attr& a) {
    bool system = a.name == vm_.symbols.system, hash = a.name == names_.output_hash, mode = a.name == names_.output_hash_mode;
    if (!system && !hash && !mode && a.name != names_.output_hash_algo) return true;
    const StringObject* text = vm_.force_string_no_context(*a.slot);
    if (!text) return false;
    if (mode) return read_mode(text->view());
    if (!system && !hash) return read_algorithm(text->view());
    if (system) system_ = text->view();
    else hash_ = text->view();
    return true;
  }

  bool read_output_list(Value v) {
    ListObject* list = vm_.force_list(v);
    if (!list) return false;
    std::vector<std::string> outputs;
    for (std::uint32_t i = 0; i < list->size; ++i) {
      const StringObject* output = vm_.force_string_no_context(list->items[i]);
      if (!output) return false;
      outputs.emplace_back(output->view());
    }
    return set_outputs(outputs);
  }

  static std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\n\r", at)) != std::string_view::npos) {
      std::size_t end = std::min(text.find_first_of(" \t\n\r", at), text.size());
      words.emplace_back(text.substr(at, end - at));
      at = end;
    }
    return words;
  }

  bool set_outputs(std::vector<std::string> outputs) {
    for (auto output = outputs.begin(); output != outputs.end(); ++output) {
      if (std::find(outputs.begin(), output, *output) != output) return fail(fmt::format("duplicate derivation output '{}'", *output));
      // The result has an attribute of that name already.
      if (*output == "drvPath") return fail("invalid derivation output name 'drvPath'");
    }
    outputs_ = std::move(outputs);
    return !outputs_.empty() || fail("derivation cannot have an empty set of outputs");
  }

  bool check() {
    if (builder_.empty()) return fail("required attribute 'builder' missing");
    if (system_.empty()) return fail("required attribute 'system' missing");
    if (name_.ends_with(".drv") && !(mode_ == "text" && outputs_ == std::vector<std::string>{"out"})) {
      return fail(fmt::format("derivation names are allowed to end in '.drv' only if they produce a single derivation file: '{}'", name_));
    }
    auto valid = store::check_name(name_ + ".drv");
    return valid || vm_.fail(valid.error());
  }

  bool add_inputs() {
    sort_unique(contexts_);
    for (const ContextElement& element : elements_of(contexts_))
      if (!add_element(element)) return false;
    sort_unique(draft_.sources);
    sort_unique(draft_.inputs);
    return true;
  }

  bool add_element(const ContextElement& element) {
    switch (element.kind) {
      case ContextElement::Kind::Opaque: draft_.sources.push_back(element.path); return true;
      case ContextElement::Kind::Built: draft_.inputs.emplace_back(element.path, element.output); return true;
      case ContextElement::Kind::DrvDeep: break;
    }
    return add_closure(std::string(element.path));
  }

  template <class Items>
  static void sort_unique(Items& items) {
    std::ranges::sort(items);
    items.erase(std::unique(items.begin(), items.end()), items.end());
  }

  // The .drv with all that it needs: each derivation with all outputs, each source.
  bool add_closure(const std::string& start) {
    auto derivation = World::of(vm_).hashes->find(start);
    if (!derivation) return fail(derivation.error().message);
    std::vector<const store::KnownDerivation*> todo{*derivation};
    std::unordered_set<const store::KnownDerivation*> seen{*derivation};
    while (!todo.empty()) {
      const store::KnownDerivation* next = todo.back();
      todo.pop_back();
      draft_.sources.push_back(next->path);
      for (const auto& [output, unused] : next->outputs) draft_.inputs.emplace_back(next->path, output);
      for (const std::string* source : next->sources) draft_.sources.push_back(*source);
      for (const store::KnownDerivation* input : next->inputs)
        if (seen.insert(input).second) todo.push_back(input);
    }
    return true;
  }

  bool make_outputs() {
    if (hash_) return fixed();
    if (std::ranges::find(outputs_, "__json") != outputs_.end())
      return fail("Cannot have an environment variable named '__json'. This key is reserved for encoding structured attrs");
    return content_addressed_ || impure_ ? floating() : input_addressed();
  }

  // `otherwise` where outputHashMode is not given.
  store::FileMethod method(store::FileMethod otherwise) const {
    if (mode_.empty()) return otherwise;
    if (mode_ == "git") return store::FileMethod::Git;
    return mode_ == "flat" ? store::FileMethod::Flat : mode_ == "text" ? store::FileMethod::Text : store::FileMethod::Nar;
  }

  bool floating() {
    if (content_addressed_ && impure_) return fail("derivation cannot be both content-addressed and impure");
    std::string how = store::method_and_algorithm(method(store::FileMethod::Nar), known_algorithm_.value_or(base::HashAlgorithm::Sha256));
    for (const std::string& output : outputs_) {
      draft_.outputs[output] = {"", how, impure_ ? "impure" : ""};
      output_texts_[output] = store::placeholder(output);
    }
    return true;
  }

  // What stands for a hash that is yet to be found out.
  base::Result<base::Hash> empty_hash() const {
    if (!known_algorithm_) return base::fail("empty hash requires explicit hash algorithm", base::Error::Kind::Hash);
    return base::Hash{*known_algorithm_, std::string(base::size_of(*known_algorithm_), '\0')};
  }

  bool fixed() {
    if (outputs_.size() != 1 || outputs_[0] != "out") return fail("multiple outputs are not supported in fixed-output derivations");
    auto hash = hash_->empty() ? empty_hash() : World::of(vm_).read_hash(*hash_, known_algorithm_);
    if (!hash) return vm_.fail(hash.error()), false;
    if (hash_->empty()) {
      if (!vm_.may_act()) return false;
      vm_.host.message(fmt::format("warning: found empty hash, assuming '{}'", hash->sri()));
    }
    store::FileMethod how = method(store::FileMethod::Flat);
    if (how == store::FileMethod::Git && hash->algorithm != base::HashAlgorithm::Sha1 && hash->algorithm != base::HashAlgorithm::Sha256)
      return fail(fmt::format("Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: {}", base::name_of(hash->algorithm)));
    std::string path = store::make_fixed_path(how, *hash, name_);
    draft_.outputs["out"] = {path, store::method_and_algorithm(how, hash->algorithm), hash->base16()};
    output_texts_["out"] = path;
    return true;
  }

  bool input_addressed() {
    for (const std::string& output : outputs_) draft_.outputs[output];
    return true;
  }

  void write_tail() {
    std::vector<store::OutputVariable> variables;
    variables.reserve(draft_.outputs.size());
    for (const auto& [output, unused] : draft_.outputs) {
      auto text = output_texts_.find(output);
      if (text == output_texts_.end()) variables.push_back({output, std::nullopt});
      else variables.push_back({output, text->second});
    }
    draft_.tail = tail_.finish(system_, builder_, variables);
  }

  Value finish() {
    World& world = World::of(vm_);
    write_tail();
    draft_.name = name_;
    // What this process made before it has written before.
    auto write = [&](const std::string& path, std::string_view text) {
      store::References references(draft_.sources.begin(), draft_.sources.end());
      for (const auto& [input, unused] : draft_.inputs) references.emplace(store::known_drv(input));
      return world.store->add_text(path, text, references);
    };
    auto known = world.hashes->add(draft_, world.read_only ? store::DerivationHashes::Write() : write);
    if (!known) return vm_.fail(known.error());
    const std::string& path = (*known)->path;
    if (!world.read_only) world.note_object(path);
    AttrsBuilder result((*known)->outputs.size() + 1);
    result.add(vm_.symbols.drv_path, vm_.string(path, context_of({ContextElement::Kind::DrvDeep, path, ""})));
    for (const auto& [output, output_path] : (*known)->outputs) {
      std::string text = output_path.empty() ? store::output_placeholder(path, output) : output_path;
      result.add(output, vm_.string(text, context_of({ContextElement::Kind::Built, path, output})));
    }
    return result.build(vm_);
  }

  Vm& vm_;
  const Names& names_ = names();
  AttrsObject* attrs_;
  store::Draft draft_;
  store::TailWriter tail_;
  std::map<std::string_view, std::string> output_texts_;  // where they are known before their paths
  std::string name_, system_, builder_, mode_, json_, scratch_;
  std::optional<std::string> hash_;
  std::vector<std::string> outputs_{"out"};
  std::optional<base::HashAlgorithm> known_algorithm_;
  bool content_addressed_ = false, impure_ = false;
  bool structured_ = false, ignore_nulls_ = false;
  // Of the attributes, not joined: those of one attribute are those of other derivations too, all together are not.
  std::vector<const Context*> contexts_;
};

Value derivation_strict(Vm& vm, Value* arguments) {
  AttrsObject* attrs = vm.force_attrs(arguments[0], "the argument passed to builtins.derivationStrict");
  World::of(vm).derivations_made.fetch_add(1, std::memory_order_relaxed);
  return attrs ? Maker(vm, attrs).make() : Value();
}

constexpr BuiltinRow kTable[] = {
    {.name = "derivationStrict", .params = "attrs", .type = "set -> set",
     .doc = "Makes a derivation of *attrs* at once and returns its `drvPath` and the path of each output.",
     .run = derivation_strict, .effect = Effect::ReadsWorld, .global = true},
};

}  // namespace

std::span<const BuiltinRow> derivation_builtins() { return kTable; }

Value derivation_function(Vm& vm) {
  return vm.evaluate_text(kDerivationText, "<nix/derivation.nix>", "/");
}

std::string_view embedded_file(std::string_view name) {
  if (name == "fetchurl.nix") return kFetchurlText;
  return {};
}

}  // namespace evalctl::stdlib
