#include "evaluator/assertion.h"

#include "evaluator/normal_form.h"
#include "evaluator/program.h"
#include "parser/parse.h"

namespace evalctl::evaluator {
namespace {

constexpr std::string_view kPlain = "assertion failed";

// Looks for the first difference of two values, as == does, and fails with words for it.
class Difference {
 public:
  explicit Difference(Vm& vm) : vm_(vm) {}

  // False when a difference was found, or evaluation failed; then the error is pending.
  bool compare(Value left, Value right) {
    Vm::Depth level(vm_);
    if (!level) return false;
    Value a = vm_.force(left), b = a ? vm_.force(right) : Value();
    if (!b) return false;
    bool numbers = is_number(a) && is_number(b);
    if (!numbers && Vm::type_name(a) != Vm::type_name(b)) {
      return say("{} of value '{}' is not equal to {} of value '{}'", Vm::describe_type(a), vm_.show(a), Vm::describe_type(b), vm_.show(b));
    }
    if (a.is(Kind::List)) return lists(as_list(a), as_list(b));
    if (a.is(Kind::Attrs)) return sets(as_attrs(a), as_attrs(b));
    if (a.is_function()) return say("distinct functions and immediate comparisons of identical functions compare as unequal");
    int same = vm_.equal(a, b);
    if (same != 0) return same == 1;
    if (numbers) return say("{} with value '{}' is not equal to {} with value '{}'", Vm::describe_type(a), vm_.show(a), Vm::describe_type(b), vm_.show(b));
    std::string_view type = a.is(Kind::Bool) ? "boolean" : Vm::type_name(a);
    return say("{} '{}' is not equal to {} '{}'", type, vm_.show(a), type, vm_.show(b));
  }

 private:
  static bool is_number(Value v) { return v.is(Kind::Integer) || v.is(Kind::Float); }

  template <class... A>
  bool say(fmt::format_string<A...> format, A&&... arguments) {
    vm_.fail(ErrorKind::Assertion, fmt::format(format, std::forward<A>(arguments)...));
    return false;
  }

  bool lists(ListObject* a, ListObject* b) {
    if (a->size != b->size) {
      return say("list of size '{}' is not equal to list of size '{}', left hand side is '{}', right hand side is '{}'", a->size, b->size,
                 vm_.show(Value(a)), vm_.show(Value(b)));
    }
    for (std::uint32_t i = 0; i < a->size; ++i) {
      if (a->items[i] == b->items[i] || compare(a->items[i], b->items[i])) continue;
      vm_.add_frame(fmt::format("while comparing list element {}", i));
      return false;
    }
    return true;
  }

  bool sets(AttrsObject* a, AttrsObject* b) {
    bool derivations = vm_.is_derivation(a) && vm_.is_derivation(b);
    if (vm_.error) return false;
    Attr left = find(a, vm_.symbols.out_path), right = find(b, vm_.symbols.out_path);
    if (derivations && left && right) {
      if (compare(*left.slot, *right.slot)) return true;
      vm_.add_frame("while comparing a derivation by its 'outPath' attribute");
      return false;
    }
    if (a->count() != b->count()) {
      return say("attribute names of attribute set '{}' differs from attribute set '{}'", vm_.show(Value(a)), vm_.show(Value(b)));
    }
    for (const Attr& attribute : attributes(a)) {
      std::string_view name = text_of(attribute.name);
      Attr other = find(b, attribute.name);
      if (!other) {
        return say("attribute name '{}' is contained in '{}', but not in '{}'", name, vm_.show(Value(a)), vm_.show(Value(b)));
      }
      if (*attribute.slot == *other.slot || compare(*attribute.slot, *other.slot)) continue;
      if (other.position().file) vm_.add_frame("where right hand side is", other.position());
      if (attribute.position().file) vm_.add_frame("where left hand side is", attribute.position());
      vm_.add_frame(fmt::format("while comparing attribute '{}'", name));
      return false;
    }
    return true;
  }

  Vm& vm_;
};

// The Assert node that begins at `offset`: the outermost one.
std::optional<parser::NodeId> find_assert(const parser::Tree& tree, std::uint32_t offset) {
  for (std::uint32_t i = 0; i < tree.node_count(); ++i) {
    parser::NodeId id{i};
    if (tree.kind(id) == parser::NodeKind::Assert && tree.range(id).begin == offset) return id;
  }
  return std::nullopt;
}

}  // namespace

Value fail_assertion(Vm& vm) { return vm.fail(ErrorKind::Assertion, std::string(kPlain)); }

Value fail_equality(Vm& vm, Value left, Value right) {
  return Difference(vm).compare(left, right) ? fail_assertion(vm) : Value();
}

void complete_assertion(Vm& vm) {
  EvalError& error = *vm.error;
  if (error.kind != ErrorKind::Assertion || error.message != kPlain || error.position.file == 0) return;
  const SourceFile& file = vm.program().files[error.position.file];
  parser::ParseResult parsed = parser::parse(file.text());
  auto found = find_assert(parsed.tree, error.position.offset);
  if (!found) return;
  // normal_form reports through the pending error, which has to stay.
  std::unique_ptr<EvalError> pending = std::move(vm.error);
  auto condition = normal_form(vm, parsed.tree, file.directory, {found->index + 1});
  vm.error = std::move(pending);
  if (condition) vm.error->message = fmt::format("assertion '{}' failed", *condition);
}

}  // namespace evalctl::evaluator
