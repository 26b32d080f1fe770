// What the compiler to machine code takes and gives. It lives in a shared library of its own, evalctl-jit.so, since loading
// LLVM takes longer than most evaluations; nobody outside of evaluator/jit links to it.
//
// Its product is an image: machine code with its constants and unwinding tables, already linked, which runs wherever it is
// mapped. The same image is used by the process that made it and kept for others.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluator/inlining.h"
#include "evaluator/program.h"

namespace evalctl::evaluator::jit {

// A function to compile. The body exists; it and the codes of its children are not written any more.
struct Unit {
  const Code* code;
  const Body* body;
  std::uint64_t id = 0;          // to stand in front of it
  std::vector<Callee> callees{};  // what its captured words probably are
};

constexpr std::uint32_t kDeclined = UINT32_MAX;

struct Image {
  std::vector<char> bytes;
  std::vector<std::uint32_t> entries;  // where the code of each unit begins, or kDeclined
  std::uint32_t frames = 0;            // where the unwinding tables begin, ended by a zero word; 0: there are none
};

// Compiles units into one image. False when that failed; nothing is lost then but speed. `codes` is code_table.
// Not thread-safe.
using Compile = bool(std::span<const Unit> units, const Code* codes, Image& image);
constexpr const char* kCompileSymbol = "evalctl_jit_compile";
// The stamp that the library was built with (evaluator/stamp.h): with another one it must not be called.
using Stamp = const char*();
constexpr const char* kStampSymbol = "evalctl_jit_stamp";

}  // namespace evalctl::evaluator::jit
