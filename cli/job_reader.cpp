#include "cli/job_reader.h"

#include <fmt/core.h>

#include <filesystem>

#include "cli/job_fields.h"
#include "evaluator/waiting.h"
#include "stdlib/diagnose.h"
#include "stdlib/json.h"

namespace evalctl::cli {

using namespace evaluator;

bool JobOptions::in_shard(const AttributePath& path) const {
  // FNV-1a of the names, a zero between them.
  std::uint32_t h = 2166136261u;
  for (std::size_t i = 0; i < path.size() && i < shard_depth; ++i) {
    if (i > 0) h *= 16777619u;
    for (unsigned char c : path[i]) h = (h ^ c) * 16777619u;
  }
  return parts == 1 || h % parts == part;
}

std::string join(const AttributePath& path) {
  std::string joined;
  for (const std::string& name : path) {
    if (!joined.empty()) joined += '.';
    joined += name.contains('.') ? "\"" + name + "\"" : name;
  }
  return joined;
}

std::string error_line(const AttributePath& path, std::string_view error, std::string_view diagnostic) {
  JobFields fields{{"attr", json_string(join(path))}, {"attrPath", json_strings(path)}, {"error", json_string(error)}};
  if (!diagnostic.empty()) fields["diagnostic"] = diagnostic;
  return json_object(fields);
}

base::Result<void> keep_derivation(Session& session, const std::string& folder, const std::string& drv_path) {
  if (folder.empty() || session.world.read_only) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::filesystem::path link = std::filesystem::absolute(folder, error) / drv_path.substr(drv_path.rfind('/') + 1);
  if (std::filesystem::is_symlink(link, error)) return {};
  std::filesystem::create_symlink(drv_path, link, error);
  if (error) return base::fail(fmt::format("cannot make the link '{}': {}", link.string(), error.message()));
  return session.world.store->add_root(link.string());
}

Value EnteredSets::find(const std::string& key) const {
  std::lock_guard lock(mutex_);
  auto known = places_.find(key);
  return known == places_.end() ? Value() : *known->second;
}

Value EnteredSets::enter(const std::string& key, Value value) {
  std::lock_guard lock(mutex_);
  Value*& word = places_[key];
  if (!word) *(word = program_.new_word()) = value;
  return *word;
}

void EnteredSets::replace_root(Value root) {
  std::lock_guard lock(mutex_);
  *places_[""] = root;
}

JobReader::JobReader(Session& session, Vm& vm, const JobOptions& options, EnteredSets& entered, Value apply, std::optional<std::uint32_t> files_before)
    : session_(session), vm_(vm), options_(options), entered_(entered), apply_(apply), files_before_(files_before) {}

// The value at `path`, evaluated and called with arguments if it asks for some.
Value JobReader::value_at(const AttributePath& path) {
  std::string key;
  Value value = entered_.find(key);
  for (std::size_t i = 0;; ++i) {
    Value known = i > 0 ? entered_.find(key) : Value();
    if (known) {
      value = known;
    } else {
      value = session_.auto_call(vm_, value);
      if (value) value = vm_.force(value);
      if (!value) return {};
      // What is passed on the way is a set that other paths pass too.
      if (i == 0 && path.empty()) entered_.replace_root(value);
      else if (i < path.size() && i > 0) value = entered_.enter(key, value);
    }
    if (i == path.size()) return value;
    Attr next = value.is(Kind::Attrs) ? find(as_attrs(value), intern(path[i])) : Attr{};
    if (!next) return vm_.fail(ErrorKind::MissingAttribute, fmt::format("attribute '{}' not found", path[i]));
    value = *next.slot;
    key += path[i] + '\0';
  }
}

// False for what another machine reports. All look at what stands above the depth that decides.
bool JobReader::is_wanted(const AttributePath& path) const {
  return path.empty() || path.size() >= options_.shard_depth || options_.in_shard(path);
}

bool JobReader::is_below_itself(Value v, const AttributePath& path) const {
  std::string key;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (entered_.find(key) == v) return true;
    key += path[i] + '\0';
  }
  return false;
}

