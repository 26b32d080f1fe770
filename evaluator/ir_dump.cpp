// IR as text.
#include <fmt/core.h>

#include <bit>

#include "evaluator/ir.h"

namespace evalctl::evaluator {
namespace {

constexpr std::string_view kNames[] = {
#define IR(name) #name,
#include "evaluator/ir.def"
};

class Dumper {
 public:
  explicit Dumper(const Ir& ir) : ir_(ir) {}

  std::string dump() {
    for (std::uint32_t i = static_cast<std::uint32_t>(ir_.functions.size()); i-- > 0;) function(i);
    return std::move(out_);
  }

 private:
  void line(int level, std::string_view text) { out_ += fmt::format("{:{}}{}\n", "", level * 2, text); }

  std::string_view name(std::uint32_t index) const { return text_of(ir_.names[index]); }

  static std::string place(Place p) { return fmt::format("{}{}", p & kCapturedWord ? 'c' : 's', p & ~kCapturedWord); }

  void function(std::uint32_t index) {
    const IrFunction& f = ir_.functions[index];
    std::string captures;
    for (std::uint32_t i = 0; i < f.capture_count; ++i) captures += ' ' + place(ir_.extra[f.captures + i]);
    std::string parameters;
    for (std::uint32_t i = 0; i < f.arity; ++i) parameters += fmt::format(" {}", text_of(ir_.parameters[f.parameters + i].name));
    line(0, fmt::format("function {} @{} slots {} captures [{}] parameters [{}]{}", index, f.offset, f.slots,
                        captures.empty() ? "" : captures.substr(1), parameters.empty() ? "" : parameters.substr(1), f.ellipsis ? " ..." : ""));
    for (std::uint32_t i = 0; i < f.formal_count; ++i) {
      const IrFormal& formal = ir_.formals[f.formals + i];
      line(1, fmt::format("formal {} = s{}", text_of(formal.name), f.arity + i));
      if (formal.fallback != kNone) node(formal.fallback, 2);
    }
    node(f.body, 1);
  }

  // The part of the line after the kind's name.
  std::string details(const IrNode& n) const {
    std::uint64_t bits = std::uint64_t(n.b) << 32 | n.a;
    switch (n.kind) {
      case IrKind::Integer: return fmt::format(" {}", static_cast<std::int64_t>(bits));
      case IrKind::Float: return fmt::format(" {}", std::bit_cast<double>(bits));
      case IrKind::String:
      case IrKind::Path: return fmt::format(" \"{}\"", std::string_view(ir_.text).substr(n.a, n.b));
      case IrKind::Local: return fmt::format(" s{}", n.a);
      case IrKind::Captured: return fmt::format(" c{}", n.a);
      case IrKind::Global: return fmt::format(" {}", name(n.a));
      case IrKind::WithScope: return fmt::format(" s{}", n.a);
      case IrKind::Lambda:
      case IrKind::Thunk: return fmt::format(" function {}", n.a);
      case IrKind::With: {
        std::string text = fmt::format(" {}", name(n.a));
        for (std::uint32_t i = 0; i < n.n; ++i) text += ' ' + place(ir_.extra[n.b + i]);
        return text;
      }
      default: return "";
    }
  }

  void group(std::uint32_t at, int level) {
    const std::uint32_t* g = &ir_.extra[at];
    const std::uint32_t* bindings = g + 5;
    const std::uint32_t* sources = bindings + 3 * g[0];
    const std::uint32_t* dynamics = sources + 2 * g[3];
    for (std::uint32_t i = 0; i < g[3]; ++i) {
      line(level, fmt::format("source s{}", sources[2 * i]));
      node(sources[2 * i + 1], level + 1);
    }
    for (std::uint32_t i = 0; i < g[0]; ++i) {
      std::string slot = g[2] & kRecursive ? fmt::format(" = s{}", g[1] + i) : "";
      line(level, fmt::format("{}{} @{}", name(bindings[3 * i]), slot, bindings[3 * i + 1]));
      node(bindings[3 * i + 2], level + 1);
    }
    for (std::uint32_t i = 0; i < g[4]; ++i) {
      line(level, fmt::format("dynamic @{}", dynamics[3 * i + 1]));
      node(dynamics[3 * i], level + 1);
      node(dynamics[3 * i + 2], level + 1);
    }
  }

  void path(const IrNode& n, int level) {
    const std::uint32_t* p = &ir_.extra[n.b];
    node(n.a, level);
    for (std::uint32_t i = 0; i < p[0]; ++i) {
      const std::uint32_t* element = p + 2 + 3 * i;
      line(level, element[2] == kNone ? fmt::format(".{}", name(element[1])) : std::string(".${}"));
      if (element[2] != kNone) node(element[2], level + 1);
    }
    if (p[1] == kNone) return;
    line(level, "or");
    node(p[1], level + 1);
  }

  void words(std::uint32_t at, std::uint32_t count, int level) {
    for (std::uint32_t i = 0; i < count; ++i) node(ir_.extra[at + i], level);
  }

  void node(std::uint32_t id, int level) {
    const IrNode& n = ir_.nodes[id];
    line(level, fmt::format("{} @{}{}", kNames[static_cast<int>(n.kind)], n.offset, details(n)));
    ++level;
    switch (n.kind) {
      case IrKind::JoinString:
      case IrKind::JoinPath: return words(n.a, n.n, level);
      case IrKind::List: return words(n.a, n.b, level);
      case IrKind::Set: return group(n.a, level);
      case IrKind::Let: group(n.a, level); return node(n.b, level);
      case IrKind::WithScope: return words(n.b, 2, level);
      case IrKind::Select:
      case IrKind::HasAttr: return path(n, level);
      case IrKind::Call: node(n.a, level); return words(n.b, n.n, level);
      case IrKind::If: node(n.a, level); return words(n.b, 2, level);
      case IrKind::Not:
      case IrKind::Negate: return node(n.a, level);
      default: break;
    }
    if (n.kind >= IrKind::Assert && n.kind < IrKind::Error) {
      node(n.a, level);
      node(n.b, level);
    }
  }

  const Ir& ir_;
  std::string out_;
};

}  // namespace

std::string dump_ir(const Ir& ir) { return Dumper(ir).dump(); }

}  // namespace evalctl::evaluator
