// Micro cases of the machine (Google Benchmark): what evaluation does all the time, one thing at a time.
//
//   bench_machine [--benchmark_filter=REGEX]
//
// Each case is a Nix function that does its thing a thousand times, so the time in µs is that of one in ns.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/world.h"

namespace {

using namespace evalctl;

constexpr std::int64_t kRepetitions = 1000;

struct Case {
  const char* name;
  // A function of how often it is to be done; its result is forced.
  std::string_view program;
};

constexpr Case kCases[] = {
    {"loop", "n: let loop = i: if i == 0 then 0 else loop (i - 1); in loop n"},
    {"call_two_arguments", "n: let f = a: b: a; loop = i: if i == 0 then 0 else loop (f (i - 1) i); in loop n"},
    {"call_formals", "n: let f = { a, b ? 1, ... }: a; loop = i: if i == 0 then 0 else loop (f { a = i - 1; }); in loop n"},
    {"call_builtin", "n: let loop = i: if i == 0 then 0 else loop (builtins.sub i 1); in loop n"},
    {"allocate_set", "n: let loop = i: s: if i == 0 then s else loop (i - 1) { a = i; b = s.a; }; in (loop n { a = 1; }).a"},
    {"allocate_list", "n: builtins.length (builtins.genList (i: [ i i i ]) n)"},
    {"allocate_thunk", "n: let f = x: 0; loop = i: if i == 0 then 0 else loop (i - 1 + f (i * 2)); in loop n"},
    {"select", "n: let s = { a = 1; b = 2; c = 3; d = 1; }; loop = i: if i == 0 then 0 else loop (i - s.d); in loop n"},
    {"select_deep", "n: let s.a.b.c.d = 1; loop = i: if i == 0 then 0 else loop (i - s.a.b.c.d); in loop n"},
    {"select_default", "n: let s = { a = 1; }; loop = i: if i == 0 then 0 else loop (i - (s.b or 1)); in loop n"},
    {"update_small", "n: let loop = i: s: if i == 0 then s.b else loop (i - 1) (s // { b = i; }); in loop n { a = 1; b = 2; c = 3; }"},
    {"update_large", "n: let large = builtins.listToAttrs (builtins.genList (i: { name = \"n${toString i}\"; value = i; }) 1000); "
                     "loop = i: s: if i == 0 then s.n1 else loop (i - 1) (s // { n1 = i; }); in loop n large"},
    {"interpolate", "n: let loop = i: s: if i == 0 then s else loop (i - 1) \"x${toString i}y\"; in builtins.stringLength (loop n \"\")"},
    {"concatenate_lists", "n: let loop = i: l: if i == 0 then l else loop (i - 1) ([ i ] ++ [ 1 2 3 ]); in builtins.length (loop n [ ])"},
};

// Calls the case's function over and over.
void run_case(benchmark::State& state, evaluator::Vm& vm, std::string_view program) {
  evaluator::Value function = vm.evaluate_text(program, "«bench»", "/");
  vm.kept.push_back(function);
  for (auto _ : state) {
    evaluator::Value result = function ? vm.call(function, vm.integer(kRepetitions)) : function;
    if (!result || !vm.force(result)) {
      state.SkipWithError(vm.error ? vm.error->message.c_str() : "no value");
      break;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kRepetitions);
}

void hash(benchmark::State& state, base::HashAlgorithm algorithm) {
  std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(base::hash_bytes(algorithm, bytes));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void register_cases(evaluator::Vm& vm) {
  for (const Case& one : kCases) {
    benchmark::RegisterBenchmark(one.name, [&vm, program = one.program](benchmark::State& state) { run_case(state, vm, program); });
  }
  for (base::HashAlgorithm algorithm : {base::HashAlgorithm::Md5, base::HashAlgorithm::Sha1, base::HashAlgorithm::Sha256, base::HashAlgorithm::Sha512}) {
    std::string name = "hash_" + std::string(base::name_of(algorithm));
    benchmark::RegisterBenchmark(name.c_str(), [algorithm](benchmark::State& state) { hash(state, algorithm); })->Arg(64)->Arg(1 << 16);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  // Never taken down: the end of the process does that. A machine stays on the thread that it began on.
  auto& world = *new stdlib::World;
  auto& vm = *new evaluator::Vm(world);
  evaluator::run_on_large_stack(vm, std::size_t{1} << 30, [](void* raw) {
    auto& machine = *static_cast<evaluator::Vm*>(raw);
    if (!stdlib::world_of(machine).open_store("")) std::abort();
    stdlib::define_builtins(machine);
    register_cases(machine);
    benchmark::RunSpecifiedBenchmarks();
  }, &vm);
  return 0;
}
