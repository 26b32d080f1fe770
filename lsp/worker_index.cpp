// From the tree of options of a configuration to an index.
#include <fmt/format.h>

#include <algorithm>

#include "lsp/option_index.h"
#include "lsp/worker_queries.h"
#include "stdlib/diagnose.h"

namespace evalctl::lsp {

using namespace evaluator;

namespace {

constexpr std::size_t kDeepestPath = 24;
constexpr std::size_t kMostOptions = 200'000;
constexpr std::size_t kWidth = 400;

class Indexer {
 public:
  // `only_names`: no texts and types, and nothing inside of submodules.
  Indexer(Machine& machine, bool only_names) : machine_(machine), vm_(machine.vm), only_names_(only_names) {}

  // What lies at `path` of `options`.
  std::vector<IndexEntry> run(Value options, const std::vector<std::string>& path = {}) {
    Value at = options;
    for (const std::string& name : path) at = machine_.member(at, name);
    path_ = path;
    walk(at);
    return std::move(entries_);
  }

 private:
  void walk(Value set) {
    if (!set || !set.is(Kind::Attrs) || path_.size() > kDeepestPath || entries_.size() > kMostOptions) return;
    if (machine_.text(set, "_type") == "option") return option(set);
    for (Attr attribute : attributes(as_attrs(set))) {
      std::string_view name = text_of(attribute.name);
      if (name == "_module" || name == "_freeformOptions") continue;
      Value value = vm_.force_slot(*attribute.slot);
      machine_.forget_error();
      path_.emplace_back(name);
      walk(value);
      path_.pop_back();
    }
  }

  void option(Value option) {
    IndexEntry entry;
    entry.key = key_of(path_);
    if (machine_.flag(option, "readOnly").value_or(false)) entry.flags |= Option::kReadOnly;
    if (machine_.flag(option, "internal").value_or(false)) entry.flags |= Option::kInternal;
    if (machine_.flag(option, "visible") == false) entry.flags |= Option::kHidden;
    if (only_names_) {
      // Whatever is below is not known yet.
      entry.flags |= Option::kFreeform;
      return entries_.push_back(std::move(entry));
    }
    entry.description = machine_.documentation_text(machine_.member(option, "description"), kWidth);
    bool has_text(find(as_attrs(option), intern("defaultText"))), has_default(find(as_attrs(option), intern("default")));
    if (has_default || has_text) entry.flags |= Option::kHasDefault;
    if (has_text) entry.default_text = machine_.documentation_text(machine_.member(option, "defaultText"), kWidth);
    else if (has_default) entry.default_text = literal_default(option);
    Value example = machine_.member(option, "example");
    if (example) entry.example = example.is(Kind::String) ? machine_.brief(example, kWidth) : machine_.documentation_text(example, kWidth);
    declarations(option, entry);
    Value type = machine_.member(option, "type");
    if (type && type.is(Kind::Attrs)) {
      entry.type = type_of(type, 0);
      if (!is_closed(type, 0)) entry.flags |= Option::kFreeform;
      // What is below is a world of its own (another system, say) where the option says that it is not to be shown.
      bool shallow = machine_.text(option, "visible") == "shallow" || (entry.flags & (Option::kHidden | Option::kInternal)) != 0;
      entries_.push_back(std::move(entry));
      return shallow ? void() : below(type);
    }
    entries_.push_back(std::move(entry));
  }

  // A default that needs no evaluation; others may pull in whole packages, and are told when somebody looks.
  std::string literal_default(Value option) {
    Attr found = find(as_attrs(option), intern("default"));
    if (!found || found.slot->is_thunk()) return "";
    if (found.slot->is(Kind::List) && as_list(*found.slot)->size == 0) return "[ ]";
    if (found.slot->is(Kind::Attrs) && as_attrs(*found.slot)->empty()) return "{ }";
    if (found.slot->is(Kind::String)) return machine_.brief(*found.slot, kWidth);
    bool plain = found.slot->kind() <= Kind::Path;
    return plain ? vm_.show(*found.slot) : "";
  }

  void declarations(Value option, IndexEntry& entry) {
    Value positions = machine_.member(option, "declarationPositions");
    bool known = positions && positions.is(Kind::List);
    Value files = known ? positions : machine_.member(option, "declarations");
    for (std::uint32_t i = 0; files && files.is(Kind::List) && i < as_list(files)->size; ++i) {
      Value one = vm_.force(as_list(files)->items[i]);
      machine_.forget_error();
      if (!one) continue;
      if (one.is(Kind::String) || one.is(Kind::Path)) entry.declarations.emplace_back(as_string(one)->view());
      std::string file = one.is(Kind::Attrs) ? machine_.text(one, "file") : std::string();
      if (file.empty()) continue;
      Value line = machine_.member(one, "line"), column = machine_.member(one, "column");
      bool placed = line && line.is(Kind::Integer) && column && column.is(Kind::Integer);
      entry.declarations.push_back(placed ? fmt::format("{}:{}:{}", file, line.integer(), column.integer()) : file);
    }
  }

