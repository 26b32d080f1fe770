// Reading flake.nix. All but `outputs` has to be literal: nothing is computed to find out what a flake needs.
#include <fmt/format.h>

#include "evaluator/program.h"
#include "parser/parse.h"
#include "stdlib/flakes/flake.h"
#include "stdlib/flakes/tree_value.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;
using parser::NodeId;
using parser::NodeKind;
using parser::Tree;

NodeId without_parens(const Tree& tree, NodeId node) {
  while (tree.kind(node) == NodeKind::Paren) node = *tree.children(node).begin();
  return node;
}

bool is_literal(const Tree& tree, NodeId node) {
  node = without_parens(tree, node);
  switch (tree.kind(node)) {
    case NodeKind::String:
    case NodeKind::IndentedString:
    case NodeKind::Path: return tree.children(node).empty();
    case NodeKind::Integer:
    case NodeKind::Float:
    case NodeKind::Uri:
    case NodeKind::Identifier:
    case NodeKind::Lambda: return true;
    case NodeKind::List:
      for (NodeId element : tree.children(node)) {
        if (!is_literal(tree, element)) return false;
      }
      return true;
    default: return false;
  }
}

// What a thunk stands in the place of.
std::string_view expected_of(std::string_view name) {
  if (name == "description" || name == "follows") return "a string";
  if (name == "url") return "a string or a path";
  if (name == "flake") return "a Boolean";
  if (name == "outputs") return "a function";
  return "a literal";
}

// What the author of the flake has to change.
template <class... A>
std::unexpected<base::Error> mistake(fmt::format_string<A...> format, A&&... arguments) {
  return base::fail(fmt::format(format, std::forward<A>(arguments)...), base::Error::Kind::Flake);
}

class FlakeFile {
 public:
  FlakeFile(Vm& vm, Flake& flake, std::string root, InputPath path) : vm_(vm), flake_(flake), root_(std::move(root)), path_(std::move(path)) {}

  base::Result<void> read() {
    file_ = flake_.folder + "/flake.nix";
    World& world = World::of(vm_);
    if (!world.is_visible(file_) || !world.exists(file_)) return missing();
    auto text = world.read_file(file_);
    if (!text) return std::unexpected(text.error());
    // Positions point into the text, so it lives as long as the process.
    text_ = new std::string(std::move(*text));
    // The flake of a command is what its program begins with.
    TextRole role = vm_.program().main_names.empty() ? TextRole::Main : TextRole::Part;
    Value value = evaluate_as(vm_, role, *text_, file_, flake_.folder);
    if (!value) return base::fail("");
    auto parsed = parser::parse(*text_);
    tree_ = &parsed.tree;
    NodeId top = without_parens(parsed.tree, *parsed.tree.children(parsed.tree.root()).begin());
    if (parsed.tree.kind(top) != NodeKind::AttrSet) return mistake("file '{}' must be an attribute set", file_);
    if (auto literal = check_literal(top, true); !literal) return literal;
    return attributes(vm_.force_attrs(value));
  }

 private:
  base::Result<void> missing() {
    World& world = World::of(vm_);
    auto text = world.read_file(file_);
    if (!text && text.error().kind == base::Error::Kind::Untracked) return std::unexpected(text.error());
    return base::fail(fmt::format("source tree referenced by '{}' does not contain a '{}flake.nix' file", flake_.resolved.to_string(),
                                  flake_.resolved.folder.empty() ? "" : flake_.resolved.folder + "/"), base::Error::Kind::Flake);
  }

  std::string place(std::uint32_t offset) {
    auto at = parser::LineIndex(*text_).at(offset);
    return fmt::format("{}:{}:{}", file_, at.line, at.column);
  }

  // Checks all bindings of a set but those of functions. Of the top, `outputs` has to be a function as it stands.
  base::Result<void> check_literal(NodeId set, bool top) {
    for (NodeId binding : tree_->children(set)) {
      if (tree_->kind(binding) != NodeKind::Binding) {
        auto from = tree_->children(binding).begin();
        if (from != tree_->children(binding).end() && tree_->kind(*from) == NodeKind::InheritFrom) {
          return mistake("expected a literal but got a thunk at {}", place(tree_->range(binding).begin));
        }
        continue;
      }
      auto parts = tree_->children(binding).begin();
      NodeId names = *parts;
      ++parts;
      NodeId value = without_parens(*tree_, *parts);
      std::string last;
      for (NodeId name : tree_->children(names)) {
        auto known = parser::static_name(*tree_, name);
        if (!known) return mistake("an attribute name is computed at {}", place(tree_->range(name).begin));
        last = *known;
      }
      if (top && last == "outputs") note_formals(value);
      if (tree_->kind(value) == NodeKind::AttrSet) {
        if (auto inside = check_literal(value, false); !inside) return inside;
      } else if (!is_literal(*tree_, value)) {
        return mistake("expected {} but got a thunk at {}", expected_of(last), place(tree_->range(binding).begin));
      }
    }
    return {};
  }

