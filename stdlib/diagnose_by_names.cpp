// Errors without a frame in the user's own text: what the message and the frames quote is looked up there.
#include <fmt/format.h>

#include <algorithm>

#include "stdlib/definitions.h"
#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"
#include "stdlib/module_errors.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;

class NameSearch {
 public:
  explicit NameSearch(Diagnosis& d) : d_(d), files_(d.user_files()) {}

  void run() {
    if (by_own_message() || by_option()) return;
    // What asks for something that is missing is the configuration, not who evaluates it.
    bool modules = std::any_of(d_.places.begin(), d_.places.end(), [&](Position p) { return d_.file(p).path.ends_with("/lib/modules.nix"); });
    if (d_.out.code == "E025" || (modules && !d_.only_led())) module_body();
  }

  // An assertion of the user's own: its condition, found by its message.
  bool by_own_message() {
    for (std::uint32_t file : files_) {
      const parser::Tree& t = d_.tree(file);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        if (t.kind({i}) != NodeKind::Binding || t.text({i + 1}) != "message") continue;
        NodeId value{i + 1 + t.size({i + 1})};
        if (t.kind(value) != NodeKind::String && t.kind(value) != NodeKind::IndentedString) continue;
        auto parts = parser::string_parts(t, value);
        if (parts.empty() || parts[0].text.size() < 4 || !d_.error.message.contains(parts[0].text.substr(0, parts[0].text.find('\n')))) continue;
        if (auto assertion = sibling(t, file, {i}, "assertion")) {
          take(*assertion, "this does not hold");
          return true;
        }
      }
    }
    return false;
  }

 private:
  void take(SourceRange range, std::string label) {
    if (d_.out.primary && !d_.places.empty()) d_.report_place(d_.places.front());
    d_.out.labels.clear();
    d_.set_primary(std::move(range), std::move(label));
  }

  // The value of another binding of the same set.
  std::optional<SourceRange> sibling(const parser::Tree& t, std::uint32_t file, NodeId binding, std::string_view name) {
    auto chain = d_.around(file, t.range(binding).begin);
    for (std::size_t i = chain.size(); i-- > 0;) {
      if (t.kind(chain[i]) != NodeKind::AttrSet) continue;
      for (NodeId c : t.children(chain[i])) {
        NodeId path{c.index + 1};
        if (t.kind(c) == NodeKind::Binding && t.text(path) == name) return d_.range_of(file, NodeId{path.index + t.size(path)});
      }
      return std::nullopt;
    }
    return std::nullopt;
  }

  // Words between quotes of any kind in the message.
  std::vector<std::string> quoted() const {
    std::vector<std::string> found = quoted_names(d_.error.message);
    std::string_view m = d_.error.message;
    for (auto [open, close] : {std::pair<std::string_view, std::string_view>{"‘", "’"}, {"'", "'"}, {"\"", "\""}}) {
      for (std::size_t at = m.find(open); at != m.npos;) {
        std::size_t begin = at + open.size(), end = m.find(close, begin);
        if (end == m.npos) break;
        if (end > begin && end - begin < 80) found.emplace_back(m.substr(begin, end - begin));
        at = m.find(open, end + close.size());
      }
    }
    return found;
  }

  // The option that was being evaluated, and what the message names inside of it.
  bool by_option() {
    constexpr std::string_view kStart = "while evaluating the option `";
    std::vector<std::string> words = quoted();
    for (const Frame& f : d_.error.frames) {
      if (!f.text.starts_with(kStart)) continue;
      std::string option;
      for (char c : f.text.substr(kStart.size(), f.text.find('\'', kStart.size()) - kStart.size()))
        if (c != '"') option += c;
      std::vector<std::string> tries;
      for (const std::string& word : words) tries.push_back(option + "." + word);
      tries.push_back(option);
      for (const std::string& wanted : tries)
        if (find(wanted)) return true;
    }
    for (const std::string& word : words)
      if (word.size() > 3 && (!d_.only_led() || word.contains('.')) && find(word)) return true;
    return false;
  }

  // Whether evaluation was inside of a definition: that place says more.
  bool passes(std::uint32_t file, parser::Range value) const {
    return d_.only_led() && std::any_of(d_.places.begin(), d_.places.end(), [&](Position p) { return p.file == file && value.begin <= p.offset && p.offset < value.end; });
  }

  bool find(const std::string& option) {
    for (std::uint32_t file : files_) {
      auto found = find_definitions(d_.tree(file), {option, ""});
      if (found.empty() || found.front().matched < option.size() || passes(file, found.front().value)) continue;
      take(d_.range_of(file, found.front().value), "this definition led to the error");
      return true;
    }
    return false;
  }

  // Nothing in the text has to do with it: something is missing from it.
  void module_body() {
    if (files_.empty()) return;
    for (std::size_t k = files_.size(); k-- > 0;) {
      const parser::Tree& t = d_.tree(files_[k]);
      NodeId id = body_of_file(t);
      bool last = k == 0;
      if (t.kind(id) != NodeKind::AttrSet && !last) continue;
      return take(d_.range_of(files_[k], t.kind(id) == NodeKind::AttrSet ? parser::Range{t.range(id).begin, t.range(id).begin + 1} : t.range(id)), d_.out.code == "E025" ? "what the message asks for is not defined in here" : "this configuration");
    }
  }

  Diagnosis& d_;
  std::vector<std::uint32_t> files_;
};

}  // namespace

bool point_at_own_message(Diagnosis& d) { return NameSearch(d).by_own_message(); }
void diagnose_by_names(Diagnosis& d) { NameSearch(d).run(); }

}  // namespace evalctl::stdlib
