// The interpreter: one dispatch loop over bytecode. A call in the language is a call of run().
#include <alloca.h>

#include <cstring>

#include "evaluator/operations.h"
#include "evaluator/program.h"
#include "evaluator/shape.h"

namespace evalctl::evaluator {
namespace {

CodeObject* allocate_object(Vm& vm, const Code* code) {
  auto* object = static_cast<CodeObject*>(vm.allocate(sizeof(CodeObject) + code->captures * sizeof(Value)));
  object->kind.store(code->is_lambda ? Kind::Closure : Kind::Thunk, std::memory_order_relaxed);
  object->code = code;
  if (!code->is_lambda) ++vm.statistics.thunks;
  return object;
}

// Where operands are: registers, captured words, constants.
struct Words {
  const Value* bases[3];
  const Value& at(Operand o) const { return bases[o >> 30][o & kOperandMask]; }
};

void fill(const Words& words_of, CodeObject* object, const std::vector<Operand>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) object->captures[i] = words_of.at(words[i]);
}

}  // namespace

Value run(Vm& vm, const Code* code, Value* captures, Value argument) {
  Vm::Depth level(vm);
  if (!level) return {};
  auto* regs = static_cast<Value*>(alloca((code->registers + 1) * sizeof(Value)));
  std::memset(static_cast<void*>(regs), 0, code->registers * sizeof(Value));
  if (code->is_lambda) regs[0] = argument;
  Words f{{regs, captures, code->constants.data()}};
  const Instruction* i = code->instructions.data();
  Value out;
#define STORE(expression)      \
  out = (expression);          \
  if (!out) [[unlikely]] goto failed; \
  regs[i->d] = out;            \
  break
  for (;; ++i) {
    switch (i->op) {
      case Op::Move: regs[i->d] = f.at(i->a); break;
      case Op::Force: {
        Value& slot = const_cast<Value&>(f.at(i->a));
        if ((i->a & kConstant) == 0) { STORE(vm.force_slot(slot)); }
        STORE(vm.force(slot));
      }
      case Op::MakeThunk:
      case Op::MakeClosure: {
        CodeObject* object = allocate_object(vm, code->children[i->a]);
        fill(f, object, code->lists[i->b]);
        regs[i->d] = Value(object);
        break;
      }
      case Op::Allocate: regs[i->d] = Value(allocate_object(vm, code->children[i->a])); break;
      case Op::Fill: fill(f, as_code(regs[i->d]), code->lists[i->b]); break;
      case Op::BindFormals:
        if (!bind_formals(vm, code, f.at(i->a), regs + i->d)) goto failed;
        break;
      case Op::DefaultMove:
        if (!regs[i->d]) regs[i->d] = f.at(i->a);
        break;
      case Op::DefaultAllocate:
        regs[i->b] = Value();
        if (!regs[i->d]) regs[i->d] = regs[i->b] = Value(allocate_object(vm, code->children[i->a]));
        break;
      case Op::DefaultFill:
        if (regs[i->d]) fill(f, as_code(regs[i->d]), code->lists[i->b]);
        break;
      case Op::Call: STORE(vm.call(f.at(i->a), regs + i->b, i->n));
      case Op::Return: return f.at(i->a);
      case Op::Jump: i = code->instructions.data() + i->a - 1; break;
      case Op::JumpFalse:
      case Op::JumpTrue: {
        Value v = f.at(i->a);
        if (!v.is_true() && !v.is_false()) { expected_bool(vm, v); goto failed; }
        if (v.is_true() == (i->op == Op::JumpTrue)) i = code->instructions.data() + i->b - 1;
        break;
      }
      case Op::CheckBool: {
        Value v = f.at(i->a);
        if (!v.is_true() && !v.is_false()) { expected_bool(vm, v); goto failed; }
        regs[i->d] = v;
        break;
      }
      case Op::Assert: {
        Value v = f.at(i->a);
        if (v.is_true()) break;
        if (v.is_false()) vm.fail(ErrorKind::Assertion, "assertion failed");
        else expected_bool(vm, v);
        goto failed;
      }
      case Op::Not: {
        Value v = f.at(i->a);
        if (!v.is_true() && !v.is_false()) { expected_bool(vm, v); goto failed; }
        regs[i->d] = Value::boolean(v.is_false());
        break;
      }
      case Op::Equal:
      case Op::NotEqual: {
        int same = vm.equal(f.at(i->a), f.at(i->b));
        if (same < 0) goto failed;
        regs[i->d] = Value::boolean((same == 1) == (i->op == Op::Equal));
        break;
      }
      case Op::Less:
      case Op::LessEqual: {
        int less = vm.less_than(f.at(i->a), f.at(i->b));
        if (less < 0) goto failed;
        regs[i->d] = Value::boolean((less == 1) == (i->op == Op::Less));
        break;
      }
      case Op::Add: STORE(add(vm, f.at(i->a), f.at(i->b)));
      case Op::Subtract: STORE(subtract(vm, f.at(i->a), f.at(i->b)));
      case Op::Multiply: STORE(multiply(vm, f.at(i->a), f.at(i->b)));
      case Op::Divide: STORE(divide(vm, f.at(i->a), f.at(i->b)));
      case Op::Negate: STORE(subtract(vm, vm.integer(0), f.at(i->a)));
      case Op::ConcatLists: STORE(concat_lists(vm, f.at(i->a), f.at(i->b)));
      case Op::Update: STORE(update_checked(vm, f.at(i->a), f.at(i->b)));
      case Op::ConcatStrings: STORE(concat_strings(vm, regs + i->a, i->n, true));
      case Op::ConcatPath: STORE(concat_path(vm, regs + i->a, i->n));
      case Op::Select: STORE(select(vm, f.at(i->a), code->sites[i->b]));
      case Op::SelectDynamic: STORE(select_dynamic(vm, f.at(i->a), f.at(i->b)));
      case Op::TrySelect: {
        const Site& site = code->sites[i->b];
        bool missing = false;
        out = try_select(vm, f.at(i->a), site, missing);
        if (missing) { i = code->instructions.data() + site.target - 1; break; }
        STORE(out);
      }
      case Op::TrySelectDynamic: {
        bool missing = false;
        out = try_select_dynamic(vm, f.at(i->a), f.at(i->b), missing);
        if (missing) { i = code->instructions.data() + code->lists[i->n][0] - 1; break; }
        STORE(out);
      }
      case Op::HasAttr: {
        Value set = f.at(i->a);
        regs[i->d] = Value::boolean(set.is(Kind::Attrs) && find(as_attrs(set), code->sites[i->b].name));
        break;
      }
      case Op::HasDynamic: STORE(has_dynamic(vm, f.at(i->a), f.at(i->b)));
      case Op::MakeAttrs: {
        const Shape* shape = code->shapes[i->a];
        AttrsObject* object = new_attrs(vm, shape);
        std::memcpy(static_cast<void*>(object->items), regs + i->b, shape->count * sizeof(Value));
        regs[i->d] = Value(object);
        break;
      }
      case Op::AddDynamic: STORE(add_dynamic(vm, regs[i->d], f.at(i->a), regs[i->b], {code->file, code->offsets[i - code->instructions.data()]}));
      case Op::Overrides: STORE(apply_overrides(vm, regs[i->d], regs + i->a, code, code->shapes[i->b]));
      case Op::MakeList: {
        const std::vector<Operand>& words = code->lists[i->b];
        ListObject* object = vm.new_list(words.size());
        for (std::size_t k = 0; k < words.size(); ++k) object->items[k] = f.at(words[k]);
        regs[i->d] = Value(static_cast<Object*>(object));
        break;
      }
      case Op::WithLookup: {
        const Site& site = code->sites[i->a];
        out = Value();
        bool found = false;
        for (Operand o : code->lists[i->b]) {
          out = with_lookup(vm, const_cast<Value&>(f.at(o)), site.name, found);
          if (found || vm.error) break;
        }
        if (!found && !vm.error) vm.fail(ErrorKind::Undefined, fmt::format("undefined variable '{}'", text_of(site.name)));
        STORE(out);
      }
      case Op::Fail: vm.fail_other("this expression could not be read"); goto failed;
    }
  }
#undef STORE
failed:
  note_failure(vm, code, static_cast<std::uint32_t>(i - code->instructions.data()));
  return {};
}

}  // namespace evalctl::evaluator
