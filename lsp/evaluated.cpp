#include "lsp/evaluated.h"

namespace evalctl::lsp {
namespace {

void write(Writer& out, const FilePlace& place) {
  out.text(place.path);
  out.number(place.line);
  out.number(place.column);
}

FilePlace read_file_place(Reader& in) {
  FilePlace place;
  place.path = in.text();
  place.line = static_cast<std::uint32_t>(in.number());
  place.column = static_cast<std::uint32_t>(in.number());
  return place;
}

void write(Writer& out, const Problem::Place& place) {
  out.text(place.path);
  out.number(place.begin);
  out.number(place.end);
  out.text(place.text);
}

Problem::Place read_place(Reader& in) {
  Problem::Place place;
  place.path = in.text();
  place.begin = static_cast<std::uint32_t>(in.number());
  place.end = static_cast<std::uint32_t>(in.number());
  place.text = in.text();
  return place;
}

std::vector<Problem::Place> read_places(Reader& in) {
  std::vector<Problem::Place> places(in.count());
  for (Problem::Place& place : places) place = read_place(in);
  return places;
}

}  // namespace

void write(Writer& out, const ValuePath& path) {
  out.number(static_cast<std::uint64_t>(path.base));
  out.text(path.file);
  out.texts(path.names);
}

ValuePath read_value_path(Reader& in) {
  ValuePath path;
  path.base = static_cast<Base>(in.number());
  path.file = in.text();
  path.names = in.texts();
  return path;
}

void write(Writer& out, const ValueInfo& info) {
  for (const std::string* text : {&info.type, &info.error, &info.shown, &info.name, &info.version, &info.description, &info.homepage,
                                  &info.license, &info.drv_path}) {
    out.text(*text);
  }
  out.number((info.broken ? 1 : 0) | (info.unfree ? 2 : 0));
  write(out, info.place);
  write(out, info.attribute);
  out.texts(info.arguments);
  out.number(info.given);
}

ValueInfo read_value_info(Reader& in) {
  ValueInfo info;
  for (std::string* text : {&info.type, &info.error, &info.shown, &info.name, &info.version, &info.description, &info.homepage,
                            &info.license, &info.drv_path}) {
    *text = in.text();
  }
  std::uint64_t flags = in.number();
  info.broken = flags & 1;
  info.unfree = flags & 2;
  info.place = read_file_place(in);
  info.attribute = read_file_place(in);
  info.arguments = in.texts();
  info.given = static_cast<std::uint32_t>(in.number());
  return info;
}

void write(Writer& out, const OptionType& type) {
  out.text(type.name);
  out.text(type.description);
  out.texts(type.members);
  out.list(type.nested, [&](const OptionType& nested) { write(out, nested); });
}

OptionType read_option_type(Reader& in, unsigned depth) {
  constexpr unsigned kDeepest = 32;
  OptionType type;
  type.name = in.text();
  type.description = in.text();
  type.members = in.texts();
  std::size_t count = in.count();
  for (std::size_t i = 0; i < count && depth < kDeepest && in.ok(); ++i) type.nested.push_back(read_option_type(in, depth + 1));
  return type;
}

void write(Writer& out, const OptionState& state) {
  out.number((state.known ? 1 : 0) | (state.defined ? 2 : 0));
  out.text(state.value);
  out.text(state.error);
  out.number(state.priority);
  out.list(state.definitions, [&](const OptionState::Definition& one) {
    out.text(one.file);
    out.text(one.value);
  });
}

OptionState read_option_state(Reader& in) {
  OptionState state;
  std::uint64_t flags = in.number();
  state.known = flags & 1;
  state.defined = flags & 2;
  state.value = in.text();
  state.error = in.text();
  state.priority = static_cast<std::uint32_t>(in.number());
  state.definitions.resize(in.count());
  for (OptionState::Definition& one : state.definitions) {
    one.file = in.text();
    one.value = in.text();
  }
  return state;
}

void write(Writer& out, const BuildPlan& plan) {
  for (const std::string* text : {&plan.error, &plan.name, &plan.drawing}) out.text(*text);
  for (std::uint32_t number : {plan.derivations, plan.downloads, plan.sources}) out.number(number);
}

BuildPlan read_build_plan(Reader& in) {
  BuildPlan plan;
  for (std::string* text : {&plan.error, &plan.name, &plan.drawing}) *text = in.text();
  for (std::uint32_t* number : {&plan.derivations, &plan.downloads, &plan.sources}) *number = static_cast<std::uint32_t>(in.number());
  return plan;
}

void write(Writer& out, const Problem& problem) {
  out.text(problem.code);
  out.text(problem.message);
  out.number(problem.warning ? 1 : 0);
  write(out, problem.primary);
  for (const auto* places : {&problem.related, &problem.fixes}) {
    out.list(*places, [&](const Problem::Place& place) { write(out, place); });
  }
  out.texts(problem.fix_titles);
}

Problem read_problem(Reader& in) {
  Problem problem;
  problem.code = in.text();
  problem.message = in.text();
  problem.warning = in.number() != 0;
  problem.primary = read_place(in);
  problem.related = read_places(in);
  problem.fixes = read_places(in);
  problem.fix_titles = in.texts();
  problem.fix_titles.resize(problem.fixes.size());
  return problem;
}

}  // namespace evalctl::lsp
