// The evaluator as a worker uses it: values of nixpkgs and of the user's files, asked for without fear of failing.
//
// Nothing here leaves an error pending, save where a function says so.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/dependencies.h"
#include "evaluator/vm.h"
#include "lsp/evaluated.h"
#include "stdlib/world.h"

namespace evalctl::lsp {

// What a worker is told when it starts.
struct WorkerSetup {
  // The folder of nixpkgs; empty when none is known.
  std::string nixpkgs;
  // The flake's folder, or empty.
  std::string flake;
  std::string system;
  // Evaluate the modules' files of nixpkgs ahead of time.
  bool load_modules = false;
  std::uint64_t memory_bytes = 0;
};
void write(Writer& out, const WorkerSetup& setup);
WorkerSetup read_setup(Reader& in);

class Machine {
 public:
  explicit Machine(WorkerSetup setup) : setup(std::move(setup)), vm(world) {}

  WorkerSetup setup;
  stdlib::World world;
  evaluator::Vm vm;

  // To be called once, on the stack that evaluation runs on. False when the builtins cannot be made.
  bool start();
  // Evaluates what is the same for all that will be asked.
  void load();

  // ---- These return no value and leave the error pending.
  evaluator::Value expression(const std::string& text);
  // The value of a file, as `import` gives it.
  evaluator::Value import_file(const std::string& path);
  evaluator::Value packages();
  evaluator::Value library();
  evaluator::Value flake();
  // What the flake's outputs are made of, where that is an evaluated configuration as flake-parts has it; else the outputs.
  evaluator::Value flake_modules();
  // An evaluated configuration of the module system of nixpkgs with one module, a file; none where it is "".
  evaluator::Value system_with(const std::string& module);
  // What `call` makes of a function: once, where edits are followed.
  template <class Call>
  evaluator::Value call_once(evaluator::Value function, Call call) {
    if (!vm.dependencies) return call();
    return called_[function.bits()].get(vm.dependencies, call);
  }
  evaluator::Value select(evaluator::Value root, const std::vector<std::string>& names);

  // ---- These return nothing instead of failing.
  // The attribute `name` of a forced set, forced.
  evaluator::Value member(evaluator::Value set, std::string_view name);
  std::string text(evaluator::Value set, std::string_view name);
  std::optional<bool> flag(evaluator::Value set, std::string_view name);
  bool is_derivation(evaluator::Value forced);
  // The value in at most `width` bytes or so: nested to a small depth, derivations by name. Evaluates what it shows.
  std::string brief(evaluator::Value value, std::size_t width);
  // Text of a { _type = "literalExpression"; text = …; }, a mdDoc, or a string; else the value, shortened.
  std::string documentation_text(evaluator::Value value, std::size_t width);

  void forget_error() { vm.error.reset(); }

 private:
  void append_brief(evaluator::Value value, std::string& out, std::size_t width, unsigned depth);
  evaluator::Value keep(evaluator::Value value);
  void find_nixpkgs_of_flake();

  evaluator::Value packages_, library_;
  evaluator::RememberedValue flake_, flake_modules_;
  evaluator::RememberedValues<std::string> systems_;        // by module
  evaluator::RememberedValues<std::uint64_t> called_;       // by the word of the function
};

}  // namespace evalctl::lsp