  // What is known of a type's structure. Module systems keep enum members and inner types in different places.
  OptionType type_of(Value type, unsigned depth) {
    OptionType out;
    out.name = machine_.text(type, "name");
    out.description = machine_.text(type, "description");
    if (depth > 6) return out;
    if (out.name == "enum") members(type, out.members);
    Value nested = machine_.member(type, "nestedTypes");
    if (nested && nested.is(Kind::Attrs)) {
      for (Attr attribute : attributes_by_text(as_attrs(nested))) add_nested(machine_.member(nested, text_of(attribute.name)), out, depth);
    } else {
      add_nested(machine_.member(type, "nested"), out, depth);
    }
    if (out.nested.empty() && out.name != "enum") add_nested(machine_.member(machine_.member(type, "functor"), "wrapped"), out, depth);
    return out;
  }

  // Whether only declared names may stand in the type's submodules. What the type does not tell may have any.
  bool is_closed(Value type, unsigned depth) {
    Value nested = machine_.member(type, "nestedTypes");
    if (!nested || !nested.is(Kind::Attrs) || depth > 6) return false;
    std::string name = machine_.text(type, "name");
    if (name == "submodule") return !find(as_attrs(nested), intern("freeformType"));
    bool wraps = name == "attrsOf" || name == "lazyAttrsOf" || name == "listOf" || name == "nullOr" || name == "uniq" || name == "unique";
    Value element = wraps ? machine_.member(nested, "elemType") : Value();
    return element && is_closed(element, depth + 1);
  }

  void add_nested(Value nested, OptionType& out, unsigned depth) {
    if (nested && nested.is(Kind::Attrs)) out.nested.push_back(type_of(nested, depth + 1));
  }

  void members(Value type, std::vector<std::string>& out) {
    Value payload = machine_.member(machine_.member(type, "functor"), "payload");
    if (payload && payload.is(Kind::Attrs)) payload = machine_.member(payload, "values");
    if (!payload) payload = machine_.member(type, "values");
    for (std::uint32_t i = 0; payload && payload.is(Kind::List) && i < as_list(payload)->size; ++i) {
      out.push_back(machine_.brief(as_list(payload)->items[i], kWidth));
    }
  }

  // The options of submodules inside.
  void below(Value type) {
    Value get = machine_.member(type, "getSubOptions");
    if (!get || !get.is_function() || path_.size() > kDeepestPath) return;
    ValueVector names;
    for (const std::string& name : path_) names.push_back(vm_.string(name));
    Value location = vm_.list(names);
    Value options = vm_.call(get, location);
    if (options) options = vm_.force(options);
    machine_.forget_error();
    if (!options || !options.is(Kind::Attrs) || as_attrs(options)->empty()) return;
    // The names between this option and those: `<name>` for attributes, `*` for elements; read off the first option's own.
    std::size_t outer = path_.size();
    for (const std::string& name : placeholders(options)) path_.push_back(name);
    walk(options);
    path_.resize(outer);
  }

  // Options know their location: what it has beyond the path to here and the way to the option.
  std::vector<std::string> placeholders(Value options) {
    std::size_t depth = 0;
    Value at = options;
    while (at && at.is(Kind::Attrs) && machine_.text(at, "_type") != "option" && depth < kDeepestPath) {
      Value next;
      for (Attr attribute : attributes_by_text(as_attrs(at))) {
        std::string_view name = text_of(attribute.name);
        if (name == "_module" || name == "_freeformOptions") continue;
        next = machine_.member(at, name);
        if (next && next.is(Kind::Attrs)) break;
      }
      at = next;
      ++depth;
    }
    Value location = machine_.member(at, "loc");
    std::vector<std::string> names;
    if (!location || !location.is(Kind::List)) return names;
    std::size_t size = as_list(location)->size;
    for (std::size_t i = path_.size(); i + depth < size; ++i) {
      Value name = vm_.force(as_list(location)->items[i]);
      machine_.forget_error();
      names.push_back(name && name.is(Kind::String) ? std::string(as_string(name)->view()) : "<name>");
    }
    return names;
  }

  Machine& machine_;
  Vm& vm_;
  bool only_names_;
  std::vector<std::string> path_;
  std::vector<IndexEntry> entries_;
};

}  // namespace

std::string make_outline(Machine& machine, Value configuration) {
  return encode_index("", {}, Indexer(machine, true).run(machine.member(configuration, "options")));
}

std::string make_part(Machine& machine, Value configuration, const std::vector<std::string>& path) {
  return encode_index(kPartStamp, {}, Indexer(machine, false).run(machine.member(configuration, "options"), path));
}

std::string make_index(Machine& machine, Value configuration, std::string_view stamp) {
  std::vector<IndexEntry> entries = Indexer(machine, false).run(machine.member(configuration, "options"));
  std::vector<OptionIndex::Input> inputs;
  // When the process began, before it evaluated anything.
  std::int64_t begin = machine.world.current_time() * 1'000'000'000;
  for (const std::string& path : machine.world.imported_files()) {
    // What the user's files say is in the stamp.
    if (!stdlib::is_library_file(path)) continue;
    if (auto input = make_input(path, begin)) inputs.push_back(std::move(*input));
  }
  std::ranges::sort(inputs, {}, &OptionIndex::Input::path);
  return encode_index(stamp, inputs, std::move(entries));
}

}  // namespace evalctl::lsp
