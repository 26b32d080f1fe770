// Mistakes in the definitions of a module, told from the tree of options alone.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/diagnostic.h"
#include "lsp/evaluated_help.h"
#include "lsp/evaluation.h"
#include "lsp/findings.h"
#include "lsp/modules.h"
#include "lsp/option_types.h"

namespace evalctl::lsp {
namespace {

class Checker {
 public:
  // What is known of the option at a path, where the index has only names.
  using Around = std::function<OptionIndexPtr(const std::vector<std::string>& path)>;

  // `only_misspelt`: other modules, unknown here, may declare options of this one.
  Checker(const Document& document, const OptionIndex& index, Around around, bool only_misspelt, std::vector<Finding>& out)
      : analysis_(document.analysis()), tree_(analysis_.tree), index_(index), around_(std::move(around)), only_misspelt_(only_misspelt), out_(out) {}

  void run() {
    std::vector<OptionBinding> bindings = option_bindings(analysis_);
    // The names of another module system tell nothing.
    for (const OptionBinding& binding : bindings) {
      if (look_up(index_, {binding.path[0]}).known == 0 && binding.path[0] != "_module") ++foreign_;
      else ++known_;
    }
    if (foreign_ > (only_misspelt_ ? 0 : known_)) return;
    for (const OptionBinding& binding : bindings) check(binding);
  }

 private:
  void check(const OptionBinding& binding) {
    if (binding.path[0] == "_module") return;
    OptionPlace place = look_up(index_, binding.path);
    OptionIndexPtr part = place.option && index_.has_only_names() ? around_(binding.path) : nullptr;
    const OptionIndex& index = part ? *part : index_;
    if (part) place = look_up(index, binding.path);
    std::size_t outer = binding.path.size() - binding.attributes.size();
    if (place.unknown && place.known >= outer) return unknown(index, binding, place, place.known - outer);
    if (!place.type || place.known < outer) return;
    for (NodeId value : binding.values) check_value(value, *place.type, binding);
  }

  void unknown(const OptionIndex& index, const OptionBinding& binding, const OptionPlace& place, std::size_t number) {
    NodeId attribute = binding.attributes[number];
    auto name = parser::static_name(tree_, attribute);
    std::vector<std::string> path(binding.path.begin(), binding.path.begin() + static_cast<std::ptrdiff_t>(place.known + 1));
    bool declared_here = find_declaration(analysis_, path).index != 0 && declares(path);
    if (!name || declared_here || !reported_.insert(attribute.index).second) return;
    Finding finding = make_finding(Lint::UnknownOption, tree_.range(attribute), show_option(key_of(path)));
    std::vector<OptionIndex::Child> children = index.children(place.key);
    std::vector<std::string_view> known;
    for (const OptionIndex::Child& child : children) known.push_back(child.name);
    for (std::string_view near : base::near_names(*name, known)) {
      finding.fixes.push_back({fmt::format("Replace with '{}'", near), {{finding.range, std::string(near)}}, false});
    }
    if (!only_misspelt_ || !finding.fixes.empty()) out_.push_back(std::move(finding));
  }

  // Whether the file itself has the option among its `options`.
  bool declares(const std::vector<std::string>& path) const {
    NodeId found = find_declaration(analysis_, path);
    for (NodeId at = found; at.index != 0; at = analysis_.parent(at)) {
      if (tree_.kind(at) != NodeKind::Binding) continue;
      if (tree_.text({at.index + 2}) == "options") return true;
    }
    return false;
  }

  void check_value(NodeId value, const OptionType& type, const OptionBinding& binding) {
    auto error = type_error(tree_, value, type);
    if (error) {
      Finding finding = make_finding(Lint::WrongOptionType, tree_.range(value));
      finding.message = fmt::format("option '{}' is of type {}, and {}", show_option(key_of(binding.path)), type.description, *error);
      bool is_enum = !literals_of(type).empty() && tree_.kind(value) == NodeKind::String;
      std::vector<std::string> members = literals_of(type);
      std::vector<std::string_view> views(members.begin(), members.end());
      for (std::string_view near : is_enum ? base::near_names(tree_.text(value), views) : std::vector<std::string_view>{}) {
        finding.fixes.push_back({fmt::format("Replace with {}", near), {{finding.range, std::string(near)}}, false});
      }
      std::string_view text = tree_.text(value);
      if (finding.fixes.empty() && type.name == "bool" && (text == "\"true\"" || text == "\"false\"")) {
        std::string bare(text.substr(1, text.size() - 2));
        finding.fixes.push_back({fmt::format("Replace with '{}'", bare), {{finding.range, bare}}, false});
      }
      return out_.push_back(std::move(finding));
    }
    auto element = tree_.kind(value) == NodeKind::List ? element_type(type) : std::nullopt;
    if (!element || type.name != "listOf") return;
    for (NodeId item : tree_.children(value)) check_value(item, *element, binding);
  }

  const Analysis& analysis_;
  const Tree& tree_;
  const OptionIndex& index_;
  Around around_;
  bool only_misspelt_;
  std::vector<Finding>& out_;
  std::set<std::uint32_t> reported_;
  std::size_t foreign_ = 0, known_ = 0;
};

}  // namespace

void check_options(const Snapshot& snapshot, const Document& document, std::vector<Finding>& out) {
  Evaluation* evaluation = snapshot.evaluation();
  if (!evaluation || !is_module_of(snapshot, document)) return;
  OptionIndexPtr index = evaluation->options(snapshot, document.path);
  bool loose = evaluation->has_entries(snapshot, document.path) && !evaluation->is_configured(snapshot, document.path);
  auto around = [&](const std::vector<std::string>& path) { return evaluation->known_options_around(snapshot, document.path, path); };
  if (index) Checker(document, *index, around, loose, out).run();
}

std::vector<Finding> all_findings(const Snapshot& snapshot, const DocumentPtr& document) {
  std::vector<Finding> out = findings(*document, snapshot.settings());
  if (!snapshot.evaluation()) return out;
  bool syntax_error = !document->analysis().parsed.diagnostics.empty();
  bool open = document->version >= 0;
  if (open && !syntax_error) check_options(snapshot, *document, out);
  std::set<Range> known;
  for (const Finding& finding : out) {
    if (finding.severity == Severity::Error) known.insert(finding.range);
  }
  for (Finding& problem : snapshot.evaluation()->problems(*document)) {
    // What is told already needs no second message at the same place.
    bool told = syntax_error || std::ranges::any_of(known, [&](Range r) { return r.begin < problem.range.end && problem.range.begin < r.end; });
    if (!told) out.push_back(std::move(problem));
  }
  std::ranges::stable_sort(out, {}, [](const Finding& f) { return f.range; });
  return out;
}

}  // namespace evalctl::lsp
