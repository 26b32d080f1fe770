#include "lsp/worker_queries.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <filesystem>

#include "base/files.h"
#include "evaluator/builtin.h"
#include "evaluator/program.h"
#include "lsp/option_index.h"
#include "stdlib/build_graph.h"

namespace evalctl::lsp {

using namespace evaluator;

namespace {

constexpr std::size_t kShownBytes = 2000;
// So many projects and versions of nixpkgs have an index.
constexpr std::size_t kMostIndexes = 64;

Value base_value(Machine& machine, Session* session, const ValuePath& path) {
  switch (path.base) {
    case Base::Packages: {
      const Session::Configuration* found = session ? session->configuration_of(path.file) : nullptr;
      Value own = found ? machine.member(found->value, "pkgs") : Value();
      if (!own && found) own = machine.member(machine.member(machine.member(found->value, "_module"), "args"), "pkgs");
      return own ? own : machine.packages();
    }
    case Base::Library: return machine.library();
    case Base::Inputs: return machine.select(machine.flake(), {"inputs"});
    case Base::File: return session ? session->entry_value(path.file) : machine.import_file(path.file);
    case Base::System: return machine.system_with("");
    case Base::Configuration: {
      const Session::Configuration* found = session ? session->configuration_of(path.file) : nullptr;
      if (!found) return machine.vm.fail_other("the file belongs to no configuration");
      return machine.select(found->value, {"config"});
    }
  }
  return {};
}

// "path:line", as meta.position is written.
FilePlace read_position(std::string_view text) {
  std::size_t colon = text.rfind(':');
  if (colon == text.npos) return {std::string(text), 0, 0};
  FilePlace place{std::string(text.substr(0, colon)), 0, 1};
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), place.line);
  return place;
}

FilePlace place_of(Machine& machine, Position position) {
  if (position.file == 0) return {};
  Vm::Where where = machine.vm.where(position);
  return {std::string(where.file), where.line, where.column};
}

std::string license_of(Machine& machine, Value meta) {
  Value license = machine.member(meta, "license");
  if (!license) return "";
  if (license.is(Kind::String)) return std::string(as_string(license)->view());
  if (license.is(Kind::Attrs)) {
    std::string id = machine.text(license, "spdxId");
    return id.empty() ? machine.text(license, "fullName") : id;
  }
  std::string out;
  if (license.is(Kind::List)) {
    for (std::uint32_t i = 0; i < as_list(license)->size; ++i) {
      Value one = machine.vm.force(as_list(license)->items[i]);
      machine.forget_error();
      std::string id = one && one.is(Kind::Attrs) ? machine.text(one, "spdxId") : std::string();
      if (!id.empty()) out += (out.empty() ? "" : ", ") + id;
    }
  }
  return out;
}

void describe_derivation(Machine& machine, Value value, ValueInfo& info) {
  info.type = "derivation";
  info.name = machine.text(value, "name");
  info.version = machine.text(value, "version");
  Value meta = machine.member(value, "meta");
  info.description = machine.text(meta, "description");
  info.homepage = machine.text(meta, "homepage");
  info.license = license_of(machine, meta);
  info.broken = machine.flag(meta, "broken").value_or(false);
  info.unfree = machine.flag(meta, "unfree").value_or(false);
  info.drv_path = machine.text(value, "drvPath");
  std::string position = machine.text(meta, "position");
  if (!position.empty()) info.place = read_position(position);
}

// What a set with `__functor` is as a function: what that gives for the set itself, as often as it is a set again.
Value called_by_functor(Machine& machine, Value value) {
  constexpr int kMostLayers = 6;
  for (int layer = 0; layer < kMostLayers && value && value.is(Kind::Attrs); ++layer) {
    Value functor = machine.member(value, "__functor");
    value = functor && functor.is_function() ? machine.vm.call(functor, value) : Value();
    if (value) value = machine.vm.force(value);
    machine.forget_error();
  }
  return value && value.is_function() ? value : Value();
}

// The arguments that a function says it has: `__functionArgs` of a set, required ones first.
std::vector<std::string> declared_arguments(Machine& machine, Value value) {
  Value declared = value.is(Kind::Attrs) ? machine.member(value, "__functionArgs") : Value();
  std::vector<std::string> required, optional;
  if (!declared || !declared.is(Kind::Attrs)) return required;
  for (Attr attribute : attributes_by_text(as_attrs(declared))) {
    std::string name(text_of(attribute.name));
    if (machine.flag(declared, name).value_or(false)) optional.push_back(name + "?");
    else required.push_back(std::move(name));
  }
  required.insert(required.end(), optional.begin(), optional.end());
  return required;
}

