// `evalctl jobs`: every derivation of a set, one line of JSON each, in the form of nix-eval-jobs. An attribute that fails
// gives a line that says so; the others go on.
#include <fmt/core.h>

#include <charconv>
#include <cstdio>

#include "cli/commands.h"
#include "cli/session.h"
#include "stdlib/diagnose.h"
#include "stdlib/json.h"
#include "store/derivation.h"
#include "store/hash_modulo.h"

namespace evalctl::cli {
namespace {

using namespace evaluator;

struct JobOptions {
  std::string file, expression, attribute, apply, select, shard;
  bool has_expression = false;
  bool force_recurse = false, meta = false, input_derivations = false, constituents = false;
  std::uint32_t part = 0, parts = 1;  // which part of how many; part counts from 0
};

// "2/8": the second of eight parts.
bool parse_shard(JobOptions& options) {
  if (options.shard.empty()) return true;
  const char* end = options.shard.data() + options.shard.size();
  std::uint32_t part = 0, parts = 0;
  auto first = std::from_chars(options.shard.data(), end, part);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return false;
  auto second = std::from_chars(first.ptr + 1, end, parts);
  if (second.ec != std::errc() || second.ptr != end || part < 1 || part > parts) return false;
  options.part = part - 1;
  options.parts = parts;
  return true;
}

class Jobs {
 public:
  Jobs(Session& session, const JobOptions& options) : session_(session), vm_(session.vm), options_(options) {}

  bool run(Value root, Value apply) {
    apply_ = apply;
    visit(root, true);
    return !failed_at_root_;
  }

 private:
  // Every machine must take the same part: FNV-1a of the name.
  bool in_shard(std::string_view name) const {
    std::uint32_t h = 2166136261u;
    for (unsigned char c : name) h = (h ^ c) * 16777619u;
    return h % options_.parts == options_.part;
  }

  void visit(Value slot, bool enter) {
    Value v = session_.auto_call(slot);
    if (v) v = vm_.force(v);
    if (!v) return failure();
    if (!v.is(Kind::Attrs)) return;
    AttrsObject* attrs = as_attrs(v);
    int derivation = is_derivation(attrs);
    if (derivation < 0) return failure();
    if (derivation == 1) return job(v, attrs);
    if (!enter && !options_.force_recurse && !recurses(attrs)) return;
    if (vm_.error) return failure();
    for (const Attr& a : attributes_by_text(attrs)) {
      if (path_.empty() && options_.parts > 1 && !in_shard(text_of(a.name))) continue;
      path_.emplace_back(text_of(a.name));
      visit(*a.slot, false);
      path_.pop_back();
    }
  }

  int is_derivation(AttrsObject* attrs) {
    Attr type = find(attrs, vm_.symbols.type);
    if (!type) return 0;
    Value kind = vm_.force(*type.slot);
    if (!kind) return -1;
    return kind.is(Kind::String) && as_string(kind)->view() == "derivation";
  }

  bool recurses(AttrsObject* attrs) {
    Attr recurse = find(attrs, vm_.symbols.recurse);
    bool wanted = false;
    return recurse && vm_.force_bool(*recurse.slot, wanted, "the attribute `recurseForDerivations`") && wanted;
  }

  static void member(std::string& out, std::string_view key, std::string_view text) {
    out += fmt::format(",\"{}\":", key);
    stdlib::append_json_string(text, out);
  }

  // {"attr":"a.b","attrPath":["a","b"]
  std::string head() const {
    std::string joined, list;
    for (const std::string& name : path_) {
      if (!joined.empty()) joined += '.';
      joined += name.contains('.') ? "\"" + name + "\"" : name;
      if (!list.empty()) list += ',';
      stdlib::append_json_string(name, list);
    }
    std::string out = "{\"attr\":";
    stdlib::append_json_string(joined, out);
    return out + ",\"attrPath\":[" + list + "]";
  }

  void print(const std::string& line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
  }

