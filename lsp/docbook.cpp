#include "lsp/docbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace evalctl::lsp {
namespace {

enum class Role : std::uint8_t { Code, Emphasis, Paragraph, List, Item, Term, Listing, Notice, Link, Reference, Manual, ManualVolume, Ignored };
struct Element { std::string_view name; Role role; };

constexpr auto kElements = std::to_array<Element>({
    {"literal", Role::Code}, {"option", Role::Code}, {"filename", Role::Code}, {"command", Role::Code}, {"code", Role::Code},
    {"varname", Role::Code}, {"envar", Role::Code}, {"package", Role::Code}, {"const", Role::Code}, {"constant", Role::Code},
    {"parameter", Role::Code}, {"function", Role::Code}, {"userinput", Role::Code}, {"computeroutput", Role::Code},
    {"systemitem", Role::Code}, {"property", Role::Code}, {"uri", Role::Code}, {"replaceable", Role::Emphasis},
    {"emphasis", Role::Emphasis}, {"para", Role::Paragraph}, {"simpara", Role::Paragraph}, {"itemizedlist", Role::List},
    {"orderedlist", Role::List}, {"variablelist", Role::List}, {"simplelist", Role::List}, {"listitem", Role::Item},
    {"member", Role::Item}, {"term", Role::Term}, {"varlistentry", Role::Ignored}, {"programlisting", Role::Listing},
    {"screen", Role::Listing}, {"literallayout", Role::Listing}, {"note", Role::Notice}, {"warning", Role::Notice},
    {"important", Role::Notice}, {"tip", Role::Notice}, {"caution", Role::Notice}, {"link", Role::Link}, {"ulink", Role::Link},
    {"xref", Role::Reference}, {"citerefentry", Role::Manual}, {"refentrytitle", Role::Ignored}, {"manvolnum", Role::ManualVolume},
    {"prompt", Role::Ignored}, {"quote", Role::Ignored},
});

const Element* find_element(std::string_view name) {
  auto found = std::ranges::find(kElements, name, &Element::name);
  return found == kElements.end() ? nullptr : &*found;
}

struct Tag {
  const Element* element = nullptr;
  bool closes = false;
  std::string_view attributes;
  std::size_t size = 0;
};

// The tag at the beginning of `text`; no element where there is none that is known.
Tag read_tag(std::string_view text) {
  std::size_t end = text.find('>');
  if (!text.starts_with('<') || end == text.npos) return {};
  Tag tag{.size = end + 1};
  std::string_view inside = text.substr(1, end - 1);
  tag.closes = inside.starts_with('/');
  if (tag.closes) inside.remove_prefix(1);
  std::size_t name = std::min(inside.find_first_of(" \t\n/"), inside.size());
  tag.element = find_element(inside.substr(0, name));
  tag.attributes = inside.substr(name);
  return tag;
}

std::string_view attribute_of(std::string_view attributes, std::string_view name) {
  std::size_t at = attributes.find(name);
  if (at == attributes.npos) return {};
  std::string_view rest = attributes.substr(at + name.size());
  if (rest.size() < 3 || rest[0] != '=' || (rest[1] != '"' && rest[1] != '\'')) return {};
  return rest.substr(2, rest.find(rest[1], 2) - 2);
}

constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{{{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}}};

class Converter {
 public:
  explicit Converter(std::string_view text) : text_(text) {}

  std::string run() {
    for (std::size_t i = 0; i < text_.size();) {
      std::string_view rest = text_.substr(i);
      Tag tag = read_tag(rest);
      auto entity = std::ranges::find_if(kEntities, [&](const auto& one) { return rest.starts_with(one.first); });
      if (tag.element) {
        element(tag);
        i += tag.size;
      } else if (entity != kEntities.end()) {
        out_ += entity->second;
        i += entity->first.size();
      } else {
        letter(text_[i++]);
      }
    }
    while (!out_.empty() && (out_.back() == '\n' || out_.back() == ' ')) out_.pop_back();
    return std::move(out_);
  }

 private:
  // Indentation says nothing outside of listings.
  void letter(char c) {
    bool line_begins = out_.empty() || out_.back() == '\n';
    if (!listing_ && line_begins && (c == ' ' || c == '\t')) return;
    if (!listing_ && c == '\n' && (out_.empty() || out_.ends_with("\n\n") || out_.ends_with("- "))) return;
    out_ += c;
  }

  void element(const Tag& tag) {
    bool open = !tag.closes;
    bool empty = tag.attributes.ends_with('/');
    switch (tag.element->role) {
      case Role::Code:
        code_ += open ? 1 : -1;
        if (!listing_ && code_ == (open ? 1 : 0)) out_ += '`';
        return;
      case Role::Emphasis:
        if (code_ == 0 && !listing_) out_ += '*';
        return;
      case Role::Paragraph: return paragraph();
      case Role::List: return paragraph();
      case Role::Item:
        if (!open) return;
        if (after_term_) after_term_ = false;
        else new_line("- ");
        return;
      case Role::Term:
        if (open) return new_line("- ");
        out_ += ": ";
        after_term_ = true;
        return;
      case Role::Listing:
        listing_ = open;
        return open ? new_line("```\n") : new_line("```\n");
      case Role::Notice:
        paragraph();
        if (open) out_ += fmt::format("**{}{}:** ", static_cast<char>(tag.element->name[0] - 'a' + 'A'), tag.element->name.substr(1));
        return;
      case Role::Link: return link(tag);
      case Role::Reference:
        if (open || empty) reference(attribute_of(tag.attributes, "linkend"));
        return;
      case Role::Manual: out_ += '`'; return;
      case Role::ManualVolume: out_ += open ? '(' : ')'; return;
      case Role::Ignored: return;
    }
  }

  void new_line(std::string_view mark) {
    while (out_.ends_with(' ')) out_.pop_back();
    if (!out_.empty() && !out_.ends_with('\n')) out_ += '\n';
    out_ += mark;
  }

  void paragraph() {
    while (out_.ends_with(' ') && !out_.ends_with("- ") && !out_.ends_with("** ") && !out_.ends_with(": ")) out_.pop_back();
    bool begins = out_.empty() || out_.ends_with("\n\n") || out_.ends_with("- ") || out_.ends_with("** ") || out_.ends_with(": ");
    if (!begins) out_ += out_.ends_with('\n') ? "\n" : "\n\n";
  }

  // `<link linkend="...">` leads to a place in the manual.
  void link(const Tag& tag) {
    if (tag.closes) {
      if (!target_.empty()) out_ += fmt::format("]({})", target_);
      target_.clear();
      return;
    }
    std::string_view target = attribute_of(tag.attributes, "href");
    if (target.empty()) target = attribute_of(tag.attributes, "url");
    if (target.empty()) return;
    if (tag.attributes.ends_with('/')) return out_.append(fmt::format("<{}>", target)), void();
    target_ = target;
    out_ += '[';
  }

  void reference(std::string_view target) {
    constexpr std::string_view kOption = "opt-";
    out_ += target.starts_with(kOption) ? fmt::format("`{}`", target.substr(kOption.size())) : std::string(target);
  }

  std::string_view text_;
  std::string out_;
  std::string target_;
  int code_ = 0;
  bool listing_ = false, after_term_ = false;
};

}  // namespace

bool is_docbook(std::string_view text) {
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
    Tag tag = read_tag(text.substr(at));
    if (tag.element && (tag.closes || tag.attributes.ends_with('/'))) return true;
  }
  return false;
}

std::string from_docbook(std::string_view text) { return Converter(text).run(); }

}  // namespace evalctl::lsp
