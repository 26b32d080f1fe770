#include "evaluator/jit/image.h"

#include <llvm/Object/ELFObjectFile.h>

#include <cstring>
#include <map>
#include <optional>

namespace evalctl::evaluator::jit {
namespace {

using llvm::object::ELF64LEObjectFile;
using llvm::object::ELFSectionRef;
using llvm::object::SectionRef;
using llvm::object::SymbolRef;

class Linker {
 public:
  Linker(const ELF64LEObjectFile& object, Image& image) : object_(object), image_(image) {}

  bool link(std::span<const std::string> names) {
    // Unwinding tables come last, and a zero word ends them.
    for (bool frames : {false, true})
      for (const SectionRef& section : object_.sections())
        if (is_loaded(section) && is_frames(section) == frames && !place(section)) return false;
    image_.bytes.resize(image_.bytes.size() + 8);
    for (const SectionRef& section : object_.sections())
      if (!relocate(section)) return false;
    return find_entries(names);
  }

 private:
  static bool is_loaded(const SectionRef& section) { return ELFSectionRef(section).getFlags() & llvm::ELF::SHF_ALLOC; }
  static bool is_frames(const SectionRef& section) {
    auto name = section.getName();
    if (name) return *name == ".eh_frame";
    llvm::consumeError(name.takeError());
    return false;
  }

  bool place(const SectionRef& section) {
    if (ELFSectionRef(section).getFlags() & llvm::ELF::SHF_WRITE && section.getSize() != 0) return false;
    auto contents = section.getContents();
    if (!contents) {
      llvm::consumeError(contents.takeError());
      return false;
    }
    std::size_t alignment = std::max<std::size_t>(section.getAlignment().value(), 8);
    std::size_t offset = (image_.bytes.size() + alignment - 1) / alignment * alignment;
    image_.bytes.resize(offset);
    image_.bytes.insert(image_.bytes.end(), contents->begin(), contents->end());
    offsets_[section.getIndex()] = offset;
    if (is_frames(section)) image_.frames = static_cast<std::uint32_t>(offset);
    return true;
  }

  std::optional<std::uint64_t> address(const SymbolRef& symbol) {
    auto section = symbol.getSection();
    auto value = symbol.getValue();
    if (!section || !value || *section == object_.section_end()) {
      if (!section) llvm::consumeError(section.takeError());
      if (!value) llvm::consumeError(value.takeError());
      return std::nullopt;
    }
    auto found = offsets_.find((*section)->getIndex());
    return found == offsets_.end() ? std::nullopt : std::optional(found->second + *value);
  }

  bool relocate(const SectionRef& section) {
    auto target = section.getRelocatedSection();
    if (!target) {
      llvm::consumeError(target.takeError());
      return false;
    }
    if (*target == object_.section_end() || !offsets_.contains((*target)->getIndex())) return true;
    std::uint64_t base = offsets_[(*target)->getIndex()];
    for (const llvm::object::RelocationRef& relocation : section.relocations())
      if (!apply(relocation, base)) return false;
    return true;
  }

  // Only distances are known beforehand: anything that needs an address is refused.
  bool apply(const llvm::object::RelocationRef& relocation, std::uint64_t base) {
    auto symbol = relocation.getSymbol();
    if (symbol == object_.symbol_end()) return false;
    std::optional<std::uint64_t> to = address(*symbol);
    auto addend = llvm::object::ELFRelocationRef(relocation).getAddend();
    if (!to || !addend) {
      if (!addend) llvm::consumeError(addend.takeError());
      return false;
    }
    std::uint64_t at = base + relocation.getOffset();
    auto distance = static_cast<std::int64_t>(*to + static_cast<std::uint64_t>(*addend) - at);
    switch (relocation.getType()) {
      case llvm::ELF::R_X86_64_PC32:
      case llvm::ELF::R_X86_64_PLT32: {
        auto narrow = static_cast<std::int32_t>(distance);
        std::memcpy(&image_.bytes[at], &narrow, sizeof narrow);
        return narrow == distance;
      }
      case llvm::ELF::R_X86_64_PC64: std::memcpy(&image_.bytes[at], &distance, sizeof distance); return true;
      default: return false;
    }
  }

  bool find_entries(std::span<const std::string> names) {
    std::map<std::string, std::uint64_t> known;
    for (const SymbolRef& symbol : object_.symbols()) {
      auto name = symbol.getName();
      auto where = address(symbol);
      if (name && where) known[name->str()] = *where;
      if (!name) llvm::consumeError(name.takeError());
    }
    for (const std::string& name : names) {
      auto found = known.find(name);
      if (!name.empty() && found == known.end()) return false;
      image_.entries.push_back(name.empty() ? kDeclined : static_cast<std::uint32_t>(found->second));
    }
    return true;
  }

  const ELF64LEObjectFile& object_;
  Image& image_;
  std::map<std::uint64_t, std::uint64_t> offsets_;  // of sections in the image
};

}  // namespace

bool link_image(llvm::MemoryBufferRef buffer, std::span<const std::string> names, Image& image) {
  auto object = llvm::object::ObjectFile::createELFObjectFile(buffer);
  if (!object) {
    llvm::consumeError(object.takeError());
    return false;
  }
  auto* elf = llvm::dyn_cast<ELF64LEObjectFile>(object->get());
  return elf && Linker(*elf, image).link(names);
}

}  // namespace evalctl::evaluator::jit
