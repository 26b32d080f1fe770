// What is wrong with a flake itself: no expression failed, but flake.nix or what its inputs name is not as it must be.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using parser::NodeId;
using parser::NodeKind;

// What to do, by words of the message.
struct Advice { std::string_view words, help; };
constexpr Advice kAdvice[] = {
    {"unexpected flake input attribute", "an input has `url`, or `type` and what that needs, `flake`, `follows` and `inputs`"},
    {"has an unsupported attribute", "a flake has `description`, `inputs`, `outputs` and `nixConfig`; what it gives belongs into the set that `outputs` makes"},
    {"expected a function", "`outputs` is a function of the inputs: `outputs = { self, … }: { … };`"},
    {"expected a set", "an input is a set: `inputs.name.url = \"path:./folder\";`"},
    {"expected a string", "write a string: `\"github:owner/repository\"`, `\"path:./folder\"`, `\"git+https://…\"`"},
    {"follows a non-existent input", "name one of the flake's inputs, or a path to one: `\"name/inner\"`"},
    {"cannot find flake", "give the input an address: `inputs.name.url = \"github:owner/repository\";`"},
    {"is unsupported", "write an address that names its kind: `github:owner/repository`, `git+https://…`, `path:./folder`, `https://….tar.gz`"},
    {"could not find a flake.nix", "make one with `evalctl flake init`, or name a file: `--file FILE`"},
    {"is not part of a flake", "make one with `evalctl flake init`, or name a file: `--file FILE`"},
    {"does not contain a", "of what is no flake, only its files can be used: `inputs.name.flake = false;`"},
    {"but got a thunk", "flake.nix is read before anything is evaluated: inputs are written out, without variables, operators and calls"},
};

class FlakeSearch {
 public:
  explicit FlakeSearch(Diagnosis& d) : d_(d) {
    d.each_user_file([&](std::uint32_t number) {
      if (d.vm.program().files[number].path.ends_with("/flake.nix")) files_.push_back(number);
      return false;
    });
  }

  bool run() {
    if (!d_.places.empty() || d_.error.kind != ErrorKind::Flake) return false;
    auto advice = std::find_if(std::begin(kAdvice), std::end(kAdvice), [&](const Advice& a) { return d_.error.message.contains(a.words); });
    if (advice != std::end(kAdvice)) d_.out.help = advice->help;
    if (files_.empty()) return false;
    bool placed = at_place();
    std::vector<std::string> words = quoted();
    std::reverse(words.begin(), words.end());
    for (const std::string& word : words)
      if (find(word, placed)) return true;
    if (placed) value_at();
    return true;
  }

 private:
  std::vector<std::string> quoted() const {
    std::vector<std::string> found;
    std::string_view m = d_.error.message;
    for (std::size_t at = m.find('\''); at != m.npos;) {
      std::size_t end = m.find('\'', at + 1);
      if (end == m.npos) break;
      std::string_view word = m.substr(at + 1, end - at - 1);
      if (word.starts_with("flake:")) word.remove_prefix(6);
      found.emplace_back(word);
      at = m.find('\'', end + 1);
    }
    return found;
  }

  // "… at FILE:LINE:COLUMN …": the place, which the message then need not repeat.
  bool at_place() {
    std::string_view m = d_.error.message;
    std::size_t at = m.rfind(" at /");
    if (at == m.npos) return false;
    std::string_view place = m.substr(at + 4);
    for (std::uint32_t file : files_) {
      std::string_view path = d_.vm.program().files[file].path;
      if (!place.starts_with(path) || place.substr(path.size()).substr(0, 1) != ":") continue;
      std::string_view numbers = place.substr(path.size() + 1);
      std::uint32_t line = 0, column = 0;
      auto [end, failed] = std::from_chars(numbers.data(), numbers.data() + numbers.size(), line);
      if (failed != std::errc() || end == numbers.data() + numbers.size()) return false;
      const char* rest = std::from_chars(end + 1, numbers.data() + numbers.size(), column).ptr;
      std::string_view text = d_.vm.program().files[file].text();
      std::size_t offset = 0;
      for (; line > 1 && offset != text.npos; --line) offset = text.find('\n', offset) + 1;
      place_ = {file, static_cast<std::uint32_t>(offset + column - 1)};
      d_.set_primary(d_.range_at(place_, true), "");
      d_.out.message = fmt::format("{}{}", m.substr(0, at), std::string_view(rest, m.data() + m.size()));
      if (d_.out.message.ends_with(',')) d_.out.message.pop_back();
      return true;
    }
    return false;
  }

  // A string, a name or a formal that is written so; after the place, if there is one.
  bool find(const std::string& word, bool placed) {
    if (word.empty()) return false;
    for (std::uint32_t file : files_) {
      if (placed && file != place_.file) continue;
      const parser::Tree& t = d_.tree(file);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        NodeKind kind = t.kind({i});
        bool string = kind == NodeKind::String && t.text({i}) == fmt::format("\"{}\"", word);
        bool name = kind == NodeKind::Identifier && t.text({i}) == word;
        if ((!string && !name) || (placed && t.range({i}).begin < place_.offset)) continue;
        d_.set_primary(d_.range_of(file, NodeId{i}), "");
        near(word);
        return true;
      }
    }
    return false;
  }

  // The name that was meant for one that a flake, or an input, does not have.
  void near(const std::string& word) {
    static constexpr std::string_view kTop[] = {"description", "inputs", "outputs", "nixConfig"};
    static constexpr std::string_view kInput[] = {"url", "type", "flake", "follows", "inputs", "owner", "repo", "rev", "ref", "dir", "path", "narHash", "id"};
    bool top = d_.error.message.contains("has an unsupported attribute"), input = d_.error.message.contains("unexpected flake input attribute");
    if (!top && !input) return;
    std::vector<std::string_view> known = top ? std::vector<std::string_view>(std::begin(kTop), std::end(kTop)) : std::vector<std::string_view>(std::begin(kInput), std::end(kInput));
    auto found = base::near_names(word, known);
    if (found.empty()) return;
    d_.out.help = fmt::format("did you mean `{}`?", found[0]);
    d_.add_fix(d_.out.primary->range, std::string(found[0]), fmt::format("write `{}`", found[0]));
  }

  // The value that is bound at the place.
  void value_at() {
    auto binding = d_.around_of(place_.file, place_.offset, NodeKind::Binding);
    if (!binding) return;
    NodeId path{binding->index + 1};
    d_.set_primary(d_.range_of(place_.file, NodeId{path.index + d_.tree(place_.file).size(path)}), "this value");
  }

  Diagnosis& d_;
  std::vector<std::uint32_t> files_;
  Position place_{};
};

}  // namespace

bool diagnose_flakes(Diagnosis& d) { return FlakeSearch(d).run(); }

}  // namespace evalctl::stdlib