  void note_formals(NodeId function) {
    if (tree_->kind(function) != NodeKind::Lambda) return;
    NodeId pattern = *tree_->children(function).begin();
    if (tree_->kind(pattern) != NodeKind::Pattern) return;
    for (NodeId formal : tree_->children(pattern)) {
      if (tree_->kind(formal) == NodeKind::Formal) formals_.emplace_back(tree_->text(*tree_->children(formal).begin()));
    }
  }

  std::string place(Position position) {
    auto where = vm_.where(position);
    return fmt::format("{}:{}:{}", where.file, where.line, where.column);
  }

  base::Result<Value> expect(const Attr& attribute, Kind kind, std::string_view what) {
    Value value = vm_.force(*attribute.slot);
    if (!value) return base::fail("");
    if (value.is(kind)) return value;
    return mistake("expected {} but got {} at {}", what, Vm::describe_type(value), place(attribute.position()));
  }

  base::Result<void> attributes(AttrsObject* set) {
    bool has_outputs = false;
    for (const Attr& attribute : attributes_by_text(set)) {
      std::string_view name = text_of(attribute.name);
      base::Result<void> done;
      if (name == "description") {
        auto text = expect(attribute, Kind::String, "a string");
        if (!text) return std::unexpected(text.error());
        flake_.description = as_string(*text)->view();
      } else if (name == "inputs") {
        done = inputs(attribute, flake_.inputs, true);
      } else if (name == "outputs") {
        has_outputs = true;
        Value value = vm_.force(*attribute.slot);
        if (!value) return base::fail("");
        if (Vm::type_name(value) != "lambda") {
          return mistake("expected a function but got {} at {}", Vm::describe_type(value), place(attribute.position()));
        }
      } else if (name == "nixConfig") {
        done = config(attribute);
      } else {
        return mistake("flake '{}' has an unsupported attribute '{}', at {}", flake_.resolved.to_string(), name, place(attribute.position()));
      }
      if (!done) return done;
    }
    if (!has_outputs) return mistake("flake '{}' lacks attribute 'outputs'", flake_.resolved.to_string());
    return implicit_inputs();
  }

  // `nixConfig`: each value as nix.conf would have it, lists with blanks between.
  base::Result<void> config(const Attr& attribute) {
    auto set = expect(attribute, Kind::Attrs, "a set");
    if (!set) return std::unexpected(set.error());
    for (const Attr& setting : attributes_by_text(as_attrs(*set))) {
      Value value = vm_.force(*setting.slot);
      if (!value) return base::fail("");
      auto text = setting_text(std::string(text_of(setting.name)), value);
      if (!text) return std::unexpected(text.error());
      flake_.config[std::string(text_of(setting.name))] = *text;
    }
    return {};
  }

  base::Result<std::string> setting_text(const std::string& name, Value value) {
    if (value.is(Kind::Integer)) return fmt::format("{}", value.integer());
    if (value.is(Kind::Bool)) return value.boolean() ? "true" : "false";
    if (value.is(Kind::String)) return std::string(as_string(value)->view());
    if (value.is(Kind::Path)) {
      std::string copied;
      const Context* context = nullptr;
      return vm_.coerce_to_string(value, copied, context, false, true) ? base::Result<std::string>(copied) : base::fail("");
    }
    if (!value.is(Kind::List)) return mistake("flake configuration setting '{}' is {}", name, Vm::describe_type(value));
    std::string text;
    for (std::uint32_t i = 0; i < value.object()->size; ++i) {
      Value element = as_list(value)->items[i];
      if (!element.is(Kind::String)) {
        std::string found = element.is_thunk() ? "a thunk" : Vm::describe_type(element);
        return mistake("list element in flake configuration setting '{}' is {} while a string is expected", name, found);
      }
      if (i > 0) text += ' ';
      text += as_string(element)->view();
    }
    return text;
  }

  // Names that `outputs` takes and nothing declares.
  base::Result<void> implicit_inputs() {
    for (const std::string& name : formals_) {
      if (name == "self" || flake_.inputs.contains(name)) continue;
      auto reference = parse_reference(name, {});
      if (!reference) return std::unexpected(reference.error());
      flake_.inputs[name] = {.reference = *reference, .follows = {}, .overrides = {}};
    }
    return {};
  }

  base::Result<void> inputs(const Attr& attribute, FlakeInputs& out, bool allow_self) {
    auto set = expect(attribute, Kind::Attrs, "a set");
    if (!set) return std::unexpected(set.error());
    for (const Attr& entry : attributes_by_text(as_attrs(*set))) {
      std::string name(text_of(entry.name));
      if (name == "self") {
        if (!allow_self) return mistake("'self' input attribute not allowed at {}", place(entry.position()));
        if (auto self = self_input(entry); !self) return self;
        continue;
      }
      auto read = input(entry, out[name]);
      if (!read) return read;
    }
    return {};
  }

