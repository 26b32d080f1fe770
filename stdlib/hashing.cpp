// Hashes of strings and files.
#include "base/hash.h"
#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/sources.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

bool read_algorithm(Vm& vm, Value v, base::HashAlgorithm& out) {
  const StringObject* name = vm.force_string_no_context(v, "the name of a hash algorithm");
  if (!name) return false;
  auto algorithm = base::algorithm_of(name->view());
  if (!algorithm) {
    vm.fail(ErrorKind::HashAlgorithm, base::unknown_algorithm(name->view()));
    return false;
  }
  out = *algorithm;
  auto is_on = out == base::HashAlgorithm::Blake3 ? World::of(vm).require_feature("blake3-hashes") : base::Result<void>();
  return is_on || vm.fail(is_on.error());
}

Value hash_string(Vm& vm, Value* arguments) {
  base::HashAlgorithm algorithm;
  if (!read_algorithm(vm, arguments[0], algorithm)) return {};
  const StringObject* text = vm.force_string(arguments[1], "the second argument passed to builtins.hashString");
  return text ? vm.string(base::hash_bytes(algorithm, text->view()).base16()) : Value();
}

Value hash_file(Vm& vm, Value* arguments) {
  base::HashAlgorithm algorithm;
  if (!read_algorithm(vm, arguments[0], algorithm)) return {};
  std::string path;
  if (!readable_path(vm, arguments[1], path)) return {};
  auto contents = World::of(vm).read_file(path);
  if (!contents) return vm.fail(contents.error());
  return vm.string(base::hash_bytes(algorithm, *contents).base16());
}

Value convert_hash(Vm& vm, Value* arguments) {
  AttrsObject* args = vm.force_attrs(arguments[0], "the argument passed to builtins.convertHash");
  if (!args) return {};
  Attr hash = find(args, intern("hash")), format = find(args, intern("toHashFormat")), named = find(args, intern("hashAlgo"));
  if (!hash || !format) return vm.fail_other("'hash' and 'toHashFormat' are required by builtins.convertHash");
  std::optional<base::HashAlgorithm> algorithm;
  if (named) {
    base::HashAlgorithm given;
    if (!read_algorithm(vm, *named.slot, given)) return {};
    algorithm = given;
  }
  const StringObject* text = vm.force_string_no_context(*hash.slot);
  const StringObject* to = text ? vm.force_string_no_context(*format.slot) : nullptr;
  if (!to) return {};
  auto parsed = World::of(vm).read_hash(text->view(), algorithm);
  if (!parsed) return vm.fail(parsed.error());
  if (to->view() == "base16") return vm.string(parsed->base16());
  if (to->view() == "nix32" || to->view() == "base32") return vm.string(parsed->base32());
  if (to->view() == "base64") return vm.string(parsed->base64());
  if (to->view() == "sri") return vm.string(parsed->sri());
  return vm.fail_other("unknown hash format '{}', expected 'base16', 'base32', 'base64', or 'sri'", to->view());
}

constexpr BuiltinRow kTable[] = {
    {.name = "hashString", .params = "type s", .type = "string -> string -> string",
     .doc = "Returns the hash of *s* in base 16.", .run = hash_string},
    {.name = "hashFile", .params = "type p", .type = "string -> path -> string",
     .doc = "Returns the hash of the file at *p* in base 16.", .run = hash_file, .effect = Effect::ReadsWorld},
    {.name = "convertHash", .params = "args", .type = "set -> string",
     .doc = "Spells a hash in another format: `{ hash, hashAlgo ?, toHashFormat }`.", .run = convert_hash},
};

}  // namespace

std::span<const BuiltinRow> hashing_builtins() { return kTable; }

}  // namespace evalctl::stdlib
