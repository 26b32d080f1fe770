// fromTOML, on toml++.
#include <cmath>
#include <sstream>

#include "base/toml_parser.h"
#include "base/toml_text.h"
#include "evaluator/builtin.h"
#include "evaluator/vm.h"
#include "stdlib/registry.h"
#include "stdlib/text_checks.h"
#include "stdlib/world.h"

namespace evalctl::stdlib {
namespace {

using namespace evaluator;

// Fractions of a second are written with 0, 3, 6 or 9 digits.
std::string text_of_time(const toml::time& t) {
  std::string text = fmt::format("{:02}:{:02}:{:02}", t.hour, t.minute, t.second);
  if (t.nanosecond == 0) return text;
  if (t.nanosecond % 1'000'000 == 0) return text + fmt::format(".{:03}", t.nanosecond / 1'000'000);
  if (t.nanosecond % 1'000 == 0) return text + fmt::format(".{:06}", t.nanosecond / 1'000);
  return text + fmt::format(".{:09}", t.nanosecond);
}

std::string text_of_date(const toml::date& d) { return fmt::format("{:04}-{:02}-{:02}", d.year, d.month, d.day); }

std::string text_of_zone(const toml::time_offset& offset) {
  int minutes = offset.minutes;
  if (minutes == 0) return "Z";
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

// A set that says so: only with the feature parse-toml-timestamps.
Value timestamp(Vm& vm, const toml::node& node) {
  if (!World::of(vm).features.contains("parse-toml-timestamps"))
    return vm.fail_as(ErrorKind::Toml, "while parsing TOML: Dates and times are not supported");
  std::string text;
  if (const auto* date = node.as_date()) {
    text = text_of_date(date->get());
  } else if (const auto* time = node.as_time()) {
    text = text_of_time(time->get());
  } else if (const auto* both = node.as_date_time()) {
    const toml::date_time& value = both->get();
    text = text_of_date(value.date) + "T" + text_of_time(value.time) + (value.offset ? text_of_zone(*value.offset) : "");
  }
  AttrsBuilder attrs(2);
  attrs.add("_type", vm.string("timestamp"));
  attrs.add("value", vm.string(text));
  return attrs.build(vm);
}

// toml++ forgets the sign of a NaN, which is shown. Columns count characters.
double float_as_written(double number, std::string_view text, toml::source_position at) {
  if (!std::isnan(number)) return number;
  std::size_t place = 0;
  for (toml::source_index line = 1; line < at.line; ++line) place = text.find('\n', place) + 1;
  auto is_inside = [&] { return place < text.size() && (static_cast<unsigned char>(text[place]) & 0xc0) == 0x80; };
  for (toml::source_index column = 1; column < at.column; ++column)
    for (++place; is_inside(); ++place) {}
  return std::copysign(number, place < text.size() && text[place] == '-' ? -1.0 : 1.0);
}

// `text`: what `node` was read from.
Value convert(Vm& vm, const toml::node& node, std::string_view text) {
  Vm::Depth level(vm);
  if (!level) return {};
  if (const auto* table = node.as_table()) {
    AttrsBuilder attrs(table->size());
    for (const auto& [key, item] : *table) {
      if (!check_no_nul(vm, key.str(), "while parsing TOML: error: ")) return {};
      NIX_TRY(v, convert(vm, item, text));
      attrs.add(key.str(), v);
    }
    return attrs.build(vm);
  }
  if (const auto* array = node.as_array()) {
    ValueVector items;
    for (const toml::node& item : *array) {
      NIX_TRY(v, convert(vm, item, text));
      items.push_back(v);
    }
    return vm.list(items);
  }
  if (const auto* s = node.as_string()) return check_no_nul(vm, s->get(), "while parsing TOML: error: ") ? vm.string(s->get()) : Value();
  if (const auto* i = node.as_integer()) return vm.integer(i->get());
  if (const auto* d = node.as_floating_point()) return vm.floating(float_as_written(d->get(), text, d->source().begin));
  if (const auto* b = node.as_boolean()) return Value::boolean(b->get());
  return timestamp(vm, node);
}

Value from_toml(Vm& vm, Value* arguments) {
  const StringObject* text = vm.force_string_no_context(arguments[0], "the argument passed to builtins.fromTOML");
  if (!text) return {};
  if (auto checked = base::check_toml(text->view()); !checked) return vm.fail_other("while parsing TOML: {}", checked.error().message);
  try {
    return convert(vm, toml::parse(text->view()), text->view());
  } catch (const toml::parse_error& error) {
    return vm.fail_as(ErrorKind::Toml, "while parsing TOML: {} (line {}, column {})", error.description(), error.source().begin.line,
                         error.source().begin.column);
  }
}

constexpr BuiltinRow kTable[] = {
    {.name = "fromTOML", .params = "e", .type = "string -> set", .doc = "Returns the value that the TOML text *e* stands for.",
     .run = from_toml, .global = true},
};

}  // namespace

std::span<const BuiltinRow> toml_builtins() { return kTable; }

}  // namespace evalctl::stdlib
