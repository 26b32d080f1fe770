// `evalctl flake show`: the outputs of a flake as a tree, or as JSON in Nix's form.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/configurations.h"
#include "cli/flake_commands.h"
#include "cli/installables.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;
using nlohmann::json;

template <class... Names>
bool is_one_of(const std::string& text, Names... names) {
  return ((text == names) || ...);
}

class Show {
 public:
  explicit Show(FlakeCommand& command) : command_(command), vm_(command.session.vm), color_(isatty(STDOUT_FILENO)) {}

  // Shows what `slot`, which stands at path_, holds. `header` begins its line, `indent` those below. False on failure.
  bool visit(Value slot, const std::string& header, const std::string& indent, json& out) {
    out = json::object();
    Vm::Depth level(vm_);
    if (level && visit_inside(slot, header, indent, out)) return true;
    // Parts of legacyPackages may fail.
    if (path_.empty() || path_[0] != "legacyPackages") return false;
    vm_.error.reset();
    return true;
  }

 private:
  std::string paint(const char* code, const std::string& text) const { return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text; }

  void line(const std::string& text) {
    if (!command_.json) fmt::print("{}\n", text);
  }

  bool skipped(const std::string& header, const std::string& why) {
    if (command_.json) command_.session.world.message(fmt::format("warning: {} {}", show_attribute_path(path_), why));
    line(fmt::format("{} {}", header, paint("35;1", why)));
    return true;
  }

  bool omitted(const std::string& header, const char* flag) { return skipped(header, fmt::format("omitted (use '{}' to show)", flag)); }

  bool is_foreign_system() const { return !command_.all_systems && path_.size() > 1 && path_[1] != command_.session.world.system; }

  bool visit_inside(Value slot, const std::string& header, const std::string& indent, json& out) {
    std::size_t size = path_.size();
    std::string kind = size ? path_[0] : "";
    if (size == 0 ||
        (size == 1 && is_one_of(kind, "defaultPackage", "devShell", "formatter", "nixosConfigurations", "nixosModules", "defaultApp", "templates",
                                "overlays")) ||
        (size <= 2 && is_one_of(kind, "checks", "packages", "devShells", "apps"))) {
      return recurse(slot, header, indent, out);
    }
    if ((size == 2 && is_one_of(kind, "defaultPackage", "devShell", "formatter")) ||
        (size == 3 && is_one_of(kind, "checks", "packages", "devShells"))) {
      return is_foreign_system() ? omitted(header, "--all-systems") : package(slot, header, out);
    }
    if (kind == "hydraJobs") return derivation_or(slot, header, indent, out, true);
    if (kind == "legacyPackages") {
      if (size == 1) return recurse(slot, header, indent, out);
      if (!command_.legacy) return omitted(header, "--legacy");
      if (is_foreign_system()) return omitted(header, "--all-systems");
      return derivation_or(slot, header, indent, out, size <= 2);
    }
    if ((size == 2 && kind == "defaultApp") || (size == 3 && kind == "apps")) return app(slot, header, out);
    if ((size == 1 && kind == "defaultTemplate") || (size == 2 && kind == "templates")) return one_template(slot, header, out);
    return other(header, out);
  }

  bool recurse(Value slot, const std::string& header, const std::string& indent, json& out) {
    AttrsObject* set = vm_.force_attrs(slot, fmt::format("the flake output '{}'", show_attribute_path(path_)));
    if (!set) return false;
    line(header);
    std::vector<Symbol> shown;
    for (const Attr& attribute : attributes_by_text(set)) {
      path_.emplace_back(text_of(attribute.name));
      if (has_content(*attribute.slot)) shown.push_back(attribute.name);
      path_.pop_back();
    }
    for (std::size_t i = 0; i < shown.size(); ++i) {
      bool last = i + 1 == shown.size();
      std::string name(text_of(shown[i]));
      path_.push_back(name);
      json inside;
      bool done = visit(*find(set, shown[i]).slot, paint("32;1", indent + (last ? "└───" : "├───")) + paint("1", name), indent + (last ? "    " : "│   "), inside);
      if (!done) {
        vm_.add_frame(fmt::format("while showing the flake output '{}'", show_attribute_path(path_)));
        return false;
      }
      path_.pop_back();
      out[name] = std::move(inside);
    }
    return true;
  }

  // False for sets that hold nothing anywhere; frameworks make many.
  bool has_content(Value slot) {
    std::size_t size = path_.size();
    bool is_container = (size <= 2 && is_one_of(path_[0], "apps", "checks", "devShells", "legacyPackages", "packages")) ||
                        (size == 1 && is_one_of(path_[0], "formatter", "nixosConfigurations", "nixosModules", "overlays"));
    if (!is_container) return true;
    AttrsObject* set = vm_.force_attrs(slot);
    bool any = !set;
    for (const Attr& attribute : attributes_by_text(set ? set : as_attrs(vm_.empty_attrs))) {
      path_.emplace_back(text_of(attribute.name));
      any = any || has_content(*attribute.slot);
      path_.pop_back();
    }
    vm_.error.reset();
    return any;
  }

