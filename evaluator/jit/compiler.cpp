// A batch of functions: translate, optimise, emit an object, link it to an image.
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/DCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/GVN.h>
#include <llvm/Transforms/Scalar/JumpThreading.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <cstdlib>

#include "evaluator/jit/image.h"
#include "evaluator/jit/translator.h"
#include "evaluator/stamp.h"

// The bitcode of runtime.cpp, put into the library by the linker.
extern "C" const char _binary_runtime_bc_start[], _binary_runtime_bc_end[];

namespace evalctl::evaluator::jit {
namespace {

// Longer functions take too long to compile for what they gain.
constexpr std::uint32_t kMaximumInstructions = 600;

class Compiler {
 public:
  Compiler() {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
    auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
    if (!builder) {
      llvm::consumeError(builder.takeError());
      return;
    }
    builder->setRelocationModel(llvm::Reloc::PIC_).setCodeModel(llvm::CodeModel::Small).setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
    auto machine = builder->createTargetMachine();
    if (!machine) {
      llvm::consumeError(machine.takeError());
      return;
    }
    llvm::StringRef bytes(_binary_runtime_bc_start, static_cast<std::size_t>(_binary_runtime_bc_end - _binary_runtime_bc_start));
    auto runtime = llvm::parseBitcodeFile(llvm::MemoryBufferRef(bytes, "runtime"), context_);
    if (!runtime) {
      llvm::consumeError(runtime.takeError());
      return;
    }
    machine_ = std::move(*machine);
    runtime_ = std::move(*runtime);
    prepare_runtime();
  }

  bool compile(std::span<const Unit> units, const Code* codes, Image& image) {
    if (!machine_) return false;
    std::unique_ptr<llvm::Module> module = llvm::CloneModule(*runtime_);
    std::vector<std::string> names;
    for (const Unit& unit : units) {
      std::string name = "f" + std::to_string(names.size());
      if (!translate(*module, unit, codes, name)) name.clear();
      names.push_back(name);
    }
    optimise(*module);
    llvm::orc::SimpleCompiler emit(*machine_);
    auto object = emit(*module);
    if (!object) {
      llvm::consumeError(object.takeError());
      return false;
    }
    return link_image((*object)->getMemBufferRef(), names, image);
  }

 private:
  // Functions of the runtime vanish once they are inlined, and are compiled for this machine.
  void prepare_runtime() {
    if (auto* used = runtime_->getGlobalVariable("llvm.compiler.used")) used->eraseFromParent();
    runtime_->setDataLayout(machine_->createDataLayout());
    for (llvm::Function& f : *runtime_) {
      if (f.isDeclaration()) continue;
      f.setLinkage(llvm::GlobalValue::InternalLinkage);
      f.removeFnAttr("target-cpu");
      f.removeFnAttr("target-features");
      f.removeFnAttr("tune-cpu");
    }
  }

  static bool translate(llvm::Module& module, const Unit& unit, const Code* codes, const std::string& name) {
    if (unit.body->instruction_count > kMaximumInstructions) return false;
    llvm::Function* function = Translator(module, unit, codes, name, Translator::Inside::Nothing).translate();
    if (!function) {
      module.getFunction(name)->eraseFromParent();
      return false;
    }
#ifndef NDEBUG
    if (llvm::verifyFunction(*function, &llvm::errs())) std::abort();
#endif
    return true;
  }

  void optimise(llvm::Module& module) {
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(machine_.get());
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    llvm::ModulePassManager passes;
    passes.addPass(llvm::AlwaysInlinerPass(false));
    passes.addPass(llvm::GlobalDCEPass());
    llvm::FunctionPassManager each;
    each.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
    each.addPass(llvm::EarlyCSEPass());
    each.addPass(llvm::SimplifyCFGPass());
    each.addPass(llvm::InstCombinePass());
    each.addPass(llvm::JumpThreadingPass());
    each.addPass(llvm::GVNPass());
    each.addPass(llvm::SimplifyCFGPass());
    each.addPass(llvm::InstCombinePass());
    each.addPass(llvm::DCEPass());
    passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(each)));
    passes.run(module, modules);
  }

  llvm::LLVMContext context_;
  std::unique_ptr<llvm::TargetMachine> machine_;
  std::unique_ptr<llvm::Module> runtime_;
};

}  // namespace
}  // namespace evalctl::evaluator::jit

extern "C" __attribute__((visibility("default"))) bool evalctl_jit_compile(std::span<const evalctl::evaluator::jit::Unit> units,
                                                                           const evalctl::evaluator::Code* codes,
                                                                           evalctl::evaluator::jit::Image& image) {
  static auto* compiler = new evalctl::evaluator::jit::Compiler;
  return compiler->compile(units, codes, image);
}

extern "C" __attribute__((visibility("default"))) const char* evalctl_jit_stamp() { return evalctl::evaluator::kStamp; }
