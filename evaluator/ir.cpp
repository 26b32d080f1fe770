#include "evaluator/ir.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace evalctl::evaluator {
std::uint64_t IrReader::long_number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    std::uint64_t byte = *at_++;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

void IrWriter::grow(std::size_t count) {
  std::size_t used = size();
  resize(std::max(2 * used, used + count + 256));
}

// Without the room that growing left.
void IrWriter::shrink() { resize(size()); }

void IrWriter::resize(std::size_t wanted) {
  std::size_t used = size();
  auto* larger = static_cast<std::uint8_t*>(std::realloc(bytes_.get(), wanted));
  if (!larger) throw std::bad_alloc();
  bytes_.release();
  bytes_.reset(larger);
  end_ = larger + used;
  limit_ = larger + wanted;
}

IrGroup::IrGroup(IrReader in) : sources(in), bindings(in) {
  count = in.number();
  flags = in.number();
  if (flags & kRecursive) base = in.number();
  source_count = in.number();
  sources = in;
  for (std::uint32_t i = 0; i < 2 * source_count; ++i) in.number();
  dynamic_count = in.number();
  bindings = in;
}

std::int64_t integer_of(const IrNode& node) {
  std::uint64_t bits = IrReader(node.rest).long_number();
  return static_cast<std::int64_t>(bits >> 1 ^ (0 - (bits & 1)));
}

double float_of(const IrNode& node) {
  double number;
  std::memcpy(&number, node.rest.at(), sizeof number);
  return number;
}

Ir::Ir(std::unique_ptr<const IrParts> owned)
    : IrView{owned->bytes.data(), owned->names, owned->functions.back()}, parts(std::move(owned)) {}

IrFunction IrView::function(std::uint32_t number) const {
  IrReader in(bytes + number);
  std::uint32_t traits = in.number();
  IrFunction f{traits_of(traits, in.number()), nullptr, 0, 0, 0, 0, in};
  f.offset = in.number();
  f.nodes = bytes + number - in.number();
  f.body = in.number();
  f.slots = in.number();
  if (f.arity > 0) f.name = in.number();
  f.parameters = in;
  return f;
}

IrParameter IrView::parameter(const IrFunction& function, std::uint32_t index) const {
  IrReader in = function.parameters;
  for (std::uint32_t i = 0; i < 2 * index; ++i) in.number();
  Symbol of = names[in.number()];
  return {of, function.offset + in.number()};
}

std::vector<IrFormal> IrView::formals(const IrFunction& function) const {
  IrReader in = function.parameters;
  for (std::uint32_t i = 0; i < 2u * function.arity; ++i) in.number();
  std::vector<IrFormal> formals(in.number());
  for (IrFormal& f : formals) {
    f.name = names[in.number()];
    f.offset = function.offset + in.number();
    f.fallback = in.optional();
  }
  return formals;
}

}  // namespace evalctl::evaluator