  // What cannot be told without a build is passed over.
  bool failed(const std::string& header) {
    if (!vm_.error || !vm_.error->message.contains("allow-import-from-derivation")) return false;
    vm_.error.reset();
    return skipped(header, "omitted due to use of import from derivation");
  }

  bool package(Value slot, const std::string& header, json& out) {
    Value value = vm_.force(slot);
    if (!value) return failed(header);
    if (is_derivation(vm_, value)) return derivation(value, header, out) || failed(header);
    if (vm_.error) return failed(header);
    command_.session.world.message(fmt::format("warning: {} is not a derivation", show_attribute_path(path_)));
    return true;
  }

  bool derivation_or(Value slot, const std::string& header, const std::string& indent, json& out, bool enter) {
    Value value = vm_.force(slot);
    if (!value) return failed(header);
    if (is_derivation(vm_, value)) return derivation(value, header, out) || failed(header);
    if (vm_.error) return failed(header);
    return !enter || recurse(value, header, indent, out);
  }

  // A string below the set `value`; none when it is not there. False on failure.
  bool string_in(Value value, std::initializer_list<std::string_view> path, std::optional<std::string>& out) {
    for (std::string_view name : path) {
      AttrsObject* set = vm_.force_attrs(value);
      if (!set) return false;
      Attr next = find(set, intern(name));
      if (!next) return true;
      value = *next.slot;
    }
    const StringObject* text = vm_.force_string(value);
    if (text) out = text->view();
    return text != nullptr;
  }

  bool derivation(Value value, const std::string& header, json& out) {
    std::optional<std::string> name, description;
    if (!string_in(value, {"name"}, name) || !string_in(value, {"meta", "description"}, description)) return false;
    out = {{"type", "derivation"}, {"name", name.value_or("")}, {"description", description.value_or("")}};
    bool is_shell = is_one_of(path_[0], "devShell", "devShells");
    bool is_plain = is_one_of(path_[0], "checks", "hydraJobs");
    line(fmt::format("{}: {} '{}'", header, is_shell ? "development environment" : is_plain ? "derivation" : "package", name.value_or("")));
    return true;
  }

  bool app(Value value, const std::string& header, json& out) {
    std::optional<std::string> type, description;
    if (!string_in(value, {"type"}, type) || !string_in(value, {"meta", "description"}, description)) return false;
    if (type != "app") return vm_.fail_other("not an app definition"), false;
    out["type"] = "app";
    if (description) out["description"] = *description;
    line(fmt::format("{}: app: {}", header, paint("1", description.value_or("no description"))));
    return true;
  }

  bool one_template(Value value, const std::string& header, json& out) {
    std::optional<std::string> description;
    if (!string_in(value, {"description"}, description)) return false;
    if (!description) return vm_.fail(ErrorKind::MissingAttribute, "attribute 'description' missing"), false;
    out = {{"type", "template"}, {"description", *description}};
    line(fmt::format("{}: template: {}", header, paint("1", *description)));
    return true;
  }

  bool other(const std::string& header, json& out) {
    std::size_t size = path_.size();
    auto [type, shown] = (size == 1 && path_[0] == "overlay") || (size == 2 && path_[0] == "overlays")           ? std::pair("nixpkgs-overlay", "Nixpkgs overlay")
                         : size == 2 && path_[0] == "nixosConfigurations"                                        ? std::pair("nixos-configuration", "NixOS configuration")
                         : (size == 1 && path_[0] == "nixosModule") || (size == 2 && path_[0] == "nixosModules") ? std::pair("nixos-module", "NixOS module")
                                                                                                                 : std::pair("unknown", "unknown");
    out["type"] = type;
    line(fmt::format("{}: {}", header, paint("35;1", shown)));
    return true;
  }

  FlakeCommand& command_;
  Vm& vm_;
  bool color_;
  std::vector<std::string> path_;
};

}  // namespace

bool show_flake_outputs(FlakeCommand& command) {
  command.session.world.allow_import_from_derivation = false;
  command.options.lock.apply_config = {};
  stdlib::LockedFlake locked;
  if (!lock_flake(command, locked)) return false;
  Value outputs = flake_outputs(command.session, locked);
  if (!outputs) return false;
  json out;
  std::string title = locked.flake.locked.to_string();
  if (isatty(STDOUT_FILENO)) title = "\x1b[1m" + title + "\x1b[0m";
  if (!Show(command).visit(outputs, title, "", out)) return false;
  if (command.json) fmt::print("{}\n", out.dump(isatty(STDOUT_FILENO) ? 2 : -1, ' ', false, json::error_handler_t::replace));
  return true;
}

}  // namespace evalctl::cli
