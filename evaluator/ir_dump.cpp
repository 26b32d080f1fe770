// IR as text.
#include <fmt/core.h>

#include <string>
#include <unordered_map>

#include "evaluator/ir.h"

namespace evalctl::evaluator {
namespace {

constexpr std::string_view kNames[] = {
#define IR(name, numbers) #name,
#include "evaluator/ir.def"
};

// What is empty has a kind of its own only for the sake of code generation.
std::string_view name_of(IrKind kind) {
  if (kind == IrKind::EmptyList) kind = IrKind::List;
  if (kind == IrKind::EmptySet) kind = IrKind::Set;
  return kNames[static_cast<std::size_t>(kind)];
}

class Dumper {
 public:
  explicit Dumper(const Ir& ir) : ir_(ir) {
    for (std::uint32_t number : ir.parts->functions) indices_.emplace(number, indices_.size());
  }

  // Functions around others stand behind them, and tell what those capture.
  std::string dump() {
    for (std::size_t i = indices_.size(); i-- > 0;) function(i);
    return std::move(out_);
  }

 private:
  void line(int level, std::string_view text) { out_ += fmt::format("{:{}}{}\n", "", level * 2, text); }

  std::string_view name(std::uint32_t index) const { return text_of(ir_.names[index]); }

  static std::string place(Place p) { return fmt::format("{}{}", p & kCapturedWord ? 'c' : 's', p & ~kCapturedWord); }

  static std::string places(IrReader in, std::uint32_t count) {
    std::string text;
    for (std::uint32_t i = 0; i < count; ++i) text += ' ' + place(read_place(in));
    return text;
  }

  void function(std::size_t index) {
    std::uint32_t number = ir_.parts->functions[index];
    IrFunction f = ir_.function(number);
    function_ = &f;
    const std::string& captures = captures_[number];
    std::string parameters;
    for (std::uint32_t i = 0; i < f.arity; ++i) parameters += fmt::format(" {}", text_of(ir_.parameter(f, i).name));
    line(0, fmt::format("function {} @{} slots {} captures [{}] parameters [{}]{}", index, f.offset, f.slots,
                        captures.empty() ? "" : captures.substr(1), parameters.empty() ? "" : parameters.substr(1), f.ellipsis ? " ..." : ""));
    std::uint32_t slot = f.arity;
    if (f.has_pattern) {
      for (const IrFormal& formal : ir_.formals(f)) {
        line(1, fmt::format("formal {} = s{}", text_of(formal.name), slot++));
        if (formal.fallback != kNone) node(formal.fallback, 2);
      }
    }
    node(f.body, 1);
  }

  // The part of the line after the kind's name.
  std::string details(const IrNode& n) {
    switch (n.kind) {
      case IrKind::Integer: return fmt::format(" {}", integer_of(n));
      case IrKind::Float: return fmt::format(" {}", float_of(n));
      case IrKind::String:
      case IrKind::Path: return fmt::format(" \"{}\"", n.rest.text(n.a));
      case IrKind::Local: return fmt::format(" s{}", n.a);
      case IrKind::Captured: return fmt::format(" c{}", n.a);
      case IrKind::Global: return fmt::format(" {}", name(n.a));
      case IrKind::WithScope: return fmt::format(" s{}", n.a);
      case IrKind::Lambda:
      case IrKind::Thunk: {
        IrChild child(n);
        captures_[child.function] = places(child.captures, child.capture_count);
        return fmt::format(" function {}", indices_.at(child.function));
      }
      case IrKind::With: return fmt::format(" {}{}", name(n.a), places(n.rest, n.b));
      default: return "";
    }
  }

  void group(IrReader at, int level) {
    IrGroup g(at);
    for (std::uint32_t i = 0; i < g.source_count; ++i) {
      line(level, fmt::format("source s{}", g.sources.number()));
      node(g.sources.number(), level + 1);
    }
    IrReader in = g.bindings;
    for (std::uint32_t i = 0; i < g.count; ++i) {
      std::string slot = g.flags & kRecursive ? fmt::format(" = s{}", g.base + i) : "";
      std::string_view bound = name(in.number());
      line(level, fmt::format("{}{} @{}", bound, slot, function_->offset + in.number()));
      node(in.number(), level + 1);
    }
    for (std::uint32_t i = 0; i < g.dynamic_count; ++i) {
      std::uint32_t of_name = in.number();
      line(level, fmt::format("dynamic @{}", function_->offset + in.number()));
      node(of_name, level + 1);
      node(in.number(), level + 1);
    }
  }

  void path(const IrNode& n, int level) {
    IrReader in = n.rest;
    std::uint32_t count = in.number(), otherwise = in.optional();
    node(n.a, level);
    for (std::uint32_t i = 0; i < count; ++i) {
      in.number();
      std::uint32_t index = in.number();
      line(level, index != 0 ? fmt::format(".{}", name(index)) : std::string(".${}"));
      if (index == 0) node(in.number(), level + 1);
    }
    if (otherwise == kNone) return;
    line(level, "or");
    node(otherwise, level + 1);
  }

  void words(IrReader in, std::uint32_t count, int level) {
    for (std::uint32_t i = 0; i < count; ++i) node(in.number(), level);
  }

  void node(std::uint32_t id, int level) {
    IrNode n = node_at(*function_, id);
    line(level, fmt::format("{} @{}{}", name_of(n.kind), n.offset, details(n)));
    ++level;
    switch (n.kind) {
      case IrKind::JoinString:
      case IrKind::JoinPath:
      case IrKind::List: return words(n.rest, n.a, level);
      case IrKind::EmptySet:
      case IrKind::Set: return group(n.rest, level);
      case IrKind::Let: group(n.rest, level); return node(n.a, level);
      case IrKind::WithScope: node(n.b, level); return words(n.rest, 1, level);
      case IrKind::Select:
      case IrKind::HasAttr: return path(n, level);
      case IrKind::Call: node(n.a, level); return words(n.rest, n.b, level);
      case IrKind::If: node(n.a, level); node(n.b, level); return words(n.rest, 1, level);
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
  const IrFunction* function_ = nullptr;
  std::unordered_map<std::uint32_t, std::size_t> indices_;      // by number
  std::unordered_map<std::uint32_t, std::string> captures_;
  std::string out_;
};

}  // namespace

std::string dump_ir(const Ir& ir) { return Dumper(ir).dump(); }

}  // namespace evalctl::evaluator
