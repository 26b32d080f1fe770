// Errors inside of nixpkgs' module system that it has no words for: the frames tell which module and where in it.
#include <fmt/format.h>

#include <algorithm>

#include "stdlib/definitions.h"
#include "stdlib/diagnose.h"
#include "stdlib/diagnosis.h"
#include "stdlib/module_errors.h"

namespace evalctl::stdlib {

using namespace evaluator;
using parser::NodeId;
using parser::NodeKind;

// The binding whose value is written just as it was printed, where there is one only.
static void name_by_value(Diagnosis& d, const std::string& printed, ModuleError& error) {
  std::uint32_t file = d.file_number(error.definitions.front().file);
  if (file == 0) return;
  const parser::Tree& t = d.tree(file);
  std::optional<NodeId> found;
  for (std::uint32_t i = 1; i < t.node_count(); ++i) {
    if (t.kind({i}) != NodeKind::Binding) continue;
    NodeId path{i + 1}, value{path.index + t.size(path)};
    if (t.text(value) != printed) continue;
    if (found) return;
    found = path;
  }
  if (found) error.option = error.shown = t.text(*found);
}

// Whether the file that is named defines the option: a list of names among what is at hand may mean another.
static bool is_defined(Diagnosis& d, const ModuleError& error) {
  std::uint32_t file = d.file_number(error.definitions.front().file);
  if (file == 0) return true;
  auto found = find_definitions(d.tree(file), {error.option, ""});
  return !found.empty() && found.front().matched == error.option.size();
}

// The one file of the user's own that comes to a list, or to what else is no module, as the value that was found does.
static void name_by_body(Diagnosis& d, ModuleError& error) {
  Value value = d.error.culprit.empty() ? Value() : d.error.culprit.front();
  NodeKind wanted = !value ? NodeKind::Root : value.is(Kind::List) ? NodeKind::List : value.is(Kind::String) ? NodeKind::String : value.is(Kind::Integer) ? NodeKind::Integer : NodeKind::Root;
  std::vector<std::string> found;
  d.each_user_file([&](std::uint32_t number) {
    const parser::Tree& t = d.tree(number);
    NodeId body = body_of_file(t);
    bool same = t.kind(body) == wanted && (wanted == NodeKind::List ? children_of(t, body).size() == value.object()->size : t.text(body) == d.vm.show(value));
    if (same) found.push_back(d.file({number, 0}).path);
    return false;
  });
  if (found.size() == 1) error.definitions.push_back({found[0], ""});
}

// Older releases take a module apart without a look at what it is: what was at hand tells which module and where in it.
std::optional<ModuleError> module_error_without_message(Diagnosis& d) {
  bool type = d.error.kind == ErrorKind::Type && d.error.message.starts_with("expected a set but found");
  if (!type || d.places.empty() || !d.file(d.places.front()).path.ends_with("/lib/modules.nix")) return std::nullopt;
  ModuleError found;
  bool known = false;
  std::string printed;
  Symbol file = intern("file"), config = intern("config");
  d.any_word([&](Value word) {
    Value value = d.known_value(word);
    if (!value) return false;
    if (value.is(Kind::List)) {
      if (auto made = d.origin(value, 1); made && found.definitions.empty()) found.definitions.push_back({d.file(*made).path, ""});
      std::string names;
      for (std::uint32_t i = 0; i < value.object()->size; ++i) {
        Value name = d.known_value(as_list(value)->items[i]);
        if (!name || !name.is(Kind::String)) return false;
        names += fmt::format("{}{}", names.empty() ? "" : ".", as_string(name)->view());
      }
      if (found.option.empty()) found.option = found.shown = names;
    } else if (value.is(Kind::Attrs)) {
      Attr f = evaluator::find(as_attrs(value), file), c = evaluator::find(as_attrs(value), config);
      Value path = f ? d.force(*f.slot) : Value(), made = c ? d.known_value(*c.slot) : Value();
      if (!path || !made || !path.is(Kind::String) || made.is(Kind::Attrs)) return false;
      found.definitions = {{std::string(as_string(path)->view()), ""}};
      found.type = Vm::type_name(made);
      printed = d.vm.show(made);
      known = true;
    }
    return known && !found.option.empty();
  });
  if (!known && found.definitions.empty()) name_by_body(d, found);
  if (known && (found.option.empty() || !is_defined(d, found))) name_by_value(d, printed, found);
  if (known && !found.option.empty()) found.kind = ModuleError::Kind::NotASet;
  else if (!found.definitions.empty()) found.kind = ModuleError::Kind::NotAModule;
  else return std::nullopt;
  return found;
}

// Whether an expression is sure to make no list.
static bool makes_no_list(const parser::Tree& t, NodeId id) {
  while (t.kind(id) == NodeKind::Paren) id = {id.index + 1};
  NodeKind kind = t.kind(id);
  if (kind == NodeKind::AttrSet || kind == NodeKind::String || kind == NodeKind::Path || kind == NodeKind::Lambda || kind == NodeKind::SearchPath) return true;
  if (kind != NodeKind::Apply) return false;
  while (t.kind(id) == NodeKind::Apply) id = {id.index + 1};
  std::string_view function = t.text(id), name = function.substr(function.rfind('.') + 1);
  return name == "import" || (name.starts_with("mk") && name.size() > 2);
}

// `imports = lib.mkIf … [ … ];`, `imports = ./file.nix;`: the value that is no list.
bool diagnose_imports(Diagnosis& d) {
  bool type = d.error.kind == ErrorKind::Type && d.error.message.starts_with("expected a list but found");
  bool set = d.error.message.starts_with("expected a list but found a set: { _type");
  bool modules = !d.places.empty() && !d.is_user(d.places.front()) && d.file(d.places.front()).path.ends_with("/lib/modules.nix");
  bool lists = !d.places.empty() && d.file(d.places.front()).path.ends_with("/lib/lists.nix");
  if (!type || (!modules && !(lists && set))) return false;
  std::optional<base::SourceRange> found;
  bool several = false;
  d.each_user_file([&](std::uint32_t number) {
    const parser::Tree& t = d.tree(number);
    for (std::uint32_t i = 1; i + 1 < t.node_count(); ++i) {
      NodeId path{i + 1};
      if (t.kind({i}) != NodeKind::Binding || t.text(path) != "imports") continue;
      NodeId value{path.index + t.size(path)};
      if (!makes_no_list(t, value)) continue;
      several |= found.has_value();
      found = d.range_of(number, value);
    }
    return several;
  });
  if (!found || several) return false;
  d.out.code = "E031";
  std::string_view written = found->text.substr(found->begin, found->end - found->begin);
  bool wrapped = written.substr(0, written.find(' ')).contains("mk");
  d.out.message = fmt::format("`imports` has to be a list, it is {}", Vm::describe_type(d.error.culprit.empty() ? Value() : d.error.culprit.front()));
  if (wrapped) d.out.message = fmt::format("`imports` has to be a list: `{}` makes none", written.substr(0, written.find(' ')));
  d.out.help = wrapped ? "import always, and use `lib.mkIf` inside of the module that is imported; `imports` cannot depend on `config`" : "write a list: `imports = [ ./file.nix ];`";
  d.set_primary(*found, "this value");
  if (!wrapped && written.size() < 60 && !written.contains(' ')) d.add_fix(*found, fmt::format("[ {} ]", written), "write a list");
  d.report_place(d.places.front());
  return true;
}

// "while evaluating the module argument `inputs' in "FILE":" around a missing attribute.
bool diagnose_module_argument(Diagnosis& d) {
  if (d.error.kind != ErrorKind::MissingAttribute) return false;
  for (const Frame& f : d.error.frames) {
    if (!f.text.starts_with("while evaluating the module argument `")) continue;
    std::string name = quoted_names(f.text).front();
    if (name != text_of(d.error.name)) return false;
    std::size_t quote = f.text.find('"');
    std::string path = quote == std::string::npos ? "" : f.text.substr(quote + 1, f.text.rfind('"') - quote - 1);
    std::uint32_t file = d.file_number(path);
    d.out.code = "E028";
    d.out.message = fmt::format("nothing gives the module its argument `{}`", name);
    d.out.help = fmt::format("pass it to all modules: `specialArgs = {{ inherit {}; }};` (home-manager: `extraSpecialArgs`), or set `_module.args.{}`", name, name);
    for (std::uint32_t number : file ? std::vector{file} : d.user_files()) {
      const parser::Tree& t = d.tree(number);
      for (std::uint32_t i = 1; i < t.node_count(); ++i) {
        if (t.kind({i}) != NodeKind::Formal || t.text({i + 1}) != name) continue;
        d.set_primary(d.range_of(number, NodeId{i + 1}), "this argument");
        static constexpr std::string_view kUsual[] = {"config", "lib", "pkgs", "options", "modulesPath", "specialArgs", "inputs"};
        auto near = base::near_names(name, {std::begin(kUsual), std::end(kUsual)});
        if (!near.empty()) d.out.help = fmt::format("did you mean `{}`?", near[0]);
        return true;
      }
    }
    d.point();
    return true;
  }
  return false;
}

}  // namespace evalctl::stdlib
