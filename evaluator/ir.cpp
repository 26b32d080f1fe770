#include "evaluator/ir.h"

#include <algorithm>

namespace evalctl::evaluator {

namespace {

// Applies `visit` to each word of nodes, extra and functions that is a name, 0 excepted.
template <class Visit>
void each_name(IrParts& parts, Visit visit) {
  auto visit_name = [&](std::uint32_t& name) {
    if (name != 0) visit(name);
  };
  for (IrFunction& f : parts.functions) visit_name(f.name);
  for (IrNode& n : parts.nodes) {
    switch (n.kind) {
      case IrKind::Global:
      case IrKind::With: visit_name(n.a); break;
      case IrKind::Set:
      case IrKind::Let:
        for (std::uint32_t i = 0; i < parts.extra[n.a]; ++i) visit_name(parts.extra[n.a + 5 + 3 * i]);
        break;
      case IrKind::Select:
      case IrKind::HasAttr:
        for (std::uint32_t i = 0; i < parts.extra[n.b]; ++i) visit_name(parts.extra[n.b + 3 + 3 * i]);
        break;
      default: break;
    }
  }
}

}  // namespace

Ir::Ir(std::unique_ptr<const IrParts> owned)
    : nodes(owned->nodes), extra(owned->extra), functions(owned->functions), formals(owned->formals), parameters(owned->parameters),
      names(owned->names), text(owned->text), parts(std::move(owned)) {}

void number_names(IrParts& parts) {
  // By symbol: its index in `names`. All zero between the calls.
  thread_local std::vector<std::uint32_t> index;
  if (index.size() <= symbol_count()) index.resize(symbol_count() + symbol_count() / 2 + 1024);
  parts.names.push_back({});
  auto add = [&](std::uint32_t name) {
    if (index[name] != 0) return;
    index[name] = 1;
    parts.names.push_back({name});
  };
  each_name(parts, [&](std::uint32_t& name) { add(name); });
  // Those of parameters and formals as well: they are what a record names.
  for (const IrFormal& f : parts.formals) add(f.name.id);
  for (const IrParameter& p : parts.parameters)
    if (p.name.id != 0) add(p.name.id);
  std::ranges::sort(parts.names, {}, [](Symbol s) { return s.id; });
  parts.names.shrink_to_fit();
  for (std::uint32_t i = 1; i < parts.names.size(); ++i) index[parts.names[i].id] = i;
  each_name(parts, [&](std::uint32_t& name) { name = index[name]; });
  for (Symbol s : parts.names) index[s.id] = 0;
}

}  // namespace evalctl::evaluator