  void failure() {
    if (path_.empty()) {
      failed_at_root_ = true;
      return;
    }
    std::string out = head();
    member(out, "error", render_error(vm_, session_.show_trace));
    out += fmt::format(",\"diagnostic\":{}}}\n", base::render_json(stdlib::diagnose(vm_)));
    // Attributes that fail are reported; what fails next is another matter.
    vm_.error.reset();
    print(out);
  }

  bool text_of_attribute(AttrsObject* attrs, Symbol name, std::string& out) {
    Attr a = find(attrs, name);
    const StringObject* text = a ? vm_.force_string(*a.slot) : nullptr;
    if (text) out = text->view();
    return text != nullptr || !a;
  }

  void job(Value v, AttrsObject* attrs) {
    std::string drv_path, name, system, extra;
    const Context* context = nullptr;
    Attr drv = find(attrs, vm_.symbols.drv_path);
    if (!drv) vm_.fail(ErrorKind::MissingAttribute, "derivation does not contain a 'drvPath' attribute");
    if (!drv || !vm_.coerce_to_path(*drv.slot, drv_path, context, "the 'drvPath' attribute of a derivation") ||
        !text_of_attribute(attrs, vm_.symbols.name, name) || !text_of_attribute(attrs, vm_.symbols.system, system) ||
        !extra_value(v, extra))
      return failure();
    std::string out = head();
    if (options_.constituents) out += constituents(attrs);
    if (vm_.error) return failure();
    member(out, "drvPath", drv_path);
    if (!extra.empty()) out += ",\"extraValue\":" + extra;
    auto known = session_.world.hashes->find(drv_path);
    if (!known) {
      vm_.fail_other("{}", known.error().message);
      return failure();
    }
    store::Derivation whole;
    if (auto parsed = store::parse_aterm((*known)->text)) whole = std::move(*parsed);
    if (options_.input_derivations) out += inputs(whole);
    if (options_.meta) out += meta(attrs);
    member(out, "name", name);
    out += outputs(**known) + features(whole);
    member(out, "system", system);
    print(out + "}\n");
  }

  bool extra_value(Value v, std::string& out) {
    if (!apply_) return true;
    const Context* context = nullptr;
    Value result = vm_.call(apply_, v);
    return result && stdlib::to_json(vm_, result, out, context, false);
  }

  static std::string outputs(const store::KnownDerivation& known) {
    std::string out = ",\"outputs\":{";
    for (const auto& [name, path] : known.outputs) {
      if (out.back() != '{') out += ',';
      stdlib::append_json_string(name, out);
      out += ':';
      if (path.empty()) out += "null";
      else stdlib::append_json_string(path, out);
    }
    return out + '}';
  }

  static std::string inputs(const store::Derivation& whole) {
    std::string out = ",\"inputDrvs\":{";
    for (const auto& [path, names] : whole.input_drvs) {
      if (out.back() != '{') out += ',';
      stdlib::append_json_string(path, out);
      out += ":[";
      for (const auto& name : names) {
        if (out.back() != '[') out += ',';
        stdlib::append_json_string(name, out);
      }
      out += ']';
    }
    return out + '}';
  }

