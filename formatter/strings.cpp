// Strings, paths and what is interpolated in them.
#include "formatter/comments.h"
#include "formatter/printer.h"

namespace evalctl::formatter {

StringLines& Printer::borrow_lines() {
  if (lines_used_ == lines_.size()) lines_.emplace_back();
  return lines_[lines_used_++];
}

void Printer::string(NodeId node) {
  if (tree_.kind(node) == NodeKind::String) return simple_string(node);
  indented_string(node);
}

void Printer::uri(NodeId node) {
  group([&] {
    text("\"");
    text(tree_.text(node));
    text("\"");
  });
}

void Printer::simple_string(NodeId node) {
  // Without interpolations it is one text.
  if (tree_.size(node) == 1) return lone_text(tree_.range(node));
  StringLines& lines = borrow_lines();
  lines.split(tree_, node);
  simple_string_lines(lines);
  return_lines();
}

void Printer::simple_string_lines(const StringLines& lines) {
  group([&] {
    text("\"");
    for (std::size_t i = 0; i < lines.count(); ++i) {
      if (i > 0) text("\n");
      string_line(lines.line(i));
    }
    text("\"");
  });
}

void Printer::indented_string(NodeId node) {
  StringLines& lines = borrow_lines();
  lines.split_indented(tree_, node);
  bool cut = is_cut(node);
  if (cut || !indented_as_simple(lines)) indented_lines(lines, cut);
  return_lines();
}

// One line without quotes and backslashes becomes a "..." string.
bool Printer::indented_as_simple(const StringLines& lines) {
  if (lines.count() > 1) return false;
  std::vector<LinePart> parts(lines.line(0).begin(), lines.line(0).end());
  for (const LinePart& part : parts) {
    if (part.text.find_first_of("\"\\") != std::string_view::npos) return false;
  }
  for (LinePart& part : parts) {
    if (part.text.find("''") == std::string_view::npos) continue;
    std::string converted;
    for (std::string_view rest = part.text; !rest.empty();) {
      bool dollar = rest.starts_with("''$");
      bool quotes = rest.starts_with("'''");
      if (dollar) converted += "\\$";
      else if (quotes) converted += "''";
      else converted += rest[0];
      rest.remove_prefix(dollar || quotes ? 3 : 1);
    }
    part.text = trivia_.keep(std::move(converted));
  }
  group([&] {
    text("\"");
    string_line(parts);
    text("\"");
  });
  return true;
}

void Printer::indented_lines(const StringLines& lines, bool keep_columns) {
  group([&] {
    text("''");
    if (lines.count() > 1) space(SpacingKind::Break);
    nested([&] {
      for (std::size_t i = 0; i < lines.count(); ++i) {
        if (i > 0) space(SpacingKind::Newlines);
        if (keep_columns) raw_line(lines, i);
        else string_line(lines.line(i));
      }
    });
    text("''");
  });
}

// A line at its columns in the input: part of its string lies in a region that is not formatted.
void Printer::raw_line(const StringLines& lines, std::size_t line) {
  std::span<const LinePart> parts = lines.line(line);
  if (parts.empty()) return;
  std::string indentation(lines.indentation(), ' ');
  if (parts[0].interpolation != 0) {
    doc_.text(trivia_.keep(std::move(indentation)), TextKind::Raw);
    return string_line(parts);
  }
  std::vector<LinePart> rest(parts.begin(), parts.end());
  std::size_t blanks = leading_space(rest[0].text);
  std::uint32_t offset = width_of(rest[0].text.substr(0, blanks));
  doc_.text(trivia_.keep(indentation.append(rest[0].text.substr(0, blanks))), TextKind::Raw);
  rest[0].text.remove_prefix(blanks);
  doc_.add_offset(offset);
  string_line(rest);
  doc_.remove_offset(offset);
}

void Printer::path(NodeId node) {
  if (tree_.size(node) == 1) return token_text(first_token(node));
  StringLines& lines = borrow_lines();
  lines.split(tree_, node);
  string_line(lines.line(0));
  return_lines();
}

// One line of a string. What breaks inside it is indented as far as the line is.
void Printer::string_line(std::span<const LinePart> parts) {
  if (parts.empty()) return;
  bool starts_with_text = parts[0].interpolation == 0;
  std::size_t position = starts_with_text ? 1 : 0;
  if (parts.size() == position + 1 && (!starts_with_text || only_spaces(parts[0].text))) {
    return lone_interpolation({parts[position].interpolation}, starts_with_text ? parts[0].text : "");
  }
  std::uint32_t offset = 0;
  if (starts_with_text) {
    text(parts[0].text);
    offset = width_of(parts[0].text.substr(0, leading_space(parts[0].text)));
  }
  doc_.add_offset(offset);
  for (const LinePart& part : parts.subspan(position)) string_part(part);
  doc_.remove_offset(offset);
}

void Printer::string_part(const LinePart& part) {
  if (part.interpolation == 0) return text(part.text);
  interpolation({part.interpolation});
}

// An interpolation with nothing but blanks beside it on its line: laid out as parentheses are.
void Printer::lone_interpolation(NodeId node, std::string_view before) {
  NodeId inner = first_child(node);
  Trivia final = trivia_.before(last_token(node));
  if (!final.empty()) {
    if (!before.empty()) {
      text(before);
      std::uint32_t offset = width_of(before);
      doc_.add_offset(offset);
      interpolation(node);
      return doc_.remove_offset(offset);
    }
    auto body = [&] {
      expression(inner);
      print(final);
    };
    return group([&] {
      text("${");
      space(SpacingKind::Break);
      nested([&] { group(body); });
      space(SpacingKind::Break);
      text("}");
    });
  }
  text(before);
  std::uint32_t offset = width_of(before);
  doc_.add_offset(offset);
  group([&] {
    text("${");
    nested([&] { inner_parentheses(inner); });
    text("}");
  });
  doc_.remove_offset(offset);
}

// An interpolation among other text, or as the name of an attribute.
void Printer::interpolation(NodeId node) {
  constexpr std::uint32_t kLongestOnLine = 30;
  NodeId inner = first_child(node);
  Trivia final = trivia_.before(last_token(node));
  if (final.empty() && is_term(inner) && is_absorbable(inner)) {
    return group([&] {
      text("${");
      term_content(inner);
      text("}");
    });
  }
  if (final.empty() && is_simple(inner)) {
    text("${");
    auto body = [&] { expression(inner); };
    if (!compact(DocumentBuilder::kNoLimit, body)) body();
    return text("}");
  }
  auto body = [&] {
    expression(inner);
    print(final);
  };
  group([&] {
    text("${");
    if (!compact(kLongestOnLine, body)) {
      space(SpacingKind::Break);
      nested([&] { group(body); });
      space(SpacingKind::Break);
    }
    text("}");
  });
}

// Whether a region that is not formatted has exactly one end inside an interpolation of the string.
bool Printer::is_cut(NodeId string) const {
  if (trivia_.region_changes.empty()) return false;
  auto region_at = [&](std::uint32_t token) {
    std::uint32_t region = UINT32_MAX;
    for (const auto& change : trivia_.region_changes) {
      if (change.token <= token) region = change.inside ? change.begin : UINT32_MAX;
    }
    return region;
  };
  for (NodeId child : tree_.children(string)) {
    if (region_at(first_token(child)) != region_at(last_token(child))) return true;
  }
  return false;
}

}  // namespace evalctl::formatter
