// What the code gave up with itself: `assert`, `throw` and `abort`. Their message says what, not what led there.
#include <fmt/ranges.h>

#include <algorithm>

#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

std::string in_one_line(std::string_view text) {
  std::string line;
  for (char c : text) {
    bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) line += c;
    else if (!line.empty() && line.back() != ' ') line += ' ';
  }
  return line;
}

class Thrown {
 public:
  explicit Thrown(Diagnosis& d) : d_(d), at_(d.places.front()), tree_(d.tree(at_.file)) {}

  void assertion() {
    auto node = node_at(NodeKind::Assert);
    if (!node) return;
    NodeId condition{node->index + 1};
    d_.set_primary(d_.range_of(at_.file, {at_.offset, tree_.range(condition).end}), "this is false");
    std::string written = in_one_line(tree_.text(condition));
    constexpr std::size_t kLongest = 100;
    bool normal_form = d_.error.message.starts_with("assertion '") && d_.error.message.ends_with("' failed");
    if (normal_form && written.size() <= kLongest) d_.out.message = fmt::format("assertion `{}` failed", written);
    std::vector<std::string> names = variables(condition);
    caller();
    d_.out.help = names.empty() ? "change what the condition compares, or remove the `assert`" : fmt::format("change `{}`, or the condition", fmt::join(names, "` or `"));
  }

  void thrown() {
    bool reason = branch();
    bool called = caller();
    d_.out.help = called   ? "the message is this code's own: change what it is called with"
                  : reason ? "the message is this code's own: change what leads into this branch"
                           : fmt::format("the message is this code's own: remove the `{}`, or do not use what it stands for", d_.error.kind == ErrorKind::Abort ? "abort" : "throw");
  }

 private:
  std::optional<NodeId> node_at(NodeKind kind) {
    for (std::uint32_t i = 1; i < tree_.node_count(); ++i)
      if (tree_.kind({i}) == kind && tree_.range({i}).begin == at_.offset) return NodeId{i};
    return std::nullopt;
  }

  void label(SourceRange range, std::string text) { d_.out.labels.push_back({std::move(range), std::move(text)}); }

  // The variables of a condition that the same file binds; the `let` that gives one its value is shown.
  std::vector<std::string> variables(NodeId condition) {
    std::vector<std::string> names;
    for (std::uint32_t i = condition.index; i < condition.index + tree_.size(condition) && names.size() < 2; ++i) {
      if (tree_.kind({i}) != NodeKind::Identifier || tree_.kind({i - 1}) == NodeKind::AttrPath) continue;
      std::string name(tree_.text({i}));
      auto value = d_.bound_value(at_.file, {i});
      bool function = value && tree_.kind(*value) == NodeKind::Lambda;
      if (function || (!value && !is_argument(name)) || std::find(names.begin(), names.end(), name) != names.end()) continue;
      if (value && !tree_.slice(tree_.range(*value)).starts_with("import")) label(d_.range_of(at_.file, *value), "its value comes from here");
      names.push_back(std::move(name));
    }
    return names;
  }

  // Whether a function around the place takes an argument of that name.
  bool is_argument(std::string_view name) {
    for (NodeId id : d_.around(at_.file, at_.offset)) {
      if (tree_.kind(id) != NodeKind::Lambda) continue;
      NodeId parameter{id.index + 1};
      for (std::uint32_t i = parameter.index; i < parameter.index + tree_.size(parameter); ++i)
        if (tree_.kind({i}) == NodeKind::Identifier && tree_.text({i}) == name) return name != "lib" && name != "pkgs";
    }
    return false;
  }

  // The decision that led into the branch that throws, if it is in the same function.
  bool branch() {
    auto chain = d_.around(at_.file, at_.offset);
    for (std::size_t i = chain.size(); i-- > 1;) {
      NodeKind outer = tree_.kind(chain[i - 1]);
      if (outer == NodeKind::Lambda || outer == NodeKind::Binding || outer == NodeKind::List) return false;
      auto parts = children_of(tree_, chain[i - 1]);
      if (outer == NodeKind::If && chain[i] != parts[0]) {
        label(d_.range_of(at_.file, parts[0]), chain[i] == parts[1] ? "because this is true" : "because this is false");
        return true;
      }
      if (outer == NodeKind::Select && chain[i] == parts.back() && parts.size() == 3) {
        label(d_.range_of(at_.file, parser::Range{tree_.range(parts[0]).begin, tree_.range(parts[1]).end}), "because this is not there");
        return true;
      }
    }
    return false;
  }

  // The user's own call of the function that the place lies in.
  bool caller() {
    auto chain = d_.around(at_.file, at_.offset);
    auto function = std::find_if(chain.rbegin(), chain.rend(), [&](NodeId id) { return tree_.kind(id) == NodeKind::Lambda; });
    if (function == chain.rend()) return false;
    parser::Range inside = tree_.range(*function);
    for (Position p : d_.places) {
      if (!d_.is_user(p) || (p.file == at_.file && inside.begin <= p.offset && p.offset < inside.end)) continue;
      const parser::Tree& t = d_.tree(p.file);
      auto around = d_.around(p.file, p.offset);
      bool call = std::any_of(around.begin(), around.end(), [&](NodeId id) { return t.kind(id) == NodeKind::Apply && t.range(id).begin == p.offset; });
      if (!call) continue;
      label(d_.range_at(p, false), "called from here");
      return true;
    }
    return false;
  }

  Diagnosis& d_;
  Position at_;
  const parser::Tree& tree_;
};

}  // namespace

void diagnose_thrown(Diagnosis& d) {
  if (d.places.empty() || !d.out.primary || !d.out.help.empty()) return;
  if (!d.is_user(d.places.front())) {
    if (!is_library_file(d.out.primary->range.file)) d.out.help = "a library gives up on this: correct what the message names in what is marked";
    return;
  }
  if (d.error.kind == ErrorKind::Assertion) Thrown(d).assertion();
  else Thrown(d).thrown();
}

}  // namespace evalctl::stdlib