// The attributes to be looked at. A set below the root is entered only when it asks for that; the root unless it forbids it.
bool JobReader::children(AttrsObject* attrs, const AttributePath& path, JobReply& reply) {
  bool enter = options_.force_recurse || path.empty();
  Attr recurse = options_.force_recurse ? Attr{} : find(attrs, vm_.symbols.recurse);
  if (recurse && !vm_.force_bool(*recurse.slot, enter, "the attribute `recurseForDerivations`")) return false;
  if (!enter) return true;
  reply.kind = JobReply::Kind::Set;
  AttributePath child = path;
  child.emplace_back();
  for (const Attr& a : attributes_by_text(attrs)) {
    child.back() = text_of(a.name);
    if (child.size() < options_.shard_depth || options_.in_shard(child)) reply.names.push_back(child.back());
  }
  return true;
}

JobReply JobReader::failure(const AttributePath& path) {
  bool alone = !files_before_;
  bool depends = !alone && (abandoned(vm_) || vm_.heap.exhausted() || vm_.error->depends_on_order);
  stdlib::Beside beside{.files = files_before_.value_or(0)};
  base::Diagnostic found = depends ? base::Diagnostic() : stdlib::diagnose(vm_, &beside);
  if (depends || (!alone && beside.shows)) {
    vm_.error.reset();
    return {.kind = JobReply::Kind::Alone};
  }
  std::string message = render_error(vm_, found, session_.show_trace), diagnostic = base::render_json(found);
  // What fails next is another matter.
  vm_.error.reset();
  if (!is_wanted(path)) return {};
  return {JobReply::Kind::Failure, {}, error_line(path, message, diagnostic), {}};
}

JobReply JobReader::read(const AttributePath& path) {
  Value v = value_at(path);
  if (!v) return failure(path);
  if (!v.is(Kind::Attrs)) return {};
  AttrsObject* attrs = as_attrs(v);
  bool derivation = vm_.is_derivation(attrs);
  JobReply reply;
  if (vm_.error) return failure(path);
  // A set that is found again below itself has no end.
  if (!derivation && is_below_itself(v, path)) return {};
  if (!derivation) {
    if (!children(attrs, path, reply)) return failure(path);
    return reply;
  }
  if (!is_wanted(path)) return {};
  reply.kind = JobReply::Kind::Line;
  if (!job(v, attrs, path, reply.line)) return failure(path);
  return reply;
}

bool JobReader::job(Value v, AttrsObject* attrs, const AttributePath& path, std::string& line) {
  JobFields fields{{"attr", json_string(join(path))}, {"attrPath", json_strings(path)}};
  Attr name = find(attrs, vm_.symbols.name), drv = find(attrs, vm_.symbols.drv_path);
  if (!name) vm_.fail(ErrorKind::MissingAttribute, "derivation name missing");
  const StringObject* text = name ? vm_.force_string_no_context(*name.slot, "the 'name' attribute of a derivation") : nullptr;
  if (!text) return false;
  fields["name"] = json_string(text->view());
  if (options_.constituents && !add_constituents(vm_, attrs, fields)) return false;
  const Context* context = nullptr;
  if (apply_) {
    Value result = vm_.call(apply_, v);
    if (!result || !vm_.force_attrs(result, "the result of --apply") || !stdlib::to_json(vm_, result, fields["extraValue"], context, false)) return false;
  }
  if (!add_outputs(vm_, attrs, fields)) return false;
  std::string drv_path;
  if (!drv) vm_.fail(ErrorKind::MissingAttribute, "derivation does not contain a 'drvPath' attribute");
  if (!drv || !vm_.coerce_to_path(*drv.slot, drv_path, context, "the 'drvPath' attribute of a derivation")) return false;
  fields["drvPath"] = json_string(drv_path);
  auto fail = [&](const std::string& message) { return static_cast<bool>(vm_.fail_other("{}", message)); };
  auto known = session_.world.hashes->find(drv_path);
  if (!known) return fail(known.error().message);
  auto parsed = store::parse_aterm((*known)->text);
  if (!parsed) return fail(parsed.error().message);
  fields["system"] = json_string(parsed->system);
  fields["requiredSystemFeatures"] = required_system_features(*parsed);
  if (options_.input_derivations) fields["inputDrvs"] = input_derivations(*parsed);
  if (options_.meta && !add_meta(vm_, attrs, fields)) return false;
  // A line is printed when what it names is in the store.
  if (auto written = session_.world.store->flush(); !written) return fail(written.error().message);
  if (options_.cache_status) {
    if (auto status = add_cache_status(session_, **known, *parsed, fields); !status) return fail(status.error().message);
  }
  if (auto kept = keep_derivation(session_, options_.roots_folder, drv_path); !kept) return fail(kept.error().message);
  line = json_object(fields);
  return true;
}

}  // namespace evalctl::cli
