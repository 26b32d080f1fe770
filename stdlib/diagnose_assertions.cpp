// Failed assertions of a configuration: which definition of the user's own they speak of.
//
// Looked for, in this order: the options that the message names, the user's own assertion with that message, and the
// options that the condition reads in the library whose message it is.
#include <fmt/format.h>

#include <algorithm>

#include "stdlib/definitions.h"
#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"
#include "stdlib/module_places.h"

namespace evalctl::stdlib {
namespace {

using base::SourceRange;
using parser::NodeId;
using parser::NodeKind;
using Place = ModulePlaces::Place;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The value of the binding of that name in the innermost set around a node.
std::optional<NodeId> sibling(const parser::Tree& t, const std::vector<NodeId>& chain, std::string_view name) {
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (t.kind(chain[i]) != NodeKind::AttrSet) continue;
    for (NodeId c : t.children(chain[i])) {
      NodeId path{c.index + 1};
      if (t.kind(c) == NodeKind::Binding && t.text(path) == name) return NodeId{path.index + t.size(path)};
    }
    return std::nullopt;
  }
  return std::nullopt;
}

class Assertions {
 public:
  Assertions(Diagnosis& d, const ModuleError& error) : d_(d), e_(error), in_(d) {}

  void run() {
    d_.out.code = "E025";
    d_.out.message = e_.details.size() > 1 ? "the configuration's assertions fail:" : e_.details.empty() ? "an assertion of the configuration fails" : e_.details.front();
    for (std::size_t i = 0; e_.details.size() > 1 && i < e_.details.size() && i < 6; ++i) d_.out.message += "\n" + e_.details[i];
    d_.out.help = "change the definitions that the message names";
    std::optional<Place> partly;
    if (by_names(partly) || point_at_own_message(d_)) return;
    if (partly) return d_.set_primary(partly->name, "the nearest that is defined");
    d_.out.help = "define what the message asks for";
    if (by_condition()) return;
    for (const std::string& word : names()) {
      if (d_.out.primary || !word.contains('.')) continue;
      d_.out.help = fmt::format("define what the message asks for: `{} = …;`", word);
      if (auto related = named_alike(word)) d_.set_primary(*related, "this has to do with it");
    }
  }