void describe_function(Machine& machine, Value value, ValueInfo& info) {
  info.type = "lambda";
  info.arguments = declared_arguments(machine, value);
  // What wraps a function is written elsewhere, and says nothing of it.
  if (!info.arguments.empty()) return;
  Value function = value.is(Kind::Attrs) ? called_by_functor(machine, value) : value;
  bool builtin = function && function.is(Kind::Builtin);
  if (const BuiltinRow* row = builtin ? builtin_row(function) : nullptr) {
    info.arguments.emplace_back(row->params);
    info.name = std::string(row->name);
    return;
  }
  if (!function || !is_lambda(function)) return;
  if (function.is(Kind::PartialApplication)) {
    info.given = as_partial(function)->size;
    function = as_partial(function)->function;
  }
  const Code& code = code_of(function.object());
  info.place = place_of(machine, position_of(machine.vm, code));
  if (code.has_pattern && info.given == 0) {
    for (const IrFormal& formal : formals_of(machine.vm, code)) {
      info.arguments.push_back(std::string(text_of(formal.name)) + (formal.fallback == kNone ? "" : "?"));
    }
    if (code.ellipsis) info.arguments.emplace_back("...");
  }
}

ValueInfo describe(Machine& machine, Session* session, const ValuePath& path) {
  ValueInfo info;
  Vm& vm = machine.vm;
  Value value = base_value(machine, session, path);
  if (value && !path.names.empty()) {
    std::vector<std::string> outer(path.names.begin(), path.names.end() - 1);
    value = machine.select(value, outer);
    if (value) value = vm.auto_call(value, vm.empty_attrs);
    Attr attribute = value && value.is(Kind::Attrs) ? find(as_attrs(value), intern(path.names.back())) : Attr{};
    if (attribute) info.attribute = place_of(machine, attribute.position());
    if (value) value = machine.select(value, {path.names.back()});
  }
  if (!value) {
    info.error = vm.error ? vm.error->message : "it cannot be evaluated";
    machine.forget_error();
    return info;
  }
  info.type = std::string(Vm::type_name(value));
  bool functor = value.is(Kind::Attrs) && find(as_attrs(value), vm.symbols.functor);
  if (value.is(Kind::Attrs) && machine.is_derivation(value)) describe_derivation(machine, value, info);
  else if (value.is_function() || functor) describe_function(machine, value, info);
  if (info.type != "derivation" && !functor) info.shown = machine.brief(value, kShownBytes);
  return info;
}

std::vector<std::string> members(Machine& machine, Session* session, const ValuePath& path) {
  std::vector<std::string> names;
  Value value = base_value(machine, session, path);
  if (value) value = machine.select(value, path.names);
  if (value) value = machine.vm.auto_call(value, machine.vm.empty_attrs);
  machine.forget_error();
  if (!value || !value.is(Kind::Attrs)) return names;
  for (Attr attribute : attributes_by_text(as_attrs(value))) names.emplace_back(text_of(attribute.name));
  return names;
}

OptionState option_state(Machine& machine, Session* session, const ValuePath& path) {
  OptionState state;
  const Session::Configuration* found = session ? session->configuration_of(path.file) : nullptr;
  if (!found) return state;
  Value at = machine.member(found->value, "options");
  for (const std::string& name : path.names) at = machine.member(at, name);
  if (!at || machine.text(at, "_type") != "option") return state;
  state.known = true;
  state.defined = machine.flag(at, "isDefined").value_or(false);
  for (const char* name : {"highestPrio", "highestPriority"}) {
    Value priority = machine.member(at, name);
    if (priority && priority.is(Kind::Integer)) state.priority = static_cast<std::uint32_t>(priority.integer());
  }
  Attr value = find(as_attrs(at), machine.vm.symbols.value);
  Value forced = value ? machine.vm.force_slot(*value.slot) : Value();
  if (!forced && machine.vm.error) state.error = machine.vm.error->message;
  machine.forget_error();
  if (forced) state.value = machine.brief(forced, kShownBytes);
  Value files = machine.member(at, "files"), values = machine.member(at, "definitions");
  for (std::uint32_t i = 0; files && files.is(Kind::List) && i < as_list(files)->size; ++i) {
    Value file = machine.vm.force(as_list(files)->items[i]);
    machine.forget_error();
    bool has_value = values && values.is(Kind::List) && i < as_list(values)->size;
    state.definitions.push_back({file && (file.is(Kind::String) || file.is(Kind::Path)) ? std::string(as_string(file)->view()) : "",
                                 has_value ? machine.brief(as_list(values)->items[i], 200) : ""});
  }
  return state;
}

