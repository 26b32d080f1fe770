// Making values, files and positions, errors.
#include "evaluator/vm.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "evaluator/builtin.h"
#include "evaluator/dependencies.h"
#include "evaluator/name_order.h"
#include "evaluator/native.h"
#include "evaluator/offers.h"
#include "evaluator/operations.h"
#include "evaluator/program.h"
#include "evaluator/shape.h"

namespace evalctl::evaluator {

CommonSymbols::CommonSymbols()
    : functor(intern("__functor")), to_string(intern("__toString")), out_path(intern("outPath")),
      drv_path(intern("drvPath")), type(intern("type")), name(intern("name")), value(intern("value")),
      body(intern("body")), overrides(intern("__overrides")), system(intern("system")),
      recurse(intern("recurseForDerivations")), key(intern("key")), file(intern("file")), line(intern("line")),
      column(intern("column")), success(intern("success")), right(intern("right")), wrong(intern("wrong")),
      outputs(intern("outputs")), output_name(intern("outputName")), operator_(intern("operator")),
      start_set(intern("startSet")), path(intern("path")), prefix(intern("prefix")), meta(intern("meta")),
      args(intern("args")) {}

thread_local Vm* current_vm = nullptr;

Vm::Vm(Host& host)
    : host(host), heap(*this), program_(std::make_shared<Program>()) {
  current_vm = this;
  empty_list = Value(static_cast<Object*>(new_list(0)));
  empty_attrs = Value(static_cast<Object*>(new_attrs(*this, Shape{number_names(nullptr, 0), 0})));
  empty_string = string("");
#ifdef EVALCTL_CHECKED_WORDS
  // ThreadSanitizer ends at 65,536 functions inside each other, and a call of Nix's is several.
  max_call_depth = 8'000;
#endif
}

Vm::Vm(Vm& first, std::uint8_t number, Offers* offers)
    : max_call_depth(first.max_call_depth), host(first.host), symbols(first.symbols), lints(first.lints), empty_list(first.empty_list), empty_attrs(first.empty_attrs),
      empty_string(first.empty_string), number(number), offers(offers), works_ahead(offers != nullptr), heap(*this, first.heap), native_tier(first.native_tier),
      native_heat(first.native_heat), program_(first.program_) {
  current_vm = this;
}

Vm::~Vm() {
  if (current_vm == this) current_vm = nullptr;
}

void Vm::Statistics::add(const Statistics& other) {
  static_assert(sizeof(Statistics) % sizeof(std::uint64_t) == 0);
  auto* to = reinterpret_cast<std::uint64_t*>(this);
  auto* from = reinterpret_cast<const std::uint64_t*>(&other);
  for (std::size_t i = 0; i < sizeof(Statistics) / sizeof(std::uint64_t); ++i) to[i] += from[i];
}

Value Vm::fail(ErrorKind kind, std::string message, Position position) {
  error = std::make_unique<EvalError>();
  error->kind = kind;
  error->message = std::move(message);
  error->position = position;
  // Elsewhere evaluation may have begun less deep, or with other parts evaluated.
  error->depends_on_order = kind == ErrorKind::StackOverflow || std::exchange(showed_parts, false);
  return {};
}

static ErrorKind kind_of(base::Error::Kind kind) {
  switch (kind) {
    case base::Error::Kind::Other: return ErrorKind::Other;
    case base::Error::Kind::Untracked:
    case base::Error::Kind::MissingFile: return ErrorKind::MissingFile;
    case base::Error::Kind::Forbidden: return ErrorKind::Impure;
    case base::Error::Kind::Fetch: return ErrorKind::Fetch;
    case base::Error::Kind::StoreName: return ErrorKind::StoreName;
    case base::Error::Kind::Hash: return ErrorKind::Hash;
    case base::Error::Kind::Unbuilt: return ErrorKind::ImportFromDerivation;
    case base::Error::Kind::Flake: return ErrorKind::Flake;
  }
  return ErrorKind::Other;
}

Value Vm::fail(const base::Error& failure) { return fail(kind_of(failure.kind), failure.message); }

Value Vm::fail_name(ErrorKind kind, std::string message, Symbol name, std::vector<Symbol> known, Position position) {
  fail(kind, std::move(message), position);
  error->name = name;
  error->known = std::move(known);
  return {};
}

Value Vm::fail_expected(std::string_view expected, Value found) {
  fail_type("expected {} but found {}: {}", expected, describe_type(found), show(found));
  error->culprit.push_back(found);
  return {};
}

Value Vm::fail_coercion(Value found) {
  fail(ErrorKind::Coercion, fmt::format("cannot coerce {} to a string: {}", describe_type(found), show(found)));
  error->culprit.push_back(found);
  return {};
}

Value Vm::add_frame(std::string text, Position position, ValueVector words) {
  // Frames of very deep recursion are of no use to anyone beyond the first few hundred.
  if (!error) return {};
  if (error->frames.size() < 1000) error->frames.push_back({position, std::move(text), std::move(words)});
  else error->dropped_frames += !text.empty();
  return {};
}

Value Vm::too_deep() {
  if (works_ahead && offers->are_closed()) return fail(ErrorKind::Abandoned, "nobody needs the value any more");
  if (heap.exhausted()) return out_of_memory(base::LimitReached());
  return fail(ErrorKind::StackOverflow, "stack overflow; max-call-depth exceeded");
}

Value Vm::out_of_memory(const std::bad_alloc& why) {
  bool is_limit = dynamic_cast<const base::LimitReached*>(&why);
  return fail(ErrorKind::StackOverflow, is_limit ? "out of memory: the limit of the heap (--max-heap) is reached" : "out of memory: the machine has less than this needs");
}

Value Vm::boxed_integer(std::int64_t i) {
  auto* object = static_cast<BoxedInteger*>(allocate(sizeof(BoxedInteger)));
  object->kind.store(Kind::Integer, std::memory_order_relaxed);
  object->value = i;
  return Value(object);
}

Value Vm::floating(double d) {
  auto* object = static_cast<BoxedFloat*>(allocate(sizeof(BoxedFloat)));
  object->kind.store(Kind::Float, std::memory_order_relaxed);
  object->value = d;
  return Value(object);
}

static StringObject* new_object(Vm& vm, std::size_t size, const Context* context, Kind kind) {
  auto* object = static_cast<StringObject*>(vm.allocate(sizeof(StringObject) + size + 1));
  object->kind.store(kind, std::memory_order_relaxed);
  object->size = static_cast<std::uint32_t>(size);
  object->context = context;
  return object;
}

static Value make_string(Vm& vm, std::string_view text, const Context* context, Kind kind) {
  StringObject* object = new_object(vm, text.size(), context, kind);
  std::memcpy(object->bytes, text.data(), text.size());
  return Value(object);
}

StringObject* Vm::new_string(std::size_t size, const Context* context) { return new_object(*this, size, context, Kind::String); }

Value Vm::fail_string_length(std::size_t bytes) { return fail_other("a string of {} bytes is too long", bytes); }

Value Vm::string(std::string_view text, const Context* context) {
  if (text.size() >= UINT32_MAX) return fail_string_length(text.size());
  if (text.size() > 1 || context || !empty_string) return make_string(*this, text, context, Kind::String);
  if (text.empty()) return empty_string;
  Value& shared = byte_strings_[static_cast<unsigned char>(text[0])];
  if (!shared) shared = make_string(*this, text, nullptr, Kind::String);
  return shared;
}

Value Vm::name_string(Symbol name) {
  if (name.id >= name_strings_.size()) name_strings_.resize(name.id + name.id / 2 + 1024);
  Value& shared = name_strings_[name.id];
  if (!shared) {
    shared = make_string(*this, text_of(name), nullptr, Kind::String);
    keep_symbol(static_cast<StringObject*>(shared.object()), name);
  }
  return shared;
}

Value Vm::path(std::string_view absolute) { return make_string(*this, absolute, nullptr, Kind::Path); }

Value Vm::list(std::span<const Value> items) {
  if (items.empty()) return empty_list;
  ListObject* object = new_list(items.size());
  std::copy(items.begin(), items.end(), object->items);
  return Value(object);
}

Value Vm::builtin(const BuiltinRow* row) {
  auto* object = static_cast<BuiltinObject*>(allocate(sizeof(BuiltinObject)));
  object->kind.store(Kind::Builtin, std::memory_order_relaxed);
  object->row = row;
  object->extra = static_cast<std::uint16_t>(row->arity());
  return Value(object);
}

int BuiltinRow::arity() const {
  int words = 0;
  bool inside = false;
  for (char c : params) {
    if (c != ' ' && !inside) ++words;
    inside = c != ' ';
  }
  return words;
}

std::uint32_t Vm::add_file(std::string path, std::string_view text) {
  return program_->files.add({.path = std::move(path), .known_text = text});
}

Vm::Where Vm::where(Position position) const {
  if (position.file == 0 || position.file >= program_->files.size()) return {"", 0, 0};
  SourceFile& file = program_->files[position.file];
  if (file.is_followed) file.place_was_asked = true;
  if (file.has_moved) dependencies->is_uncertain = true;
  std::lock_guard lock(program_->counting);
  if (!file.lines) file.lines = std::make_unique<parser::LineIndex>(file.unread ? file.unread->lines() : parser::LineIndex(file.known_text));
  auto [line, column] = file.lines->at(position.offset);
  return {file.path, line, column};
}

void Vm::define_global(Symbol name, Value value) { program_->globals[name.id] = value; }

Value Vm::global(Symbol name, std::uint32_t file) {
  if (Value scope = program_->files[file].scope)
    if (Attr found = find(as_attrs(scope), name)) return *found.slot;
  auto it = program_->globals.find(name.id);
  return it == program_->globals.end() ? Value() : it->second;
}

static const Code* add_file_code(SourceFiles& files, std::uint32_t number) {
  files.tell_ir(number);
  std::uint32_t code = add_codes(1);
  define_code(code, number, files.ir_of(number).file_function, {});
  return &code_table[code];
}

// Makes symbols of the names in the text, before anything else does.
static void begin_with(Vm& vm, SourceFile& file, const parser::Tree& tree, TextRole role) {
  std::uint32_t known = symbol_count();
  intern_in_order(tree);
  vm.program().main_names.push_back({known + 1, symbol_count()});
  file.shares_words = !file.is_followed;
  file.shows_delays = role == TextRole::ShownMain;
}

const Code* compile(Vm& vm, std::string_view text, std::string file_name, std::string directory, Value scope, std::unique_ptr<const Ir> ready,
                    TextRole role) {
  std::uint32_t number = vm.program().files.add(
      {.path = std::move(file_name), .known_text = text, .directory = std::move(directory), .scope = scope});
  SourceFile& file = vm.program().files[number];
  file.is_followed = !scope && vm.dependencies && vm.dependencies->follows(file.path);
  file.ir = std::move(ready);
  if (!file.ir) {
    parser::ParseResult parsed = parser::parse(text);
    if (!parsed.diagnostics.empty()) {
      // What reads like a duplicate may come of the mistake that is reported besides.
      auto duplicate = [](const parser::Diagnostic& d) { return d.code == "P014"; };
      auto found = std::ranges::find_if_not(parsed.diagnostics, duplicate);
      const parser::Diagnostic& first = found == parsed.diagnostics.end() ? parsed.diagnostics.front() : *found;
      std::string message = first.message;
      if (first.earlier != parser::Range{}) {
        Vm::Where where = vm.where({number, first.earlier.begin});
        message += fmt::format(" at {}:{}:{}", where.file, where.line, where.column);
      }
      vm.fail(ErrorKind::Syntax, std::move(message), {number, first.range.begin});
      return nullptr;
    }
    if (role != TextRole::Part) begin_with(vm, file, parsed.tree, role);
    file.ir = lower(vm, parsed.tree, number);
  }
  return file.ir ? add_file_code(vm.program().files, number) : nullptr;
}

const Code* add_lowered(Vm& vm, std::unique_ptr<const Ir> ir, const UnreadText& text, std::string file_name, std::string directory) {
  std::uint32_t number = vm.program().files.add(
      {.path = std::move(file_name), .unread = &text, .directory = std::move(directory), .ir = std::move(ir)});
  return add_file_code(vm.program().files, number);
}

Value evaluate_as(Vm& vm, TextRole role, std::string_view text, const std::string& file_name, const std::string& directory) {
  const Code* code = compile(vm, text, file_name, directory, {}, {}, role);
  return code ? run(vm, *code, nullptr, nullptr) : Value();
}

Value Vm::evaluate_text(std::string_view text, const std::string& file_name, const std::string& directory, Value scope) {
  const Code* code = compile(*this, text, file_name, directory, scope);
  return code ? run(*this, *code, nullptr, nullptr) : Value();
}

}  // namespace evalctl::evaluator