  base::Result<void> self_input(const Attr& entry) {
    auto set = expect(entry, Kind::Attrs, "a set");
    if (!set) return std::unexpected(set.error());
    for (const Attr& attribute : attributes_by_text(as_attrs(*set))) {
      if (!read_attribute(vm_, attribute, "flake input attribute", flake_.self_attributes)) return base::fail("");
    }
    return {};
  }

  base::Result<void> url(const Attr& attribute, std::string& text) {
    Value value = vm_.force(*attribute.slot);
    if (!value) return base::fail("");
    if (value.is(Kind::String)) {
      text = as_string(value)->view();
      return {};
    }
    std::string path;
    const Context* context = nullptr;
    if (!value.is(Kind::Path)) {
      return mistake("expected a string or a path but got {} at {}", Vm::describe_type(value), place(attribute.position()));
    }
    if (!vm_.coerce_to_path(value, path, context)) return base::fail("");
    if (path != root_ && !path.starts_with(root_ + "/")) {
      return mistake("input attribute path '{}' at {} must be in the same source tree as {}", path, place(attribute.position()), flake_.folder);
    }
    text = "path:" + relative_to_flake(path);
    return {};
  }

  // `path` from the folder of the flake: "./sub", "../other".
  std::string relative_to_flake(const std::string& path) {
    std::vector<std::string> from = split(flake_.folder, '/'), to = split(path, '/');
    std::size_t same = 0;
    while (same < from.size() && same < to.size() && from[same] == to[same]) ++same;
    std::vector<std::string> parts(from.size() - same, "..");
    parts.insert(parts.end(), to.begin() + static_cast<std::ptrdiff_t>(same), to.end());
    return parts.empty() ? "." : join(parts, "/");
  }

  base::Result<void> input(const Attr& entry, FlakeInput& out) {
    auto set = expect(entry, Kind::Attrs, "a set");
    if (!set) return std::unexpected(set.error());
    InputAttributes attributes;
    std::optional<std::string> address;
    for (const Attr& attribute : attributes_by_text(as_attrs(*set))) {
      if (auto read = input_attribute(attribute, out, attributes, address); !read) return read;
    }
    if (attributes.contains("type")) {
      auto reference = FlakeReference::from_attributes(std::move(attributes));
      if (!reference) return std::unexpected(reference.error());
      out.reference = std::move(*reference);
    } else {
      attributes.erase("url");
      if (!attributes.empty()) {
        return mistake("unexpected flake input attribute '{}', at {}", attributes.begin()->first, place(entry.position()));
      }
      if (address) {
        auto reference = parse_reference(*address, {.base_folder = {}, .search_upwards = false, .is_flake = out.is_flake, .keep_relative = true});
        if (!reference) return std::unexpected(reference.error());
        out.reference = std::move(*reference);
      }
    }
    if (out.reference && out.follows) {
      return mistake("flake input has both a flake reference and a follows attribute, at {}", place(entry.position()));
    }
    return {};
  }

  base::Result<void> input_attribute(const Attr& attribute, FlakeInput& out, InputAttributes& attributes, std::optional<std::string>& address) {
    std::string_view name = text_of(attribute.name);
    if (name == "url") {
      std::string text;
      if (auto read = url(attribute, text); !read) return read;
      address = text;
      attributes["url"] = text;
    } else if (name == "flake") {
      auto flag = expect(attribute, Kind::Bool, "a Boolean");
      if (!flag) return std::unexpected(flag.error());
      out.is_flake = flag->boolean();
    } else if (name == "inputs") {
      return inputs(attribute, out.overrides, false);
    } else if (name == "follows") {
      auto text = expect(attribute, Kind::String, "a string");
      if (!text) return std::unexpected(text.error());
      auto path = parse_input_path(as_string(*text)->view());
      if (!path) return std::unexpected(path.error());
      path->insert(path->begin(), path_.begin(), path_.end());
      out.follows = std::move(*path);
    } else if (!read_attribute(vm_, attribute, "flake input attribute", attributes)) {
      return base::fail("");
    }
    return {};
  }

  Vm& vm_;
  Flake& flake_;
  std::string root_;  // of the tree
  InputPath path_;    // of this flake: what `follows` is relative to
  std::string file_;
  std::string* text_ = nullptr;
  const Tree* tree_ = nullptr;
  std::vector<std::string> formals_;
};

}  // namespace

base::Result<Flake> read_flake(Vm& vm, const FlakeReference& original, const FlakeReference& resolved, const FlakeReference& locked,
                               const std::string& root, const InputPath& path) {
  Flake flake{.original = original, .resolved = resolved, .locked = locked, .folder = {}, .description = {}, .inputs = {}, .self_attributes = {}};
  flake.folder = resolved.folder.empty() ? root : canonical_path(root + "/" + resolved.folder);
  auto read = FlakeFile(vm, flake, root, path).read();
  if (!read) return std::unexpected(read.error());
  return flake;
}

}  // namespace evalctl::stdlib