 private:
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const std::string& line : e_.details)
      for (std::string& word : option_names(line)) all.push_back(std::move(word));
    return all;
  }

  // The user's own definitions of an option.
  std::vector<Place> own(const std::string& option) const {
    auto found = in_.definitions(ModuleError::Kind::Assertions, option, {});
    std::erase_if(found, [](const Place& p) { return is_library_file(p.name.file); });
    return found;
  }

  // The first option of the message that the user's text defines. `partly`: one of which it defines something beside it.
  bool by_names(std::optional<Place>& partly) {
    for (const std::string& line : e_.details) {
      for (const std::string& word : option_names(line)) {
        auto found = own(word);
        if (found.empty()) continue;
        if (found.front().complete) {
          d_.set_primary(found.front().name, "defined here");
          if (line.contains("no longer has any effect") || line.contains("remove")) d_.out.help = "remove this definition";
          return true;
        }
        if (!partly && found.front().matched > word.find('.')) partly = found.front();
        if (auto renamed = ends_alike(word)) return d_.set_primary(*renamed, "defined here"), true;
      }
    }
    return false;
  }

  // The assertion in a library whose message it is: the first option that its condition reads and the user's text defines.
  bool by_condition() {
    for (std::uint32_t file = 1; file < d_.file_count(); ++file) {
      std::string_view text = d_.vm.program().files[file].text();
      if (d_.is_user_file(file) || !text.contains("assertion")) continue;
      bool quoted = std::any_of(e_.details.begin(), e_.details.end(), [&](const std::string& line) { return shares_words(text, line); });
      if (quoted && condition_in(file)) return true;
    }
    return false;
  }

  // Whether a text has the beginning or the end of a line, which may be made of several parts.
  static bool shares_words(std::string_view text, std::string_view line) {
    constexpr std::size_t kEnough = 16;
    return line.size() >= kEnough && (text.contains(line.substr(0, kEnough)) || text.contains(line.substr(line.size() - kEnough)));
  }

  bool condition_in(std::uint32_t file) {
    const parser::Tree& t = d_.tree(file);
    for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i) {
      if (t.kind({i}) != NodeKind::Binding || t.text({i + 1}) != "message") continue;
      NodeId message{i + 1 + t.size({i + 1})};
      bool same = std::any_of(e_.details.begin(), e_.details.end(), [&](const std::string& line) { return shares_words(t.text(message), line); });
      auto condition = same ? sibling(t, d_.around(file, t.range({i}).begin), "assertion") : std::nullopt;
      if (condition && defined_by_user(file, *condition)) return true;
    }
    return false;
  }

  bool defined_by_user(std::uint32_t file, NodeId condition) {
    const parser::Tree& t = d_.tree(file);
    for (std::uint32_t i = condition.index; i < condition.index + t.size(condition); ++i) {
      if (t.kind({i}) != NodeKind::Select) continue;
      std::string option = option_read(file, {i});
      auto found = option.empty() ? std::vector<Place>{} : own(option);
      if (found.empty() || !found.front().complete) continue;
      d_.set_primary(found.front().name, "the condition reads this");
      d_.out.notes.push_back(fmt::format("the assertion is in {}:{}", d_.file({file, 0}).path, base::line_and_column(d_.file({file, 0}).text(), t.range(condition).begin).line));
      return true;
    }
    return false;
  }

  // `config.a.b`, or `cfg.b` where the text says `cfg = config.a;`: the option that is meant.
  std::string option_read(std::uint32_t file, NodeId select) {
    const parser::Tree& t = d_.tree(file);
    NodeId root{select.index + 1}, path{root.index + t.size(root)};
    if (t.kind(root) != NodeKind::Identifier) return "";
    if (t.text(root) == "config") return std::string(t.text(path));
    auto bound = d_.bound_value(file, root);
    constexpr std::string_view kConfig = "config.";
    if (!bound || !t.text(*bound).starts_with(kConfig)) return "";
    return fmt::format("{}.{}", t.text(*bound).substr(kConfig.size()), t.text(path));
  }

  // What the user's text defines by a name that has a part of the option's name in it: `enableACME` for `security.acme`.
  std::optional<SourceRange> named_alike(std::string_view option) {
    static constexpr std::string_view kCommon[] = {"services", "programs", "config", "security", "enable", "boot", "hardware", "networking", "system", "users",
                                                   "virtualisation", "environment", "settings", "name", "type", "package", "options"};
    for (std::size_t at = 0; at < option.size();) {
      std::string part = lower(option.substr(at, option.find('.', at) - at));
      at += part.size() + 1;
      if (part.size() < 4 || std::find(std::begin(kCommon), std::end(kCommon), part) != std::end(kCommon)) continue;
      for (std::uint32_t file : d_.user_files()) {
        const parser::Tree& t = d_.tree(file);
        for (std::uint32_t i = 1; i < t.node_count(); ++i)
          if (t.kind({i}) == NodeKind::AttrPath && t.kind({i - 1}) == NodeKind::Binding && lower(t.text({i})).contains(part)) return d_.range_of(file, NodeId{i});
      }
    }
    return std::nullopt;
  }

  // A renamed option: the binding whose path ends with the same two names.
  std::optional<SourceRange> ends_alike(std::string_view option) {
    std::size_t last = option.rfind('.'), before = last == option.npos || last == 0 ? option.npos : option.rfind('.', last - 1);
    if (before == option.npos) return std::nullopt;
    std::optional<SourceRange> found;
    for (std::uint32_t file : d_.user_files()) {
      const parser::Tree& t = d_.tree(file);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        if (t.kind({i}) != NodeKind::AttrPath || t.kind({i - 1}) != NodeKind::Binding || !t.text({i}).ends_with(option.substr(before))) continue;
        if (found) return std::nullopt;
        found = d_.range_of(file, NodeId{i});
      }
    }
    return found;
  }

  Diagnosis& d_;
  const ModuleError& e_;
  ModulePlaces in_;
};

}  // namespace

void diagnose_assertions(Diagnosis& d, const ModuleError& error) { Assertions(d, error).run(); }

}  // namespace evalctl::stdlib