  static std::string features(const store::Derivation& whole) {
    std::string out = ",\"requiredSystemFeatures\":[";
    auto wanted = whole.env.find("requiredSystemFeatures");
    std::string_view rest = wanted == whole.env.end() ? std::string_view{} : std::string_view(wanted->second);
    while (!rest.empty()) {
      std::size_t end = std::min(rest.find(' '), rest.size());
      if (end > 0) {
        if (out.back() != '[') out += ',';
        stdlib::append_json_string(rest.substr(0, end), out);
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out + ']';
  }

  // What of `meta` can be evaluated and written.
  std::string meta(AttrsObject* attrs) {
    Attr meta = find(attrs, vm_.symbols.meta);
    AttrsObject* set = meta ? vm_.force_attrs(*meta.slot) : nullptr;
    std::string out;
    for (const Attr& a : set ? attributes_by_text(set) : attributes_by_text(as_attrs(vm_.empty_attrs))) {
      std::string text;
      const Context* context = nullptr;
      if (stdlib::to_json(vm_, *a.slot, text, context, false)) {
        out += out.empty() ? "" : ",";
        stdlib::append_json_string(text_of(a.name), out);
        out += ':' + text;
      }
      vm_.error.reset();
    }
    vm_.error.reset();
    return ",\"meta\":{" + out + "}";
  }

  // Of an aggregate job: the derivations in its `constituents`, and those that are named by a string.
  std::string constituents(AttrsObject* attrs) {
    Attr aggregate = find(attrs, intern("_hydraAggregate"));
    bool wanted = false;
    if (!aggregate || !vm_.force_bool(*aggregate.slot, wanted) || !wanted) return "";
    std::string paths, names;
    Attr parts = find(attrs, intern("constituents"));
    ListObject* list = parts ? vm_.force_list(*parts.slot) : nullptr;
    for (std::uint32_t i = 0; list && i < list->size; ++i) {
      std::string text;
      const Context* context = nullptr;
      if (!vm_.coerce_to_string(list->items[i], text, context, false, false)) return "";
      std::string& out = context ? paths : names;
      if (context) text = std::string(context->elements().front().path);
      if (!out.empty()) out += ',';
      stdlib::append_json_string(text, out);
    }
    return fmt::format(",\"constituents\":[{}],\"namedConstituents\":[{}]", paths, names);
  }

  Session& session_;
  Vm& vm_;
  const JobOptions& options_;
  Value apply_;
  std::vector<std::string> path_;
  bool failed_at_root_ = false;
};

int run_all(Session& session, const JobOptions& options) {
  Value root = options.has_expression ? session.evaluate_expression(options.expression) : session.evaluate_file(options.file);
  if (root) root = session.select(root, options.attribute);
  if (root && !options.select.empty()) {
    Value function = session.evaluate_expression(options.select);
    root = session.auto_call(root);
    if (root && function) root = session.vm.call(function, root);
  }
  Value apply = options.apply.empty() ? Value() : session.evaluate_expression(options.apply);
  if (!root || session.vm.error) return 1;
  return Jobs(session, options).run(root, apply) ? 0 : 1;
}

}  // namespace

int run_jobs(Words words) {
  // Never freed: the process ends with it.
  Session& session = *new Session;
  session.nix_errors = true;
  session.world.hashes->keep_texts = true;
  JobOptions options;
  bool no_instantiate = false;
  std::vector<Option> table = {
      text("-f|--file", options.file),
      {"-E|--expr", 1, [&](auto v) { options.expression = v[0]; options.has_expression = true; }},
      text("-A|--attr", options.attribute),
      text("--apply", options.apply),
      text("--select", options.select),
      text("--shard", options.shard),
      flag("--force-recurse", options.force_recurse),
      flag("--meta", options.meta),
      flag("--show-input-drvs", options.input_derivations),
      flag("--constituents", options.constituents),
      flag("--no-instantiate|--read-only|--readonly-mode", no_instantiate),
      ignored("--workers|--max-memory-size|--gc-roots-dir", 1),
  };
  session.add_common_options(table);
  std::vector<std::string> positional;
  if (!parse_options(words, table, positional)) return 2;
  // nix-eval-jobs takes the file, or with --expr the expression, as its argument.
  if (!positional.empty()) (options.has_expression ? options.expression : options.file) = positional[0];
  if ((options.file.empty() && !options.has_expression) || !parse_shard(options)) {
    fmt::print(stderr, "usage: evalctl jobs (--file FILE | --expr EXPRESSION) [-A ATTRIBUTE] [--shard I/N] [OPTION...]\n");
    return 2;
  }
  session.world.read_only = no_instantiate || (session.store.empty() && !stdlib::World::has_machine_store());
  return session.run([&] { return run_all(session, options); });
}

}  // namespace evalctl::cli
