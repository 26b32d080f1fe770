#include "cli/derivations.h"

#include <cctype>
#include <unordered_set>

namespace evalctl::cli {
namespace {

using namespace evaluator;

// Attributes whose names are none of a plain identifier are passed over.
bool is_plain_name(std::string_view name) {
  if (name.empty() || !(std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_')) return false;
  for (unsigned char c : name) {
    if (!std::isalnum(c) && c != '-' && c != '_' && c != '+') return false;
  }
  return true;
}

class Finder {
 public:
  Finder(Session& session, std::vector<FoundDerivation>& found) : session_(session), vm_(session.vm), found_(found) {}

  bool value(Value root) {
    Vm::Depth level(vm_);
    if (!level) return false;
    Value v = session_.auto_call(root);
    if (v) v = vm_.force(v);
    bool enter = false;
    if (!v || !derivation(v, enter)) return false;
    if (!enter) return true;
    if (v.is(Kind::Attrs)) return attributes_of(as_attrs(v));
    if (v.is(Kind::List)) return elements_of(as_list(v));
    vm_.fail_type("expression does not evaluate to a derivation (or a set or list of those)");
    vm_.error->culprit.push_back(v);
    vm_.error->help = v.is_function() ? "this gives a function: an argument is missing" : "this is to give a derivation, or a set or a list of them";
    return false;
  }

 private:
  // Takes `forced` if it is a derivation; otherwise `enter` becomes true.
  bool derivation(Value forced, bool& enter) {
    enter = true;
    if (!forced.is(Kind::Attrs)) return true;
    AttrsObject* attrs = as_attrs(forced);
    if (!vm_.is_derivation(attrs)) return !vm_.error;
    enter = false;
    return !seen_.insert(attrs).second || take(attrs);
  }

  bool take(AttrsObject* attrs) {
    Attr drv_path = find(attrs, vm_.symbols.drv_path);
    if (!drv_path) {
      vm_.fail(ErrorKind::MissingAttribute, "derivation does not contain a 'drvPath' attribute");
      return false;
    }
    FoundDerivation result;
    const Context* context = nullptr;
    if (!vm_.coerce_to_path(*drv_path.slot, result.drv_path, context, "the 'drvPath' attribute of a derivation")) return false;
    if (Attr output = find(attrs, vm_.symbols.output_name)) {
      const StringObject* name = vm_.force_string(*output.slot, "the output name of a derivation");
      if (!name) return false;
      result.output_name = name->view();
    }
    if (result.output_name.empty()) {
      vm_.fail_other("derivation '{}' lacks an 'outputName' attribute", result.drv_path);
      return false;
    }
    found_.push_back(std::move(result));
    return true;
  }

  bool attributes_of(AttrsObject* attrs) {
    bool combine = bool(find(attrs, intern("_combineChannels")));
    for (const Attr& attribute : attributes_by_text(attrs)) {
      if (!is_plain_name(text_of(attribute.name))) continue;
      if (combine ? !value(*attribute.slot) : !member(*attribute.slot)) return false;
    }
    return true;
  }

  bool member(Value slot) {
    Value forced = vm_.force(slot);
    bool enter = false;
    if (!forced || !derivation(forced, enter)) return false;
    if (!enter || !forced.is(Kind::Attrs)) return true;
    Attr recurse = find(as_attrs(forced), vm_.symbols.recurse);
    bool wanted = false;
    if (recurse && !vm_.force_bool(*recurse.slot, wanted, "the attribute `recurseForDerivations`")) return false;
    return !wanted || value(forced);
  }

  bool elements_of(ListObject* list) {
    for (std::uint32_t i = 0; i < list->size; ++i) {
      Value forced = vm_.force(list->items[i]);
      bool enter = false;
      if (!forced || !derivation(forced, enter)) return false;
      if (enter && !value(forced)) return false;
    }
    return true;
  }

  Session& session_;
  Vm& vm_;
  std::vector<FoundDerivation>& found_;
  // Kept: what a function gave would make room for what the next one gives, at the same address.
  std::unordered_set<const Object*, std::hash<const Object*>, std::equal_to<>, TracedAllocator<const Object*>> seen_;
};

}  // namespace

bool find_derivations(Session& session, Value root, std::vector<FoundDerivation>& found) {
  return Finder(session, found).value(root);
}

}  // namespace evalctl::cli