BuildPlan build_plan(Machine& machine, Session* session, const ValuePath& path) {
  BuildPlan plan;
  Value value = base_value(machine, session, path);
  if (value) value = machine.select(value, path.names);
  Value set = value && value.is(Kind::Attrs) ? value : Value();
  // A system stands for what it is built into.
  Value system = machine.member(machine.member(machine.member(machine.member(set, "config"), "system"), "build"), "toplevel");
  if (system && system.is(Kind::Attrs)) set = system;
  Attr found = set ? find(as_attrs(set), machine.vm.symbols.drv_path) : Attr{};
  Value drv_path = found && !machine.vm.error ? machine.vm.force_slot(*found.slot) : Value();
  if (!drv_path || !drv_path.is(Kind::String)) {
    plan.error = machine.vm.error ? machine.vm.error->message : "it is no derivation";
    machine.forget_error();
    return plan;
  }
  plan.name = machine.text(set, "name");
  auto graph = stdlib::build_graph_of(machine.world, std::string(as_string(drv_path)->view()));
  if (!graph) {
    plan.error = graph.error().message;
    return plan;
  }
  plan.derivations = static_cast<std::uint32_t>(graph->derivations);
  plan.downloads = static_cast<std::uint32_t>(graph->downloads);
  plan.sources = static_cast<std::uint32_t>(graph->sources);
  plan.drawing = std::move(graph->drawing);
  return plan;
}

bool option_part(Machine& machine, Session* session, const ValuePath& path, Writer& out) {
  bool own = session && path.base == Base::Configuration;
  const Session::Configuration* found = own ? session->own_configuration_of(path.file) : nullptr;
  if (own && !found) return false;
  Value configuration = found ? found->value : machine.system_with("");
  machine.forget_error();
  if (!configuration || !configuration.is(Kind::Attrs)) return false;
  out.text(make_part(machine, configuration, path.names));
  return true;
}

bool option_index(Machine& machine, Session* session, Reader& in, Writer& out, const SendPart& send_part) {
  std::string file = in.text(), what = in.text(), stamp = in.text();
  const Session::Configuration* found = session && !file.empty() ? session->own_configuration_of(file) : nullptr;
  // One that is known from before may fail now.
  if (!file.empty() && !found) return false;
  Value configuration = found ? found->value : machine.system_with("");
  machine.forget_error();
  if (!configuration || !configuration.is(Kind::Attrs)) return false;
  send_part(make_outline(machine, configuration));
  // Nobody waits for the rest: what is wanted before it is there is asked for by itself.
  constexpr int kPatient = 5;
  setpriority(PRIO_PROCESS, 0, kPatient);
  std::string bytes = make_index(machine, configuration, stamp);
  // Written for next time; a full disk or a read-only cache costs only that.
  std::string path = index_file(what);
  std::error_code ignored;
  std::string folder = path.substr(0, path.rfind('/'));
  if (!path.empty()) std::filesystem::create_directories(folder, ignored);
  if (!path.empty() && base::write_file_atomically(path, bytes)) base::forget_oldest(folder, "", kMostIndexes);
  out.text(bytes);
  return true;
}

}  // namespace

bool answer(Machine& machine, Session* session, Request kind, Reader& in, Writer& out, const SendPart& send_part) {
  switch (kind) {
    case Request::Members: out.texts(members(machine, session, read_value_path(in))); return true;
    case Request::Describe: write(out, describe(machine, session, read_value_path(in))); return true;
    case Request::OptionState: write(out, option_state(machine, session, read_value_path(in))); return true;
    case Request::OptionIndex: return option_index(machine, session, in, out, send_part);
    case Request::BuildGraph: write(out, build_plan(machine, session, read_value_path(in))); return true;
    case Request::OptionPart: return option_part(machine, session, read_value_path(in), out);
    default: return false;
  }
}

}  // namespace evalctl::lsp
