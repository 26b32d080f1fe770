// The table of codes, and what is asked of functions.
#include "evaluator/program.h"

#include <sys/mman.h>

#include <algorithm>
#include <mutex>

#include "base/huge_pages.h"
#include "evaluator/page_ahead.h"
#include "evaluator/permanent.h"

namespace evalctl::evaluator {
namespace {

constexpr std::size_t kMostCodes = std::size_t{1} << 30;

std::size_t most_codes = kMostCodes;

// What a small evaluation needs of the table stands before its first huge page.
constexpr std::size_t kSmallTable = std::size_t{1} << 16;

// Address space costs nothing; where it is limited, less will do.
Code* reserve_table() {
  constexpr std::size_t kLeastCodes = std::size_t{1} << 16;
  for (; most_codes >= kLeastCodes; most_codes /= 2) {
    std::size_t bytes = most_codes * sizeof(Code) + 2 * base::kHugePage;
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) continue;
    if (most_codes < kMostCodes) {
      // A quarter of what was left: the heap and the stack need some, too.
      most_codes /= 4;
      std::size_t kept = most_codes * sizeof(Code) + 2 * base::kHugePage;
      munmap(static_cast<char*>(p) + kept, bytes - kept);
      bytes = kept;
    }
    auto page = (reinterpret_cast<std::uintptr_t>(p) + kSmallTable + base::kHugePage - 1) & ~(base::kHugePage - 1);
    base::use_huge_pages(reinterpret_cast<void*>(page), bytes - 2 * base::kHugePage);
    return reinterpret_cast<Code*>(page - kSmallTable);
  }
  end_without_memory();
}

std::atomic<std::uint32_t> next_code{0};

}  // namespace

Code* const code_table = reserve_table();

// How many huge pages are used or will be soon: the next one once a half of what stands before it is used.
static std::size_t pages_wanted(std::size_t codes) {
  std::size_t bytes = codes * sizeof(Code);
  if (bytes < kSmallTable / 2) return 0;
  return bytes < kSmallTable ? 1 : (bytes - kSmallTable + base::kHugePage / 2) / base::kHugePage + 1;
}

std::uint32_t add_codes(std::uint32_t count) {
  std::uint32_t first = next_code.fetch_add(count);
  if (first + std::size_t{count} > most_codes) end_without_memory();
  std::size_t wanted = pages_wanted(first + count);
  if (wanted == pages_wanted(first)) return first;
  char* end = reinterpret_cast<char*>(code_table) + kSmallTable + wanted * base::kHugePage;
  if (PageAhead* helper = PageAhead::of_process()) helper->touch(end - base::kHugePage, end);
  return first;
}

SourceFiles::~SourceFiles() {
  for (std::uint32_t page = 0; page < kPages && pages_[page]; ++page) delete pages_[page].load();
}

void SourceFiles::tell_ir(std::uint32_t number) { page_of(number).irs[number & (kPageFiles - 1)] = *(*this)[number].ir; }

std::uint32_t SourceFiles::add(SourceFile file) {
  std::lock_guard lock(mutex_);
  std::uint32_t number = count_.load(std::memory_order_relaxed);
  auto& page = pages_[number >> kPageBits];
  if (!page.load(std::memory_order_relaxed)) page.store(new Page, std::memory_order_release);
  (*this)[number] = std::move(file);
  count_.store(number + 1, std::memory_order_release);
  return number;
}

Value* Vm::Program::new_word() {
  std::lock_guard lock(mutex_);
  return &words_.emplace_back().word;
}

IrFunction function_of(Vm& vm, const Code& code) { return vm.program().files.ir_of(code.file).function(code.function); }

Symbol name_of(Vm& vm, const Code& code) { return vm.program().files[code.file].ir->names[function_of(vm, code).name]; }

Position position_of(Vm& vm, const Code& code) { return {code.file, function_of(vm, code).offset}; }

std::span<const IrFormal> formals_of(Vm& vm, const Code& code) {
  const Body* body = body_if_made(code);
  return body ? body->formal_list : generate(vm, code)->formal_list;
}

bool is_comparison(Vm& vm, Value function) {
  if (function.is(Kind::PartialApplication)) function = as_partial(function)->function;
  if (!function.is(Kind::Closure)) return false;
  const Code& code = code_of(function.object());
  const Body* body = body_if_made(code);
  if (!body && !(body = generate(vm, code))) return false;
  std::span instructions(body->instructions, body->instruction_count);
  bool has_branches = std::ranges::any_of(instructions, [](const Instruction& i) { return i.op == Op::Jump || i.op == Op::JumpFalse || i.op == Op::JumpTrue; });
  if (has_branches || instructions.size() < 2) return false;
  const Instruction &last = instructions.back(), &before = instructions[instructions.size() - 2];
  auto may_tell_order = [&](Operand o) {
    auto forced = std::ranges::find_if(instructions, [&](const Instruction& i) { return i.op == Op::Force && (kRegister | i.d) == o; });
    if (forced != instructions.end()) o = forced->a;
    return (o & ~kOperandMask) != kConstant || body->constants[o & kOperandMask] == vm.integer(0);
  };
  return last.op == Op::Return && before.op == Op::Less && before.d == last.a && may_tell_order(before.a) && may_tell_order(before.b);
}

IrParameter parameter_of(Vm& vm, Value function) {
  std::uint32_t index = 0;
  if (function.is(Kind::PartialApplication)) {
    index = as_partial(function)->size;
    function = as_partial(function)->function;
  }
  const Code& code = code_of(function.object());
  return vm.program().files[code.file].ir->parameter(function_of(vm, code), index);
}

}  // namespace evalctl::evaluator
